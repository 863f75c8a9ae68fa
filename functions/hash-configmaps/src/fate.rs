//! What becomes of an object: the first ground that applies decides.

use sdk::{Place, Severity, Subject};

use crate::config::Strategy;
use crate::survey::{Object, Survey};
use crate::{collisions, grounds};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is called after its content.
    Named,
    /// It keeps its name, and its content counts into the checksums of the pods that read it.
    Checksum,
    /// kustomize calls it after its content.
    Kustomize,
    /// It keeps its name.
    Left,
}

/// What is decided about an object, and why.
pub(crate) struct Verdict<'r> {
    pub(crate) fate: Fate,
    /// A slug.
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) finding: Option<Finding<'r>>,
}

/// What is worth telling besides the decision.
pub(crate) struct Finding<'r> {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) subject: Subject<'r>,
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl<'r> Verdict<'r> {
    pub(crate) fn new(fate: Fate, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            fate,
            reason,
            message: message.into(),
            finding: None,
        }
    }

    pub(crate) fn with(self, finding: Finding<'r>) -> Self {
        Self {
            finding: Some(finding),
            ..self
        }
    }
}

/// Decides about every object, in their order.
pub(crate) fn decide<'r>(survey: &mut Survey<'_, 'r>) -> Vec<Verdict<'r>> {
    let judged = survey.objects.iter().map(|object| judge(survey, object));
    let mut verdicts: Vec<Verdict<'r>> = judged.collect();
    collisions::refuse(survey, &mut verdicts);
    let has_checksums = survey.run.strategy != Strategy::Suffix;
    for (object, verdict) in survey.objects.iter_mut().zip(&verdicts) {
        object.fate = match verdict.fate {
            Fate::Checksum if object.is_left_out || !has_checksums => Fate::Left,
            fate => fate,
        };
    }
    verdicts
}

/// The first ground that applies keeps an object from its new name.
fn judge<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Verdict<'r> {
    let mut grounds = grounds::ALL.iter();
    let found = grounds.find_map(|ground| ground(survey, object));
    found.unwrap_or_else(|| Verdict::new(Fate::Named, "", ""))
}
