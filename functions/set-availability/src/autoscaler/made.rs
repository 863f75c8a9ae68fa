//! HorizontalPodAutoscalers that are made for workloads.

use sdk::{Severity, Template, Value, json};

use super::metrics;
use crate::settings::Autoscaling;
use crate::survey::{Survey, Workload};

/// Why a workload gets no autoscaler.
pub(super) struct Without {
    pub(super) severity: Severity,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Without {
    fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Info,
            reason,
            message: message.into(),
        }
    }
}

/// What applies to the autoscaler of a workload, if one is configured.
pub(super) fn configured<'w>(workload: &'w Workload<'_>) -> Option<&'w Autoscaling> {
    workload.settings.as_ref()?.autoscaling.as_ref()
}

/// Why a workload that nobody scales gets no autoscaler, though one is configured.
pub(super) fn without(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    autoscaling: &Autoscaling,
) -> Result<(), Without> {
    can_be_scaled(workload)?;
    if !workload.is_stateless() && !autoscaling.is_override {
        let message = format!(
            "a {} is scaled only by an override that says so, since it may hold data",
            workload.kind.kind
        );
        return Err(Without::new("not-scaled-by-default", message));
    }
    if let (Some(claim), false) = (workload.exclusive_claim(), autoscaling.is_override) {
        let message = format!(
            "is scaled only by an override that says so, since only one node can have the volume of the claim \"{claim}\", and pods on others would wait for it"
        );
        return Err(Without::new("exclusive-volume", message));
    }
    if survey.autoscalers.canary_of(workload.owner).is_some() {
        let message = "a Canary rolls it out, and scales its copy only by an autoscaler that it names itself; write one, and name it in `autoscalerRef`";
        return Err(Without::new("flagger", message));
    }
    if autoscaling.max.is_none() {
        let message = "no `maxReplicas` is configured, which the API server wants; write one";
        return Err(Without {
            severity: Severity::Warning,
            ..Without::new("no-max-replicas", message)
        });
    }
    Ok(())
}

fn can_be_scaled(workload: &Workload<'_>) -> Result<(), Without> {
    let kind = &workload.kind;
    let is_whole = kind.template == Template::Full && workload.replicas_place().is_some();
    if workload.owner.name().is_empty() {
        return Err(Without::new(
            "no-name",
            "has no name that an autoscaler could refer to",
        ));
    }
    if kind.scalable && is_whole && !kind.runs_to_completion {
        return Ok(());
    }
    let message = format!("a {} has no number of pods to scale", kind.kind);
    Err(Without::new("kind", message))
}

/// The autoscaler of a workload.
pub(super) fn object(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    autoscaling: &Autoscaling,
) -> Value {
    let owner = workload.owner;
    let mut metadata = json!({"name": owner.name()});
    if let (Value::Object(map), false) = (&mut metadata, owner.namespace().is_empty()) {
        map.insert("namespace".to_owned(), owner.namespace().into());
    }
    let max = autoscaling.max.map(|max| max.value);
    let target = json!({
        "apiVersion": owner.api_version(),
        "kind": owner.kind(),
        "name": owner.name(),
    });
    let mut spec = Value::from_iter([
        ("scaleTargetRef", target),
        ("minReplicas", autoscaling.min.value.into()),
        ("maxReplicas", max.into()),
        (
            "metrics",
            metrics::values(survey, workload, autoscaling).into(),
        ),
    ]);
    if let (Value::Object(map), Some(behavior)) = (&mut spec, &autoscaling.behavior) {
        map.insert("behavior".to_owned(), Value::Object(behavior.clone()));
    }
    Value::from_iter([
        ("apiVersion", "autoscaling/v2".into()),
        ("kind", "HorizontalPodAutoscaler".into()),
        ("metadata", metadata),
        ("spec", spec),
    ])
}
