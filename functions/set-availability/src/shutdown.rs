//! How pods end without dropping requests: they go on for a while, until load balancers have forgotten them, and
//! have time to end after that.

mod checks;
mod ending;
mod grace;
mod nap;
mod pre_stop;
mod traffic;

use sdk::{Plan, Pod, Rule, Severity, Template};

use crate::survey::{Survey, Workload};

use ending::Ending;
use grace::Grace;

/// What is decided and found about the end of pods.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        grace::RULE,
        Severity::Info,
        "Sets how long a pod may take to end.",
    ),
    Rule::new(
        pre_stop::RULE,
        Severity::Info,
        "Lets a container that gets traffic go on for a while before it is told to end.",
    ),
    Rule::new(
        checks::REFUSED,
        Severity::Error,
        "A `preStop` sleep is longer than the grace period, or Kubernetes is too old for it.",
    ),
    Rule::new(
        checks::OUTLASTS,
        Severity::Warning,
        "A hook sleeps for the whole grace period, so that its container is killed without being told to end.",
    ),
];

/// Decides it for the pods of a workload.
pub(crate) fn decide<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, workload: &Workload<'r>) {
    for pod in &workload.pods {
        let ending = Ending::of(plan, survey, workload, *pod);
        let grace = Grace::of(plan, &ending);
        grace::decide(plan, &ending, &grace);
        pre_stop::decide(plan, &ending, &grace);
        checks::check(plan, &ending, &grace);
    }
}

/// Whose pods these are, where that isn't the workload's author: a reason, and its words.
///
/// Knative takes neither hooks nor a grace period, and most of what says where pods run only behind feature flags:
/// knative/serving at 98e5ef90, pkg/apis/serving/fieldmask.go, `PodSpecMask` and `ContainerMask`.
pub(crate) fn foreign(
    workload: &Workload<'_>,
    pod: Pod<'_>,
) -> Option<(&'static str, &'static str)> {
    if workload.owner.group() == "serving.knative.dev" {
        return Some((
            "knative",
            "Knative decides it, but for what feature flags allow",
        ));
    }
    let is_partial = pod.template() == Template::Partial;
    is_partial.then_some((
        "partial-template",
        "an operator makes the pods from this and from more",
    ))
}
