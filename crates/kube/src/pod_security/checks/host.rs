//! What pods share with their node (`check_hostNamespaces.go`, `check_hostPorts.go`,
//! `check_hostProbesAndhostLifecycle.go`, `check_windowsHostProcess.go`).

use super::{Findings, PodSecurity, SecurityLevel, contexts};

/// The node's network, processes and memory are its own.
pub(in super::super) fn namespaces<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let shared = [
        ("hostNetwork", &pod.host_network),
        ("hostPID", &pod.host_pid),
        ("hostIPC", &pod.host_ipc),
    ];
    for (name, setting) in shared {
        found.judge(SecurityLevel::Baseline, setting, |is_shared| {
            (is_shared == Some(&true)).then(|| format!("`{name}` must not be true"))
        });
    }
}

/// No container takes a port of the node; zero takes none.
pub(in super::super) fn ports<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for port in pod.containers.iter().flat_map(|one| &one.host_ports) {
        found.judge(SecurityLevel::Baseline, port, |port| {
            let port = port.filter(|port| **port != 0)?;
            Some(format!("`hostPort` {port} must not be taken"))
        });
    }
}

/// The kubelet asks no other host than the pod.
pub(in super::super) fn probes<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for host in pod.containers.iter().flat_map(|one| &one.hosts) {
        found.judge(SecurityLevel::Baseline, host, |host| {
            let host = host.filter(|host| !host.is_empty())?;
            Some(format!("`host` must not be set, here to \"{host}\""))
        });
    }
}

/// Nothing runs as a process of a Windows node.
pub(in super::super) fn process<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for context in contexts(pod) {
        found.judge(SecurityLevel::Baseline, &context.host_process, |is_one| {
            (is_one == Some(&true)).then(|| "`hostProcess` must not be true".to_owned())
        });
    }
}
