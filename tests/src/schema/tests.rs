mod availability;
mod pods;
mod workloads;

use super::*;

const MADE: &str = "annotations: {plimsoll.dev/generated-by: set-availability/availability}";

/// What is said against an object of these fields, of which `metadata` has only a name and this.
fn told(kind: &str, metadata: &str, fields: &str) -> Result<(), String> {
    check_documents(&format!(
        "{kind}\nmetadata: {{name: web, {metadata}}}\n{fields}\n"
    ))
}

#[test]
fn policies_of_meshes_are_checked_where_a_function_made_them() {
    let kind = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication";
    let fields = "spec: {mtls: {mode: strict}}";
    assert_eq!(told(kind, "", fields), Ok(()));
    let error = told(kind, MADE, fields).unwrap_err();
    let start = "PeerAuthentication web does not fit its Kubernetes type: ";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn each_kind_with_pods_is_read_as_its_type_down_to_its_containers() {
    let pod = |extra: &str| format!("{{containers: [{{name: app{extra}}}]}}");
    let (good, bad) = (
        pod(""),
        pod(", securityContext: {readOnlyRootFileSystem: true}"),
    );
    for (kind, around) in [
        ("v1/Pod", "spec: POD"),
        ("v1/PodTemplate", "template: {spec: POD}"),
        ("v1/ReplicationController", "spec: {template: {spec: POD}}"),
        (
            "apps/v1/Deployment",
            "spec: {selector: {}, template: {spec: POD}}",
        ),
        (
            "apps/v1/StatefulSet",
            "spec: {selector: {}, template: {spec: POD}}",
        ),
        (
            "apps/v1/DaemonSet",
            "spec: {selector: {}, template: {spec: POD}}",
        ),
        (
            "apps/v1/ReplicaSet",
            "spec: {selector: {}, template: {spec: POD}}",
        ),
        ("batch/v1/Job", "spec: {template: {spec: POD}}"),
        (
            "batch/v1/CronJob",
            "spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: POD}}}}",
        ),
        (
            "argoproj.io/v1alpha1/Rollout",
            "spec: {template: {spec: POD}}",
        ),
    ] {
        let (api_version, name) = kind.rsplit_once('/').unwrap();
        let head = format!("apiVersion: {api_version}\nkind: {name}");
        assert_eq!(
            told(&head, "", &around.replace("POD", &good)),
            Ok(()),
            "{kind}"
        );
        let error = told(&head, "", &around.replace("POD", &bad)).unwrap_err();
        assert!(
            error.contains("containers[0].securityContext.readOnlyRootFileSystem is unknown"),
            "{error}"
        );
        // What types don't tell is asked for in each kind too.
        let twice = "{containers: [{name: app}, {name: app}]}";
        let error = told(&head, "", &around.replace("POD", twice)).unwrap_err();
        assert!(error.contains("two containers are the same"), "{error}");
    }
}

#[test]
fn a_made_object_has_all_that_its_type_asks_for() {
    let kind = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler";
    let fields = "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}";
    assert_eq!(told(kind, "", fields), Ok(()));
    let error = told(kind, MADE, fields).unwrap_err();
    assert!(
        error.ends_with("the field .spec.maxReplicas is missing"),
        "{error}"
    );
}
