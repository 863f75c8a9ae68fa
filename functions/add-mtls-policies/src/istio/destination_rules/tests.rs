use std::fmt::Write as _;

use crate::istio::probe::{labels, pods, with};
use crate::istio::{Call, ClientTls, DestinationRules};

const ROOT: &str = "istio-system";
const HOST: &str = "product.shop.svc.cluster.local";

/// A call from `web` to `product.shop` on port 80.
const CALL: Call<'static> = Call {
    client_namespace: "web",
    client_labels: None,
    is_gateway: false,
    host: HOST,
    service_namespace: "shop",
    port: Some(80),
    subset: None,
};

/// Rules by `<namespace>/<name>` and the fields of their `spec`.
fn rules(rules: &[(&str, &str)]) -> String {
    let rule = |(name, spec): &(&str, &str)| {
        let (namespace, name) = name.split_once('/').unwrap();
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n---\n"
        )
    };
    rules.iter().map(rule).collect()
}

/// A rule for the host whose `tls` has the mode.
fn told(mode: &str) -> String {
    format!("host: {HOST}, trafficPolicy: {{tls: {{mode: {mode}}}}}")
}

/// Mode, who decides, and what is shadowed.
fn show(tls: &ClientTls<'_>) -> String {
    let mut text = tls
        .mode
        .map_or("none".to_owned(), |mode| format!("{mode:?}"));
    if let Some((rule, place)) = &tls.decided_by {
        write!(text, " by {} {}", rule.name(), place.path).unwrap();
    }
    if let Some((mode, place)) = &tls.leftover {
        write!(text, " leftover {mode:?} {}", place.path).unwrap();
    }
    let names = tls.shadowed.iter().map(|rule| rule.name());
    let names = names.collect::<Vec<_>>().join(" ");
    if !names.is_empty() {
        write!(text, " over {names}").unwrap();
    }
    for (flag, word) in [
        (tls.is_passthrough, " passthrough"),
        (tls.is_credential_ignored, " without its certificate"),
    ] {
        text += if flag { word } else { "" };
    }
    text
}

fn tls(objects: &[(&str, &str)], call: Call<'static>) -> String {
    with(&rules(objects), |resources| {
        show(&DestinationRules::new(resources, ROOT, "cluster.local", &|_| true).client_tls(call))
    })
}

