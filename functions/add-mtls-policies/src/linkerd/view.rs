//! What all decisions about Linkerd look at.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Edge, Interception, Mesh, Plan, Workload};

use super::exceptions::{self, Exception};
use super::inbound::{self, InboundPolicy};
use super::injection;
use super::permits::Permits;
use super::pods::Pods;
use super::ports::{self, Listener};
use super::servers::Servers;
use crate::survey::Survey;

/// A survey with what Linkerd makes of it.
pub(super) struct View<'s, 'c, 'r> {
    pub(super) survey: &'s Survey<'c, 'r>,
    pub(super) pods: Pods,
    pub(super) servers: Servers<'r>,
    pub(super) permits: Permits<'r>,
    /// By the numbers of workloads.
    members: Vec<Member<'r>>,
    /// The first workload in scope of each namespace.
    first: BTreeSet<usize>,
    /// Positions of edges by the workload they lead to.
    edges: BTreeMap<usize, Vec<usize>>,
    /// By the number of the workload and the container port.
    exceptions: BTreeMap<(usize, u16), Exception<'c>>,
    /// The first Service that leads to each container port, and its own port.
    services: BTreeMap<(usize, u16), (&'r str, u16)>,
}

/// How a workload takes part in the mesh.
struct Member<'r> {
    is_in: bool,
    policy: Option<InboundPolicy>,
    interception: Interception,
    listeners: BTreeMap<u16, Listener<'r>>,
}

impl<'s, 'c: 'r, 'r> View<'s, 'c, 'r> {
    pub(super) fn new(plan: &mut Plan, survey: &'s Survey<'c, 'r>) -> Self {
        let pods = Pods::new(survey.graph);
        let wanted = inbound::wanted(survey);
        let workloads = survey.graph.workloads().iter();
        let listeners = ports::listeners(survey.graph);
        let members = workloads
            .zip(listeners)
            .map(|(workload, listeners)| Member {
                is_in: injection::is_member(survey, workload),
                policy: inbound::effective(plan, survey, workload, wanted),
                interception: Interception::of(workload, &survey.namespaces, Mesh::Linkerd),
                listeners,
            });
        let members = members.collect();
        let mut edges: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (position, edge) in survey.edges.edges.iter().enumerate() {
            edges.entry(edge.to).or_default().push(position);
        }
        let servers = Servers::new(survey, &pods);
        let trust_domain = survey.run.mesh.trust_domain.as_str();
        let mut view = Self {
            survey,
            permits: Permits::new(survey.resources, &servers.all, trust_domain),
            servers,
            exceptions: exceptions::all(survey, &pods),
            pods,
            members,
            first: BTreeSet::new(),
            services: services(survey),
            edges,
        };
        let mut namespaces = BTreeSet::new();
        let first = view
            .in_scope()
            .filter(|workload| namespaces.insert(workload.namespace));
        let first = first.map(|workload| workload.number).into_set();
        view.first = first;
        view
    }
}

impl<'c, 'r> View<'_, 'c, 'r> {
    /// Whether a workload is in Linkerd, or about to be taken in.
    pub(super) fn is_member(&self, workload: usize) -> bool {
        self.members
            .get(workload)
            .is_some_and(|member| member.is_in)
    }

    /// The workloads that are in Linkerd, looked after, and may be changed.
    pub(super) fn in_scope(&self) -> impl Iterator<Item = &Workload<'r>> {
        let workloads = self.survey.graph.workloads().iter();
        workloads.filter(|workload| {
            self.is_member(workload.number)
                && self.survey.is_looked_after(workload.namespace)
                && self.survey.is_in_scope(workload.owner)
        })
    }

    /// Whether a workload is the first one in scope of its namespace.
    pub(super) fn is_first_of_namespace(&self, workload: &Workload<'_>) -> bool {
        self.first.contains(&workload.number)
    }

    /// What a workload's proxy lets in where no policy says more; none where that isn't known.
    pub(super) fn policy(&self, workload: usize) -> Option<InboundPolicy> {
        self.members.get(workload)?.policy
    }

    /// Whether a workload is known to refuse callers without an identity.
    pub(super) fn needs_identity(&self, workload: usize) -> bool {
        self.policy(workload)
            .is_some_and(InboundPolicy::needs_identity)
    }

    /// The ports that a workload serves.
    pub(super) fn listeners(&self, workload: usize) -> impl Iterator<Item = (u16, &Listener<'r>)> {
        let member = self.members.get(workload).into_iter();
        let ports = member.flat_map(|member| &member.listeners);
        ports.map(|(port, listener)| (*port, listener))
    }

    pub(super) fn listener(&self, workload: usize, port: u16) -> Option<&Listener<'r>> {
        self.members.get(workload)?.listeners.get(&port)
    }

    /// Whether what comes to the port never meets the proxy.
    pub(super) fn hides(&self, workload: usize, port: u16) -> bool {
        let member = self.members.get(workload);
        member.is_some_and(|member| member.interception.inbound.hides(port))
    }

    /// What the workload says about the interception of its traffic.
    pub(super) fn interception(&self, workload: usize) -> Option<&Interception> {
        self.members
            .get(workload)
            .map(|member| &member.interception)
    }

    /// The edges that lead to a workload.
    pub(super) fn edges_to(&self, workload: usize) -> impl Iterator<Item = &'_ Edge> {
        let positions = self.edges.get(&workload).into_iter().flatten();
        positions.filter_map(|position| self.survey.edges.edges.get(*position))
    }

    /// The ports of a workload that the configuration excepts.
    pub(super) fn excepted_ports(&self, workload: usize) -> Vec<u16> {
        let ports = self.exceptions.range((workload, 0)..=(workload, u16::MAX));
        ports.map(|((_, port), _)| *port).collect()
    }

    /// A Service that leads to a container port, and the number by which it does.
    pub(super) fn service_to(&self, workload: usize, port: u16) -> Option<(&'r str, u16)> {
        let (service, number) = self.services.get(&(workload, port))?;
        Some((service, *number))
    }

    /// What the configuration says about the port alone.
    pub(super) fn exception(&self, workload: usize, port: u16) -> Option<Exception<'c>> {
        self.exceptions.get(&(workload, port)).copied()
    }
}

fn services<'r>(survey: &Survey<'_, 'r>) -> BTreeMap<(usize, u16), (&'r str, u16)> {
    let mut found = BTreeMap::new();
    for service in survey.graph.services() {
        for port in &service.ports {
            for (workload, target) in &port.targets {
                if let (Some(target), Some(number)) = (target, port.number) {
                    found
                        .entry((*workload, *target))
                        .or_insert((service.name(), number));
                }
            }
        }
    }
    found
}
