//! Which proxies serve a gateway.
//!
//! Istio's rules were read in istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2, called `istio`
//! below).

use std::collections::{BTreeMap, BTreeSet};

use yaml::order::Collect as _;

use super::Field;
use crate::graph::calls::Calls;
use crate::graph::edge::{GatewayIdentity, Peer};
use crate::graph::workload::Workload;
use crate::resource::Resource;

/// Names an existing ServiceAccount for the proxies of a gateway.
/// `istio` `pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`, `configureIstioGateway`.
const ACCOUNT: &str = "gateway.istio.io/service-account";

/// Controllers of gateway classes that Istio brings, and whether a gateway's proxies get the class's name behind
/// its own. `istio` `pilot/pkg/config/kube/gatewaycommon/classinfo.go`, `GetClassInfos`.
const CONTROLLERS: [(&str, bool); 4] = [
    ("istio.io/gateway-controller", true),
    ("istio.io/mesh-controller", false),
    ("istio.io/eastwest-controller", false),
    ("istio.io/agentgateway-controller", false),
];

/// Classes that are there without an object.
/// `istio` `pilot/pkg/config/kube/gatewaycommon/classinfo.go`, `GetAllClasses`.
const CLASSES: [(&str, bool); 4] = [
    ("istio", true),
    ("istio-waypoint", false),
    ("istio-east-west", false),
    ("istio-agentgateway", false),
];

/// The gateways of an input by their namespaces and names.
pub(super) struct Gateways<'r> {
    by_name: BTreeMap<(&'r str, &'r str), &'r Resource<'r>>,
    /// Who serves an Istio gateway, by its selector.
    by_selector: BTreeMap<BTreeMap<String, String>, Vec<Peer>>,
    /// Controllers by the names of their gateway classes.
    controllers: BTreeMap<String, String>,
}

impl<'r> Gateways<'r> {
    /// All gateways of an API group.
    pub(super) fn new(calls: &Calls<'_, 'r>, group: &str) -> Self {
        let resources = calls.graph.resources;
        let objects = resources.all().filter(|object| object.is(group, "Gateway"));
        let by_name =
            objects.map(|object| ((resources.namespace_of(object), object.name()), object));
        let is_class =
            |object: &&Resource<'_>| object.is("gateway.networking.k8s.io", "GatewayClass");
        let controllers = resources.all().filter(is_class).filter_map(|class| {
            let controller = Field::at(class, &["spec"])?.text("controllerName")?;
            Some((class.name().to_owned(), controller.into_owned()))
        });
        Self {
            by_name: by_name.into_map(),
            by_selector: BTreeMap::new(),
            controllers: controllers.into_map(),
        }
    }

    fn find(&self, namespace: &str, name: &str) -> Option<&'r Resource<'r>> {
        self.by_name.get(&(namespace, name)).copied()
    }

    /// The proxies of a gateway of the Gateway API. Istio makes them, unless the gateway names a Service that is
    /// there already (`istio` `pilot/pkg/config/kube/gatewaycommon/gateway_utils.go`, `IsManaged`).
    pub(super) fn of_gateway_api(
        &self,
        calls: &Calls<'_, 'r>,
        namespace: &str,
        name: &str,
    ) -> Vec<Peer> {
        let Some(gateway) = self.find(namespace, name) else {
            return known_in(calls.options.gateways, namespace);
        };
        let Some(spec) = Field::at(gateway, &["spec"]) else {
            return vec![Peer::Outside];
        };
        let hosts: Vec<_> = spec
            .list("addresses")
            .filter(|address| address.text("type").is_some_and(|kind| kind == "Hostname"))
            .filter_map(|address| address.text("value"))
            .collect();
        if !hosts.is_empty() {
            let nodes = hosts
                .iter()
                .filter_map(|host| calls.graph.host(namespace, host));
            let numbers = nodes.flat_map(|node| node.workloads.iter());
            let workloads = numbers.filter_map(|number| calls.graph.workload(*number));
            return or_known(calls, workloads.map(peer).into_set());
        }
        let class = spec.text("gatewayClassName").unwrap_or_default();
        let Some(is_suffixed) = self.is_suffixed(&class) else {
            return vec![Peer::Outside];
        };
        let made = if is_suffixed {
            format!("{name}-{class}")
        } else {
            name.to_owned()
        };
        let told = gateway.annotations().get(ACCOUNT);
        vec![Peer::Gateway {
            namespace: namespace.to_owned(),
            name: told.map_or(made, std::borrow::Cow::into_owned),
        }]
    }

