//! Whom a binding gives rights to, as far as it is service accounts.

use sdk::Node;

/// Service accounts that are given rights together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The one of this namespace and name; without a namespace, one that isn't filled in yet.
    Account(Option<String>, String),
    /// All of a namespace.
    AllOf(String),
    /// All of the cluster.
    All,
}

impl Subject {
    /// Reads a subject of a binding in this namespace; none where it is people. Users and groups by their names count
    /// too: the API server knows a service account by those (kubernetes/apiserver pkg/authentication/serviceaccount/util.go).
    pub(crate) fn of(node: Node<'_>, namespace: Option<&str>) -> Option<Self> {
        let text = |field: &str| node.get(field).and_then(Node::text).unwrap_or_default();
        let name = text("name");
        match &*text("kind") {
            "ServiceAccount" => {
                let own = Some(text("namespace").into_owned()).filter(|own| !own.is_empty());
                let namespace = own.or_else(|| namespace.map(str::to_owned));
                Some(Self::Account(namespace, name.into_owned()))
            }
            "User" => {
                let (namespace, name) = name
                    .strip_prefix("system:serviceaccount:")?
                    .split_once(':')?;
                Some(Self::Account(Some(namespace.to_owned()), name.to_owned()))
            }
            "Group" => Self::of_group(&name),
            _ => None,
        }
    }

    fn of_group(name: &str) -> Option<Self> {
        match name {
            "system:serviceaccounts" | "system:authenticated" => Some(Self::All),
            name => Some(Self::AllOf(
                name.strip_prefix("system:serviceaccounts:")?.to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(text: &str, namespace: Option<&str>) -> Option<Subject> {
        let stream = sdk::yaml::parse(text.to_owned()).unwrap();
        Subject::of(
            stream.documents().next().unwrap().root().unwrap(),
            namespace,
        )
    }

    #[test]
    fn subjects_are_accounts_by_whatever_name() {
        let account = |namespace: Option<&str>, name: &str| {
            Some(Subject::Account(
                namespace.map(str::to_owned),
                name.to_owned(),
            ))
        };
        let shop = account(Some("shop"), "api");
        let table = [
            (
                "{kind: ServiceAccount, name: api, namespace: shop}",
                Some("other"),
                shop.clone(),
            ),
            (
                "{kind: ServiceAccount, name: api}",
                Some("shop"),
                shop.clone(),
            ),
            (
                "{kind: ServiceAccount, name: api, namespace: ''}",
                None,
                account(None, "api"),
            ),
            (
                "{kind: User, name: 'system:serviceaccount:shop:api'}",
                None,
                shop,
            ),
            ("{kind: User, name: jane}", None, None),
            (
                "{kind: Group, name: 'system:serviceaccounts'}",
                None,
                Some(Subject::All),
            ),
            (
                "{kind: Group, name: 'system:authenticated'}",
                None,
                Some(Subject::All),
            ),
            (
                "{kind: Group, name: 'system:serviceaccounts:shop'}",
                None,
                Some(Subject::AllOf("shop".to_owned())),
            ),
            ("{kind: Group, name: 'system:unauthenticated'}", None, None),
            ("{kind: Group, name: developers}", None, None),
            ("{name: api}", Some("shop"), None),
            ("api", Some("shop"), None),
        ];
        for (text, namespace, expected) in table {
            assert_eq!(subject(text, namespace), expected, "{text}");
        }
    }
}
