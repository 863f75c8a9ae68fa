//! The values that the standard allows, from `tables.yaml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// What `tables.yaml` holds.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tables {
    sysctls: Vec<Row>,
    default_capabilities: Vec<String>,
    se_linux_types: Vec<Row>,
    allowed_volumes: Vec<String>,
    restricted_volumes: Vec<String>,
}

/// A value that is allowed from a minor version of Kubernetes on.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    since: u32,
}

/// The tables.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| yaml::data(include_str!("tables.yaml")));
    &TABLES
}

impl Tables {
    /// Whether pods may set the sysctl in Kubernetes 1.`minor`.
    pub(crate) fn allows_sysctl(&self, name: &str, minor: u32) -> bool {
        is_allowed(&self.sysctls, name, minor)
    }

    /// Whether `SELinux` may run the processes as this type in Kubernetes 1.`minor`.
    pub(crate) fn allows_se_linux_type(&self, name: &str, minor: u32) -> bool {
        name.is_empty() || is_allowed(&self.se_linux_types, name, minor)
    }

    /// Whether containers have the capability unless they drop it.
    pub(crate) fn is_default_capability(&self, name: &str) -> bool {
        self.default_capabilities.iter().any(|own| own == name)
    }

    /// Whether the restricted level allows volumes of this type.
    pub(crate) fn allows_volume(&self, name: &str) -> bool {
        self.allowed_volumes.iter().any(|own| own == name)
    }

    /// Every type of volumes.
    pub(crate) fn volume_types(&self) -> impl Iterator<Item = &str> {
        let types = self.allowed_volumes.iter().chain(&self.restricted_volumes);
        types.map(String::as_str)
    }

    /// Where this name stands among them.
    pub(crate) fn volume_type(&self, name: &str) -> Option<usize> {
        self.volume_types().position(|own| own == name)
    }
}

fn is_allowed(rows: &[Row], name: &str, minor: u32) -> bool {
    let named = rows.iter().find(|row| row.name == name);
    named.is_some_and(|row| row.since <= minor)
}
