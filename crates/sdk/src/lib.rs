//! What every function stands on: its configuration, its plan, its results, and the ways to run it.
//!
//! ```text
//!  stdin ──▶ input ──▶ kube views ──▶ Function::plan ──▶ Plan ──▶ lower ──▶ yaml::apply ──▶ stdout
//!                          ▲                 ▲             │
//!  config ─▶ layers ───────┴── settings ─────┘             └──▶ findings ──▶ results, stderr, exit code
//! ```
//!
//! A function writes its configuration type and its [`Function::plan`]; everything else is here, once.

mod about;
mod cli;
mod config;
mod context;
mod difference;
mod finding;
mod function;
mod generate;
mod input;
mod layers;
mod library;
mod location;
mod lower;
mod pipeline;
mod plan;
mod report;
mod schema;
mod scope;
mod select;
mod session;
mod shared_rules;
mod skip;
mod steps;

pub use cli::{Program, main, main_of, run_command, wants_colours};
pub use config::{API_VERSION, FailOn, Level, Mode, Options, Output, ResultOptions, Version};
pub use context::{Context, Preset};
pub use difference::difference;
pub use finding::{Finding, Identity, Outcome, Severity};
pub use function::{ConfigError, Environment, FUNCTIONS, Function, Functions, Rule, Visitor};
pub use input::Error;
pub use kube::{
    Amount, Bound, Cause, ConfigurationKind, Container, ContainerDefaults, ContainerPolicy,
    ContainerPort, ContainerSecurity, ContainerTarget, ContainerType, Edge, EdgeMistake,
    EdgeMistakeKind, EdgeOptions, Edges, Enrolment, Evidence, FieldReading, FieldType,
    GatewayIdentity, Glob, Graph, HashError, HorizontalPodAutoscaler, How, HttpMatch, Image,
    Inbound, Interception, Kinds, LabelMistake, LabelSelector, Labels, LimitRange, LimitType,
    LinkerdSetting, Mesh, MeshConflict, MeshConflictKind, MetricTarget, NamespaceSecurity,
    Namespaces, NodePort, Peer, Place, Pod, PodKind, PodSecurity, PortRanges, Ports, Probes,
    ProviderRow, Quantity, QuantityError, QuotaName, Reference, ReferenceRow, References, Referent,
    Refusal, Resolver, Resource, ResourceMetric, ResourceQuota, Resources, SecurityContext,
    SecurityField, SecurityLevel, SecurityPolicy, SecurityVersion, SecurityViolation, Selector,
    Service, ServiceNode, ServicePort, Strength, Template, VerticalPodAutoscaler, VolumeSecurity,
    Waypoint, Why, Workload, content_hash, effective_request, free_for_init, linkerd_setting,
    selects, users_of_proxy,
};
pub use layers::{Merged, Source};
pub use library::{Ran, check, run};
pub use pipeline::KIND as PIPELINE;
pub use plan::{Decision, Plan, Subject};
pub use schema::schema;
pub use select::{Matcher, Target};
pub use serde_json::{self, Value, json};
pub use shared_rules::SHARED_RULES;
pub use yaml::order::{Collect, Order};
pub use yaml::{self, Mistake, Node, Packed, Path, Step, did_you_mean};
