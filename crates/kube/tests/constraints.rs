//! What the views on LimitRanges, quotas and autoscalers say.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use plimsoll_kube::{
    Amount, Bound, Cause, ContainerDefaults, Kinds, LimitRange, LimitRangeItem, LimitType,
    MetricTarget, Quantity, QuotaName, Resources,
};

fn with<T>(text: &str, see: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    see(&Resources::new(roots, &Kinds::with(Vec::new()), "main"))
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

/// A quantity, or none for an empty text.
fn maybe(text: &str) -> Option<Quantity> {
    (!text.is_empty()).then(|| quantity(text))
}

/// The text of an amount and where it stands.
fn shown(amount: &Amount<'_>) -> String {
    format!("{} {}", amount.place.path, amount.node.source())
}

fn names<'r>(found: impl Iterator<Item = &'r plimsoll_kube::Resource<'r>>) -> Vec<String> {
    found.map(|object| object.name().to_owned()).collect()
}

// LimitRanges

/// A LimitRange with one item of `type: Container`.
fn limit_range(item: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: LimitRange, metadata: {{name: limits}}, \
         spec: {{limits: [{{type: Container, {item}}}]}}}}\n"
    )
}

fn defaults_of<'r>(resources: &'r Resources<'r>) -> ContainerDefaults<'r> {
    let ranges: Vec<LimitRange<'_>> = resources.limit_ranges("main").collect();
    ContainerDefaults::of(&ranges, "cpu")
}

/// The default limit and request for CPU as `limit / request`.
fn cpu_defaults(text: &str) -> String {
    with(text, |resources| {
        let defaults = defaults_of(resources);
        let show =
            |amount: Option<Amount<'_>>| amount.map_or("-".to_owned(), |amount| shown(&amount));
        format!("{} / {}", show(defaults.limit), show(defaults.request))
    })
}

#[test]
fn defaults_of_a_limit_range_count_as_written() {
    assert_eq!(
        cpu_defaults(&limit_range(
            "default: {cpu: 500m}, defaultRequest: {cpu: 100m}, max: {cpu: 2}, min: {cpu: 10m}"
        )),
        "spec.limits[0].default.cpu 500m / spec.limits[0].defaultRequest.cpu 100m"
    );
}

#[test]
fn a_maximum_is_the_default_of_the_limit_and_so_of_the_request() {
    assert_eq!(
        cpu_defaults(&limit_range("max: {cpu: 2}, min: {cpu: 10m}")),
        "spec.limits[0].max.cpu 2 / spec.limits[0].max.cpu 2"
    );
}

#[test]
fn a_default_limit_is_the_default_of_the_request() {
    assert_eq!(
        cpu_defaults(&limit_range("default: {cpu: 1}, min: {cpu: 10m}")),
        "spec.limits[0].default.cpu 1 / spec.limits[0].default.cpu 1"
    );
}

#[test]
fn a_minimum_alone_is_the_default_of_the_request_only() {
    assert_eq!(
        cpu_defaults(&limit_range("min: {cpu: 10m}")),
        "- / spec.limits[0].min.cpu 10m"
    );
}

#[test]
fn a_default_for_one_resource_says_nothing_about_another() {
    assert_eq!(
        cpu_defaults(&limit_range("default: {memory: 1Gi}")),
        "- / -"
    );
}

#[test]
fn limits_for_pods_and_claims_are_no_defaults() {
    for kind in ["Pod", "PersistentVolumeClaim", "Shoe"] {
        let text = limit_range("max: {cpu: 2}").replace("Container", kind);
        assert_eq!(cpu_defaults(&text), "- / -", "{kind}");
    }
}

#[test]
fn the_last_item_of_a_limit_range_gives_the_default() {
    let text = limit_range("default: {cpu: 1}}, {type: Container, default: {cpu: 2}");
    assert_eq!(
        cpu_defaults(&text),
        "spec.limits[1].default.cpu 2 / spec.limits[1].default.cpu 2"
    );
}

