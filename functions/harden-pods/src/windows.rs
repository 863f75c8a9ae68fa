//! Pods that run on Windows nodes: `os.name` says so, and fields that mean something on Linux alone don't stand there.

use sdk::{Node, Place, Plan, Rule, Severity, json};

use crate::stance;
use crate::survey::PodSurvey;

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Says that a pod is for Windows where its node selector does; the Pod Security Standards go by this field alone.",
)];

pub(crate) const CHECKS: &[Rule] = &[Rule::new(
    LINUX_ONLY,
    Severity::Error,
    "A pod for Windows has a field that means something on Linux alone; the API server refuses it beside `os.name`.",
)];

const RULE: &str = "os-name";
const LINUX_ONLY: &str = "linux-only-field";
const WINDOWS: &str = "windows";

/// Fields of a pod's security context, and of a container's: `validateWindows` in kubernetes/kubernetes
/// pkg/apis/core/validation/validation.go at 000f26050b9be6fb3d79fae95e06b47fc96128cd.
const OF_POD: [&str; 11] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seLinuxChangePolicy",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
];
const OF_CONTAINER: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];
/// Fields of the pod itself; the last two may be false.
const BESIDE: [&str; 4] = ["hostUsers", "shareProcessNamespace", "hostPID", "hostIPC"];
const SWITCHES: [&str; 2] = ["hostPID", "hostIPC"];

/// Decides about a pod that is for Windows, and checks it.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>) {
    if stance::is_torn(&survey.after) {
        if let Some(decision) = plan.decide(RULE, survey.pod) {
            let place = survey.pod.field("os").field("name");
            let name = survey.after.os.value().cloned().unwrap_or_default();
            let message = format!(
                "is \"{name}\" while `nodeSelector` asks for Windows, so that the pod never starts; make them agree"
            );
            decision.violation(Severity::Error, &place, message);
        }
        return;
    }
    let found = linux_only(survey);
    decide_os(plan, survey, !found.is_empty());
    // The API server looks at these only where `os.name` says Windows; elsewhere they mean nothing.
    let severity = if survey.after.is_windows() {
        Severity::Error
    } else {
        Severity::Warning
    };
    for place in found {
        let message = "means something on Linux alone, and this pod is for Windows; remove it";
        plan.report(LINUX_ONLY, severity, survey.pod, &place, message, None);
    }
}

fn decide_os(plan: &mut Plan, survey: &mut PodSurvey<'_>, is_in_the_way: bool) {
    let Some(decision) = plan.decide(RULE, survey.pod) else {
        return;
    };
    let place = survey.pod.field("os").field("name");
    if survey.pod.get("os").is_some() {
        decision.keep("authored", &place, "kept what the author wrote");
    } else if !survey.takes_context() {
        decision.skip("left-alone", "left alone like the rest of the pod");
    } else if is_in_the_way {
        let message =
            "left alone, since the API server would refuse the pod's Linux-only fields beside it";
        decision.skip("linux-only-fields", message);
    } else {
        let message = "the node selector asks for Windows";
        decision.set(&place, json!(WINDOWS), message);
        survey.after.os.set(WINDOWS.into());
    }
}

/// The authored fields that the API server refuses for Windows.
fn linux_only(survey: &PodSurvey<'_>) -> Vec<Place> {
    let is_there = |node: Option<Node<'_>>| node.is_some_and(|node| !node.is_null());
    let is_empty = |node: Option<Node<'_>>| node.is_some_and(|node| node.items().next().is_none());
    let of_pod = OF_POD.into_iter().filter(|field| {
        let node = survey.security(field);
        is_there(node) && !(*field == "sysctls" && is_empty(node))
    });
    let beside = BESIDE.into_iter().filter(|field| {
        let node = survey.pod.get(field);
        let is_off = SWITCHES.contains(field) && node.and_then(Node::as_bool) == Some(false);
        is_there(node) && !is_off
    });
    let mut found: Vec<Place> = of_pod.map(|field| survey.security_place(field)).collect();
    found.extend(beside.map(|field| survey.pod.field(field)));
    for own in &survey.containers {
        let fields = OF_CONTAINER
            .into_iter()
            .filter(|field| is_there(own.security(field)));
        found.extend(fields.map(|field| own.security_place(field)));
    }
    found
}
