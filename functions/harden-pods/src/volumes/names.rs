//! What new volumes are called.

use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Pod};

/// The names of a pod's volumes.
pub(crate) struct VolumeNames(BTreeSet<String>);

/// The most bytes of a DNS label, which the name of a volume is: `ValidateVolumes` in kubernetes/kubernetes
/// pkg/apis/core/validation/validation.go at 000f26050b9be6fb3d79fae95e06b47fc96128cd.
const LONGEST: usize = 63;

impl VolumeNames {
    /// Those that are taken: volumes, and claims of which a StatefulSet makes volumes.
    pub(crate) fn of(pod: Pod<'_>) -> Self {
        let volumes = pod.get("volumes").into_iter().flat_map(Node::items);
        let volumes = volumes.filter_map(|volume| volume.get("name")?.text());
        let owner = pod.template_owner();
        let claims = owner.and_then(|owner| owner.node.at(&["spec", "volumeClaimTemplates"]));
        let claims = claims.into_iter().flat_map(Node::items);
        let claims = claims.filter_map(|claim| claim.at(&["metadata", "name"])?.text());
        Self(volumes.chain(claims).map(Into::into).into_set())
    }

    /// A free name for the volume of a container at a path, which is taken from now on.
    pub(crate) fn take(&mut self, container: &str, path: &str) -> String {
        let stem = match path {
            "/tmp" => "tmp".to_owned(),
            path => format!("w-{}", hash(path)),
        };
        let mut base = format!("{stem}-{container}");
        if base.len() > LONGEST || !is_label(&base) {
            base = format!("{stem}-{}", hash(container));
        }
        let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered.map(shortened));
        let free = names.find(|name| !self.0.contains(name)).unwrap_or(base);
        self.0.insert(free.clone());
        free
    }
}

/// A name that ends in a number, short enough: its start gives way.
fn shortened(name: String) -> String {
    let surplus = name.len().saturating_sub(LONGEST);
    let rest = name.get(surplus..).unwrap_or_default();
    match rest.trim_start_matches('-') {
        rest if surplus > 0 => rest.to_owned(),
        _ => name,
    }
}

/// Whether the name is a DNS label but for its length.
fn is_label(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.bytes().all(|byte| is_letter(byte) || byte == b'-')
        && name.bytes().next_back().is_some_and(is_letter)
}

/// Eight digits that stand for a text: FNV-1a, since they need to differ, not to keep secrets.
fn hash(text: &str) -> String {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{:08x}", text.bytes().fold(0x811c_9dc5, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(taken: &[&str]) -> VolumeNames {
        VolumeNames(taken.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_name_says_whose_volume_it_is() {
        let mut names = names(&[]);
        assert_eq!(names.take("app", "/tmp"), "tmp-app");
        assert_eq!(names.take("app", "/var/run"), "w-30b81589-app");
        assert_eq!(names.take("web", "/var/run"), "w-30b81589-web");
    }

    #[test]
    fn a_name_that_is_taken_gets_the_next_free_number() {
        let mut names = names(&["tmp-app", "tmp-app-3"]);
        assert_eq!(names.take("app", "/tmp"), "tmp-app-2");
        assert_eq!(names.take("app", "/tmp"), "tmp-app-4");
    }

    #[test]
    fn names_stay_dns_labels_whatever_the_container_is_called() {
        let (long, longest) = ("a".repeat(59), "a".repeat(63));
        for container in ["", "-", "App", "$(NAME)", "ä", &long, &longest] {
            let mut names = names(&[]);
            for _ in 0..12 {
                let name = names.take(container, "/tmp");
                assert!(
                    name.len() <= LONGEST && is_label(&name),
                    "{container}: {name}"
                );
            }
            assert_eq!(names.0.len(), 12, "{container}");
        }
    }

    #[test]
    fn a_hash_is_that_of_fnv_1a() {
        // the published test vectors
        assert_eq!(hash(""), "811c9dc5");
        assert_eq!(hash("foobar"), "bf9cf968");
    }
}
