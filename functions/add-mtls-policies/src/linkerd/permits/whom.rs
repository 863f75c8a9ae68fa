//! Whom a policy of an author lets in.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Node, Resource, Resources};

use crate::linkerd::identity::{self, Identity};
use crate::linkerd::objects::GROUP;

/// Who is let in. Where the input doesn't tell, that is whoever comes: nobody is to be told of what may well be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::linkerd) enum Whom {
    Anyone,
    /// Whoever has an identity in the mesh.
    Meshed,
    These(BTreeSet<Identity>),
}

impl Whom {
    /// Whether somebody with an identity may get in, or for a namespace somebody of it.
    pub(in crate::linkerd) fn may_be(&self, caller: &Identity) -> bool {
        let is_in = |own: &Identity| match caller {
            Identity::Namespace(namespace) => own.namespace() == namespace,
            Identity::Account { .. } => own.covers(caller),
        };
        match self {
            Self::Anyone | Self::Meshed => true,
            Self::These(identities) => identities.iter().any(is_in),
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(mut own), Self::These(others)) => {
                own.extend(others);
                Self::These(own)
            }
            (Self::Anyone, _) | (_, Self::Anyone) => Self::Anyone,
            _ => Self::Meshed,
        }
    }

    fn one(identity: Identity) -> Self {
        Self::These(BTreeSet::from([identity]))
    }

    fn nobody() -> Self {
        Self::These(BTreeSet::new())
    }
}

/// The authentications of the input, of authors and made.
pub(super) struct Authentications<'r> {
    by_name: BTreeMap<(&'r str, &'r str), &'r Resource<'r>>,
    trust_domain: &'r str,
}

impl<'r> Authentications<'r> {
    pub(super) fn new(resources: &'r Resources<'r>, trust_domain: &'r str) -> Self {
        let objects = resources.all();
        let objects = objects.filter(|object| object.is(GROUP, "MeshTLSAuthentication"));
        let keyed = objects.map(|object| ((resources.namespace_of(object), object.name()), object));
        Self {
            by_name: keyed.into_map(),
            trust_domain,
        }
    }

    /// Whom a policy in a namespace lets in.
    pub(super) fn whom(&self, policy: &Resource<'_>, namespace: &str) -> Whom {
        if policy.kind() == "ServerAuthorization" {
            return self.of_client(policy.node.at(&["spec", "client"]), namespace);
        }
        let references = policy.node.at(&["spec", "requiredAuthenticationRefs"]);
        let references = references.into_iter().flat_map(Node::items);
        let mut told = references.filter_map(|reference| self.of_reference(reference, namespace));
        told.next().unwrap_or(Whom::Anyone)
    }

    /// Networks narrow down who may come, and tell no identity: linkerd
    /// policy-controller/k8s/index/src/inbound/index.rs, `policy_client_authz`.
    fn of_reference(&self, reference: Node<'_>, namespace: &str) -> Option<Whom> {
        let text = |field| reference.get(field).and_then(Node::text);
        let (name, own) = (text("name").unwrap_or_default(), text("namespace"));
        let namespace = own.as_deref().unwrap_or(namespace);
        match text("kind")?.to_ascii_lowercase().as_str() {
            "meshtlsauthentication" => {
                let found = self.by_name.get(&(namespace, &*name));
                let whom = found.map(|found| self.of_authentication(found, namespace));
                Some(whom.unwrap_or(Whom::Anyone))
            }
            "serviceaccount" => Some(Whom::one(Identity::account(namespace, &name))),
            _ => None,
        }
    }

    /// linkerd policy-controller/k8s/index/src/inbound/meshtls_authentication.rs, `Spec::try_from_resource`.
    fn of_authentication(&self, object: &Resource<'_>, namespace: &str) -> Whom {
        let list = |field| object.node.at(&["spec", field]);
        let references = list("identityRefs").into_iter().flat_map(Node::items);
        let references = references.map(|item| referred(item, namespace));
        let all = references.chain(self.of_identities(list("identities")));
        all.fold(Whom::nobody(), Whom::and)
    }

