//! Istio: who gets a sidecar, and who is ambient.

use super::marks::{Mark, annotation, label, misplaced, pod_annotation, pod_label};
use super::{Enrolment, Mesh, MeshConflict, MeshConflictKind, Namespaces, Why};
use crate::graph::Workload;
use crate::resource::Resource;

/// Asks for sidecars in a namespace.
pub(super) const INJECTION: &str = "istio-injection";
/// The revision of Istio whose webhook is asked, on namespaces and pods.
pub(super) const REVISION: &str = "istio.io/rev";
/// Ambient or not, on namespaces and pods.
pub(super) const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
/// Asks for a sidecar in a pod: a label, formerly an annotation.
const INJECT: &str = "sidecar.istio.io/inject";
/// Written into a pod with its sidecar.
const STATUS: &str = "sidecar.istio.io/status";
/// The name of the sidecar.
pub(super) const PROXY: &str = "istio-proxy";
/// istio pkg/kube/inject/initializer.go, `IgnoredNamespaces`.
const NEVER: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// Whether a pod gets a sidecar.
enum Sidecar {
    Injected(Why, Option<String>),
    Refused(Why),
    Unknown,
}

/// What decides where the input lacks the Namespace.
const ABSENT: &str = "the namespace decides, and the input doesn't have it";

pub(super) fn enrolment<'r>(workload: &Workload<'r>, namespaces: &Namespaces<'r>) -> Enrolment {
    with(workload, namespaces, |namespace, refused| {
        ambient(workload, namespace, refused)
    })
}

pub(super) fn enrolment_by_sidecar<'r>(
    workload: &Workload<'r>,
    namespaces: &Namespaces<'r>,
) -> Enrolment {
    with(workload, namespaces, |_, refused| match refused {
        Some(why) => Enrolment::new(Mesh::None, why),
        None => Enrolment::new(Mesh::Unknown, Why::words(ABSENT)),
    })
}

/// With a sidecar, or as `otherwise` says to why there is none, where that is known.
fn with<'r>(
    workload: &Workload<'r>,
    namespaces: &Namespaces<'r>,
    otherwise: impl FnOnce(Option<&'r Resource<'r>>, Option<Why>) -> Enrolment,
) -> Enrolment {
    let namespace = namespaces.get(workload.namespace);
    let (mut enrolment, is_refused) = match sidecar(workload, namespace) {
        Sidecar::Injected(why, revision) => {
            let mut enrolment = Enrolment::new(Mesh::IstioSidecar, why);
            enrolment.revision = revision;
            (enrolment, false)
        }
        Sidecar::Refused(why) => (otherwise(namespace, Some(why)), true),
        Sidecar::Unknown => (otherwise(namespace, None), false),
    };
    enrolment.conflicts = conflicts(workload, namespace, is_refused);
    enrolment
}

/// By hand, by the webhook, or not at all.
fn sidecar<'r>(workload: &Workload<'r>, namespace: Option<&'r Resource<'r>>) -> Sidecar {
    // istio pkg/config/analysis/analyzers/util/in_mesh.go, `inMesh`: a pod with the proxy in it is in the mesh.
    let mut containers = workload.pod.containers();
    if let Some(proxy) = containers.find(|container| container.name() == PROXY) {
        let why = Why::field(Some(proxy.place()), "its own container `istio-proxy`");
        return Sidecar::Injected(why, None);
    }
    // istio pkg/kube/inject/inject.go, `injectRequired`: these come before all else.
    if workload.is_host_network() {
        let place = workload.pod.field("hostNetwork");
        return Sidecar::Refused(Why::field(
            Some(place),
            "`hostNetwork` is never intercepted",
        ));
    }
    if NEVER.contains(&workload.namespace) {
        return Sidecar::Refused(Why::words("no pod of a system namespace gets a sidecar"));
    }
    match webhook(workload, namespace) {
        Sidecar::Injected(why, revision) => match pod_choice(workload) {
            Some(mark) if mark.is("false") => Sidecar::Refused(mark.why("the pods refuse it")),
            Some(mark) if mark.is("true") => {
                Sidecar::Injected(mark.why("the pods ask for it"), revision)
            }
            _ => Sidecar::Injected(why, revision),
        },
        Sidecar::Unknown => match pod_choice(workload) {
            Some(mark) if mark.is("false") => Sidecar::Refused(mark.why("the pods refuse it")),
            _ => Sidecar::Unknown,
        },
        refused @ Sidecar::Refused(_) => refused,
    }
}

/// What the pods themselves say: the label if there is one, else the annotation.
///
/// istio pkg/kube/inject/inject.go, `injectRequired`: `objectSelector`.
fn pod_choice<'r>(workload: &Workload<'r>) -> Option<Mark<'r>> {
    pod_label(workload, INJECT).or_else(|| pod_annotation(workload, INJECT))
}

