//! The service graph: the workloads of an input, what they listen on, and who calls whom.
//!
//! ```text
//!  Resources ─▶ Workload (a pod template) ◀── ServiceNode (ports ─▶ container ports)
//!                   ▲  ▲                            ▲
//!                   │  └── Edge ── Peer             └── host names
//!                   └───── what a topology, annotations, explicit objects or texts say
//! ```
//!
//! An input is a partial view of a cluster: what it lacks is unknown, not absent.

mod annotations;
mod caller;
mod calls;
mod edge;
mod edges;
mod explicit;
mod hits;
mod host;
mod inferred;
mod names;
mod outside;
mod service_node;
mod tokens;
mod topology;
mod workload;

pub use edge::{
    Edge, EdgeMistake, EdgeMistakeKind, EdgeOptions, Edges, Evidence, GatewayIdentity, HttpMatch,
    Peer, Ports, Strength,
};
pub use service_node::{NodePort, ServiceNode};
pub use workload::{ContainerTarget, Workload};

use std::borrow::Cow;
use std::collections::BTreeMap;

use yaml::order::Collect as _;

use crate::resource::{Resource, Resources};
use crate::workload::Pod;
use names::Names;

/// The workloads of an input, what they listen on, and who calls whom.
#[derive(Debug)]
pub struct Graph<'r> {
    resources: &'r Resources<'r>,
    cluster_domain: String,
    workloads: Vec<Workload<'r>>,
    services: Vec<ServiceNode<'r>>,
    workload_names: Names<'r>,
    service_names: Names<'r>,
    accounts: Vec<&'r Resource<'r>>,
    account_names: Names<'r>,
    /// Numbers of workloads by those of their pods.
    by_pod: BTreeMap<u32, usize>,
}

impl<'r> Graph<'r> {
    /// The workloads and Services of an input, in time that grows with the input alone; who calls whom is found
    /// by [`Graph::edges`].
    pub fn new(resources: &'r Resources<'r>, cluster_domain: &str) -> Self {
        let is_account =
            |object: &&Resource<'_>| object.is("", "ServiceAccount") && !object.is_local();
        let accounts: Vec<_> = resources.all().filter(is_account).collect();
        let account_names = Names::new(resources, accounts.iter().copied());
        let mut workloads = workload::all(resources);
        // kustomize renames accounts at once, and what refers to them behind its transformers.
        for workload in &mut workloads {
            let found =
                account_names.find(workload.namespace, &workload.account, Some(workload.owner));
            let found = found.and_then(|position| accounts.get(position));
            if let Some(account) = found {
                workload.account = Cow::Borrowed(account.name());
            }
        }
        let services = service_node::all(resources, &workloads);
        let owners = workloads.iter().map(|workload| workload.owner);
        let workload_names = Names::new(resources, owners);
        let objects = services.iter().map(|node| node.service.resource);
        let service_names = Names::new(resources, objects);
        let numbers = workloads.iter();
        let by_pod = numbers
            .map(|workload| (workload.pod.number(), workload.number))
            .into_map();
        Self {
            resources,
            cluster_domain: cluster_domain.trim_matches('.').to_ascii_lowercase(),
            workloads,
            services,
            workload_names,
            service_names,
            accounts,
            account_names,
            by_pod,
        }
    }

    /// All objects of the input.
    pub fn resources(&self) -> &'r Resources<'r> {
        self.resources
    }

    /// Every pod template that reaches a cluster, in the order of the input; a workload's number is its position.
    pub fn workloads(&self) -> &[Workload<'r>] {
        &self.workloads
    }

    /// The workload with this number.
    pub fn workload(&self, number: usize) -> Option<&Workload<'r>> {
        self.workloads.get(number)
    }

    /// Every Service that reaches a cluster, in the order of the input.
    pub fn services(&self) -> &[ServiceNode<'r>] {
        &self.services
    }

    /// The Service that has this name, or had it before kustomize renamed it; none where several had it.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&ServiceNode<'r>> {
        let number = self.service_names.find(namespace, name, None)?;
        self.services.get(number)
    }

    /// The same from the mouth of `from`: of several that had the name, the one from the overlay of `from` is
    /// meant.
    pub fn service_for(
        &self,
        from: &Resource<'r>,
        namespace: &str,
        name: &str,
    ) -> Option<&ServiceNode<'r>> {
        let number = self.service_names.find(namespace, name, Some(from))?;
        self.services.get(number)
    }

    /// The workload whose owner has this name, or had it before kustomize renamed it. Of several templates of
    /// one owner it is the first; where several owners, as a `Deployment` and a `CronJob`, go by the name it is none.
    pub fn workload_named(&self, namespace: &str, name: &str) -> Option<&Workload<'r>> {
        let number = self.workload_names.find(namespace, name, None)?;
        self.workloads.get(number)
    }

    /// The same from the mouth of `from`.
    pub fn workload_for(
        &self,
        from: &Resource<'r>,
        namespace: &str,
        name: &str,
    ) -> Option<&Workload<'r>> {
        let number = self.workload_names.find(namespace, name, Some(from))?;
        self.workloads.get(number)
    }

    /// All workloads that `from` may mean by the name of their owner: every template of every such owner.
    pub fn workloads_named<'g>(
        &'g self,
        from: Option<&Resource<'r>>,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &'g Workload<'r>> {
        let found = self.workload_names.all(namespace, name, from);
        let numbers = found.into_iter();
        numbers.filter_map(|(number, _)| self.workloads.get(number))
    }

    /// The ServiceAccount that has this name, or had it before kustomize renamed it.
    pub fn account(&self, namespace: &str, name: &str) -> Option<&'r Resource<'r>> {
        let position = self.account_names.find(namespace, name, None)?;
        self.accounts.get(position).copied()
    }

    /// The workload that a pod is.
    pub fn workload_of(&self, pod: Pod<'r>) -> Option<&Workload<'r>> {
        let number = self.by_pod.get(&pod.number())?;
        self.workloads.get(*number)
    }
}
