//! Who calls whom: what topologies, annotations, objects and texts say.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use plimsoll_kube::{
    Edge, EdgeMistakeKind, EdgeOptions, Edges, GatewayIdentity, Graph, Kinds, Peer, Ports,
    Resources,
};

fn with<T>(text: &str, options: EdgeOptions<'_>, see: impl FnOnce(&Graph<'_>, &Edges) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
    let graph = Graph::new(&resources, "cluster.local");
    let edges = graph.edges(options);
    for edge in &edges.edges {
        let is_sorted = edge.evidence.is_sorted();
        assert!(is_sorted && !edge.evidence.is_empty(), "{edge:?}");
    }
    see(&graph, &edges)
}

/// `from -> to ports`, with what requests; without evidence.
fn show(graph: &Graph<'_>, edge: &Edge) -> String {
    let from = match &edge.from {
        Peer::Workload(number) => graph.workload(*number).unwrap().name().to_owned(),
        Peer::Namespace(name) => format!("ns:{name}"),
        Peer::Account { namespace, name } => format!("sa:{namespace}/{name}"),
        Peer::Gateway { namespace, name } => format!("gateway:{namespace}/{name}"),
        Peer::Scraper => "scraper".to_owned(),
        Peer::Outside => "outside".to_owned(),
    };
    let ports = match &edge.ports {
        Ports::All => "all".to_owned(),
        Ports::Some(ports) => {
            let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
            ports.join(",")
        }
    };
    let http = edge.http.iter();
    let http: Vec<_> = http
        .map(|http| format!(" {}{}", http.methods.join(","), http.paths.join(",")))
        .collect();
    let http = http.concat();
    let to = graph.workload(edge.to).unwrap().name();
    format!("{from} -> {to} {ports}{http}")
}

fn shown(text: &str, options: EdgeOptions<'_>) -> Vec<String> {
    with(text, options, |graph, edges| {
        edges.edges.iter().map(|edge| show(graph, edge)).collect()
    })
}

const STATED: EdgeOptions<'_> = EdgeOptions {
    inference: false,
    gateways: &[],
};
const ALL: EdgeOptions<'_> = EdgeOptions {
    inference: true,
    gateways: &[],
};

fn stated(text: &str) -> Vec<String> {
    shown(text, STATED)
}

fn mistakes(text: &str) -> Vec<String> {
    with(text, STATED, |_, edges| {
        let mistakes = edges.mistakes.iter();
        mistakes
            .map(|mistake| {
                let kind = match mistake.kind {
                    EdgeMistakeKind::Broken => "broken",
                    EdgeMistakeKind::Unknown => "unknown",
                };
                format!("{kind} {}: {}", mistake.place.path, mistake.message)
            })
            .collect()
    })
}

fn evidence(text: &str) -> Vec<String> {
    with(text, ALL, |_, edges| {
        let all = edges.edges.iter().flat_map(|edge| &edge.evidence);
        all.map(|evidence| {
            let place = evidence.place.as_ref().unwrap();
            format!("{:?} {} @ {}", evidence.strength, evidence.text, place.path)
        })
        .collect()
    })
}

/// A Deployment in a namespace, whose pods have a label with its name, further metadata and this spec.
fn pods(namespace: &str, name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\n\
         apiVersion: apps/v1\n\
         kind: Deployment\n\
         metadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{template: {{metadata: {{labels: {{app: {name}}}{metadata}}}, spec: {spec}}}}}\n"
    )
}

fn deployment(name: &str) -> String {
    pods(
        "shop",
        name,
        "",
        "{containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]}",
    )
}

fn annotated(name: &str, annotations: &str) -> String {
    let metadata = format!(", annotations: {annotations}");
    pods(
        "shop",
        name,
        &metadata,
        "{containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]}",
    )
}

fn service_in(namespace: &str, name: &str, rest: &str) -> String {
    format!(
        "---\n\
         apiVersion: v1\n\
         kind: Service\n\
         metadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{selector: {{app: {name}}}{rest}}}\n"
    )
}

/// A Service with port 80, called `web`, in front of port 8080 of the Deployment of its name.
fn service(name: &str) -> String {
    service_in(
        "shop",
        name,
        ", ports: [{name: web, port: 80, targetPort: http}]",
    )
}

fn object(api_version: &str, kind: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\n{rest}\n"
    )
}

fn topology(edges: &str) -> String {
    format!(
        "---\n\
         apiVersion: topology.plimsoll.dev/v1alpha1\n\
         kind: ServiceTopology\n\
         metadata: {{name: shop, namespace: shop, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n\
         spec: {{edges: {edges}}}\n"
    )
}

