use super::told;

#[test]
fn what_only_the_api_server_refuses_about_pods_is_found() {
    for (taken, refused) in [
        ("restartPolicy: Never", "restartPolicy: Sometimes"),
        (
            "terminationGracePeriodSeconds: 0",
            "terminationGracePeriodSeconds: -1",
        ),
        (
            "volumes: [{name: tmp, emptyDir: {}}]",
            "volumes: [{name: tmp, emptyDir: {}}, {name: tmp}]",
        ),
        ("hostUsers: false", "hostUsers: false, hostPID: true"),
        ("hostNetwork: true", "os: {name: windows}, hostUsers: true"),
        (
            "securityContext: {fsGroup: 0}",
            "securityContext: {fsGroup: -1}",
        ),
        (
            "securityContext: {fsGroupChangePolicy: OnRootMismatch}",
            "securityContext: {fsGroupChangePolicy: Never}",
        ),
        (
            "securityContext: {supplementalGroupsPolicy: Strict}",
            "securityContext: {supplementalGroupsPolicy: Loose}",
        ),
        (
            "securityContext: {seccompProfile: {type: Localhost, localhostProfile: a}}",
            "securityContext: {seccompProfile: {type: Localhost}}",
        ),
        (
            "securityContext: {seccompProfile: {type: RuntimeDefault}}",
            "securityContext: {seccompProfile: {type: runtime/default}}",
        ),
        (
            "securityContext: {runAsUser: 1}",
            "os: {name: windows}, securityContext: {runAsUser: 1}",
        ),
    ] {
        let head = "apiVersion: v1\nkind: Pod";
        let spec = |fields: &str| format!("spec: {{containers: [], {fields}}}");
        assert_eq!(told(head, "", &spec(taken)), Ok(()), "{taken}");
        assert!(told(head, "", &spec(refused)).is_err(), "{refused}");
    }
}

#[test]
fn what_only_the_api_server_refuses_about_placement_is_found() {
    let spread = |fields: &str| format!("topologySpreadConstraints: [{{{fields}}}]");
    let anti = |fields: &str| {
        format!(
            "affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{{fields}}}]}}}}"
        )
    };
    for (taken, refused) in [
        (
            spread("maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, minDomains: 2"),
            spread("maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, minDomains: 2"),
        ),
        (
            spread("maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway"),
            spread("maxSkew: 0, topologyKey: a, whenUnsatisfiable: ScheduleAnyway"),
        ),
        (
            spread(
                "maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, nodeTaintsPolicy: Honor",
            ),
            spread(
                "maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, nodeTaintsPolicy: Obey",
            ),
        ),
        (
            spread(
                "maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, matchLabelKeys: [b], labelSelector: {}",
            ),
            spread(
                "maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, matchLabelKeys: [b]",
            ),
        ),
        (
            anti("weight: 100, podAffinityTerm: {topologyKey: a}"),
            anti("weight: 101, podAffinityTerm: {topologyKey: a}"),
        ),
        (
            anti(
                "weight: 1, podAffinityTerm: {topologyKey: a, labelSelector: {matchLabels: {b: c}}}",
            ),
            anti(
                "weight: 1, podAffinityTerm: {topologyKey: a, matchLabelKeys: [b], labelSelector: {matchLabels: {b: c}}}",
            ),
        ),
    ] {
        let head = "apiVersion: v1\nkind: Pod";
        let spec = |fields: &str| format!("spec: {{containers: [], {fields}}}");
        assert_eq!(told(head, "", &spec(&taken)), Ok(()), "{taken}");
        assert!(told(head, "", &spec(&refused)).is_err(), "{refused}");
    }
}

#[test]
fn what_only_the_api_server_refuses_about_containers_is_found() {
    for (taken, refused) in [
        (
            "lifecycle: {preStop: {sleep: {seconds: 30}}}",
            "lifecycle: {preStop: {sleep: {seconds: 31}}}",
        ),
        (
            "lifecycle: {preStop: {exec: {command: [a]}}}",
            "lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}",
        ),
        (
            "volumeMounts: [{name: data, mountPath: /a}]",
            "volumeMounts: [{name: tmp, mountPath: /a}]",
        ),
        (
            "volumeMounts: [{name: data, mountPath: /a}, {name: data, mountPath: /b}]",
            "volumeMounts: [{name: data, mountPath: /a}, {name: data, mountPath: /a}]",
        ),
        (
            "securityContext: {privileged: true}",
            "securityContext: {privileged: true, allowPrivilegeEscalation: false}",
        ),
        (
            "securityContext: {capabilities: {add: [SYS_ADMIN]}, allowPrivilegeEscalation: false}",
            "securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}, allowPrivilegeEscalation: false}",
        ),
        (
            "securityContext: {runAsUser: 2147483647}",
            "securityContext: {runAsUser: 2147483648}",
        ),
        (
            "securityContext: {seccompProfile: {type: Unconfined}}",
            "securityContext: {seccompProfile: {type: Unconfined, localhostProfile: a}}",
        ),
    ] {
        let head = "apiVersion: apps/v1\nkind: StatefulSet";
        let spec = |fields: &str| {
            format!(
                "spec: {{selector: {{}}, serviceName: a, volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{}}}}], template: {{spec: {{containers: [{{name: app, {fields}}}]}}}}}}"
            )
        };
        assert_eq!(told(head, "", &spec(taken)), Ok(()), "{taken}");
        assert!(told(head, "", &spec(refused)).is_err(), "{refused}");
    }
}
