//! What the user writes.

use schemars::JsonSchema;
use sdk::{Glob, SecurityLevel};
use serde::Deserialize;

mod switches;

pub(crate) use switches::{Automount, Medium, ReadOnlyRoot};

/// One layer of how far pods are hardened.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// The Pod Security Standard that a pod must meet; what keeps it from that is reported. It has no default:
    /// naming it is the wish to have pods hardened.
    pub level: Option<SecurityLevel>,
    /// Whether containers must run as a user other than root. Default: true at level restricted.
    pub run_as_non_root: Option<bool>,
    /// The system calls that containers may make. Default: `RuntimeDefault` at level restricted.
    pub seccomp_profile: Option<SeccompProfile>,
    /// Whether a process may gain more rights than its parent; only `false` is ever written. Default: false at level
    /// restricted.
    pub allow_privilege_escalation: Option<bool>,
    /// Capabilities that containers lose. Default: `[ALL]` at level restricted.
    pub drop_capabilities: Option<Vec<String>>,
    /// Whether containers get a root filesystem that they can't write to. Default: auto.
    pub read_only_root_filesystem: Option<ReadOnlyRoot>,
    /// Folders that a container with a read-only root filesystem can write to. Default: `[/tmp]`.
    pub writable_paths: Option<Vec<String>>,
    /// What the volumes behind `writablePaths` are like.
    pub tmp: Option<Tmp>,
    /// Whether pods get a token for the Kubernetes API. Default: auto.
    pub automount_service_account_token: Option<Automount>,
    /// What becomes of ports below 1024 in containers that don't run as root. Default: warn.
    pub privileged_ports: Option<PrivilegedPorts>,
    /// Whether pods get user namespaces of their own (`hostUsers: false`). Default: false.
    pub user_namespaces: Option<bool>,
    /// Whether a pod with persistent volumes gets the group that its image is known to run with. Default: true.
    pub fs_group_from_image: Option<bool>,
}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// The version of the Pod Security Standards that counts: `latest`, or one like "1.34". Default: that of
    /// `kubernetesVersion`.
    pub policy_version: String,
    /// What is known of images beyond the built-in table; the first row that fits an image counts.
    pub image_users: Vec<ImageUser>,
}

/// Which system calls containers may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SeccompProfile {
    /// Those that the container runtime allows by default.
    RuntimeDefault,
}

/// What the volumes behind writable paths are like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Tmp {
    /// The size beyond which the pod is evicted. Default: none.
    pub size_limit: String,
    /// Where it is kept: on the node's disk (empty), or in `Memory`, which counts against the memory limit.
    pub medium: Medium,
}

/// What becomes of ports below 1024 in containers that don't run as root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrivilegedPorts {
    /// They are reported.
    #[default]
    Warn,
    /// The pod is told to have no privileged ports (`net.ipv4.ip_unprivileged_port_start`).
    Sysctl,
}

/// The user that an image is made to run as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageUser {
    /// Repositories, as globs that are compared segment by segment from the end.
    pub images: Vec<Glob>,
    /// Globs for the tag; none means any tag, and images without one too.
    pub tags: Vec<Glob>,
    /// The user's number.
    pub run_as_user: Option<i64>,
    /// The group's number.
    pub run_as_group: Option<i64>,
    /// The group that owns the files of volumes.
    pub fs_group: Option<i64>,
}