#[test]
fn the_first_limit_range_with_a_value_gives_the_default() {
    let first = limit_range("min: {cpu: 10m}");
    let second = limit_range("default: {cpu: 1}");
    assert_eq!(
        cpu_defaults(&format!("{first}---\n{second}")),
        "spec.limits[0].default.cpu 1 / spec.limits[0].min.cpu 10m"
    );
}

#[test]
fn a_container_is_filled_up_from_its_own_limit_before_the_defaults() {
    let text = limit_range("default: {cpu: 500m}, defaultRequest: {cpu: 100m}");
    let table = [
        // request, limit, and what they become
        ("", "", "100m", "500m"),
        ("", "2", "2", "2"),
        ("1", "", "1", "500m"),
        ("1", "3", "1", "3"),
    ];
    with(&text, |resources| {
        let defaults = defaults_of(resources);
        for (request, limit, filled_request, filled_limit) in table {
            assert_eq!(
                defaults.fill(maybe(request), maybe(limit)),
                (maybe(filled_request), maybe(filled_limit)),
                "{request:?} {limit:?}"
            );
        }
    });
}

/// What refuses a request and a limit for CPU.
fn refusals(text: &str, request: &str, limit: &str) -> Vec<(Bound, Cause)> {
    with(text, |resources| {
        let items = resources.limit_ranges("main").flat_map(LimitRange::items);
        let refusals = items.flat_map(|item| item.refusals("cpu", maybe(request), maybe(limit)));
        refusals
            .map(|refusal| (refusal.bound, refusal.cause))
            .collect()
    })
}

#[test]
fn what_lies_within_the_bounds_is_taken_up_to_the_bounds_themselves() {
    let text = limit_range("min: {cpu: 100m}, max: {cpu: 2}, maxLimitRequestRatio: {cpu: 4}");
    for (request, limit) in [("100m", "400m"), ("2", "2"), ("0.5", "2000m")] {
        assert_eq!(refusals(&text, request, limit), [], "{request} {limit}");
    }
}

#[test]
fn a_minimum_refuses_less_and_nothing() {
    let text = limit_range("min: {cpu: 100m}");
    let min = |cause| vec![(Bound::Min, cause)];
    assert_eq!(refusals(&text, "", ""), min(Cause::NoRequest));
    assert_eq!(refusals(&text, "99m", ""), min(Cause::Request));
    assert_eq!(refusals(&text, "100m", "99m"), min(Cause::Limit));
    assert_eq!(refusals(&text, "100m", ""), []);
    assert_eq!(refusals(&text, "100m", "100m"), []);
}

#[test]
fn a_maximum_refuses_more_and_no_limit() {
    let text = limit_range("max: {cpu: 2}");
    let max = |cause| vec![(Bound::Max, cause)];
    assert_eq!(refusals(&text, "1", ""), max(Cause::NoLimit));
    assert_eq!(refusals(&text, "1", "2001m"), max(Cause::Limit));
    assert_eq!(refusals(&text, "3", "2"), max(Cause::Request));
    assert_eq!(refusals(&text, "", "2"), []);
}

#[test]
fn a_ratio_refuses_limits_too_far_above_the_request_and_zeroes() {
    let text = limit_range("maxLimitRequestRatio: {cpu: 2.5}");
    let ratio = |cause| vec![(Bound::MaxLimitRequestRatio, cause)];
    assert_eq!(refusals(&text, "1", "2501m"), ratio(Cause::Ratio));
    assert_eq!(refusals(&text, "1", "2.5"), []);
    assert_eq!(refusals(&text, "0", "1"), ratio(Cause::NoRequest));
    assert_eq!(refusals(&text, "", "1"), ratio(Cause::NoRequest));
    assert_eq!(refusals(&text, "1", "0"), ratio(Cause::NoLimit));
    assert_eq!(refusals(&text, "1", ""), ratio(Cause::NoLimit));
}

#[test]
fn several_bounds_refuse_at_once() {
    let text = limit_range("min: {cpu: 1}, max: {cpu: 2}");
    assert_eq!(
        refusals(&text, "500m", "3"),
        [(Bound::Min, Cause::Request), (Bound::Max, Cause::Limit)]
    );
}

