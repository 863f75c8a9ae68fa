//! What annotations state.

use crate::{
    ALL, STATED, annotated, deployment, mistakes, pods, service, shop, show, shown, stated, with,
};

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
