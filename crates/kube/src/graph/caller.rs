//! The names of callers and callees in statements: `order`, `shop/order`, `ns:reporting`, `sa:ops/backup`,
//! `gateway:istio-ingress/gateway`.

use super::calls::Calls;
use super::edge::Peer;
use crate::resource::Resource;

/// A caller as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A workload or Service.
    Named {
        /// The namespace it is in.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Whoever needs no looking up.
    Peer(Peer),
}

/// What a caller may look like.
const FORMS: &str = "`name`, `namespace/name`, `ns:namespace`, `sa:namespace/account` or \
                     `gateway:namespace/account`";

impl Caller {
    /// Reads a caller; a name without a namespace is in `namespace`.
    pub(super) fn parse(text: &str, namespace: &str) -> Result<Self, String> {
        let refused = || format!("\"{text}\" is no caller; write {FORMS}");
        let (kind, name) = text.split_once(':').unwrap_or(("", text));
        let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
        if !is_name(name) || (text.contains('/') && !is_name(namespace)) {
            return Err(refused());
        }
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Ok(match kind {
            "" if !text.starts_with(':') => Self::Named { namespace, name },
            "ns" if !text.contains('/') => Self::Peer(Peer::Namespace(name)),
            "sa" => Self::Peer(Peer::Account { namespace, name }),
            "gateway" => Self::Peer(Peer::Gateway { namespace, name }),
            _ => return Err(refused()),
        })
    }

    /// Everybody that it means; nobody where the input doesn't have it.
    pub(super) fn peers<'r>(&self, calls: &Calls<'_, 'r>, from: &Resource<'r>) -> Vec<Peer> {
        match self {
            Self::Peer(Peer::Account { namespace, name }) => {
                vec![account(calls, namespace, name)]
            }
            Self::Peer(peer) => vec![peer.clone()],
            Self::Named { namespace, name } => {
                let numbers = calls.workloads_called(from, namespace, name);
                numbers.into_iter().map(Peer::Workload).collect()
            }
        }
    }
}

/// An account by the name and in the namespace that it has now.
fn account(calls: &Calls<'_, '_>, namespace: &str, name: &str) -> Peer {
    let found = calls.graph.account(namespace, name);
    let now = found.map(|account| (calls.graph.resources.namespace_of(account), account.name()));
    let (namespace, name) = now.unwrap_or((namespace, name));
    Peer::Account {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

/// The namespace and name of a callee: `product` or `shop/product`.
pub(super) fn callee<'a>(text: &'a str, namespace: &'a str) -> Result<(&'a str, &'a str), String> {
    let parts = text.split_once('/').unwrap_or((namespace, text));
    let is_right = is_name(parts.1) && (is_name(parts.0) || !text.contains('/'));
    is_right
        .then_some(parts)
        .ok_or_else(|| format!("\"{text}\" is no callee; write `name` or `namespace/name`"))
}

/// That the input has nothing of that name.
pub(super) fn unknown(text: &str, namespace: &str) -> String {
    let within = match (text.contains('/'), namespace) {
        (true, _) => "; check the name".to_owned(),
        (false, "") => "; write its namespace before it, as `namespace/name`".to_owned(),
        (false, namespace) => format!(
            " in namespace \"{namespace}\"; if it is in another one, write `namespace/{text}`"
        ),
    };
    format!("the input has no workload or Service \"{text}\"{within}")
}

/// Whether Kubernetes takes it for the name of an object.
pub(super) fn is_name(text: &str) -> bool {
    let is_inner = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 253
        && bytes.iter().all(is_inner)
        && is_edge(bytes.first())
        && is_edge(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_a_name_a_namespace_an_account_or_a_gateway() {
        let named = |namespace: &str, name: &str| {
            Ok(Caller::Named {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            })
        };
        assert_eq!(Caller::parse("order", "shop"), named("shop", "order"));
        assert_eq!(Caller::parse("ops/order", "shop"), named("ops", "order"));
        let peer = |peer| Ok(Caller::Peer(peer));
        assert_eq!(
            Caller::parse("ns:reporting", "shop"),
            peer(Peer::Namespace("reporting".to_owned()))
        );
        let (namespace, name) = ("ops".to_owned(), "backup".to_owned());
        assert_eq!(
            Caller::parse("sa:ops/backup", "shop"),
            peer(Peer::Account { namespace, name })
        );
        let (namespace, name) = ("shop".to_owned(), "edge".to_owned());
        assert_eq!(
            Caller::parse("gateway:edge", "shop"),
            peer(Peer::Gateway { namespace, name })
        );
    }

    #[test]
    fn anything_else_is_no_caller() {
        for text in [
            "",
            ":order",
            "Order",
            "order:8080",
            "ns:a/b",
            "ns:",
            "a/b/c",
            "/order",
            "shop/",
            "sa:",
            "or der",
            "-a",
            "user:order",
            "*",
        ] {
            assert!(Caller::parse(text, "shop").is_err(), "{text}");
        }
    }

    #[test]
    fn a_callee_is_a_name_with_or_without_a_namespace() {
        assert_eq!(callee("product", "shop"), Ok(("shop", "product")));
        assert_eq!(callee("ops/product", "shop"), Ok(("ops", "product")));
        for text in ["", "ns:shop", "/product", "a/b/c", "product:80"] {
            assert!(callee(text, "shop").is_err(), "{text}");
        }
    }
}
