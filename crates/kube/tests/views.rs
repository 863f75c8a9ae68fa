//! What the views say about whole inputs.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use plimsoll_kube::{ContainerType, Kinds, PodKind, Resources};
use yaml::Stream;

fn stream(text: &str) -> Stream {
    yaml::parse(text.to_owned()).unwrap()
}

fn resources<'t>(stream: &'t Stream, kinds: &Kinds) -> Resources<'t> {
    let roots = stream.documents().filter_map(|document| document.root());
    Resources::new(roots, kinds, "")
}

fn with<T>(text: &str, see: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = stream(text);
    see(&resources(&stream, &Kinds::with(Vec::new())))
}

/// Each pod as `Kind/name path: container(type)…`.
fn pods(text: &str) -> Vec<String> {
    with(text, |resources| {
        let show = |pod: plimsoll_kube::Pod<'_>| {
            let owner = pod.template_owner().unwrap();
            let containers: Vec<String> = pod
                .containers()
                .map(|container| format!("{}({:?})", container.name(), container.kind()))
                .collect();
            format!(
                "{}/{} {}: {}",
                owner.kind(),
                owner.name(),
                pod.field("x").path,
                containers.join(" ")
            )
        };
        resources.pods().map(show).collect()
    })
}

#[test]
fn every_built_in_kind_finds_its_pods() {
    for kind in Kinds::with(Vec::new()).iter() {
        for path in &kind.pod_template_paths {
            // A document that has exactly the path: `[*]` is a list of one, `*` a map of one.
            let mut value = serde_json::json!({"spec": {"containers": [{"name": "c"}]}});
            let steps: Vec<String> = path
                .to_string()
                .replace("[*]", ".[*]")
                .split('.')
                .map(str::to_owned)
                .collect();
            for step in steps.iter().rev().filter(|step| !step.is_empty()) {
                value = match step.as_str() {
                    "[*]" => serde_json::json!([value]),
                    "*" => serde_json::json!({"Any": value}),
                    key => serde_json::json!({key: value}),
                };
            }
            let api_version = if kind.group.is_empty() {
                "v1".to_owned()
            } else {
                format!("{}/v9", kind.group)
            };
            value["apiVersion"] = api_version.into();
            value["kind"] = kind.kind.clone().into();
            let found = pods(&value.to_string());
            assert_eq!(found.len(), 1, "{} at {path}: {value}", kind.kind);
            assert!(
                found.iter().all(|pod| pod.ends_with(": c(App)")),
                "{found:?}"
            );
        }
    }
}

#[test]
fn look_alikes_and_missing_templates_hold_no_pods() {
    assert_eq!(
        pods(
            "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, spec: {template: {spec: {containers: [{name: c}]}}}}"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        pods("{apiVersion: apps.openshift.io/v1, kind: DeploymentConfig, spec: {template: null}}"),
        Vec::<String>::new()
    );
    assert_eq!(
        pods("{apiVersion: apps/v1, kind: Deployment, spec: {template: text}}"),
        Vec::<String>::new()
    );
    assert_eq!(
        pods(
            "{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: text}}}}"
        ),
        ["Deployment/ spec.template.spec.x: "]
    );
}

#[test]
fn containers_are_apps_sidecars_and_init_containers() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - {name: i}\n  - {name: s, restartPolicy: Always}\n  containers:\n  - {name: a}\n  - text\n  ephemeralContainers:\n  - {name: e}\n";
    assert_eq!(pods(pod), ["Pod/p spec.x: i(Init) s(Sidecar) a(App)"]);
    with(pod, |resources| {
        let sidecar = resources
            .pods()
            .next()
            .unwrap()
            .containers()
            .find(|c| c.kind() == ContainerType::Sidecar)
            .unwrap();
        assert_eq!(
            sidecar.field("image").path.to_string(),
            "spec.initContainers[1].image"
        );
    });
}

#[test]
fn lists_of_objects_are_looked_into() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {}}\n- apiVersion: v1\n  kind: PodList\n  items:\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {}}\n";
    with(list, |resources| {
        let seen: Vec<_> = resources
            .all()
            .map(|object| format!("{} {}", object.name(), object.base))
            .collect();
        assert_eq!(seen, ["a items[0]", "b items[1].items[0]"]);
    });
}

#[test]
fn a_rollout_with_a_reference_scales_the_deployment_that_holds_its_pods() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec:\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n  template: {spec: {containers: []}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: []}}}\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: lost}\nspec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: gone}}\n";
    with(text, |resources| {
        let pods: Vec<_> = resources.pods().collect();
        assert_eq!(pods.len(), 1);
        assert_eq!(pods[0].template_owner().unwrap().kind(), "Deployment");
        assert_eq!(pods[0].scale_owner().unwrap().name(), "r");
        let lost: Vec<_> = resources
            .unresolved_rollouts()
            .map(|rollout| rollout.name().to_owned())
            .collect();
        assert_eq!(lost, ["lost"]);
    });
}

#[test]
fn references_find_objects_by_the_names_they_had() {
    let text = include_str!("../../../tests/captures/overlay-stdin-at-function-time.legacy.yaml");
    with(text, |resources| {
        let pod = resources
            .all()
            .find(|object| object.kind() == "Pod")
            .unwrap();
        for (kind, name, now) in [
            ("ConfigMap", "a", "base-a-sfx"),
            ("Secret", "sgen", "base-sgen-sfx"),
            ("ConfigMap", "base-b-sfx", "base-b-sfx"),
        ] {
            assert_eq!(
                resources
                    .referent(pod, "", kind, name)
                    .map(plimsoll_kube::Resource::name),
                Some(now),
                "{kind} {name}"
            );
        }
        assert!(resources.referent(pod, "", "ConfigMap", "sgen").is_none());
    });
}

