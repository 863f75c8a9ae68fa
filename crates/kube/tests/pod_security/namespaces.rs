//! What the labels of Namespaces ask of pods.

use plimsoll_kube::{NamespaceSecurity, SecurityPolicy};

use crate::with;

/// The levels that labels (without their prefix) ask for, and what is wrong with the labels.
fn asked(labels: &str) -> (String, Vec<String>) {
    let labels: Vec<String> = labels
        .split_ascii_whitespace()
        .map(|label| format!("pod-security.kubernetes.io/{}", label.replace('=', ": ")))
        .collect();
    let text = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{}}}}}\n",
        labels.join(", ")
    );
    with(&text, |resources| {
        let found = NamespaceSecurity::of(resources.all().next().unwrap());
        let show = |policy: Option<SecurityPolicy>| {
            policy.map_or("-".to_owned(), |policy| {
                format!("{}:{}", policy.level, policy.version)
            })
        };
        let levels = [found.enforce, found.audit, found.warn].map(show).join(" ");
        let mistakes = found.mistakes.iter();
        let mistakes = mistakes.map(|one| format!("{}: {}", one.place.path, one.detail));
        (levels, mistakes.collect())
    })
}

#[test]
fn each_mode_has_its_level_and_version() {
    for (labels, expected) in [
        ("", "- - -"),
        (
            "enforce=baseline enforce-version=v1.25 audit=restricted warn=privileged",
            "baseline:v1.25 restricted:latest privileged:latest",
        ),
        ("audit=baseline audit-version=latest", "- baseline:latest -"),
        // A version without a level leaves the level to the cluster.
        ("enforce-version=v1.30 warn-version=v1.30", "- - -"),
    ] {
        assert_eq!(asked(labels), (expected.to_owned(), Vec::new()), "{labels}");
    }
}

#[test]
fn people_are_warned_of_what_is_enforced_unless_a_label_says_otherwise() {
    for (labels, expected) in [
        (
            "enforce=restricted",
            "restricted:latest - restricted:latest",
        ),
        (
            "enforce=baseline enforce-version=v1.30",
            "baseline:v1.30 - baseline:v1.30",
        ),
        (
            "enforce=baseline enforce-version=v1.30 warn-version=v1.31",
            "baseline:v1.30 - baseline:v1.31",
        ),
        (
            "enforce=restricted warn=baseline",
            "restricted:latest - baseline:latest",
        ),
        ("enforce=privileged", "privileged:latest - -"),
    ] {
        assert_eq!(asked(labels).0, expected, "{labels}");
    }
}

#[test]
fn a_level_that_does_not_exist_is_enforced_as_restricted_and_else_ignored() {
    let (levels, mistakes) = asked("enforce=strict audit=Baseline warn=none");
    assert_eq!(
        levels,
        "restricted:latest privileged:latest privileged:latest"
    );
    assert_eq!(
        mistakes[0],
        "metadata.labels[\"pod-security.kubernetes.io/enforce\"]: must be `privileged`, `baseline` or \
         `restricted`, not \"strict\""
    );
    assert_eq!(mistakes.len(), 3);
    // Nobody is warned of a level that was made up.
    assert_eq!(asked("enforce=strict").0, "restricted:latest - -");
}

#[test]
fn a_version_that_does_not_exist_is_the_latest() {
    let (levels, mistakes) = asked("enforce=baseline enforce-version=1.33");
    assert_eq!(levels, "baseline:latest - baseline:latest");
    assert_eq!(
        mistakes,
        [
            "metadata.labels[\"pod-security.kubernetes.io/enforce-version\"]: must be `latest` or like \
             `v1.33`, not \"1.33\""
        ]
    );
}

#[test]
fn a_pod_finds_the_namespace_it_belongs_to() {
    let text = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: v1
kind: Pod
metadata: {name: in, namespace: shop}
spec: {containers: [{name: app}]}
---
apiVersion: v1
kind: Pod
metadata: {name: out, namespace: data}
spec: {containers: [{name: app}]}
";
    with(text, |resources| {
        let found: Vec<bool> = resources
            .pods()
            .map(|pod| {
                pod.namespace_security()
                    .is_some_and(|found| found.enforce.is_some())
            })
            .collect();
        assert_eq!(found, [true, false]);
    });
}
