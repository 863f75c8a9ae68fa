//! One `PeerAuthentication`: what a server asks of those who connect to it.

use std::collections::BTreeMap;

use sdk::{Node, Place, Resource};

use super::selector::Selector;

/// What a server asks of those who connect to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Plain text; nobody terminates TLS.
    Disable,
    /// Plain text and mutual TLS.
    Permissive,
    /// Mutual TLS alone.
    Strict,
}

/// How far a policy reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Every workload of the mesh.
    Mesh,
    /// Every workload of its namespace.
    Namespace,
    /// The workloads that it selects.
    Workload,
}

/// A `PeerAuthentication`.
#[derive(Clone, Debug)]
pub(crate) struct PeerAuthentication<'r> {
    /// The object.
    pub(crate) resource: &'r Resource<'r>,
    /// The namespace it belongs to.
    pub(crate) namespace: &'r str,
    /// The workloads it is about.
    pub(crate) selector: Selector<'r>,
    /// The mode it sets; none where it leaves that to the next wider policy.
    pub(crate) mode: Option<(Mode, Place)>,
    /// The modes it sets for container ports; none where a port has the mode of the workload.
    pub(crate) ports: BTreeMap<u16, Option<(Mode, Place)>>,
    root_namespace: &'r str,
}

/// What Istio refuses or ignores about a `PeerAuthentication`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The field.
    pub(crate) place: Place,
    /// Why.
    pub(crate) reason: Reason,
}

/// Why Istio refuses or ignores something about a `PeerAuthentication`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Modes for ports of a whole namespace or mesh.
    PortsWithoutSelector,
    /// `portLevelMtls` is there and empty.
    NoPorts,
    /// No number of a port.
    NoPort(String),
    /// No mode.
    NoMode(String),
    /// A label to select by that is empty or has a `*`.
    NoLabel(String),
    /// It selects workloads of the root namespace. Istio takes it and never looks at it.
    SelectorInRoot,
}

impl Reason {
    /// Whether the API server doesn't take the object.
    pub(crate) fn is_refused(&self) -> bool {
        *self != Self::SelectorInRoot
    }
}

impl<'r> PeerAuthentication<'r> {
    pub(super) fn new(
        resource: &'r Resource<'r>,
        namespace: &'r str,
        root_namespace: &'r str,
    ) -> Self {
        let spec = resource.node.get("spec");
        let field = |name| spec.and_then(|spec| spec.get(name));
        let place = resource.place().field("spec");
        let mut ports = BTreeMap::new();
        let entries = field("portLevelMtls").into_iter().flat_map(Node::fields);
        for (key, value) in entries {
            let Some(text) = key.text() else { continue };
            if let Some(port) = port(&text) {
                let place = place.field("portLevelMtls").field(&*text);
                ports.insert(port, mode(value, &place));
            }
        }
        Self {
            resource,
            namespace,
            selector: Selector::of(field("selector")),
            mode: field("mtls").and_then(|mtls| mode(mtls, &place.field("mtls"))),
            ports,
            root_namespace,
        }
    }

    /// How far it reaches. One with a selector in the root namespace reaches nobody, see
    /// [`PeerAuthentication::is_ignored`].
    ///
    /// istio: pilot/pkg/model/authentication.go, `addPeerAuthentication`: a selector without labels is none.
    pub(crate) fn scope(&self) -> Scope {
        match (self.selector.is_empty(), self.is_in_root()) {
            (true, true) => Scope::Mesh,
            (true, false) => Scope::Namespace,
            (false, _) => Scope::Workload,
        }
    }

    fn is_in_root(&self) -> bool {
        self.namespace == self.root_namespace
    }

    /// Whether Istio never looks at it.
    ///
    /// istio: `pilot/pkg/security/authn/policy_applier.go`, `ComposePeerAuthentication`: policies of workloads
    /// count outside the root namespace alone.
    pub(crate) fn is_ignored(&self) -> bool {
        self.is_in_root() && !self.selector.is_empty()
    }

