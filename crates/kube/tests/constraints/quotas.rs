//! What quotas ask for, and which pods they count; whose namespace they are for.

use plimsoll_kube::{Amount, QuotaName};

use crate::{names, shown, with};

const IN_NAMESPACES: &str = "
{apiVersion: v1, kind: KIND, metadata: {name: own}}
---
{apiVersion: v1, kind: KIND, metadata: {name: named, namespace: main}}
---
{apiVersion: v1, kind: KIND, metadata: {name: foreign, namespace: other}}
---
{apiVersion: example.com/v1, kind: KIND, metadata: {name: alien}}
---
apiVersion: v1
kind: KIND
metadata: {name: local, annotations: {config.kubernetes.io/local-config: 'true'}}
";

#[test]
fn limit_ranges_are_those_of_the_namespace_that_reach_the_cluster() {
    with(&IN_NAMESPACES.replace("KIND", "LimitRange"), |resources| {
        let of = |namespace| {
            names(
                resources
                    .limit_ranges(namespace)
                    .map(|range| range.resource),
            )
        };
        assert_eq!(of("main"), ["own", "named"]);
        assert_eq!(of("other"), ["foreign"]);
    });
}

#[test]
fn quotas_are_those_of_the_namespace_that_reach_the_cluster() {
    with(
        &IN_NAMESPACES.replace("KIND", "ResourceQuota"),
        |resources| {
            let of = |namespace| names(resources.quotas(namespace).map(|quota| quota.resource));
            assert_eq!(of("main"), ["own", "named"]);
            assert_eq!(of("other"), ["foreign"]);
        },
    );
}

fn requests(resource: &str) -> QuotaName<'_> {
    QuotaName::Requests(resource.into())
}

fn limits(resource: &str) -> QuotaName<'_> {
    QuotaName::Limits(resource.into())
}

#[test]
fn native_resources_mean_requests_in_a_quota() {
    let table = [
        ("cpu", requests("cpu")),
        ("requests.cpu", requests("cpu")),
        ("memory", requests("memory")),
        ("ephemeral-storage", requests("ephemeral-storage")),
        ("hugepages-2Mi", requests("hugepages-2Mi")),
        ("requests.nvidia.com/gpu", requests("nvidia.com/gpu")),
        ("limits.memory", limits("memory")),
        ("pods", QuotaName::Pods),
        ("count/pods", QuotaName::Other("count/pods".into())),
        ("services", QuotaName::Other("services".into())),
    ];
    for (name, expected) in table {
        assert_eq!(QuotaName::parse(name.into()), expected, "{name}");
    }
}

#[test]
fn only_quotas_on_cpu_and_memory_make_values_mandatory() {
    for name in ["cpu", "requests.memory", "limits.cpu", "limits.memory"] {
        assert!(QuotaName::parse(name.into()).must_be_set(), "{name}");
    }
    for name in ["pods", "ephemeral-storage", "requests.nvidia.com/gpu"] {
        assert!(!QuotaName::parse(name.into()).must_be_set(), "{name}");
    }
}

#[test]
fn the_tighter_of_two_spellings_counts() {
    let text = "
apiVersion: v1
kind: ResourceQuota
spec: {hard: {cpu: 10, requests.cpu: 4, limits.cpu: much, pods: '7'}}
";
    with(text, |resources| {
        let quota = resources.quotas("main").next().unwrap();
        let most = |name| quota.most(&name).map(|amount| shown(&amount));
        assert_eq!(
            most(requests("cpu")).as_deref(),
            Some("spec.hard[\"requests.cpu\"] 4")
        );
        assert_eq!(most(QuotaName::Pods).as_deref(), Some("spec.hard.pods '7'"));
        assert_eq!(most(limits("memory")), None);
        // It can't be read, but it is there.
        assert_eq!(most(limits("cpu")), None);
        let unreadable = |(_, amount): &(QuotaName<'_>, Amount<'_>)| amount.quantity.is_err();
        let hard = quota.hard();
        let unreadable: Vec<_> = hard.iter().filter(|entry| unreadable(entry)).collect();
        assert_eq!(unreadable.len(), 1);
        assert_eq!(unreadable.first().unwrap().0, limits("cpu"));
    });
}

