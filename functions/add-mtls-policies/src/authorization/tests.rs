//! Whole runs, by what they make and say of authorization.

use sdk::Node;

use super::RULES;

mod memory;

/// What a run made and said.
struct Seen {
    /// Policies that were made, as YAML without their marks.
    policies: Vec<String>,
    /// What was said, but for what was skipped.
    said: Vec<String>,
    /// All that was said.
    all: Vec<String>,
    /// The whole.
    output: String,
}

fn run(spec: &str, objects: &[String]) -> Seen {
    let config = format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: AddMtlsPolicies\nmetadata: {{name: mtls}}\nspec:\n  results: {{failOn: never}}\n  {}\n",
        spec.replace('\n', "\n  ")
    );
    let ran = sdk::run::<crate::AddMtlsPolicies>(&config, &objects.concat(), true).expect(&config);
    let stream = sdk::yaml::parse(ran.output.clone()).expect("the output is YAML");
    let documents = stream.documents().filter_map(|document| document.root());
    let is_made = |node: &Node<'_>| {
        let is_policy = node
            .get("kind")
            .and_then(Node::text)
            .is_some_and(|kind| kind == "AuthorizationPolicy");
        let by = ["metadata", "annotations", "plimsoll.dev/generated-by"];
        is_policy && node.at(&by).is_some()
    };
    let policies = documents.filter(is_made).map(|node| {
        let name = node.at(&["metadata", "name"]).and_then(Node::text);
        let spec = node.get("spec").and_then(|spec| spec.to_value().ok());
        format!("{} {}", name.unwrap_or_default(), spec.unwrap_or_default())
    });
    let is_ours = |line: &&String| {
        let mut slugs = RULES
            .iter()
            .map(|rule| format!("[add-mtls-policies/{}]", rule.slug));
        slugs.any(|slug| line.contains(&slug)) && !line.starts_with("info[add-mtls-policies/allow]")
    };
    Seen {
        policies: policies.collect(),
        said: ran.lines.iter().filter(is_ours).cloned().collect(),
        all: ran.lines.clone(),
        output: ran.output.clone(),
    }
}

const PRODUCTION: &str = "environment: production";
const DEVELOPMENT: &str = "environment: development";

fn namespace(name: &str, labels: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"
    )
}

fn shop() -> String {
    namespace("shop", "istio-injection: enabled")
}

/// A Deployment and its Service, which leads from 80 to 8080 and to 9090 for metrics.
fn app(name: &str, annotations: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop, annotations: {{{annotations}}}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}, version: v1}}}}\n    spec:\n      serviceAccountName: {name}\n      containers: [{{name: app, image: x, ports: [{{name: http, containerPort: 8080}}, {{name: metrics, containerPort: 9090}}]}}]\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\nspec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80, targetPort: http}}, {{name: metrics, port: 9090}}]}}\n"
    )
}

/// An app that states to call product.
fn caller(name: &str) -> String {
    app(name, "plimsoll.dev/calls: product:80")
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{spec}}}\n"
    )
}

fn topology(edge: &str) -> String {
    format!(
        "---\napiVersion: topology.plimsoll.dev/v1alpha1\nkind: ServiceTopology\nmetadata: {{name: calls, namespace: shop, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\nspec: {{edges: [{{{edge}}}]}}\n"
    )
}

fn monitor(port: &str) -> String {
    format!(
        "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {{name: product, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: product}}}}, endpoints: [{{port: {port}}}]}}\n"
    )
}

/// The policy for product that lets `from` in at 8080.
fn product(from: &str) -> String {
    format!(
        r#"allow-product {{"selector":{{"matchLabels":{{"app":"product"}}}},"action":"ALLOW","rules":[{{"from":[{{"source":{from}}}],"to":[{{"operation":{{"ports":["8080"]}}}}]}}]}}"#
    )
}

impl Seen {
    fn says(&self, start: &str, part: &str) -> bool {
        let mut lines = self.said.iter();
        lines.any(|line| line.starts_with(start) && line.contains(part))
    }
}

#[test]
fn stated_callers_are_let_in_at_their_container_ports_in_one_rule() {
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), caller("cart"), app("product", "")],
    );
    let both =
        r#"{"principals":["cluster.local/ns/shop/sa/cart","cluster.local/ns/shop/sa/order"]}"#;
    assert_eq!(seen.policies, [product(both)]);
}

