//! What objects refer to by name or by labels, and whether it is among the others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::rendered::{objects, rendered};

/// Pods that none of the objects here make: those of the gateway's chart, and those that answer for certificates.
const ELSEWHERE: [&str; 2] = ["istio", "acme.cert-manager.io/http01-solver"];

/// The specification of an object's pods.
pub(crate) fn pod_of(object: &Value) -> Option<&Value> {
    template(object).map(|template| &template["spec"])
}

fn template(object: &Value) -> Option<&Value> {
    ["/spec/template", "/spec/jobTemplate/spec/template"]
        .iter()
        .filter_map(|path| object.pointer(path))
        .find(|template| template.pointer("/spec/containers").is_some())
}

/// What the objects refer to that isn't among them, a line each.
pub(crate) fn dangling(objects: &[Value]) -> Vec<String> {
    let world = World {
        objects,
        names: objects.iter().flat_map(provided).collect(),
    };
    let mut found = Vec::new();
    for object in objects {
        let missing = world.missing_of(object);
        let own = format!("{} {}", object["kind"], object["metadata"]["name"]);
        found.extend(missing.into_iter().map(|what| format!("{own}: {what}")));
    }
    found
}

type Name = (String, String, String);

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn namespace(object: &Value) -> &str {
    text(&object["metadata"]["namespace"])
}

/// The object itself, and the Secret that it has made at run time.
fn provided(object: &Value) -> Vec<Name> {
    let (kind, own) = (text(&object["kind"]), text(&object["metadata"]["name"]));
    let name = |kind: &str, name: &str| {
        (
            kind.to_owned(),
            namespace(object).to_owned(),
            name.to_owned(),
        )
    };
    let secret = match kind {
        "ExternalSecret" => object.pointer("/spec/target/name").map_or(own, text),
        "Certificate" => text(&object["spec"]["secretName"]),
        _ => return vec![name(kind, own)],
    };
    vec![name(kind, own), name("Secret", secret)]
}

struct World<'o> {
    objects: &'o [Value],
    names: BTreeSet<Name>,
}

impl World<'_> {
    fn missing_of(&self, object: &Value) -> Vec<String> {
        let mut named = names_in(object);
        if let Some(pod) = pod_of(object) {
            named.extend(names_in_pod(pod));
        }
        let is_missing = |(kind, name): &(&str, String)| {
            let is_of_cluster = *kind == "PriorityClass";
            let namespace = if is_of_cluster { "" } else { namespace(object) };
            let name = ((*kind).to_owned(), namespace.to_owned(), name.clone());
            !self.names.contains(&name)
        };
        let missing = named.into_iter().filter(is_missing);
        let mut missing: Vec<String> = missing
            .map(|(kind, name)| format!("{kind} {name}"))
            .collect();
        missing.extend(self.unselected(object));
        missing.extend(self.unserved(object));
        missing.extend(unmounted(object));
        missing
    }

    fn pods(&self, space: &str, selector: &Value) -> Vec<&Value> {
        let Ok(selector) = serde_json::from_value::<BTreeMap<String, Value>>(selector.clone())
        else {
            return Vec::new();
        };
        let here = self
            .objects
            .iter()
            .filter(|object| namespace(object) == space);
        let templates = here.filter_map(template);
        let is_selected = |template: &&Value| {
            let labels = &template["metadata"]["labels"];
            selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
        };
        templates
            .filter(is_selected)
            .map(|template| &template["spec"])
            .collect()
    }

    /// Selectors that find no pod.
    fn unselected(&self, object: &Value) -> Option<String> {
        let path = match text(&object["kind"]) {
            "Service" => "/spec/selector",
            "AuthorizationPolicy" | "PeerAuthentication" | "PodDisruptionBudget" => {
                "/spec/selector/matchLabels"
            }
            "NetworkPolicy" => "/spec/podSelector/matchLabels",
            _ => return None,
        };
        let selector = object.pointer(path)?;
        let is_elsewhere = ELSEWHERE.iter().any(|label| selector.get(label).is_some());
        let finds_none = !is_elsewhere && self.pods(namespace(object), selector).is_empty();
        finds_none.then(|| format!("pods {selector}"))
    }

    /// Ports of a Service that lead to no port of its pods.
    fn unserved(&self, object: &Value) -> Vec<String> {
        if object["kind"] != "Service" || object["spec"].get("selector").is_none() {
            return Vec::new();
        }
        let pods = self.pods(namespace(object), &object["spec"]["selector"]);
        let ports = object["spec"]["ports"].as_array().into_iter().flatten();
        let leads = |port: &&Value| {
            let target = port.get("targetPort").unwrap_or(&port["port"]);
            pods.iter().all(|pod| has_port(pod, target))
        };
        let lost = ports.filter(|port| !leads(port));
        lost.map(|port| format!("port {port}")).collect()
    }
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["containers", "initContainers"].into_iter();
    lists.filter_map(|list| pod[list].as_array()).flatten()
}