    /// linkerd policy-controller/k8s/index/src/inbound/server_authorization.rs, `client_authz`.
    fn of_client(&self, client: Option<Node<'_>>, namespace: &str) -> Whom {
        let is_on = |node: Option<Node<'_>>| node.and_then(Node::as_bool) == Some(true);
        let field = |field| client.and_then(|client| client.get(field));
        let Some(mesh) = field("meshTLS").filter(|_| !is_on(field("unauthenticated"))) else {
            return Whom::Anyone;
        };
        if is_on(mesh.get("unauthenticatedTLS")) {
            return Whom::Anyone;
        }
        let accounts = mesh
            .get("serviceAccounts")
            .into_iter()
            .flat_map(Node::items);
        let accounts = accounts.map(|item| referred(item, namespace));
        let all = accounts.chain(self.of_identities(mesh.get("identities")));
        all.fold(Whom::nobody(), Whom::and)
    }

    fn of_identities<'n>(
        &self,
        list: Option<Node<'n>>,
    ) -> impl Iterator<Item = Whom> + use<'_, 'r, 'n> {
        let items = list.into_iter().flat_map(Node::items);
        let texts = items.filter_map(Node::text);
        texts.map(|text| of_identity(&text, self.trust_domain))
    }
}

/// A `Namespace` or a `ServiceAccount`, by name.
fn referred(item: Node<'_>, namespace: &str) -> Whom {
    let text = |field| item.get(field).and_then(Node::text);
    let (name, own) = (text("name").unwrap_or_default(), text("namespace"));
    Whom::one(match text("kind").as_deref() {
        Some("Namespace") => Identity::Namespace(name.into_owned()),
        _ => Identity::account(own.as_deref().unwrap_or(namespace), &name),
    })
}

/// `*` stands at the beginning alone, for whatever ends in the rest: linkerd policy-controller/core/src/identity_match.rs.
fn of_identity(text: &str, trust_domain: &str) -> Whom {
    let Some(end) = text.strip_prefix('*') else {
        let account = identity::account(text, trust_domain);
        return account.map_or_else(Whom::nobody, |(namespace, name)| {
            Whom::one(Identity::account(&namespace, &name))
        });
    };
    let end = end.strip_prefix('.').unwrap_or(end);
    match end.split_once(".serviceaccount.identity.") {
        Some((namespace, _)) => Whom::one(Identity::Namespace(namespace.to_owned())),
        None => Whom::Meshed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_means_an_account_a_namespace_or_everybody() {
        let account = Whom::one(Identity::account("shop", "web"));
        let namespace = Whom::one(Identity::Namespace("shop".to_owned()));
        for (text, expected) in [
            (
                "web.shop.serviceaccount.identity.linkerd.cluster.local",
                account,
            ),
            (
                "*.shop.serviceaccount.identity.linkerd.cluster.local",
                namespace,
            ),
            (
                "web.shop.serviceaccount.identity.linkerd.other.domain",
                Whom::nobody(),
            ),
            ("spiffe://root.linkerd.cluster.local/vm", Whom::nobody()),
            ("*.cluster.local", Whom::Meshed),
            ("*", Whom::Meshed),
        ] {
            assert_eq!(of_identity(text, "cluster.local"), expected, "{text}");
        }
    }

    #[test]
    fn a_namespace_gets_in_where_somebody_of_it_does() {
        let whom = Whom::one(Identity::account("shop", "web"));
        assert!(whom.may_be(&Identity::Namespace("shop".to_owned())));
        assert!(!whom.may_be(&Identity::Namespace("ops".to_owned())));
        assert!(!whom.may_be(&Identity::account("shop", "order")));
    }

    #[test]
    fn whoever_adds_everybody_lets_everybody_in() {
        let one = || Whom::one(Identity::account("shop", "web"));
        assert_eq!(one().and(Whom::Anyone), Whom::Anyone);
        assert_eq!(Whom::Meshed.and(one()), Whom::Meshed);
        assert_eq!(one().and(Whom::nobody()), one());
    }
}