/// The workloads order, product and report (the last in namespace ops) with Services in front of the former two.
fn shop() -> String {
    let report = pods("ops", "report", "", "{containers: [{name: app}]}");
    [
        deployment("order"),
        deployment("product"),
        service("order"),
        service("product"),
        report,
    ]
    .concat()
}

fn inferred(environment: &str) -> Vec<String> {
    let spec = format!("{{containers: [{{name: app, env: {environment}}}]}}");
    shown(&(shop() + &pods("shop", "caller", "", &spec)), ALL)
}

// ServiceTopology

#[test]
fn a_topology_states_who_calls_whom_at_which_ports_for_what() {
    let edges = "[{from: order, to: product, ports: [web], http: {methods: [POST, GET], paths: [/v1/*]}}, \
                 {from: ops/report, to: shop/product}, {from: product, to: order, ports: [80]}]";
    assert_eq!(
        stated(&(shop() + &topology(edges))),
        [
            "order -> product 8080 GET,POST/v1/*",
            "product -> order 8080",
            "report -> product all"
        ]
    );
}

#[test]
fn a_topology_may_name_container_ports_and_callers_that_are_no_workloads() {
    let edges = "[{from: \"ns:reporting\", to: product, ports: [http]}, \
                 {from: \"gateway:edge/gw\", to: product, ports: [9090]}, {from: \"sa:ops/backup\", to: order}]";
    assert_eq!(
        stated(&(shop() + &topology(edges))),
        [
            "ns:reporting -> product 8080",
            "sa:ops/backup -> order all",
            "gateway:edge/gw -> product 9090"
        ]
    );
}

#[test]
fn every_mistake_of_a_topology_is_told_with_its_place() {
    let edges = "[{from: Order, to: product}, {from: order, to: \"a b\"}, {from: order}, \
                 {from: order, to: product, port: 80}, {from: order, to: product, ports: [0]}, \
                 {from: order, to: product, http: {}}, {from: order, to: product, http: {methods: [get]}}, \
                 {from: order, to: product, http: {paths: [v1]}}, {from: order, to: product, http: {paths: [/a*b]}}]";
    let told = mistakes(&(shop() + &topology(edges)));
    let places: Vec<_> = told
        .iter()
        .map(|text| text.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "broken spec.edges[0].from",
            "broken spec.edges[1].to",
            "broken spec.edges[2]",
            "broken spec.edges[3].port",
            "broken spec.edges[4].ports[0]",
            "broken spec.edges[5].http",
            "broken spec.edges[6].http",
            "broken spec.edges[7].http",
            "broken spec.edges[8].http",
        ],
        "{told:#?}"
    );
    assert_eq!(
        told.first().unwrap(),
        "broken spec.edges[0].from: \"Order\" is no caller; write `name`, `namespace/name`, `ns:namespace`, \
         `sa:namespace/account` or `gateway:namespace/account`"
    );
}

#[test]
fn what_a_topology_names_but_the_input_lacks_may_be_right_all_the_same() {
    let edges = "[{from: basket, to: product}, {from: order, to: stock}, {from: order, to: product, ports: [admin]}]";
    assert_eq!(
        mistakes(&(shop() + &topology(edges))),
        [
            "unknown spec.edges[0].from: the input has no workload or Service \"basket\" in namespace \"shop\"; \
             if it is in another one, write `namespace/basket`",
            "unknown spec.edges[1].to: the input has no workload or Service \"stock\" in namespace \"shop\"; \
             if it is in another one, write `namespace/stock`",
            "unknown spec.edges[2].ports[0]: no Service in front of the callee and none of its containers has a \
             port \"admin\"; write the name or the number of one",
        ]
    );
}

#[test]
fn a_topology_that_would_reach_a_cluster_or_is_of_another_version_is_a_mistake() {
    let right = topology("[{from: order, to: product}]");
    let reaches = right.replace("\"true\"", "\"false\"");
    let told = mistakes(&(shop() + &reaches));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told.first()
            .unwrap()
            .contains("a cluster doesn't know this kind"),
        "{told:?}"
    );
    assert_eq!(stated(&(shop() + &reaches)), ["order -> product all"]);
    for (from, to) in [
        ("v1alpha1", "v1"),
        ("kind: ServiceTopology", "kind: Topology"),
    ] {
        let wrong = right.replace(from, to);
        assert_eq!(mistakes(&(shop() + &wrong)).len(), 1, "{to}");
        assert!(stated(&(shop() + &wrong)).is_empty(), "{to}");
    }
}

