//! Argo's `Rollout`, as far as functions read and write it: its strategy is its author's.
//!
//! The fields are those of argoproj/argo-rollouts (commit 9f8d111d8f8e3e88b6d7f8bbdf62fd3cd863ef9d),
//! manifests/crds/rollout-crd.yaml; the pod template there is Kubernetes' own.

pub(super) mod application;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pods;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Rollout {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: RolloutSpec,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RolloutSpec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    analysis: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_ready_seconds: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    progress_deadline_abort: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    progress_deadline_seconds: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replicas: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restart_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision_history_limit: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rollback_window: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selector: Option<LabelSelector>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    strategy: Option<Strategy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<PodTemplateSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workload_ref: Option<WorkloadReference>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Strategy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blue_green: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canary: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WorkloadReference {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale_down: Option<String>,
}

impl Rollout {
    /// A function never gives a template to a Rollout that refers to another's: that is refused.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.spec.template, &self.spec.workload_ref) {
            (Some(_), Some(_)) => Err("`template` and `workloadRef` stand side by side".to_owned()),
            (Some(template), None) => template
                .spec
                .iter()
                .try_for_each(|spec| pods::check(spec, &[])),
            _ => Ok(()),
        }
    }
}
