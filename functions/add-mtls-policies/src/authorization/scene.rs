//! What decisions about callees are made from: who of the input is in the mesh, who calls it, and by which Services.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Edge, Environment, Mesh, Order as _, Peer, ServiceNode, Strength, Workload,
};

use crate::config::{AuthorizationMode, Inference};
use crate::istio::AuthorizationPolicy;
use crate::peer::Exposure;
use crate::survey::Survey;

/// The survey by what callees ask of it.
pub(super) struct Scene<'s> {
    pub(super) survey: &'s Survey<'s, 's>,
    /// Which container ports Services lead to.
    pub(super) exposure: Exposure<'s, 's>,
    /// Edges by the numbers of the workloads they lead to.
    incoming: Vec<Vec<&'s Edge>>,
    /// Services by the numbers of the workloads behind them.
    services: Vec<Vec<&'s ServiceNode<'s>>>,
    /// How many workloads of a namespace, or of a ServiceAccount, are in the mesh.
    namespaces: BTreeMap<&'s str, Seen>,
    accounts: BTreeMap<(&'s str, &'s str), Seen>,
    /// How many workloads an owner has, by its number.
    templates: BTreeMap<usize, usize>,
    /// How many workloads of a namespace have a name.
    names: BTreeMap<(&'s str, &'s str), usize>,
    /// Namespaces and ServiceAccounts of gateways.
    gateways: BTreeSet<(&'s str, &'s str)>,
    /// Policies of authors by their namespaces and names.
    authored: BTreeMap<(&'s str, &'s str), &'s AuthorizationPolicy<'s>>,
}

/// Workloads, by how they take part in the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) meshed: usize,
    pub(super) ambient: usize,
    pub(super) unmeshed: usize,
    pub(super) unknown: usize,
}

impl Seen {
    fn add(&mut self, mesh: Mesh) {
        match mesh {
            Mesh::Unknown => self.unknown += 1,
            Mesh::None => self.unmeshed += 1,
            _ => self.meshed += 1,
        }
        if mesh == Mesh::IstioAmbient {
            self.ambient += 1;
        }
    }

    /// Whether all of them are known to be out of the mesh.
    pub(super) fn is_outside(self) -> bool {
        self.unmeshed > 0 && self.meshed == 0 && self.unknown == 0
    }

    pub(super) fn workloads(self) -> usize {
        self.meshed + self.unmeshed + self.unknown
    }
}

impl<'s> Scene<'s> {
    pub(super) fn new(survey: &'s Survey<'s, 's>) -> Self {
        let workloads = survey.graph.workloads();
        let mut scene = Self {
            survey,
            exposure: Exposure::new(survey.graph),
            incoming: vec![Vec::new(); workloads.len()],
            services: vec![Vec::new(); workloads.len()],
            namespaces: BTreeMap::new(),
            accounts: BTreeMap::new(),
            templates: BTreeMap::new(),
            names: BTreeMap::new(),
            gateways: gateways(survey),
            authored: BTreeMap::new(),
        };
        for edge in &survey.edges.edges {
            if let Some(incoming) = scene.incoming.get_mut(edge.to) {
                incoming.push(edge);
            }
        }
        for node in survey.graph.services() {
            for number in &node.workloads {
                if let Some(services) = scene.services.get_mut(*number) {
                    services.push(node);
                }
            }
        }
        for services in &mut scene.services {
            // Nothing that is told depends on the order of the input.
            services.order_by_key(|node| (node.namespace, node.name()));
        }
        for workload in workloads {
            let mesh = scene.mesh(workload);
            let (namespace, account) = (workload.namespace, &*workload.account);
            scene.namespaces.entry(namespace).or_default().add(mesh);
            let key = (namespace, account);
            scene.accounts.entry(key).or_default().add(mesh);
            let key = (namespace, workload.name());
            *scene.names.entry(key).or_default() += 1;
            *scene.templates.entry(workload.owner.number).or_default() += 1;
        }
        for policy in survey.policies.policies() {
            let key = (policy.namespace, policy.resource.name());
            scene.authored.entry(key).or_insert(policy);
        }
        scene
    }

    /// How a workload takes part in the mesh.
    pub(super) fn mesh(&self, workload: &Workload<'s>) -> Mesh {
        self.survey.mesh(workload)
    }

    /// Whether policies are made for a namespace at all; there are no identities without a namespace.
    pub(super) fn is_looked_after(&self, namespace: &str) -> bool {
        !namespace.is_empty() && self.survey.is_looked_after(namespace)
    }

    /// Who calls a workload.
    pub(super) fn incoming(&self, workload: &Workload<'s>) -> &[&'s Edge] {
        let edges = self.incoming.get(workload.number);
        edges.map(Vec::as_slice).unwrap_or_default()
    }

    /// The Services in front of a workload.
    pub(super) fn services(&self, workload: &Workload<'s>) -> &[&'s ServiceNode<'s>] {
        let services = self.services.get(workload.number);
        services.map(Vec::as_slice).unwrap_or_default()
    }

    /// The workloads of a namespace.
    pub(super) fn in_namespace(&self, namespace: &str) -> Seen {
        self.namespaces.get(namespace).copied().unwrap_or_default()
    }

