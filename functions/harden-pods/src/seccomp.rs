//! `seccompProfile`: which system calls containers may make.

use sdk::{Mode, Plan, Rule, Severity, json};

use crate::placement::{self, Field, Fits, Part, PodPart};
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Lets containers make the system calls that the container runtime allows by default; for the whole pod where all \
     of its containers take it.",
)];

const RULE: &str = "seccomp-profile";
const FIELD: &str = "seccompProfile";
const DEFAULT: &str = "RuntimeDefault";
const UNCONFINED: &str = "Unconfined";

/// Decides about the pod and its containers.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>, mode: Mode) {
    let containers = survey.containers.iter().enumerate();
    let field = Field {
        rule: RULE,
        value: json!({"type": DEFAULT}),
        message: "may make the system calls that the container runtime allows",
        pod: survey.pod,
        of_pod: pod_part(survey, mode),
        containers: containers
            .map(|(number, own)| (own.container, part(survey, number, own, mode)))
            .collect(),
    };
    let placed = placement::decide(plan, &field);
    if placed.is_on_pod {
        survey.after.context.seccomp_profile.set(DEFAULT.into());
    }
    for number in placed.containers {
        if let Some(own) = survey.after.containers.get_mut(number) {
            own.context.seccomp_profile.set(DEFAULT.into());
        }
    }
}

fn pod_part(survey: &PodSurvey<'_>, mode: Mode) -> PodPart {
    let own = &survey.after.context.seccomp_profile;
    let wish = survey.settings.seccomp;
    let is_other = own.value().is_some_and(|kind| kind != DEFAULT);
    let is_beaten = mode == Mode::Overwrite && wish.is_user && wish.value.is_some() && is_other;
    let place = || survey.security_place(FIELD);
    if !own.is_absent() && !is_beaten {
        return PodPart::Authored(place());
    }
    let may =
        survey.takes_context() && wish.value.is_some() && (survey.is_free(FIELD) || is_beaten);
    if may {
        PodPart::Open(place())
    } else {
        PodPart::Closed
    }
}

fn part(survey: &PodSurvey<'_>, number: usize, own: &ContainerSurvey<'_>, mode: Mode) -> Part {
    let secured = survey.after.containers.get(number);
    let profile = secured.and_then(|secured| secured.context.seccomp_profile.value());
    let is_confined = profile.is_some_and(|kind| kind != UNCONFINED);
    let fits = if is_confined { Fits::Yes } else { Fits::No };
    let wish = own.settings.as_ref().map(|settings| settings.seccomp);
    let is_asked = wish.is_some_and(|wish| wish.value.is_some());
    let is_beating = mode == Mode::Overwrite && is_asked && wish.is_some_and(|wish| wish.is_user);
    let is_beaten = is_beating && profile.is_some_and(|kind| kind != DEFAULT);
    if let Some(part) = placement::settled(own, FIELD, fits, is_beaten) {
        return part;
    }
    let place = || own.security_place(FIELD);
    match &survey.after.context.seccomp_profile {
        _ if is_annotated(survey, &own.container.name()) => {
            Part::Refuses("deprecated-annotation", ANNOTATED)
        }
        _ if is_beaten => Part::Overwritten(place()),
        of_pod if !of_pod.is_absent() && is_kept_on_pod(survey, mode) => Part::Inherits,
        _ if is_asked => Part::Wants(place()),
        _ => Part::Refuses("not-asked", "the configuration doesn't ask for it"),
    }
}

/// Whether what the pod's author wrote for all containers stays.
fn is_kept_on_pod(survey: &PodSurvey<'_>, mode: Mode) -> bool {
    !matches!(pod_part(survey, mode), PodPart::Open(_))
}

const ANNOTATED: &str = "left alone, since a deprecated annotation speaks of it";

const OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Whether an annotation speaks of the container's profile, by itself or for the whole pod. Kubelets have ignored these
/// since 1.27, but the API server refuses a pod whose field says something else:
/// `validateSeccompAnnotationsAndFields` in kubernetes/kubernetes pkg/apis/core/validation/validation.go at
/// 000f26050b9be6fb3d79fae95e06b47fc96128cd.
fn is_annotated(survey: &PodSurvey<'_>, container: &str) -> bool {
    let annotations = survey.pod.annotations();
    let own = format!("{OF_CONTAINER}{container}");
    annotations.get(OF_POD).is_some() || annotations.get(&own).is_some()
}
