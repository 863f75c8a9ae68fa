//! What an author wrote, and what becomes of it.

use std::collections::BTreeSet;

use checks::golden;
use sdk::Ran;
use serde_json::{Value, json};

use crate::mesh::joined;
use crate::{generated, name, objects, run, texts_under, value, well, without_additions};

const SHOP: &str = include_str!("shop.yaml");

const POLICIES: &str = include_str!("policies.yaml");

const LINKERD: &str = include_str!("linkerd.yaml");

/// The settings of most users.
pub(crate) fn production() -> Value {
    json!({"environment": "production"})
}

/// The same where the gateway has a name.
fn with_gateway(provider: &str) -> Value {
    let gateway = json!({"namespace": "istio-ingress", "serviceAccount": "ingress", "selector": {"istio": "ingressgateway"}});
    json!({"environment": "production", "provider": provider, "gateways": [gateway]})
}

/// Documents that come out as they went in, before anything that was added.
pub(crate) fn added<'r>(input: &str, ran: &'r Ran) -> &'r str {
    let rest = ran.output.strip_prefix(input);
    rest.unwrap_or_else(|| panic!("an author's bytes changed: {:#?} {}", ran.lines, ran.output))
}

/// `Kind namespace/name` of each object.
fn titles(text: &str) -> Vec<String> {
    let of = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        format!(
            "{} {namespace}/{}",
            object["kind"].as_str().unwrap_or_default(),
            name(object)
        )
    };
    let mut titles: Vec<String> = objects(text).iter().map(of).collect();
    titles.sort();
    titles
}

/// What was told, without the message: `severity rule: Kind namespace/name`.
pub(crate) fn told(ran: &Ran) -> BTreeSet<String> {
    let of = |result: &Value| {
        let about = |key: &str| result["resourceRef"][key].as_str().unwrap_or_default();
        let rule = result["tags"]["rule"].as_str().unwrap_or_default();
        let rule = rule.trim_start_matches("add-mtls-policies/");
        let severity = result["severity"].as_str().unwrap_or_default();
        format!(
            "{severity} {rule}: {} {}/{}",
            about("kind"),
            about("namespace"),
            about("name")
        )
    };
    let told = ran.results.iter().map(of);
    told.filter(|line| !line.contains("summary")).collect()
}

/// What was told as an error or a warning.
fn complaints(ran: &Ran) -> Vec<String> {
    told(ran)
        .into_iter()
        .filter(|line| !line.starts_with("info"))
        .collect()
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "no {old} in {text}");
    text.replace(old, new)
}

/// The stream without the documents that have this line.
fn without(text: &str, is_it: impl Fn(&Value) -> bool) -> String {
    let mut documents = golden::documents(text);
    let count = documents.len();
    documents.retain(|document| !is_it(&value(document)));
    assert_ne!(documents.len(), count, "nothing to leave out of {text}");
    joined(&documents)
}

fn is(object: &Value, kind: &str, named: &str) -> bool {
    object["kind"] == kind && name(object) == named
}

#[test]
fn policies_of_every_kind_come_out_as_they_went_in() {
    let input = format!("{SHOP}---\n{POLICIES}---\n{LINKERD}");
    for environment in ["development", "staging", "production"] {
        let ran = well(&json!({"environment": environment}), &input);
        assert_eq!(ran.output, input, "{:#?}", ran.lines);
        // The calls are covered by what its author wrote. What nobody is stated to call is told, and nothing else.
        let expected: &[&str] = match environment {
            "production" => &["warning unprotected: Deployment shop/cart"],
            _ => &[],
        };
        assert_eq!(complaints(&ran), expected, "{:#?}", ran.lines);
    }
}

#[test]
fn what_lacks_in_a_namespace_with_policies_is_all_that_is_added() {
    let policies = without(POLICIES, |object| {
        let selector = object["spec"].get("selector");
        is(object, "AuthorizationPolicy", "let-order-in")
            || (object["kind"] == "PeerAuthentication" && selector.is_none())
    });
    let input = format!("{SHOP}---\n{policies}---\n{LINKERD}");
    let ran = well(&with_gateway("istio"), &input);
    let made = added(&input, &ran).trim_start_matches("---\n");
    let expected = [
        "AuthorizationPolicy shop/allow-product",
        "PeerAuthentication shop/default",
    ];
    assert_eq!(titles(made), expected, "{:#?}", ran.lines);
}

#[test]
fn policies_of_the_other_mesh_are_no_business_of_linkerd_s() {
    let shop = replaced(
        SHOP,
        "labels: {istio-injection: enabled}",
        "annotations: {linkerd.io/inject: enabled}",
    );
    let input = format!("{shop}---\n{POLICIES}---\n{LINKERD}");
    let ran = well(&with_gateway("linkerd"), &input);
    let (before, after) = (objects(&input), objects(&ran.output));
    for (before, after) in before.iter().zip(&after) {
        let after = if before["kind"] == "Deployment" {
            without_additions(after)
        } else {
            after.clone()
        };
        assert_eq!(before, &after, "{:#?}", ran.lines);
    }
    let is_of_istio = |object: &&Value| {
        object["apiVersion"]
            .as_str()
            .is_some_and(|version| version.contains("istio.io"))
    };
    let count = |objects: &[Value]| objects.iter().filter(is_of_istio).count();
    assert_eq!(count(&before), count(&after), "{}", ran.output);
    // The author's Server on the port is the one that counts, with its author's policy.
    let servers = after
        .iter()
        .filter(|object| object["kind"] == "Server")
        .count();
    assert_eq!(servers, 1, "{}", ran.output);
}

