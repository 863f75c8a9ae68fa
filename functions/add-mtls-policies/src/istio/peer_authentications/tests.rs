use super::{Conflict, ServerMode};
use crate::istio::probe::{labels, pods, with};
use crate::istio::{Mode, PeerAuthentications, Reason};

const ROOT: &str = "istio-system";

/// A policy by `<namespace>/<name>` and the fields of its `spec`.
fn policy(name: &str, spec: &str) -> String {
    let (namespace, name) = name.split_once('/').unwrap();
    format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n---\n"
    )
}

fn policies(policies: &[(&str, &str)]) -> String {
    let policies = policies.iter();
    policies.map(|(name, spec)| policy(name, spec)).collect()
}

fn show(mode: &ServerMode<'_>) -> String {
    let told = mode.decided_by.as_ref();
    let why = told.map_or("nobody".to_owned(), |(resource, place)| {
        assert!(resource.node.follow(&place.path.0).is_some());
        format!(
            "{}/{} {}",
            resource.namespace(),
            resource.name(),
            place.path
        )
    });
    let mode = match mode.mode {
        Mode::Disable => "DISABLE",
        Mode::Permissive => "PERMISSIVE",
        Mode::Strict => "STRICT",
    };
    format!("{mode} by {why}")
}

/// The mode of pods with `app: order` in `namespace`.
fn seen(
    objects: &str,
    see: impl for<'r> Fn(&PeerAuthentications<'r>, sdk::Labels<'r>) -> String,
) -> String {
    let text = pods("app: order, tier: back") + objects;
    with(&text, |resources| {
        see(
            &PeerAuthentications::new(resources, ROOT, &|_| true),
            labels(resources),
        )
    })
}

fn mode(objects: &[(&str, &str)], namespace: &'static str, port: u16) -> String {
    seen(&policies(objects), |all, labels| {
        show(&all.server_mode(namespace, labels, Some(port)))
    })
}

const MESH: (&str, &str) = ("istio-system/default", "mtls: {mode: STRICT}");
const NAMESPACE: (&str, &str) = ("shop/default", "mtls: {mode: DISABLE}");
const UNSET: (&str, &str) = ("shop/default", "mtls: {mode: UNSET}");
const WORKLOAD: (&str, &str) = (
    "shop/order",
    "selector: {matchLabels: {app: order}}, mtls: {mode: STRICT}, portLevelMtls: {8081: {mode: PERMISSIVE}, '8082': {mode: UNSET}}",
);

#[test]
fn the_narrowest_policy_that_tells_decides() {
    let by_mesh = "STRICT by istio-system/default spec.mtls.mode";
    let by_namespace = "DISABLE by shop/default spec.mtls.mode";
    let by_workload = "STRICT by shop/order spec.mtls.mode";
    let other = (
        "shop/other",
        "selector: {matchLabels: {app: order, tier: front}}, mtls: {mode: DISABLE}",
    );
    for (objects, expected) in [
        (vec![], "PERMISSIVE by nobody"),
        (vec![MESH], by_mesh),
        (vec![MESH, NAMESPACE], by_namespace),
        (vec![MESH, UNSET], by_mesh),
        (vec![MESH, ("shop/default", "")], by_mesh),
        (vec![MESH, ("shop/default", "mtls: {}")], by_mesh),
        (vec![MESH, ("shop/default", "mtls: {mode: null}")], by_mesh),
        (
            vec![("istio-system/default", "mtls: {mode: UNSET}")],
            "PERMISSIVE by nobody",
        ),
        (vec![MESH, NAMESPACE, WORKLOAD], by_workload),
        (vec![MESH, NAMESPACE, other], by_namespace),
        (
            vec![MESH, ("other/default", "mtls: {mode: DISABLE}")],
            by_mesh,
        ),
        (
            vec![
                MESH,
                NAMESPACE,
                ("shop/a", "selector: {matchLabels: {app: order}}"),
            ],
            by_namespace,
        ),
    ] {
        assert_eq!(mode(&objects, "shop", 8080), expected, "{objects:?}");
    }
}

