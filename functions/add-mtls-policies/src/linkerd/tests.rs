mod permits;

use sdk::{Ran, Value};

const HEAD: &str = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: AddMtlsPolicies\nmetadata: {name: mtls}\nspec:\n  provider: linkerd\n";
const STRICT: &str = "  environment: production\n";
const MESHED: &str = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: enabled}}\n";
/// Who calls `product`.
const ORDER: &str = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: order, namespace: shop, annotations: {plimsoll.dev/calls: 'product:80'}}
spec:
  selector: {matchLabels: {app: order}}
  template:
    metadata: {labels: {app: order}}
    spec: {serviceAccountName: order, containers: [{name: app, image: x}]}
";

/// A Deployment `product` that serves 8080, with more in its pods' annotations and in its container.
fn product(annotations: &str, container: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: product, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: product}}}}
  template:
    metadata: {{labels: {{app: product}}, annotations: {{{annotations}}}}}
    spec:
      serviceAccountName: product
      containers:
      - name: app
        image: x
        ports: [{{name: http, containerPort: 8080}}, {{name: metrics, containerPort: 9090}}]
        {container}
---
apiVersion: v1
kind: Service
metadata: {{name: product, namespace: shop}}
spec: {{selector: {{app: product}}, ports: [{{name: web, port: 80, targetPort: http}}]}}
"
    )
}

fn shop(more: &str) -> String {
    [MESHED, &product("", ""), ORDER, more].concat()
}

fn run(spec: &str, objects: &str) -> Ran {
    let ran = sdk::run::<crate::AddMtlsPolicies>(&format!("{HEAD}{spec}"), objects, true);
    ran.expect(objects)
}

/// The lines about a rule, from the name of the object on.
fn told(ran: &Ran, rule: &str) -> Vec<String> {
    let mark = format!("/{rule}] ");
    let lines = ran.lines.iter();
    let found = lines.filter_map(|line| {
        let (severity, text) = line.split_once(&mark)?;
        let severity = severity.split('[').next()?;
        Some(format!("{severity}: {text}"))
    });
    found.collect()
}

fn is_told(ran: &Ran, rule: &str, text: &str) -> bool {
    told(ran, rule).iter().any(|line| line.contains(text))
}

