//! The objects of such an input.

use serde_json::{Value, json};

use crate::fields::{is_local, push};
use crate::world::{Link, Note, Piece, Referrer, Wish};
use crate::{AUTH_SECRET, BASE_NAME, CONTENT_HASH, ID, MARK, hash};

pub(crate) fn metadata(name: &str, namespace: &str, number: usize, wish: Wish) -> Value {
    let mut metadata = json!({"name": name, "annotations": {ID: format!("{number}")}});
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    let told = match wish {
        Wish::Nothing => return metadata,
        Wish::Owned => {
            let owner = json!({"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u", "controller": true});
            metadata["ownerReferences"] = json!([owner]);
            return metadata;
        }
        Wish::Skip => ("plimsoll.dev/skip", "hash-configmaps"),
        Wish::Checksum => ("plimsoll.dev/hash", "checksum"),
        Wish::Unknown => ("plimsoll.dev/hash", "what"),
        Wish::Local => ("config.kubernetes.io/local-config", "true"),
        Wish::Hook => ("helm.sh/hook", "pre-install"),
        Wish::ReloaderIgnores => ("reloader.stakater.com/ignore", "true"),
        Wish::Reflected => ("reflector.v1.k8s.emberstack.com/reflection-allowed", "true"),
        Wish::Generated => (MARK, "enabled"),
        Wish::GeneratedWithoutHash => ("internal.config.kubernetes.io/generatorBehavior", "create"),
    };
    metadata["annotations"][told.0] = told.1.into();
    metadata
}

/// An overlay has put `p-` before the name; references still have the old one.
pub(crate) fn note_for_kustomize(object: &mut Value, name: &str, former: &str) {
    let kind = object["kind"].clone();
    let namespace = object["metadata"]["namespace"]
        .as_str()
        .unwrap_or("default")
        .to_owned();
    let annotations = &mut object["metadata"]["annotations"];
    annotations["kustomize.config.k8s.io/id"] =
        format!("kind: {kind}\nname: {name}\nversion: v1\n").into();
    annotations["internal.config.kubernetes.io/previousKinds"] = kind;
    annotations["internal.config.kubernetes.io/previousNames"] = former.into();
    annotations["internal.config.kubernetes.io/previousNamespaces"] = namespace.into();
}

/// What a link says.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) key: String,
}

impl Piece {
    pub(crate) fn object(&self, number: usize, is_in_kustomize: bool) -> Value {
        let contents = if self.is_secret {
            [
                json!({"type": "Opaque", "data": {"edit": "YW50ZQ=="}}),
                json!({"type": "Opaque", "stringData": {"edit": "ante"}}),
                json!({"data": {"edit": "YW50ZQ==", "more": "eA=="}}),
                json!({}),
            ]
            .to_vec()
        } else {
            [
                json!({"data": {"edit": "ante"}}),
                json!({"data": {"edit": "ante"}}),
                json!({"data": {"edit": "ante", "file.conf": "a\n# no comment\n  b: c\n", "on": "010"}}),
                json!({"data": {"U": "é\u{2028}<&>", "edit": "ante"}, "binaryData": {"b": "AAEC"}}),
                json!({"data": {"one": ""}}),
                json!({"data": {}}),
                json!({}),
            ]
            .to_vec()
        };
        let mut object = contents[self.content % contents.len()].clone();
        let kind = if self.is_secret {
            "Secret"
        } else {
            "ConfigMap"
        };
        object["apiVersion"] = "v1".into();
        object["kind"] = kind.into();
        let right = hash(&object);
        // No content here has this hash.
        let stale = "bbbbbbbbbb";
        let base = if is_in_kustomize {
            format!("p-{}", self.name)
        } else {
            self.name.to_owned()
        };
        let (name, noted_base, noted_hash) = match self.note {
            Note::Nothing => (base, None, None),
            Note::Right => (format!("{base}-{right}"), Some(base), Some(&*right)),
            Note::Stale => (format!("{base}-{stale}"), Some(base), Some(stale)),
            Note::StaleBase => (format!("{base}-{stale}"), Some(base), None),
            Note::Around => (format!("x-{base}-{stale}-y"), Some(base), Some(stale)),
            Note::Alien => (base, Some("alien".to_owned()), Some(stale)),
            Note::LikeKustomize => (format!("{base}-{right}"), None, None),
        };
        object["metadata"] = metadata(&name, self.namespace, number, self.wish);
        if let Some(base) = noted_base {
            object["metadata"]["labels"] = json!({BASE_NAME: base});
            object["metadata"]["annotations"][BASE_NAME] = base.into();
        }
        if let Some(hash) = noted_hash {
            object["metadata"]["annotations"][CONTENT_HASH] = hash.into();
        }
        if is_in_kustomize {
            note_for_kustomize(&mut object, &name, self.name);
        }
        if let Some(immutable) = self.immutable {
            object["immutable"] = immutable.into();
        }
        object
    }
}

