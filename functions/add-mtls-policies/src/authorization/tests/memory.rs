//! A run over what an earlier one made, of which the input has a part.

use super::*;

/// What a run over the output of another one makes, without the documents that have one of some texts.
fn again(spec: &str, before: &Seen, without: &[&str]) -> Seen {
    let documents = before.output.split("---\n");
    let kept = documents.filter(|document| !without.iter().any(|text| document.contains(text)));
    let objects: Vec<String> = kept.map(|document| format!("---\n{document}")).collect();
    let seen = run(spec, &objects);
    let third = run(spec, std::slice::from_ref(&seen.output));
    assert_eq!(seen.output, third.output, "a second run changes nothing");
    seen
}

/// A Deployment that calls and serves nobody.
fn client(name: &str, account: &str, calls: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop, annotations: {{plimsoll.dev/calls: \"{calls}\"}}}}\nspec: {{selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{serviceAccountName: {account}, containers: [{{name: app, image: x}}]}}}}}}\n"
    )
}

const UNSEEN: &str = "warning[add-mtls-policies/unseen-callers]";

#[test]
fn an_account_that_a_caller_elsewhere_shares_stays_let_in() {
    let objects = |order: &str| {
        [
            shop(),
            app("product", ""),
            client("order", "shared", order),
            client("report", "shared", "product:80"),
        ]
    };
    let full = run(PRODUCTION, &objects("product:80"));
    let kept = product(r#"{"principals":["cluster.local/ns/shop/sa/shared"]}"#);
    assert_eq!(full.policies, [kept.as_str()]);
    let output = full.output.replacen("product:80", "none", 1);
    let edited = Seen { output, ..full };
    let part = again(PRODUCTION, &edited, &["{name: report,"]);
    assert_eq!(part.policies, [kept]);
    assert!(part.says(UNSEEN, "lacks Deployment shop/report"));
}

#[test]
fn callers_that_evidence_had_no_room_for_stay_let_in() {
    let long = "x".repeat(240);
    let mut objects = vec![
        shop(),
        app("product", ""),
        client("order", "order", "product:80"),
    ];
    objects.extend((0..9).map(|number| {
        client(
            &format!("{long}-{number}"),
            &format!("a{number}"),
            "product:80",
        )
    }));
    let full = run(PRODUCTION, &objects);
    assert!(full.output.contains("; and 3 more"), "{}", full.output);
    let part = again(
        PRODUCTION,
        &full,
        &["-6, namespace", "-7, namespace", "-8, namespace"],
    );
    assert_eq!(part.policies, full.policies);
    assert!(part.says(UNSEEN, "3 more that its evidence had no room for"));
    assert!(part.output.contains("; and 3 more"));
}

#[test]
fn an_edge_goes_from_a_whole_input_however_long_the_evidence() {
    let long = "x".repeat(240);
    let mut objects = vec![shop(), app("product", "")];
    objects.extend((0..9).map(|number| {
        client(
            &format!("{long}-{number}"),
            &format!("a{number}"),
            "product:80",
        )
    }));
    let full = run(PRODUCTION, &objects);
    let last = client(&format!("{long}-8"), "a8", "product:80");
    let gone = last.replace("product:80", "none");
    let output = full.output.replace(&last, &gone);
    assert_ne!(output, full.output);
    let seen = again(PRODUCTION, &Seen { output, ..full }, &[]);
    assert!(!seen.policies[0].contains("sa/a8"), "{:?}", seen.policies);
    assert!(seen.said.is_empty(), "{:?}", seen.said);
}

#[test]
fn a_call_of_something_elsewhere_in_another_namespace_keeps_nobody() {
    let objects = [
        shop(),
        app("product", ""),
        client("order", "order", "product:80"),
    ];
    let full = run(PRODUCTION, &objects);
    let with = |calls: &str| Seen {
        output: full.output.replace("product:80", calls),
        policies: Vec::new(),
        said: Vec::new(),
        all: Vec::new(),
    };
    let foreign = again(
        PRODUCTION,
        &with("ledger.finance:80, https://api.stripe.com"),
        &[],
    );
    assert!(foreign.policies.is_empty());
    let own = again(PRODUCTION, &with("ledger.shop:80"), &[]);
    assert_eq!(own.policies.len(), 1);
    assert!(own.says(UNSEEN, "lacks what Deployment shop/order calls"));
}

#[test]
fn a_caller_that_the_callee_names_stays_let_in() {
    let objects = [
        shop(),
        app("product", "plimsoll.dev/allow-from: \"order,cart\""),
        client("order", "order", "none"),
        client("cart", "cart", "none"),
    ];
    let full = run(PRODUCTION, &objects);
    let part = again(PRODUCTION, &full, &["{name: order,"]);
    assert_eq!(part.policies, full.policies);
    assert!(part.says(
        UNSEEN,
        "sa/order\" in as before, since the input lacks callers that Deployment shop/product names"
    ));
}

#[test]
fn a_topology_keeps_those_whom_it_may_mean_alone() {
    let stated = "from: order, to: product}, {from: order, to: cart";
    let objects = [
        shop(),
        app("product", ""),
        app("cart", ""),
        client("order", "order", "none"),
        topology(stated),
    ];
    let full = run(PRODUCTION, &objects);
    assert_eq!(full.policies.len(), 2);
    let part = again(PRODUCTION, &full, &["{name: order,"]);
    assert_eq!(part.policies, full.policies);
    let edited = full
        .output
        .replace("{from: order, to: product}", "{from: stock, to: cart}");
    let seen = again(
        PRODUCTION,
        &Seen {
            output: edited,
            ..full
        },
        &[],
    );
    assert_eq!(seen.policies.len(), 1, "{:?}", seen.policies);
    assert!(seen.policies[0].starts_with("allow-cart"));
}

#[test]
fn a_scrape_that_a_monitor_elsewhere_asks_for_stays_open() {
    let objects = [
        shop(),
        app("product", ""),
        client("order", "order", "product:80"),
        monitor("metrics"),
    ];
    let full = run(DEVELOPMENT, &objects);
    assert!(full.policies[0].contains("9090"), "{:?}", full.policies);
    let part = again(DEVELOPMENT, &full, &["kind: ServiceMonitor"]);
    assert_eq!(part.policies, full.policies);
    assert!(part.says(
        UNSEEN,
        "anybody in as before, since the input lacks ServiceMonitor shop/product"
    ));
}

#[test]
fn a_caller_whose_namespace_is_elsewhere_keeps_its_identity() {
    let caller =
        client("order", "order", "product.shop:80").replace("namespace: shop", "namespace: web");
    let web = namespace("web", "istio-injection: enabled");
    let full = run(PRODUCTION, &[shop(), web, app("product", ""), caller]);
    let part = again(PRODUCTION, &full, &["{name: web,"]);
    assert_eq!(part.policies, full.policies);
    assert_eq!(part.policies.len(), 1);
}

#[test]
fn who_comes_through_a_waypoint_stays_let_in_there_alone() {
    let shop = namespace(
        "shop",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp",
    );
    let edge = "from: order, to: product, ports: [http], http: {methods: [GET]}";
    let objects = [
        shop,
        app("product", ""),
        client("order", "order", "none"),
        topology(edge),
    ];
    let full = run(PRODUCTION, &objects);
    assert_eq!(full.policies.len(), 2, "{:?}", full.policies);
    let part = again(
        PRODUCTION,
        &full,
        &["{name: order,", "kind: ServiceTopology"],
    );
    assert_eq!(part.policies, full.policies);
    assert!(part.says(UNSEEN, "lacks ServiceTopology shop/calls"));
}

#[test]
fn a_port_that_a_monitor_elsewhere_scrapes_stays_open_under_strict() {
    let open = |seen: &Seen| seen.output.contains("\"9090\":\n      mode: PERMISSIVE");
    let objects = [shop(), app("product", ""), monitor("metrics")];
    let full = run(PRODUCTION, &objects);
    assert!(open(&full), "{}", full.output);
    for without in ["kind: ServiceMonitor", "kind: Service\n"] {
        let part = again(PRODUCTION, &full, &[without]);
        assert!(open(&part), "{without}: {}", part.output);
        let told = "keeps port 9090 as before, since the input lacks what it rests on (ServiceMonitor shop/product";
        assert!(
            part.all.iter().any(|line| line.contains(told)),
            "{:?}",
            part.all
        );
    }
    let edited = full.output.replace("port: metrics}", "port: http}");
    let gone = again(
        PRODUCTION,
        &Seen {
            output: edited,
            ..full
        },
        &[],
    );
    assert!(!open(&gone), "{}", gone.output);
}
