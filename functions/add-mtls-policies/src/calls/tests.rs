//! What golden cases don't show: the values that are proposed.

use sdk::Value;

const CONFIG: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: AddMtlsPolicies
metadata: {name: mtls}
spec:
  environment: production
  authorization: {mode: \"off\"}
";

const NAMESPACE: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
";

/// A Deployment and its Service.
fn server(name: &str, labels: &str) -> String {
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, {labels}}}}}
    spec: {{containers: [{{name: app, image: app, ports: [{{containerPort: 8080}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"
    )
}

fn rule(host: &str, policy: &str) -> String {
    format!(
        "---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: rule, namespace: shop}}
spec: {{host: \"{host}\", trafficPolicy: {policy}}}
"
    )
}

/// The field and the proposed value of the one finding by this name.
fn proposed(slug: &str, objects: &[String]) -> (String, Option<Value>) {
    let input = NAMESPACE.to_owned() + &objects.concat();
    let ran = sdk::run::<crate::AddMtlsPolicies>(CONFIG, &input, false).expect(&input);
    let mut own = ran.findings.iter().filter(|finding| finding.rule == slug);
    let finding = own.next().expect(&input);
    assert!(own.next().is_none(), "{input}");
    let field = finding.field.clone().expect("it has a field");
    (field, finding.proposed.clone())
}

const MODE: &str = "spec.trafficPolicy.tls.mode";
const OUTSIDE: &str = "sidecar.istio.io/inject: \"false\"";

#[test]
fn mutual_tls_is_proposed_where_all_that_the_rule_is_for_takes_it() {
    for (host, policy) in [
        ("product", "{tls: {mode: DISABLE}}"),
        ("product", "{tls: {mode: SIMPLE}}"),
        ("*.shop.svc.cluster.local", "{tls: {mode: DISABLE}}"),
    ] {
        let found = proposed(
            "plaintext-refused",
            &[server("product", ""), rule(host, policy)],
        );
        assert_eq!(
            found,
            (MODE.to_owned(), Some("ISTIO_MUTUAL".into())),
            "{host}"
        );
    }
}

#[test]
fn nothing_is_proposed_where_one_value_does_not_do_for_all() {
    let disable = "{tls: {mode: DISABLE}}";
    for (host, other) in [
        ("*.shop.svc.cluster.local", server("old", OUTSIDE)),
        ("*.cluster.local", String::new()),
        ("*", String::new()),
    ] {
        let found = proposed(
            "plaintext-refused",
            &[server("product", ""), other, rule(host, disable)],
        );
        assert_eq!(found, (MODE.to_owned(), None), "{host}");
    }
}

#[test]
fn plain_text_is_proposed_for_what_is_outside_the_mesh() {
    let found = proposed(
        "mtls-outside-mesh",
        &[
            server("product", OUTSIDE),
            rule("product", "{tls: {mode: ISTIO_MUTUAL}}"),
        ],
    );
    assert_eq!(found, (MODE.to_owned(), Some("DISABLE".into())));
}

#[test]
fn the_whole_name_of_the_service_elsewhere_is_proposed() {
    let elsewhere = rule("product", "{}").replace("namespace: shop", "namespace: web");
    let found = proposed("host-elsewhere", &[server("product", ""), elsewhere]);
    let host = "product.shop.svc.cluster.local";
    assert_eq!(found, ("spec.host".to_owned(), Some(host.into())));
}

#[test]
fn a_rule_that_nobody_with_a_sidecar_sees_is_no_fault() {
    let input = NAMESPACE.to_owned()
        + &server("product", "")
        + &rule("product.shop.svc.cluster.local", "{tls: {mode: DISABLE}}")
            .replace("namespace: shop", "namespace: web")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"
        + &server("front", "").replace("namespace: shop", "namespace: web");
    let ran = sdk::run::<crate::AddMtlsPolicies>(CONFIG, &input, false).expect(&input);
    let mut rules = ran.findings.iter().map(|finding| finding.rule.as_str());
    assert!(!rules.any(|rule| rule == "plaintext-refused"), "{input}");
}
