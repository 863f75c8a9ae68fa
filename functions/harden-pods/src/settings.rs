//! What the layers mean for a pod or a container.

use sdk::{ConfigError, Merged, SecurityLevel};

use crate::config::{Automount, Config, PrivilegedPorts, ReadOnlyRoot, SeccompProfile, Tmp};
use crate::mistakes;

/// Everything that is decided before a pod is looked at.
#[derive(Debug)]
pub struct Settings {
    pub(crate) level: SecurityLevel,
    /// Whether an override names the target and its level.
    pub(crate) is_by_override: bool,
    pub(crate) run_as_non_root: Wish<bool>,
    pub(crate) seccomp: Wish<Option<SeccompProfile>>,
    /// Whether privilege escalation is forbidden.
    pub(crate) no_escalation: Wish<bool>,
    pub(crate) drop: Wish<Vec<String>>,
    pub(crate) read_only_root: Wish<ReadOnlyRoot>,
    /// Absolute, without a slash at the end.
    pub(crate) writable_paths: Wish<Vec<String>>,
    pub(crate) tmp: Tmp,
    pub(crate) automount: Wish<Automount>,
    pub(crate) privileged_ports: PrivilegedPorts,
    pub(crate) user_namespaces: Wish<bool>,
    pub(crate) fs_group_from_image: bool,
}

/// What the configuration wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish<T> {
    pub(crate) value: T,
    /// Whether the user wrote it, so that it beats an author in `mode: overwrite`.
    pub(crate) is_user: bool,
}

/// Makes sense of the layers, or says everything that is wrong.
pub(crate) fn settle(layers: &Merged<Config>) -> Result<Settings, Vec<ConfigError>> {
    let mut errors = mistakes::of_layers(&layers.config);
    let Some(level) = layers.config.level else {
        let message = "there must be a level; write `level: restricted` into `defaults`, or \
                       `baseline` or `privileged` for less";
        errors.push(ConfigError::new(["level"], message));
        return Err(errors);
    };
    if errors.is_empty() {
        Ok(of_level(level, layers))
    } else {
        Err(errors)
    }
}

fn of_level(level: SecurityLevel, layers: &Merged<Config>) -> Settings {
    let config = &layers.config;
    let is_demanded = level == SecurityLevel::Restricted;
    let drop = config.drop_capabilities.clone();
    let paths = config.writable_paths.clone();
    Settings {
        level,
        is_by_override: layers.is_override(["level"]),
        run_as_non_root: Wish {
            value: config.run_as_non_root.unwrap_or(is_demanded),
            is_user: layers.is_user(["runAsNonRoot"]),
        },
        seccomp: Wish {
            value: config
                .seccomp_profile
                .or(is_demanded.then_some(SeccompProfile::RuntimeDefault)),
            is_user: layers.is_user(["seccompProfile"]),
        },
        no_escalation: Wish {
            value: !config.allow_privilege_escalation.unwrap_or(!is_demanded),
            is_user: layers.is_user(["allowPrivilegeEscalation"]),
        },
        drop: Wish {
            value: drop.unwrap_or(if is_demanded {
                vec![ALL.to_owned()]
            } else {
                Vec::new()
            }),
            is_user: layers.is_user(["dropCapabilities"]),
        },
        read_only_root: Wish {
            value: config.read_only_root_filesystem.unwrap_or_default(),
            is_user: layers.is_user(["readOnlyRootFilesystem"]),
        },
        writable_paths: Wish {
            value: paths.map_or_else(|| vec!["/tmp".to_owned()], without_slashes),
            is_user: layers.is_user(["writablePaths"]),
        },
        tmp: config.tmp.clone().unwrap_or_default(),
        automount: Wish {
            value: config.automount_service_account_token.unwrap_or_default(),
            is_user: layers.is_user(["automountServiceAccountToken"]),
        },
        privileged_ports: config.privileged_ports.unwrap_or_default(),
        user_namespaces: Wish {
            value: config.user_namespaces.unwrap_or_default(),
            is_user: layers.is_user(["userNamespaces"]),
        },
        fs_group_from_image: config.fs_group_from_image.unwrap_or(true),
    }
}

/// All capabilities, as the Pod Security Standards want it spelled.
pub(crate) const ALL: &str = "ALL";

fn without_slashes(paths: Vec<String>) -> Vec<String> {
    let paths = paths.into_iter();
    paths
        .map(|path| path.trim_end_matches('/').to_owned())
        .collect()
}
