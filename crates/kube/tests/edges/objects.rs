//! What Ingresses, routes and monitors say.

use std::collections::BTreeMap;

use plimsoll_kube::{EdgeOptions, GatewayIdentity};

use crate::{
    annotated, deployment, object, pods, service, service_in, shop, shown, stated, topology,
};

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
