//! What the input has: workloads, who decides how many pods each has, and how many that are at least.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sdk::{
    Collect as _, Context, Namespaces, Node, Place, Plan, Pod, PodKind, Resource, Resources, Step,
    Subject,
};

use crate::SetAvailability;
use crate::autoscalers::{Autoscaler, Autoscalers, Canary};
use crate::rollout::Claims;
use crate::settings::Settings;
use crate::{autoscaler, replicas};

/// Everything that a decision may depend on.
pub(crate) struct Survey<'c, 'r> {
    pub(crate) context: &'c Context<'c, SetAvailability>,
    pub(crate) resources: &'r Resources<'r>,
    pub(crate) autoscalers: Autoscalers<'r>,
    pub(crate) namespaces: Namespaces<'r>,
    /// All workloads, also those that are out of scope, in the order of the input.
    pub(crate) workloads: Vec<Workload<'r>>,
}

/// Pods, and what decides how many of them there are.
pub(crate) struct Workload<'r> {
    pub(crate) resources: &'r Resources<'r>,
    /// What decides how many pods there are and how they are replaced: what holds the template, unless a Rollout
    /// refers to that.
    pub(crate) owner: &'r Resource<'r>,
    /// Its templates; most kinds have one.
    pub(crate) pods: Vec<Pod<'r>>,
    pub(crate) kind: PodKind,
    /// What applies to the owner; none where it is out of scope.
    pub(crate) settings: Option<Rc<Settings>>,
    /// What applies to the pods; none where what holds the template is out of scope.
    pub(crate) pod_settings: Option<Rc<Settings>>,
    pub(crate) scaling: Scaling<'r>,
    /// The least number of pods, once the plan is carried out.
    pub(crate) floor: u32,
}

/// Who decides how many pods there are.
#[derive(Clone, Debug)]
pub(crate) enum Scaling<'r> {
    /// Its author, or the configuration.
    Fixed,
    /// An autoscaler that somebody wrote.
    Authored(Autoscaler<'r>),
    /// The autoscaler that is made for it.
    Made,
    /// An autoscaler that isn't in the input.
    Elsewhere,
    /// Several autoscalers against one another.
    Contested(Vec<Autoscaler<'r>>),
}

impl Scaling<'_> {
    /// Whether an autoscaler decides.
    pub(crate) fn is_automatic(&self) -> bool {
        !matches!(self, Self::Fixed)
    }
}

impl<'c, 'r> Survey<'c, 'r> {
    pub(crate) fn new(
        plan: &mut Plan,
        context: &'c Context<'c, SetAvailability>,
        resources: &'r Resources<'r>,
    ) -> Self {
        let kinds = context.kinds();
        let in_scope: BTreeSet<usize> = context
            .objects(resources)
            .map(|object| object.number)
            .into_set();
        let mut survey = Self {
            context,
            resources,
            autoscalers: Autoscalers::new(resources),
            namespaces: Namespaces::new(resources),
            workloads: Vec::new(),
        };
        for (owner, pods) in pods_by_owner(context, resources) {
            let kind = kinds.find(owner.group(), owner.kind());
            let settings_of = |object: &'r Resource<'r>| {
                let is_in_scope = in_scope.contains(&object.number);
                is_in_scope.then(|| context.settings_of(resources, object))?
            };
            let template_owner = pods.first().and_then(|pod| pod.template_owner());
            let mut workload = Workload {
                resources,
                owner,
                kind: kind.cloned().unwrap_or_else(|| unknown(owner)),
                settings: settings_of(owner),
                pod_settings: template_owner.and_then(settings_of),
                pods,
                scaling: Scaling::Fixed,
                floor: 1,
            };
            workload.scaling = survey.scaling(plan, &workload);
            workload.floor = survey.floor(plan, &workload);
            survey.workloads.push(workload);
        }
        survey
    }

    fn scaling(&self, plan: &mut Plan, workload: &Workload<'r>) -> Scaling<'r> {
        let is_made = |object: &Resource<'r>| self.context.has_made(object);
        let mut found = self.autoscalers.of(workload.owner, is_made);
        let canary = self.autoscalers.canary_of(workload.owner);
        match (found.len(), found.pop()) {
            (1, Some(only)) => Scaling::Authored(only),
            (_, Some(last)) => {
                found.push(last);
                Scaling::Contested(found)
            }
            (_, None) if canary.is_some_and(Canary::names_autoscaler) => Scaling::Elsewhere,
            (_, None) if autoscaler::is_wanted(plan, self, workload) => Scaling::Made,
            (_, None) => Scaling::Fixed,
        }
    }

    fn floor(&self, plan: &mut Plan, workload: &Workload<'r>) -> u32 {
        let of_settings = || {
            let autoscaling = workload.settings.as_ref()?.autoscaling.as_ref()?;
            Some(autoscaling.min.value)
        };
        match &workload.scaling {
            Scaling::Fixed => replicas::planned(plan, self.context.mode(), workload),
            Scaling::Authored(autoscaler) => autoscaler::planned_floor(self, workload, *autoscaler),
            Scaling::Made => of_settings().unwrap_or(1),
            Scaling::Elsewhere => workload.replicas().unwrap_or(1),
            Scaling::Contested(several) => {
                let floors = several.iter().map(|autoscaler| autoscaler.floor());
                floors.min().unwrap_or(1)
            }
        }
    }
}

impl<'r> Workload<'r> {
    /// The owner as what a decision is about.
    pub(crate) fn subject(&self) -> Subject<'r> {
        Subject::Resource(self.owner, self.resources)
    }

