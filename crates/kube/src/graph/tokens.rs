//! Words of a text that may be hosts.
//!
//! A text is a value of the environment, an argument, or a whole file in whatever syntax. Nothing is parsed: the
//! text falls into words at whatever can't be part of a host with its port, and each word is shown with what
//! stands around it: the URL it is the host of, the key it is the value of.

/// A word that may be a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention<'t> {
    pub(super) host: &'t str,
    pub(super) port: Option<u16>,
    pub(super) position: Position<'t>,
    /// Whether the word is the value of a key that speaks of hosts.
    pub(super) is_told: bool,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position<'t> {
    /// It is the host of a URL.
    Url {
        /// The scheme, empty where there is none (`user:password@host`).
        scheme: &'t str,
        /// Whether the URL may not be understood: what follows has an `@`, so that the word may be part of a
        /// password.
        is_doubtful: bool,
    },
    /// It is part of a path.
    Path,
    /// It is the name of something that isn't called: an XML namespace, a schema.
    Identifier,
    /// Anything else.
    Plain,
}

/// Parts of keys that speak of hosts.
const OF_HOSTS: [&str; 8] = [
    "HOST",
    "ADDR",
    "URL",
    "URI",
    "ENDPOINT",
    "SERVER",
    "BROKER",
    "BOOTSTRAP",
];

/// Whether the value of a key is a host, by the key's name.
pub(super) fn speaks_of_hosts(key: &str) -> bool {
    let starts_with = |rest: &[u8], part: &str| {
        let begin = rest.get(..part.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(part.as_bytes()))
    };
    let key = key.as_bytes();
    let mut rests = (0..key.len()).filter_map(|at| key.get(at..));
    rests.any(|rest| OF_HOSTS.iter().any(|part| starts_with(rest, part)))
}

/// Shows every word of a text that may be a host. `is_told`: whether the text is the value of a key that speaks
/// of hosts; that counts where the text is one line, since a file has keys of its own.
pub(super) fn mentions<'t>(text: &'t str, is_told: bool, see: &mut dyn FnMut(Mention<'t>)) {
    let text = text.trim_end();
    let is_line = !text.contains('\n');
    let mut key = Key {
        text: "",
        is_told: is_told && is_line,
    };
    for line in text.split('\n') {
        let start = line.trim_start();
        if !is_line && start.starts_with(['#', ';']) {
            continue;
        }
        // The items of a YAML list have the key of the list.
        if !is_line && !start.starts_with("- ") {
            key = Key::default();
        }
        Line { text: line, key }.scan(&mut key, see);
    }
}

/// The key that a word is the value of.
#[derive(Clone, Copy, Debug, Default)]
struct Key<'t> {
    text: &'t str,
    is_told: bool,
}

impl<'t> Key<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text,
            is_told: speaks_of_hosts(text),
        }
    }

    /// Whether its value is a URL that nobody calls.
    fn is_of_identifier(self) -> bool {
        let text = self.text;
        text.starts_with("xmlns") || text.ends_with("schemaLocation") || text == "schema"
    }
}

struct Line<'t> {
    text: &'t str,
    key: Key<'t>,
}

