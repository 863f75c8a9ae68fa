//! VerticalPodAutoscalers: what they set.

use crate::autoscalers::{API, scaled_by};
use crate::{shown, with};

/// A VerticalPodAutoscaler of Deployment `api` with more fields in its `spec`.
pub(crate) fn vertical(spec: &str) -> String {
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
