//! Types of volumes (`check_hostPathVolumes.go`, `check_restrictedVolumes.go`).

use super::super::tables::tables;
use super::super::volume::VolumeSecurity;
use super::{Findings, PodSecurity, SecurityLevel};

/// No files of the node.
pub(in super::super) fn host_paths<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for volume in &pod.volumes {
        for source in &volume.sources {
            let level = SecurityLevel::Baseline;
            found.judge(level, source, |kind| {
                let kind = kind.filter(|kind| *kind == "hostPath")?;
                Some(must_not_be(volume, kind))
            });
        }
    }
}

/// Only types that can't reach what the pod may not. A type that nobody knows is none of them.
///
/// As upstream has it, a volume that also has a source of an allowed type is fine; the API server refuses it
/// for having two.
pub(in super::super) fn restricted<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for volume in &pod.volumes {
        let kinds = || volume.sources.iter().filter_map(|source| source.value());
        let is_allowed = kinds().any(|kind| tables().allows_volume(kind));
        for source in &volume.sources {
            let level = match source.value() {
                Some(kind) if kind != "hostPath" => SecurityLevel::Restricted,
                _ => SecurityLevel::Baseline,
            };
            found.judge(level, source, |kind| {
                let kind = kind.filter(|_| !is_allowed)?;
                Some(must_not_be(volume, kind))
            });
        }
    }
}

fn must_not_be(volume: &VolumeSecurity<'_>, kind: &str) -> String {
    format!("volume \"{}\" must not be of type `{kind}`", volume.name)
}
