//! What pods take of their node: which values fail, at which level, in which versions.

use crate::manifest::{OWN, pod};

#[test]
fn namespaces_of_the_node_stay_its_own() {
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        pod().spec(&format!("{field}: false")).passes();
        pod().spec(&format!("{field}: true")).fails(
            &format!("spec.{field}"),
            "hostNamespaces 0-",
            "hostNamespaces 0-",
        );
    }
}

#[test]
fn volumes_of_restricted_pods_are_of_harmless_types() {
    let allowed =
        "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret";
    for kind in allowed.split(' ') {
        pod()
            .spec(&format!("volumes: [{{name: v, {kind}: {{}}}}]"))
            .passes();
    }
    let restricted = "gcePersistentDisk awsElasticBlockStore gitRepo nfs iscsi glusterfs rbd flexVolume cinder \
                      cephfs flocker fc azureFile vsphereVolume quobyte azureDisk photonPersistentDisk \
                      portworxVolume scaleIO storageos unheardOf";
    for kind in restricted.split_ascii_whitespace() {
        pod()
            .spec(&format!("volumes: [{{name: v, {kind}: {{}}}}]"))
            .fails(
                &format!("spec.volumes[0].{kind}"),
                "",
                "restrictedVolumes 0-",
            );
    }
    pod()
        .spec("volumes: [{name: a, emptyDir: {}}, {name: b, hostPath: {}}]")
        .fails(
            "spec.volumes[1].hostPath",
            "hostPathVolumes 0-",
            "restrictedVolumes 0-",
        );
}

#[test]
fn a_volume_without_a_source_is_an_empty_dir() {
    pod().spec("volumes: [{name: v}]").passes();
    pod().spec("volumes: [{name: v, hostPath: null}]").passes();
}

#[test]
fn a_volume_has_what_merge_keys_bring_in() {
    let merged = pod().spec("volumes: [{<<: {name: v, hostPath: {path: /var}}}]");
    merged.fails(
        "spec.volumes[0].hostPath",
        "hostPathVolumes 0-",
        "restrictedVolumes 0-",
    );
    pod()
        .spec("volumes: [{<<: {name: v}, emptyDir: {}}]")
        .passes();
    pod().spec("volumes: [{<<: {name: v}}]").passes();
}

#[test]
fn ports_of_the_node_must_not_be_taken() {
    pod()
        .container("ports: [{containerPort: 80}, {containerPort: 81, hostPort: 0}]")
        .passes();
    pod()
        .container("ports: [{containerPort: 80}, {containerPort: 81, hostPort: 81}]")
        .fails(
            "spec.containers[0].ports[1].hostPort",
            "hostPorts 0-",
            "hostPorts 0-",
        );
}

#[test]
fn probes_and_handlers_ask_only_the_pod_since_1_34() {
    let since = "hostProbesAndHostLifecycle 34-";
    for at in ["livenessProbe", "readinessProbe", "startupProbe"] {
        for how in ["httpGet", "tcpSocket"] {
            let with = |host: &str| {
                pod().container(&format!("{at}: {{{how}: {{port: 80, host: {host}}}}}"))
            };
            with("\"\"").passes();
            let place = format!("spec.containers[0].{at}.{how}.host");
            with("localhost").fails(&place, since, since);
        }
    }
    for at in ["postStart", "preStop"] {
        for how in ["httpGet", "tcpSocket"] {
            let handler = format!("lifecycle: {{{at}: {{{how}: {{port: 80, host: 10.0.0.1}}}}}}");
            let place = format!("spec.containers[0].lifecycle.{at}.{how}.host");
            pod().container(&handler).fails(&place, since, since);
        }
    }
}

#[test]
fn processes_of_the_node_are_forbidden_on_windows() {
    let fields = "windowsOptions: {hostProcess: true}";
    let always = "windowsHostProcess 0-";
    let own = format!("{OWN}.windowsOptions.hostProcess");
    pod().own(fields).fails(&own, always, always);
    let place = "spec.securityContext.windowsOptions.hostProcess";
    pod().context(fields).fails(place, always, always);
    pod()
        .context("windowsOptions: {hostProcess: false}")
        .passes();
}
