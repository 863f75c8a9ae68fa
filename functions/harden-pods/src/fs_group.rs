//! `fsGroup`: the group that may write to a pod's persistent volumes.

use sdk::{Node, Place, Plan, Rule, Severity, Value};

use crate::images::Known;
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Lets the group that an image is made for write to persistent volumes, where no container runs as root.",
)];

pub(crate) const CHECKS: &[Rule] = &[Rule::new(
    CHECK,
    Severity::Warning,
    "A container that doesn't run as root may not be able to write to its persistent volume.",
)];

const RULE: &str = "fs-group";
const CHECK: &str = "pvc-not-writable";
const FIELD: &str = "fsGroup";

/// Decides about the pod, once it is decided which containers run as root.
pub(crate) fn decide(plan: &mut Plan, survey: &PodSurvey<'_>) {
    let claims = claims(survey);
    let may_write = |number: usize, own: &ContainerSurvey<'_>| {
        own.writable().is_some() && survey.is_non_root(number) && mount(own, &claims).is_some()
    };
    let all = survey.containers.iter().enumerate();
    let writers: Vec<_> = all
        .filter(|(number, own)| may_write(*number, own))
        .collect();
    let Some((_, first)) = writers.first() else {
        return;
    };
    let Some(decision) = plan.decide(RULE, survey.pod) else {
        return;
    };
    let place = survey.security_place(FIELD);
    let is_asked = survey.settings.fs_group_from_image;
    let groups = writers.iter().filter_map(|(_, own)| group(own));
    match { groups }.next().filter(|_| is_asked) {
        _ if !survey.is_free(FIELD) => {
            decision.keep("authored", &place, "kept the group that the author wrote");
        }
        _ if !survey.takes_group() => {
            decision.skip("left-alone", "left alone like the rest of the pod");
            warn(plan, first, &claims);
        }
        Some(group) => {
            let message = format!("group {group} may write to the persistent volumes");
            decision.set_all(fields(survey, place, group), message);
        }
        None => {
            let reason = if is_asked {
                "unknown-image"
            } else {
                "not-asked"
            };
            decision.skip(
                reason,
                "nothing says which group is to write to the volumes",
            );
            warn(plan, first, &claims);
        }
    }
}

/// The group that the image's user belongs to.
fn group(own: &ContainerSurvey<'_>) -> Option<i64> {
    match own.known {
        Known::User(row) => row.fs_group,
        _ => None,
    }
}

fn fields(survey: &PodSurvey<'_>, place: Place, group: i64) -> Vec<(Place, Value)> {
    let policy = "fsGroupChangePolicy";
    let mut fields = vec![(place, Value::from(group))];
    // A large volume is gone through once, not at every start.
    if survey.is_free(policy) {
        fields.push((survey.security_place(policy), "OnRootMismatch".into()));
    }
    fields
}

fn warn(plan: &mut Plan, own: &ContainerSurvey<'_>, claims: &[String]) {
    if let Some((index, name)) = mount(own, claims) {
        let place = own.container.field("volumeMounts").field(index);
        let message = format!(
            "nobody says which group may write to the persistent volume \"{name}\", and the container doesn't run as root; write `fsGroup`, or an entry of `imageUsers`"
        );
        plan.report(
            CHECK,
            Severity::Warning,
            own.container,
            &place,
            message,
            None,
        );
    }
}

/// The first persistent volume that the container can write to.
fn mount(own: &ContainerSurvey<'_>, claims: &[String]) -> Option<(usize, String)> {
    let mounts = own.container.get("volumeMounts")?.items().enumerate();
    let writable =
        mounts.filter(|(_, mount)| mount.get("readOnly").and_then(Node::as_bool) != Some(true));
    let mut named = writable
        .filter_map(|(index, mount)| Some((index, mount.get("name")?.text()?.into_owned())));
    named.find(|(_, name)| claims.contains(name))
}

/// The names of the pod's persistent volumes, also of those that its StatefulSet makes for it.
fn claims(survey: &PodSurvey<'_>) -> Vec<String> {
    let text = |node: Node<'_>| node.text().map(std::borrow::Cow::into_owned);
    let volumes = survey.pod.get("volumes").into_iter().flat_map(Node::items);
    let is_claim = |volume: &Node<'_>| {
        let is_writable =
            |claim: Node<'_>| claim.get("readOnly").and_then(Node::as_bool) != Some(true);
        volume.get("persistentVolumeClaim").is_some_and(is_writable)
            || volume.get("ephemeral").is_some()
    };
    let named = volumes
        .filter(is_claim)
        .filter_map(|volume| text(volume.get("name")?));
    let owner = survey.pod.template_owner();
    let templates = owner.and_then(|owner| owner.node.at(&["spec", "volumeClaimTemplates"]));
    let templates = templates.into_iter().flat_map(Node::items);
    let made = templates.filter_map(|template| text(template.at(&["metadata", "name"])?));
    named.chain(made).collect()
}
