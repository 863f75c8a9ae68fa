//! Which ports the mesh has to guess the protocol of, and which of those it can't guess right.

use sdk::NodePort;

/// Numbers of ports where the server usually speaks first, or a guess from the client's first bytes is wrong: FTP,
/// SSH, SMTP, POP3, IMAP, NATS, `PostgreSQL`, VNC. Istio knows those of plain SMTP, DNS, `MySQL` and
/// `MongoDB`.
const NUMBERS: [u16; 9] = [21, 22, 110, 143, 587, 4222, 5432, 5433, 5900];
/// Words for them in names of ports.
const WORDS: [&str; 16] = [
    "ftp",
    "imap",
    "maria",
    "mariadb",
    "mysqlx",
    "nats",
    "pg",
    "pgsql",
    "pop3",
    "postgres",
    "postgresql",
    "psql",
    "sftp",
    "smtp",
    "ssh",
    "vnc",
];

/// Whether the server speaks first at a port whose protocol nothing tells.
pub(super) fn is_guessed_wrong(port: &NodePort<'_>) -> bool {
    port.protocol == "TCP" && !is_told(port) && speaks_first(port)
}

/// Whether the protocol is told by `appProtocol` or, where that is absent, by the start of the name, or by the
/// number.
///
/// istio: pkg/config/kube/conversion.go, `ConvertProtocol`; pkg/config/protocol/instance.go, `Parse`.
fn is_told(port: &NodePort<'_>) -> bool {
    let told = match &port.app_protocol {
        Some(told)
            if matches!(
                &**told,
                "kubernetes.io/h2c" | "kubernetes.io/ws" | "kubernetes.io/wss"
            ) =>
        {
            return true;
        }
        Some(told) => told,
        None => &port.name,
    };
    let told = told.to_ascii_lowercase();
    let start = told.split('-').next().unwrap_or_default();
    let is_known = matches!(
        start,
        "tcp"
            | "udp"
            | "grpc"
            | "http"
            | "http_proxy"
            | "http2"
            | "https"
            | "tls"
            | "mongo"
            | "redis"
            | "mysql"
    );
    is_known || matches!(port.number, Some(25 | 53 | 3306 | 27017))
}

fn speaks_first(port: &NodePort<'_>) -> bool {
    let is_named = |text: &str| text.split('-').any(|word| WORDS.contains(&word));
    let of_target = port.targets.iter().filter_map(|(_, target)| *target);
    let mut numbers = port.number.into_iter().chain(of_target);
    let is_told = port.app_protocol.as_deref().is_some_and(is_named);
    is_told || is_named(&port.name) || numbers.any(|number| NUMBERS.contains(&number))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn is_wrong(name: &str, number: u16, app_protocol: Option<&str>) -> bool {
        is_guessed_wrong(&NodePort {
            index: 0,
            name: Cow::Owned(name.to_owned()),
            number: Some(number),
            protocol: Cow::Borrowed("TCP"),
            app_protocol: app_protocol.map(|text| Cow::Owned(text.to_owned())),
            target: Cow::Borrowed("db"),
            targets: vec![(0, Some(6000))],
        })
    }

    #[test]
    fn a_protocol_is_told_by_a_field_a_name_or_a_number_that_istio_knows() {
        for (name, number, app_protocol) in [
            ("tcp-postgres", 5432, None),
            ("TCP", 5432, None),
            ("mysql", 3307, None),
            ("smtp", 25, None),
            ("postgres", 5432, Some("tcp")),
            ("ssh", 22, Some("kubernetes.io/h2c")),
        ] {
            assert!(!is_wrong(name, number, app_protocol), "{name} {number}");
        }
    }

    #[test]
    fn only_servers_that_speak_first_are_guessed_wrong() {
        assert!(is_wrong("postgres", 5000, None));
        assert!(is_wrong("", 5432, None));
        assert!(is_wrong("db-nats", 5000, None));
        assert!(is_wrong("tcp-postgres", 5000, Some("postgresql")));
        for (name, number) in [("web", 8080), ("kafka", 9092), ("imaps", 993), ("", 80)] {
            assert!(!is_wrong(name, number, None), "{name} {number}");
        }
    }
}
