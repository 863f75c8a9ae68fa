use crate::istio::probe::{labels, pods, with};

use super::identity::Identity;
use super::*;

const ROOT: &str = "istio-system";

/// A policy by `<namespace>/<name>` and the fields of its `spec`.
fn policies(policies: &[(&str, &str)]) -> String {
    let policy = |(name, spec): &(&str, &str)| {
        let (namespace, name) = name.split_once('/').unwrap();
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n---\n"
        )
    };
    policies.iter().map(policy).collect()
}

/// What is seen of the one policy with this `spec`.
fn of(spec: &str, see: impl Fn(&AuthorizationPolicy<'_>) -> String) -> String {
    with(&policies(&[("shop/a", spec)]), |resources| {
        let all = AuthorizationPolicies::new(resources, ROOT, &|_| true);
        see(&all.policies()[0])
    })
}

/// What is seen of the one rule.
fn of_rule(rule: &str, see: impl Fn(&Rule<'_>) -> String) -> String {
    of(&format!("rules: [{{{rule}}}]"), |policy| {
        see(&policy.rules[0])
    })
}

fn selecting(objects: &[(&str, &str)], namespace: &str, pod: &str) -> String {
    with(&(pods(pod) + &policies(objects)), |resources| {
        let all = AuthorizationPolicies::new(resources, ROOT, &|_| true);
        let found = all.selecting(namespace, labels(resources)).into_iter();
        found
            .map(|policy| policy.resource.name())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

#[test]
fn a_policy_is_about_those_it_selects_in_its_namespace_and_from_the_root_everywhere() {
    let objects = [
        ("shop/all", ""),
        ("shop/empty", "selector: {matchLabels: {}}"),
        ("shop/order", "selector: {matchLabels: {app: order}}"),
        ("shop/other", "selector: {matchLabels: {app: other}}"),
        ("shop/target", "targetRefs: [{kind: Service, name: order}]"),
        ("web/elsewhere", ""),
        ("istio-system/mesh", ""),
        (
            "istio-system/root-order",
            "selector: {matchLabels: {app: order}}",
        ),
    ];
    assert_eq!(
        selecting(&objects, "shop", "app: order"),
        "all empty order mesh root-order"
    );
    assert_eq!(selecting(&objects, "web", "app: web"), "elsewhere mesh");
    assert_eq!(selecting(&objects, ROOT, "app: order"), "mesh root-order");
}

#[test]
fn a_policy_for_a_gateway_is_for_the_pods_of_that_gateway() {
    let target = "targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: web}";
    let objects = [("shop/gateway", target), ("shop/all", "")];
    let gateway = "gateway.networking.k8s.io/gateway-name: web";
    assert_eq!(selecting(&objects, "shop", gateway), "all gateway");
    assert_eq!(selecting(&objects, "shop", "app: web"), "all");
    assert_eq!(selecting(&objects, "other", gateway), "");
}

#[test]
fn a_policy_for_a_service_is_found_by_the_service() {
    let objects = [
        (
            "shop/one",
            "targetRefs: [{kind: Service, group: '', name: product}]",
        ),
        (
            "shop/core",
            "targetRefs: [{kind: Service, group: core, name: x}, {kind: Service, group: core, name: product}, {kind: Service, name: product}]",
        ),
        ("shop/single", "targetRef: {kind: Service, name: product}"),
        (
            "shop/both",
            "targetRefs: [{kind: Service, name: x}], targetRef: {kind: Service, name: product}",
        ),
        (
            "shop/entry",
            "targetRefs: [{kind: ServiceEntry, group: networking.istio.io, name: product}]",
        ),
        (
            "web/elsewhere",
            "targetRefs: [{kind: Service, name: product}]",
        ),
    ];
    let seen = with(&policies(&objects), |resources| {
        let all = AuthorizationPolicies::new(resources, ROOT, &|_| true);
        let found = all.targeting("shop", "", "Service", "product").into_iter();
        found
            .map(|policy| policy.resource.name())
            .collect::<Vec<_>>()
            .join(" ")
    });
    assert_eq!(seen, "core one single");
}

#[test]
fn action_scope_and_dry_run_are_read() {
    for (spec, expected) in [
        ("", "Allow Namespace true"),
        ("action: ALLOW", "Allow Namespace true"),
        ("action: DENY, rules: [{}]", "Deny Namespace false"),
        ("action: AUDIT, rules: []", "Audit Namespace true"),
        (
            "action: CUSTOM, selector: {matchLabels: {a: b}}",
            "Custom Workload true",
        ),
        (
            "targetRefs: [{kind: Service, name: x}]",
            "Allow Workload true",
        ),
    ] {
        let seen = of(spec, |policy| {
            format!(
                "{:?} {:?} {}",
                policy.action,
                policy.scope(),
                policy.matches_nobody()
            )
        });
        assert_eq!(seen, expected, "{spec}");
    }
    let text = policies(&[("istio-system/a", "")]);
    for (value, is_dry_run) in [
        ("'true'", true),
        ("'1'", true),
        ("'false'", false),
        ("'yes'", false),
    ] {
        let text = text.replace(
            "{name",
            &format!("{{annotations: {{istio.io/dry-run: {value}}}, name"),
        );
        let seen = with(&text, |resources| {
            let all = AuthorizationPolicies::new(resources, ROOT, &|_| true);
            let policy = &all.policies()[0];
            (
                policy.is_dry_run,
                policy.scope(),
                policy.is_ignored_in_ambient(),
            )
        });
        assert_eq!(seen, (is_dry_run, Scope::Mesh, is_dry_run), "{value}");
    }
}

#[test]
fn an_empty_rule_asks_for_nothing() {
    for (rule, is_empty) in [
        ("", true),
        ("from: []", true),
        ("when: [{key: source.ip, values: [x]}]", false),
        ("to: [{operation: {ports: ['80']}}]", false),
    ] {
        assert_eq!(
            of_rule(rule, |rule| rule.is_empty().to_string()),
            is_empty.to_string()
        );
    }
}

#[test]
fn identities_are_named_as_principals_and_as_accounts() {
    let rule = "from: [{source: {principals: [cluster.local/ns/web/sa/front, '*'], notPrincipals: ['td/ns/web/*']}}, {source: {serviceAccounts: [web/back, own], notServiceAccounts: [bad]}}], when: [{key: source.principal, values: ['spiffe://td/ns/a/sa/b']}, {key: source.serviceAccount, notValues: [x/y]}, {key: source.namespace, values: [n]}]";
    let seen = of_rule(rule, |rule| {
        let show = |identity: &Identity<'_>| {
            assert!(
                identity
                    .place
                    .path
                    .to_string()
                    .starts_with("spec.rules[0].")
            );
            let account = identity
                .account()
                .map_or("-".to_owned(), |(ns, name)| format!("{ns}/{name}"));
            let excluded = if identity.is_excluded {
                " excluded"
            } else {
                ""
            };
            let anyone = if identity.is_anyone() { " anyone" } else { "" };
            let scheme = if identity.has_scheme() { " scheme" } else { "" };
            let domain = identity
                .trust_domain()
                .map_or(String::new(), |domain| format!(" of {domain}"));
            format!("{account}{domain}{excluded}{anyone}{scheme}")
        };
        rule.identities()
            .iter()
            .map(show)
            .collect::<Vec<_>>()
            .join("\n")
    });
    assert_eq!(
        seen,
        "web/front of cluster.local\n- anyone\n- excluded\nweb/back\nshop/own\nshop/bad excluded\n- scheme\nx/y excluded"
    );
}

#[test]
fn an_identity_stands_where_it_is_written() {
    let rule =
        "from: [{source: {principals: [a, b]}}], when: [{key: source.principal, values: [c]}]";
    let seen = of_rule(rule, |rule| {
        let identities = rule.identities();
        let places = identities
            .iter()
            .map(|identity| identity.place.path.to_string());
        places.collect::<Vec<_>>().join(" ")
    });
    assert_eq!(
        seen,
        "spec.rules[0].from[0].source.principals[0] spec.rules[0].from[0].source.principals[1] spec.rules[0].when[0].values[0]"
    );
}

#[test]
fn what_is_no_whole_principal_names_no_account() {
    for principal in [
        "td/ns/a",
        "ns/a/sa/b",
        "/ns/a/sa/b",
        "td/ns/a/b/sa/c",
        "td/ns//sa/c",
        "td/ns/a/sa/",
        "'td/ns/a/sa/*'",
    ] {
        let rule = format!("from: [{{source: {{principals: [{principal}]}}}}]");
        let seen = of_rule(&rule, |rule| {
            format!("{:?}", rule.identities()[0].account())
        });
        assert_eq!(seen, "None", "{principal}");
    }
}

#[test]
fn ports_are_those_of_every_operation_and_condition() {
    for (rule, expected) in [
        ("", "any"),
        (
            "to: [{operation: {ports: ['80', '81']}}, {operation: {ports: [82]}}]",
            "80 81 82",
        ),
        (
            "to: [{operation: {ports: ['80']}}, {operation: {paths: [/]}}]",
            "any",
        ),
        ("to: [{operation: {notPorts: ['80']}}]", "any"),
        ("when: [{key: destination.port, values: ['80']}]", "80"),
        (
            "to: [{operation: {ports: ['80', '81']}}], when: [{key: destination.port, values: ['81', '82']}]",
            "81",
        ),
        (
            "when: [{key: destination.port, notValues: ['80']}, {key: source.ip, values: ['80']}]",
            "any",
        ),
    ] {
        let seen = of_rule(rule, |rule| {
            let show = |ports: std::collections::BTreeSet<u16>| {
                ports
                    .iter()
                    .map(u16::to_string)
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            rule.ports().map_or("any".to_owned(), show)
        });
        assert_eq!(seen, expected, "{rule}");
    }
}

#[test]
fn what_is_http_is_lost_on_tcp_and_more_of_it_in_ambient_mode() {
    let rule = "from: [{source: {principals: [a], requestPrincipals: [a], notRequestPrincipals: [b], remoteIpBlocks: [c], notRemoteIpBlocks: [d], trustDomains: [e], ipBlocks: [f]}}], to: [{operation: {hosts: [a], notHosts: [a], methods: [a], notMethods: [a], paths: [a], notPaths: [a], ports: ['80']}}, {operation: {paths: []}}], when: [{key: 'request.headers[x]', values: [a]}, {key: request.auth.principal, values: [a]}, {key: source.ip, values: [a]}, {key: connection.sni, values: [a]}, {key: remote.ip, values: [a]}, {key: source.serviceAccount, values: [a]}, {key: source.principal, values: [a]}]";
    let lost = |enforcer| {
        of_rule(rule, |rule| {
            let lost = rule.lost(enforcer);
            lost.iter()
                .map(|field| &*field.name)
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    assert_eq!(
        lost(Enforcer::TcpFilter),
        "requestPrincipals notRequestPrincipals hosts notHosts methods notMethods paths notPaths request.headers[x] request.auth.principal"
    );
    assert_eq!(
        lost(Enforcer::Ztunnel),
        "requestPrincipals notRequestPrincipals remoteIpBlocks notRemoteIpBlocks trustDomains hosts notHosts methods notMethods paths notPaths request.headers[x] request.auth.principal connection.sni remote.ip source.serviceAccount"
    );
    let places = of_rule(
        "to: [{operation: {paths: [a]}}], when: [{key: request.x, values: [a]}]",
        |rule| {
            let lost = rule.lost(Enforcer::TcpFilter);
            lost.iter()
                .map(|field| field.place.path.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        },
    );
    assert_eq!(
        places,
        "spec.rules[0].to[0].operation.paths spec.rules[0].when[0].key"
    );
}

/// What becomes of the rule under each action.
fn effects(rule: &str, enforcer: Enforcer) -> [Effect; 2] {
    ["ALLOW", "DENY"].map(|action| {
        let spec = format!("action: {action}, rules: [{{{rule}}}]");
        with(&policies(&[("shop/a", &spec)]), |resources| {
            let all = AuthorizationPolicies::new(resources, ROOT, &|_| true);
            let policy = &all.policies()[0];
            policy.effect(&policy.rules[0], enforcer)
        })
    })
}

#[test]
fn on_tcp_a_rule_about_http_allows_nothing_and_denies_more() {
    use Effect::{Everything, Never, Same, Wider};
    let from = "from: [{source: {principals: [a]}}]";
    let paths = "to: [{operation: {paths: [/x]}}]";
    let mixed = "to: [{operation: {paths: [/x], ports: ['80']}}]";
    let either = "to: [{operation: {ports: ['80']}}, {operation: {paths: [/x]}}]";
    let header = "when: [{key: 'request.headers[x]', values: [a]}]";
    for (rule, expected) in [
        (String::new(), [Same, Same]),
        (from.to_owned(), [Same, Same]),
        (paths.to_owned(), [Never, Everything]),
        (mixed.to_owned(), [Never, Wider]),
        (either.to_owned(), [Never, Everything]),
        (header.to_owned(), [Never, Everything]),
        (format!("{from}, {paths}"), [Never, Wider]),
        (format!("{paths}, {header}"), [Never, Everything]),
        (
            "from: [{source: {trustDomains: [a], remoteIpBlocks: [b]}}]".to_owned(),
            [Same, Same],
        ),
    ] {
        assert_eq!(effects(&rule, Enforcer::TcpFilter), expected, "{rule}");
    }
}

#[test]
fn in_ambient_mode_a_rule_about_http_allows_nothing_and_may_deny_nothing() {
    use Effect::{Narrower, Never, Same, Wider};
    let from = "from: [{source: {principals: [a]}}]";
    let paths = "to: [{operation: {paths: [/x]}}]";
    for (rule, expected) in [
        (from.to_owned(), [Same, Same]),
        (paths.to_owned(), [Never, Never]),
        (format!("{from}, {paths}"), [Never, Never]),
        (
            "to: [{operation: {paths: [/x], ports: ['80']}}]".to_owned(),
            [Never, Wider],
        ),
        (
            "to: [{operation: {ports: ['80']}}, {operation: {paths: [/x]}}]".to_owned(),
            [Never, Narrower],
        ),
        (
            "when: [{key: connection.sni, values: [a]}]".to_owned(),
            [Never, Never],
        ),
        (
            "when: [{key: source.ip, values: [a]}]".to_owned(),
            [Same, Same],
        ),
        // Trust domains are left out without a word.
        (
            "from: [{source: {trustDomains: [a]}}]".to_owned(),
            [Never, Never],
        ),
        (
            "from: [{source: {trustDomains: [a], namespaces: [b]}}]".to_owned(),
            [Wider, Wider],
        ),
        (
            "from: [{source: {trustDomains: [a]}}, {source: {namespaces: [b]}}]".to_owned(),
            [Narrower, Narrower],
        ),
        (
            "from: [{source: {trustDomains: [a]}}], when: [{key: source.trustDomain, values: [a]}]"
                .to_owned(),
            [Never, Never],
        ),
    ] {
        assert_eq!(effects(&rule, Enforcer::Ztunnel), expected, "{rule}");
    }
}

#[test]
fn ztunnel_knows_no_other_action_and_no_target() {
    for (spec, is_ignored) in [
        ("action: AUDIT, rules: [{}]", true),
        ("action: CUSTOM, rules: [{}]", true),
        ("targetRefs: [{kind: Service, name: x}], rules: [{}]", true),
        ("action: DENY, rules: [{}]", false),
    ] {
        let seen = of(spec, |policy| {
            let effect = policy.effect(&policy.rules[0], Enforcer::Ztunnel);
            format!("{} {effect:?}", policy.is_ignored_in_ambient())
        });
        let expected = if is_ignored {
            "true Never"
        } else {
            "false Same"
        };
        assert_eq!(seen, expected, "{spec}");
    }
}