// Annotations

#[test]
fn a_caller_names_its_callees() {
    let caller = annotated(
        "caller",
        "{plimsoll.dev/calls: \"product.shop:80, order,https://api.stripe.com,smtp.example.com:587\"}",
    );
    with(&(shop() + &caller), STATED, |graph, edges| {
        let shown: Vec<_> = edges.edges.iter().map(|edge| show(graph, edge)).collect();
        assert_eq!(shown, ["caller -> order 8080", "caller -> product 8080"]);
        let outgoing: Vec<_> = edges.outgoing.values().flatten().collect();
        assert_eq!(outgoing, ["api.stripe.com", "smtp.example.com"]);
        assert!(edges.mistakes.is_empty(), "{:?}", edges.mistakes);
    });
}

#[test]
fn a_callee_names_its_callers() {
    let callee = annotated(
        "callee",
        "{plimsoll.dev/allow-from: \"order,ops/report,ns:reporting,sa:ops/backup,gateway:istio-ingress/gw\"}",
    );
    assert_eq!(
        stated(&(shop() + &callee)),
        [
            "order -> callee all",
            "report -> callee all",
            "ns:reporting -> callee all",
            "sa:ops/backup -> callee all",
            "gateway:istio-ingress/gw -> callee all",
        ]
    );
}

#[test]
fn annotations_count_on_the_owner_too() {
    let owner = deployment("owner").replace(
        "{name: owner,",
        "{name: owner, annotations: {plimsoll.dev/calls: order},",
    );
    assert_eq!(stated(&(shop() + &owner)), ["owner -> order 8080"]);
}

#[test]
fn broken_annotations_are_told() {
    let place = "spec.template.metadata.annotations";
    let table = [
        ("plimsoll.dev/calls", "", "broken"),
        ("plimsoll.dev/calls", "order,", "broken"),
        ("plimsoll.dev/calls", "none,order", "broken"),
        ("plimsoll.dev/calls", "shop/order", "broken"),
        ("plimsoll.dev/calls", "kafka:9092", "unknown"),
        ("plimsoll.dev/calls", "order:8081", "unknown"),
        ("plimsoll.dev/calls", "vault.vault", "unknown"),
        ("plimsoll.dev/allow-from", "order;product", "broken"),
        ("plimsoll.dev/allow-from", "user:order", "broken"),
        ("plimsoll.dev/allow-from", "basket", "unknown"),
    ];
    for (key, value, kind) in table {
        let caller = annotated("caller", &format!("{{{key}: \"{value}\"}}"));
        let told = mistakes(&(shop() + &caller));
        let start = format!("{kind} {place}[\"{key}\"]: ");
        assert!(
            matches!(&*told, [one] if one.starts_with(&start)),
            "{value}: {told:?}"
        );
    }
}

#[test]
fn annotations_on_what_is_no_workload_are_told() {
    let misplaced = service("caller").replace(
        "{name: caller,",
        "{name: caller, annotations: {plimsoll.dev/allow-from: order},",
    );
    assert_eq!(
        mistakes(&(shop() + &misplaced)),
        [
            "broken metadata.annotations[\"plimsoll.dev/allow-from\"]: `plimsoll.dev/allow-from` says nothing on a \
          Service; put it on the workload"
        ]
    );
}

#[test]
fn who_states_to_call_nobody_is_not_suspected() {
    let spec = "{containers: [{name: app, env: [{name: X, value: \"http://order\"}]}]}";
    let metadata = ", annotations: {plimsoll.dev/calls: none}";
    assert!(shown(&(shop() + &pods("shop", "caller", metadata, spec)), ALL).is_empty());
    assert_eq!(
        shown(&(shop() + &pods("shop", "caller", "", spec)), ALL),
        ["caller -> order 8080"]
    );
}

// Objects

fn known() -> Vec<GatewayIdentity> {
    let labels = BTreeMap::from([("istio".to_owned(), "ingressgateway".to_owned())]);
    vec![GatewayIdentity {
        namespace: "istio-ingress".to_owned(),
        account: "ingress".to_owned(),
        labels,
    }]
}

fn with_gateways(text: &str) -> Vec<String> {
    let gateways = known();
    let options = EdgeOptions {
        inference: false,
        gateways: &gateways,
    };
    shown(text, options)
}