#[test]
fn a_port_has_its_own_mode_and_one_without_has_that_of_the_workload() {
    for (port, expected) in [
        (8080, "STRICT by shop/order spec.mtls.mode"),
        (
            8081,
            "PERMISSIVE by shop/order spec.portLevelMtls.8081.mode",
        ),
        (8082, "STRICT by shop/order spec.mtls.mode"),
    ] {
        assert_eq!(mode(&[NAMESPACE, WORKLOAD], "shop", port), expected);
    }
    let unset = (
        "shop/order",
        "selector: {matchLabels: {app: order}}, portLevelMtls: {8081: {mode: UNSET}}",
    );
    assert_eq!(
        mode(&[NAMESPACE, unset], "shop", 8081),
        "DISABLE by shop/default spec.mtls.mode"
    );
}

#[test]
fn ports_count_in_policies_of_workloads_alone() {
    let policy = (
        "shop/default",
        "mtls: {mode: STRICT}, portLevelMtls: {8081: {mode: DISABLE}}",
    );
    assert_eq!(
        mode(&[policy], "shop", 8081),
        "STRICT by shop/default spec.mtls.mode"
    );
}

#[test]
fn a_selector_without_labels_is_none() {
    let policy = (
        "shop/any-name",
        "selector: {matchLabels: {}}, mtls: {mode: STRICT}",
    );
    assert_eq!(
        mode(&[policy], "shop", 80),
        "STRICT by shop/any-name spec.mtls.mode"
    );
}

#[test]
fn a_selector_in_the_root_namespace_reaches_nobody() {
    let policy = (
        "istio-system/order",
        "selector: {matchLabels: {app: order}}, mtls: {mode: STRICT}",
    );
    for namespace in ["shop", "istio-system"] {
        assert_eq!(mode(&[policy], namespace, 80), "PERMISSIVE by nobody");
    }
}

#[test]
fn clients_go_by_namespace_and_mesh_alone() {
    let seen = seen(&policies(&[MESH, NAMESPACE, WORKLOAD]), |all, _| {
        ["shop", "other"]
            .map(|namespace| show(&all.inferred(namespace)))
            .join(", ")
    });
    assert_eq!(
        seen,
        "DISABLE by shop/default spec.mtls.mode, STRICT by istio-system/default spec.mtls.mode"
    );
}

