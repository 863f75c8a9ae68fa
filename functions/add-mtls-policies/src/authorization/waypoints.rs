//! Waypoints: who stands between callers and ambient workloads.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Mesh, Plan, Ports, Resource, ServiceNode, Waypoint, Workload, json};

use super::ALLOW_SERVICE;
use super::callee::{Fate, name};
use super::caller::Source;
use super::grants::Grants;
use super::policy::Policy;
use super::ports::container_port;
use super::scene::Scene;
use crate::istio::{Action, AuthorizationPolicy};

/// Names an existing ServiceAccount for the proxies of a gateway.
/// istio: pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, `configureIstioGateway`.
const ACCOUNT: &str = "gateway.istio.io/service-account";
/// Which traffic a waypoint takes: that to Services, unless it says otherwise.
/// istio: pkg/config/constants/constants.go, `AmbientWaypointForTrafficTypeLabel`.
const TRAFFIC: &str = "istio.io/waypoint-for";

/// The waypoints of an input.
pub(super) struct Waypoints<'s> {
    gateways: BTreeMap<(&'s str, &'s str), &'s Resource<'s>>,
}

/// Who stands before a workload.
#[derive(Default)]
pub(super) struct Before {
    /// The identities of the waypoints.
    pub(super) sources: BTreeSet<Source>,
    /// Whether one of them takes what comes to a Service.
    pub(super) is_of_services: bool,
    /// Whether the input doesn't tell.
    pub(super) is_unknown: bool,
}

impl<'s> Waypoints<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let resources = scene.survey.resources;
        let objects = resources.all();
        let is_gateway = |object: &&Resource<'_>| {
            object.is("gateway.networking.k8s.io", "Gateway") && !object.is_local()
        };
        let gateways = objects
            .filter(is_gateway)
            .map(|object| ((resources.namespace_of(object), object.name()), object));
        Self {
            gateways: gateways.into_map(),
        }
    }

    fn takes(&self, namespace: &str, name: &str, traffic: &str) -> bool {
        let gateway = self.gateways.get(&(namespace, name));
        let told = gateway.and_then(|gateway| gateway.labels().get(TRAFFIC));
        match told.as_deref() {
            None => traffic == "service",
            Some(told) => told == traffic || told == "all",
        }
    }

    fn identity(&self, namespace: &str, name: &str) -> Source {
        let gateway = self.gateways.get(&(namespace, name));
        let told = gateway.and_then(|gateway| gateway.annotations().get(ACCOUNT));
        Source::Account {
            namespace: namespace.to_owned(),
            name: told.map_or_else(|| name.to_owned(), std::borrow::Cow::into_owned),
        }
    }

    /// Who stands before an ambient workload, for whatever Service or address its callers name.
    pub(super) fn before(&self, scene: &Scene<'s>, workload: &Workload<'s>) -> Before {
        let mut before = Before::default();
        if scene.mesh(workload) != Mesh::IstioAmbient {
            return before;
        }
        let namespaces = &scene.survey.namespaces;
        let services = scene.services(workload).iter();
        let of_services = services.map(|node| (Waypoint::of_service(node, namespaces), "service"));
        let own = (Waypoint::of_workload(workload, namespaces), "workload");
        for (waypoint, traffic) in of_services.chain([own]) {
            match waypoint {
                Waypoint::Gateway {
                    namespace, name, ..
                } if self.takes(&namespace, &name, traffic) => {
                    before.sources.insert(self.identity(&namespace, &name));
                    before.is_of_services |= traffic == "service";
                }
                Waypoint::Gateway { .. } | Waypoint::None => {}
                // A namespace that must be in the mesh and isn't in the input says nothing about waypoints either.
                Waypoint::Unknown => before.is_unknown = true,
            }
        }
        before
    }

    fn is_before(&self, scene: &Scene<'s>, node: &ServiceNode<'s>) -> bool {
        match Waypoint::of_service(node, &scene.survey.namespaces) {
            Waypoint::Gateway {
                namespace, name, ..
            } => self.takes(&namespace, &name, "service"),
            Waypoint::None | Waypoint::Unknown => false,
        }
    }

    /// Policies for waypoints: behind one, the workload's own policy sees the waypoint alone, whoever calls.
    pub(super) fn make_policies(
        &self,
        plan: &mut Plan,
        scene: &Scene<'s>,
        fates: &BTreeMap<usize, Fate>,
    ) {
        let taken = taken(scene, fates);
        for node in scene.survey.graph.services() {
            let is_ours = scene.is_looked_after(node.namespace)
                && scene.survey.is_in_scope(node.service.resource);
            let grants =
                (is_ours && self.is_before(scene, node)).then(|| grants(scene, node, fates));
            if let Some(grants) = grants.flatten() {
                make_policy(plan, scene, node, &grants, &taken);
            }
        }
    }
}