#[test]
fn an_object_is_found_by_group_kind_namespace_and_name_and_the_first_of_equal_ones_counts() {
    let object = |api_version: &str, kind: &str, namespace: &str, is: &str| {
        format!(
            "apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: {namespace}, labels: {{is: {is}}}}}\n"
        )
    };
    let text = [
        object("v1", "Secret", "a", "secret"),
        object("v1", "ConfigMap", "b", "second"),
        object("v1", "ConfigMap", "a", "first"),
        object("acme.io/v1", "ConfigMap", "a", "grouped"),
        object("v1", "ConfigMap", "a", "twin"),
        object("v1", "ConfigMap", "''", "unnamed"),
    ];
    with(&text.join("---\n"), |resources| {
        let found = |identity| {
            let object = resources.find(identity)?;
            object.labels().get("is").map(std::borrow::Cow::into_owned)
        };
        for (identity, is) in [
            (["", "Secret", "a", "x"], Some("secret")),
            (["", "ConfigMap", "a", "x"], Some("first")),
            (["", "ConfigMap", "b", "x"], Some("second")),
            (["acme.io", "ConfigMap", "a", "x"], Some("grouped")),
            (["", "ConfigMap", "", "x"], Some("unnamed")),
            (["", "ConfigMap", "a", "y"], None),
            (["", "ConfigMap", "c", "x"], None),
        ] {
            assert_eq!(found(identity).as_deref(), is, "{identity:?}");
        }
    });
}

#[test]
fn of_several_objects_of_one_former_name_the_referrer_s_own_is_meant() {
    let object = |kind: &str, prefix: &str| {
        format!(
            "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {prefix}cfg\n  annotations:\n    internal.config.kubernetes.io/prefixes: {prefix}\n    internal.config.kubernetes.io/previousKinds: {kind}\n    internal.config.kubernetes.io/previousNames: cfg\n    internal.config.kubernetes.io/previousNamespaces: default\n"
        )
    };
    let text = [
        object("ConfigMap", "a-"),
        object("ConfigMap", "b-"),
        object("Pod", "b-"),
    ]
    .join("---\n");
    with(&text, |resources| {
        let pod = resources
            .all()
            .find(|object| object.kind() == "Pod")
            .unwrap();
        assert_eq!(
            resources
                .referent(pod, "", "ConfigMap", "cfg")
                .unwrap()
                .name(),
            "b-cfg"
        );
    });
}

#[test]
fn services_select_pods_of_their_namespace_by_all_their_labels() {
    let service = |name: &str, namespace: &str, selector: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{selector: {selector}, ports: [{{port: 80, targetPort: http}}]}}}}\n"
        )
    };
    let text = [
        service("both", "shop", "{app: web, tier: front}"),
        service("one", "shop", "{tier: front}"),
        service("other-label", "shop", "{app: api}"),
        service("elsewhere", "data", "{app: web}"),
        service("none", "shop", "{}"),
        "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop, labels: {app: web, tier: front}}, spec: {}}\n".to_owned(),
    ]
    .join("---\n");
    with(&text, |resources| {
        let pod = resources.pods().next().unwrap();
        let names: Vec<_> = pod
            .services()
            .iter()
            .map(|service| service.resource.name().to_owned())
            .collect();
        assert_eq!(names, ["both", "one"]);
        let ports: Vec<_> = pod.services()[0]
            .ports()
            .map(|port| port.target.into_owned())
            .collect();
        assert_eq!(ports, ["http"]);
    });
}

#[test]
fn objects_for_tools_and_objects_of_controllers_are_told_apart() {
    let text = "apiVersion: kpt.dev/v1\nkind: Kptfile\n---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {annotations: {config.kubernetes.io/local-config: \"true\"}}\n---\napiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\n---\napiVersion: v1\nkind: Pod\nmetadata: {ownerReferences: [{controller: true}]}\n";
    with(text, |resources| {
        let told: Vec<_> = resources
            .all()
            .map(|object| (object.is_local(), object.is_owned()))
            .collect();
        assert_eq!(
            told,
            [
                (true, false),
                (true, false),
                (true, false),
                (true, false),
                (false, true)
            ]
        );
    });
}

#[test]
fn injected_containers_are_known_by_their_names() {
    for name in [
        "istio-proxy",
        "linkerd-init",
        "vault-agent",
        "daprd",
        "csql-shop-web",
        "datadog-lib-java-init",
    ] {
        assert!(plimsoll_kube::is_injected(name), "{name}");
    }
    for name in ["app", "envoy", "istio-proxy-2", "datadog-lib-init", "csql"] {
        assert!(!plimsoll_kube::is_injected(name), "{name}");
    }
}

#[test]
fn a_user_s_kind_is_a_workload_like_any_other() {
    let kind: Vec<PodKind> = {
        let stream = stream(
            "- {group: acme.io, kind: AppSet, podTemplatePaths: [\"spec.workloads[*].template\"], runsToCompletion: true}\n",
        );
        yaml::read(stream.documents().next().unwrap().root().unwrap(), &[]).unwrap()
    };
    let stream = stream(
        "{apiVersion: acme.io/v1, kind: AppSet, metadata: {name: s}, spec: {workloads: [{template: {spec: {}}}, {template: {spec: {}}}]}}",
    );
    let resources = resources(&stream, &Kinds::with(kind));
    let pods: Vec<_> = resources.pods().collect();
    assert_eq!(pods.len(), 2);
    assert!(pods.iter().all(|pod| pod.runs_to_completion()));
}
