//! The nodes of the service graph: workloads, what they listen on, and by which names they are called.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use plimsoll_kube::{ContainerTarget, Graph, Kinds, Resources, ServiceNode, Workload};

fn with<T>(text: &str, see: impl FnOnce(&Graph<'_>) -> T) -> T {
    with_namespace(text, "", see)
}

fn with_namespace<T>(text: &str, namespace: &str, see: impl FnOnce(&Graph<'_>) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), namespace);
    see(&Graph::new(&resources, "cluster.local"))
}

/// A Deployment in namespace shop whose pods have `labels` and the rest of the spec.
fn deployment(name: &str, labels: &str, spec: &str) -> String {
    format!(
        "---\n\
         apiVersion: apps/v1\n\
         kind: Deployment\n\
         metadata: {{name: {name}, namespace: shop}}\n\
         spec: {{template: {{metadata: {{labels: {labels}}}, spec: {spec}}}}}\n"
    )
}

fn service(name: &str, spec: &str) -> String {
    format!(
        "---\n\
         apiVersion: v1\n\
         kind: Service\n\
         metadata: {{name: {name}, namespace: shop}}\n\
         spec: {spec}\n"
    )
}

fn name_of(node: Option<&ServiceNode<'_>>) -> Option<String> {
    node.map(|node| format!("{}/{}", node.namespace, node.name()))
}

fn owners(graph: &Graph<'_>) -> Vec<String> {
    let owners = graph.workloads().iter();
    owners
        .map(|workload| format!("{}/{}", workload.owner.kind(), workload.name()))
        .collect()
}

#[test]
fn workloads_are_the_templates_that_reach_a_cluster_in_the_order_of_the_input() {
    let text = "apiVersion: batch/v1\n\
                kind: CronJob\n\
                metadata: {name: nightly}\n\
                spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}\n\
                ---\n\
                apiVersion: v1\n\
                kind: PodTemplate\n\
                metadata: {name: pattern}\n\
                template: {spec: {containers: []}}\n\
                ---\n\
                apiVersion: apps/v1\n\
                kind: Deployment\n\
                metadata: {name: local, annotations: {config.kubernetes.io/local-config: 'true'}}\n\
                spec: {template: {spec: {containers: []}}}\n\
                ---\n\
                apiVersion: argoproj.io/v1alpha1\n\
                kind: Rollout\n\
                metadata: {name: web}\n\
                spec: {template: {spec: {containers: []}}}\n\
                ---\n\
                apiVersion: serving.knative.dev/v1\n\
                kind: Service\n\
                metadata: {name: hello}\n\
                spec: {template: {spec: {containers: []}}}\n";
    with(text, |graph| {
        assert_eq!(
            owners(graph),
            ["CronJob/nightly", "Rollout/web", "Service/hello"]
        );
        for (position, workload) in graph.workloads().iter().enumerate() {
            assert_eq!(workload.number, position);
            assert_eq!(
                graph.workload_of(workload.pod).unwrap().number,
                position,
                "a pod finds its workload"
            );
        }
        assert_eq!(graph.services().len(), 0, "knative's Service is a workload");
    });
}

#[test]
fn a_rollout_that_refers_to_a_deployment_is_one_workload() {
    let text = format!(
        "{}---\n\
         apiVersion: argoproj.io/v1alpha1\n\
         kind: Rollout\n\
         metadata: {{name: web, namespace: shop}}\n\
         spec: {{workloadRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}\n",
        deployment("web", "{app: web}", "{containers: []}")
    );
    assert_eq!(with(&text, owners), ["Deployment/web"]);
}

#[test]
fn the_account_is_the_newer_field_then_the_older_then_default() {
    let table = [
        (
            "{serviceAccountName: new, serviceAccount: old, containers: []}",
            "new",
        ),
        ("{serviceAccount: old, containers: []}", "old"),
        (
            "{serviceAccountName: '', serviceAccount: old, containers: []}",
            "old",
        ),
        ("{serviceAccountName: null, containers: []}", "default"),
        ("{containers: []}", "default"),
    ];
    for (spec, expected) in table {
        with(&deployment("web", "{}", spec), |graph| {
            assert_eq!(graph.workloads()[0].account, expected, "{spec}");
        });
    }
}

#[test]
fn an_object_without_a_namespace_belongs_to_the_default_one() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: []}\n";
    with_namespace(text, "shop", |graph| {
        assert_eq!(graph.workloads()[0].namespace, "shop");
        assert!(graph.workload_named("shop", "one").is_some());
    });
}

