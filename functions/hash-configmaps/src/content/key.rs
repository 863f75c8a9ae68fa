//! Keys as the API server takes them.

/// The longest key, in bytes.
const MAX_LENGTH: usize = 253;

/// What a key must be and is not, and what to do; the rules of `IsConfigMapKey` in Kubernetes' apimachinery, which
/// hold for Secrets too.
pub(super) fn fault(key: &str) -> Option<&'static str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if key.is_empty() {
        Some("not be empty; give it a name")
    } else if !key.bytes().all(is_allowed) {
        Some("have only letters, digits, `-`, `_` and `.`; rename it")
    } else if key.len() > MAX_LENGTH {
        Some("have at most 253 characters; shorten it")
    } else if key == "." {
        Some("not be `.`; rename it")
    } else if key.starts_with("..") {
        Some("not start with `..`; rename it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_kubernetes_takes_for_a_key_has_no_fault() {
        let longest = "k".repeat(253);
        let keys = [
            "a", "A.b-c_9", "-", "_", ".a", ".a..", "a..b", "8080", &longest,
        ];
        for key in keys {
            assert_eq!(fault(key), None, "{key}");
        }
    }

    #[test]
    fn what_kubernetes_refuses_has_the_fault_that_it_names() {
        let too_long = "k".repeat(254);
        let table = [
            ("", "not be empty"),
            ("a b", "have only"),
            ("a/b", "have only"),
            ("a\n", "have only"),
            ("é", "have only"),
            ("a:", "have only"),
            ("../a", "have only"),
            (&*too_long, "have at most 253"),
            (".", "not be `.`"),
            ("..", "not start with"),
            ("..data", "not start with"),
            ("...", "not start with"),
        ];
        for (key, expected) in table {
            let fault = fault(key).unwrap_or_default();
            assert!(fault.starts_with(expected), "{key:?}: {fault}");
        }
    }
}
