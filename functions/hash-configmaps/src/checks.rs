//! What is wrong with objects and references as they are.

use std::collections::BTreeSet;

use sdk::{Collect as _, ConfigurationKind, How, Node, Place, Plan, Reference, Referent, Severity};

use crate::fate::Fate;
use crate::survey::{Bar, Object, Survey, Use, subject};
use crate::{checksum, content};

/// Where an object says that it never changes.
pub(crate) fn immutable_place(object: &Object<'_>) -> Place {
    object.resource.place().field("immutable")
}

/// Looks at everything.
pub(crate) fn check(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let in_scope = survey
        .objects
        .iter()
        .filter(|object| object.exception.is_none());
    for object in in_scope {
        holds_what_is_taken(plan, survey, object);
        can_change(plan, survey, object);
    }
    let new_names = new_names(survey);
    for own in &survey.uses {
        is_left_behind(plan, survey, own);
        if own.bar == Some(Bar::Skipped) {
            continue;
        }
        leads_to_one(plan, survey, &own.reference, &new_names);
        finds_its_keys(plan, survey, &own.reference);
        is_no_hook(plan, survey, &own.reference);
        is_seen(plan, survey, own);
    }
    held_back(plan, survey);
}

fn holds_what_is_taken(plan: &mut Plan, survey: &Survey<'_, '_>, object: &Object<'_>) {
    for problem in content::problems(object.resource, object.resource.is_in_kustomize()) {
        let place = Place {
            resource: object.resource.number,
            path: problem.path,
        };
        let subject = (object.resource, survey.resources);
        plan.report(
            problem.rule,
            problem.severity,
            subject,
            &place,
            problem.message,
            None,
        );
    }
}

/// What keeps its name must be able to change.
fn can_change(plan: &mut Plan, survey: &Survey<'_, '_>, object: &Object<'_>) {
    let is_immutable = object
        .resource
        .node
        .get("immutable")
        .and_then(Node::as_bool)
        == Some(true);
    let is_meant = object.fate == Fate::Checksum && survey.run.kinds.contains(&object.kind);
    if is_immutable && is_meant {
        let message = "`immutable: true` goes with a name that changes with the content, and this one stays: the next change can't be applied; let it be renamed, or take `immutable` out before it is first applied";
        let (subject, place) = ((object.resource, survey.resources), immutable_place(object));
        plan.report(
            "immutable-in-place",
            Severity::Error,
            subject,
            &place,
            message,
            None,
        );
    }
}

fn leads_to_one(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    reference: &Reference<'_>,
    new_names: &BTreeSet<(&str, String)>,
) {
    let subject = subject(survey.resources, reference);
    let (kind, name) = (reference.kind.name(), reference.name());
    match (&reference.referent, reference.namespace.as_deref()) {
        (Referent::Several(objects), Some(_)) => {
            let names: Vec<String> = objects
                .iter()
                .map(|object| format!("\"{}\"", object.name()))
                .collect();
            let message = format!(
                "may mean any of {}; give them names that differ",
                names.join(", ")
            );
            plan.report(
                "ambiguous-reference",
                Severity::Error,
                subject,
                &reference.place,
                message,
                None,
            );
        }
        (Referent::Absent, Some(namespace)) if !reference.is_soft => {
            let is_provided = || survey.resolver.is_provided(reference.kind, namespace, name);
            if is_provided() || new_names.contains(&(namespace, name.to_owned())) {
                return;
            }
            let severity = match reference.kind {
                _ if reference.is_optional => Severity::Info,
                _ if survey.run.closed => Severity::Error,
                ConfigurationKind::ConfigMap => Severity::Warning,
                ConfigurationKind::Secret => Severity::Info,
            };
            let rule = if reference.is_optional {
                "missing-optional"
            } else {
                "missing-object"
            };
            let message = format!(
                "there is no {kind} \"{name}\" in the input, so nothing here can follow its content"
            );
            plan.report(rule, severity, subject, &reference.place, message, None);
        }
        _ => {}
    }
}