    /// Where the number of replicas stands, for kinds that have one.
    pub(crate) fn replicas_node(&self) -> Option<Node<'r>> {
        let path = self.kind.replicas_path.as_ref()?;
        path.get(self.owner.node).filter(|node| !node.is_null())
    }

    /// The same as a place, whether it is there or not.
    pub(crate) fn replicas_place(&self) -> Option<Place> {
        let path = self.kind.replicas_path.as_ref()?.to_string();
        let steps = path.split('.');
        Some(steps.fold(self.owner.place(), |place, step| {
            place.field(Step::from(step))
        }))
    }

    /// The number of replicas that its author wrote.
    pub(crate) fn replicas(&self) -> Option<u32> {
        let written = self.replicas_node()?.as_i64()?;
        u32::try_from(written).ok()
    }

    /// Whether its author stopped it.
    pub(crate) fn is_paused(&self) -> bool {
        self.replicas() == Some(0)
    }

    /// What holds the template; the owner itself, unless that is a Rollout that refers to it.
    pub(crate) fn template_owner(&self) -> &'r Resource<'r> {
        let of_pod = self.pods.first().and_then(|pod| pod.template_owner());
        of_pod.unwrap_or(self.owner)
    }

    /// Whether the template is another object's.
    pub(crate) fn is_referring(&self) -> bool {
        self.template_owner().number != self.owner.number
    }

    /// Whether it is of this group and kind.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.owner.is(group, kind)
    }

    /// A kind whose pods are alike and hold nothing, so that a default may decide how many there are.
    pub(crate) fn is_stateless(&self) -> bool {
        let stateless = [
            ("apps", "Deployment"),
            ("argoproj.io", "Rollout"),
            ("apps.kruise.io", "CloneSet"),
        ];
        stateless.iter().any(|(group, kind)| self.is(group, kind))
    }

    /// The name of a claim that its pods share and that one node alone can have, so that more pods would wait for it.
    pub(crate) fn exclusive_claim(&self) -> Option<String> {
        let claims = self.pods.iter().map(|pod| Claims::of(*pod));
        claims.into_iter().find_map(|claims| match claims {
            Claims::Exclusive(name) => Some(name),
            Claims::Free | Claims::Unknown(_) => None,
        })
    }

    /// The selector of its pods: a label selector, or a plain map of labels. A Rollout may leave it to what it
    /// refers to.
    pub(crate) fn selector_node(&self) -> Option<Node<'r>> {
        let of = |owner: &Resource<'r>| {
            let path = self.kind.selector_path.as_ref()?;
            path.get(owner.node).filter(|node| node.is_map())
        };
        of(self.owner).or_else(|| of(self.template_owner()))
    }
}

/// The pods of the input by what decides how many there are, in the order of the input.
fn pods_by_owner<'r>(
    context: &Context<'_, SetAvailability>,
    resources: &'r Resources<'r>,
) -> Vec<(&'r Resource<'r>, Vec<Pod<'r>>)> {
    let mut by_owner: BTreeMap<usize, (&'r Resource<'r>, Vec<Pod<'r>>)> = BTreeMap::new();
    for pod in context.pods(resources) {
        if let Some(owner) = pod.scale_owner() {
            let (_, pods) = by_owner.entry(owner.number).or_insert((owner, Vec::new()));
            pods.push(pod);
        }
    }
    by_owner.into_values().collect()
}

/// A kind that the table doesn't have.
fn unknown(owner: &Resource<'_>) -> PodKind {
    PodKind {
        group: owner.group().to_owned(),
        kind: owner.kind().to_owned(),
        pod_template_paths: Vec::new(),
        replicas_path: None,
        selector_path: None,
        template: sdk::Template::Full,
        runs_to_completion: false,
        scalable: false,
        strategy_owned: true,
        probes: sdk::Probes::Full,
        opt_in: false,
    }
}