/// Whether a quota with this spec counts a pod with that spec, for a pod that is best effort or not.
fn counts(quota: &str, pod: &str, is_best_effort: bool) -> bool {
    let text = format!(
        "{{apiVersion: v1, kind: ResourceQuota, spec: {quota}}}\n---\n\
         {{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {pod}}}\n"
    );
    with(&text, |resources| {
        let quota = resources.quotas("main").next().unwrap();
        quota.counts(resources.pods().next().unwrap(), is_best_effort)
    })
}

#[test]
fn a_quota_without_scopes_counts_every_pod() {
    assert!(counts("{}", "{}", true));
    assert!(counts("{scopes: []}", "{}", false));
}

#[test]
fn scopes_by_quality_of_service_count_what_the_caller_says_the_pod_is() {
    assert!(counts("{scopes: [BestEffort]}", "{}", true));
    assert!(!counts("{scopes: [BestEffort]}", "{}", false));
    assert!(counts("{scopes: [NotBestEffort]}", "{}", false));
    assert!(!counts("{scopes: [NotBestEffort]}", "{}", true));
}

#[test]
fn scopes_by_deadline_count_pods_with_one() {
    let ends = "{activeDeadlineSeconds: 60}";
    assert!(counts("{scopes: [Terminating]}", ends, false));
    assert!(!counts("{scopes: [Terminating]}", "{}", false));
    assert!(counts("{scopes: [NotTerminating]}", "{}", false));
    assert!(!counts("{scopes: [NotTerminating]}", ends, false));
}

#[test]
fn all_scopes_must_hold() {
    let quota = "{scopes: [NotTerminating, NotBestEffort]}";
    assert!(counts(quota, "{}", false));
    assert!(!counts(quota, "{}", true));
}

#[test]
fn scopes_by_priority_class_compare_its_name() {
    let table = [
        ("{operator: In, values: [high, top]}", [true, false, false]),
        ("{operator: NotIn, values: [high]}", [false, true, true]),
        ("{operator: Exists}", [true, true, false]),
        ("{operator: DoesNotExist}", [false, false, true]),
    ];
    let pods = [
        "{priorityClassName: high}",
        "{priorityClassName: low}",
        "{priorityClassName: ''}",
    ];
    for (expression, expected) in table {
        let expression = expression.replacen('{', "{scopeName: PriorityClass, ", 1);
        let quota = format!("{{scopeSelector: {{matchExpressions: [{expression}]}}}}");
        assert_eq!(
            pods.map(|pod| counts(&quota, pod, false)),
            expected,
            "{quota}"
        );
    }
    assert!(counts("{scopes: [PriorityClass]}", pods[0], false));
    assert!(!counts("{scopes: [PriorityClass]}", "{}", false));
}

#[test]
fn a_scope_selector_takes_every_scope_by_name() {
    let quota = "{scopeSelector: {matchExpressions: [{scopeName: BestEffort, operator: Exists}]}}";
    assert!(counts(quota, "{}", true));
    assert!(!counts(quota, "{}", false));
}

#[test]
fn a_scope_by_affinity_counts_pods_that_look_at_other_namespaces() {
    let quota = "{scopes: [CrossNamespacePodAffinity]}";
    let required = |term: &str| {
        format!(
            "{{affinity: {{podAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}}}"
        )
    };
    let preferred = "{affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: \
                     [{weight: 1, podAffinityTerm: {namespaceSelector: {}}}]}}}";
    assert!(counts(quota, &required("{namespaces: [other]}"), false));
    assert!(counts(quota, preferred, false));
    assert!(!counts(quota, &required("{namespaces: []}"), false));
    assert!(!counts(quota, &required("{topologyKey: zone}"), false));
}

#[test]
fn an_unknown_scope_counts_no_pod() {
    assert!(!counts("{scopes: [Friendly]}", "{}", false));
}