impl Referrer {
    pub(crate) fn object(&self, pieces: &[Value], number: usize, is_in_kustomize: bool) -> Value {
        let name = format!("r{number}");
        let mut object = json!({"apiVersion": "v1", "kind": self.kind, "metadata": metadata(&name, self.namespace, 100 + number, self.wish)});
        if is_in_kustomize {
            note_for_kustomize(&mut object, &name, &name);
        }
        let links: Vec<Named> = self
            .links
            .iter()
            .map(|link| self.named(pieces, link))
            .collect();
        let of = |kind: &str| {
            let own = links.iter().filter(|link| link.kind == kind);
            own.map(|link| link.name.clone()).collect::<Vec<_>>()
        };
        let (config_maps, secrets) = (of("ConfigMap"), of("Secret"));
        match self.kind {
            "Role" => {
                object["apiVersion"] = "rbac.authorization.k8s.io/v1".into();
                // Two names of one object become one, so one is enough here.
                let rule = |resource, names: Vec<String>| {
                    let names: Vec<_> = names
                        .into_iter()
                        .take(1)
                        .chain(["other".to_owned()])
                        .collect();
                    json!({"apiGroups": [""], "resources": [resource], "resourceNames": names, "verbs": ["get"]})
                };
                object["rules"] =
                    json!([rule("configmaps", config_maps), rule("secrets", secrets)]);
            }
            "Ingress" => {
                object["apiVersion"] = "networking.k8s.io/v1".into();
                for (place, name) in secrets.iter().enumerate() {
                    if place > 0 {
                        object["spec"]["tls"] = json!([{"hosts": ["h"], "secretName": name}]);
                    } else if self.links.len() > 1 && !self.namespace.is_empty() {
                        object["metadata"]["annotations"][AUTH_SECRET] =
                            format!("{}/{name}", self.namespace).into();
                    } else {
                        object["metadata"]["annotations"][AUTH_SECRET] = name.clone().into();
                    }
                }
            }
            "Prometheus" => {
                object["apiVersion"] = "monitoring.coreos.com/v1".into();
                object["spec"] = json!({"configMaps": config_maps, "secrets": secrets});
            }
            "Widget" => {
                object["apiVersion"] = "example.com/v1".into();
                object["spec"] = json!({"config": {"name": config_maps.first().map_or("gone", |name| name)}, "size": 3});
            }
            _ => self.put_pod(&mut object, pieces, &links),
        }
        object
    }

    pub(crate) fn named(&self, pieces: &[Value], link: &Link) -> Named {
        let namespace = |object: &Value| {
            object["metadata"]["namespace"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let near: Vec<&Value> = pieces
            .iter()
            .filter(|object| !is_local(object) && namespace(object) == self.namespace)
            .collect();
        let Some(object) = near.get(link.to % (near.len() + 1)) else {
            let kind = if link.is_optional {
                "ConfigMap"
            } else {
                "Secret"
            };
            return Named {
                kind: kind.to_owned(),
                name: "gone".to_owned(),
                key: "edit".to_owned(),
            };
        };
        let annotations = &object["metadata"]["annotations"];
        let former = &annotations["internal.config.kubernetes.io/previousNames"];
        let base = former
            .as_str()
            .or(annotations[BASE_NAME].as_str())
            .filter(|_| link.by_base);
        let name = base
            .or(object["metadata"]["name"].as_str())
            .expect("it has a name");
        let fields = ["data", "binaryData", "stringData"];
        let key = fields
            .iter()
            .find_map(|field| object[field].as_object()?.keys().next());
        Named {
            kind: object["kind"].as_str().expect("it has a kind").to_owned(),
            name: name.to_owned(),
            key: key.map_or("edit", |key| key).to_owned(),
        }
    }

    pub(crate) fn put_pod(&self, object: &mut Value, pieces: &[Value], links: &[Named]) {
        let mut containers = ["app", "init", "debug"]
            .map(|name| json!({"name": name, "image": "registry.example/i:1"}));
        let mut volumes = Vec::new();
        let mut pull = Vec::new();
        for (number, (link, named)) in self.links.iter().zip(links).enumerate() {
            let is_secret = named.kind == "Secret";
            let (reference, key_reference, volume) = if is_secret {
                ("secretRef", "secretKeyRef", "secret")
            } else {
                ("configMapRef", "configMapKeyRef", "configMap")
            };
            let container = link.way % 3;
            match link.way {
                0..=2 => push(&mut containers[container]["envFrom"], json!({"prefix": "P_", reference: {"name": named.name, "optional": link.is_optional}})),
                3 | 4 => push(
                    &mut containers[container]["env"],
                    json!({"name": format!("E{number}"), "valueFrom": {key_reference: {"name": named.name, "key": named.key}}}),
                ),
                5 => {
                    let field = if is_secret { "secretName" } else { "name" };
                    volumes.push(json!({"name": format!("v{number}"), volume: {field: named.name, "optional": link.is_optional}}));
                }
                _ if is_secret && link.is_optional => pull.push(json!({"name": named.name})),
                _ => volumes.push(json!({"name": format!("v{number}"), "projected": {"sources": [{volume: {"name": named.name}}]}})),
            }
        }
        if let Some(spoken) = self.text.and_then(|number| pieces.get(number)) {
            let name = spoken["metadata"]["name"].as_str().unwrap_or_default();
            containers[0]["args"] = json!([format!("--config={name}"), "--verbose"]);
        }
        let [app, init, debug] = containers;
        let mut spec = json!({"initContainers": [init], "containers": [app], "volumes": volumes, "imagePullSecrets": pull});
        if self.kind == "Pod" {
            spec["ephemeralContainers"] = json!([debug]);
            object["spec"] = spec;
            return;
        }
        push(&mut spec["containers"], debug);
        let template = json!({"metadata": {"labels": {"app": "r"}}, "spec": spec});
        let selector = json!({"matchLabels": {"app": "r"}});
        object["apiVersion"] = if self.kind.ends_with("Job") {
            "batch/v1"
        } else {
            "apps/v1"
        }
        .into();
        object["spec"] = match self.kind {
            "CronJob" => {
                json!({"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}})
            }
            "Job" => json!({"template": template}),
            _ => json!({"selector": selector, "template": template}),
        };
    }
}
