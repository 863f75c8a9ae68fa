//! Checksums on pod templates, for what keeps its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sdk::{Collect as _, How, Node, Plan, Pod};
use sha2::{Digest as _, Sha256};

use crate::fate::Fate;
use crate::survey::{Bar, Survey, Use};

/// The decision about a pod template.
pub(crate) const RULE: &str = "checksum";

/// The first sixteen hexadecimal digits of the hash of a text.
pub(crate) fn of_text(text: &str) -> String {
    let digest = Sha256::digest(text);
    let mut digits = String::with_capacity(16);
    for byte in digest.iter().take(8) {
        // Writing to a String does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Writes the checksum of what each pod reads under a name that stays.
pub(crate) fn write(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let mut by_pod: BTreeMap<u32, Vec<&Use<'_>>> = BTreeMap::new();
    for own in &survey.uses {
        if let Some(pod) = own.reference.pod {
            by_pod.entry(pod.number()).or_default().push(own);
        }
    }
    for uses in by_pod.values() {
        let contents: BTreeSet<String> = uses
            .iter()
            .filter_map(|own| content(survey, own))
            .into_set();
        let is_changeable = |own: &Use<'_>| matches!(own.bar, None | Some(Bar::Skipped));
        let Some(first) = uses.first().filter(|_| !contents.is_empty()) else {
            continue;
        };
        if let Some(pod) = first.reference.pod.filter(|_| is_changeable(first)) {
            let contents: Vec<String> = contents.into_iter().collect();
            decide(plan, survey, pod, &contents);
        }
    }
}

/// `kind/namespace/name=hash` of what a pod reads, if a change of it would otherwise go unnoticed.
pub(crate) fn content(survey: &Survey<'_, '_>, own: &Use<'_>) -> Option<String> {
    let reference = &own.reference;
    let object = survey.object(reference.target()?.number)?;
    let is_read = !reference.is_soft && reference.how != How::ImagePullSecret;
    let hash = object.hash.as_ref().filter(|_| is_read)?;
    let is_meant = object.fate == Fate::Checksum && !is_ignored(object.resource);
    is_meant.then(|| {
        let namespace = survey.resources.namespace_of(object.resource);
        let (kind, name) = (object.kind.name(), object.resource.name());
        format!("{kind}/{namespace}/{name}={hash}")
    })
}

/// What Stakater's Reloader leaves alone doesn't count here either.
fn is_ignored(object: &sdk::Resource<'_>) -> bool {
    let ignore = object.annotations().get("reloader.stakater.com/ignore");
    ignore.is_some_and(|ignore| ignore == "true")
}

fn decide(plan: &mut Plan, survey: &Survey<'_, '_>, pod: Pod<'_>, contents: &[String]) {
    let Some(decision) = plan.decide(RULE, pod) else {
        return;
    };
    let key = survey.run.checksum_annotation.as_str();
    let Some(place) = pod.annotation(key) else {
        let message = "the pods are made by an operator and have no template to mark; their operator has to restart them";
        return decision.skip("no-template", message);
    };
    let checksum = of_text(&contents.join("\n"));
    let message = format!(
        "holds the checksum of {} of its ConfigMaps and Secrets",
        contents.len()
    );
    let owner = pod.template_owner();
    let now = owner.and_then(|owner| owner.node.follow(&place.path.0));
    match now {
        Some(now) if !is_checksum(now) => {
            let message =
                "holds something else, which stays; set `checksumAnnotation` to another key";
            decision.keep("authored", &place, message);
        }
        Some(now) if now.text().is_some_and(|now| now == checksum) => {
            decision.keep("as-configured", &place, "stands there already");
        }
        Some(_) => decision.respell(&place, sdk::json!(checksum), message),
        None => decision.set(&place, sdk::json!(checksum), message),
    }
}

/// Whether a value is one of ours, from an earlier run.
fn is_checksum(node: Node<'_>) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    node.text()
        .is_some_and(|text| text.len() == 16 && text.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_the_beginning_of_sha256() {
        // `printf abc | sha256sum`
        assert_eq!(of_text("abc"), "ba7816bf8f01cfea");
    }
}