/// Whether a webhook of Istio is asked about the pods at all.
///
/// istio manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml: the namespace's labels
/// come first, `istio-injection` before `istio.io/rev`; the pods' count where the namespace has neither; the label
/// `sidecar.istio.io/inject: "false"` keeps all webhooks away. `enableNamespacesByDefault` is taken as its default,
/// off, and `istio-injection: enabled` and the label `"true"` as meaning a default revision that exists.
fn webhook<'r>(workload: &Workload<'r>, namespace: Option<&'r Resource<'r>>) -> Sidecar {
    let inject = pod_label(workload, INJECT);
    if let Some(mark) = inject.as_ref().filter(|mark| mark.is("false")) {
        return Sidecar::Refused(mark.why("the pods refuse it"));
    }
    if let Some(mark) = namespace.and_then(|namespace| label(namespace, INJECTION)) {
        return if mark.is("enabled") {
            Sidecar::Injected(mark.why("the namespace asks for it"), None)
        } else {
            Sidecar::Refused(mark.why("the namespace refuses it, which no pod can overrule"))
        };
    }
    if let Some(mark) = namespace.and_then(|namespace| label(namespace, REVISION)) {
        return of_revision(mark, "the namespace asks for it");
    }
    // Where the namespace isn't known, what the pods ask for is what happens unless it says otherwise.
    if let Some(mark) = pod_label(workload, REVISION) {
        return of_revision(mark, "the pods ask for it");
    }
    match (inject.filter(|mark| mark.is("true")), namespace) {
        (Some(mark), _) => Sidecar::Injected(mark.why("the pods ask for it"), None),
        (None, Some(_)) => {
            Sidecar::Refused(Why::words("neither the namespace nor the pods ask for it"))
        }
        (None, None) => Sidecar::Unknown,
    }
}

/// The webhook of a revision; no revision has an empty name.
fn of_revision(mark: Mark<'_>, text: &'static str) -> Sidecar {
    let why = mark.why(text);
    match &*mark.value {
        "" => Sidecar::Refused(mark.why("no revision has an empty name")),
        "default" => Sidecar::Injected(why, None),
        _ => Sidecar::Injected(why, Some(mark.value.into_owned())),
    }
}

/// Whether pods without a sidecar are ambient: their own label counts before the namespace's.
///
/// istio manifests/charts/istio-cni/values.yaml, `ambient.enablementSelectors` and `excludeNamespaces`, and
/// `cni/pkg/util/enablement_selector.go`, `Matches`: never where a sidecar is;
/// `cni/pkg/nodeagent/podcgroupns_linux.go`:
/// never in the network of the node.
fn ambient<'r>(
    workload: &Workload<'r>,
    namespace: Option<&'r Resource<'r>>,
    refused: Option<Why>,
) -> Enrolment {
    let is_out = workload.is_host_network()
        || workload.namespace == "kube-system"
        || pod_annotation(workload, STATUS).is_some();
    if is_out {
        let why = refused.unwrap_or_else(|| Why::words("its traffic can't be redirected"));
        return Enrolment::new(Mesh::None, why);
    }
    let own = pod_label(workload, DATAPLANE_MODE);
    if let Some(mark) = own.as_ref().filter(|mark| mark.is("ambient")) {
        return Enrolment::new(Mesh::IstioAmbient, mark.why("the pods ask for it"));
    }
    let is_opted_out = own.is_some_and(|mark| mark.is("none"));
    let of_namespace = namespace.and_then(|namespace| label(namespace, DATAPLANE_MODE));
    let asks = of_namespace.filter(|mark| mark.is("ambient") && !is_opted_out);
    match (asks, refused) {
        (Some(mark), _) => {
            Enrolment::new(Mesh::IstioAmbient, mark.why("the namespace asks for it"))
        }
        (None, Some(why)) if is_opted_out || namespace.is_some() => Enrolment::new(Mesh::None, why),
        (None, _) => Enrolment::new(Mesh::Unknown, Why::words(ABSENT)),
    }
}

fn conflicts<'r>(
    workload: &Workload<'r>,
    namespace: Option<&'r Resource<'r>>,
    is_refused: bool,
) -> Vec<MeshConflict> {
    let owner = workload.owner;
    let mut found: Vec<MeshConflict> = [
        misplaced(
            workload,
            INJECT,
            "labels",
            label(owner, INJECT).or_else(|| annotation(owner, INJECT)),
        ),
        misplaced(
            workload,
            DATAPLANE_MODE,
            "labels",
            label(owner, DATAPLANE_MODE),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some(choice) = pod_choice(workload) else {
        return found;
    };
    if !choice.is("true") && !choice.is("false") && !choice.is("") {
        let message = format!(
            "`{INJECT}` must be \"true\" or \"false\", not {:?}; the namespace decides",
            choice.value
        );
        found.push(choice.conflict(MeshConflictKind::Ineffective, message));
    }
    if choice.is("true") && is_refused {
        found.push(ineffective(workload, namespace, &choice));
    }
    found
}

/// Pods that ask for a sidecar and get none.
fn ineffective<'r>(
    workload: &Workload<'r>,
    namespace: Option<&'r Resource<'r>>,
    choice: &Mark<'r>,
) -> MeshConflict {
    let is_labelled = pod_label(workload, INJECT).is_some();
    let refusal = namespace.and_then(|namespace| label(namespace, INJECTION));
    let message = match refusal {
        _ if workload.is_host_network() => {
            format!("`{INJECT}` has no effect on pods with `hostNetwork`; remove one of the two")
        }
        Some(refusal) if !refusal.is("enabled") => format!(
            "`{INJECT}` has no effect in a namespace with `{INJECTION}: {}`; remove that label from the namespace",
            refusal.value
        ),
        _ if is_labelled => format!(
            "`{INJECT}` has no effect in namespace {:?}; remove it",
            workload.namespace
        ),
        _ => format!(
            "`{INJECT}` has no effect as an annotation unless the namespace asks for sidecars; write it as a label"
        ),
    };
    choice.conflict(MeshConflictKind::Ineffective, message)
}
