//! Workloads as authors may write them, wise or not.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const IMAGES: [&str; 7] = [
    "registry.example/shop/app:1",
    "registry.example/other/app:1",
    "nginx:1.29",
    "postgres:17-alpine",
    "postgres@sha256:00000000000000000000000000000000000000000000000000000000000000aa",
    "redis:8",
    "busybox",
];

/// A field that an author may leave out.
fn field(
    name: &'static str,
    values: Vec<Value>,
) -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let absent = values.len();
    (0..absent * 2).prop_map(move |index| {
        let value = values.get(index).cloned();
        value.map(|value| vec![(name, value)]).unwrap_or_default()
    })
}

fn map(fields: Vec<Vec<(&'static str, Value)>>) -> Value {
    let fields = fields.into_iter().flatten();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn seccomp() -> Vec<Value> {
    vec![
        json!({"type": "RuntimeDefault"}),
        json!({"type": "Unconfined"}),
        json!({"type": "Localhost", "localhostProfile": "a.json"}),
        Value::Null,
    ]
}

/// What both have: a pod's security context, and a container's.
fn shared() -> impl Strategy<Value = Vec<Vec<(&'static str, Value)>>> {
    let fields = (
        field("runAsNonRoot", vec![json!(true), json!(false), Value::Null]),
        field("runAsUser", vec![json!(0), json!(1000)]),
        field("runAsGroup", vec![json!(3000)]),
        field("seccompProfile", seccomp()),
    );
    fields.prop_map(|(one, two, three, four)| vec![one, two, three, four])
}

fn pod_context() -> impl Strategy<Value = Value> {
    let fields = (
        shared(),
        field("fsGroup", vec![json!(2000)]),
        field(
            "sysctls",
            vec![
                json!([]),
                json!([{"name": "kernel.shm_rmid_forced", "value": "1"}]),
            ],
        ),
    );
    let context = fields.prop_map(|(mut shared, group, sysctls)| {
        shared.extend([group, sysctls]);
        map(shared)
    });
    prop_oneof![1 => Just(Value::Null), 12 => context]
}

fn container_context() -> impl Strategy<Value = Value> {
    let capabilities = vec![
        json!({"drop": ["NET_RAW"], "add": ["NET_BIND_SERVICE"]}),
        json!({"drop": ["all"]}),
        json!({"drop": ["ALL"], "add": ["NET_ADMIN"]}),
        json!({"add": ["CAP_SYS_ADMIN"]}),
        json!({"drop": []}),
        json!({}),
        Value::Null,
    ];
    let fields = (
        shared(),
        field(
            "privileged",
            vec![json!(false), json!(true), json!(false), json!(false)],
        ),
        field(
            "allowPrivilegeEscalation",
            vec![json!(true), json!(false), Value::Null],
        ),
        field("capabilities", capabilities),
        field("readOnlyRootFilesystem", vec![json!(true), json!(false)]),
    );
    let context = fields.prop_map(|(mut shared, privileged, escalation, capabilities, root)| {
        shared.extend([privileged, escalation, capabilities, root]);
        map(shared)
    });
    prop_oneof![1 => Just(Value::Null), 12 => context]
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let image = select(IMAGES.to_vec());
    let port = select(vec![80, 8080]);
    (
        prop::option::of(container_context()),
        image,
        port,
        any::<bool>(),
    )
        .prop_map(move |(context, image, port, mounts)| {
            let mut container =
                json!({"name": name, "image": image, "ports": [{"containerPort": port}]});
            if let Some(context) = context {
                container["securityContext"] = context;
            }
            if mounts {
                container["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
            }
            container
        })
}

/// A pod template with annotations.
fn template() -> impl Strategy<Value = Value> {
    let spec = (
        prop::option::of(pod_context()),
        field("hostNetwork", vec![json!(true)]),
        field("hostPID", vec![json!(true), json!(false)]),
        field("hostUsers", vec![json!(false), json!(true)]),
        field(
            "nodeSelector",
            vec![
                json!({"kubernetes.io/os": "windows"}),
                json!({"disk": "ssd"}),
                json!({"disk": "ssd"}),
            ],
        ),
        field(
            "os",
            vec![
                json!({"name": "linux"}),
                json!({"name": "linux"}),
                json!({"name": "windows"}),
            ],
        ),
    );
    let containers = (
        container("app"),
        prop::option::of(container("init")),
        prop::option::of(container("side")),
        prop::option::of(container("istio-proxy")),
    );
    let notes = select(vec![
        json!({}),
        json!({}),
        json!({}),
        json!({"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"}),
        json!({"container.seccomp.security.alpha.kubernetes.io/app": "unconfined"}),
        json!({"plimsoll.dev/skip": "harden-pods:run-as-non-root@side, harden-pods:drop-capabilities", "plimsoll.dev/skip-reason": "later"}),
    ]);
    (spec, containers, notes).prop_map(|(spec, containers, notes)| {
        let (context, network, pid, users, selector, os) = spec;
        let mut pod = map(vec![network, pid, users, selector, os]);
        if let Some(context) = context {
            pod["securityContext"] = context;
        }
        let (app, init, side, proxy) = containers;
        let sidecar = side.map(|mut side| {
            side["restartPolicy"] = "Always".into();
            side
        });
        pod["initContainers"] = init.into_iter().chain(sidecar).collect();
        pod["containers"] = [app].into_iter().chain(proxy).collect();
        pod["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
        json!({"metadata": {"annotations": notes}, "spec": pod})
    })
}

/// Workloads of several kinds.
pub(crate) fn workloads() -> impl Strategy<Value = Vec<Value>> {
    let kind = select(vec!["Deployment", "StatefulSet", "Knative"]);
    let workloads = prop::collection::vec((kind, template()), 1..4);
    workloads.prop_map(|all| {
        let all = all.into_iter().enumerate();
        all.map(|(number, (kind, template))| {
            let (group, kind) = match kind {
                "Knative" => ("serving.knative.dev/v1", "Service"),
                kind => ("apps/v1", kind),
            };
            let name = format!("w{number}");
            json!({"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": {"template": template}})
        })
        .collect()
    })
}

/// The containers of a workload.
pub(crate) fn containers(object: &Value) -> Vec<Value> {
    let spec = &object["spec"]["template"]["spec"];
    let lists = ["initContainers", "containers"].map(|field| spec[field].as_array().cloned());
    lists.into_iter().flatten().flatten().collect()
}
