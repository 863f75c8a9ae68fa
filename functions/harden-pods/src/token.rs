//! Whether a pod gets a token for the Kubernetes API.

use sdk::{Mode, Node, Plan, Rule, SecurityLevel, Severity, json};

use crate::config::Automount;
use crate::stance::Reason;
use crate::survey::{ContainerSurvey, PodSurvey};

mod accounts;
mod bindings;
mod needs;
mod subjects;

use accounts::Account;
pub(crate) use bindings::Bindings;

const AUTOMOUNT: &str = "automount-service-account-token";
const WITHHELD: &str = "token-withheld";
const DESPITE_ACCOUNT: &str = "token-despite-service-account";

/// Decisions first, then checks by severity.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        AUTOMOUNT,
        Severity::Info,
        "A pod gets no token for the Kubernetes API where nothing in the input gives its service account rights and \
         nothing in it is known to need one.",
    ),
    Rule::new(
        DESPITE_ACCOUNT,
        Severity::Warning,
        "A pod mounts the token that its service account asks not to mount.",
    ),
    Rule::new(
        WITHHELD,
        Severity::Warning,
        "The configuration keeps the token from a pod whose service account has rights.",
    ),
];

/// The field, of pods and service accounts alike.
const FIELD: &str = "automountServiceAccountToken";

/// Decides about the pod.
pub(crate) fn decide(plan: &mut Plan, survey: &PodSurvey<'_>, bindings: &Bindings, mode: Mode) {
    let Some(decision) = plan.decide(AUTOMOUNT, survey.pod) else {
        return;
    };
    let account = Account::of(survey.pod);
    let place = survey.pod.field(FIELD);
    match fate(survey, &account, bindings, mode) {
        Fate::None(message) => {
            decision.set(&place, json!(false), message);
            check_rights(plan, survey, &account, bindings);
        }
        Fate::Left(reason, message) => decision.skip(reason, message),
        Fate::Authored => {
            decision.keep("authored", &place, "kept what the author wrote");
            check(plan, survey, &account);
        }
    }
}

/// What becomes of a pod's token.
enum Fate {
    /// It gets none from now on.
    None(&'static str),
    /// Its author decides.
    Authored,
    /// It stays as it is, for this reason and in these words.
    Left(&'static str, String),
}

fn fate(survey: &PodSurvey<'_>, account: &Account<'_>, bindings: &Bindings, mode: Mode) -> Fate {
    let left = |(reason, message): Reason| Fate::Left(reason, message.to_owned());
    if let Some(reason) = exception(survey) {
        return left(reason);
    }
    let wish = survey.settings.automount;
    let is_forced = mode == Mode::Overwrite && wish.is_user && wish.value == Automount::False;
    if survey.pod.get(FIELD).is_some() && !is_forced {
        return Fate::Authored;
    }
    if wish.value == Automount::Keep {
        return left(("not-asked", "the configuration leaves it to the authors"));
    }
    match account.automount() {
        Some(false) if !is_forced => {
            return left((
                "service-account",
                "its service account asks for no token already",
            ));
        }
        Some(true) if !is_forced => {
            return left(("service-account", "its service account asks for the token"));
        }
        _ => {}
    }
    let need = needs::find(survey.pod);
    let is_asked = wish.value == Automount::False;
    if let Some(need) = need.filter(|need| need.refuses || !is_asked) {
        let message = format!("the pod may need the token: {}", need.because);
        return Fate::Left("needs-token", message);
    }
    if is_asked {
        return Fate::None("no token, as the configuration asks");
    }
    unasked(account, bindings)
}

/// Whether a pod that nothing is known to need the token in gets one.
fn unasked(account: &Account<'_>, bindings: &Bindings) -> Fate {
    if let Some(binding) = bindings.find(account) {
        let message = format!(
            "{binding} gives rights to its service account \"{}\"",
            account.name
        );
        return Fate::Left("has-rights", message);
    }
    if account.is_elsewhere() {
        let message = format!(
            "its service account \"{}\" isn't in the input, nor may be what gives it rights; write \
             `automountServiceAccountToken: false` if it has none",
            account.name
        );
        return Fate::Left("unknown-service-account", message);
    }
    Fate::None("nothing in the input gives its service account rights")
}

/// Why nothing is written, whatever is wanted.
fn exception(survey: &PodSurvey<'_>) -> Option<Reason> {
    if survey.settings.level == SecurityLevel::Privileged {
        return Some(("exception", "left alone, as `level: privileged` asks"));
    }
    if survey.containers.iter().any(ContainerSurvey::is_privileged) {
        return Some((
            "privileged",
            "left alone, since a container of it is privileged",
        ));
    }
    if !survey.is_writable() {
        return Some((
            "partial-template",
            "left alone, since an operator makes the pod",
        ));
    }
    survey
        .pod
        .is_windows()
        .then_some(("windows", "left alone, since the pod runs on Windows"))
}

/// Says where a pod gets no token, as the configuration asks, though its service account has rights.
fn check_rights(
    plan: &mut Plan,
    survey: &PodSurvey<'_>,
    account: &Account<'_>,
    bindings: &Bindings,
) {
    if let Some(binding) = bindings.find(account) {
        let message = format!(
            "{binding} gives rights to the service account \"{}\" of a pod that gets no token to use them; write \
             `automountServiceAccountToken: auto` into an override for it if it needs them",
            account.name
        );
        let pod = survey.pod;
        plan.report(
            WITHHELD,
            Severity::Warning,
            pod,
            &pod.field(FIELD),
            message,
            None,
        );
    }
}

/// Says where a pod takes what its service account asks not to take.
fn check(plan: &mut Plan, survey: &PodSurvey<'_>, account: &Account<'_>) {
    let pod = survey.pod;
    let mounts = pod.get(FIELD).and_then(Node::as_bool) == Some(true);
    if mounts && account.automount() == Some(false) {
        let message = format!(
            "the pod mounts the token though its service account \"{}\" asks for none, and the pod's word counts; \
             drop the field from the pod if it needs no token",
            account.name
        );
        plan.report(
            DESPITE_ACCOUNT,
            Severity::Warning,
            pod,
            &pod.field(FIELD),
            message,
            None,
        );
    }
}