#[test]
fn bounds_of_pods_refuse_too_and_those_of_claims_do_not() {
    let text = limit_range("max: {cpu: 2}");
    let of_pods = text.replace("Container", "Pod");
    assert_eq!(refusals(&of_pods, "1", "3"), [(Bound::Max, Cause::Limit)]);
    let of_claims = text.replace("Container", "PersistentVolumeClaim");
    assert_eq!(refusals(&of_claims, "1", "3"), []);
}

#[test]
fn a_refusal_points_at_the_bound() {
    with(&limit_range("max: {cpu: 2}"), |resources| {
        let item = resources
            .limit_ranges("main")
            .next()
            .unwrap()
            .items()
            .next()
            .unwrap();
        let refusals = item.refusals("cpu", None, None);
        assert_eq!(
            refusals
                .iter()
                .map(|refusal| shown(&refusal.amount))
                .collect::<Vec<_>>(),
            ["spec.limits[0].max.cpu 2"]
        );
    });
}

#[test]
fn items_know_their_kind() {
    let text = "
apiVersion: v1
kind: LimitRange
spec:
  limits:
  - {type: Container}
  - {type: Pod}
  - {type: PersistentVolumeClaim}
  - {type: openshift.io/Image}
  - {}
";
    with(text, |resources| {
        let range = resources.limit_ranges("main").next().unwrap();
        assert_eq!(
            range.items().map(LimitRangeItem::kind).collect::<Vec<_>>(),
            [
                LimitType::Container,
                LimitType::Pod,
                LimitType::PersistentVolumeClaim,
                LimitType::Other,
                LimitType::Other,
            ]
        );
    });
}

#[test]
fn an_amount_that_cannot_be_read_is_kept_as_an_error_and_refuses_nothing() {
    let text = limit_range("max: {cpu: many, memory: {a: b}, storage: 1Gi, pods: null}");
    with(&text, |resources| {
        let item = resources
            .limit_ranges("main")
            .next()
            .unwrap()
            .items()
            .next()
            .unwrap();
        let unreadable: Vec<String> = item
            .all_amounts()
            .iter()
            .filter(|amount| amount.quantity.is_err())
            .map(shown)
            .collect();
        assert_eq!(
            unreadable,
            [
                "spec.limits[0].max.cpu many",
                "spec.limits[0].max.memory {a: b}"
            ]
        );
    });
    assert_eq!(refusals(&text, "5", "5"), []);
}

#[test]
fn every_list_of_an_item_is_among_its_amounts() {
    let text = limit_range(
        "min: {a: 1}, max: {b: 2}, default: {c: 3}, defaultRequest: {d: 4}, \
         maxLimitRequestRatio: {e: 5}",
    );
    with(&text, |resources| {
        let item = resources
            .limit_ranges("main")
            .next()
            .unwrap()
            .items()
            .next()
            .unwrap();
        let sources: Vec<&str> = item
            .all_amounts()
            .iter()
            .map(|amount| amount.node.source())
            .collect();
        assert_eq!(sources, ["1", "2", "3", "4", "5"]);
    });
}

#[test]
fn an_amount_that_a_merge_key_brings_in_counts() {
    let text = "
apiVersion: v1
kind: LimitRange
spec:
  limits:
  - type: Pod
    max: &most {cpu: 4}
  - type: Container
    max: {<<: *most, memory: 1Gi}
";
    assert_eq!(refusals(text, "5", "5").len(), 2);
    let quota = "
apiVersion: v1
kind: ResourceQuota
metadata: &hard {cpu: 3, memory: 1Gi}
spec: {hard: {<<: *hard, cpu: 2}}
";
    with(quota, |resources| {
        let quota = resources.quotas("main").next().unwrap();
        let hard: Vec<String> = quota
            .hard()
            .iter()
            .map(|(_, amount)| shown(amount))
            .collect();
        assert_eq!(hard, ["spec.hard.cpu 2", "spec.hard.memory 1Gi"]);
    });
}

// Namespaces

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

// Quotas

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

// Autoscalers

const API: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
---
";

/// A HorizontalPodAutoscaler of Deployment `api` with more fields in its `spec`.
fn autoscaler(version: &str, spec: &str) -> String {
    format!(
        "{API}{{apiVersion: autoscaling/{version}, kind: HorizontalPodAutoscaler, metadata: {{name: a}}, \
         spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}, {spec}}}}}\n"
    )
}

