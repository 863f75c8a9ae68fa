//! What is wrong with a configuration beyond its types.

use sdk::{ConfigError, Path, Quantity, SecurityVersion};

use crate::config::{Config, ImageUser, Run};

/// What is wrong with one set of layers.
pub(crate) fn of_layers(config: &Config) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (index, name) in config.drop_capabilities.iter().flatten().enumerate() {
        let path = Path::from(["dropCapabilities"]).join(index);
        errors.extend(capability(name).map(|message| ConfigError::new(path, message)));
    }
    for (index, path) in config.writable_paths.iter().flatten().enumerate() {
        let at = Path::from(["writablePaths"]).join(index);
        errors.extend(mount_path(path).map(|message| ConfigError::new(at, message)));
    }
    let size = config.tmp.as_ref().map(|tmp| tmp.size_limit.as_str());
    if let Some(size) = size.filter(|size| !size.is_empty())
        && !Quantity::parse(size).is_ok_and(|size| size > Quantity::ZERO)
    {
        let message = format!("must be a size such as 64Mi, not \"{size}\"");
        errors.push(ConfigError::new(["tmp", "sizeLimit"], message));
    }
    errors
}

/// Why a capability can't be dropped under this name: the runtime knows `ALL` in any case, the Pod Security Standards
/// only in this one, and a prefix is known to neither.
fn capability(name: &str) -> Option<String> {
    let plain = name.strip_prefix("CAP_").unwrap_or(name);
    let wanted = plain.to_uppercase();
    let is_name = !name.is_empty()
        && wanted
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
    if !is_name {
        return Some(format!(
            "must be the name of a capability, not \"{name}\"; write one such as ALL or NET_RAW"
        ));
    }
    (wanted != name).then(|| format!("must be the name of a capability in capitals and without a prefix, not \"{name}\"; write {wanted}"))
}

/// Why nothing can be mounted there.
fn mount_path(path: &str) -> Option<String> {
    let plain = path.trim_end_matches('/');
    let is_odd = |part: &str| part.is_empty() || part == "." || part == "..";
    let is_fine =
        plain.starts_with('/') && !plain.contains(':') && !plain.split('/').skip(1).any(is_odd);
    (!is_fine).then(|| format!("must be the absolute path of a folder below `/`, not \"{path}\"; write one such as /tmp"))
}

/// What is wrong with the fields of the whole run.
pub(crate) fn of_run(run: &Run) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    if !run.policy_version.is_empty()
        && let Err(message) = run.policy_version.parse::<SecurityVersion>()
    {
        errors.push(ConfigError::new(["policyVersion"], message));
    }
    for (index, row) in run.image_users.iter().enumerate() {
        let at = Path::from(["imageUsers"]).join(index);
        errors.extend(image_user(row, &at));
    }
    errors
}

/// The API server refuses higher numbers.
const MOST: i64 = 2_147_483_647;

fn image_user(row: &ImageUser, at: &Path) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut add = |field: &str, message: String| {
        errors.push(ConfigError::new(at.join(field), message));
    };
    if row.images.is_empty() {
        add(
            "images",
            "must name an image; write a glob such as \"registry.example/shop/*\"".to_owned(),
        );
    }
    if row.run_as_user.is_none() && row.run_as_group.is_none() && row.fs_group.is_none() {
        add(
            "runAsUser",
            "must be there, or nothing follows from the entry; write the user's number".to_owned(),
        );
    }
    let numbers = [
        ("runAsUser", row.run_as_user, 1),
        ("runAsGroup", row.run_as_group, 0),
        ("fsGroup", row.fs_group, 0),
    ];
    for (field, number, least) in numbers {
        if let Some(number) = number.filter(|number| !(least..=MOST).contains(number)) {
            add(
                field,
                format!("must be from {least} to {MOST}, not {number}"),
            );
        }
    }
    errors
}
