//! Values that the API server refuses to decode.

use plimsoll_kube::{SecurityLevel, SecurityVersion};

use crate::manifest::{Manifest, pod};

/// `place: detail` of everything at the restricted level.
fn found(manifest: &Manifest) -> Vec<String> {
    manifest.see(|security| {
        let found = security.violations(SecurityLevel::Restricted, SecurityVersion::Latest);
        let unreadable = found.iter().filter(|one| one.is_unreadable);
        unreadable
            .map(|one| format!("{}: {}", one.place.path, one.detail))
            .collect()
    })
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_what_must_be_there() {
    let cases = [
        (
            pod().context("runAsUser: \"0\""),
            "spec.securityContext.runAsUser: `runAsUser` must be a whole number, not \"0\"",
        ),
        (
            pod().own("privileged: yes"),
            "spec.containers[0].securityContext.privileged: `privileged` must be true or false, not \"yes\"",
        ),
        (
            pod().own("procMount: 5"),
            "spec.containers[0].securityContext.procMount: `procMount` must be a string, not 5",
        ),
        (
            pod().context("sysctls: [net.ipv4.tcp_syncookies]"),
            "spec.securityContext.sysctls[0]: `sysctls[0]` must be a map, not \"net.ipv4.tcp_syncookies\"",
        ),
        (
            pod().spec("volumes: {data: {}}"),
            "spec.volumes: `volumes` must be a list, not a map",
        ),
        (
            pod().spec("volumes: [{name: v, emptyDir: /tmp}]"),
            "spec.volumes[0].emptyDir: `emptyDir` must be a map, not \"/tmp\"",
        ),
        (
            pod().spec("hostUsers: []"),
            "spec.hostUsers: `hostUsers` must be true or false, not a list",
        ),
        (
            pod().spec("initContainers: [migrate]"),
            "spec.initContainers[0]: `initContainers[0]` must be a map, not \"migrate\"",
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(found(&manifest), [expected], "{}", manifest.text());
    }
}

#[test]
fn what_stands_around_many_fields_is_told_once() {
    let all = found(&pod().spec("os: windows").container("livenessProbe: [x]"));
    assert_eq!(
        all,
        [
            "spec.containers[0].livenessProbe: `livenessProbe` must be a map, not a list",
            "spec.os: `os` must be a map, not \"windows\"",
        ]
    );
}

#[test]
fn a_list_that_is_none_is_not_also_told_to_lack_something() {
    let manifest = pod().own_is("allowPrivilegeEscalation: false, capabilities: {drop: ALL}");
    manifest.see(|security| {
        let found = security.violations(SecurityLevel::Restricted, SecurityVersion::Latest);
        let details: Vec<&str> = found.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(details, ["`drop` must be a list, not \"ALL\""]);
    });
}

#[test]
fn null_is_as_good_as_absent() {
    let manifest = pod()
        .own("privileged: null, procMount: ~")
        .spec("volumes: null, os: null");
    manifest.passes();
}