#[test]
fn an_ingress_comes_from_outside_unless_gateways_are_known() {
    let by_name = object(
        "networking.k8s.io/v1",
        "Ingress",
        "spec: {defaultBackend: {service: {name: order, port: {number: 80}}}, rules: [{http: {paths: [{backend: \
         {service: {name: product, port: {name: web}}}}]}}]}",
    );
    let text = shop() + &by_name;
    assert_eq!(
        stated(&text),
        ["outside -> order 8080", "outside -> product 8080"]
    );
    assert_eq!(
        with_gateways(&text),
        [
            "gateway:istio-ingress/ingress -> order 8080",
            "gateway:istio-ingress/ingress -> product 8080"
        ]
    );
    let of = |class: &str| {
        text.replace(
            "spec: {default",
            &format!("spec: {{ingressClassName: {class}, default"),
        )
    };
    assert_eq!(
        with_gateways(&of("nginx")),
        stated(&text),
        "somebody else serves that class"
    );
    assert_eq!(with_gateways(&of("istio")), with_gateways(&text));
}

#[test]
fn an_ingress_of_old_counts() {
    let old = object(
        "extensions/v1beta1",
        "Ingress",
        "spec: {rules: [{http: {paths: [{backend: {serviceName: order, servicePort: web}}]}}]}",
    );
    assert_eq!(stated(&(shop() + &old)), ["outside -> order 8080"]);
}

fn http_route(parent: &str) -> String {
    object(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        &format!(
            "spec: {{parentRefs: [{parent}], rules: [{{backendRefs: [{{name: order, port: 80, weight: 0}}], filters: \
             [{{type: RequestMirror, requestMirror: {{backendRef: {{name: product, port: 80}}}}}}]}}]}}"
        ),
    )
}

fn gateway(class: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: infra}}\n\
         spec: {{gatewayClassName: {class}{rest}}}\n"
    )
}

#[test]
fn a_route_comes_from_the_proxies_that_istio_makes_for_its_gateway() {
    let route = shop() + &http_route("{name: edge, namespace: infra}");
    assert_eq!(
        stated(&(route.clone() + &gateway("istio", ""))),
        [
            "gateway:infra/edge-istio -> order 8080",
            "gateway:infra/edge-istio -> product 8080"
        ]
    );
    assert_eq!(
        stated(&(route.clone() + &gateway("other", ""))),
        ["outside -> order 8080", "outside -> product 8080"]
    );
    let named = gateway("istio", "").replace(
        "namespace: infra}",
        "namespace: infra, annotations: {gateway.istio.io/service-account: door}}",
    );
    assert_eq!(
        stated(&(route.clone() + &named)),
        [
            "gateway:infra/door -> order 8080",
            "gateway:infra/door -> product 8080"
        ]
    );
    let class = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: other}\n\
                 spec: {controllerName: istio.io/gateway-controller}\n";
    assert_eq!(
        stated(&(route + &gateway("other", "") + class)),
        [
            "gateway:infra/edge-other -> order 8080",
            "gateway:infra/edge-other -> product 8080"
        ]
    );
}

#[test]
fn a_gateway_with_the_host_of_a_service_is_served_by_its_workloads() {
    let route = http_route("{name: edge, namespace: infra}");
    let proxies = pods(
        "infra",
        "proxy",
        "",
        "{serviceAccountName: door, containers: []}",
    ) + &service_in("infra", "proxy", "");
    let address = ", addresses: [{type: Hostname, value: proxy.infra.svc.cluster.local}]";
    assert_eq!(
        stated(&(shop() + &route + &proxies + &gateway("istio", address))),
        [
            "gateway:infra/door -> order 8080",
            "gateway:infra/door -> product 8080"
        ]
    );
}

#[test]
fn a_gateway_that_the_input_lacks_is_one_of_those_that_are_known() {
    let route = shop() + &http_route("{name: edge, namespace: infra}");
    assert_eq!(
        stated(&route),
        ["outside -> order 8080", "outside -> product 8080"]
    );
    assert_eq!(
        with_gateways(&route),
        [
            "gateway:istio-ingress/ingress -> order 8080",
            "gateway:istio-ingress/ingress -> product 8080"
        ]
    );
}

#[test]
fn a_route_within_the_mesh_sends_calls_of_a_service_on() {
    let route = http_route("{name: stock, kind: Service, group: \"\"}");
    let stock =
        deployment("stock") + &service("stock") + &topology("[{from: ops/report, to: stock}]");
    // The topology means the workload; a host means the Service.
    let caller = annotated("caller", "{plimsoll.dev/calls: stock}");
    assert_eq!(
        stated(&(shop() + &route + &stock + &caller)),
        [
            "report -> stock all",
            "caller -> order 8080",
            "caller -> product 8080",
            "caller -> stock 8080"
        ]
    );
}