    /// Whether both set the same modes for those they select.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let mode = |told: &Option<(Mode, Place)>| told.as_ref().map(|(mode, _)| *mode);
        let ports = |policy: &Self| {
            let ports = policy.ports.iter();
            ports
                .map(|(port, told)| (*port, mode(told)))
                .collect::<Vec<_>>()
        };
        mode(&self.mode) == mode(&other.mode) && ports(self) == ports(other)
    }

    /// What Istio refuses or ignores about it.
    ///
    /// istio: pkg/config/validation/validation.go, `ValidatePeerAuthentication`, `validateWorkloadSelector`.
    pub(super) fn invalid(&self) -> Vec<Invalid> {
        let place = self.resource.place().field("spec");
        let mut found = self.invalid_ports();
        for (place, node) in self.modes() {
            found.extend(unknown_mode(node).map(|text| Invalid {
                place: place.field("mode"),
                reason: Reason::NoMode(text),
            }));
        }
        let labels = place.field("selector").field("matchLabels");
        let is_wrong = |(key, value): &(&str, &str)| {
            key.is_empty() || key.contains('*') || value.contains('*')
        };
        let wrong = self.selector.iter().filter(is_wrong);
        found.extend(wrong.map(|(key, value)| Invalid {
            place: labels.field(key),
            reason: Reason::NoLabel(format!("{key}={value}")),
        }));
        found.extend(self.is_ignored().then(|| Invalid {
            place: place.field("selector"),
            reason: Reason::SelectorInRoot,
        }));
        found
    }

    fn invalid_ports(&self) -> Vec<Invalid> {
        let ports = self.resource.node.at(&["spec", "portLevelMtls"]);
        let Some(ports) = ports.filter(|ports| !ports.is_null()) else {
            return Vec::new();
        };
        let place = self.resource.place().field("spec").field("portLevelMtls");
        let of_all = match ports.entries().next() {
            None => Some(Reason::NoPorts),
            Some(_) if self.selector.is_empty() => Some(Reason::PortsWithoutSelector),
            Some(_) => None,
        };
        let of_all = of_all.map(|reason| Invalid {
            place: place.clone(),
            reason,
        });
        let keys = ports.entries().filter_map(|(key, _)| key.text());
        let of_each = keys.filter(|key| port(key).is_none()).map(|key| Invalid {
            place: place.field(&*key),
            reason: Reason::NoPort(key.into_owned()),
        });
        of_all.into_iter().chain(of_each).collect()
    }

    /// Every part that may have a `mode`.
    fn modes(&self) -> Vec<(Place, Node<'r>)> {
        let place = self.resource.place().field("spec");
        let Some(spec) = self.resource.node.get("spec") else {
            return Vec::new();
        };
        let mut found: Vec<_> = spec
            .get("mtls")
            .map(|mtls| (place.field("mtls"), mtls))
            .into_iter()
            .collect();
        let ports = spec.get("portLevelMtls");
        for (key, value) in ports.into_iter().flat_map(Node::fields) {
            let key = key.text().unwrap_or_default();
            found.push((place.field("portLevelMtls").field(&*key), value));
        }
        found
    }
}

/// A number that a port can have.
fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0)
}

/// The mode of an `mtls` or of a port; none where it is absent or `UNSET`.
///
/// istio: `pilot/pkg/security/authn/policy_applier.go`, `isMtlsModeUnset`.
fn mode(node: Node<'_>, place: &Place) -> Option<(Mode, Place)> {
    let mode = match &*node.get("mode")?.text()? {
        "DISABLE" => Mode::Disable,
        "PERMISSIVE" => Mode::Permissive,
        "STRICT" => Mode::Strict,
        _ => return None,
    };
    Some((mode, place.field("mode")))
}

/// What stands where a mode should.
fn unknown_mode(node: Node<'_>) -> Option<String> {
    let told = node.get("mode").filter(|mode| !mode.is_null())?;
    let text = told.text().unwrap_or_default();
    let is_known = matches!(&*text, "UNSET" | "DISABLE" | "PERMISSIVE" | "STRICT");
    (!is_known).then(|| text.into_owned())
}