    /// The workloads that run as a ServiceAccount.
    pub(super) fn running_as(&self, namespace: &str, account: &str) -> Seen {
        let seen = self.accounts.get(&(namespace, account));
        seen.copied().unwrap_or_default()
    }

    /// Whether another workload of the namespace has the same name.
    pub(super) fn shares_name(&self, workload: &Workload<'s>) -> bool {
        let count = self.names.get(&(workload.namespace, workload.name()));
        count.is_some_and(|count| *count > 1)
    }

    /// Whether the owner of a workload has others.
    pub(super) fn has_siblings(&self, workload: &Workload<'s>) -> bool {
        let count = self.templates.get(&workload.owner.number);
        count.is_some_and(|count| *count > 1)
    }

    /// A namespace that has workloads.
    pub(super) fn namespace(&self, name: &str) -> Option<&'s str> {
        let (namespace, _) = self.namespaces.get_key_value(name)?;
        Some(namespace)
    }

    /// Whether gateways run as a ServiceAccount.
    pub(super) fn is_account_of_gateway(&self, namespace: &str, name: &str) -> bool {
        self.gateways.contains(&(namespace, name))
    }

    /// An author's policy of this name.
    pub(super) fn authored(
        &self,
        namespace: &str,
        name: &str,
    ) -> Option<&'s AuthorizationPolicy<'s>> {
        self.authored.get(&(namespace, name)).copied()
    }

    /// Whether a call counts: somebody stated it, or texts are as good as statements.
    pub(super) fn counts(&self, edge: &Edge) -> bool {
        let strongest = edge.evidence.first().map(|evidence| evidence.strength);
        let is_stated = strongest.is_some_and(|strength| strength < Strength::Inferred);
        is_stated || self.survey.run.authorization.inference == Inference::Apply
    }

    /// Whether something can call a workload: it has a port, or a Service leads to it. Work that comes to an end
    /// often has the labels of what serves, and no ports.
    pub(super) fn listens(&self, workload: &Workload<'s>) -> bool {
        let is_served = !self.services(workload).is_empty();
        workload.ports().next().is_some() || (is_served && !workload.pod.runs_to_completion())
    }

    /// Whether a workload is a gateway: it is there for those outside of the mesh.
    ///
    /// istio: manifests/charts/gateway/templates/deployment.yaml.
    pub(super) fn is_gateway(&self, workload: &Workload<'s>) -> bool {
        let templates = workload.pod.annotations().get("inject.istio.io/templates");
        let is_made_so = templates.is_some_and(|templates| templates.contains("gateway"));
        let label = "gateway.networking.k8s.io/gateway-name";
        let is_of_gateway = workload.pod.labels().get(label).is_some();
        let identity = (workload.namespace, &*workload.account);
        is_made_so || is_of_gateway || self.gateways.contains(&identity)
    }

    /// A Service that lets callers from outside of the cluster come to a workload.
    pub(super) fn public_service(&self, workload: &Workload<'s>) -> Option<&'s ServiceNode<'s>> {
        let mut services = self.services(workload).iter().copied();
        services.find(|node| is_public(node))
    }

    pub(super) fn is_enforced(&self) -> bool {
        self.survey.run.authorization.mode == AuthorizationMode::Enforce
    }

    pub(super) fn is_production(&self) -> bool {
        self.survey.environment == Some(Environment::Production)
    }
}

/// Those that the configuration names, and those that something leads from.
fn gateways<'s>(survey: &'s Survey<'s, 's>) -> BTreeSet<(&'s str, &'s str)> {
    let named = survey.run.gateways.iter();
    let named = named.map(|gateway| (&*gateway.namespace, &*gateway.service_account));
    let edges = survey.edges.edges.iter();
    let leading = edges.filter_map(|edge| match &edge.from {
        Peer::Gateway { namespace, name } => Some((namespace.as_str(), name.as_str())),
        _ => None,
    });
    named.chain(leading).into_set()
}

/// Whether a Service lets callers from outside of the cluster in, who have no identity.
fn is_public(node: &ServiceNode<'_>) -> bool {
    let kind = node.service.resource.node.at(&["spec", "type"]);
    let kind = kind.and_then(sdk::Node::text);
    matches!(kind.as_deref(), Some("LoadBalancer" | "NodePort"))
}

/// What workloads are sorted by, so that nothing that is told depends on the order of the input.
pub(super) fn identity<'s>(workload: &Workload<'s>) -> (&'s str, &'s str, &'s str) {
    (workload.namespace, workload.name(), workload.owner.kind())
}

/// `Deployment shop/order`
pub(super) fn title(workload: &Workload<'_>) -> String {
    let (kind, name) = (workload.owner.kind(), workload.name());
    format!("{kind} {}/{name}", workload.namespace)
}

/// Whether a call is a reason for a policy by itself: what pods of one workload tell each other, and who looks at
/// metrics, goes with whatever else calls.
pub(super) fn is_reason(edge: &Edge) -> bool {
    match edge.from {
        Peer::Workload(number) => number != edge.to,
        Peer::Scraper => false,
        _ => true,
    }
}