impl<'t> Line<'t> {
    fn scan(self, last: &mut Key<'t>, see: &mut dyn FnMut(Mention<'t>)) {
        let mut at = 0;
        let mut key = self.key;
        let mut before = "";
        while let Some(word) = self.word(at) {
            at = word.end;
            if !word.text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
                continue;
            }
            if let Some(scheme) = self.scheme(word) {
                at = self.authority(word.end + 2, scheme, key, see);
            } else if let Some(named) = self.key_at(word) {
                key = Key::of(named);
            } else if !self.is_glued(word) {
                self.value(word, before, key, see);
            }
            before = word.text;
        }
        *last = key;
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(b' ', |at| self.byte(at))
    }

    /// The next word from a place on.
    fn word(&self, at: usize) -> Option<Word<'t>> {
        let rest = self.text.as_bytes().get(at..)?;
        let start = at + rest.iter().position(|byte| is_of_word(*byte))?;
        let rest = self.text.as_bytes().get(start..)?;
        let length = rest.iter().position(|byte| !is_of_word(*byte));
        let end = start + length.unwrap_or(rest.len());
        let text = self.text.get(start..end)?;
        Some(Word { text, start, end })
    }

    /// The scheme of a URL that begins with the word: `postgresql` of `jdbc:postgresql://`.
    fn scheme(&self, word: Word<'t>) -> Option<&'t str> {
        let is_url = self.byte(word.end) == b'/' && self.byte(word.end + 1) == b'/';
        let scheme = word.text.strip_suffix(':').filter(|_| is_url)?;
        scheme.rsplit(':').next()
    }

    /// The key that the word is: `key=`, `"key": `, `key: `, `--key `.
    fn key_at(&self, word: Word<'t>) -> Option<&'t str> {
        if let Some(key) = word.text.strip_suffix(':') {
            return Some(key);
        }
        let rest = self.text.get(word.end..)?;
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
        let is_flag = word.text.starts_with('-');
        (is_flag || rest.starts_with(['=', ':'])).then_some(word.text)
    }

    /// Whether the word is part of a longer one that only a cluster or a program knows: `$(PREFIX)product`,
    /// `product-${ID}`, `${product}`; or the name before an `@`.
    fn is_glued(&self, word: Word<'_>) -> bool {
        let (before, after) = (self.before(word.start), self.byte(word.end));
        let is_variable =
            matches!(before, b'{' | b'(') && self.before(word.start.saturating_sub(1)) == b'$';
        is_variable
            || matches!(before, b'}' | b')' | b'$' | b'%')
            || matches!(after, b'$' | b'{' | b'@' | b'%')
    }

    /// Shows the hosts of a URL; gives the place after them.
    fn authority(
        &self,
        start: usize,
        scheme: &'t str,
        key: Key<'t>,
        see: &mut dyn FnMut(Mention<'t>),
    ) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let end = rest.find(is_end_of_authority).unwrap_or(rest.len());
        let (authority, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let after = after.split(is_end_of_url).next().unwrap_or_default();
        let position = if key.is_of_identifier() {
            Position::Identifier
        } else {
            let is_doubtful = after.contains('@');
            Position::Url {
                scheme,
                is_doubtful,
            }
        };
        let hosts_at = authority.rfind('@').map_or(0, |at| at + 1);
        let mut at = start + hosts_at;
        let hosts = authority.get(hosts_at..).unwrap_or_default();
        for piece in hosts.split(',') {
            if piece.ends_with(':') && after.starts_with("//") {
                // The next URL of a list.
                return at;
            }
            if !piece.contains(['$', '{', '}', '(', ')', '%']) {
                show(piece, position, key, see);
            }
            at += piece.len() + 1;
        }
        start + end
    }

    fn value(
        &self,
        word: Word<'t>,
        before: &'t str,
        key: Key<'t>,
        see: &mut dyn FnMut(Mention<'t>),
    ) {
        let is_after = |byte| self.before(word.start) == byte;
        let is_rooted = || self.before(word.start.saturating_sub(1)) == b'/';
        let position = if is_after(b'/') && !is_rooted() {
            Position::Path
        } else if is_after(b'@') && before.contains(':') {
            let scheme = "";
            let is_doubtful = false;
            Position::Url {
                scheme,
                is_doubtful,
            }
        } else {
            Position::Plain
        };
        show(word.text, position, key, see);
    }
}

/// Shows the hosts of a word: `host`, `host:8080`, `tcp:host:8080`, `host:2888:3888`.
fn show<'t>(word: &'t str, position: Position<'t>, key: Key<'_>, see: &mut dyn FnMut(Mention<'t>)) {
    let mut parts = word.split(':').peekable();
    while let Some(host) = parts.next() {
        let port = match parts.peek().map(|next| next.parse::<u16>()) {
            None => None,
            Some(Ok(port)) if port > 0 => Some(port),
            Some(_) => continue,
        };
        if is_host(host) {
            see(Mention {
                host,
                port,
                position,
                is_told: key.is_told,
            });
        }
    }
}

#[derive(Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// Whether a byte can be part of a host with its port or of a key.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-')
}

fn is_end_of_url(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '|' | '\\')
}

fn is_end_of_authority(letter: char) -> bool {
    is_end_of_url(letter) || matches!(letter, '/' | '?' | '#' | ';' | ']')
}

/// Whether the domain name system takes it for a host; a number alone is none.
fn is_host(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    !is_number && text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mention as `host:port`, with `!` where a URL says so, `?` where the key does, `/` in paths.
    fn shown(text: &str, is_told: bool) -> Vec<String> {
        let mut found = Vec::new();
        mentions(text, is_told, &mut |mention: Mention<'_>| {
            let port = mention.port.map(|port| format!(":{port}"));
            let position = match mention.position {
                Position::Url {
                    is_doubtful: false, ..
                } => "!",
                Position::Url {
                    is_doubtful: true, ..
                } => "!!",
                Position::Path => "/",
                Position::Identifier => "=",
                Position::Plain => "",
            };
            let told = if mention.is_told { "?" } else { "" };
            let port = port.unwrap_or_default();
            found.push(format!("{}{port}{position}{told}", mention.host));
        });
        found
    }

    #[test]
    fn a_text_falls_into_hosts_with_what_is_around_them() {
        let table: &[(&str, &[&str])] = &[
            ("product", &["product"]),
            ("product:8080", &["product:8080"]),
            ("product.shop.svc.", &["product.shop.svc."]),
            ("http://product/v1", &["product!", "v1/"]),
            ("http://product:8080/v1?x=y", &["product:8080!", "v1/", "y"]),
            ("jdbc:pg://h1:1,h2:2/db", &["h1:1!", "h2:2!", "db/"]),
            ("http://a:1,http://b:2", &["a:1!", "b:2!"]),
            ("kafka:9092,kafka2:9092", &["kafka:9092", "kafka2:9092"]),
            ("a b;c", &["a", "b", "c"]),
            ("amqp://user:pw@rabbit:5672/", &["rabbit:5672!"]),
            ("user:pw@db", &["db!"]),
            ("me@db", &["db"]),
            ("user:pw@tcp(db:3306)/x", &["tcp!", "db:3306", "x/"]),
            ("redis://ab.cd/x@host", &["ab.cd!!", "host"]),
            ("zk-0.zk:2888:3888;2181", &["zk-0.zk:2888"]),
            ("tcp:product:80", &["product:80"]),
            ("nginx:1.25", &["1.25"]),
            ("http://$(HOST):80/", &[]),
            ("$(A)product ${product} product-$A", &[]),
            ("/etc/order/order.conf", &["etc/", "order/", "order.conf/"]),
            ("jdbc:oracle:thin:@//db:1521/x", &["db:1521", "x/"]),
            ("a_b 12 -- : .", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text, false), *expected, "{text}");
        }
    }

    #[test]
    fn a_key_speaks_of_hosts_until_the_next_one() {
        let table: &[(&str, &[&str])] = &[
            ("--host=product --level=order", &["product?", "order"]),
            ("--db-host product", &["product?"]),
            ("host: product", &["product?"]),
            (
                "{\"host\": \"product\", \"level\": \"order\"}",
                &["product?", "order"],
            ),
            ("host = product", &["product?"]),
            ("# host: product\nlevel: order", &["order"]),
            (
                "hosts:\n- product\n- other\nlevel: order",
                &["product?", "other?", "order"],
            ),
            ("xmlns=\"http://www.w3.org/x\"", &["www.w3.org=", "x/"]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text, false), *expected, "{text}");
        }
    }

    #[test]
    fn the_key_of_a_text_counts_for_one_line_alone() {
        assert_eq!(shown("product", true), ["product?"]);
        assert_eq!(shown("product\n", true), ["product?"]);
        assert_eq!(shown("product\norder", true), ["product", "order"]);
    }

    #[test]
    fn keys_speak_of_hosts_by_parts_of_their_names() {
        for key in [
            "DB_HOST",
            "kafka.brokers",
            "bootstrapServers",
            "listenAddr",
            "URL",
            "callbackUri",
            "endpoint",
            "BROKER",
        ] {
            assert!(speaks_of_hosts(key), "{key}");
        }
        for key in ["LOG_LEVEL", "NAME", "", "PORT", "order"] {
            assert!(!speaks_of_hosts(key), "{key}");
        }
    }
}