#[test]
fn what_nobody_is_stated_to_call_stays_open_and_is_told() {
    let seen = run(PRODUCTION, &[shop(), caller("order"), app("product", "")]);
    assert!(seen.says(
        "warning[add-mtls-policies/unprotected] Deployment shop/order",
        ""
    ));
    let seen = run(DEVELOPMENT, &[shop(), caller("order"), app("product", "")]);
    assert!(seen.says(
        "info[add-mtls-policies/unprotected] Deployment shop/order",
        ""
    ));
    let off = format!("{PRODUCTION}\nauthorization: {{mode: off}}");
    let seen = run(&off, &[shop(), caller("order"), app("product", "")]);
    assert!(seen.policies.is_empty());
    assert!(seen.said.is_empty(), "{:?}", seen.said);
}

#[test]
fn what_a_caller_is_to_state_is_the_same_whichever_threads_come_upon_its_calls() {
    let guessed = app("cart", "").replace(
        "image: x",
        "image: x, env: [{name: FIRST_URL, value: \"http://first\"}, {name: LAST_URL, value: \"http://last\"}]",
    );
    let told = |between: usize| {
        let mut objects = vec![shop(), guessed.clone(), app("first", "")];
        objects.extend((0..between).map(|number| app(&format!("other-{number}"), "")));
        objects.push(app("last", ""));
        let said = run(PRODUCTION, &objects).said.into_iter();
        said.filter(|line| line.contains("/unstated-call]"))
            .collect::<Vec<_>>()
    };
    let alone = told(0);
    assert_eq!(alone.len(), 1);
    assert!(alone[0].contains("`plimsoll.dev/calls: \"first:80,last:80\"`"));
    assert_eq!(told(200), alone);
}

#[test]
fn a_caller_that_only_a_text_suggests_keeps_a_policy_from_being_made() {
    let guessed = app("cart", "").replace(
        "image: x",
        "image: x, env: [{name: PRODUCT_URL, value: \"http://product\"}]",
    );
    let objects = [shop(), caller("order"), guessed, app("product", "")];
    let seen = run(PRODUCTION, &objects);
    assert!(seen.policies.is_empty());
    assert!(seen.says(
        "warning[add-mtls-policies/unstated-call] Deployment shop/cart",
        "`plimsoll.dev/calls: \"product:80\"`"
    ));
    let applied = format!(
        "{PRODUCTION}\nauthorization: {{mode: enforce, inference: apply, unknownCallers: deny}}"
    );
    let seen = run(&applied, &objects);
    assert!(
        seen.policies
            .iter()
            .any(|policy| policy.contains("sa/cart"))
    );
}

#[test]
fn a_caller_without_an_identity_keeps_a_policy_from_being_made() {
    let outside = caller("order")
        .replace("namespace: shop", "namespace: old")
        .replace("product:80", "product.shop:80");
    let objects = [shop(), namespace("old", ""), outside, app("product", "")];
    let seen = run(DEVELOPMENT, &objects);
    assert!(seen.policies.is_empty());
    assert!(seen.says(
        "error[add-mtls-policies/caller-without-identity] Deployment shop/product",
        "Deployment old/order"
    ));
    let declared = format!(
        "{DEVELOPMENT}\npeerAuthentication: {{exceptions: [{{namespace: shop, selector: {{app: product}}, ports: {{\"8080\": PERMISSIVE}}}}]}}"
    );
    let seen = run(&declared, &objects);
    let open = r#"allow-product {"selector":{"matchLabels":{"app":"product"}},"action":"ALLOW","rules":[{"to":[{"operation":{"ports":["8080"]}}]}]}"#;
    assert_eq!(seen.policies, [open]);
}

#[test]
fn a_caller_whose_namespace_is_not_in_the_input_is_no_mistake_and_no_reason() {
    let elsewhere = caller("order")
        .replace("namespace: shop", "namespace: old")
        .replace("product:80", "product.shop:80");
    let objects = [shop(), elsewhere, app("product", "")];
    let seen = run(PRODUCTION, &objects);
    assert!(seen.policies.is_empty());
    assert!(seen.said.is_empty(), "{:?}", seen.said);
    let named = format!("{PRODUCTION}\nnamespaces: {{include: [shop, old]}}");
    let seen = run(&named, &objects);
    assert_eq!(
        seen.policies,
        [product(
            r#"{"principals":["cluster.local/ns/old/sa/order"]}"#
        )]
    );
}

