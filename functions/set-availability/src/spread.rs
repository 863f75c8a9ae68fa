//! How pods spread over zones and hosts.

mod checks;
mod constraints;

use sdk::{Decision, Mode, Place, Plan, Pod, Rule, Severity};

use crate::rollout::Field;
use crate::settings::Spread;
use crate::shutdown::foreign;
use crate::survey::{Survey, Workload};

use constraints::Wanted;

/// What is decided and found about spread.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(RULE, Severity::Info, "Spreads pods over zones and hosts."),
    Rule::new(
        "unknown-topology-key",
        Severity::Warning,
        "Pods are to spread by a label that no node has.",
    ),
    Rule::new(
        "spread-without-selector",
        Severity::Warning,
        "A spread constraint counts no pods; an error where the API server refuses that.",
    ),
    Rule::new(
        "zone-bound-volumes",
        Severity::Warning,
        "Pods must spread over zones, and their volumes keep them in the zone where they are.",
    ),
];

const RULE: &str = "spread";

/// Decides it for the pods of a workload.
pub(crate) fn decide<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, workload: &Workload<'r>) {
    let Some(settings) = workload.pod_settings.as_deref() else {
        return;
    };
    for pod in &workload.pods {
        let one = One {
            mode: survey.context.mode(),
            minor: survey.context.kubernetes_version().minor,
            workload,
            pod: *pod,
        };
        let decision = plan.decide(RULE, *pod);
        let is_written =
            decision.is_some_and(|decision| one.end(decision, settings.spread.as_ref()));
        checks::check(plan, workload, *pod, is_written);
    }
}

/// A pod that may be spread.
struct One<'s, 'r> {
    mode: Mode,
    minor: u32,
    workload: &'s Workload<'r>,
    pod: Pod<'r>,
}

impl One<'_, '_> {
    /// Whether spread constraints are written.
    fn end(&self, decision: Decision<'_, '_>, spread: Option<&Spread>) -> bool {
        let owner = self.workload.template_owner();
        let constraints = self.pod.field("topologySpreadConstraints");
        let constraints = Field::new(owner, constraints, "topologySpreadConstraints");
        let affinity = self.pod.field("affinity").field("podAntiAffinity");
        let affinity = Field::new(owner, affinity, "podAntiAffinity");
        let fields = [&constraints, &affinity];
        let is_beaten = self.mode == Mode::Overwrite && spread.is_some_and(|own| own.is_user);
        let authored = fields.iter().find(|field| field.authored.is_some());
        if let Some(authored) = authored.filter(|_| !is_beaten) {
            authored.keep(decision);
            return false;
        }
        let Some(spread) = spread else {
            let message = "no spread: the configuration asks for none";
            decision.skip("not-configured", message);
            return false;
        };
        match self.obstacle() {
            None => self.write(decision, spread, [&constraints.place, &affinity.place]),
            Some((reason, message)) => {
                decision.skip(reason, format_args!("no spread: {message}"));
                false
            }
        }
    }

    fn write(
        &self,
        decision: Decision<'_, '_>,
        spread: &Spread,
        [constraints, affinity]: [&Place; 2],
    ) -> bool {
        match Wanted::of(self.workload, spread, self.minor) {
            Err((reason, message)) => {
                decision.skip(reason, format_args!("no spread: {message}"));
                false
            }
            Ok(wanted) => {
                let is_constrained = !wanted.constraints.is_empty();
                let fields = wanted.fields(constraints, affinity);
                decision.set_all(fields, "spreads its pods, as configured");
                is_constrained && self.mode != Mode::Audit
            }
        }
    }

    /// Why there is nothing to spread.
    fn obstacle(&self) -> Option<(&'static str, String)> {
        if let Some((reason, message)) = foreign(self.workload, self.pod) {
            return Some((reason, message.to_owned()));
        }
        if self.workload.kind.replicas_path.is_none() {
            let message = "its kind doesn't say how many pods there are";
            return Some(("no-replicas", message.to_owned()));
        }
        let floor = self.workload.floor;
        let message = match floor {
            0 => "there may be no pod at all".to_owned(),
            _ => format!("there may be just {floor} pod"),
        };
        (floor < 2).then_some(("single-pod", message))
    }
}
