//! What the input has: workloads, who calls them, and what the mesh is told about them.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Context, EdgeOptions, Edges, Enrolment, Environment, GatewayIdentity, Glob,
    Graph, Mesh, Namespaces, Place, Plan, Resource, Resources, Workload,
};

use crate::AddMtlsPolicies;
use crate::config::{DataPlane, Inference, MtlsMode, Provider, Run};
use crate::istio::{AuthorizationPolicies, DestinationRules, Mode, PeerAuthentications};

/// Everything that a decision may depend on. What an earlier run made counts nowhere in it: it is made anew.
pub(crate) struct Survey<'c, 'r> {
    pub(crate) run: &'c Run,
    pub(crate) environment: Option<Environment>,
    /// Whether what the user of the function wrote beats what authors did.
    pub(crate) beats_authors: bool,
    pub(crate) resources: &'r Resources<'r>,
    pub(crate) graph: &'c Graph<'r>,
    pub(crate) namespaces: Namespaces<'r>,
    /// By the numbers of workloads. Where the input doesn't tell, they are as the configuration says that their
    /// namespaces must be.
    pub(crate) enrolments: Vec<Enrolment>,
    pub(crate) edges: Edges,
    pub(crate) servers: Servers<'r>,
    pub(crate) clients: DestinationRules<'r>,
    pub(crate) policies: AuthorizationPolicies<'r>,
    /// What an earlier run made.
    pub(crate) made: Vec<&'r Resource<'r>>,
    /// Numbers of the objects that may be changed, and that policies may be made for: those that an author keeps,
    /// within targets and not excluded.
    in_scope: BTreeSet<usize>,
}

/// In which mode servers serve, with what this run is about to make.
pub(crate) struct Servers<'r> {
    pub(crate) authored: PeerAuthentications<'r>,
    /// For the mesh as a whole.
    pub(crate) of_mesh: Option<Mode>,
    /// By namespace.
    pub(crate) of_namespaces: BTreeMap<String, Mode>,
    /// By the number of the workload and the container port.
    pub(crate) of_ports: BTreeMap<(usize, u16), Mode>,
}

impl<'r> Servers<'r> {
    /// The mode of a container port, or of a workload as a whole, and the field that an author decided it by.
    pub(crate) fn mode(
        &self,
        workload: &Workload<'r>,
        is_ambient: bool,
        port: Option<u16>,
    ) -> (Mode, Option<(&'r Resource<'r>, Place)>) {
        let (namespace, labels) = (workload.namespace, workload.pod.labels());
        let is_own = self.authored.selecting(namespace, labels).next().is_some();
        let told = if is_ambient {
            self.authored.ambient_mode(namespace, labels, port)
        } else {
            self.authored.server_mode(namespace, labels, port)
        };
        let of_port = port.and_then(|port| self.of_ports.get(&(workload.number, port)));
        if let Some(mode) = of_port.filter(|_| !is_own) {
            return (*mode, None);
        }
        let by = told.decided_by.as_ref();
        let is_of_mesh = by.is_none_or(|(policy, _)| self.is_of_mesh(policy));
        match self.of_namespaces.get(namespace) {
            Some(mode) if is_of_mesh => (*mode, None),
            _ if by.is_none() => (self.of_mesh.unwrap_or(told.mode), None),
            _ => (told.mode, told.decided_by),
        }
    }

    /// The mode that clients see where they don't look at single workloads.
    pub(crate) fn inferred(&self, namespace: &str) -> Mode {
        let told = self.authored.inferred(namespace);
        let by = told.decided_by.as_ref();
        let is_of_mesh = by.is_none_or(|(policy, _)| self.is_of_mesh(policy));
        match self.of_namespaces.get(namespace) {
            Some(mode) if is_of_mesh => *mode,
            _ if by.is_none() => self.of_mesh.unwrap_or(told.mode),
            _ => told.mode,
        }
    }

    fn is_of_mesh(&self, policy: &Resource<'_>) -> bool {
        let mesh = self.authored.of_mesh();
        mesh.is_some_and(|mesh| mesh.resource.number == policy.number)
    }
}

