//! The fields of a pod that the standard looks at.

use std::collections::BTreeSet;

use yaml::Node;
use yaml::order::Collect as _;

use super::container::ContainerSecurity;
use super::context::SecurityContext;
use super::field::{Misplaced, SecurityField, Text};
use super::spot::{Holder, Spot};
use super::volume::VolumeSecurity;
use crate::workload::{Container, Pod};

/// What a pod's security is decided by, as written, or as it will be once somebody set something here.
#[derive(Clone, Debug)]
pub struct PodSecurity<'r> {
    /// The pod.
    pub pod: Pod<'r>,
    /// `os.name`.
    pub os: SecurityField<'r, Text<'r>>,
    /// `hostUsers`.
    pub host_users: SecurityField<'r, bool>,
    /// `hostNetwork`.
    pub host_network: SecurityField<'r, bool>,
    /// `hostPID`.
    pub host_pid: SecurityField<'r, bool>,
    /// `hostIPC`.
    pub host_ipc: SecurityField<'r, bool>,
    /// The pod's own `securityContext`.
    pub context: SecurityContext<'r>,
    /// The names in `securityContext.sysctls`.
    pub sysctls: Vec<SecurityField<'r, Text<'r>>>,
    /// Its volumes.
    pub volumes: Vec<VolumeSecurity<'r>>,
    /// Annotations that set an `AppArmor` profile, by their keys.
    pub app_armor_annotations: Vec<SecurityField<'r, Text<'r>>>,
    /// Annotations that set a seccomp profile for the pod or for one of its containers, by their keys.
    pub seccomp_annotations: Vec<SecurityField<'r, Text<'r>>>,
    /// Its containers, as [`Pod::containers`] has them.
    pub containers: Vec<ContainerSecurity<'r>>,
    /// What keeps containers from being found at all.
    pub(crate) misplaced: Vec<SecurityField<'r, Text<'r>>>,
}

const SYSCTLS: &[&str] = &["securityContext", "sysctls"];

/// The prefix of annotations that set the `AppArmor` profile of a container.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
/// The annotation that set the seccomp profile of a pod before Kubernetes 1.19.
const POD_SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The prefix of annotations that set the seccomp profile of a container before Kubernetes 1.19.
const CONTAINER_SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";

impl<'r> PodSecurity<'r> {
    /// As the pod is written.
    pub fn of(pod: Pod<'r>) -> Self {
        let holder = Holder::Pod(pod);
        let names: BTreeSet<Text<'r>> = pod.containers().map(Container::name).into_set();
        let of_seccomp = |key: &str| {
            let container = key.strip_prefix(CONTAINER_SECCOMP);
            key == POD_SECCOMP || container.is_some_and(|name| names.contains(name))
        };
        Self {
            pod,
            os: SecurityField::read(holder, &["os", "name"]),
            host_users: SecurityField::read(holder, &["hostUsers"]),
            host_network: SecurityField::read(holder, &["hostNetwork"]),
            host_pid: SecurityField::read(holder, &["hostPID"]),
            host_ipc: SecurityField::read(holder, &["hostIPC"]),
            context: SecurityContext::of(holder),
            sysctls: SecurityField::of_items(holder, SYSCTLS, "name")
                .into_iter()
                .map(SecurityField::or_empty)
                .collect(),
            volumes: VolumeSecurity::all(pod),
            app_armor_annotations: annotations(pod, |key| key.starts_with(APP_ARMOR)),
            seccomp_annotations: annotations(pod, of_seccomp),
            containers: pod.containers().map(ContainerSecurity::of).collect(),
            misplaced: misplaced(pod),
        }
    }

    /// From now on the pod sets this sysctl as well.
    pub fn add_sysctl(&mut self, name: &'static str) {
        let spot = Spot::new(Holder::Pod(self.pod), SYSCTLS).item(self.sysctls.len());
        let spot = spot.field("name".into());
        self.sysctls
            .push(SecurityField::new(spot, None, name.into()));
    }

    /// Whether it says that it is for Windows, which is all that the standard goes by.
    pub fn is_windows(&self) -> bool {
        self.os.value().is_some_and(|os| os == "windows")
    }

    /// Whether its users are none of the node's.
    pub fn has_user_namespace(&self) -> bool {
        self.host_users.value() == Some(&false)
    }
}

/// The annotations of the pod whose keys are asked for.
fn annotations(pod: Pod<'_>, is_asked: impl Fn(&str) -> bool) -> Vec<SecurityField<'_, Text<'_>>> {
    let all = pod.annotations().iter();
    all.filter(|(key, _)| is_asked(key))
        .map(|(key, value)| {
            let node = pod.annotations().0.and_then(|all| all.get(&key));
            let spot = Spot::new(Holder::Annotations(pod), &[]).field(key);
            SecurityField::new(spot, node, value)
        })
        .collect()
}

/// What stands in the place of a list of containers, or of a container, and is none.
fn misplaced(pod: Pod<'_>) -> Vec<SecurityField<'_, Text<'_>>> {
    const LISTS: [&[&str]; 2] = [&["initContainers"], &["containers"]];
    let holder = Holder::Pod(pod);
    let mut found = Vec::new();
    for keys in LISTS {
        let Ok(Some(list)) = holder.find(keys) else {
            continue;
        };
        let spot = Spot::new(holder, keys);
        if !list.is_seq() {
            found.push(Misplaced::list(spot.clone(), list).unreadable());
        }
        let strange = |(_, item): &(usize, Node<'_>)| !item.is_map();
        let items = list.items().enumerate().filter(strange);
        found
            .extend(items.map(|(index, item)| Misplaced::map(spot.item(index), item).unreadable()));
    }
    found
}
