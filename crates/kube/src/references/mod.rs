//! Who refers to a ConfigMap or Secret, and what makes one at run time: a table, and one resolver that finds
//! each reference, what it means, and the text that would make it mean another name.

mod identities;
mod kustomize;
mod path_tree;
mod provision;
mod reference;
mod resolver;
mod row;
mod spelling;
mod table;

pub use reference::{Reference, Referent};
pub use resolver::Resolver;
pub use row::{Condition, ConfigurationKind, How, ProviderRow, ReferenceRow};
pub use table::References;