/// The names that objects get, by namespace.
fn new_names<'s>(survey: &'s Survey<'_, '_>) -> BTreeSet<(&'s str, String)> {
    let is_renamed = |object: &&Object<'_>| object.fate == Fate::Named && !object.is_named();
    let renamed = survey.objects.iter().filter(is_renamed);
    let named = renamed.filter_map(|object| {
        let namespace = survey.resources.namespace_of(object.resource);
        Some((namespace, object.new_name()?))
    });
    named.into_set()
}

/// What can't be changed may name an object by a name that it no longer has.
fn is_left_behind(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Use<'_>) {
    let reference = &own.reference;
    let object = reference
        .target()
        .and_then(|target| survey.object(target.number));
    let object = object.filter(|object| object.fate == Fate::Named && own.bar.is_some());
    let Some(name) = object
        .and_then(Object::new_name)
        .filter(|name| name != reference.name())
    else {
        return;
    };
    let kind = reference.from.kind();
    let message = format!(
        "says \"{}\", which is called \"{name}\" now, and a {kind} that exists can't be changed: what has run needs nothing; to run it with the new content, delete the {kind} and write that name here",
        reference.name()
    );
    let subject = subject(survey.resources, reference);
    plan.report(
        "left-behind",
        Severity::Warning,
        subject,
        &reference.place,
        message,
        None,
    );
}

/// A pod waits for a key that isn't there.
fn finds_its_keys(plan: &mut Plan, survey: &Survey<'_, '_>, reference: &Reference<'_>) {
    let Some(object) = reference
        .target()
        .and_then(|target| survey.object(target.number))
    else {
        return;
    };
    let is_known = object.exception.is_none() && object.hash.is_some() && reference.pod.is_some();
    if !is_known || reference.is_optional {
        return;
    }
    let single = reference.beside.get("key");
    let listed = reference
        .beside
        .get("items")
        .into_iter()
        .flat_map(Node::items);
    let keys = single
        .into_iter()
        .chain(listed.filter_map(|item| item.get("key")));
    for key in keys.filter_map(Node::text) {
        let mut fields = ["data", "binaryData", "stringData"].into_iter();
        if fields.any(|field| object.resource.node.at(&[field, &key]).is_some()) {
            continue;
        }
        let (kind, name) = (object.kind.name(), object.resource.name());
        let message = format!(
            "{kind} \"{name}\" has no key \"{key}\", so the pod doesn't start; add the key, or say `optional: true`"
        );
        let subject = subject(survey.resources, reference);
        plan.report(
            "missing-key",
            Severity::Error,
            subject,
            &reference.place,
            message,
            None,
        );
    }
}

/// Helm deletes hooks and makes them anew, at times of its own.
fn is_no_hook(plan: &mut Plan, survey: &Survey<'_, '_>, reference: &Reference<'_>) {
    let Some(target) = reference.target() else {
        return;
    };
    if target.is_helm_hook() && !reference.from.is_helm_hook() {
        let message = format!(
            "{} \"{}\" is a hook, which Helm makes and deletes apart from the release; take the hook annotation off it",
            reference.kind.name(),
            target.name()
        );
        let subject = subject(survey.resources, reference);
        plan.report(
            "hook-referenced",
            Severity::Warning,
            subject,
            &reference.place,
            message,
            None,
        );
    }
}

