//! Waypoints: the proxies that see the requests of ambient workloads.

use super::Namespaces;
use super::marks::{Mark, label, pod_label};
use crate::graph::{ServiceNode, Workload};
use crate::resource::{Place, Resource};

const WAYPOINT: &str = "istio.io/use-waypoint";
const NAMESPACE: &str = "istio.io/use-waypoint-namespace";

/// Which waypoint the traffic to a Service or workload passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waypoint {
    /// This Gateway, if it takes that kind of traffic (`istio.io/waypoint-for`).
    Gateway {
        /// The namespace of the Gateway.
        namespace: String,
        /// The name of the Gateway.
        name: String,
        /// The label that says so.
        place: Place,
    },
    /// None.
    None,
    /// The namespace decides, and the input doesn't have it.
    Unknown,
}

impl Waypoint {
    /// The one for requests to a Service. A waypoint of its own or `none` beats the namespace's.
    ///
    /// istio pilot/pkg/serviceregistry/ambient/waypoints.go, `fetchWaypointForTarget` and `getUseWaypoint`.
    pub fn of_service<'r>(node: &ServiceNode<'r>, namespaces: &Namespaces<'r>) -> Self {
        let service = node.service.resource;
        let own = label(service, WAYPOINT);
        let elsewhere = label(service, NAMESPACE);
        Self::own(own, elsewhere, node.namespace)
            .unwrap_or_else(|| Self::of_namespace(node.namespace, namespaces))
    }

    /// The one for connections to the pods themselves.
    pub fn of_workload<'r>(workload: &Workload<'r>, namespaces: &Namespaces<'r>) -> Self {
        let own = pod_label(workload, WAYPOINT);
        let elsewhere = pod_label(workload, NAMESPACE);
        Self::own(own, elsewhere, workload.namespace)
            .unwrap_or_else(|| Self::of_namespace(workload.namespace, namespaces))
    }

    fn of_namespace<'r>(name: &str, namespaces: &Namespaces<'r>) -> Self {
        let of_object = |object: &'r Resource<'r>| {
            let elsewhere = label(object, NAMESPACE);
            Self::own(label(object, WAYPOINT), elsewhere, name).unwrap_or(Self::None)
        };
        namespaces.get(name).map_or(Self::Unknown, of_object)
    }

    fn own(mark: Option<Mark<'_>>, elsewhere: Option<Mark<'_>>, here: &str) -> Option<Self> {
        let mark = mark?;
        if mark.is("none") {
            return Some(Self::None);
        }
        let namespace = elsewhere.map_or_else(|| here.to_owned(), |mark| mark.value.into_owned());
        Some(Self::Gateway {
            namespace,
            name: mark.value.into_owned(),
            place: mark.place,
        })
    }
}
