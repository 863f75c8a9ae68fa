//! `runAsUser`: which user a container runs as, where its image is made for one.

use sdk::{Node, Place, Plan, Rule, SecurityField, Severity, Value};

use crate::config::ImageUser;
use crate::images::Known;
use crate::stance::{Because, Reason, Stance};
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Names the user that an image is made for, where a container must not run as root.",
)];

pub(crate) const CHECKS: &[Rule] = &[
    Rule::new(
        AS_ROOT,
        Severity::Warning,
        "An image runs as root, so that its container would not start with `runAsNonRoot`.",
    ),
    Rule::new(
        UNKNOWN,
        Severity::Warning,
        "A container is told not to run as root, and it isn't known which user its image runs as.",
    ),
];

const RULE: &str = "run-as-user";
const AS_ROOT: &str = "image-runs-as-root";
const UNKNOWN: &str = "image-user-unknown";

/// Decides about every container of the pod, once it is decided which must not run as root.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>) {
    let users: Vec<_> = survey
        .containers
        .iter()
        .enumerate()
        .map(|(number, own)| {
            let user = own
                .settings
                .as_ref()
                .and_then(|_| decide_container(plan, survey, number, own));
            check(plan, survey, number, own);
            user
        })
        .collect();
    for (after, user) in survey.after.containers.iter_mut().zip(users) {
        if let Some(user) = user {
            after.context.run_as_user.set(user);
        }
    }
}

/// Decides about one container; the user that is written, if one is.
fn decide_container(
    plan: &mut Plan,
    survey: &PodSurvey<'_>,
    number: usize,
    own: &ContainerSurvey<'_>,
) -> Option<i64> {
    let decision = plan.decide(RULE, own.container)?;
    match fate(survey, number, own) {
        Fate::Left((reason, message)) => decision.skip(reason, message),
        Fate::Authored(place) => {
            decision.keep("authored", &place, "kept the user that the author wrote");
        }
        Fate::Named(row, user) => {
            let message = format!("runs as user {user}, which its image is made for");
            decision.set_all(fields(survey, own, row, user), message);
            return Some(user);
        }
    }
    None
}

/// What becomes of the user of a container.
enum Fate<'r> {
    Left(Reason),
    Authored(Place),
    Named(&'r ImageUser, i64),
}

fn fate<'r>(survey: &PodSurvey<'_>, number: usize, own: &ContainerSurvey<'r>) -> Fate<'r> {
    if let Some(reason) = own.stance.left_as_root() {
        return Fate::Left(reason);
    }
    if let Some(place) = authored(survey, number, own) {
        return Fate::Authored(place);
    }
    match own.known {
        _ if !must_not_be_root(survey, number) => {
            Fate::Left(("not-asked", "it may run as any user"))
        }
        Known::Numeric => Fate::Left(("image-names-it", "the image names its user by number")),
        Known::User(row) => {
            let named = |user| Fate::Named(row, user);
            let nobody = ("no-user", "the entry of the image names no user");
            row.run_as_user.map_or(Fate::Left(nobody), named)
        }
        Known::Root(_) | Known::Variant | Known::Nothing => Fate::Left((
            "unknown-image",
            "it isn't known which user the image is made for",
        )),
    }
}

/// The user, and its group where nobody has written one: a group without a user is refused by container runtimes.
fn fields(
    survey: &PodSurvey<'_>,
    own: &ContainerSurvey<'_>,
    row: &ImageUser,
    user: i64,
) -> Vec<(Place, Value)> {
    let has_group = !own.is_free("runAsGroup") || survey.security("runAsGroup").is_some();
    let group = row.run_as_group.filter(|_| !has_group);
    let group = group.map(|group| (own.security_place("runAsGroup"), Value::from(group)));
    let user = (own.security_place("runAsUser"), Value::from(user));
    [user].into_iter().chain(group).collect()
}

/// Where an author says which user the container runs as; a null that an author wrote stays too.
fn authored(survey: &PodSurvey<'_>, number: usize, own: &ContainerSurvey<'_>) -> Option<Place> {
    if !own.is_free("runAsUser") {
        return Some(own.security_place("runAsUser"));
    }
    let after = survey.after.containers.get(number);
    let own = after.map(|own| &own.context.run_as_user);
    let mut users = own.into_iter().chain([&survey.after.context.run_as_user]);
    let user = users.find(|user| !user.is_absent());
    user.map(SecurityField::place)
}

/// Whether the kubelet will see to it.
fn must_not_be_root(survey: &PodSurvey<'_>, number: usize) -> bool {
    let of_pod = &survey.after.context.run_as_non_root;
    let own = survey.after.containers.get(number);
    own.is_some_and(|own| own.context.run_as_non_root.or(of_pod) == Some(&true))
}

/// Reports images that run as root, and those of which nothing is known.
fn check(plan: &mut Plan, survey: &PodSurvey<'_>, number: usize, own: &ContainerSurvey<'_>) {
    let Some(settings) = own.settings.as_deref() else {
        return;
    };
    let must_not = must_not_be_root(survey, number);
    let image = own.container.image();
    let (rule, message) = match (own.known, own.stance) {
        (Known::Root(instead), Stance::Root(Because::Image))
            if must_not || settings.run_as_non_root.value =>
        {
            let message = format!(
                "the image \"{image}\" runs as root, so that the kubelet would not start it with `runAsNonRoot`; {instead}"
            );
            (AS_ROOT, message)
        }
        // An author who wrote `runAsNonRoot` knows why.
        (Known::Variant | Known::Nothing, Stance::Plain)
            if must_not
                && !was_non_root(survey, own)
                && authored(survey, number, own).is_none() =>
        {
            (UNKNOWN, unknown(&image, own.known == Known::Variant))
        }
        _ => return,
    };
    let place = own.container.field("image");
    plan.report(
        rule,
        Severity::Warning,
        own.container,
        &place,
        message,
        None,
    );
}

fn unknown(image: &str, lacks_tag: bool) -> String {
    let why = if lacks_tag {
        "which its tag would tell, and no tag is written"
    } else {
        "and the kubelet starts it only if that is a number other than 0"
    };
    format!(
        "it isn't known which user the image \"{image}\" runs as, {why}; write `runAsUser`, or an entry of `imageUsers`"
    )
}

/// Whether the author already wrote that the container must not run as root.
fn was_non_root(survey: &PodSurvey<'_>, own: &ContainerSurvey<'_>) -> bool {
    let own = own.security("runAsNonRoot").filter(|node| !node.is_null());
    let node = own.or_else(|| survey.security("runAsNonRoot"));
    node.and_then(Node::as_bool) == Some(true)
}