fn virtual_service(name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {rest}\n"
    )
}

fn istio_gateway(selector: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: infra}}\n\
         spec: {{selector: {selector}}}\n"
    )
}

#[test]
fn a_virtual_service_comes_from_the_pods_that_its_gateway_selects() {
    let routes = virtual_service(
        "root",
        "{hosts: [shop.example.com], gateways: [infra/edge], http: [{route: [{destination: {host: order}, weight: 0}], \
         mirror: {host: product.shop.svc.cluster.local, port: {number: 80}}}]}",
    );
    let text = shop() + &routes + &istio_gateway("{istio: ingressgateway}");
    assert_eq!(
        with_gateways(&text),
        [
            "gateway:istio-ingress/ingress -> order 8080",
            "gateway:istio-ingress/ingress -> product 8080"
        ]
    );
    assert_eq!(
        stated(&text),
        ["outside -> order 8080", "outside -> product 8080"]
    );
    let own = pods(
        "infra",
        "proxy",
        "",
        "{serviceAccountName: door, containers: []}",
    );
    assert_eq!(
        stated(&(shop() + &routes + &istio_gateway("{app: proxy}") + &own)),
        [
            "gateway:infra/door -> order 8080",
            "gateway:infra/door -> product 8080"
        ]
    );
}

#[test]
fn delegates_count_for_the_gateways_of_their_root() {
    let text = shop()
        + &virtual_service(
            "root",
            "{hosts: [a.example.com], gateways: [infra/edge], http: [{delegate: {name: part}}]}",
        )
        + &virtual_service("part", "{http: [{route: [{destination: {host: order}}]}]}")
        + &virtual_service(
            "stray",
            "{http: [{route: [{destination: {host: product}}]}]}",
        )
        + &istio_gateway("{istio: ingressgateway}");
    assert_eq!(
        with_gateways(&text),
        ["gateway:istio-ingress/ingress -> order 8080"]
    );
}

#[test]
fn a_virtual_service_of_the_mesh_sends_calls_of_its_hosts_on() {
    let routes = virtual_service(
        "root",
        "{hosts: [order], http: [{route: [{destination: {host: product}}]}]}",
    );
    let caller = annotated("caller", "{plimsoll.dev/calls: order}");
    assert_eq!(
        stated(&(shop() + &routes + &caller)),
        ["caller -> order 8080", "caller -> product 8080"]
    );
}

#[test]
fn conditions_of_a_route_narrow_its_gateways() {
    let routes = virtual_service(
        "root",
        "{hosts: [order], gateways: [mesh, infra/edge], http: [{match: [{gateways: [mesh]}], route: [{destination: \
         {host: product}}]}]}",
    );
    assert!(with_gateways(&(shop() + &routes)).is_empty());
}

/// The workload api with a port for metrics, and a Service with the label of its name in front.
fn with_metrics(namespace: &str) -> String {
    let spec = "{containers: [{name: app, ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: \
                9100}]}]}";
    let ports = ", ports: [{name: web, port: 80, targetPort: http}, {name: m, port: 81, targetPort: metrics}]";
    let service = service_in(namespace, "api", ports)
        .replace("{name: api,", "{name: api, labels: {app: api},");
    pods(namespace, "api", "", spec) + &service
}

#[test]
fn monitors_scrape_what_they_select_where_they_look() {
    let text = with_metrics("shop") + &with_metrics("ops") + &deployment("other");
    let table = [
        (
            "ServiceMonitor",
            "endpoints: [{port: m}]",
            "",
            vec!["scraper -> api 9100"],
        ),
        (
            "ServiceMonitor",
            "endpoints: [{targetPort: http}]",
            "",
            vec!["scraper -> api 8080"],
        ),
        ("ServiceMonitor", "endpoints: [{port: absent}]", "", vec![]),
        (
            "ServiceMonitor",
            "endpoints: [{port: m}]",
            ", namespaceSelector: {any: true}",
            vec!["scraper -> api 9100"; 2],
        ),
        (
            "ServiceMonitor",
            "endpoints: [{port: m}]",
            ", namespaceSelector: {matchNames: [elsewhere]}",
            vec![],
        ),
        (
            "PodMonitor",
            "podMetricsEndpoints: [{port: metrics}]",
            "",
            vec!["scraper -> api 9100"],
        ),
        (
            "PodMonitor",
            "podMetricsEndpoints: [{portNumber: 8080}]",
            "",
            vec!["scraper -> api 8080"],
        ),
        (
            "PodMonitor",
            "podMetricsEndpoints: [{port: absent}]",
            "",
            vec![],
        ),
    ];
    for (kind, endpoints, rest, expected) in table {
        let spec = format!("spec: {{selector: {{matchLabels: {{app: api}}}}, {endpoints}{rest}}}");
        let monitor = object("monitoring.coreos.com/v1", kind, &spec);
        assert_eq!(
            stated(&(text.clone() + &monitor)),
            expected,
            "{kind} {spec}"
        );
    }
}

