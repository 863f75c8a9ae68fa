//! Objects of Kubernetes' own kinds against their types, and against what the API server asks for beyond them.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::api::{
    apps, autoscaling, batch, core, discovery, networking, policy, rbac, scheduling,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{argo, availability, is_made, pods, workloads};

type Checked = Result<(), String>;

/// Checks an object of a kind that is known here; none for others.
pub(super) fn check(api_version: &str, kind: &str, object: &Value) -> Option<Checked> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match (group, version) {
        ("", "v1") => of_core(kind, object),
        ("apps", "v1") => of_apps(kind, object),
        ("batch", "v1") => of_batch(kind, object),
        ("argoproj.io", "v1alpha1") if kind == "Rollout" => {
            Some(typed(object).and_then(|rollout: argo::Rollout| rollout.check()))
        }
        ("argoproj.io", "v1alpha1") if kind == "Application" => {
            Some(typed(object).and_then(|own: argo::application::Application| own.check()))
        }
        ("argoproj.io", "v1alpha1") if kind == "AppProject" => {
            Some(typed(object).and_then(|own: argo::application::Project| own.check()))
        }
        _ => of_others(api_version, kind, object),
    }
}

fn of_core(kind: &str, object: &Value) -> Option<Checked> {
    Some(match kind {
        "Pod" => typed(object).and_then(|pod: core::v1::Pod| {
            pod.spec.iter().try_for_each(|spec| pods::check(spec, &[]))
        }),
        "PodTemplate" => typed(object).and_then(|own: core::v1::PodTemplate| {
            own.template.iter().try_for_each(|own| template(own, &[]))
        }),
        "ReplicationController" => {
            typed(object).and_then(|own: core::v1::ReplicationController| {
                let templates = own.spec.into_iter().filter_map(|spec| spec.template);
                templates
                    .into_iter()
                    .try_for_each(|own| template(&own, &[]))
            })
        }
        "Service" => fits::<core::v1::Service>(object),
        "ConfigMap" => fits::<core::v1::ConfigMap>(object),
        "Secret" => fits::<core::v1::Secret>(object),
        "Namespace" => fits::<core::v1::Namespace>(object),
        "ServiceAccount" => fits::<core::v1::ServiceAccount>(object),
        "PersistentVolumeClaim" => fits::<core::v1::PersistentVolumeClaim>(object),
        "LimitRange" => fits::<core::v1::LimitRange>(object),
        "ResourceQuota" => fits::<core::v1::ResourceQuota>(object),
        _ => return None,
    })
}

fn of_apps(kind: &str, object: &Value) -> Option<Checked> {
    Some(match kind {
        "Deployment" => typed(object).and_then(|own: apps::v1::Deployment| {
            own.spec.iter().try_for_each(|spec| {
                workloads::deployment(spec)?;
                template(&spec.template, &[])
            })
        }),
        "StatefulSet" => typed(object).and_then(|own: apps::v1::StatefulSet| {
            own.spec.iter().try_for_each(|spec| {
                workloads::stateful_set(spec)?;
                template(&spec.template, &claims(spec))
            })
        }),
        "DaemonSet" => typed(object).and_then(|own: apps::v1::DaemonSet| {
            own.spec.iter().try_for_each(|spec| {
                workloads::daemon_set(spec)?;
                template(&spec.template, &[])
            })
        }),
        "ReplicaSet" => typed(object).and_then(|own: apps::v1::ReplicaSet| {
            let templates = own.spec.into_iter().filter_map(|spec| spec.template);
            templates
                .into_iter()
                .try_for_each(|own| template(&own, &[]))
        }),
        _ => return None,
    })
}

fn of_batch(kind: &str, object: &Value) -> Option<Checked> {
    Some(match kind {
        "Job" => typed(object).and_then(|own: batch::v1::Job| own.spec.iter().try_for_each(job)),
        "CronJob" => typed(object).and_then(|own: batch::v1::CronJob| {
            let jobs = own
                .spec
                .into_iter()
                .filter_map(|spec| spec.job_template.spec);
            jobs.into_iter().try_for_each(|own| job(&own))
        }),
        _ => return None,
    })
}

