#![doc = include_str!("../README.md")]

use sdk::{Functions, Visitor};

pub mod commands;

/// Calls `visitor` once per function, in alphabetical order. There is no other list.
pub fn visit_all(visitor: &mut impl Visitor) {
    visitor.visit::<add_mtls_policies::AddMtlsPolicies>();
    visitor.visit::<harden_pods::HardenPods>();
    visitor.visit::<hash_configmaps::HashConfigMaps>();
    visitor.visit::<inject_probes::InjectProbes>();
    visitor.visit::<set_availability::SetAvailability>();
    visitor.visit::<set_resources::SetResources>();
}

/// The list, for what takes a type.
#[derive(Debug)]
pub struct All;

impl Functions for All {
    fn each(visitor: &mut impl Visitor) {
        visit_all(visitor);
    }
}