    /// Whether Istio puts the class's name behind the gateway's; none where somebody else serves the class.
    fn is_suffixed(&self, class: &str) -> Option<bool> {
        let controller = self.controllers.get(class);
        let find = |table: &[(&str, bool)], name: &str| {
            let row = table.iter().find(|(known, _)| *known == name);
            row.map(|(_, is_suffixed)| *is_suffixed)
        };
        match controller {
            Some(controller) => find(&CONTROLLERS, controller),
            None => find(&CLASSES, class),
        }
    }

    /// The proxies of a gateway of Istio's own API: whatever pods its selector covers, in any namespace.
    /// `istio` `pilot/pkg/model/push_context.go`, `mergeGateways`.
    pub(super) fn of_istio(
        &mut self,
        calls: &Calls<'_, 'r>,
        namespace: &str,
        name: &str,
    ) -> Vec<Peer> {
        let Some(gateway) = self.find(namespace, name) else {
            return known_in(calls.options.gateways, namespace);
        };
        let selector = gateway.node.at(&["spec", "selector"]);
        let selector = crate::labels::Labels(selector).to_map();
        if let Some(peers) = self.by_selector.get(&selector) {
            return peers.clone();
        }
        let peers = selected(calls, &selector);
        self.by_selector.insert(selector, peers.clone());
        peers
    }
}

fn selected(calls: &Calls<'_, '_>, selector: &BTreeMap<String, String>) -> Vec<Peer> {
    if selector.is_empty() {
        return or_known(calls, BTreeSet::new());
    }
    let covers = |labels: &dyn Fn(&str) -> Option<String>| {
        selector
            .iter()
            .all(|(key, value)| labels(key).as_ref() == Some(value))
    };
    let known = calls.options.gateways.iter();
    let known = known.filter(|gateway| covers(&|key| gateway.labels.get(key).cloned()));
    let of_known = known.map(GatewayIdentity::peer);
    let of_input = calls.graph.workloads().iter().filter(|workload| {
        let labels = workload.pod.labels();
        covers(&|key| labels.get(key).map(std::borrow::Cow::into_owned))
    });
    let peers: BTreeSet<Peer> = of_known.chain(of_input.map(peer)).into_set();
    or_outside(peers)
}

/// A gateway that is a workload of the input.
fn peer(workload: &Workload<'_>) -> Peer {
    Peer::Gateway {
        namespace: workload.namespace.to_owned(),
        name: workload.account.clone().into_owned(),
    }
}

/// The known gateways in the namespace of one that the input lacks, or else all of them.
fn known_in(gateways: &[GatewayIdentity], namespace: &str) -> Vec<Peer> {
    let is_there = |gateway: &&GatewayIdentity| gateway.namespace == namespace;
    let there: BTreeSet<_> = gateways
        .iter()
        .filter(is_there)
        .map(GatewayIdentity::peer)
        .into_set();
    if !there.is_empty() {
        return there.into_iter().collect();
    }
    or_outside(gateways.iter().map(GatewayIdentity::peer).into_set())
}

fn or_known(calls: &Calls<'_, '_>, peers: BTreeSet<Peer>) -> Vec<Peer> {
    if peers.is_empty() {
        let known = calls.options.gateways.iter();
        return or_outside(known.map(GatewayIdentity::peer).into_set());
    }
    peers.into_iter().collect()
}

fn or_outside(peers: BTreeSet<Peer>) -> Vec<Peer> {
    if peers.is_empty() {
        return vec![Peer::Outside];
    }
    peers.into_iter().collect()
}
