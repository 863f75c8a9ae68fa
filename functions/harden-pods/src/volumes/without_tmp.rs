//! Authors' read-only root filesystems that leave no place for temporary files.

use sdk::{Container, Node, Plan, Severity};

use super::{Target, WITHOUT_TMP, roots};
use crate::stance::Stance;
use crate::survey::PodSurvey;

/// Says so. Nothing is mounted: whoever made the root filesystem read-only decides what else there is.
pub(super) fn check(plan: &mut Plan, target: &Target<'_>) {
    let own = target.own;
    if matches!(own.stance, Stance::Excepted | Stance::Merged) {
        return;
    }
    let is_read_only = own.security(roots::FIELD).and_then(Node::as_bool) == Some(true);
    let mut wanted = target.settings.writable_paths.value.iter();
    if !is_read_only || !wanted.any(|path| path == "/tmp") || target.mounts.cover("/tmp") {
        return;
    }
    // Whoever mounts an empty volume has thought of what the program writes.
    let severity = if has_empty_volume(target.pod, own.container) {
        Severity::Info
    } else {
        Severity::Warning
    };
    let message = "the root filesystem is read-only and nothing is mounted at /tmp, so a program that keeps \
                   temporary files fails; mount an `emptyDir` there if it keeps any";
    let place = own.security_place(roots::FIELD);
    plan.report(WITHOUT_TMP, severity, own.container, &place, message, None);
}

/// Whether the container mounts an empty volume.
fn has_empty_volume(pod: &PodSurvey<'_>, container: Container<'_>) -> bool {
    let volumes = pod.pod.get("volumes").into_iter().flat_map(Node::items);
    let mut empty = volumes.filter(|volume| volume.get("emptyDir").is_some());
    empty.any(|volume| {
        let name = volume.get("name").and_then(Node::text);
        let mut mounts = container
            .get("volumeMounts")
            .into_iter()
            .flat_map(Node::items);
        name.is_some() && mounts.any(|mount| mount.get("name").and_then(Node::text) == name)
    })
}