#[test]
fn pods_and_services_ask_to_be_scraped_by_annotation() {
    let pod = |annotations: &str| stated(&annotated("api", annotations));
    assert_eq!(
        pod("{prometheus.io/scrape: \"true\", prometheus.io/port: \"9090\"}"),
        ["scraper -> api 9090"]
    );
    assert_eq!(
        pod("{prometheus.io/scrape: \"true\"}"),
        ["scraper -> api 8080"]
    );
    assert!(pod("{prometheus.io/scrape: \"false\", prometheus.io/port: \"9090\"}").is_empty());
    let service = service("order").replace(
        "{name: order,",
        "{name: order, annotations: {prometheus.io/scrape: \"true\"},",
    );
    assert_eq!(
        stated(&(deployment("order") + &service)),
        ["scraper -> order 8080"]
    );
}

#[test]
fn pods_of_a_set_call_each_other_where_a_headless_service_governs_several() {
    let set = |spec: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: kafka, namespace: shop}}\n\
             spec: {{serviceName: kafka, {spec}, template: {{metadata: {{labels: {{app: kafka}}}}, spec: {{containers: []}}}}}}\n"
        )
    };
    let headless = service_in("shop", "kafka", ", clusterIP: None");
    let peers = ["kafka -> kafka all"];
    assert_eq!(stated(&(set("replicas: 3") + &headless)), peers);
    assert_eq!(
        stated(&(set("podManagementPolicy: Parallel") + &headless)),
        peers
    );
    assert_eq!(
        stated(&set("replicas: 3")),
        peers,
        "a Service that isn't in the input may be headless"
    );
    assert!(stated(&(set("replicas: 1") + &headless)).is_empty());
    assert!(stated(&(set("replicas: 3") + &service_in("shop", "kafka", ""))).is_empty());
}

// Texts