impl<'c: 'r, 'r> Survey<'c, 'r> {
    pub(crate) fn new(
        context: &'c Context<'_, AddMtlsPolicies>,
        resources: &'r Resources<'r>,
        graph: &'c Graph<'r>,
    ) -> Self {
        let run = context.run();
        let root = run.mesh.root_namespace.as_str();
        let is_authored = |object: &Resource<'_>| !context.has_made(object);
        let namespaces = Namespaces::new(resources);
        let workloads = graph.workloads().iter();
        let enrolments = workloads.map(|workload| enrolment(run, workload, &namespaces));
        let gateways: Vec<GatewayIdentity> = run.gateways.iter().map(Into::into).collect();
        let options = EdgeOptions {
            inference: run.authorization.inference != Inference::Off,
            gateways: &gateways,
        };
        Self {
            run,
            environment: context.environment(),
            beats_authors: context.mode() == sdk::Mode::Overwrite,
            resources,
            graph,
            enrolments: enrolments.collect(),
            edges: graph.edges(options),
            servers: Servers {
                authored: PeerAuthentications::new(resources, root, &is_authored),
                of_mesh: None,
                of_namespaces: BTreeMap::new(),
                of_ports: BTreeMap::new(),
            },
            clients: DestinationRules::new(resources, root, &run.mesh.cluster_domain, &is_authored),
            policies: AuthorizationPolicies::new(resources, root, &is_authored),
            namespaces,
            made: resources
                .all()
                .filter(|object| context.has_made(object))
                .collect(),
            in_scope: context
                .objects(resources)
                .map(|object| object.number)
                .into_set(),
        }
    }

    /// Whether an object may be changed, and policies made for it.
    pub(crate) fn is_in_scope(&self, object: &Resource<'_>) -> bool {
        self.in_scope.contains(&object.number)
    }

    /// How a workload takes part in a mesh.
    pub(crate) fn mesh(&self, workload: &Workload<'r>) -> Mesh {
        let enrolment = self.enrolments.get(workload.number);
        enrolment.map_or(Mesh::Unknown, |enrolment| enrolment.provider)
    }

    /// Whether a namespace is looked after at all.
    pub(crate) fn is_looked_after(&self, namespace: &str) -> bool {
        let fits = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(namespace));
        let namespaces = &self.run.namespaces;
        let is_included = namespaces.include.is_empty() || fits(&namespaces.include);
        is_included && !fits(&namespaces.exclude)
    }

    /// Leaves what was made by an earlier run in a namespace where the input doesn't tell whether a workload is in the
    /// mesh, and so whether it is still wanted.
    pub(crate) fn retain_unclear(&self, plan: &mut Plan) {
        let workloads = self.graph.workloads().iter();
        let is_unclear = |workload: &&Workload<'r>| self.mesh(workload) == Mesh::Unknown;
        let unclear = workloads
            .filter(is_unclear)
            .map(|workload| workload.namespace);
        let unclear: BTreeSet<&str> = unclear.into_set();
        for made in &self.made {
            if unclear.contains(self.resources.namespace_of(made)) {
                plan.retain(made);
            }
        }
    }

    /// The namespaces that are looked after and have a workload in the mesh, by name.
    pub(crate) fn meshed_namespaces(&self) -> BTreeMap<&'r str, Vec<usize>> {
        let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for workload in self.graph.workloads() {
            if self.mesh(workload).is_meshed() && self.is_looked_after(workload.namespace) {
                found
                    .entry(workload.namespace)
                    .or_default()
                    .push(workload.number);
            }
        }
        found
    }

    /// What servers of a namespace accept, unless somebody says otherwise.
    pub(crate) fn wanted_mode(&self) -> Option<MtlsMode> {
        let by_environment = self.environment.map(|environment| match environment {
            Environment::Development => MtlsMode::Permissive,
            Environment::Staging | Environment::Production => MtlsMode::Strict,
        });
        self.run.peer_authentication.mode.or(by_environment)
    }
}

fn enrolment(run: &Run, workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Enrolment {
    let told = match (run.provider, run.data_plane) {
        // What it makes of a namespace that the input lacks is decided with the rest of its injection.
        (Provider::Linkerd, _) => return Enrolment::in_linkerd(workload, namespaces),
        (Provider::Istio, DataPlane::Sidecar) => {
            Enrolment::in_istio_by_sidecar(workload, namespaces)
        }
        (Provider::Istio, DataPlane::Auto | DataPlane::Ambient) => {
            Enrolment::in_istio(workload, namespaces)
        }
    };
    let is_open = told.provider == Mesh::Unknown && is_included(run, workload.namespace);
    let provider = match run.data_plane {
        _ if !is_open => told.provider,
        DataPlane::Ambient => Mesh::IstioAmbient,
        DataPlane::Auto | DataPlane::Sidecar => Mesh::IstioSidecar,
    };
    Enrolment { provider, ..told }
}

/// Whether the configuration says that a namespace must be in the mesh; there are no identities without a namespace.
fn is_included(run: &Run, namespace: &str) -> bool {
    let fits = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(namespace));
    !namespace.is_empty() && fits(&run.namespaces.include) && !fits(&run.namespaces.exclude)
}

impl From<&crate::config::Gateway> for GatewayIdentity {
    fn from(gateway: &crate::config::Gateway) -> Self {
        Self {
            namespace: gateway.namespace.clone(),
            account: gateway.service_account.clone(),
            labels: gateway.selector.clone(),
        }
    }
}
