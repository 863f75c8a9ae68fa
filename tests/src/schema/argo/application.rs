//! Argo CD's `Application` and `AppProject`, as far as overlays/gitops uses them: its module is too large to be fetched
//! for two definitions.
//!
//! The fields are those of argoproj/argo-cd (commit 37ee0097cf851bc2dd7665fc081bbce61a7e836e),
//! pkg/apis/application/v1alpha1/types.go.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};

use crate::schema::{ensure, is_one_of};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::schema) struct Application {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: ApplicationSpec,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ApplicationSpec {
    project: String,
    source: Source,
    destination: Destination,
    sync_policy: SyncPolicy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Source {
    #[serde(rename = "repoURL")]
    repo_url: String,
    target_revision: String,
    path: String,
    directory: Directory,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Directory {
    recurse: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    server: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SyncPolicy {
    automated: Automated,
    sync_options: Vec<String>,
    retry: Retry,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Automated {
    prune: bool,
    self_heal: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    limit: i64,
    backoff: Backoff,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Backoff {
    duration: String,
    factor: i64,
    max_duration: String,
}

impl Application {
    /// Options are texts, of which Argo CD ignores those that it doesn't know.
    pub(in crate::schema) fn check(&self) -> Result<(), String> {
        let known = ["PruneLast=true", "ServerSideApply=true"];
        let options = &self.spec.sync_policy.sync_options;
        options
            .iter()
            .try_for_each(|option| is_one_of("syncOptions", Some(option), &known))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::schema) struct Project {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: ProjectSpec,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ProjectSpec {
    source_repos: Vec<String>,
    destinations: Vec<Destination>,
    cluster_resource_whitelist: Vec<ClusterKind>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterKind {
    group: String,
    kind: String,
}

impl Project {
    /// A `*` would let everything in.
    pub(in crate::schema) fn check(&self) -> Result<(), String> {
        let repositories = self.spec.source_repos.iter();
        let kinds = self.spec.cluster_resource_whitelist.iter();
        let mut named = repositories.chain(kinds.map(|own| &own.kind));
        ensure(named.all(|own| own != "*"), "`*` stands for everything")
    }
}