#[test]
fn of_two_in_one_scope_the_first_name_counts_and_both_are_told() {
    let select = "selector: {matchLabels: {app: order}}, mtls: {mode: STRICT}";
    let objects = [
        ("shop/b", "mtls: {mode: STRICT}"),
        ("shop/a", "mtls: {mode: DISABLE}"),
        ("istio-system/b", "mtls: {mode: STRICT}"),
        ("istio-system/a", "mtls: {mode: STRICT}"),
        ("other/a", ""),
        ("shop/y", select),
        ("shop/x", select),
        ("shop/z", "selector: {matchLabels: {tier: back}}"),
    ];
    let seen = seen(&policies(&objects), |all, labels| {
        let pair = |conflict: &Conflict<'_>| {
            let names = [conflict.first, conflict.second]
                .map(sdk::Resource::name)
                .join(" ");
            format!("{:?} {names} {}", conflict.scope, conflict.is_same)
        };
        let mut lines: Vec<_> = all.conflicts().iter().map(pair).collect();
        lines.push(show(&all.inferred("shop")));
        let selecting = all
            .selecting("shop", labels)
            .map(|policy| policy.resource.name());
        lines.push(selecting.collect::<Vec<_>>().join(" "));
        lines.join("\n")
    });
    assert_eq!(
        seen,
        "Mesh a b true\nNamespace a b false\nWorkload x y true\nDISABLE by shop/a spec.mtls.mode\nx y z"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of what Istio refuses")]
fn what_istio_refuses_or_ignores_is_told_with_its_place() {
    let select = "selector: {matchLabels: {app: order}}";
    let selector = |rest: &str| format!("{select}, {rest}");
    for (name, spec, expected) in [
        (
            "shop/a",
            selector("portLevelMtls: {8081: {mode: STRICT}}"),
            None,
        ),
        ("shop/a", selector("portLevelMtls: null"), None),
        ("shop/a", "mtls: {mode: STRICT}".to_owned(), None),
        (
            "shop/a",
            "portLevelMtls: {8081: {mode: STRICT}}".to_owned(),
            Some(("spec.portLevelMtls", Reason::PortsWithoutSelector)),
        ),
        (
            "shop/a",
            selector("portLevelMtls: {}"),
            Some(("spec.portLevelMtls", Reason::NoPorts)),
        ),
        (
            "shop/a",
            selector("portLevelMtls: {http: {mode: STRICT}}"),
            Some(("spec.portLevelMtls.http", Reason::NoPort("http".to_owned()))),
        ),
        (
            "shop/a",
            selector("portLevelMtls: {65536: {mode: STRICT}}"),
            Some((
                "spec.portLevelMtls.65536",
                Reason::NoPort("65536".to_owned()),
            )),
        ),
        (
            "shop/a",
            selector("portLevelMtls: {0: {mode: STRICT}}"),
            Some(("spec.portLevelMtls.0", Reason::NoPort("0".to_owned()))),
        ),
        (
            "shop/a",
            "mtls: {mode: strict}".to_owned(),
            Some(("spec.mtls.mode", Reason::NoMode("strict".to_owned()))),
        ),
        (
            "shop/a",
            selector("portLevelMtls: {80: {mode: x}}"),
            Some(("spec.portLevelMtls.80.mode", Reason::NoMode("x".to_owned()))),
        ),
        (
            "shop/a",
            "selector: {matchLabels: {app: 'order*'}}".to_owned(),
            Some((
                "spec.selector.matchLabels.app",
                Reason::NoLabel("app=order*".to_owned()),
            )),
        ),
        (
            "istio-system/a",
            select.to_owned(),
            Some(("spec.selector", Reason::SelectorInRoot)),
        ),
    ] {
        let expected =
            expected.map_or(String::new(), |(path, reason)| format!("{path} {reason:?}"));
        let seen = seen(&policy(name, &spec), |all, _| {
            let invalid = all
                .invalid()
                .map(|(_, invalid)| format!("{} {:?}", invalid.place.path, invalid.reason));
            invalid.collect::<Vec<_>>().join(", ")
        });
        assert_eq!(seen, expected, "{spec}");
    }
    assert!(Reason::NoPorts.is_refused());
    assert!(!Reason::SelectorInRoot.is_refused());
}

#[test]
fn every_version_counts_and_what_is_local_or_of_another_group_does_not() {
    let strict = policy("shop/default", "mtls: {mode: STRICT}");
    for (text, is_seen) in [
        (strict.replace("/v1", "/v1beta1"), true),
        (strict.replace("security.istio.io", "example.com"), false),
        (
            strict.replace(
                "{name",
                "{annotations: {config.kubernetes.io/local-config: 'true'}, name",
            ),
            false,
        ),
    ] {
        let count = seen(&text, |all, _| all.policies().len().to_string());
        assert_eq!(count == "1", is_seen, "{text}");
    }
}

#[test]
fn the_policies_of_mesh_and_namespace_are_found_by_scope_and_not_by_name() {
    let objects = [("istio-system/x", ""), ("shop/y", ""), WORKLOAD];
    let seen = seen(&policies(&objects), |all, _| {
        let found = [
            all.of_mesh(),
            all.of_namespace("shop"),
            all.of_namespace("istio-system"),
        ];
        found
            .map(|policy| policy.map_or("-", |policy| policy.resource.name()))
            .join(" ")
    });
    assert_eq!(seen, "x y -");
}

#[test]
fn disable_is_permissive_in_ambient_mode() {
    let select = "selector: {matchLabels: {app: order}}";
    let strict = "mtls: {mode: STRICT}";
    let lost = format!("{select}, portLevelMtls: {{8080: {{mode: DISABLE}}}}");
    let told = format!("{select}, {strict}, portLevelMtls: {{8080: {{mode: DISABLE}}}}");
    let beside =
        format!("{select}, portLevelMtls: {{8080: {{mode: DISABLE}}, 8081: {{mode: PERMISSIVE}}}}");
    let of_order = "PERMISSIVE by shop/order spec.portLevelMtls.8080.mode";
    for (objects, expected) in [
        (vec![NAMESPACE], "PERMISSIVE by shop/default spec.mtls.mode"),
        (vec![MESH], "STRICT by istio-system/default spec.mtls.mode"),
        // Inherited STRICT is not broken by a port that disables it.
        (
            vec![MESH, ("shop/order", &*lost)],
            "STRICT by istio-system/default spec.mtls.mode",
        ),
        (vec![("shop/order", &*lost)], of_order),
        (vec![MESH, ("shop/order", &*told)], of_order),
        (vec![MESH, ("shop/order", &*beside)], of_order),
    ] {
        let seen = seen(&policies(&objects), |all, labels| {
            show(&all.ambient_mode("shop", labels, Some(8080)))
        });
        assert_eq!(seen, expected, "{objects:?}");
    }
}
