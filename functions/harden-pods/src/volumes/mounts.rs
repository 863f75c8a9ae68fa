//! What is mounted in a container, and where.

use sdk::{Container, Node};

/// The paths at which a container has something mounted, cleaned.
pub(crate) struct Mounts(Vec<String>);

impl Mounts {
    /// Those of a container; a device at a path takes it too (`ValidateVolumeMounts` in kubernetes/kubernetes
    /// pkg/apis/core/validation/validation.go at 000f26050b9be6fb3d79fae95e06b47fc96128cd).
    pub(crate) fn of(container: Container<'_>) -> Self {
        let paths = |list: &'static str, field: &'static str| {
            let items = container.get(list).into_iter().flat_map(Node::items);
            items.filter_map(move |item| item.get(field)?.text())
        };
        let mounts = paths("volumeMounts", "mountPath");
        let all = mounts.chain(paths("volumeDevices", "devicePath"));
        Self(all.map(|path| cleaned(&path)).collect())
    }

    /// Whether `path` is mounted, or is inside a folder that is; the root of the filesystem counts for nothing.
    ///
    /// What is mounted inside `path` is not in the way: container runtimes mount what is above first (`orderedMounts` in
    /// containerd/containerd `internal/cri/opts/spec_opts.go` at 301026e58c619e63d09c0ec411012e54c0124b03).
    pub(crate) fn cover(&self, path: &str) -> bool {
        let path = cleaned(path);
        self.0.iter().any(|own| own != "/" && holds(own, &path))
    }

    /// Whether something is mounted at `path`, above or below.
    pub(crate) fn touch(&self, path: &str) -> bool {
        let path = cleaned(path);
        self.cover(&path) || self.0.iter().any(|own| holds(&path, own))
    }
}

/// Whether one path is the other or above it.
pub(crate) fn holds(outer: &str, inner: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || outer == "/")
}

/// The path as the container runtime takes it: absolute, without empty parts and dots.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(paths: &[&str]) -> Mounts {
        Mounts(paths.iter().map(|path| cleaned(path)).collect())
    }

    #[test]
    fn a_path_is_covered_by_itself_and_by_what_is_above_it() {
        let table = [
            ("/tmp", true),
            ("/tmp/", true),
            ("tmp", true),
            ("/x/../tmp/.", true),
            ("/tmp/cache", false),
            ("/tmpfs", false),
            ("/", false),
        ];
        for (own, expected) in table {
            assert_eq!(mounts(&[own]).cover("/tmp"), expected, "{own}");
        }
        assert!(mounts(&["/var"]).cover("/var/run/nginx"));
        assert!(!mounts(&["/va"]).cover("/var/run/nginx"));
    }

    #[test]
    fn a_path_is_touched_from_below_as_well() {
        assert!(mounts(&["/data/db"]).touch("/data"));
        assert!(mounts(&["/data"]).touch("/data/db"));
        assert!(!mounts(&["/database"]).touch("/data"));
        assert!(!mounts(&["/"]).touch("/data"));
    }
}