#[test]
fn namespaces_accounts_and_gateways_are_callers_too() {
    let spec = format!(
        "{PRODUCTION}\nmesh: {{trustDomain: td}}\nexternalIdentities: [td/ns/ops/sa/backup]"
    );
    let callee = app(
        "product",
        "plimsoll.dev/allow-from: \"ns:reporting,sa:ops/backup,gateway:edge/gw\"",
    );
    let seen = run(&spec, &[shop(), callee]);
    let rules = r#""rules":[{"from":[{"source":{"principals":["td/ns/edge/sa/gw","td/ns/ops/sa/backup"]}},{"source":{"namespaces":["reporting"]}}]}]"#;
    assert_eq!(seen.policies.len(), 1);
    assert!(seen.policies[0].contains(rules), "{:?}", seen.policies);
    assert!(seen.said.is_empty(), "{:?}", seen.said);
}

#[test]
fn an_account_that_nothing_has_is_told() {
    let callee = app("product", "plimsoll.dev/allow-from: sa:ops/backup");
    let seen = run(PRODUCTION, &[shop(), callee]);
    assert!(seen.says(
        "warning[add-mtls-policies/unknown-account] Deployment shop/product",
        "cluster.local/ns/ops/sa/backup"
    ));
    let named = policy(
        "mine",
        "selector: {matchLabels: {app: product}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/gone, spiffe://cluster.local/ns/shop/sa/order, \"*\"]}}]}, {}]",
    );
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), named],
    );
    assert!(seen.says(
        "warning[add-mtls-policies/unknown-account] AuthorizationPolicy shop/mine",
        "sa/gone"
    ));
    assert!(seen.says(
        "warning[add-mtls-policies/unknown-account]",
        "leave that out"
    ));
    assert!(seen.says(
        "warning[add-mtls-policies/open-policy]",
        "(spec.rules[0].from[0].source.principals[2])"
    ));
    assert!(seen.says("warning[add-mtls-policies/open-policy]", "(spec.rules[1])"));
    assert!(
        seen.policies.is_empty(),
        "the author says who may call product"
    );
}

#[test]
fn two_workloads_with_the_same_labels_get_no_policy() {
    let twin = app("twin", "").replace(
        "labels: {app: twin, version: v1}",
        "labels: {app: product, more: x}",
    );
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), twin],
    );
    assert!(seen.says(
        "error[add-mtls-policies/policy-spills] Deployment shop/product",
        "Deployment shop/twin"
    ));
    let seen_names: Vec<_> = seen
        .policies
        .iter()
        .filter(|policy| policy.starts_with("allow-product"))
        .collect();
    assert!(seen_names.is_empty());
}

#[test]
fn a_named_port_that_means_nothing_is_told() {
    let broken = app("product", "").replace("targetPort: http", "targetPort: web");
    let seen = run(PRODUCTION, &[shop(), caller("order"), broken]);
    assert!(seen.says(
        "error[add-mtls-policies/unresolved-port] Service shop/product",
        "spec.ports[0].targetPort"
    ));
    assert!(seen.policies.is_empty());
}

#[test]
fn an_unmeshed_scrape_is_let_in_by_its_port_where_nothing_else_is() {
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), monitor("http")],
    );
    assert_eq!(
        seen.policies,
        [product(
            r#"{"principals":["cluster.local/ns/shop/sa/order"]}"#
        )],
        "STRICT keeps it out as it is"
    );
    let seen = run(
        DEVELOPMENT,
        &[
            shop(),
            caller("order"),
            app("product", ""),
            monitor("metrics"),
        ],
    );
    assert!(
        seen.policies[0].contains(r#"{"to":[{"operation":{"ports":["9090"]}}]}"#),
        "{:?}",
        seen.policies
    );
    assert!(seen.says(
        "info[add-mtls-policies/scrape-by-port] Deployment shop/product",
        "9090"
    ));
    let seen = run(
        DEVELOPMENT,
        &[shop(), caller("order"), app("product", ""), monitor("http")],
    );
    assert!(
        seen.policies.is_empty(),
        "a rule for the port would open it to anybody"
    );
}