fn make_policy<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    node: &ServiceNode<'s>,
    grants: &Grants,
    taken: &BTreeSet<(&str, String)>,
) {
    let (survey, namespace) = (scene.survey, node.namespace);
    let mut name = format!("allow-{}", node.name());
    if taken.contains(&(namespace, name.clone())) {
        name.push_str("-service");
    }
    let targeting = survey
        .policies
        .targeting(namespace, "", "Service", node.name());
    let allows = |policy: &&&AuthorizationPolicy<'_>| {
        policy.action == Action::Allow && !policy.is_dry_run && policy.resource.name() != name
    };
    if let Some(policy) = targeting.iter().find(allows) {
        let (place, subject) = (policy.resource.place(), (policy.resource, survey.resources));
        if let Some(decision) = plan.decide(ALLOW_SERVICE, subject) {
            let message = format!(
                "says already who may call Service {namespace}/{}",
                node.name()
            );
            decision.keep("authored", &place, message);
        }
        return;
    }
    let subject = (node.service.resource, survey.resources);
    if plan.is_skipped(ALLOW_SERVICE, subject) {
        // Opening the decision tells of it.
        return drop(plan.decide(ALLOW_SERVICE, subject));
    }
    let rules = grants.rules(&survey.run.mesh.trust_domain);
    let target = json!({"kind": "Service", "group": "", "name": node.name()});
    let policy = Policy {
        namespace,
        name,
        spec: json!({"targetRefs": [target], "action": "ALLOW", "rules": rules}),
        evidence: grants.evidence().text(),
    };
    policy.make(plan, scene, node.service.resource);
}

/// The names of the policies of workloads.
fn taken<'s>(scene: &Scene<'s>, fates: &BTreeMap<usize, Fate>) -> BTreeSet<(&'s str, String)> {
    let numbers = fates.keys();
    let workloads = numbers.filter_map(|number| scene.survey.graph.workload(*number));
    workloads
        .map(|workload| (workload.namespace, name(scene, workload)))
        .into_set()
}

/// Who may call a Service: whoever may call what is behind it; none where that isn't known of all of it.
fn grants<'s>(
    scene: &Scene<'s>,
    node: &ServiceNode<'s>,
    fates: &BTreeMap<usize, Fate>,
) -> Option<Grants> {
    let mut all = Grants::default();
    for number in &node.workloads {
        let workload = scene.survey.graph.workload(*number)?;
        let Some(Fate::Covered(grants)) = fates.get(number) else {
            return None;
        };
        if scene.mesh(workload) != Mesh::IstioAmbient {
            return None;
        }
        all.extend(&grants.at_ports(|ports| of_service(node, *number, ports)));
    }
    Some(all).filter(|all| !all.is_empty())
}

/// The ports of a Service that lead to container ports: a waypoint goes by the address that was called.
///
/// istio: `pilot/pkg/networking/core/listener_waypoint.go`, `buildWaypointInternal`: its chains match the Service's
/// address and port.
fn of_service(node: &ServiceNode<'_>, workload: usize, ports: &Ports) -> Ports {
    let Ports::Some(ports) = ports else {
        return Ports::All;
    };
    let leading = node.ports.iter().filter(|port| {
        let target = container_port(port, workload).flatten();
        target.is_some_and(|target| ports.contains(&target))
    });
    Ports::Some(leading.filter_map(|port| port.number).collect())
}
