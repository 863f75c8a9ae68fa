//! What authors say about who may call their Servers.

use super::{ORDER, STRICT, made, run, shop, told};

/// An author's Server for `product`, with more in its `spec`.
fn server(more: &str) -> String {
    format!(
        "---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {{name: web, namespace: shop, labels: {{tier: front}}}}
spec: {{podSelector: {{matchLabels: {{app: product}}}}, port: http{more}}}
"
    )
}

/// An author's policy for a target with these authentications.
fn policy(target: &str, authentication: &str) -> String {
    format!(
        "---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {{name: callers-of-web, namespace: shop}}
spec: {{targetRef: {target}, requiredAuthenticationRefs: [{authentication}]}}
"
    )
}

const WEB: &str = "{group: policy.linkerd.io, kind: Server, name: web}";
const ACCOUNT_ORDER: &str = "{kind: ServiceAccount, name: order}";
const ACCOUNT_CART: &str = "{kind: ServiceAccount, name: cart}";

fn left_out(objects: &str) -> Vec<String> {
    let ran = run(STRICT, objects);
    assert!(made(&ran).is_empty(), "{:?}", ran.lines);
    told(&ran, "taken-authorization-policy")
}

#[test]
fn an_authors_policy_for_a_server_stays_the_only_one() {
    let objects = shop(&(server("") + &policy(WEB, ACCOUNT_ORDER)));
    assert_eq!(left_out(&objects), [""; 0]);
    let ran = run(STRICT, &objects);
    let kept = told(&ran, "access");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(
        kept[0].contains("AuthorizationPolicy shop/callers-of-web: says already who may call port 8080 of Deployment shop/product"),
        "{kept:?}"
    );
}

#[test]
fn a_caller_that_an_authors_policy_leaves_out_is_told() {
    let told = left_out(&shop(&(server("") + &policy(WEB, ACCOUNT_CART))));
    assert_eq!(
        told,
        [
            "warning: AuthorizationPolicy shop/callers-of-web: leaves out ServiceAccount shop/order, known to call port 8080 of Deployment shop/product; let them in, or take back what says that they call (spec)"
        ]
    );
}

#[test]
fn a_caller_without_an_identity_is_left_out_where_all_must_have_one() {
    let old = ORDER.replace("order", "old").replace(
        "labels: {app: old}}",
        "labels: {app: old}, annotations: {linkerd.io/inject: disabled}}",
    );
    let told = left_out(&shop(&(server("") + &policy(WEB, ACCOUNT_ORDER) + &old)));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("leaves out Deployment shop/old, "),
        "{told:?}"
    );
}

#[test]
fn whoever_the_input_does_not_tell_may_well_be_let_in() {
    let elsewhere =
        "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: platform, namespace: ops}";
    let network = "{group: policy.linkerd.io, kind: NetworkAuthentication, name: nodes}";
    for authentication in [elsewhere, network] {
        let objects = shop(&(server("") + &policy(WEB, authentication)));
        assert_eq!(left_out(&objects), [""; 0], "{authentication}");
    }
}

#[test]
fn what_is_for_the_namespace_lets_in_too_and_does_not_keep_others_from_being_let_in() {
    let namespace = "{kind: Namespace, name: shop}";
    let wide = policy(namespace, ACCOUNT_ORDER).replace("callers-of-web", "all");
    let objects = shop(&(server("") + &policy(WEB, ACCOUNT_CART) + &wide));
    assert_eq!(left_out(&objects), [""; 0]);
    let ran = run(STRICT, &shop(&(server("") + &wide)));
    assert!(made(&ran).contains(&"AuthorizationPolicy shop/allow-product-8080".to_owned()));
}

#[test]
fn a_policy_for_a_route_of_a_server_says_who_may_call_it() {
    let route = "---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: prices, namespace: shop}
spec:
  parentRefs: [{group: policy.linkerd.io, kind: Server, name: web}]
  rules: [{matches: [{path: {type: PathPrefix, value: /prices}}]}]
";
    let target = "{group: policy.linkerd.io, kind: HTTPRoute, name: prices}";
    let objects = shop(&(server("") + route + &policy(target, ACCOUNT_CART)));
    assert_eq!(left_out(&objects).len(), 1);
    // One that isn't here may be attached to any Server.
    let objects = shop(
        &(server("")
            + &policy(WEB, ACCOUNT_CART)
            + &policy(target, ACCOUNT_ORDER).replace("callers-of-web", "of-route")),
    );
    assert_eq!(left_out(&objects), [""; 0]);
}

#[test]
fn a_server_that_lets_in_by_itself_needs_no_policy() {
    for access in ["all-authenticated", "audit"] {
        let objects = shop(&server(&format!(", accessPolicy: {access}")));
        assert_eq!(left_out(&objects), [""; 0], "{access}");
    }
    let ran = run(STRICT, &shop(&server(", accessPolicy: deny")));
    assert!(made(&ran).contains(&"AuthorizationPolicy shop/allow-product-8080".to_owned()));
}

#[test]
fn a_server_authorization_counts_by_the_name_or_the_labels_of_the_server() {
    for (target, client, expected) in [
        (
            "{name: web}",
            "{meshTLS: {serviceAccounts: [{name: order}]}}",
            0,
        ),
        (
            "{name: web}",
            "{meshTLS: {serviceAccounts: [{name: cart}]}}",
            1,
        ),
        (
            "{name: web}",
            "{meshTLS: {identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local']}}",
            0,
        ),
        (
            "{name: web}",
            "{meshTLS: {identities: ['*.ops.serviceaccount.identity.linkerd.cluster.local']}}",
            1,
        ),
        (
            "{selector: {matchLabels: {tier: front}}}",
            "{unauthenticated: true}",
            0,
        ),
        (
            "{selector: {matchExpressions: [{key: tier, operator: Exists}]}}",
            "{meshTLS: {serviceAccounts: [{name: cart}]}}",
            1,
        ),
        ("{selector: {}}", "{meshTLS: {unauthenticatedTLS: true}}", 0),
    ] {
        let authorization = format!(
            "---
apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {{name: web, namespace: shop}}
spec: {{server: {target}, client: {client}}}
"
        );
        let told = left_out(&shop(&(server("") + &authorization)));
        assert_eq!(told.len(), expected, "{target} {client} {told:?}");
    }
    let other = "---
apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: web, namespace: shop}
spec: {server: {selector: {matchLabels: {tier: back}}}, client: {unauthenticated: true}}
";
    let ran = run(STRICT, &shop(&(server("") + other)));
    assert!(made(&ran).contains(&"AuthorizationPolicy shop/allow-product-8080".to_owned()));
}

#[test]
fn a_policy_that_an_author_took_over_is_compared_with_what_would_be_made() {
    let taken_over = policy(WEB, ACCOUNT_CART).replace("callers-of-web", "allow-product-8080");
    let ran = run(STRICT, &shop(&(server("") + &taken_over)));
    let told = told(&ran, "taken-authorization-policy");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("has the name of a policy that would be made"),
        "{told:?}"
    );
}

#[test]
fn without_authorization_an_authors_policy_is_not_judged() {
    let spec = "  environment: production\n  authorization: {mode: off}\n";
    let ran = run(spec, &shop(&(server("") + &policy(WEB, ACCOUNT_CART))));
    assert_eq!(told(&ran, "taken-authorization-policy"), [""; 0]);
}