#[test]
fn a_meshed_scrape_is_let_in_by_its_identity() {
    let meshed =
        format!("{PRODUCTION}\nprometheus: {{meshed: true, namespace: mon, serviceAccount: prom}}");
    let objects = [
        shop(),
        caller("order"),
        app("product", ""),
        monitor("metrics"),
    ];
    let seen = run(&meshed, &objects);
    let prometheus = r#"{"from":[{"source":{"principals":["cluster.local/ns/mon/sa/prom"]}}],"to":[{"operation":{"ports":["9090"]}}]}"#;
    assert!(seen.policies[0].contains(prometheus), "{:?}", seen.policies);
    let ambient = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: prom, namespace: mon}\nspec: {template: {spec: {serviceAccountName: prom, containers: []}}}\n".to_owned();
    let seen = run(
        &meshed,
        &[
            objects.concat(),
            namespace("mon", "istio.io/dataplane-mode: ambient"),
            ambient,
        ],
    );
    assert!(
        seen.policies[0].contains(r#""ports":["9090","15020"]"#),
        "{:?}",
        seen.policies
    );
}

#[test]
fn metrics_and_peers_alone_are_no_reason_to_keep_others_out() {
    let peers = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: shop}\nspec: {replicas: 3, serviceName: db, template: {metadata: {labels: {app: db}}, spec: {serviceAccountName: db, containers: [{name: db, image: x, ports: [{containerPort: 5432}]}]}}}\n".to_owned();
    let seen = run(
        PRODUCTION,
        &[
            shop(),
            peers.clone(),
            app("product", ""),
            monitor("metrics"),
        ],
    );
    assert!(seen.policies.is_empty(), "{:?}", seen.policies);
    let stated = peers.replace(
        "namespace: shop}",
        "namespace: shop, annotations: {plimsoll.dev/allow-from: order}}",
    );
    let seen = run(PRODUCTION, &[shop(), stated, app("order", "")]);
    assert!(
        seen.policies[0].contains(
            r#""principals":["cluster.local/ns/shop/sa/db","cluster.local/ns/shop/sa/order"]"#
        ),
        "{:?}",
        seen.policies
    );
}

#[test]
fn an_authors_policy_of_the_same_name_is_compared() {
    let selector = "selector: {matchLabels: {app: product}}";
    let same = policy(
        "allow-product",
        &format!(
            "{selector}, rules: [{{to: [{{operation: {{ports: [\"8080\"]}}}}], from: [{{source: {{principals: [cluster.local/ns/shop/sa/order]}}}}]}}]"
        ),
    );
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), same],
    );
    assert!(seen.says("info[add-mtls-policies/taken-authorization-policy]", ""));
    let other = policy(
        "allow-product",
        &format!(
            "{selector}, rules: [{{from: [{{source: {{principals: [cluster.local/ns/shop/sa/order]}}}}]}}]"
        ),
    );
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), other],
    );
    assert!(seen.says(
        "error[add-mtls-policies/taken-authorization-policy]",
        "(spec)"
    ));
    assert!(seen.policies.is_empty());
}

#[test]
fn requests_are_limited_where_the_port_is_http() {
    let stated =
        topology("from: order, to: product, ports: [http], http: {methods: [GET], paths: [/v1/*]}");
    let seen = run(
        PRODUCTION,
        &[shop(), app("order", ""), app("product", ""), stated.clone()],
    );
    let operation =
        r#""to":[{"operation":{"methods":["GET"],"paths":["/v1/*"],"ports":["8080"]}}]"#;
    assert!(seen.policies[0].contains(operation), "{:?}", seen.policies);
    let tcp = app("product", "").replace("[{name: http, port", "[{name: tcp-http, port");
    let seen = run(
        PRODUCTION,
        &[
            shop(),
            app("order", ""),
            tcp,
            stated.replace("[http]", "[8080]"),
        ],
    );
    assert!(seen.says(
        "error[add-mtls-policies/requests-on-tcp] ServiceTopology shop/calls",
        "(spec.edges[0].http)"
    ));
    assert!(seen.policies.is_empty());
}

