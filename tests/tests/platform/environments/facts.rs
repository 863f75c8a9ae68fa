//! The rows of the table that says what each environment is like, and where what is rendered shows it.

use serde_json::Value;

use crate::name;
use crate::references::pod_of;

/// Something that environments differ in.
pub(crate) struct Fact {
    pub(crate) what: &'static str,
    /// The values of an object.
    pub(crate) of: fn(&Value) -> Vec<String>,
    /// All values, each once, in development, staging and production.
    pub(crate) expected: [&'static str; 3],
}

/// All of them.
pub(crate) const FACTS: &[Fact] = &[
    Fact {
        what: "the label of the environment",
        of: |object| {
            at(
                object,
                "Namespace",
                "/metadata/labels/plimsoll.dev~1environment",
            )
        },
        expected: ["development", "staging", "production"],
    },
    Fact {
        what: "mTLS of namespaces and workloads",
        of: |object| at(object, "PeerAuthentication", "/spec/mtls/mode"),
        expected: ["PERMISSIVE", "STRICT", "STRICT"],
    },
    Fact {
        what: "calls are denied unless a policy allows them",
        of: |object| {
            let is_for_all =
                object["kind"] == "AuthorizationPolicy" && object["spec"].get("selector").is_none();
            let allows_none = object["spec"].get("rules").is_none();
            one(is_for_all && allows_none, "denied")
        },
        expected: ["", "denied", "denied"],
    },
    Fact {
        what: "network policies that deny all a namespace's traffic",
        of: |object| {
            let denies = |list: &str| {
                object["spec"]
                    .get(list)
                    .is_none_or(|rules| *rules == Value::Array(Vec::new()))
            };
            let selects_all = object["spec"]["podSelector"] == serde_json::json!({});
            let types = object["spec"]["policyTypes"]
                .as_array()
                .into_iter()
                .flatten();
            let denied = types
                .filter_map(Value::as_str)
                .filter(|kind| denies(&kind.to_lowercase()));
            let is_policy = object["kind"] == "NetworkPolicy" && selects_all;
            denied.filter(|_| is_policy).map(str::to_owned).collect()
        },
        expected: ["Ingress", "Egress Ingress", "Egress Ingress"],
    },
    Fact {
        what: "replicas of services without an autoscaler",
        of: |object| at(object, "Deployment", "/spec/replicas"),
        expected: ["1", "1 2", "3"],
    },
    Fact {
        what: "least pods of autoscalers",
        of: |object| at(object, "HorizontalPodAutoscaler", "/spec/minReplicas"),
        expected: ["", "2", "3"],
    },
    Fact {
        what: "most pods of autoscalers",
        of: |object| at(object, "HorizontalPodAutoscaler", "/spec/maxReplicas"),
        expected: ["", "4", "10 20"],
    },
    Fact {
        what: "pods that may be away at a time",
        of: |object| at(object, "PodDisruptionBudget", "/spec/maxUnavailable"),
        expected: ["", "1", "1"],
    },
    Fact {
        what: "copies of data services",
        of: |object| at(object, "StatefulSet", "/spec/replicas"),
        // PostgreSQL has one primary everywhere; Redis has three and a replica of each.
        expected: ["1", "1", "1 3 6"],
    },
    Fact {
        what: "spread of data over zones",
        of: |object| {
            let pod = pod_of(object).filter(|_| object["kind"] == "StatefulSet");
            let spread = pod.and_then(|pod| pod["topologySpreadConstraints"].as_array());
            let zones = spread
                .into_iter()
                .flatten()
                .filter(|spread| spread["topologyKey"] == "topology.kubernetes.io/zone");
            zones
                .map(|spread| text(&spread["whenUnsatisfiable"]))
                .collect()
        },
        expected: ["", "", "DoNotSchedule"],
    },
    Fact {
        what: "storage classes",
        of: |object| claims(object, "/spec/storageClassName"),
        expected: ["standard", "standard", "fast-retain"],
    },
    Fact {
        what: "sizes of volumes",
        of: |object| claims(object, "/spec/resources/requests/storage"),
        expected: ["2Gi", "8Gi", "20Gi 5Gi 8Gi"],
    },
    Fact {
        what: "what is kept when a data service goes",
        of: |object| {
            at(
                object,
                "StatefulSet",
                "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted",
            )
        },
        expected: ["Retain", "Retain", "Retain"],
    },
    Fact {
        what: "backups that are paused",
        of: |object| at(object, "CronJob", "/spec/suspend"),
        expected: ["true", "", ""],
    },
    Fact {
        what: "where secrets come from",
        of: |object| at(object, "ExternalSecret", "/spec/secretStoreRef/name"),
        expected: ["development-store", "staging-store", "production-store"],
    },
    Fact {
        what: "passwords that are made up",
        of: |object| one(object["kind"] == "Password", "random"),
        expected: ["random", "", ""],
    },
    Fact {
        what: "how much is logged",
        of: |object| at(object, "ConfigMap", "/data/LOG_LEVEL"),
        expected: ["debug", "info", "info"],
    },
    Fact {
        what: "the front door's host",
        of: |object| at(object, "Certificate", "/spec/dnsNames/0"),
        expected: [
            "shop.dev.local",
            "shop.staging.example.com",
            "shop.example.com",
        ],
    },
    Fact {
        what: "who signs its certificate",
        of: |object| at(object, "Certificate", "/spec/issuerRef/name"),
        expected: ["selfsigned", "letsencrypt-staging", "letsencrypt"],
    },
    Fact {
        what: "browsers are told to come by HTTPS alone",
        of: |object| {
            let is_told = object
                .to_string()
                .to_lowercase()
                .contains("strict-transport-security");
            one(object["kind"] == "VirtualService" && is_told, "HSTS")
        },
        expected: ["", "", "HSTS"],
    },
    Fact {
        what: "consoles for people",
        of: |object| {
            let component = object.pointer("/metadata/labels/app.kubernetes.io~1component");
            let is_console = component.is_some_and(|component| component == "console");
            one(
                is_console && object["kind"] == "Deployment",
                &text(&object["metadata"]["name"]),
            )
        },
        expected: ["kafka-ui", "kafka-ui", ""],
    },
];

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn one(is_so: bool, value: &str) -> Vec<String> {
    is_so.then(|| value.to_owned()).into_iter().collect()
}

/// What objects of a kind have in a field.
fn at(object: &Value, kind: &str, field: &str) -> Vec<String> {
    let value = object.pointer(field).filter(|_| object["kind"] == kind);
    value.map(text).into_iter().collect()
}

fn claims(object: &Value, field: &str) -> Vec<String> {
    let claims = object.pointer("/spec/volumeClaimTemplates");
    let claims = claims.and_then(Value::as_array).into_iter().flatten();
    claims
        .filter_map(|claim| claim.pointer(field).map(text))
        .collect()
}

/// Secrets, and values of variables that are called like one; the path of a file is none.
pub(crate) fn plain_secrets(object: &Value) -> Vec<String> {
    let own = name(object);
    if object["kind"] == "Secret" {
        return vec![own];
    }
    let mut variables: Vec<(String, &Value)> = Vec::new();
    if object["kind"] == "ConfigMap" {
        let data = object["data"].as_object().into_iter().flatten();
        variables.extend(data.map(|(key, value)| (key.clone(), value)));
    }
    let pod = pod_of(object).unwrap_or(&Value::Null);
    let lists = ["containers", "initContainers"].map(|list| pod[list].as_array());
    let containers = lists.into_iter().flatten().flatten();
    let env = containers
        .filter_map(|container| container["env"].as_array())
        .flatten();
    variables.extend(env.map(|variable| (text(&variable["name"]), &variable["value"])));
    let is_secret = |(name, value): &(String, &Value)| {
        let sounds_so = ["KEY", "PASSWORD", "SECRET", "TOKEN"]
            .iter()
            .any(|word| name.ends_with(word));
        sounds_so && value.as_str().is_some_and(|value| !value.starts_with('/'))
    };
    let found = variables.into_iter().filter(is_secret);
    found
        .map(|(variable, _)| format!("{own}: {variable}"))
        .collect()
}
