//! What keeps a pod from a level, and how checks tell it.

use std::collections::BTreeSet;

use yaml::{Kind, Node, Path, Scalar, Step};

use super::field::{FieldReading, SecurityField};
use super::level::SecurityLevel;
use crate::resource::Place;
use crate::workload::Container;

/// A field that keeps a pod from a level of the standard.
#[derive(Clone, Debug)]
pub struct SecurityViolation<'r> {
    /// The check that fails, by its upstream name (`capabilities_restricted`); `unreadable` where a container
    /// can't even be found.
    pub check: &'static str,
    /// The laxest level that the field breaks.
    pub level: SecurityLevel,
    /// The container it is part of, if any.
    pub container: Option<Container<'r>>,
    /// The field, or where it would have to stand.
    pub place: Place,
    /// Whether the field must be written rather than changed.
    pub is_absent: bool,
    /// Whether the field holds what the API server refuses whatever the level.
    pub is_unreadable: bool,
    /// What must be different: `` `privileged` must not be true ``.
    pub detail: String,
}

/// Collects what a check finds.
#[derive(Debug)]
pub(crate) struct Findings<'r> {
    /// The check that runs.
    pub(crate) check: &'static str,
    /// The version of the standard: 1.`minor`.
    pub(crate) minor: u32,
    found: Vec<SecurityViolation<'r>>,
}

impl<'r> Findings<'r> {
    pub(crate) fn new(minor: u32) -> Self {
        Self {
            check: "unreadable",
            minor,
            found: Vec::new(),
        }
    }

    /// Adds a violation of `level` if the value, or its absence, is one; and if it can't be read.
    pub(crate) fn judge<T>(
        &mut self,
        level: SecurityLevel,
        setting: &SecurityField<'r, T>,
        fault: impl FnOnce(Option<&T>) -> Option<String>,
    ) {
        let (detail, is_unreadable) = match setting.reading() {
            FieldReading::Unreadable(wanted) => (Some(misfit(setting, wanted)), true),
            FieldReading::Absent => (fault(None), false),
            FieldReading::Value(value) => (fault(Some(value)), false),
        };
        let Some(detail) = detail else { return };
        self.found.push(SecurityViolation {
            check: self.check,
            level,
            container: setting.container(),
            place: setting.place(),
            is_absent: setting.is_absent(),
            is_unreadable,
            detail,
        });
    }

    /// Adds a violation for what a list doesn't hold, at the list itself.
    pub(crate) fn miss(
        &mut self,
        level: SecurityLevel,
        container: Container<'r>,
        place: Place,
        is_absent: bool,
        detail: String,
    ) {
        self.found.push(SecurityViolation {
            check: self.check,
            level,
            container: Some(container),
            place,
            is_absent,
            is_unreadable: false,
            detail,
        });
    }

    /// Adds a violation if the value can't be read.
    pub(crate) fn read<T>(&mut self, level: SecurityLevel, setting: &SecurityField<'r, T>) {
        self.judge(level, setting, |_| None);
    }

    /// Everything found, in the order of the checks, what can't be read by the first check that read it.
    pub(crate) fn into_violations(self) -> Vec<SecurityViolation<'r>> {
        let mut told = BTreeSet::new();
        let mut found = self.found;
        found.retain(|one| !one.is_unreadable || told.insert(one.place.clone()));
        found
    }
}

/// What is wrong with a value that the API server refuses.
fn misfit<T>(setting: &SecurityField<'_, T>, wanted: &str) -> String {
    // From the last key on: `drop[0]`.
    let steps = setting.place().path.0;
    let is_key = |step: &Step| matches!(step, Step::Key(_));
    let last = steps.iter().rposition(is_key).unwrap_or_default();
    let field = Path(steps.into_iter().skip(last).collect());
    let found = setting.node().map_or_else(String::new, shown);
    format!("`{field}` must be {wanted}, not {found}")
}

/// A value as a message shows it.
fn shown(node: Node<'_>) -> String {
    match (node.kind(), node.scalar()) {
        (Kind::Map, _) => "a map".to_owned(),
        (Kind::Seq, _) => "a list".to_owned(),
        (Kind::Scalar, Some(Scalar::Str(text) | Scalar::Timestamp(text))) => format!("{text:?}"),
        (Kind::Scalar, _) => node.source().to_owned(),
    }
}
