//! Root filesystems that can't be written to, and the volumes that make up for it.

use sdk::{Mode, Order as _, Plan, Rule, Severity, json};

use crate::settings::Settings;
use crate::survey::{ContainerSurvey, PodSurvey};

mod eviction;
mod known;
mod mounts;
mod names;
mod obstacles;
mod roots;
mod scratch;
mod without_tmp;

use mounts::Mounts;
use obstacles::Obstacle;
use roots::{Fate, ReadOnly};
use scratch::Scratch;

const READ_ONLY_ROOT: &str = "read-only-root-filesystem";
const WRITABLE_PATHS: &str = "writable-paths";
const SCRATCH_VOLUMES: &str = "scratch-volumes";
const SAFE_TO_EVICT: &str = "safe-to-evict";
const WITHOUT_TMP: &str = "read-only-root-without-tmp";
const UNSUITED: &str = "read-only-root-unsuited";

/// Decisions first, then checks by severity.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        READ_ONLY_ROOT,
        Severity::Info,
        "The root filesystem of a container can't be written to where its image is known to run so, or where the \
         configuration asks for it.",
    ),
    Rule::new(
        WRITABLE_PATHS,
        Severity::Info,
        "A container that gets a read-only root filesystem keeps folders that it can write to.",
    ),
    Rule::new(
        SCRATCH_VOLUMES,
        Severity::Info,
        "The folders that a container can write to are empty volumes of its own.",
    ),
    Rule::new(
        SAFE_TO_EVICT,
        Severity::Info,
        "The new volumes don't keep the cluster autoscaler from removing a node.",
    ),
    Rule::new(
        WITHOUT_TMP,
        Severity::Warning,
        "An author's read-only root filesystem leaves no place for temporary files; info where the container has an \
         empty volume elsewhere.",
    ),
    Rule::new(
        UNSUITED,
        Severity::Warning,
        "The configuration makes a root filesystem read-only that the image is known to write to.",
    ),
];

/// A container in scope.
struct Target<'a> {
    pod: &'a PodSurvey<'a>,
    own: &'a ContainerSurvey<'a>,
    settings: &'a Settings,
    mounts: Mounts,
}

/// Decides about every container of the pod.
pub(crate) fn decide(plan: &mut Plan, pod: &PodSurvey<'_>, mode: Mode) {
    let mut scratch = Scratch::of(pod);
    for own in &pod.containers {
        let Some(settings) = own.settings.as_deref() else {
            continue;
        };
        let mounts = Mounts::of(own.container);
        let target = Target {
            pod,
            own,
            settings,
            mounts,
        };
        match roots::fate(&target, mode) {
            Fate::ReadOnly(wanted) => make_read_only(plan, &target, wanted, &mut scratch),
            Fate::Authored => {
                if let Some(decision) = plan.decide(READ_ONLY_ROOT, own.container) {
                    let place = own.security_place(roots::FIELD);
                    decision.keep("authored", &place, "kept what the author wrote");
                }
            }
            Fate::Left(reason, message) => {
                if let Some(decision) = plan.decide(READ_ONLY_ROOT, own.container) {
                    decision.skip(reason, message);
                }
            }
        }
        without_tmp::check(plan, &target);
    }
    eviction::decide(plan, pod, scratch.on_disk());
}

fn make_read_only(
    plan: &mut Plan,
    target: &Target<'_>,
    wanted: ReadOnly,
    scratch: &mut Scratch<'_>,
) {
    let container = target.own.container;
    let missing = missing(target, wanted.needs);
    let obstacle = obstacles::find(plan, target, &missing);
    let Some(decision) = plan.decide(READ_ONLY_ROOT, container) else {
        return;
    };
    match obstacle {
        Some(Obstacle::Reason((reason, message))) => return decision.skip(reason, message),
        Some(Obstacle::Refused(place, message)) => {
            return decision.violation(Severity::Error, &place, message);
        }
        None => {}
    }
    let place = target.own.security_place(roots::FIELD);
    decision.set(&place, json!(true), wanted.because);
    if let Some(writes) = wanted.writes {
        let message = format!(
            "the image is known to write to {writes}; write `readOnlyRootFilesystem: false` into an override for it, \
             or mount that folder"
        );
        plan.report(
            UNSUITED,
            Severity::Warning,
            container,
            &place,
            message,
            None,
        );
    }
    scratch.give(plan, target, &missing);
}

/// The folders that the container must be able to write to and that nothing is mounted at, in order.
fn missing(target: &Target<'_>, needs: &[String]) -> Vec<String> {
    let paths = target.settings.writable_paths.value.iter().chain(needs);
    let mut paths: Vec<&String> = paths.filter(|path| !target.mounts.cover(path)).collect();
    paths.order();
    let mut missing: Vec<String> = Vec::new();
    for path in paths {
        // What is above comes before what is inside, and covers it.
        if !missing.iter().any(|own| mounts::holds(own, path)) {
            missing.push(path.clone());
        }
    }
    missing
}
