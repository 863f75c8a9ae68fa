//! `runAsNonRoot`: no container of the pod may run as root.

use sdk::{Mode, Node, Plan, Rule, Severity, Value};

use crate::placement::{self, Field, Fits, Part, PodPart};
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Keeps containers from running as root; for the whole pod where all of its containers take it.",
)];

const RULE: &str = "run-as-non-root";
const FIELD: &str = "runAsNonRoot";

/// Decides about the pod and its containers.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>, mode: Mode) {
    let containers = survey.containers.iter().enumerate();
    let field = Field {
        rule: RULE,
        value: Value::Bool(true),
        message: "must not run as root",
        pod: survey.pod,
        of_pod: pod_part(survey, mode),
        containers: containers
            .map(|(number, own)| (own.container, part(survey, number, own, mode)))
            .collect(),
    };
    let placed = placement::decide(plan, &field);
    if placed.is_on_pod {
        survey.after.context.run_as_non_root.set(true);
    }
    for number in placed.containers {
        if let Some(own) = survey.after.containers.get_mut(number) {
            own.context.run_as_non_root.set(true);
        }
    }
}

fn pod_part(survey: &PodSurvey<'_>, mode: Mode) -> PodPart {
    let own = &survey.after.context.run_as_non_root;
    let wish = survey.settings.run_as_non_root;
    let is_beaten = mode == Mode::Overwrite && wish.is_user && own.value() == Some(&false);
    let place = || survey.security_place(FIELD);
    if !own.is_absent() && !is_beaten {
        return PodPart::Authored(place());
    }
    let may = survey.takes_context() && wish.value && (survey.is_free(FIELD) || is_beaten);
    if may {
        PodPart::Open(place())
    } else {
        PodPart::Closed
    }
}

fn part(survey: &PodSurvey<'_>, number: usize, own: &ContainerSurvey<'_>, mode: Mode) -> Part {
    let secured = survey.after.containers.get(number);
    let value = secured.and_then(|secured| secured.context.run_as_non_root.value());
    let fits = if value == Some(&true) {
        Fits::Yes
    } else {
        Fits::No
    };
    let wish = own
        .settings
        .as_ref()
        .map(|settings| settings.run_as_non_root);
    let is_beating = mode == Mode::Overwrite && wish.is_some_and(|wish| wish.is_user && wish.value);
    let is_beaten = is_beating && value == Some(&false);
    if let Some(part) = placement::settled(own, FIELD, fits, is_beaten) {
        return part;
    }
    let place = || own.security_place(FIELD);
    match survey.after.context.run_as_non_root.value() {
        _ if is_administrator(survey, own) => Part::Refuses("runs-as-administrator", ADMINISTRATOR),
        _ if is_beaten => Part::Overwritten(place()),
        Some(true) => Part::Inherits,
        _ if wish.is_some_and(|wish| wish.value) => Part::Wants(place()),
        _ => Part::Refuses("not-asked", "the configuration doesn't ask for it"),
    }
}

const ADMINISTRATOR: &str =
    "left alone, since it runs as ContainerAdministrator, which is root to the kubelet";

/// Whether a Windows container runs as the user that the kubelet takes for root, in whatever case: `verifyRunAsNonRoot`
/// in kubernetes/kubernetes `pkg/kubelet/kuberuntime/security_context_windows.go`.
fn is_administrator(survey: &PodSurvey<'_>, own: &ContainerSurvey<'_>) -> bool {
    let name = |options: Option<Node<'_>>| {
        let name = options.and_then(|options| options.get("runAsUserName"))?;
        Some(name.text()?.eq_ignore_ascii_case("ContainerAdministrator"))
    };
    let own_name = name(own.security("windowsOptions"));
    own_name
        .or_else(|| name(survey.security("windowsOptions")))
        .unwrap_or_default()
}