#[test]
fn stable_labels_are_those_of_the_selector_or_all_that_no_version_changes() {
    let table = [
        (
            "{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, version: v1, tier: front}}, spec: {containers: []}}}",
            vec!["app=web"],
        ),
        (
            "{selector: {matchLabels: {app: web, gone: x}}, template: {metadata: {labels: {app: web}}, spec: {containers: []}}}",
            vec!["app=web"],
        ),
        // The selector has nothing in common with the pods: the API server would refuse it.
        (
            "{selector: {matchLabels: {app: other}}, template: {metadata: {labels: {app: web}}, spec: {containers: []}}}",
            vec!["app=web"],
        ),
        (
            "{template: {metadata: {labels: {app: web, version: v1, pod-template-hash: a, controller-revision-hash: b, rollouts-pod-template-hash: c, tier: front}}, spec: {containers: []}}}",
            vec!["app=web", "tier=front"],
        ),
        // A plain map, as a DeploymentConfig has it.
        (
            "{selector: {app: web}, template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: []}}}",
            vec!["app=web"],
        ),
        ("{template: {spec: {containers: []}}}", vec![]),
    ];
    for (spec, expected) in table {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {spec}\n"
        );
        let labels = with(&text, |graph| graph.workloads()[0].stable_labels());
        let labels: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(labels, expected, "{spec}");
    }
}

#[test]
fn an_operator_s_object_lends_its_pods_no_labels() {
    let text = format!(
        "apiVersion: monitoring.coreos.com/v1\n\
         kind: Prometheus\n\
         metadata: {{name: k8s, namespace: shop, labels: {{app: prometheus}}}}\n\
         spec: {{serviceAccountName: prometheus-k8s}}\n\
         {}",
        service("prometheus", "{selector: {app: prometheus}}")
    );
    with(&text, |graph| {
        assert_eq!(graph.workloads()[0].account, "prometheus-k8s");
        assert!(graph.workloads()[0].stable_labels().is_empty());
        assert!(graph.services()[0].workloads.is_empty());
    });
}

#[test]
fn host_network_is_only_what_is_true() {
    for (spec, expected) in [
        ("{hostNetwork: true, containers: []}", true),
        ("{hostNetwork: false, containers: []}", false),
        ("{containers: []}", false),
    ] {
        let found = with(&deployment("web", "{}", spec), |graph| {
            graph.workloads()[0].is_host_network()
        });
        assert_eq!(found, expected, "{spec}");
    }
}

const TWO_CONTAINERS: &str = "{initContainers: [\
    {name: setup, ports: [{name: setup, containerPort: 1}]}, \
    {name: sidecar, restartPolicy: Always, ports: [{name: side, containerPort: 2}]}], \
    containers: [\
    {name: a, ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9000}, {name: dns, containerPort: 53, protocol: UDP}]}, \
    {name: b, ports: [{name: http, containerPort: 8081}, {name: admin, containerPort: 9000}, {name: dns, containerPort: 5353}, {name: odd, containerPort: 70000}]}]}";

#[test]
fn a_target_is_a_number_or_the_name_of_one_port() {
    use ContainerTarget::{Ambiguous, Number, Unknown};
    let table = [
        ("8080", Number(8080)),
        ("7777", Number(7777)),
        ("admin", Number(9000)),
        ("http", Ambiguous),
        ("dns", Ambiguous),
        ("side", Number(2)),
        // Containers that end serve nobody.
        ("setup", Unknown),
        ("nothing", Unknown),
        ("odd", Unknown),
        ("", Unknown),
        ("0", Unknown),
        ("70000", Unknown),
    ];
    with(&deployment("web", "{}", TWO_CONTAINERS), |graph| {
        let workload = &graph.workloads()[0];
        for (target, expected) in table {
            assert_eq!(workload.container_port(target), expected, "{target}");
        }
        assert_eq!(
            workload.container_port_of("dns", Some("UDP")),
            Number(53),
            "the protocol tells them apart"
        );
        assert_eq!(workload.ports().count(), 8);
    });
}