#[test]
fn texts_give_calls_away_and_false_friends_do_not() {
    let product: &[&str] = &["caller -> product 8080"];
    let none: &[&str] = &[];
    let table: &[(&str, &str, &[&str])] = &[
        // Names in full count wherever they stand.
        ("X", "product.shop", product),
        ("X", "product.shop.svc", product),
        ("X", "product.shop.svc.cluster.local", product),
        ("X", "product.shop.svc.cluster.local.:80", product),
        ("X", "product.shop.svc.other.domain", none),
        ("X", "product.ops", none),
        // A bare name needs a port of the Service, a key that speaks of hosts, or a URL.
        ("X", "product", none),
        ("X", "product:80", product),
        ("X", "product:8080", none),
        ("PRODUCT_HOST", "product", product),
        ("product_addr", "product", product),
        ("PRODUCT_URL", "product:80", product),
        ("PRODUCT_URL", "product:81", none),
        ("X", "http://product", product),
        ("X", "http://product/v1", product),
        ("X", "http://product:81/", product),
        ("X", "http://PRODUCT/", product),
        (
            "ENDPOINTS",
            "order,product",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        (
            "BROKERS",
            "order product",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        (
            "X",
            "jdbc:pg://product:80,order:80/db",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        ("X", "amqp://user:pw@product:80/x", product),
        ("X", "user:pw@product", product),
        // False friends.
        ("LOG_LEVEL", "order", none),
        ("LOG", "order=debug,product=info", none),
        ("X", "localhost:80", none),
        ("X_URL", "http://localhost/product", none),
        ("X_URL", "http://api.example.com/product", none),
        ("VERSION", "1.2.3", none),
        ("X", "registry.example.com/product:80", none),
        ("SERVER_IMAGE", "product:1.2", none),
        ("X_URL", "/etc/product/order", none),
        ("X_URL", "http://$(PREFIX)product/", none),
        ("X_URL", "http://product-${ID}/", none),
        ("X_URL", "product_x my-product productive", none),
        ("X", "me@product", none),
    ];
    for (name, value, expected) in table {
        let environment = format!("[{{name: {name}, value: \"{value}\"}}]");
        assert_eq!(inferred(&environment), *expected, "{name}={value}");
    }
}

#[test]
fn a_bare_name_means_a_service_of_the_own_namespace() {
    let spec = "{containers: [{name: app, env: [{name: HOST, value: product}]}]}";
    assert!(shown(&(shop() + &pods("ops", "caller", "", spec)), ALL).is_empty());
}

#[test]
fn pods_of_sets_are_called_by_their_own_names() {
    let kafka = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: kafka, namespace: shop}\n\
                 spec: {template: {metadata: {labels: {app: bus}}, spec: {containers: []}}}\n";
    let bus = service_in("shop", "bus", ", clusterIP: None, ports: [{port: 9092}]");
    let table: &[(&str, &[&str])] = &[
        (
            "kafka-0.bus:9094,kafka-1.bus:9094",
            &["caller -> kafka 9094"],
        ),
        (
            "kafka-0.bus.shop.svc.cluster.local",
            &["caller -> kafka all"],
        ),
        ("bus:9092", &["caller -> kafka 9092"]),
        ("other-0.bus:9092", &[]),
        ("kafka-x.bus:9092", &[]),
    ];
    for (value, expected) in table {
        let spec =
            format!("{{containers: [{{name: app, env: [{{name: X, value: \"{value}\"}}]}}]}}");
        let text = kafka.to_owned() + &bus + &pods("shop", "caller", "", &spec);
        assert_eq!(shown(&text, ALL), *expected, "{value}");
    }
}

#[test]
fn whatever_a_workload_consumes_counts_and_nothing_else() {
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: config, namespace: shop}\n\
                  data: {PRODUCT_HOST: product, name: order, order: \"order:80\", \"app.yaml\": \"level: order\\nurl: http://order/\\n\"}\n";
    let of = |rest: &str| {
        let spec = format!("{{{rest}}}");
        shown(&(shop() + config + &pods("shop", "caller", "", &spec)), ALL)
    };
    let both = ["caller -> order 8080", "caller -> product 8080"];
    let order = ["caller -> order 8080"];
    assert!(of("containers: []").is_empty());
    assert_eq!(
        of("containers: [{name: a, envFrom: [{configMapRef: {name: config}}]}]"),
        both
    );
    assert_eq!(
        of("containers: [], volumes: [{name: v, configMap: {name: config}}]"),
        both
    );
    assert_eq!(
        of(
            "containers: [], volumes: [{name: v, configMap: {name: config, items: [{key: app.yaml, path: x}]}}]"
        ),
        order
    );
    assert_eq!(
        of(
            "containers: [], volumes: [{name: v, projected: {sources: [{configMap: {name: config}}]}}]"
        ),
        both
    );
    let named = |name: &str, key: &str| {
        of(&format!(
            "initContainers: [{{name: a, env: [{{name: {name}, valueFrom: {{configMapKeyRef: {{name: config, key: {key}}}}}}}]}}]"
        ))
    };
    assert_eq!(named("X", "PRODUCT_HOST"), ["caller -> product 8080"]);
    assert_eq!(named("X", "order"), order);
    assert!(named("X", "absent").is_empty());
    assert!(named("X", "name").is_empty());
    assert_eq!(named("ORDER_HOST", "name"), order);
    assert_eq!(
        of("containers: [{name: a, envFrom: [{prefix: HOST_, configMapRef: {name: config}}]}]"),
        both
    );
    assert_eq!(
        of("containers: [{name: a, args: [--level, order, --product-host, product]}]"),
        ["caller -> product 8080"]
    );
    assert_eq!(
        of("containers: [{name: a, args: [--product-host=product]}]"),
        ["caller -> product 8080"]
    );
    assert_eq!(
        of("containers: [{name: a, command: [sh, -c, \"curl http://order/\"]}]"),
        order
    );
    assert!(of("containers: [{name: istio-proxy, args: [\"http://order/\"]}]").is_empty());
}

#[test]
fn evidence_says_where_and_never_shows_a_value() {
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                  stringData: {url: \"http://user:hidden@order/\"}\n";
    let spec = "{containers: [{name: a, env: [{name: PRODUCT_URL, value: \"http://product\"}, {name: DB, valueFrom: \
                {secretKeyRef: {name: db, key: url}}}]}]}";
    let found = evidence(&(shop() + secret + &pods("shop", "caller", "", spec)));
    assert_eq!(
        found,
        [
            "Inferred Deployment shop/caller: env DB, Secret db, key url @ stringData.url",
            "Inferred Deployment shop/caller: env PRODUCT_URL @ \
             spec.template.spec.containers[0].env[0].value",
        ]
    );
}

#[test]
fn the_strongest_evidence_of_a_call_comes_first() {
    let spec = "{containers: [{name: a, env: [{name: U, value: \"http://product\"}]}]}";
    let metadata = ", annotations: {plimsoll.dev/calls: \"product\"}";
    let text = shop()
        + &pods("shop", "caller", metadata, spec)
        + &topology("[{from: caller, to: product, ports: [web]}]");
    let strengths: Vec<_> = evidence(&text)
        .iter()
        .map(|text| text.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(strengths, ["Topology", "Annotation", "Inferred"]);
    assert_eq!(shown(&text, ALL), ["caller -> product 8080"]);
}

fn outgoing(environment: &str, more: &str) -> Vec<String> {
    let spec = format!("{{containers: [{{name: app, env: {environment}}}]}}");
    with(
        &(shop() + more + &pods("shop", "caller", "", &spec)),
        ALL,
        |_, edges| edges.outgoing.values().flatten().cloned().collect(),
    )
}

#[test]
fn hosts_outside_of_the_cluster_are_kept_apart() {
    let table: &[(&str, &str, &[&str])] = &[
        ("X", "https://api.stripe.com/v1", &["api.stripe.com"]),
        ("X", "https://API.Stripe.com./v1", &["api.stripe.com"]),
        ("SMTP_HOST", "smtp.example.com", &["smtp.example.com"]),
        ("SMTP_HOST", "smtp.example.com:587", &["smtp.example.com"]),
        ("DB_ADDR", "10.1.2.3:5432", &["10.1.2.3"]),
        ("X", "https://github.com/x", &["github.com"]),
        (
            "X",
            "postgres://u:p@db.example.com,db2.example.com/x",
            &["db.example.com", "db2.example.com"],
        ),
        ("X", "smtp.example.com", &[]),
        (
            "X",
            "http://localhost:80 http://127.0.0.1/ http://0.0.0.0",
            &[],
        ),
        ("X_URL", "http://vault.vault:8200", &[]),
        (
            "X_URL",
            "http://vault.vault.svc:8200 http://vault.vault.svc.cluster.local",
            &[],
        ),
        ("X_URL", "http://vault/", &[]),
        ("SERVER_CONFIG", "config.yaml run.sh /etc/x.y.conf", &[]),
        ("SERVER_CLASS", "com.example.server", &[]),
        ("IMAGE", "registry.example.com/app:1.0", &[]),
    ];
    for (name, value, expected) in table {
        let environment = format!("[{{name: {name}, value: \"{value}\"}}]");
        assert_eq!(outgoing(&environment, ""), *expected, "{name}={value}");
    }
}

#[test]
fn of_a_secret_only_hosts_of_urls_come_out() {
    let of = |value: &str| {
        let secret = format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\nstringData: {{DB_HOST: \"{value}\"}}\n"
        );
        outgoing(
            "[{name: DB_HOST, valueFrom: {secretKeyRef: {name: db, key: DB_HOST}}}]",
            &secret,
        )
    };
    assert_eq!(of("postgres://u:p@db.example.com/x"), ["db.example.com"]);
    for hidden in [
        "pass.word.com",
        "postgres://pa.ss.com/wo.rd.com@host/x",
        "u:p@ss.word.com",
    ] {
        assert!(of(hidden).is_empty(), "{hidden}");
    }
}

#[test]
fn another_name_for_a_host_leads_there() {
    let inside = "---\napiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: shop}\n\
                  spec: {type: ExternalName, externalName: product.shop.svc.cluster.local}\n";
    let url = "[{name: X, value: \"http://alias\"}]";
    let spec = format!("{{containers: [{{name: app, env: {url}}}]}}");
    assert_eq!(
        shown(&(shop() + inside + &pods("shop", "caller", "", &spec)), ALL),
        ["caller -> product 8080"]
    );
    let outside = inside.replace("product.shop.svc.cluster.local", "db.example.com");
    assert_eq!(outgoing(url, &outside), ["db.example.com"]);
    let circle = inside.replace("product.shop", "alias.shop");
    assert!(outgoing(url, &circle).is_empty());
}

#[test]
fn nothing_is_inferred_where_that_is_not_asked() {
    let spec = "{containers: [{name: app, env: [{name: X, value: \"http://product http://api.stripe.com\"}]}]}";
    with(
        &(shop() + &pods("shop", "caller", "", spec)),
        STATED,
        |_, edges| {
            assert_eq!(*edges, Edges::default());
        },
    );
}