fn has_port(pod: &Value, target: &Value) -> bool {
    let ports = containers(pod).filter_map(|container| container["ports"].as_array());
    ports
        .flatten()
        .any(|port| port["name"] == *target || port["containerPort"] == *target)
}

/// What an object that makes no pods names.
fn names_in(object: &Value) -> Vec<(&str, String)> {
    let spec = &object["spec"];
    let found = match text(&object["kind"]) {
        "HorizontalPodAutoscaler" => {
            let target = &spec["scaleTargetRef"];
            (text(&target["kind"]), &target["name"])
        }
        "RoleBinding" => (text(&object["roleRef"]["kind"]), &object["roleRef"]["name"]),
        "StatefulSet" => ("Service", &spec["serviceName"]),
        _ => return Vec::new(),
    };
    // A ClusterRole may be one of the cluster's own.
    let (kind, name) = found;
    let is_ours = kind != "ClusterRole";
    is_ours
        .then(|| (kind, text(name).to_owned()))
        .into_iter()
        .collect()
}

fn names_in_pod(pod: &Value) -> Vec<(&'static str, String)> {
    let mut found = vec![(
        "ServiceAccount",
        text(&pod["serviceAccountName"]).to_owned(),
    )];
    if let Some(class) = pod.get("priorityClassName") {
        found.push(("PriorityClass", text(class).to_owned()));
    }
    collect(pod, &mut found);
    found
}

/// Every place where a pod may name its configuration or a secret.
fn collect(value: &Value, found: &mut Vec<(&'static str, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => {
            for (key, inner) in map {
                let kind = match key.as_str() {
                    "configMap" | "configMapKeyRef" | "configMapRef" => "ConfigMap",
                    "secret" | "secretKeyRef" | "secretRef" => "Secret",
                    _ => "",
                };
                let name = inner.get("secretName").or_else(|| inner.get("name"));
                let is_needed = inner.get("optional") != Some(&Value::Bool(true));
                if let (false, true, Some(name)) = (kind.is_empty(), is_needed, name) {
                    found.push((kind, text(name).to_owned()));
                }
                collect(inner, found);
            }
        }
        _ => {}
    }
}

/// Mounts of volumes that the pod hasn't got.
fn unmounted(object: &Value) -> Vec<String> {
    let Some(pod) = pod_of(object) else {
        return Vec::new();
    };
    let claims = object["spec"]["volumeClaimTemplates"]
        .as_array()
        .into_iter()
        .flatten();
    let claims = claims.map(|claim| &claim["metadata"]["name"]);
    let volumes = pod["volumes"].as_array().into_iter().flatten();
    let volumes: Vec<&Value> = volumes
        .map(|volume| &volume["name"])
        .chain(claims)
        .collect();
    let mounts = containers(pod).filter_map(|container| container["volumeMounts"].as_array());
    let lost = mounts
        .flatten()
        .filter(|mount| !volumes.contains(&&mount["name"]));
    lost.map(|mount| format!("volume {}", mount["name"]))
        .collect()
}

#[test]
fn every_reference_of_a_rendered_overlay_resolves() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        let found = dangling(&objects(text));
        assert_eq!(found, Vec::<String>::new(), "{environment}");
    }
}

#[test]
fn a_reference_to_nothing_is_found() {
    let Some(rendered) = rendered() else { return };
    let production = objects(&rendered["production"]);
    for kind in [
        "ConfigMap",
        "Deployment",
        "ExternalSecret",
        "PriorityClass",
        "Role",
        "Rollout",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    ] {
        let without = production.iter().filter(|object| object["kind"] != kind);
        let found = dangling(&without.cloned().collect::<Vec<_>>());
        assert!(!found.is_empty(), "{kind}");
    }
}
