//! The fields of a container that the standard looks at.

use super::context::SecurityContext;
use super::field::{SecurityField, Text};
use super::spot::{Holder, Spot};
use crate::resource::Place;
use crate::workload::Container;

/// What a container's security is decided by, besides what its pod says.
#[derive(Clone, Debug)]
pub struct ContainerSecurity<'r> {
    /// The container.
    pub container: Container<'r>,
    /// What pods have as well.
    pub context: SecurityContext<'r>,
    /// `securityContext.privileged`.
    pub privileged: SecurityField<'r, bool>,
    /// `securityContext.allowPrivilegeEscalation`.
    pub allow_privilege_escalation: SecurityField<'r, bool>,
    /// `securityContext.procMount`.
    pub proc_mount: SecurityField<'r, Text<'r>>,
    /// The capabilities in `securityContext.capabilities.add`.
    pub capabilities_add: Vec<SecurityField<'r, Text<'r>>>,
    /// The capabilities in `securityContext.capabilities.drop`.
    pub capabilities_drop: Vec<SecurityField<'r, Text<'r>>>,
    /// The `hostPort` of each of its ports.
    pub host_ports: Vec<SecurityField<'r, i64>>,
    /// The `host` of each way that its probes and its lifecycle handlers may have one, where those are there.
    pub hosts: Vec<SecurityField<'r, Text<'r>>>,
}

/// Where probes and lifecycle handlers have a `host`.
const HOSTS: [&[&str]; 10] = [
    &["livenessProbe", "httpGet", "host"],
    &["livenessProbe", "tcpSocket", "host"],
    &["readinessProbe", "httpGet", "host"],
    &["readinessProbe", "tcpSocket", "host"],
    &["startupProbe", "httpGet", "host"],
    &["startupProbe", "tcpSocket", "host"],
    &["lifecycle", "postStart", "httpGet", "host"],
    &["lifecycle", "postStart", "tcpSocket", "host"],
    &["lifecycle", "preStop", "httpGet", "host"],
    &["lifecycle", "preStop", "tcpSocket", "host"],
];

const ADD: &[&str] = &["securityContext", "capabilities", "add"];
const DROP: &[&str] = &["securityContext", "capabilities", "drop"];
impl<'r> ContainerSecurity<'r> {
    pub(crate) fn of(container: Container<'r>) -> Self {
        let holder = Holder::Container(container);
        let capabilities = |keys| {
            let named = SecurityField::of_items(holder, keys, "").into_iter();
            named.map(SecurityField::or_empty).collect()
        };
        // Most containers have few of the ways.
        let is_there = |keys: &&'static [&'static str]| {
            let first = keys.first();
            first.is_some_and(|first| container.get(first).is_some())
        };
        let hosts = HOSTS.into_iter().filter(is_there);
        Self {
            container,
            context: SecurityContext::of(holder),
            privileged: SecurityField::read(holder, &["securityContext", "privileged"]),
            allow_privilege_escalation: SecurityField::read(
                holder,
                &["securityContext", "allowPrivilegeEscalation"],
            ),
            proc_mount: SecurityField::read(holder, &["securityContext", "procMount"]),
            capabilities_add: capabilities(ADD),
            capabilities_drop: capabilities(DROP),
            host_ports: SecurityField::of_items(holder, &["ports"], "hostPort"),
            hosts: hosts
                .map(|keys| SecurityField::read(holder, keys))
                .collect(),
        }
    }

    /// From now on the container drops this capability as well.
    pub fn drop_capability(&mut self, name: &'static str) {
        let spot = self.spot_of_drop().item(self.capabilities_drop.len());
        self.capabilities_drop
            .push(SecurityField::new(spot, None, name.into()));
    }

    /// The list of the capabilities that the container drops.
    pub fn place_of_drop(&self) -> Place {
        self.spot_of_drop().place()
    }

    fn spot_of_drop(&self) -> Spot<'r> {
        Spot::new(Holder::Container(self.container), DROP)
    }
}