/// The names of the autoscalers of the input's first object, horizontal and then vertical ones.
fn scaled_by(text: &str) -> Vec<String> {
    with(text, |resources| {
        let owner = resources.get(0).unwrap();
        let horizontal = resources.autoscalers_of(owner).map(|found| found.resource);
        let vertical = resources
            .vertical_autoscalers_of(owner)
            .map(|found| found.resource);
        names(horizontal.chain(vertical))
    })
}

/// The metrics of the autoscaler in `text`, each as `place resource/container: target`.
fn metrics(text: &str) -> Vec<String> {
    with(text, |resources| {
        let owner = resources.get(0).unwrap();
        let autoscaler = resources.autoscalers_of(owner).next().unwrap();
        let show = |metric: &plimsoll_kube::ResourceMetric<'_>| {
            let target = match &metric.target {
                Some(MetricTarget::Utilization(percent)) => format!("{percent}%"),
                Some(MetricTarget::AverageValue(amount)) => shown(amount),
                None => "-".to_owned(),
            };
            let container = metric.container.as_deref().unwrap_or("*");
            format!(
                "{} {}/{container}: {target}",
                metric.place.path, metric.name
            )
        };
        autoscaler.resource_metrics().iter().map(show).collect()
    })
}

#[test]
fn an_autoscaler_is_found_by_what_it_refers_to() {
    let text = autoscaler("v2", "");
    assert_eq!(scaled_by(&text), ["a"]);
    for (part, other) in [
        ("name: api}", "name: web}"),
        ("kind: Deployment,", "kind: StatefulSet,"),
        ("apiVersion: apps/v1,", "apiVersion: example.com/v1,"),
        ("name: a}", "name: a, namespace: other}"),
    ] {
        // Only the autoscaler changes: it comes after the Deployment.
        let (start, end) = text.split_once("---").unwrap();
        let changed = format!("{start}---{}", end.replacen(part, other, 1));
        assert_ne!(changed, text, "{other}");
        assert!(scaled_by(&changed).is_empty(), "{other}");
    }
}

#[test]
fn an_autoscaler_finds_its_target() {
    with(&autoscaler("v2", ""), |resources| {
        let owner = resources.get(0).unwrap();
        let autoscaler = resources.autoscalers_of(owner).next().unwrap();
        assert_eq!(autoscaler.target(resources).unwrap().number, 0);
    });
}

#[test]
fn a_local_autoscaler_scales_nothing() {
    let text = autoscaler("v2", "").replace(
        "{name: a}",
        "{name: a, annotations: {config.kubernetes.io/local-config: 'true'}}",
    );
    assert!(scaled_by(&text).is_empty());
}

/// Deployment `dev-api` that kustomize called `api` twice before.
const RENAMED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: dev-api
  annotations:
    internal.config.kubernetes.io/previousKinds: Deployment,Deployment
    internal.config.kubernetes.io/previousNames: api,api
    internal.config.kubernetes.io/previousNamespaces: default,default
---
";

#[test]
fn an_autoscaler_that_still_has_the_old_name_of_a_workload_is_found_once() {
    for text in [autoscaler("v2", ""), vertical("")] {
        let text = text.replace(API, RENAMED);
        assert_eq!(scaled_by(&text).len(), 1);
        // An object that has the name now is meant rather than one that had it.
        assert!(scaled_by(&format!("{text}---{API}{{}}\n")).is_empty());
    }
}

#[test]
fn autoscalers_by_old_and_new_names_come_in_the_order_of_the_input() {
    let old = autoscaler("v2", "").replace(API, RENAMED);
    let new = autoscaler("v2", "").replace(API, "");
    let new = new
        .replace("name: api}", "name: dev-api}")
        .replace("name: a}", "name: b}");
    assert_eq!(scaled_by(&format!("{old}---\n{new}")), ["a", "b"]);
}

