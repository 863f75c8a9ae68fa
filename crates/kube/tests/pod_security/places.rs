//! What a violation tells besides its check.

use plimsoll_kube::{SecurityLevel, SecurityVersion};

use crate::with;

const BARE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      hostNetwork: true
      initContainers:
      - name: migrate
        securityContext: {runAsNonRoot: true, capabilities: {drop: [NET_RAW]}}
      containers:
      - name: app
        securityContext:
          allowPrivilegeEscalation: false
          seccompProfile: {type: Unconfined}
          capabilities: {add: [NET_ADMIN, CHOWN]}
";

/// Everything about each violation, one a line.
fn table(level: SecurityLevel) -> Vec<String> {
    with(BARE, |resources| {
        let pod = resources.pods().next().unwrap();
        let found = pod.security_violations(level, SecurityVersion::Latest);
        let show = |one: &plimsoll_kube::SecurityViolation<'_>| {
            let container = one.container.map(plimsoll_kube::Container::name);
            let absent = if one.is_absent { " absent" } else { "" };
            let path = one.place.path.to_string();
            let path = path
                .replace("spec.template.spec.", "")
                .replace("securityContext", "sc");
            let container = container.unwrap_or_else(|| "-".into());
            format!(
                "{} {} {container} {path}{absent}: {}",
                one.check, one.level, one.detail
            )
        };
        found.iter().map(show).collect()
    })
}

#[test]
fn every_field_is_told_in_the_order_of_the_checks_and_of_the_pod() {
    assert_eq!(
        table(SecurityLevel::Restricted),
        [
            "hostNamespaces baseline - hostNetwork: `hostNetwork` must not be true",
            "allowPrivilegeEscalation restricted migrate initContainers[0].sc.allowPrivilegeEscalation absent: \
             `allowPrivilegeEscalation` must be false",
            "capabilities_restricted restricted migrate initContainers[0].sc.capabilities.drop: \
             `capabilities.drop` must have `ALL`",
            "capabilities_restricted restricted app containers[0].sc.capabilities.drop absent: \
             `capabilities.drop` must have `ALL`",
            "capabilities_restricted baseline app containers[0].sc.capabilities.add[0]: \
             capability \"NET_ADMIN\" must not be added",
            "capabilities_restricted restricted app containers[0].sc.capabilities.add[1]: \
             capability \"CHOWN\" must not be added",
            "runAsNonRoot restricted app containers[0].sc.runAsNonRoot absent: `runAsNonRoot` must be true",
            "seccompProfile_restricted restricted migrate initContainers[0].sc.seccompProfile.type absent: \
             `seccompProfile.type` must be `RuntimeDefault` or `Localhost`",
            "seccompProfile_restricted baseline app containers[0].sc.seccompProfile.type: \
             `seccompProfile.type` must be `RuntimeDefault` or `Localhost`, not \"Unconfined\"",
        ]
    );
}

#[test]
fn the_level_of_a_violation_is_the_laxest_that_it_breaks() {
    let without_check = |line: &String| line.split_once(' ').unwrap().1.to_owned();
    let baseline: Vec<String> = table(SecurityLevel::Baseline)
        .iter()
        .map(without_check)
        .collect();
    let mut of_restricted: Vec<String> = table(SecurityLevel::Restricted)
        .iter()
        .filter(|line| line.contains(" baseline "))
        .map(without_check)
        .collect();
    assert_eq!(baseline.len(), 3);
    of_restricted.sort();
    let mut sorted = baseline;
    sorted.sort();
    assert_eq!(of_restricted, sorted);
}

#[test]
fn ephemeral_containers_are_not_looked_at() {
    let text = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {ephemeralContainers: [{name: debug, securityContext: {privileged: true}}]}
";
    with(text, |resources| {
        let pod = resources.pods().next().unwrap();
        let found = pod.security_violations(SecurityLevel::Baseline, SecurityVersion::Latest);
        assert!(found.is_empty(), "{found:?}");
    });
}
