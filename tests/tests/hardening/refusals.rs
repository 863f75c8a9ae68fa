//! What the API server and the kubelet refuse of what harden-pods has a hand in, read anew from plain values.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::pods::containers;

/// What would be refused about a workload, each in a few words.
pub(crate) fn refusals(object: &Value) -> BTreeSet<String> {
    let of_containers = containers(object).into_iter().flat_map(|container| {
        let name = container["name"].as_str().unwrap_or_default().to_owned();
        let found = of_container(object, &container).into_iter();
        found
            .map(move |what| format!("{what} of {name}"))
            .collect::<Vec<_>>()
    });
    let of_pod = of_pod(object).into_iter().map(str::to_owned);
    of_pod.chain(of_containers).collect()
}

/// Fields that the API server refuses on Windows.
const LINUX_ONLY: [&str; 8] = [
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "fsGroupChangePolicy",
    "seccompProfile",
    "capabilities",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
];

fn is_windows(object: &Value) -> bool {
    object["spec"]["template"]["spec"]["os"]["name"] == "windows"
}

fn has_any(context: &Value, fields: &[&str]) -> bool {
    fields.iter().any(|field| !context[*field].is_null())
}

/// The words whose refusal holds.
fn told<const N: usize>(refusals: [(&'static str, bool); N]) -> Vec<&'static str> {
    let refused = refusals.into_iter().filter(|(_, is_refused)| *is_refused);
    refused.map(|(what, _)| what).collect()
}

fn of_pod(object: &Value) -> Vec<&'static str> {
    let template = &object["spec"]["template"];
    let (pod, annotations) = (&template["spec"], &template["metadata"]["annotations"]);
    let context = &pod["securityContext"];
    let is_on = |field: &str| pod[field] == json!(true);
    let shares = ["hostNetwork", "hostPID", "hostIPC"].into_iter().any(is_on);
    let sysctls = context["sysctls"].as_array().into_iter().flatten();
    let names: Vec<&str> = sysctls.filter_map(|one| one["name"].as_str()).collect();
    let has_net = names.iter().any(|name| name.starts_with("net."));
    let distinct = names.iter().collect::<BTreeSet<_>>().len();
    let note = &annotations["seccomp.security.alpha.kubernetes.io/pod"];
    let is_knative = object["apiVersion"] == "serving.knative.dev/v1";
    told([
        ("hostUsers", pod["hostUsers"] == json!(false) && shares),
        ("sysctls", has_net && is_on("hostNetwork")),
        ("duplicate sysctls", names.len() != distinct),
        (
            "linux only",
            is_windows(object) && has_any(context, &LINUX_ONLY),
        ),
        ("seccomp", contradicts(note, &context["seccompProfile"])),
        (
            "knative",
            is_knative && (!context.is_null() || !pod["hostUsers"].is_null()),
        ),
    ])
}

fn of_container(object: &Value, container: &Value) -> Vec<&'static str> {
    let template = &object["spec"]["template"];
    let (pod, annotations) = (&template["spec"], &template["metadata"]["annotations"]);
    let own = &container["securityContext"];
    let name = container["name"].as_str().unwrap_or_default();
    let mut adds = own["capabilities"]["add"].as_array().into_iter().flatten();
    let has_all = adds.any(|one| one == "CAP_SYS_ADMIN") || own["privileged"] == json!(true);
    let note = &annotations[format!("container.seccomp.security.alpha.kubernetes.io/{name}")];
    let effective = |field: &str| match &own[field] {
        Value::Null => pod["securityContext"][field].clone(),
        value => value.clone(),
    };
    let (user, group) = (effective("runAsUser"), effective("runAsGroup"));
    // On Windows the kubelet looks at other fields.
    let is_linux = pod["nodeSelector"]["kubernetes.io/os"] != "windows" && !is_windows(object);
    let must_not = is_linux && effective("runAsNonRoot") == json!(true);
    let image = container["image"].as_str().unwrap_or_default();
    let roots = ["nginx", "busybox", "postgres:", "redis"];
    let is_root = roots.iter().any(|start| image.starts_with(start));
    told([
        (
            "escalation",
            own["allowPrivilegeEscalation"] == json!(false) && has_all,
        ),
        (
            "linux only",
            is_windows(object) && has_any(own, &LINUX_ONLY),
        ),
        ("seccomp", contradicts(note, &own["seccompProfile"])),
        ("root", must_not && user == json!(0)),
        ("image", must_not && is_root && user.is_null()),
        ("group", !group.is_null() && user.is_null()),
    ])
}

/// Whether an annotation says something else than a profile that is there.
fn contradicts(note: &Value, profile: &Value) -> bool {
    let wanted = match profile["type"].as_str() {
        Some("RuntimeDefault") => "runtime/default",
        Some("Unconfined") => "unconfined",
        Some(_) => "localhost/a.json",
        None => return false,
    };
    note.as_str().is_some_and(|note| note != wanted)
}