#[test]
fn replicas_of_an_autoscaler_default_to_at_least_one() {
    let bounds = |spec: &str| {
        with(&autoscaler("v2", spec), |resources| {
            let owner = resources.get(0).unwrap();
            let autoscaler = resources.autoscalers_of(owner).next().unwrap();
            (autoscaler.min_replicas(), autoscaler.max_replicas())
        })
    };
    assert_eq!(bounds("maxReplicas: 5"), (1, Some(5)));
    assert_eq!(bounds("minReplicas: null, maxReplicas: 5"), (1, Some(5)));
    assert_eq!(bounds("minReplicas: 2"), (2, None));
}

#[test]
fn version_one_aims_at_a_percentage_of_cpu() {
    let text = autoscaler("v1", "targetCPUUtilizationPercentage: 60");
    assert_eq!(
        metrics(&text),
        ["spec.targetCPUUtilizationPercentage cpu/*: 60%"]
    );
}

#[test]
fn an_autoscaler_without_metrics_aims_at_80_percent_of_cpu() {
    assert_eq!(
        metrics(&autoscaler("v1", "")),
        ["spec.targetCPUUtilizationPercentage cpu/*: 80%"]
    );
    for spec in ["", "metrics: []", "metrics: null"] {
        assert_eq!(
            metrics(&autoscaler("v2", spec)),
            ["spec.metrics cpu/*: 80%"],
            "{spec}"
        );
    }
}

#[test]
fn other_metrics_in_an_annotation_take_the_default_of_version_one_away() {
    let text = autoscaler("v1", "").replace(
        "{name: a}",
        "{name: a, annotations: {autoscaling.alpha.kubernetes.io/metrics: '[]'}}",
    );
    assert!(metrics(&text).is_empty());
}

#[test]
fn each_version_reads_its_own_fields_only() {
    let both = "targetCPUUtilizationPercentage: 60, metrics: [{type: Resource, \
                resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}]";
    assert_eq!(
        metrics(&autoscaler("v1", both)),
        ["spec.targetCPUUtilizationPercentage cpu/*: 60%"]
    );
    for version in ["v2", "v2beta2"] {
        assert_eq!(
            metrics(&autoscaler(version, both)),
            ["spec.metrics[0] memory/*: 70%"]
        );
    }
}

#[test]
fn version_two_has_metrics_of_pods_and_of_single_containers() {
    let spec = "metrics: [
      {type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 9}}},
      {type: Resource, resource: {name: cpu, container: stray,
        target: {type: Utilization, averageUtilization: 50}}},
      {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 500Mi}}},
      {type: ContainerResource, containerResource: {name: cpu, container: app,
        target: {type: Utilization, averageUtilization: 70}}},
      {type: Resource, resource: {name: cpu, target: {}}}]";
    assert_eq!(
        metrics(&autoscaler("v2", spec)),
        [
            "spec.metrics[1] cpu/*: 50%",
            "spec.metrics[2] memory/*: spec.metrics[2].resource.target.averageValue 500Mi",
            "spec.metrics[3] cpu/app: 70%",
            "spec.metrics[4] cpu/*: -",
        ]
    );
}

#[test]
fn an_autoscaler_that_scales_by_other_metrics_alone_has_none_of_resources() {
    let spec = "metrics: [{type: External, external: {metric: {name: queue}}}]";
    assert!(metrics(&autoscaler("v2", spec)).is_empty());
}

#[test]
fn autoscalers_come_in_the_order_of_the_input() {
    let second = autoscaler("v1", "").replace("name: a}", "name: b}");
    let second = second.strip_prefix(API).unwrap();
    let text = format!("{}---\n{second}", autoscaler("v2", ""));
    assert_eq!(scaled_by(&text), ["a", "b"]);
}

// VerticalPodAutoscalers

/// A VerticalPodAutoscaler of Deployment `api` with more fields in its `spec`.
fn vertical(spec: &str) -> String {
    format!(
        "{API}{{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {{name: v}}, \
         spec: {{targetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}, {spec}}}}}\n"
    )
}

