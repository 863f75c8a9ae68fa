//! Jobs whose sidecar keeps running when the work is done.

use sdk::{Plan, Severity, Value, Workload};

use super::codes;
use super::landscape::Landscape;
use crate::config::MeshVersion;
use crate::istio::Plane;

/// istio: pkg/kube/inject/inject.go: what it is called on pods.
const NATIVE: &str = "sidecar.istio.io/nativeSidecar";

/// Looks at every workload that ends by itself.
pub(super) fn check<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    let mesh = &landscape.survey.run.mesh;
    let by_default = mesh.version >= MeshVersion::minor(27);
    let is_native = mesh.native_sidecars.unwrap_or(by_default);
    for workload in landscape.survey.graph.workloads() {
        let has_sidecar = matches!(
            landscape.plane(workload.number),
            Plane::Sidecar | Plane::SidecarOptedOut
        );
        let told = landscape.interception(workload.number);
        let is_native = told.and_then(|told| told.is_native).unwrap_or(is_native);
        let is_meant = workload.pod.runs_to_completion()
            && landscape.is_looked_after(workload.namespace)
            && landscape.survey.is_in_scope(workload.owner);
        if has_sidecar && is_meant && !is_native && !quits(workload) {
            report(plan, workload);
        }
    }
}

/// Whether some container tells the sidecar to end.
fn quits(workload: &Workload<'_>) -> bool {
    let mut words = workload.pod.containers().flat_map(sdk::Container::words);
    words.any(|word| word.contains("quitquitquit"))
}

fn report(plan: &mut Plan, workload: &Workload<'_>) {
    let annotation = workload.pod.annotation(NATIVE);
    let proposed = annotation.as_ref().map(|_| Value::from("true"));
    let place = annotation.unwrap_or_else(|| workload.owner.place());
    let message = "the sidecar keeps running when the work is done, so the pods never end; make it a native sidecar, or keep these pods out of the mesh";
    plan.report(
        codes::JOB_NEVER_ENDS,
        Severity::Warning,
        workload.pod,
        &place,
        message,
        proposed.as_ref(),
    );
}
