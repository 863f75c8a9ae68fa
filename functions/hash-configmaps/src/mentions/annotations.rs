//! Which annotations may name a ConfigMap or Secret.

/// Annotations that often hold the name of the app or of some other object, and never mean a ConfigMap or
/// Secret by it. A domain stands for all keys under it and under the domains below it, anything with a
/// slash for that key alone.
///
/// Not here, because some of their keys do name one: `sidecar.istio.io` (`bootstrapOverride`),
/// `vault.hashicorp.com` (`agent-configmap`), `dapr.io` (`app-token-secret`), `reloader.stakater.com`.
const ABOUT_OTHER_THINGS: &[&str] = &[
    // Our own notes.
    "plimsoll.dev",
    // The last applied object, the default container, revisions, what kustomize and kpt keep on an object.
    "kubernetes.io",
    "k8s.io",
    "kpt.dev",
    "k14s.io",
    // Releases and the objects they consist of.
    "helm.sh",
    "argoproj.io",
    "fluxcd.io",
    "cattle.io",
    "openshift.io",
    "knative.dev",
    // Hashes of configuration; not names of it.
    "checksum",
    // What to scrape, trace and log, under which name of a service.
    "prometheus.io",
    "opentelemetry.io",
    "datadoghq.com",
    "co.elastic.logs",
    "co.elastic.metrics",
    "fluentbit.io",
    // Meshes: the settings of a proxy, the name of a service.
    "proxy.istio.io",
    "consul.hashicorp.com",
    "dapr.io/app-id",
    "dapr.io/config",
    // Networks, roles, volumes and containers.
    "cni.cncf.io",
    "iam.amazonaws.com",
    "vault.hashicorp.com/role",
    "velero.io",
    // Prose.
    "description",
];

/// Whether an annotation with this key may name a ConfigMap or Secret.
pub(super) fn may_name_an_object(key: &str) -> bool {
    let domain = key.split_once('/').map_or(key, |(domain, _)| domain);
    let is_about = |other: &&str| *other == key || is_within(domain, other);
    !ABOUT_OTHER_THINGS.iter().any(is_about)
}

/// Whether `domain` is `outer` or below it.
fn is_within(domain: &str, outer: &str) -> bool {
    let Some(start) = domain.len().checked_sub(outer.len()) else {
        return false;
    };
    // The boundary first: it is cheap to see and mostly enough.
    let is_whole = start == 0 || domain.as_bytes().get(start - 1) == Some(&b'.');
    is_whole && domain.ends_with(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_that_name_other_things_are_left_out() {
        let keys = [
            "plimsoll.dev/skip-reason",
            "kubectl.kubernetes.io/last-applied-configuration",
            "kubectl.kubernetes.io/default-container",
            "kubernetes.io/change-cause",
            "deployment.kubernetes.io/revision",
            "config.kubernetes.io/path",
            "internal.config.kubernetes.io/previousNames",
            "app.kubernetes.io/name",
            "config.k8s.io/id",
            "kustomize.config.k8s.io/id",
            "internal.kpt.dev/upstream-identifier",
            "meta.helm.sh/release-name",
            "helm.sh/hook",
            "postrenderer.helm.sh/name",
            "argocd.argoproj.io/tracking-id",
            "kustomize.toolkit.fluxcd.io/ssa",
            "helm.toolkit.fluxcd.io/driftDetection",
            "field.cattle.io/publicEndpoints",
            "checksum/config",
            "prometheus.io/path",
            "ad.datadoghq.com/app.logs",
            "instrumentation.opentelemetry.io/inject-java",
            "vault.hashicorp.com/role",
            "description",
        ];
        for key in keys {
            assert!(!may_name_an_object(key), "{key}");
        }
    }

    #[test]
    fn annotations_that_can_name_configuration_are_read() {
        let keys = [
            "sidecar.istio.io/bootstrapOverride",
            "vault.hashicorp.com/agent-configmap",
            "dapr.io/app-token-secret",
            "configmap.reloader.stakater.com/reload",
            "example.com/config",
            "notkubernetes.io/config",
            "kubernetes.io.example.com/config",
            "checksum.example.com/config",
            "example.com/checksum",
            "config",
            "",
        ];
        for key in keys {
            assert!(may_name_an_object(key), "{key}");
        }
    }
}
