//! Kubernetes knowledge: which kinds hold pods and where, what a container or image is, which Service
//! selects which pod, and what an object was called before kustomize renamed it.
//!
//! Everything here is a view on YAML nodes: cheap, borrowed, and with a [`Place`] for whatever a
//! function may want to change. Nothing here knows of functions.

mod constraints;
mod content_hash;
mod effective;
mod glob;
mod graph;
mod image;
mod kinds;
mod labels;
mod mesh;
mod names;
mod object_type;
mod pod_security;
mod quantity;
mod references;
mod resource;
mod service;
mod workload;

pub use constraints::{
    Amount, Amounts, Bound, Cause, ContainerDefaults, ContainerPolicy, HorizontalPodAutoscaler,
    LimitRange, LimitRangeItem, LimitType, MetricTarget, QuotaName, Refusal, ResourceMetric,
    ResourceQuota, Scope, VerticalPodAutoscaler,
};
pub use content_hash::{HashError, content_hash};
pub use effective::{authored_request, effective_request, free_for_init};
pub use glob::Glob;
pub use graph::{
    ContainerTarget, Edge, EdgeMistake, EdgeMistakeKind, EdgeOptions, Edges, Evidence,
    GatewayIdentity, Graph, HttpMatch, NodePort, Peer, Ports, ServiceNode, Strength, Workload,
};
pub use image::Image;
pub use kinds::{Kinds, PodKind, Probes, Template, TemplatePath};
pub use kube_core::GroupVersionKind;
pub use labels::{LabelSelector, Labels, Operator, Requirement, Selector, selects};
pub use mesh::{
    Enrolment, Inbound, Interception, LinkerdSetting, Mesh, MeshConflict, MeshConflictKind,
    Namespaces, PortRanges, Waypoint, Why, linkerd_setting, users_of_proxy,
};
pub use pod_security::{
    ContainerSecurity, FieldReading, FieldType, LabelMistake, NamespaceSecurity, PodSecurity,
    SecurityContext, SecurityField, SecurityLevel, SecurityPolicy, SecurityVersion,
    SecurityViolation, Text, VolumeSecurity,
};
pub use quantity::{Quantity, QuantityError};
pub use references::{
    Condition, ConfigurationKind, How, ProviderRow, Reference, ReferenceRow, References, Referent,
    Resolver,
};
pub use resource::{Place, Resource, Resources};
pub use service::{ContainerPort, Service, ServicePort};
pub use workload::{Container, ContainerType, Pod, is_injected};