#[test]
fn a_service_leads_to_the_container_ports_of_each_workload() {
    let text = [
        deployment(
            "v1",
            "{app: web, version: v1}",
            "{containers: [{name: a, ports: [{name: http, containerPort: 8080}]}]}",
        ),
        deployment(
            "v2",
            "{app: web, version: v2}",
            "{containers: [{name: a, ports: [{name: http, containerPort: 9090}]}]}",
        ),
        deployment("other", "{app: other}", "{containers: []}"),
        service(
            "web",
            "{selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, appProtocol: http2}, {name: raw, port: 81}, {name: gone, port: 82, targetPort: gone}, {name: udp, port: 83, targetPort: http, protocol: UDP}]}",
        ),
    ]
    .concat();
    with(&text, |graph| {
        let node = graph.service("shop", "web").unwrap();
        assert_eq!(node.workloads, [0, 1]);
        let ports: Vec<_> = node
            .ports
            .iter()
            .map(|port| (&*port.name, port.number, port.targets.clone()))
            .collect();
        assert_eq!(
            ports,
            [
                ("http", Some(80), vec![(0, Some(8080)), (1, Some(9090))]),
                ("raw", Some(81), vec![(0, Some(81)), (1, Some(81))]),
                ("gone", Some(82), vec![(0, None), (1, None)]),
                ("udp", Some(83), vec![(0, None), (1, None)]),
            ]
        );
        assert_eq!(node.ports[0].app_protocol.as_deref(), Some("http2"));
        assert_eq!(node.port("raw").unwrap().index, 1);
        assert_eq!(node.port("80").unwrap().index, 0);
        assert!(
            node.port("8080").is_none(),
            "a container port is none of the Service's"
        );
    });
}

#[test]
fn services_without_pods_of_their_own_say_so() {
    let text = [
        deployment("web", "{app: web}", "{containers: []}"),
        service("headless", "{clusterIP: None, selector: {app: web}}"),
        service("manual", "{ports: [{port: 80}]}"),
        service(
            "elsewhere",
            "{type: ExternalName, externalName: db.example.com, selector: {app: web}}",
        ),
    ]
    .concat();
    let facts = |node: &ServiceNode<'_>| {
        (
            node.is_headless(),
            node.has_selector(),
            node.is_external_name(),
            node.workloads.len(),
        )
    };
    with(&text, |graph| {
        let facts: Vec<_> = graph.services().iter().map(facts).collect();
        assert_eq!(
            facts,
            [
                (true, true, false, 1),
                (false, false, false, 0),
                (false, true, true, 0),
            ]
        );
        let host = graph.services()[2].service.external_name();
        assert_eq!(host.as_deref(), Some("db.example.com"));
    });
}

#[test]
fn a_label_that_all_services_ask_for_hides_none_of_them() {
    let mut text = String::new();
    for name in ["a", "b", "c"] {
        text += &deployment(
            name,
            &format!("{{release: r, app: {name}}}"),
            "{containers: []}",
        );
        text += &service(name, &format!("{{selector: {{release: r, app: {name}}}}}"));
    }
    text += &service("all", "{selector: {release: r}}");
    with(&text, |graph| {
        let found: Vec<_> = graph
            .services()
            .iter()
            .map(|node| node.workloads.clone())
            .collect();
        assert_eq!(found, [vec![0], vec![1], vec![2], vec![0, 1, 2]]);
    });
}

#[test]
fn hosts_mean_services_as_the_dns_of_a_pod_does() {
    let text = service("product", "{}")
        + "---\napiVersion: v1\nkind: Service\nmetadata: {name: product, namespace: ops}\n";
    let shop = Some("shop/product");
    let table = [
        ("shop", "product", shop),
        ("ops", "product", Some("ops/product")),
        ("web", "product", None),
        ("web", "product.shop", shop),
        ("web", "product.shop.svc", shop),
        ("web", "product.shop.svc.cluster.local", shop),
        ("web", "product.shop.svc.cluster.local.", shop),
        ("web", "Product.Shop.SVC.Cluster.Local", shop),
        // A dot at the end turns the search list off.
        ("shop", "product.", None),
        ("web", "product.shop.svc.", None),
        ("web", "product.shop.cluster.local", None),
        ("web", "product.shop.svc.other.domain", None),
        ("web", "product.shop.pod", None),
        ("web", "pod-0.product.shop.svc.cluster.local", None),
        ("web", "*.shop.svc.cluster.local", None),
        ("shop", "*", None),
        ("shop", "", None),
        ("shop", ".", None),
        ("shop", "svc.cluster.local", None),
        ("shop", ".svc.cluster.local", None),
    ];
    with(&text, |graph| {
        for (from, host, expected) in table {
            let found = name_of(graph.host(from, host));
            assert_eq!(found.as_deref(), expected, "{host} from {from}");
        }
    });
}