fn of_others(api_version: &str, kind: &str, object: &Value) -> Option<Checked> {
    Some(match (api_version, kind) {
        ("autoscaling/v2", "HorizontalPodAutoscaler") => {
            typed(object).and_then(|own: autoscaling::v2::HorizontalPodAutoscaler| {
                of_made(object, own.spec, availability::autoscaler)
            })
        }
        ("policy/v1", "PodDisruptionBudget") => {
            typed(object).and_then(|own: policy::v1::PodDisruptionBudget| {
                of_made(object, own.spec, availability::budget)
            })
        }
        ("networking.k8s.io/v1", "IngressClass") => fits::<networking::v1::IngressClass>(object),
        ("networking.k8s.io/v1", "Ingress") => fits::<networking::v1::Ingress>(object),
        ("networking.k8s.io/v1", "NetworkPolicy") => fits::<networking::v1::NetworkPolicy>(object),
        ("discovery.k8s.io/v1", "EndpointSlice") => fits::<discovery::v1::EndpointSlice>(object),
        ("scheduling.k8s.io/v1", "PriorityClass") => fits::<scheduling::v1::PriorityClass>(object),
        ("rbac.authorization.k8s.io/v1", "Role") => fits::<rbac::v1::Role>(object),
        ("rbac.authorization.k8s.io/v1", "RoleBinding") => fits::<rbac::v1::RoleBinding>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRole") => fits::<rbac::v1::ClusterRole>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding") => {
            fits::<rbac::v1::ClusterRoleBinding>(object)
        }
        _ => return None,
    })
}

fn template(template: &PodTemplateSpec, claims: &[String]) -> Checked {
    let mut spec = template.spec.iter();
    spec.try_for_each(|spec| pods::check(spec, claims))
}

/// The names of the volumes that a `StatefulSet` gives to each of its pods.
fn claims(spec: &apps::v1::StatefulSetSpec) -> Vec<String> {
    let claims = spec.volume_claim_templates.iter().flatten();
    claims
        .filter_map(|claim| claim.metadata.name.clone())
        .collect()
}

fn job(job: &batch::v1::JobSpec) -> Checked {
    workloads::job(job)?;
    template(&job.template, &[])
}

/// Checks what a function made; authors may be wrong, and are told so elsewhere.
fn of_made<S>(object: &Value, spec: Option<S>, check: impl FnOnce(&S) -> Checked) -> Checked {
    match spec {
        Some(spec) if is_made(object) => check(&spec),
        None if is_made(object) => Err("`spec` is missing".to_owned()),
        _ => Ok(()),
    }
}

fn fits<T: DeserializeOwned + Serialize>(object: &Value) -> Checked {
    typed::<T>(object).map(|_| ())
}

/// Reads the object as its type, writes it back, and compares: each field must be there again, and of a made object
/// each field that the type can't do without must have been there.
fn typed<T: DeserializeOwned + Serialize>(object: &Value) -> Result<T, String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let back = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    absent(object, &back, "", "unknown")?;
    if is_made(object) {
        absent(&back, object, "", "missing")?;
    }
    Ok(typed)
}

/// The first field of `object` that `other` doesn't have.
fn absent(object: &Value, other: &Value, path: &str, what: &str) -> Checked {
    match (object, other) {
        (Value::Object(object), Value::Object(other)) => {
            object.iter().try_for_each(|(key, value)| {
                let path = format!("{path}.{key}");
                match other.get(key) {
                    Some(other) => absent(value, other, &path, what),
                    None if what == "unknown" && is_empty(value) => Ok(()),
                    None => Err(format!("the field {path} is {what}")),
                }
            })
        }
        (Value::Array(object), Value::Array(other)) if object.len() == other.len() => {
            let mut pairs = object.iter().zip(other).enumerate();
            pairs.try_for_each(|(number, (value, other))| {
                absent(value, other, &format!("{path}[{number}]"), what)
            })
        }
        _ => Ok(()),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}
