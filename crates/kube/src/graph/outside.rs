//! Hosts outside of the cluster.

use core::net::Ipv4Addr;

use super::Graph;

/// Domains that names of two labels may be in; others of two labels are Services of namespaces that the input
/// lacks more often than hosts.
const DOMAINS: [&str; 14] = [
    "ai", "app", "biz", "cloud", "com", "dev", "edu", "gov", "info", "int", "io", "net", "online",
    "org",
];

/// Domains of packages in programming languages that write names the other way round.
const PACKAGES: [&str; 8] = ["com", "org", "net", "io", "dev", "edu", "gov", "de"];

impl Graph<'_> {
    /// Whether a host that is no Service of the input must be one outside of the cluster.
    pub(super) fn is_outside(&self, host: &str) -> bool {
        let is_inside = self.is_in_cluster_domain(host)
            || host.rsplit('.').next() == Some("svc")
            || host.contains(".svc.")
            || is_special(host);
        !is_inside && (is_address(host) || is_domain(host))
    }
}

/// Whether it is a whole name, as it is used outside of a cluster.
fn is_domain(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let mut labels = host.rsplit('.');
    let (Some(last), Some(_)) = (labels.next(), labels.next()) else {
        return false;
    };
    let is_letters = last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_common = last.len() == 2 || DOMAINS.contains(&last);
    is_letters && (labels.next().is_some() || is_common)
}

/// Whether it is a name that no resolver outside of the cluster knows.
fn is_special(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    let last = last.unwrap_or_default().to_ascii_lowercase();
    matches!(
        last.as_str(),
        "example" | "invalid" | "local" | "localdomain" | "localhost" | "test"
    )
}

/// Whether it is an address that leads out of the pod.
fn is_address(host: &str) -> bool {
    host.parse::<Ipv4Addr>()
        .is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
}

/// Whether a word that no URL tells to be a host may be one by its looks: not the name of a file, a class or a
/// package.
pub(super) fn looks_like_host(host: &str, has_port: bool) -> bool {
    let count = host.split('.').count();
    let first = host.split('.').next().unwrap_or_default();
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_package = count > 2 && PACKAGES.contains(&first);
    let is_file = !has_port && count == 2 && !DOMAINS.contains(&last);
    is_lower && !is_package && !is_file
}