/// The first rule in force.
fn chosen(objects: &[(&str, &str)], call: Call<'static>) -> String {
    with(&rules(objects), |resources| {
        let all = DestinationRules::new(resources, ROOT, "cluster.local", &|_| true);
        let tls = all.client_tls(call);
        tls.rules
            .iter()
            .map(|rule| rule.name())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

#[test]
fn no_rule_leaves_it_to_auto_mtls() {
    assert_eq!(tls(&[], CALL), "none");
    assert_eq!(tls(&[("shop/a", "host: other")], CALL), "none");
}

#[test]
fn the_mode_is_that_of_tls_and_tls_without_a_mode_disables() {
    let at = "spec.trafficPolicy.tls.mode";
    for (policy, expected) in [
        ("tls: {mode: DISABLE}", format!("Disable by a {at}")),
        ("tls: {mode: SIMPLE}", format!("Simple by a {at}")),
        ("tls: {mode: MUTUAL}", format!("Mutual by a {at}")),
        (
            "tls: {mode: ISTIO_MUTUAL}",
            format!("IstioMutual by a {at}"),
        ),
        ("tls: {sni: x}", format!("Disable by a {at}")),
        ("tls: {}", format!("Disable by a {at}")),
        ("tls: null", "none".to_owned()),
        ("connectionPool: {}", "none".to_owned()),
    ] {
        let spec = format!("host: product, trafficPolicy: {{{policy}}}");
        assert_eq!(tls(&[("shop/a", &spec)], CALL), expected, "{policy}");
    }
}

#[test]
fn the_clients_namespace_comes_before_the_services_and_that_before_the_root() {
    let (disable, mutual, simple) = (told("DISABLE"), told("ISTIO_MUTUAL"), told("SIMPLE"));
    let at = "spec.trafficPolicy.tls.mode";
    let (web, shop, root) = (
        ("web/w", &*disable),
        ("shop/s", &*mutual),
        ("istio-system/r", &*simple),
    );
    assert_eq!(
        tls(&[root, shop, web], CALL),
        format!("Disable by w {at} over s r")
    );
    assert_eq!(
        tls(&[root, shop], CALL),
        format!("IstioMutual by s {at} over r")
    );
    assert_eq!(tls(&[root], CALL), format!("Simple by r {at}"));
    assert_eq!(tls(&[("third/t", &disable)], CALL), "none");
    let at_home = Call {
        client_namespace: "shop",
        ..CALL
    };
    assert_eq!(tls(&[shop], at_home), format!("IstioMutual by s {at}"));
}

#[test]
fn nothing_is_merged_across_namespaces() {
    let mutual = told("ISTIO_MUTUAL");
    let pool = format!("host: {HOST}, trafficPolicy: {{connectionPool: {{}}}}");
    assert_eq!(
        tls(&[("web/w", &pool), ("shop/s", &mutual)], CALL),
        "none over s"
    );
}

#[test]
fn clients_in_the_root_namespace_look_at_home_for_private_rules_alone() {
    let from_root = Call {
        client_namespace: ROOT,
        ..CALL
    };
    let (simple, mutual) = (told("SIMPLE"), told("ISTIO_MUTUAL"));
    let private = format!("{simple}, exportTo: ['.']");
    let (shop, root) = (("shop/s", &*mutual), ("istio-system/r", &*simple));
    assert_eq!(chosen(&[shop, root], from_root), "s");
    assert_eq!(
        chosen(&[shop, ("istio-system/r", &private)], from_root),
        "r"
    );
    assert_eq!(chosen(&[root], from_root), "r");
}

#[test]
fn a_rule_counts_where_it_is_exported_to() {
    let mutual = told("ISTIO_MUTUAL");
    for (export, from_web, from_shop) in [
        ("[]", "s", "s"),
        ("['*']", "s", "s"),
        ("['.']", "", "s"),
        ("[shop]", "", "s"),
        ("[web]", "s", ""),
        ("['.', web]", "s", "s"),
        ("[other]", "", ""),
    ] {
        let spec = format!("{mutual}, exportTo: {export}");
        let rule = ("shop/s", &*spec);
        let at_home = Call {
            client_namespace: "shop",
            ..CALL
        };
        assert_eq!(chosen(&[rule], CALL), from_web, "{export}");
        assert_eq!(chosen(&[rule], at_home), from_shop, "{export}");
    }
}

#[test]
fn the_most_specific_host_is_chosen_before_anybody_asks_who_sees_it() {
    let hidden = format!("{}, exportTo: [other]", told("ISTIO_MUTUAL"));
    let objects = [
        ("shop/hidden", &*hidden),
        ("shop/wide", "host: '*.shop.svc.cluster.local'"),
        ("istio-system/root", "host: '*.local'"),
    ];
    assert_eq!(chosen(&objects, CALL), "root");
}

#[test]
fn the_most_specific_host_counts() {
    let objects = [
        ("shop/everything", "host: '*'"),
        ("shop/local", "host: '*.local'"),
        ("shop/own", "host: '*.shop.svc.cluster.local'"),
        ("shop/exact", "host: product"),
    ];
    for (count, expected) in [(4, "exact"), (3, "own"), (2, "local"), (1, "everything")] {
        assert_eq!(chosen(objects.get(..count).unwrap(), CALL), expected);
    }
    assert_eq!(
        chosen(&[("shop/other", "host: '*.other.svc.cluster.local'")], CALL),
        ""
    );
}

#[test]
fn a_rule_covers_its_host_or_all_that_its_wildcard_stands_for() {
    let objects = [
        ("shop/a", "host: product"),
        ("shop/b", "host: '*.svc.cluster.local'"),
        ("shop/c", "host: '*.other.svc.cluster.local'"),
    ];
    let seen = with(&rules(&objects), |resources| {
        let all = DestinationRules::new(resources, ROOT, "cluster.local", &|_| true);
        let rules = all.rules().iter();
        rules
            .map(|rule| {
                (
                    rule.wildcard()
                        .map_or(rule.host == HOST, |end| HOST.ends_with(end)),
                    rule.wildcard().is_some(),
                )
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(seen, [(true, false), (true, true), (false, true)]);
}

#[test]
fn a_short_host_is_a_service_of_the_rules_own_namespace() {
    assert_eq!(chosen(&[("shop/s", "host: product")], CALL), "s");
    assert_eq!(chosen(&[("web/w", "host: product")], CALL), "");
    assert_eq!(chosen(&[("shop/s", "host: product.shop")], CALL), "");
}

#[test]
fn rules_for_one_host_are_merged_and_the_first_policy_counts() {
    let (simple, disable) = (told("SIMPLE"), told("DISABLE"));
    let at = "spec.trafficPolicy.tls.mode";
    let first =
        format!("{simple}, subsets: [{{name: v1, trafficPolicy: {{tls: {{mode: DISABLE}}}}}}]");
    let second = format!(
        "{disable}, subsets: [{{name: v1}}, {{name: v2, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}}}]"
    );
    let objects = [("shop/b", &*second), ("shop/a", &*first)];
    assert_eq!(chosen(&objects, CALL), "a b");
    assert_eq!(tls(&objects, CALL), format!("Simple by a {at}"));
    let v1 = Call {
        subset: Some("v1"),
        ..CALL
    };
    let v2 = Call {
        subset: Some("v2"),
        ..CALL
    };
    assert_eq!(
        tls(&objects, v1),
        format!("Disable by a spec.subsets[0].trafficPolicy.tls.mode")
    );
    assert_eq!(
        tls(&objects, v2),
        format!("IstioMutual by b spec.subsets[1].trafficPolicy.tls.mode")
    );
    // A rule without a policy takes that of the next one.
    let objects = [("shop/a", "host: product"), ("shop/b", &*disable)];
    assert_eq!(tls(&objects, CALL), format!("Disable by b {at}"));
}

#[test]
fn mergers_are_told_once_each() {
    let objects = [
        ("shop/a", "host: product"),
        ("shop/b", "host: product"),
        ("shop/c", "host: '*.x'"),
        ("shop/d", "host: '*.x', exportTo: ['.']"),
        ("web/a", "host: product"),
        ("web/e", "host: '*.y', exportTo: ['.']"),
        ("web/f", "host: '*.y', exportTo: ['.']"),
    ];
    let seen = with(&rules(&objects), |resources| {
        let all = DestinationRules::new(resources, ROOT, "cluster.local", &|_| true);
        assert_eq!(all.rules().len(), 7);
        let mergers = all.mergers().into_iter().map(|merger| {
            let names = merger.rules.iter().map(|rule| rule.name());
            format!("{} {}", merger.host, names.collect::<Vec<_>>().join(" "))
        });
        mergers.collect::<Vec<_>>()
    });
    assert_eq!(seen, [format!("{HOST} a b"), "*.y e f".to_owned()]);
}

#[test]
fn rules_that_others_see_than_the_first_one_stand_alone_and_the_last_counts() {
    let (simple, disable) = (told("SIMPLE"), told("DISABLE"));
    let private = format!("{simple}, exportTo: ['.']");
    let at_home = Call {
        client_namespace: "shop",
        ..CALL
    };
    let objects = [("shop/a", &*private), ("shop/b", &*disable)];
    assert_eq!(chosen(&objects, at_home), "b");
    assert_eq!(chosen(&objects, CALL), "b");
    // One that more namespaces see is merged into the one that fewer see, and not on its own at home.
    let wider = format!("{disable}, exportTo: ['.', web]");
    let objects = [("shop/a", &*private), ("shop/b", &*wider)];
    assert_eq!(chosen(&objects, at_home), "a b");
    assert_eq!(chosen(&objects, CALL), "b");
}

/// The first rule in force for a client in `shop` with `app: web`, and for one with no labels.
fn by_client(objects: &[(&str, &str)]) -> [String; 2] {
    let text = pods("app: web") + &rules(objects);
    with(&text, |resources| {
        let all = DestinationRules::new(resources, ROOT, "cluster.local", &|_| true);
        [Some(labels(resources)), None].map(|client_labels| {
            let tls = all.client_tls(Call {
                client_namespace: "shop",
                client_labels,
                ..CALL
            });
            tls.rules
                .iter()
                .map(|rule| rule.name())
                .collect::<Vec<_>>()
                .join(" ")
        })
    })
}

#[test]
fn a_rule_for_some_workloads_comes_first_for_them_and_stays_in_its_namespace() {
    let select = "host: product, workloadSelector: {matchLabels: {app: web}}";
    let other = "host: product, workloadSelector: {matchLabels: {app: other}}";
    let objects = [
        ("shop/all", "host: product"),
        ("shop/some", select),
        ("shop/third", other),
    ];
    assert_eq!(by_client(&objects), ["some", "all"]);
    let public = format!("{select}, exportTo: ['*']");
    assert_eq!(chosen(&[("shop/some", &public)], CALL), "");
    assert_eq!(chosen(&objects, CALL), "all");
}

#[test]
fn rules_with_the_same_selector_are_merged() {
    let select = "host: product, workloadSelector: {matchLabels: {app: web}}";
    assert_eq!(
        by_client(&[("shop/b", select), ("shop/a", select)]),
        ["a b", ""]
    );
}

#[test]
fn a_private_rule_for_all_is_lost_in_one_for_some() {
    let select = "host: product, workloadSelector: {matchLabels: {app: web}}";
    let objects = [
        ("shop/all", "host: product, exportTo: ['.']"),
        ("shop/some", select),
    ];
    assert_eq!(by_client(&objects), ["some all", ""]);
}

#[test]
fn an_entry_for_a_port_replaces_the_policy_and_endpoints_still_go_by_it() {
    let at = "spec.trafficPolicy.tls.mode";
    let entry = "spec.trafficPolicy.portLevelSettings[1].tls.mode";
    let spec = "host: product, trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 81}, connectionPool: {}}, {port: {number: 82}, tls: {mode: ISTIO_MUTUAL}}]}";
    for (port, expected) in [
        (Some(80), format!("Disable by s {at}")),
        (None, format!("Disable by s {at}")),
        (Some(81), format!("none leftover Disable {at}")),
        (Some(82), format!("IstioMutual by s {entry}")),
    ] {
        assert_eq!(
            tls(&[("shop/s", spec)], Call { port, ..CALL }),
            expected,
            "{port:?}"
        );
    }
}

#[test]
fn a_subset_overrides_field_by_field_and_its_entry_for_a_port_all_of_it() {
    let v1 = |port| Call {
        subset: Some("v1"),
        port: Some(port),
        ..CALL
    };
    let rule = |subset: &str| {
        format!(
            "host: product, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}, portLevelSettings: [{{port: {{number: 81}}, connectionPool: {{}}}}]}}, subsets: [{{name: v0}}, {{name: v1{subset}}}]"
        )
    };
    let of_rule = "IstioMutual by s spec.trafficPolicy.tls.mode";
    let own = "spec.subsets[1].trafficPolicy";
    for (subset, port, expected) in [
        ("", 80, of_rule.to_owned()),
        (", trafficPolicy: null", 80, of_rule.to_owned()),
        (
            ", trafficPolicy: {connectionPool: {}}",
            80,
            of_rule.to_owned(),
        ),
        // The rule's entry for the port has no tls, and a subset's endpoints have nothing from the rule.
        ("", 81, "none".to_owned()),
        (
            ", trafficPolicy: {tls: {mode: SIMPLE}}",
            80,
            format!("Simple by s {own}.tls.mode"),
        ),
        (
            ", trafficPolicy: {tls: {mode: SIMPLE}}",
            81,
            format!("Simple by s {own}.tls.mode"),
        ),
        (
            ", trafficPolicy: {portLevelSettings: [{port: {number: 80}, connectionPool: {}}]}",
            80,
            "none".to_owned(),
        ),
        (
            ", trafficPolicy: {tls: {mode: SIMPLE}, portLevelSettings: [{port: {number: 80}, connectionPool: {}}]}",
            80,
            format!("none leftover Simple {own}.tls.mode"),
        ),
        (
            ", trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}",
            80,
            format!("Disable by s {own}.portLevelSettings[0].tls.mode"),
        ),
    ] {
        assert_eq!(
            tls(&[("shop/s", &rule(subset))], v1(port)),
            expected,
            "{subset} {port}"
        );
    }
    let unknown = Call {
        subset: Some("v2"),
        ..CALL
    };
    assert_eq!(tls(&[("shop/s", &rule(""))], unknown), format!("{of_rule}"));
    assert_eq!(tls(&[], unknown), "none");
}

#[test]
fn a_subset_of_a_rule_without_a_policy_has_its_own() {
    let spec = "host: product, subsets: [{name: v1, trafficPolicy: {tls: {mode: SIMPLE}}}]";
    let v1 = Call {
        subset: Some("v1"),
        ..CALL
    };
    assert_eq!(
        tls(&[("shop/s", spec)], v1),
        "Simple by s spec.subsets[0].trafficPolicy.tls.mode"
    );
    assert_eq!(tls(&[("shop/s", spec)], CALL), "none");
}

#[test]
fn passthrough_is_told() {
    let lb = "loadBalancer: {simple: PASSTHROUGH}";
    let spec = format!(
        "host: product, trafficPolicy: {{{lb}, portLevelSettings: [{{port: {{number: 81}}, tls: {{mode: DISABLE}}}}]}}"
    );
    assert_eq!(tls(&[("shop/s", &spec)], CALL), "none passthrough");
    let entry = "Disable by s spec.trafficPolicy.portLevelSettings[0].tls.mode";
    assert_eq!(
        tls(
            &[("shop/s", &spec)],
            Call {
                port: Some(81),
                ..CALL
            }
        ),
        entry
    );
    let other = "host: product, trafficPolicy: {loadBalancer: {simple: RANDOM}}";
    assert_eq!(tls(&[("shop/s", other)], CALL), "none");
    let subset = format!(
        "host: product, trafficPolicy: {{{lb}}}, subsets: [{{name: v1, trafficPolicy: {{loadBalancer: {{simple: RANDOM}}}}}}]"
    );
    let v1 = Call {
        subset: Some("v1"),
        ..CALL
    };
    assert_eq!(tls(&[("shop/s", &subset)], v1), "none");
}

#[test]
fn a_secret_is_for_gateways_and_for_workloads_that_the_rule_selects() {
    let at = "spec.trafficPolicy.tls.mode";
    let rule = |tls: &str| format!("host: product, trafficPolicy: {{tls: {{{tls}}}}}");
    let ignored = format!("Disable by s {at} without its certificate");
    for (told, expected) in [
        ("mode: SIMPLE, credentialName: secret", &*ignored),
        ("mode: MUTUAL, credentialName: secret", &*ignored),
        (
            "mode: SIMPLE, credentialName: 'configmap://ca'",
            &*format!("Simple by s {at}"),
        ),
        (
            "mode: ISTIO_MUTUAL, credentialName: secret",
            &*format!("IstioMutual by s {at}"),
        ),
        ("mode: SIMPLE", &*format!("Simple by s {at}")),
    ] {
        assert_eq!(tls(&[("shop/s", &rule(told))], CALL), expected, "{told}");
    }
    let spec = rule("mode: SIMPLE, credentialName: secret");
    let gateway = Call {
        is_gateway: true,
        ..CALL
    };
    assert_eq!(
        tls(&[("shop/s", &spec)], gateway),
        format!("Simple by s {at}")
    );
    let spec = format!("{spec}, workloadSelector: {{matchLabels: {{app: web}}}}");
    let text = pods("app: web") + &rules(&[("shop/s", &spec)]);
    let seen = with(&text, |resources| {
        let client_labels = Some(labels(resources));
        let call = Call {
            client_namespace: "shop",
            client_labels,
            ..CALL
        };
        show(&DestinationRules::new(resources, ROOT, "cluster.local", &|_| true).client_tls(call))
    });
    assert_eq!(seen, format!("Simple by s {at}"));
}
