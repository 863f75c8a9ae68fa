//! Profiles and kernel parameters: which values fail, at which level, in which versions.

use crate::manifest::{OWN, pod};

#[test]
fn app_armor_profiles_may_be_the_default_or_a_file() {
    let always = ["appArmorProfile 0-"; 2];
    for profile in ["RuntimeDefault", "Localhost"] {
        let fields = format!("appArmorProfile: {{type: {profile}}}");
        pod().context(&fields).own(&fields).passes();
    }
    for profile in ["{type: Unconfined}", "{type: \"\"}", "{}"] {
        let fields = format!("appArmorProfile: {profile}");
        let own = format!("{OWN}.appArmorProfile.type");
        pod().own(&fields).fails(&own, always[0], always[1]);
        let place = "spec.securityContext.appArmorProfile.type";
        pod().context(&fields).fails(place, always[0], always[1]);
    }
}

#[test]
fn app_armor_annotations_count_even_for_containers_that_are_not_there() {
    let key = "container.apparmor.security.beta.kubernetes.io/gone";
    for profile in ["runtime/default", "localhost/shop", "\"\""] {
        pod().annotated(&format!("{key}: {profile}")).passes();
    }
    for profile in ["unconfined", "localhost", "RuntimeDefault"] {
        pod().annotated(&format!("{key}: {profile}")).fails(
            &format!("metadata.annotations[\"{key}\"]"),
            "appArmorProfile 0-",
            "appArmorProfile 0-",
        );
    }
}

#[test]
fn proc_is_masked_and_since_1_35_only_restricted_asks_it_of_user_namespaces() {
    let place = format!("{OWN}.procMount");
    pod().own("procMount: Default").passes();
    pod().own("procMount: Unmasked").fails(
        &place,
        "procMount 0-",
        "procMount 0-34, procMount_restricted 35-",
    );
    pod()
        .own("procMount: Unmasked")
        .spec("hostUsers: false")
        .fails(
            &place,
            "procMount 0-34",
            "procMount 0-34, procMount_restricted 35-",
        );
}

#[test]
fn se_linux_types_are_those_for_containers_and_nobody_sets_user_or_role() {
    let always = "seLinuxOptions 0-";
    for allowed in [
        "",
        "type: container_t",
        "type: container_init_t, level: s0",
        "user: \"\"",
        "type: container_kvm_t",
    ] {
        let fields = format!("seLinuxOptions: {{{allowed}}}");
        pod().context(&fields).own(&fields).passes();
    }
    let engine = pod().context("seLinuxOptions: {type: container_engine_t}");
    let place = "spec.securityContext.seLinuxOptions.type";
    engine.fails(place, "seLinuxOptions 0-30", "seLinuxOptions 0-30");
    pod()
        .context("seLinuxOptions: {type: spc_t}")
        .fails(place, always, always);
    for field in ["user", "role"] {
        let place = format!("{OWN}.seLinuxOptions.{field}");
        pod()
            .own(&format!("seLinuxOptions: {{{field}: x}}"))
            .fails(&place, always, always);
    }
}

#[test]
fn seccomp_profiles_are_no_weaker_than_the_default_since_1_19() {
    let restricted = "seccompProfile_restricted 19-";
    let own = format!("{OWN}.seccompProfile.type");
    let silent = pod().context_is("runAsNonRoot: true");
    silent.fails(&own, "", restricted);
    silent
        .clone()
        .own("seccompProfile: {type: Localhost, localhostProfile: a}")
        .passes();
    silent
        .spec("os: {name: windows}")
        .fails(&own, "", "seccompProfile_restricted 19-24");
    for profile in ["{type: Unconfined}", "{type: runtime/default}", "{}"] {
        let fields = format!("seccompProfile: {profile}");
        pod()
            .own(&fields)
            .fails(&own, "seccompProfile_baseline 19-", restricted);
        // Containers that inherit it are not told of.
        let of_pod = pod().context_is(&format!("runAsNonRoot: true, {fields}"));
        let place = "spec.securityContext.seccompProfile.type";
        of_pod.fails(place, "seccompProfile_baseline 19-", restricted);
    }
}

#[test]
fn seccomp_annotations_count_before_1_19_for_the_pod_and_containers_that_are_there() {
    let until = "seccompProfile_baseline 0-18";
    let of_container = "container.seccomp.security.alpha.kubernetes.io/";
    for profile in ["runtime/default", "docker/default", "localhost/a"] {
        pod()
            .annotated(&format!("{of_container}app: {profile}"))
            .passes();
    }
    pod()
        .annotated(&format!("{of_container}gone: unconfined"))
        .passes();
    for key in [
        "seccomp.security.alpha.kubernetes.io/pod",
        "container.seccomp.security.alpha.kubernetes.io/app",
    ] {
        let place = format!("metadata.annotations[\"{key}\"]");
        pod()
            .annotated(&format!("{key}: unconfined"))
            .fails(&place, until, until);
    }
}

#[test]
fn sysctls_are_those_that_are_safe_in_that_version() {
    let place = "spec.securityContext.sysctls[0].name";
    for (name, until) in [
        ("kernel.shm_rmid_forced", None),
        ("net.ipv4.ip_local_port_range", None),
        ("net.ipv4.tcp_syncookies", None),
        ("net.ipv4.ping_group_range", None),
        ("net.ipv4.ip_unprivileged_port_start", None),
        ("net.ipv4.ip_local_reserved_ports", Some("26")),
        ("net.ipv4.tcp_keepalive_time", Some("28")),
        ("net.ipv4.tcp_fin_timeout", Some("28")),
        ("net.ipv4.tcp_keepalive_intvl", Some("28")),
        ("net.ipv4.tcp_keepalive_probes", Some("28")),
        ("net.ipv4.tcp_rmem", Some("31")),
        ("net.ipv4.tcp_wmem", Some("31")),
        ("net.ipv4.tcp_slow_start_after_idle", Some("36")),
        ("net.ipv4.tcp_notsent_lowat", Some("36")),
        ("kernel.msgmax", Some("")),
        ("net/ipv4/tcp_syncookies", Some("")),
    ] {
        let setting = pod().context(&format!("sysctls: [{{name: {name}, value: \"1\"}}]"));
        let history = until.map_or(String::new(), |until| format!("sysctls 0-{until}"));
        setting.fails(place, &history, &history);
    }
}