#[test]
fn a_policy_goes_with_the_annotation_that_stated_its_caller() {
    let once = well(&production(), SHOP).output;
    assert!(once.contains("name: allow-product"), "{once}");
    let edited = replaced(&once, "plimsoll.dev/calls: product:80", "team: web");
    let ran = well(&production(), &edited);
    assert!(!ran.output.contains("allow-product"), "{}", ran.output);
    assert!(
        told(&ran).contains("info generated: AuthorizationPolicy shop/allow-product"),
        "{:#?}",
        ran.lines
    );
    // Nothing else than the policy is gone.
    let never = well(
        &production(),
        &replaced(SHOP, "plimsoll.dev/calls: product:80", "team: web"),
    );
    assert_eq!(ran.output, never.output);
}

#[test]
fn a_policy_follows_the_topology() {
    let edges = |edges: &str| {
        format!(
            "{}---\napiVersion: topology.plimsoll.dev/v1alpha1\nkind: ServiceTopology\nmetadata: {{name: calls, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\nspec:\n  edges:\n{edges}",
            replaced(SHOP, "plimsoll.dev/calls: product:80", "team: web")
        )
    };
    let both = edges(
        "  - {from: shop/order, to: shop/product}\n  - {from: shop/cart, to: shop/product}\n  - {from: shop/order, to: shop/cart}\n",
    );
    let once = well(&production(), &both).output;
    let principals = |text: &str, named: &str| {
        let made = generated(text);
        let policy = made
            .iter()
            .find(|object| is(object, "AuthorizationPolicy", named));
        policy.map(|policy| {
            texts_under(policy, "principals")
                .into_iter()
                .collect::<Vec<_>>()
        })
    };
    let order = "cluster.local/ns/shop/sa/order".to_owned();
    let cart = "cluster.local/ns/shop/sa/cart".to_owned();
    assert_eq!(
        principals(&once, "allow-product"),
        Some(vec![cart, order.clone()])
    );
    assert_eq!(principals(&once, "allow-cart"), Some(vec![order.clone()]));
    let fewer = replaced(
        &once,
        "  - {from: shop/cart, to: shop/product}\n  - {from: shop/order, to: shop/cart}\n",
        "",
    );
    let twice = well(&production(), &fewer).output;
    assert_eq!(principals(&twice, "allow-product"), Some(vec![order]));
    assert_eq!(principals(&twice, "allow-cart"), None);
}

#[test]
fn a_policy_stays_while_its_callee_is_elsewhere() {
    let once = well(&production(), SHOP).output;
    let part = without(&once, |object| is(object, "Deployment", "product"));
    let ran = well(&production(), &part);
    assert_eq!(ran.output, part, "{:#?}", ran.lines);
    assert!(
        told(&ran).contains("warning orphaned: AuthorizationPolicy shop/allow-product"),
        "{:#?}",
        ran.lines
    );
}

/// The policies of a first run without the mark, as their author's from now on.
fn taken_over() -> String {
    let once = well(&production(), SHOP).output;
    replaced(
        &once,
        "    plimsoll.dev/generated-by: add-mtls-policies/mtls\n",
        "",
    )
}

#[test]
fn a_policy_without_the_mark_is_its_author_s() {
    let own = taken_over();
    let ran = well(&production(), &own);
    assert_eq!(ran.output, own, "{:#?}", ran.lines);
    let told = told(&ran);
    assert!(
        told.contains("info taken-authorization-policy: AuthorizationPolicy shop/allow-product"),
        "{told:#?}"
    );
    assert!(
        told.contains("info peer-authentication: PeerAuthentication shop/default"),
        "{told:#?}"
    );
}

#[test]
fn a_policy_of_an_author_stays_when_nobody_calls_any_more() {
    let own = replaced(&taken_over(), "plimsoll.dev/calls: product:80", "team: web");
    let ran = well(&production(), &own);
    assert_eq!(ran.output, own, "{:#?}", ran.lines);
    // It says who may call product, so that product is not open.
    let expected = ["warning unprotected: Deployment shop/cart"];
    assert_eq!(complaints(&ran), expected, "{:#?}", ran.lines);
}

#[test]
fn what_an_author_made_of_a_policy_is_told_where_it_lets_others_in() {
    let own = replaced(
        &taken_over(),
        "cluster.local/ns/shop/sa/order",
        "cluster.local/ns/shop/sa/cart",
    );
    let own = replaced(&own, "mode: STRICT", "mode: PERMISSIVE");
    let ran = run(&production(), &own);
    assert_eq!((ran.exit_code, &ran.output), (1, &own), "{:#?}", ran.lines);
    let told = complaints(&ran);
    for expected in [
        "error taken-authorization-policy: AuthorizationPolicy shop/allow-product",
        "error weak-peer-authentication: PeerAuthentication shop/default",
    ] {
        assert!(
            told.iter().any(|line| line == expected),
            "{expected}: {:#?}",
            ran.lines
        );
    }
}
