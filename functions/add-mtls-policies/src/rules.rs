//! Destination rules: with `ensure` every Service in the mesh has one that asks for mutual TLS.

mod existing;
mod made;

use sdk::{NodePort, Plan, Rule, ServiceNode, Severity};

use crate::calls::{Landscape, is_of_namespace, takes_mutual_tls, weakest};
use crate::config::DestinationRuleMode;
use crate::istio::{Endpoints, Mode};
use crate::survey::Survey;

/// What a rule says about TLS, or that one is made.
pub(crate) const DESTINATION_RULE: &str = "destination-rule";

/// 061, of rules.
pub(crate) const TAKEN_DESTINATION_RULE: &str = "taken-destination-rule";

/// What is decided about rules.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        slug: DESTINATION_RULE,
        severity: Severity::Info,
        about: "Makes a DestinationRule that asks for mutual TLS, or adds that to one.",
    },
    Rule {
        slug: TAKEN_DESTINATION_RULE,
        severity: Severity::Error,
        about: "An author's DestinationRule for something else has the name that the function would use.",
    },
];

/// Makes rules, and adds to those that are there. What gives way there is told to the survey, so that it is decided
/// now as it would be by the next run.
pub(crate) fn plan<'c: 'r, 'r>(plan: &mut Plan, survey: &mut Survey<'c, 'r>) {
    let landscape = Landscape::new(survey);
    let overruled = match survey.run.destination_rules.mode {
        DestinationRuleMode::Off | DestinationRuleMode::Check => return,
        DestinationRuleMode::Reconcile => return made::keep(plan, &landscape),
        DestinationRuleMode::Ensure => {
            let overruled = existing::complete(plan, &landscape);
            made::make(plan, &landscape);
            overruled
        }
    };
    survey.clients.overrule(overruled);
}

/// Whether clients are going to be told to send mutual TLS to a Service, by the numbers of Services.
pub(crate) fn ensured<'c: 'r, 'r>(landscape: &Landscape<'_, 'c, 'r>) -> Vec<bool> {
    let services = landscape.survey.graph.services().iter().enumerate();
    let is_on = landscape.survey.run.destination_rules.mode == DestinationRuleMode::Ensure;
    services
        .map(|(number, service)| is_on && is_eligible(landscape, number, service))
        .collect()
}

/// Whether all that is behind a Service takes mutual TLS on some port, and nobody there is outside the mesh.
fn is_eligible<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    number: usize,
    service: &ServiceNode<'r>,
) -> bool {
    let is_own = |number: &usize| {
        let workload = landscape.survey.graph.workload(*number);
        workload.is_some_and(|workload| !landscape.is_gateway(workload))
    };
    !service.is_external_name()
        && service.has_selector()
        && landscape.is_looked_after(service.namespace)
        && landscape.endpoints(number) == Endpoints::AllWithSidecar
        && service.workloads.iter().all(is_own)
        && takes_mutual_tls(landscape, number, service).contains(&true)
}

/// Numbers of a Service's ports that serve plain text alone, or that sidecars let pass by.
fn plain_ports<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    service: &ServiceNode<'r>,
) -> Vec<u16> {
    let passes_by = |port: &NodePort<'r>| {
        let mut targets = port.targets.iter();
        targets.any(|(workload, container)| {
            container.is_some_and(|container| landscape.is_hidden(*workload, container))
        })
    };
    let is_plain =
        |port: &&NodePort<'r>| weakest(landscape, port) == Some(Mode::Disable) || passes_by(port);
    let ports = service.ports.iter().filter(|port| port.protocol == "TCP");
    let plain = ports.filter(is_plain);
    plain.filter_map(|port| port.number).collect()
}