/// What was made: kind and name.
fn made(ran: &Ran) -> Vec<String> {
    let generated = told(ran, "generated");
    let names = generated.iter().filter_map(|line| {
        let (name, _) = line.strip_prefix("info: ")?.split_once(':')?;
        Some(name.to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The `spec` of an object of the output.
fn spec_of(ran: &Ran, kind: &str, name: &str) -> Value {
    let stream = sdk::yaml::parse(ran.output.clone()).expect(&ran.output);
    let roots = stream.documents().filter_map(|document| document.root());
    let values = roots.filter_map(|root| root.to_value().ok());
    let text = |value: &Value, pointer: &str| value.pointer(pointer).cloned().unwrap_or_default();
    let mut found = values
        .filter(|value| text(value, "/kind") == kind && text(value, "/metadata/name") == name);
    let value = found
        .next()
        .unwrap_or_else(|| panic!("{kind} {name}\n{}", ran.output));
    text(&value, "/spec")
}

fn policy_of(ran: &Ran, name: &str) -> Value {
    let pods = spec_of(ran, "Deployment", name);
    let annotation = "/template/metadata/annotations/config.linkerd.io~1default-inbound-policy";
    pods.pointer(annotation).cloned().unwrap_or_default()
}

#[test]
fn a_stated_caller_gets_a_server_an_authentication_and_a_policy_and_nobody_else_gets_in() {
    let ran = run(STRICT, &shop(""));
    assert_eq!(
        made(&ran),
        [
            "AuthorizationPolicy shop/allow-product-8080",
            "MeshTLSAuthentication shop/product-8080",
            "Server shop/product-8080",
        ]
    );
    let server = spec_of(&ran, "Server", "product-8080");
    assert_eq!(
        server,
        sdk::json!({"podSelector": {"matchLabels": {"app": "product"}}, "port": 8080})
    );
    let callers = spec_of(&ran, "MeshTLSAuthentication", "product-8080");
    let order = sdk::json!({"kind": "ServiceAccount", "namespace": "shop", "name": "order"});
    assert_eq!(callers, sdk::json!({"identityRefs": [order]}));
    assert!(ran.output.contains(
        "plimsoll.dev/evidence: \"Deployment shop/order: annotation plimsoll.dev/calls\""
    ));
}

#[test]
fn a_second_run_changes_nothing() {
    for spec in [
        STRICT,
        "  environment: production\n  authorization: {mode: enforce, unknownCallers: sameNamespace}\n",
    ] {
        let once = run(spec, &shop(""));
        let twice = run(spec, &once.output);
        assert_eq!(once.output, twice.output);
    }
}

#[test]
fn pods_say_what_they_let_in_by_environment_and_mode() {
    for (spec, expected) in [
        ("  environment: development\n", "all-unauthenticated"),
        ("  environment: staging\n", "cluster-authenticated"),
        (STRICT, "cluster-authenticated"),
        (
            "  environment: production\n  multiCluster: true\n",
            "all-authenticated",
        ),
        (
            "  peerAuthentication: {mode: STRICT}\n",
            "cluster-authenticated",
        ),
        (
            "  environment: development\n  authorization: {mode: enforce, unknownCallers: deny}\n",
            "deny",
        ),
    ] {
        assert_eq!(
            policy_of(&run(spec, &shop("")), "product"),
            expected,
            "{spec}"
        );
    }
}

#[test]
fn without_an_environment_or_a_scope_pods_say_nothing() {
    let ran = run("", &shop(""));
    assert_eq!(policy_of(&ran, "product"), Value::Null);
    assert!(is_told(&ran, "default-inbound-policy", "say `environment`"));
    let ran = run(
        "  environment: production\n  peerAuthentication: {scope: off}\n",
        &shop(""),
    );
    assert_eq!(policy_of(&ran, "product"), Value::Null);
    assert!(told(&ran, "default-inbound-policy").is_empty());
}

#[test]
fn an_authors_policy_stays_and_a_weaker_one_is_an_error_in_production() {
    let weak = "config.linkerd.io/default-inbound-policy: all-unauthenticated";
    let objects = [MESHED, &product(weak, ""), ORDER].concat();
    let ran = run(STRICT, &objects);
    assert_eq!(policy_of(&ran, "product"), "all-unauthenticated");
    assert!(is_told(
        &ran,
        "weaker-inbound-policy",
        "error: Deployment shop/product"
    ));
    let ran = run("  environment: staging\n", &objects);
    assert!(is_told(
        &ran,
        "weaker-inbound-policy",
        "warning: Deployment shop/product"
    ));
    let ran = run("  environment: development\n", &objects);
    assert!(told(&ran, "weaker-inbound-policy").is_empty());
}

#[test]
fn what_a_namespace_says_counts_for_its_pods_and_is_told_once() {
    let namespace = MESHED.replace(
        "linkerd.io/inject: enabled",
        "linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: audit",
    );
    let ran = run(STRICT, &[&namespace, &product("", ""), ORDER].concat());
    assert_eq!(policy_of(&ran, "product"), Value::Null);
    assert_eq!(told(&ran, "weaker-inbound-policy").len(), 1);
    assert!(is_told(
        &ran,
        "weaker-inbound-policy",
        "error: Namespace shop"
    ));
}

#[test]
fn a_policy_that_linkerd_does_not_know_is_an_error() {
    let unknown = "config.linkerd.io/default-inbound-policy: strict";
    let ran = run(STRICT, &[MESHED, &product(unknown, "")].concat());
    assert!(is_told(
        &ran,
        "unknown-inbound-policy",
        "error: Deployment shop/product"
    ));
}

#[test]
fn what_is_not_in_linkerd_is_left_alone() {
    let unmeshed = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    for namespace in [unmeshed, ""] {
        let objects = [namespace, &product("", ""), ORDER].concat();
        let ran = run(STRICT, &objects);
        assert_eq!(ran.output, objects);
        assert!(
            ran.lines.iter().all(|line| line.contains("/summary]")),
            "{:?}",
            ran.lines
        );
    }
}

#[test]
fn a_caller_without_an_identity_is_an_error_and_no_policy_cuts_it_off() {
    let outsider = ORDER
        .replace(
            "labels: {app: order}}",
            "labels: {app: old}, annotations: {linkerd.io/inject: disabled}}",
        )
        .replace("app: order", "app: old")
        .replace("name: order, namespace", "name: old, namespace");
    let ran = run(STRICT, &shop(&outsider));
    assert!(made(&ran).is_empty());
    assert!(is_told(
        &ran,
        "caller-without-identity",
        "error: Deployment shop/product: Deployment shop/old calls port 8080"
    ));
}

#[test]
fn a_caller_whose_namespace_is_not_in_the_input_holds_a_policy_back_in_silence() {
    let far = ORDER
        .replace("namespace: shop", "namespace: far")
        .replace("product:80", "product.shop:80");
    let ran = run(STRICT, &shop(&far));
    assert!(made(&ran).is_empty());
    assert!(told(&ran, "caller-without-identity").is_empty());
}

#[test]
fn a_call_that_a_text_alone_tells_of_holds_a_policy_back() {
    let guess = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      serviceAccountName: cart
      containers: [{name: app, image: x, env: [{name: PRODUCT_URL, value: 'http://product:80/'}]}]
";
    let ran = run(STRICT, &shop(guess));
    assert!(made(&ran).is_empty());
    assert!(
        is_told(&ran, "unstated-call", "`plimsoll.dev/calls: product:80`"),
        "{:?}",
        ran.lines
    );
    let enforced = "  environment: production\n  authorization: {mode: enforce, inference: apply, unknownCallers: deny}\n";
    let ran = run(enforced, &shop(guess));
    let callers = spec_of(&ran, "MeshTLSAuthentication", "product-8080");
    assert_eq!(
        callers.pointer("/identityRefs/0/name"),
        Some(&sdk::json!("cart"))
    );
    assert_eq!(
        callers.pointer("/identityRefs/1/name"),
        Some(&sdk::json!("order"))
    );
}

#[test]
fn an_authors_server_is_used_and_none_is_made_beside_it() {
    let server = "---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: product}}, port: http}
";
    let ran = run(STRICT, &shop(server));
    assert_eq!(
        made(&ran),
        [
            "AuthorizationPolicy shop/allow-product-8080",
            "MeshTLSAuthentication shop/product-8080"
        ]
    );
    let policy = spec_of(&ran, "AuthorizationPolicy", "allow-product-8080");
    assert_eq!(policy.pointer("/targetRef/name"), Some(&sdk::json!("web")));
}

#[test]
fn a_server_for_several_workloads_takes_no_policy_for_one_of_them() {
    let server = "---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: all, namespace: shop}
spec: {podSelector: {}, port: 8080}
";
    let ran = run(STRICT, &shop(server));
    assert!(made(&ran).is_empty());
    assert!(is_told(&ran, "policy-spills", "error: Server shop/all"));
}

#[test]
fn pods_that_no_label_tells_apart_get_no_policy() {
    let twin = product("", "")
        .replace("name: product, namespace", "name: twin, namespace")
        .split("---\napiVersion: v1\n")
        .next()
        .map(str::to_owned);
    let ran = run(STRICT, &shop(&twin.unwrap_or_default()));
    assert!(!made(&ran).iter().any(|name| name.starts_with("Server")));
    assert!(is_told(
        &ran,
        "policy-spills",
        "error: Deployment shop/product"
    ));
}

#[test]
fn a_workload_of_another_kind_with_the_same_name_gets_policies_of_its_own() {
    let twin = product("", "")
        .replace("kind: Deployment", "kind: StatefulSet")
        .replace("app: product", "app: other")
        .replace(
            "name: product, namespace: shop}\nspec: {selector",
            "name: other, namespace: shop}\nspec: {selector",
        );
    let calls = ORDER.replace("product:80", "product:80,other:80");
    let ran = run(STRICT, &[MESHED, &product("", ""), &twin, &calls].concat());
    let made = made(&ran);
    assert!(
        made.contains(&"Server shop/product-deployment-8080".to_owned()),
        "{made:?}"
    );
    assert!(
        made.contains(&"Server shop/product-statefulset-8080".to_owned()),
        "{made:?}"
    );
}

const MONITOR: &str = "---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: product, namespace: shop}
spec:
  selector: {matchLabels: {app: product}}
  podMetricsEndpoints: [{port: metrics}]
";

#[test]
fn prometheus_outside_of_linkerd_needs_addresses() {
    let ran = run(STRICT, &shop(MONITOR));
    assert!(
        is_told(
            &ran,
            "scraper-without-address",
            "error: PodMonitor shop/product"
        ),
        "{:?}",
        ran.lines
    );
    assert!(!made(&ran).iter().any(|name| name.contains("9090")));
    let ran = run("  environment: development\n", &shop(MONITOR));
    assert!(told(&ran, "scraper-without-address").is_empty());
}

#[test]
fn prometheus_with_addresses_is_let_in_beside_whoever_was_let_in_before() {
    let spec = "  environment: production\n  prometheus: {cidrs: [10.1.0.0/16]}\n";
    let ran = run(spec, &shop(MONITOR));
    let server = spec_of(&ran, "Server", "product-9090");
    assert_eq!(
        server.pointer("/accessPolicy"),
        Some(&sdk::json!("cluster-authenticated"))
    );
    let networks = spec_of(&ran, "NetworkAuthentication", "product-scrape");
    assert_eq!(
        networks,
        sdk::json!({"networks": [{"cidr": "10.1.0.0/16"}]})
    );
    let policy = spec_of(&ran, "AuthorizationPolicy", "allow-product-9090-scrape");
    assert_eq!(
        policy.pointer("/targetRef/name"),
        Some(&sdk::json!("product-9090"))
    );
}

#[test]
fn prometheus_in_linkerd_gets_in_by_its_identity() {
    let ran = run(
        "  environment: production\n  prometheus: {meshed: true}\n",
        &shop(MONITOR),
    );
    assert!(!made(&ran).iter().any(|name| name.contains("9090")));
    let spec = "  environment: production\n  prometheus: {meshed: true}\n  authorization: {mode: enforce}\n";
    let callers = spec_of(
        &run(spec, &shop(MONITOR)),
        "MeshTLSAuthentication",
        "product-9090",
    );
    let name = callers.pointer("/identityRefs/0/name");
    assert_eq!(name, Some(&sdk::json!("prometheus-k8s")));
}

#[test]
fn an_exception_opens_its_port_and_says_why() {
    let spec = "  environment: production
  peerAuthentication:
    exceptions:
    - {selector: {app: product}, namespace: shop, ports: {\"9090\": PERMISSIVE}, reason: old scraper}
    - {selector: {app: nobody}, namespace: shop, ports: {\"1\": PERMISSIVE}}
";
    let ran = run(spec, &shop(""));
    let server = spec_of(&ran, "Server", "product-9090");
    assert_eq!(
        server.pointer("/accessPolicy"),
        Some(&sdk::json!("all-unauthenticated"))
    );
    assert!(ran.output.contains("plimsoll.dev/reason: old scraper"));
    assert!(is_told(&ran, "unused-exception", "app=nobody"));
}

#[test]
fn nobody_is_told_of_a_port_that_never_meets_the_proxy() {
    let skipped = "config.linkerd.io/skip-inbound-ports: '8080,9090'";
    let ran = run(
        STRICT,
        &[
            MESHED,
            &product(skipped, "livenessProbe: {grpc: {port: 8080}}"),
            ORDER,
        ]
        .concat(),
    );
    assert!(made(&ran).is_empty());
    assert!(told(&ran, "refused-probe").is_empty());
}

#[test]
fn enforcing_needs_to_know_all_callers() {
    let alone = [MESHED, &product("", "")].concat();
    let enforce = |unknown: &str| {
        format!(
            "  environment: production\n  authorization: {{mode: enforce, unknownCallers: {unknown}}}\n"
        )
    };
    let ran = run(&enforce("error"), &alone);
    assert!(is_told(
        &ran,
        "unknown-callers",
        "error: Deployment shop/product"
    ));
    let ran = run(&enforce("deny"), &alone);
    assert!(made(&ran).is_empty() && told(&ran, "unknown-callers").is_empty());
    let ran = run(&enforce("sameNamespace"), &alone);
    let callers = spec_of(&ran, "MeshTLSAuthentication", "product-8080");
    assert_eq!(
        callers,
        sdk::json!({"identityRefs": [{"kind": "Namespace", "name": "shop"}]})
    );
}

#[test]
fn a_workload_that_everybody_may_call_is_told_louder_in_production() {
    let alone = [MESHED, &product("", "")].concat();
    assert!(is_told(
        &run(STRICT, &alone),
        "unprotected",
        "warning: Deployment shop/product"
    ));
    assert!(is_told(
        &run("  environment: staging\n", &alone),
        "unprotected",
        "info: "
    ));
    let off = "  environment: production\n  authorization: {mode: off}\n";
    assert!(told(&run(off, &alone), "unprotected").is_empty());
}

#[test]
fn without_authorization_only_callers_without_an_identity_are_told() {
    let off = "  environment: production\n  authorization: {mode: off}\n";
    assert!(made(&run(off, &shop(""))).is_empty());
    let outsider = ORDER.replace(
        "metadata: {labels: {app: order}}",
        "metadata: {labels: {app: order}, annotations: {linkerd.io/inject: disabled}}",
    );
    let objects = [MESHED, &product("", ""), &outsider].concat();
    assert_eq!(
        told(&run(off, &objects), "caller-without-identity").len(),
        1
    );
    let open = "  environment: development\n  authorization: {mode: off}\n";
    assert!(told(&run(open, &objects), "caller-without-identity").is_empty());
}

#[test]
fn probes_over_plain_http_get_in_and_others_do_not() {
    for (probe, is_refused) in [
        ("livenessProbe: {httpGet: {path: /ok, port: http}}", false),
        ("livenessProbe: {tcpSocket: {port: http}}", false),
        ("livenessProbe: {exec: {command: [ls]}}", false),
        ("livenessProbe: {grpc: {port: 8080}}", true),
        (
            "readinessProbe: {httpGet: {path: /ok, port: http, scheme: HTTPS}}",
            true,
        ),
    ] {
        let objects = [MESHED, &product("", probe)].concat();
        let ran = run(STRICT, &objects);
        assert_eq!(
            !told(&ran, "refused-probe").is_empty(),
            is_refused,
            "{probe}"
        );
        let ran = run("  environment: development\n", &objects);
        assert!(told(&ran, "refused-probe").is_empty(), "{probe}");
    }
    let opaque = "config.linkerd.io/opaque-ports: http";
    let probe = "livenessProbe: {httpGet: {path: /ok, port: 8080}}";
    let ran = run(STRICT, &[MESHED, &product(opaque, probe)].concat());
    assert!(is_told(&ran, "refused-probe", "a probe of an opaque port"));
}

#[test]
fn a_probe_route_is_made_where_an_authors_route_is_attached_to_the_server() {
    let probes = "livenessProbe: {httpGet: {path: '/live?x=1', port: http}}\n        readinessProbe: {httpGet: {path: /ready, port: http}}";
    let objects = [MESHED, &product("", probes), ORDER].concat();
    assert!(
        !made(&run(STRICT, &objects))
            .iter()
            .any(|name| name.starts_with("HTTPRoute"))
    );
    let route = "---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: api, namespace: shop}
spec:
  parentRefs: [{kind: Server, name: product-8080}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}}, {path: {type: Exact, value: /ready}}]
";
    let ran = run(STRICT, &[&objects, route].concat());
    let made_route = spec_of(&ran, "HTTPRoute", "product-8080-probes");
    let matches = sdk::json!([{"path": {"type": "Exact", "value": "/live"}, "method": "GET"}]);
    assert_eq!(made_route.pointer("/rules/0/matches"), Some(&matches));
    let policy = spec_of(&ran, "AuthorizationPolicy", "allow-product-8080-probes");
    assert_eq!(
        policy.pointer("/targetRef/kind"),
        Some(&sdk::json!("HTTPRoute"))
    );
}

#[test]
fn ports_where_the_server_speaks_first_are_told_or_added_to_the_default_ones() {
    let database = [
        MESHED,
        &product("", "").replace("name: metrics", "name: mysql"),
    ]
    .concat();
    let wanted = "25,587,3306,4444,5432,6379,9090,9300,11211";
    let ran = run(STRICT, &database);
    assert!(is_told(&ran, "guessed-protocol", wanted));
    let ran = run(
        "  environment: production\n  protocols: {mode: fix}\n",
        &database,
    );
    let written = format!("config.linkerd.io/opaque-ports: \"{wanted}\"");
    assert!(ran.output.contains(&written), "{}", ran.output);
    let default = database.replace("9090", "3306");
    assert!(told(&run(STRICT, &default), "guessed-protocol").is_empty());
}

#[test]
fn a_service_names_its_own_numbers_of_such_ports() {
    let service = "---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: product}, ports: [{name: x, port: 99, targetPort: mysql}]}
";
    let database = [
        MESHED,
        &product("", "").replace("name: metrics", "name: mysql"),
        service,
    ]
    .concat();
    let ran = run(
        "  environment: production\n  protocols: {mode: fix}\n",
        &database,
    );
    assert!(
        is_told(&ran, "opaque-ports", "info: Service shop/db"),
        "{:?}",
        ran.lines
    );
    assert!(
        ran.output.contains("opaque-ports: \"25,99,587")
            || ran.output.contains("opaque-ports: 25,99,587")
    );
}

#[test]
fn a_server_says_what_services_say_of_the_protocol() {
    for (told, expected) in [
        ("kubernetes.io/h2c", "HTTP/2"),
        ("grpc", "gRPC"),
        ("http", "HTTP/1"),
        ("https", "TLS"),
        ("tcp", "opaque"),
    ] {
        let service =
            product("", "").replace("name: web,", &format!("name: web, appProtocol: {told},"));
        let ran = run(STRICT, &[MESHED, &service, ORDER].concat());
        let server = spec_of(&ran, "Server", "product-8080");
        assert_eq!(
            server.pointer("/proxyProtocol"),
            Some(&sdk::json!(expected)),
            "{told}"
        );
    }
}

#[test]
fn included_namespaces_are_taken_in_and_decided_about_as_if_they_were() {
    let unmeshed = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let objects = [unmeshed, &product("", ""), ORDER].concat();
    let spec = "  environment: production\n  namespaces: {include: [shop]}\n";
    assert!(is_told(
        &run(spec, &objects),
        "injection",
        "error: Namespace shop"
    ));
    let ensure = format!("{spec}  injection: {{mode: ensure}}\n");
    let ran = run(&ensure, &objects);
    assert!(ran.output.contains("linkerd.io/inject: enabled"));
    assert_eq!(made(&ran).len(), 3);
    assert_eq!(run(&ensure, &ran.output).output, ran.output);
}

#[test]
fn pods_are_asked_in_where_the_input_lacks_their_namespace() {
    let objects = [&product("", ""), ORDER].concat();
    let spec =
        "  environment: production\n  namespaces: {include: [shop]}\n  injection: {mode: ensure}\n";
    let ran = run(spec, &objects);
    assert!(is_told(&ran, "injection", "info: Deployment shop/product"));
    assert_eq!(run(spec, &ran.output).output, ran.output);
}

#[test]
fn two_meshes_in_one_namespace_are_an_error() {
    let both = MESHED.replace(
        "{name: shop,",
        "{name: shop, labels: {istio-injection: enabled},",
    );
    let ran = run(STRICT, &[&both, ORDER].concat());
    assert!(is_told(
        &ran,
        "contradicting-injection",
        "error: Namespace shop"
    ));
}

#[test]
fn a_label_is_no_annotation() {
    let label = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {linkerd.io/inject: enabled}}\n";
    let ran = run(STRICT, &[label, ORDER].concat());
    assert!(is_told(
        &ran,
        "misplaced-injection",
        "warning: Namespace shop"
    ));
}

#[test]
fn callers_that_share_the_default_account_are_told() {
    let shared = ORDER.replace("serviceAccountName: order, ", "");
    let objects = [MESHED, &product("", ""), &shared].concat();
    assert!(is_told(
        &run(STRICT, &objects),
        "default-account",
        "warning: Deployment shop/order"
    ));
    let other = shared.replace("order", "cart");
    let enforce = "  environment: production\n  authorization: {mode: enforce}\n";
    let ran = run(enforce, &[objects.as_str(), other.as_str()].concat());
    assert!(is_told(
        &ran,
        "default-account",
        "error: Deployment shop/order"
    ));
}

#[test]
fn accounts_that_nothing_knows_are_told() {
    let authentication = "---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: friends, namespace: shop}
spec:
  identityRefs:
  - {kind: ServiceAccount, name: order}
  - {kind: ServiceAccount, name: ordre}
  - {kind: ServiceAccount, name: far, namespace: ops}
";
    let spec = "  environment: production\n  externalIdentities: [cluster.local/ns/ops/sa/far]\n";
    let ran = run(spec, &shop(authentication));
    assert_eq!(told(&ran, "unknown-account").len(), 1);
    assert!(is_told(&ran, "unknown-account", "shop/ordre"));
    let by_name = authentication
        .split_once("  identityRefs")
        .map(|(head, _)| format!("{head}  identities: [ordre.shop.serviceaccount.identity.linkerd.cluster.local, '*.ops.serviceaccount.identity.linkerd.cluster.local']\n"));
    let ran = run(STRICT, &shop(&by_name.unwrap_or_default()));
    assert!(is_told(&ran, "unknown-account", "shop/ordre"));
    assert_eq!(told(&ran, "unknown-account").len(), 1);
}

#[test]
fn a_job_whose_proxy_outlives_it_is_told() {
    let job = "---
apiVersion: batch/v1
kind: Job
metadata: {name: backup, namespace: shop}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: app, image: x}]}
";
    let objects = [MESHED, job].concat();
    assert!(told(&run(STRICT, &objects), "job-never-ends").is_empty());
    let ran = run(
        "  environment: production\n  mesh: {nativeSidecars: false}\n",
        &objects,
    );
    assert!(is_told(&ran, "job-never-ends", "warning: Job shop/backup"));
}

#[test]
fn an_authors_object_of_the_same_name_stays_and_is_told() {
    let taken = "---
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: product-8080, namespace: shop}
spec: {identityRefs: [{kind: ServiceAccount, name: order, namespace: shop}]}
";
    let ran = run(STRICT, &shop(taken));
    assert!(is_told(
        &ran,
        "taken-authorization-policy",
        "info: MeshTLSAuthentication shop/product-8080"
    ));
    let ran = run(STRICT, &shop(&taken.replace("name: order", "name: cart")));
    assert!(is_told(
        &ran,
        "taken-authorization-policy",
        "error: MeshTLSAuthentication shop/product-8080"
    ));
}

#[test]
fn authors_may_opt_out() {
    let skipped = product("", "").replace(
        "{name: product, namespace: shop}\nspec:\n  selector",
        "{name: product, namespace: shop, annotations: {plimsoll.dev/skip: add-mtls-policies}}\nspec:\n  selector",
    );
    let ran = run(STRICT, &[MESHED, &skipped, ORDER].concat());
    assert!(made(&ran).is_empty());
    assert_eq!(policy_of(&ran, "product"), Value::Null);
}