/// A file that is mounted alone keeps its first content as long as the pod runs.
fn is_seen(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Use<'_>) {
    let reference = &own.reference;
    let object = reference
        .target()
        .and_then(|target| survey.object(target.number));
    let (Some(object), Some(pod)) = (object, reference.pod) else {
        return;
    };
    let is_volume = matches!(reference.how, How::Volume | How::Projected);
    let is_followed = object.fate != Fate::Left || checksum::content(survey, own).is_some();
    if !is_volume || is_followed || !is_mounted_by_parts(pod, reference) {
        return;
    }
    let message = format!(
        "{} \"{}\" is mounted with `subPath`, and its name stays: running pods never see a change",
        object.kind.name(),
        object.resource.name()
    );
    let subject = subject(survey.resources, reference);
    plan.report(
        "subpath-unseen",
        Severity::Info,
        subject,
        &reference.place,
        message,
        None,
    );
}

/// Whether a container mounts only a part of the volume that a reference is in.
fn is_mounted_by_parts(pod: sdk::Pod<'_>, reference: &Reference<'_>) -> bool {
    let start = pod.field("volumes").path.0.len();
    let index = match reference.place.path.0.get(start) {
        Some(sdk::Step::Index(index)) => *index,
        _ => return false,
    };
    let volumes = pod.get("volumes").into_iter().flat_map(Node::items);
    let name = volumes
        .into_iter()
        .nth(index)
        .and_then(|volume| volume.get("name")?.text());
    let mut mounts = pod
        .containers()
        .filter_map(|container| container.get("volumeMounts"))
        .flat_map(Node::items);
    mounts.any(|mount| {
        let is_own = mount.get("name").and_then(Node::text) == name;
        is_own && (mount.get("subPath").is_some() || mount.get("subPathExpr").is_some())
    })
}

/// A new name or checksum in a template that isn't rolled out.
fn held_back(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let mut last = None;
    for own in survey.uses.iter().filter(|own| own.bar.is_none()) {
        let (Some(pod), Some(target)) = (own.reference.pod, own.reference.target()) else {
            continue;
        };
        let is_followed = survey.object(target.number).is_some_and(|object| {
            object.fate == Fate::Named || checksum::content(survey, own).is_some()
        });
        if !is_followed || last.replace(pod.number()) == Some(pod.number()) {
            continue;
        }
        if let Some((field, message)) = hold(own.reference.from) {
            let place = field
                .iter()
                .fold(own.reference.from.place(), |place, step| place.field(*step));
            plan.report(
                "does-not-roll",
                Severity::Warning,
                pod,
                &place,
                message,
                None,
            );
        }
    }
}

/// What keeps running pods from being replaced.
fn hold(workload: &sdk::Resource<'_>) -> Option<(&'static [&'static str], String)> {
    let node = workload.node;
    let strategy = node
        .at(&["spec", "updateStrategy", "type"])
        .and_then(Node::text);
    let partition = ["spec", "updateStrategy", "rollingUpdate", "partition"];
    let is_set = |kind| workload.is("apps", kind);
    let told =
        |what: &str, then: &str| format!("{what}: pods that run keep the former content {then}");
    if (is_set("StatefulSet") || is_set("DaemonSet")) && strategy.as_deref() == Some("OnDelete") {
        let message = told(
            "`OnDelete` replaces no pod by itself",
            "until somebody deletes them",
        );
        return Some((&["spec", "updateStrategy", "type"], message));
    }
    if is_set("StatefulSet")
        && node
            .at(&partition)
            .and_then(Node::as_i64)
            .is_some_and(|from| from > 0)
    {
        let message = told(
            "`partition` holds pods back",
            "as long as their number is below it",
        );
        return Some((
            &["spec", "updateStrategy", "rollingUpdate", "partition"],
            message,
        ));
    }
    if is_set("Deployment") && node.at(&["spec", "paused"]).and_then(Node::as_bool) == Some(true) {
        return Some((
            &["spec", "paused"],
            told("the rollout is paused", "until it is resumed"),
        ));
    }
    let has_no_rollout = is_set("ReplicaSet") || workload.is("", "ReplicationController");
    has_no_rollout.then(|| {
        let what = format!("a {} replaces no pods", workload.kind());
        (
            &["spec", "template"][..],
            told(&what, "until somebody deletes them"),
        )
    })
}