#[test]
fn in_ambient_mode_requests_are_limited_at_the_waypoint() {
    let stated = topology("from: order, to: product, ports: [http], http: {methods: [GET]}");
    let objects = [app("order", ""), app("product", ""), stated].concat();
    let ambient = namespace("shop", "istio.io/dataplane-mode: ambient");
    let seen = run(PRODUCTION, &[ambient, objects.clone()]);
    assert!(seen.says(
        "error[add-mtls-policies/requests-in-ambient] ServiceTopology shop/calls",
        ""
    ));
    assert!(seen.policies.is_empty());
    let waypoint = namespace(
        "shop",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp",
    );
    let seen = run(PRODUCTION, &[waypoint, objects]);
    let service = r#"allow-product-service {"targetRefs":[{"kind":"Service","group":"","name":"product"}],"action":"ALLOW","rules":[{"from":[{"source":{"principals":["cluster.local/ns/shop/sa/order"]}}],"to":[{"operation":{"methods":["GET"],"ports":["80"]}}]}]}"#;
    assert_eq!(
        seen.policies,
        [
            product(r#"{"principals":["cluster.local/ns/shop/sa/wp"]}"#),
            service.to_owned()
        ]
    );
}

#[test]
fn an_authors_policy_must_be_one_that_somebody_understands() {
    let mine = policy(
        "mine",
        "selector: {matchLabels: {app: product}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/order]}}], to: [{operation: {methods: [GET]}}]}]",
    );
    let waypoint = namespace(
        "shop",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp",
    );
    let seen = run(
        PRODUCTION,
        &[waypoint, app("order", ""), app("product", ""), mine.clone()],
    );
    assert!(seen.says(
        "error[add-mtls-policies/requests-in-ambient] AuthorizationPolicy shop/mine",
        "operation.methods"
    ));
    assert!(seen.says(
        "error[add-mtls-policies/waypoint-left-out] AuthorizationPolicy shop/mine",
        "cluster.local/ns/shop/sa/wp"
    ));
    let seen = run(
        PRODUCTION,
        &[shop(), app("order", ""), app("product", ""), mine.clone()],
    );
    assert!(!seen.says("error", ""), "{:?}", seen.said);
    let tcp = app("product", "")
        .replace("name: http, port", "name: tcp, port")
        .replace("name: metrics, port", "name: tcp-metrics, port");
    let seen = run(PRODUCTION, &[shop(), app("order", ""), tcp, mine]);
    assert!(seen.says(
        "error[add-mtls-policies/requests-on-tcp] AuthorizationPolicy shop/mine",
        "lets nobody in"
    ));
}

#[test]
fn a_namespace_is_closed_once_all_callers_are_known() {
    let enforced = format!("{PRODUCTION}\nauthorization: {{mode: enforce}}");
    let objects = [shop(), caller("order"), app("product", "")];
    let seen = run(&enforced, &objects);
    assert!(seen.says(
        "error[add-mtls-policies/unknown-callers] Deployment shop/order",
        ""
    ));
    assert!(seen.says(
        "info[add-mtls-policies/default-deny] Namespace shop",
        "Deployment shop/order"
    ));
    assert_eq!(seen.policies.len(), 1, "{:?}", seen.policies);
    let denied = format!("{PRODUCTION}\nauthorization: {{mode: enforce, unknownCallers: deny}}");
    let seen = run(&denied, &objects);
    assert_eq!(
        seen.policies.last().map(String::as_str),
        Some("default-deny {}")
    );
    let same =
        format!("{PRODUCTION}\nauthorization: {{mode: enforce, unknownCallers: sameNamespace}}");
    let seen = run(&same, &objects);
    assert!(
        seen.policies
            .iter()
            .any(|policy| policy.starts_with("allow-order")
                && policy.contains(r#""namespaces":["shop"]"#))
    );
    let closed = run(&denied, &[objects.concat(), policy("mine", "")]);
    assert_eq!(closed.policies.len(), 1, "{:?}", closed.policies);
}

#[test]
fn nothing_is_closed_while_a_workload_is_left_alone() {
    let denied = format!("{PRODUCTION}\nauthorization: {{mode: enforce, unknownCallers: deny}}");
    let alone = app(
        "order",
        "plimsoll.dev/skip: add-mtls-policies, plimsoll.dev/skip-reason: later",
    );
    let seen = run(&denied, &[shop(), alone, app("product", "")]);
    assert!(seen.policies.is_empty(), "{:?}", seen.policies);
    assert!(seen.says(
        "warning[add-mtls-policies/default-deny] Namespace shop",
        "Deployment shop/order"
    ));
}

#[test]
fn the_account_of_whoever_asks_for_none_tells_nobody_apart() {
    let shared = |name| {
        caller(name).replace(
            &format!("serviceAccountName: {name}"),
            "serviceAccountName: default",
        )
    };
    let objects = [shop(), shared("order"), shared("cart"), app("product", "")];
    let seen = run(PRODUCTION, &objects);
    assert!(seen.says(
        "warning[add-mtls-policies/default-account] Deployment shop/order",
        "1 other workload"
    ));
    assert!(!seen.says("", "default-account] Deployment shop/product"));
    let denied = format!("{PRODUCTION}\nauthorization: {{mode: enforce, unknownCallers: deny}}");
    let seen = run(&denied, &objects);
    assert!(seen.says(
        "error[add-mtls-policies/default-account] Deployment shop/cart",
        ""
    ));
}

#[test]
fn a_caller_that_is_told_to_send_plain_text_shows_no_identity() {
    let rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: product, namespace: shop}\nspec: {host: product, trafficPolicy: {tls: {mode: DISABLE}}}\n".to_owned();
    let seen = run(
        DEVELOPMENT,
        &[shop(), caller("order"), app("product", ""), rule],
    );
    assert!(seen.policies.is_empty());
    assert!(seen.says(
        "error[add-mtls-policies/caller-without-identity] Deployment shop/product",
        "ISTIO_MUTUAL"
    ));
}

#[test]
fn older_versions_of_istio_get_the_older_version_of_the_api() {
    let policy = "security.istio.io/v1beta1\nkind: AuthorizationPolicy";
    let objects = [shop(), caller("order"), app("product", "")];
    let older = format!("{PRODUCTION}\nmesh: {{version: \"1.21\"}}");
    assert!(run(&older, &objects).output.contains(policy));
    assert!(!run(PRODUCTION, &objects).output.contains(policy));
}

#[test]
fn who_comes_from_outside_is_cut_off_by_no_policy() {
    let public =
        app("product", "").replace("spec: {selector", "spec: {type: LoadBalancer, selector");
    let seen = run(DEVELOPMENT, &[shop(), caller("order"), public.clone()]);
    assert!(seen.policies.is_empty());
    assert!(seen.says(
        "warning[add-mtls-policies/allow] Deployment shop/product",
        "gateway"
    ));
    let seen = run(PRODUCTION, &[shop(), caller("order"), public]);
    assert_eq!(seen.policies.len(), 1, "STRICT keeps them out as it is");
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec: {ingressClassName: nginx, defaultBackend: {service: {name: product, port: {number: 80}}}}\n".to_owned();
    let seen = run(
        PRODUCTION,
        &[shop(), caller("order"), app("product", ""), ingress],
    );
    assert!(seen.policies.is_empty());
    assert!(seen.says(
        "warning[add-mtls-policies/allow] Deployment shop/product",
        "`gateways`"
    ));
}

#[test]
fn a_gateway_is_open_to_those_it_is_there_for() {
    let denied = format!("{PRODUCTION}\nauthorization: {{mode: enforce, unknownCallers: deny}}");
    let gateway = app("edge", "").replace(
        "labels: {app: edge, version: v1}",
        "labels: {app: edge}, annotations: {inject.istio.io/templates: gateway}",
    );
    let seen = run(
        &denied,
        &[shop(), caller("order"), app("product", ""), gateway.clone()],
    );
    assert_eq!(seen.policies.len(), 1, "{:?}", seen.policies);
    assert!(seen.says(
        "warning[add-mtls-policies/default-deny] Namespace shop",
        "Deployment shop/edge"
    ));
    let seen = run(PRODUCTION, &[shop(), gateway]);
    assert!(seen.said.is_empty(), "{:?}", seen.said);
}

#[test]
fn more_rules_than_istio_takes_are_an_error() {
    let edge = |number: usize| {
        format!("from: sa:ops/job, to: product, ports: [http], http: {{paths: [/v{number}]}}")
    };
    let calls = |count: usize| {
        let edges: Vec<String> = (0..count).map(edge).collect();
        topology(&edges.join("}, {"))
    };
    let most = run(PRODUCTION, &[shop(), app("product", ""), calls(512)]);
    assert_eq!(most.policies.len(), 1);
    let more = run(PRODUCTION, &[shop(), app("product", ""), calls(513)]);
    assert!(more.policies.is_empty());
    let told = "ask for 513 different sets of ports and requests, and a policy has at most 512";
    assert!(
        more.all
            .iter()
            .any(|line| line.starts_with("error") && line.contains(told))
    );
}
