//! Versions of Istio's API.

use sdk::{Plan, Resource, Severity, json};

use super::LEGACY_API_VERSION;
use super::policies::{GROUPS, is_meant};
use crate::config::MeshVersion;
use crate::survey::Survey;

/// Kinds that have a version `v1`.
///
/// istio: pkg/config/schema/metadata.yaml.
const STABLE: [&str; 10] = [
    "AuthorizationPolicy",
    "DestinationRule",
    "Gateway",
    "PeerAuthentication",
    "RequestAuthentication",
    "ServiceEntry",
    "Sidecar",
    "VirtualService",
    "WorkloadEntry",
    "WorkloadGroup",
];
/// Who made an object.
const GENERATED_BY: &str = "plimsoll.dev/generated-by";

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    if survey.run.mesh.version < MeshVersion::minor(22) {
        return;
    }
    for object in survey.resources.all() {
        let stable = format!("{}/v1", object.group());
        let is_legacy = is_stable(object) && object.api_version() != stable;
        if is_legacy && is_meant(survey, object) && !is_made(object) {
            let message = format!(
                "{} has been at version v1 since Istio 1.22; write {stable}",
                object.kind()
            );
            let subject = (object, survey.resources);
            let place = object.place().field("apiVersion");
            let proposed = json!(stable);
            plan.report(
                LEGACY_API_VERSION,
                Severity::Info,
                subject,
                &place,
                message,
                Some(&proposed),
            );
        }
    }
}

fn is_stable(object: &Resource<'_>) -> bool {
    GROUPS.contains(&object.group()) && STABLE.contains(&object.kind())
}

/// What a function made it makes anew.
fn is_made(object: &Resource<'_>) -> bool {
    object.annotations().get(GENERATED_BY).is_some()
}
