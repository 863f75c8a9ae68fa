//! Defaults and bounds of LimitRanges.

use plimsoll_kube::{
    Amount, Bound, Cause, ContainerDefaults, LimitRange, LimitRangeItem, LimitType, Resources,
};

use crate::{maybe, shown, with};

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