/// What `see` sees in the VerticalPodAutoscaler of that spec.
fn with_vertical<T>(
    spec: &str,
    see: impl FnOnce(plimsoll_kube::VerticalPodAutoscaler<'_>) -> T,
) -> T {
    with(&vertical(spec), |resources| {
        let owner = resources.get(0).unwrap();
        see(resources.vertical_autoscalers_of(owner).next().unwrap())
    })
}

#[test]
fn a_vertical_autoscaler_is_found_by_what_it_refers_to() {
    assert_eq!(scaled_by(&vertical("")), ["v"]);
    let other = vertical("").replace("Deployment, name: api", "Deployment, name: web");
    assert!(scaled_by(&other).is_empty());
    let foreign = vertical("").replace("{name: v}", "{name: v, namespace: other}");
    assert!(scaled_by(&foreign).is_empty());
    with(&vertical(""), |resources| {
        let owner = resources.get(0).unwrap();
        let found = resources.vertical_autoscalers_of(owner).next().unwrap();
        assert_eq!(found.target(resources).unwrap().number, 0);
    });
}

#[test]
fn a_vertical_autoscaler_is_on_unless_its_mode_is_off() {
    let table = [
        ("", "Auto", false),
        ("updatePolicy: {}", "Auto", false),
        ("updatePolicy: {updateMode: null}", "Auto", false),
        ("updatePolicy: {updateMode: 'Off'}", "Off", true),
        ("updatePolicy: {updateMode: Off}", "Off", true),
        ("updatePolicy: {updateMode: Initial}", "Initial", false),
        ("updatePolicy: {updateMode: Recreate}", "Recreate", false),
        (
            "updatePolicy: {updateMode: InPlaceOrRecreate}",
            "InPlaceOrRecreate",
            false,
        ),
    ];
    for (spec, mode, is_off) in table {
        let found = with_vertical(spec, |vertical| {
            (vertical.update_mode().into_owned(), vertical.is_off())
        });
        assert_eq!(found, (mode.to_owned(), is_off), "{spec}");
    }
}

#[test]
fn a_container_has_its_own_policy_before_the_one_for_all() {
    let spec = "resourcePolicy: {containerPolicies: [
        {containerName: '*', mode: 'Off'},
        {containerName: app, maxAllowed: {cpu: 2}}]}";
    with_vertical(spec, |vertical| {
        let app = vertical.policy_of("app").unwrap();
        assert!(!app.is_off());
        assert_eq!(
            shown(&app.max_allowed().get("cpu").unwrap()),
            "spec.resourcePolicy.containerPolicies[1].maxAllowed.cpu 2"
        );
        assert!(app.min_allowed().get("cpu").is_none());
        assert!(vertical.policy_of("proxy").unwrap().is_off());
        assert!(vertical.controls("app", "cpu"));
        assert!(!vertical.controls("proxy", "cpu"));
    });
}

#[test]
fn cpu_and_memory_are_controlled_unless_a_policy_lists_others() {
    let controlled = |spec: &str| {
        with_vertical(spec, |vertical| {
            ["cpu", "memory", "nvidia.com/gpu"].map(|name| vertical.controls("app", name))
        })
    };
    let policy = |fields: &str| {
        format!("resourcePolicy: {{containerPolicies: [{{containerName: app, {fields}}}]}}")
    };
    assert_eq!(controlled(""), [true, true, false]);
    assert_eq!(controlled(&policy("")), [true, true, false]);
    assert_eq!(
        controlled(&policy("controlledResources: [memory]")),
        [false, true, false]
    );
    assert_eq!(
        controlled(&policy("controlledResources: []")),
        [false, false, false]
    );
    assert_eq!(
        controlled(&policy("mode: Auto, controlledResources: null")),
        [true, true, false]
    );
    assert_eq!(controlled(&policy("mode: 'Off'")), [false, false, false]);
    assert_eq!(
        controlled("updatePolicy: {updateMode: 'Off'}"),
        [false, false, false]
    );
}

#[test]
fn limits_follow_the_requests_unless_a_policy_says_requests_only() {
    let is_requests_only = |fields: &str| {
        let spec =
            format!("resourcePolicy: {{containerPolicies: [{{containerName: app{fields}}}]}}");
        with_vertical(&spec, |vertical| {
            vertical.policy_of("app").unwrap().is_requests_only()
        })
    };
    assert!(is_requests_only(", controlledValues: RequestsOnly"));
    assert!(!is_requests_only(", controlledValues: RequestsAndLimits"));
    assert!(!is_requests_only(""));
}