#[test]
fn the_domain_of_the_cluster_may_be_another_one() {
    let text = service("product", "{}");
    let stream = yaml::parse(text).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
    let graph = Graph::new(&resources, "k8s.Example.org.");
    assert!(
        graph
            .host("a", "product.shop.svc.k8s.example.org")
            .is_some()
    );
    assert!(graph.host("a", "product.shop.svc.cluster.local").is_none());
}

/// A Service as kustomize hands it to a transformer after renaming it.
fn renamed(name: &str, former: &str, prefixes: &str) -> String {
    format!(
        "---\n\
         apiVersion: v1\n\
         kind: Service\n\
         metadata:\n  name: {name}\n  namespace: shop\n  annotations:\n\
         \x20   internal.config.kubernetes.io/previousKinds: Service\n\
         \x20   internal.config.kubernetes.io/previousNamespaces: default\n\
         \x20   internal.config.kubernetes.io/previousNames: {former}\n\
         \x20   internal.config.kubernetes.io/prefixes: {prefixes}\n"
    )
}

#[test]
fn former_names_count_until_another_object_has_the_name() {
    with(&renamed("dev-product", "product", "dev-"), |graph| {
        let found = |namespace, name| name_of(graph.service(namespace, name));
        let expected = Some("shop/dev-product".to_owned());
        assert_eq!(found("shop", "dev-product"), expected);
        assert_eq!(found("shop", "product"), expected);
        assert_eq!(found("default", "product"), expected, "where it was before");
        assert_eq!(found("default", "dev-product"), None, "never there");
        assert_eq!(name_of(graph.host("shop", "product")), expected);
    });
    let text = renamed("dev-product", "product", "dev-") + &service("product", "{}");
    with(&text, |graph| {
        let found = name_of(graph.service("shop", "product"));
        assert_eq!(found.as_deref(), Some("shop/product"));
    });
}

#[test]
fn of_several_that_had_a_name_the_one_from_the_same_overlay_is_meant() {
    let text = renamed("a-product", "product", "a-") + &renamed("b-product", "product", "b-");
    with(&text, |graph| {
        assert_eq!(name_of(graph.service("shop", "product")), None, "a guess");
        let from = graph.services()[1].service.resource;
        let found = name_of(graph.service_for(from, "shop", "product"));
        assert_eq!(found.as_deref(), Some("shop/b-product"));
    });
}

#[test]
fn workloads_are_found_by_their_owner_s_name_and_namespace() {
    let text = deployment("web", "{}", "{containers: []}")
        + "---\n\
           apiVersion: leaderworkerset.x-k8s.io/v1\n\
           kind: LeaderWorkerSet\n\
           metadata: {name: llm, namespace: shop}\n\
           spec: {leaderWorkerTemplate: {leaderTemplate: {spec: {containers: []}}, workerTemplate: {spec: {containers: []}}}}\n";
    with(&text, |graph| {
        let number = |namespace, name| {
            graph
                .workload_named(namespace, name)
                .map(|workload: &Workload<'_>| workload.number)
        };
        assert_eq!(number("shop", "web"), Some(0));
        assert_eq!(number("shop", "llm"), Some(1), "the first of two templates");
        assert_eq!(graph.workloads().len(), 3);
        assert_eq!(number("ops", "web"), None);
    });
}

#[test]
fn a_name_that_a_deployment_and_a_cron_job_share_means_neither() {
    let cron_job = "---\n\
                    apiVersion: batch/v1\n\
                    kind: CronJob\n\
                    metadata: {name: web, namespace: shop}\n\
                    spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}\n";
    let text = deployment("web", "{}", "{containers: []}") + cron_job;
    with(&text, |graph| {
        assert!(graph.workload_named("shop", "web").is_none());
        let all = graph.workloads_named(None, "shop", "web");
        let all: Vec<_> = all.map(|workload| workload.owner.kind()).collect();
        assert_eq!(all, ["Deployment", "CronJob"]);
    });
    let twice = deployment("web", "{}", "{containers: []}").repeat(2);
    with(&twice, |graph| {
        let found = graph
            .workload_named("shop", "web")
            .map(|found| found.number);
        assert_eq!(found, Some(0), "one object that the input has twice");
    });
}

#[test]
fn a_service_that_the_input_has_twice_is_the_first() {
    with(&service("web", "{}").repeat(2), |graph| {
        let node = graph.service("shop", "web").unwrap();
        assert_eq!(node.service.resource.number, 0);
    });
}
