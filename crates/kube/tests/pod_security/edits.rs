//! Pods as they will be once somebody changed them.

use plimsoll_kube::{FieldReading, PodSecurity, SecurityField, SecurityLevel, SecurityVersion};

use crate::manifest::{OWN, pod};

fn checks(security: &PodSecurity<'_>) -> Vec<&'static str> {
    let found = security.violations(SecurityLevel::Restricted, SecurityVersion::Latest);
    found.iter().map(|one| one.check).collect()
}

#[test]
fn a_bare_pod_passes_once_every_field_is_set() {
    let bare = pod().context_is("").own_is("");
    bare.see(|mut security| {
        assert_eq!(
            checks(&security),
            [
                "allowPrivilegeEscalation",
                "capabilities_restricted",
                "runAsNonRoot",
                "seccompProfile_restricted"
            ]
        );
        security.context.run_as_non_root.set(true);
        security
            .context
            .seccomp_profile
            .set("RuntimeDefault".into());
        for container in &mut security.containers {
            container.allow_privilege_escalation.set(false);
            container.drop_capability("ALL");
        }
        assert_eq!(checks(&security), Vec::<&str>::new());
    });
}

#[test]
fn what_is_set_fails_where_it_will_stand() {
    pod().see(|mut security| {
        security.add_sysctl("net.ipv4.ip_unprivileged_port_start");
        security.add_sysctl("kernel.msgmax");
        security.host_pid.set(true);
        let found = security.violations(SecurityLevel::Baseline, SecurityVersion::Latest);
        let shown: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.place.path, one.is_absent))
            .collect();
        assert_eq!(
            shown,
            [
                "spec.hostPID false",
                "spec.securityContext.sysctls[1].name false"
            ]
        );
    });
}

#[test]
fn a_respelled_capability_counts_and_its_node_stays_as_written() {
    let manifest = pod().own_is("allowPrivilegeEscalation: false, capabilities: {drop: [all]}");
    manifest.see(|mut security| {
        assert_eq!(checks(&security), ["capabilities_restricted"]);
        let dropped = &mut security.containers[0].capabilities_drop[0];
        dropped.set("ALL".into());
        assert_eq!(dropped.node().unwrap().source(), "all");
        let path = dropped.place().path.to_string();
        assert_eq!(
            path,
            "spec.containers[0].securityContext.capabilities.drop[0]"
        );
        assert_eq!(checks(&security), Vec::<&str>::new());
    });
}

#[test]
fn what_is_appended_stands_after_what_is_there() {
    let manifest = pod().own_is("capabilities: {drop: [NET_RAW]}");
    manifest.see(|mut security| {
        let container = &mut security.containers[0];
        container.drop_capability("ALL");
        let places = container.capabilities_drop.iter().map(SecurityField::place);
        let places: Vec<String> = places.map(|place| place.path.to_string()).collect();
        let list = format!("{OWN}.capabilities.drop");
        assert_eq!(places, [format!("{list}[0]"), format!("{list}[1]")]);
        assert_eq!(container.place_of_drop().path.to_string(), list);
    });
}

#[test]
fn a_removed_field_is_absent_again() {
    pod().see(|mut security| {
        security.context.run_as_non_root.remove();
        assert!(security.context.run_as_non_root.is_absent());
        assert_eq!(checks(&security), ["runAsNonRoot"]);
    });
}

#[test]
fn a_container_inherits_what_it_does_not_say() {
    let manifest = pod().context("runAsUser: 1000");
    manifest.see(|security| {
        let own = &security.containers[0].context;
        assert_eq!(
            own.run_as_user.or(&security.context.run_as_user),
            Some(&1000)
        );
    });
    let manifest = manifest.own("runAsUser: 0");
    manifest.see(|security| {
        let own = &security.containers[0].context;
        assert_eq!(own.run_as_user.or(&security.context.run_as_user), Some(&0));
    });
    // What can't be read doesn't let the pod's value through.
    manifest.own_is("runAsUser: root").see(|security| {
        let own = &security.containers[0].context;
        assert_eq!(own.run_as_user.or(&security.context.run_as_user), None);
        assert_eq!(
            own.run_as_user.reading(),
            &FieldReading::Unreadable("a whole number")
        );
    });
}

#[test]
fn any_field_can_be_read_the_same_way() {
    let manifest = pod()
        .own("readOnlyRootFilesystem: true")
        .spec("hostname: a");
    manifest.see(|security| {
        let container = security.containers[0].container;
        let path = &["securityContext", "readOnlyRootFilesystem"];
        let read_only: SecurityField<'_, bool> = SecurityField::of_container(container, path);
        assert_eq!(read_only.value(), Some(&true));
        assert_eq!(read_only.container().unwrap().name(), "app");
        let absent: SecurityField<'_, i64> =
            SecurityField::of_pod(security.pod, &["securityContext", "fsGroup"]);
        assert!(absent.is_absent());
        assert_eq!(
            absent.place().path.to_string(),
            "spec.securityContext.fsGroup"
        );
    });
}