#[test]
fn amounts_of_a_policy_that_cannot_be_read_are_kept_as_errors() {
    let spec = "resourcePolicy: {containerPolicies: [
        {containerName: app, minAllowed: {cpu: 1}, maxAllowed: {cpu: lots}}]}";
    with_vertical(spec, |vertical| {
        let amounts = vertical.policies().next().unwrap().all_amounts();
        let read: Vec<bool> = amounts
            .iter()
            .map(|amount| amount.quantity.is_ok())
            .collect();
        assert_eq!(read, [true, false]);
    });
}

// How many pods there are

/// How far an object exceeds so many replicas.
fn surge(text: &str, replicas: i64) -> i64 {
    with(text, |resources| resources.get(0).unwrap().surge(replicas))
}

/// A Deployment with that strategy.
fn rolling(strategy: &str) -> String {
    format!("{{apiVersion: apps/v1, kind: Deployment, spec: {{strategy: {strategy}}}}}")
}

#[test]
fn a_rollout_exceeds_the_replicas_by_a_quarter_rounded_up() {
    for (replicas, pods) in [(0, 0), (1, 1), (4, 1), (5, 2), (100, 25)] {
        for strategy in ["null", "{}", "{type: RollingUpdate, rollingUpdate: {}}"] {
            assert_eq!(
                surge(&rolling(strategy), replicas),
                pods,
                "{replicas} {strategy}"
            );
        }
    }
}

#[test]
fn a_written_surge_is_a_number_or_a_percentage() {
    let table = [
        ("3", 10, 3),
        ("0", 10, 0),
        ("3", 0, 0),
        ("50%", 3, 2),
        ("'100%'", 3, 3),
        ("0%", 3, 0),
        // The API server refuses these.
        ("-1", 10, 0),
        ("-10%", 10, 0),
        ("'3'", 10, 3),
        ("some", 10, 3),
    ];
    for (written, replicas, pods) in table {
        let strategy = format!("{{rollingUpdate: {{maxSurge: {written}}}}}");
        assert_eq!(
            surge(&rolling(&strategy), replicas),
            pods,
            "{written} of {replicas}"
        );
    }
}

#[test]
fn nothing_but_a_deployment_that_rolls_exceeds_the_replicas() {
    let recreated = rolling("{type: Recreate, rollingUpdate: {maxSurge: 3}}");
    assert_eq!(surge(&recreated, 10), 0);
    for kind in ["StatefulSet", "DaemonSet", "ReplicaSet"] {
        let text = rolling("{rollingUpdate: {maxSurge: 3}}").replace("Deployment", kind);
        assert_eq!(surge(&text, 10), 0, "{kind}");
    }
}

/// The replicas of the input's first object.
fn replicas(text: &str) -> i64 {
    with(text, |resources| {
        resources.replicas(resources.get(0).unwrap())
    })
}

#[test]
fn replicas_are_as_written_else_one() {
    let of = |spec: &str| {
        replicas(&format!(
            "{{apiVersion: apps/v1, kind: Deployment, {spec}}}"
        ))
    };
    assert_eq!(of("spec: {replicas: 3}"), 3);
    assert_eq!(of("spec: {replicas: 0}"), 0);
    assert_eq!(of("spec: {replicas: null}"), 1);
    assert_eq!(of("metadata: {}"), 1);
}

#[test]
fn a_job_has_as_many_pods_as_run_at_once() {
    let job = "{apiVersion: batch/v1, kind: Job, spec: {parallelism: 4, replicas: 9}}";
    assert_eq!(replicas(job), 4);
    let cron_job =
        "{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {parallelism: 2}}}}";
    assert_eq!(replicas(cron_job), 2);
}

#[test]
fn replicas_that_are_not_written_are_the_least_of_the_autoscaler() {
    let text = autoscaler("v2", "minReplicas: 4, maxReplicas: 9");
    assert_eq!(replicas(&text), 4);
    let written = text.replacen("---", "spec: {replicas: 2}\n---", 1);
    assert_eq!(replicas(&written), 2);
}
