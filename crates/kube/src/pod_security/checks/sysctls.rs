//! Kernel parameters (`check_sysctls.go`).

use super::super::tables::tables;
use super::{Findings, PodSecurity, SecurityLevel};

/// Only those that are the pod's alone.
pub(in super::super) fn safe<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let minor = found.minor;
    for sysctl in &pod.sysctls {
        found.judge(SecurityLevel::Baseline, sysctl, |name| {
            let name = name.filter(|name| !tables().allows_sysctl(name, minor))?;
            Some(format!("sysctl \"{name}\" must not be set"))
        });
    }
}
