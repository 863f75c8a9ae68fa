//! What holds for hash-configmaps whatever is in the input: every reference keeps its object, nothing else moves, and
//! a second run finds nothing to do. What refers to what is read here anew, from plain values.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};

use checks::cases;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sdk::{Outcome, Ran};
use serde_json::{Value, json};
use yaml::{Quote, Style};

/// Says which object is which, whatever it is called.
const ID: &str = "example.com/id";
const BASE_NAME: &str = "plimsoll.dev/base-name";
const CONTENT_HASH: &str = "plimsoll.dev/content-hash";
const CHECKSUM: &str = "plimsoll.dev/config-checksum";
const MARK: &str = "internal.config.kubernetes.io/needsHashSuffix";
const AUTH_SECRET: &str = "nginx.ingress.kubernetes.io/auth-secret";
/// What an edit replaces, and by what; the same in base64.
const EDITS: [(&str, &str); 2] = [("ante", "post"), ("YW50ZQ==", "cG9zdA==")];

fn run(config: &str, input: &str) -> Ran {
    checks::served("hash-configmaps", config, input)
}

/// A `ConfigMap` or Secret.
#[derive(Clone, Debug)]
struct Piece {
    is_secret: bool,
    namespace: &'static str,
    name: &'static str,
    content: usize,
    note: Note,
    wish: Wish,
    immutable: Option<bool>,
}

/// What the name and our notes say about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Nothing,
    /// As an earlier run left it.
    Right,
    /// The content has changed since.
    Stale,
    /// Only the base is noted.
    StaleBase,
    /// An overlay has put something around the name since.
    Around,
    /// Copied from another object.
    Alien,
    /// No note, but a name as kustomize gives it.
    LikeKustomize,
}

/// What its author or a tool says on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Nothing,
    Skip,
    Checksum,
    /// Nobody knows what it means.
    Unknown,
    Local,
    Hook,
    Owned,
    ReloaderIgnores,
    Reflected,
    Generated,
    GeneratedWithoutHash,
}

/// An object that refers.
#[derive(Clone, Debug)]
struct Referrer {
    kind: &'static str,
    namespace: &'static str,
    wish: Wish,
    links: Vec<Link>,
    /// Which object an argument speaks of.
    text: Option<usize>,
}

#[derive(Clone, Debug)]
struct Link {
    /// Which of the objects that can be meant; one more means a name that nobody has.
    to: usize,
    by_base: bool,
    way: usize,
    is_optional: bool,
}

#[derive(Clone, Debug)]
struct World {
    spec: Value,
    pieces: Vec<Piece>,
    referrers: Vec<Referrer>,
    is_in_kustomize: bool,
    /// How each object is written; none is JSON.
    styles: Vec<Option<Style>>,
}

const KINDS: [&str; 12] = [
    "Deployment",
    "Deployment",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "Job",
    "Pod",
    "Role",
    "Role",
    "Ingress",
    "Prometheus",
    "Widget",
];
const NAMESPACES: [&str; 7] = ["", "shop", "shop", "shop", "shop", "shop", "other"];

fn piece() -> impl Strategy<Value = Piece> {
    let names = vec![
        "app",
        "app",
        "web",
        "app-web",
        "app-bbbbbbbbbb",
        "kube-root-ca.crt",
    ];
    let note = prop_oneof![
        9 => Just(Note::Nothing),
        2 => Just(Note::Right),
        2 => Just(Note::Stale),
        1 => select(vec![Note::StaleBase, Note::Around, Note::Alien, Note::LikeKustomize]),
    ];
    let wish = prop_oneof![
        40 => Just(Wish::Nothing),
        8 => select(vec![Wish::Skip, Wish::Checksum, Wish::Generated]),
        6 => select(vec![Wish::Local, Wish::Hook, Wish::Owned, Wish::ReloaderIgnores, Wish::Reflected, Wish::GeneratedWithoutHash]),
        1 => Just(Wish::Unknown),
    ];
    let immutable = prop_oneof![6 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (
        prop::bool::weighted(0.25),
        select(NAMESPACES.to_vec()),
        select(names),
        0..8_usize,
        note,
        wish,
        immutable,
    )
        .prop_map(
            |(is_secret, namespace, name, content, note, wish, immutable)| Piece {
                is_secret,
                namespace,
                name,
                content,
                note,
                wish,
                immutable,
            },
        )
}

fn referrer() -> impl Strategy<Value = Referrer> {
    let link = (
        0..5_usize,
        prop::bool::weighted(0.25),
        0..7_usize,
        any::<bool>(),
    )
        .prop_map(|(to, by_base, way, is_optional)| Link {
            to,
            by_base,
            way,
            is_optional,
        });
    let wish = prop_oneof![
        6 => Just(Wish::Nothing),
        1 => select(vec![Wish::Skip, Wish::Local, Wish::Hook, Wish::Owned]),
    ];
    (
        select(KINDS.to_vec()),
        select(NAMESPACES.to_vec()),
        wish,
        prop::collection::vec(link, 1..4),
        prop::option::weighted(0.2, 0..5_usize),
    )
        .prop_map(|(kind, namespace, wish, links, text)| Referrer {
            kind,
            namespace,
            wish,
            links,
            text,
        })
}

fn spec() -> impl Strategy<Value = Value> {
    let pick = |fields: &[&str]| {
        let values = fields.iter().map(|field| {
            serde_yaml::from_str::<serde_json::Map<String, Value>>(field).expect("YAML")
        });
        select(values.collect::<Vec<_>>())
    };
    (
        pick(&["{}", "{}", "{}", "{kinds: [ConfigMap, Secret]}", "{kinds: [ConfigMap, Secret]}", "{kinds: [Secret]}"]),
        pick(&[
            "{}",
            "{}",
            "{}",
            "{}",
            "{}",
            "{strategy: suffix}",
            "{strategy: checksum}",
            "{strategy: delegate}",
        ]),
        pick(&["{}", "{}", "{immutable: true, mode: overwrite}", "{immutable: false}"]),
        pick(&[
            "{}",
            "{}",
            "{}",
            "{exclude: [{kinds: [StatefulSet]}]}",
            "{targets: [{namespaces: [shop]}]}",
            "{externalReaders: [{name: 'we*'}]}",
        ]),
        pick(&["{}", "{unreferenced: hash}"]),
    )
        .prop_map(|(one, two, three, four, five)| {
            let parts = [one, two, three, four, five];
            let mut spec: serde_json::Map<String, Value> = parts.into_iter().flatten().collect();
            let row = json!({"group": "example.com", "kind": "Widget", "path": "spec.config.name", "target": "ConfigMap"});
            spec.insert("references".to_owned(), json!([row]));
            spec.into()
        })
}

fn world() -> impl Strategy<Value = World> {
    let style = prop_oneof![
        5 => (1..5_usize, any::<bool>(), any::<bool>()).prop_map(|(step, indents_lists, is_single)| {
            let quote = if is_single { Quote::Single } else { Quote::Double };
            Some(Style { step, indents_lists, quote })
        }),
        1 => Just(None),
    ];
    (
        spec(),
        prop::collection::vec(piece(), 1..6),
        prop::collection::vec(referrer(), 1..6),
        prop::bool::weighted(0.3),
        prop::collection::vec(style, 11),
    )
        .prop_map(|(spec, pieces, referrers, is_in_kustomize, styles)| World {
            spec,
            pieces,
            referrers,
            is_in_kustomize,
            styles,
        })
}

impl World {
    fn config(&self, mode: Option<&str>) -> String {
        let mut spec = self.spec.clone();
        if let Some(mode) = mode {
            spec["mode"] = mode.into();
        }
        let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "HashConfigMaps", "metadata": {"name": "hash"}, "spec": spec});
        yaml::to_string(&config, Style::default())
    }

    /// The documents, no two of one kind, namespace and name.
    fn documents(&self) -> Vec<String> {
        let mut objects: Vec<Value> = Vec::new();
        for piece in &self.pieces {
            let object = piece.object(objects.len(), self.is_in_kustomize);
            if objects
                .iter()
                .all(|other| identity(other) != identity(&object))
            {
                objects.push(object);
            }
        }
        let count = objects.len();
        for (number, referrer) in self.referrers.iter().enumerate() {
            let object = referrer.object(&objects[..count], number, self.is_in_kustomize);
            objects.push(object);
        }
        let pairs = objects.iter().zip(&self.styles);
        let written = pairs.map(|(object, style)| match style {
            None => serde_json::to_string_pretty(object).expect("a value is JSON") + "\n",
            Some(style) => {
                let text = yaml::to_string(object, *style);
                text.replacen("metadata:\n", "# who it is\nmetadata: # kept\n", 1)
            }
        });
        written.collect()
    }
}

fn join(documents: &[String]) -> String {
    documents.join("---\n")
}

fn split(text: &str) -> Vec<String> {
    text.split_inclusive('\n')
        .collect::<Vec<_>>()
        .split(|line| *line == "---\n")
        .map(<[&str]>::concat)
        .collect()
}

fn read(documents: &[String]) -> Vec<Value> {
    let read = |text: &String| {
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    documents.iter().map(read).collect()
}

/// The hash as the function computes it; that it is kustomize's is checked elsewhere.
fn hash(object: &Value) -> String {
    let stream = yaml::parse(yaml::to_string(object, Style::default())).expect("it is YAML");
    let document = stream.documents().next().expect("there is a document");
    let node = document.root().expect("it has a root");
    kube::content_hash(node).expect("it has a hash")
}

impl Piece {
    fn object(&self, number: usize, is_in_kustomize: bool) -> Value {
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

fn metadata(name: &str, namespace: &str, number: usize, wish: Wish) -> Value {
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
fn note_for_kustomize(object: &mut Value, name: &str, former: &str) {
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

impl Referrer {
    fn object(&self, pieces: &[Value], number: usize, is_in_kustomize: bool) -> Value {
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

    fn named(&self, pieces: &[Value], link: &Link) -> Named {
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

    fn put_pod(&self, object: &mut Value, pieces: &[Value], links: &[Named]) {
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

/// What a link says.
#[derive(Debug)]
struct Named {
    kind: String,
    name: String,
    key: String,
}

fn push(list: &mut Value, item: Value) {
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().expect("it is a list").push(item);
}

fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object["metadata"]["annotations"][key].as_str()
}

fn id(object: &Value) -> &str {
    annotation(object, ID).unwrap_or_else(|| panic!("nobody knows {object}"))
}

fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Where no namespace is written, it is the one that objects come into by default.
fn namespace(object: &Value) -> &str {
    match text(object, "/metadata/namespace") {
        "" => "default",
        namespace => namespace,
    }
}

fn identity(object: &Value) -> (&str, &str, &str) {
    (text(object, "/kind"), namespace(object), name(object))
}

fn is_configuration(object: &Value) -> bool {
    matches!(text(object, "/kind"), "ConfigMap" | "Secret")
}

fn is_local(object: &Value) -> bool {
    annotation(object, "config.kubernetes.io/local-config") == Some("true")
}

/// A name in a field of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    pointer: String,
    kind: &'static str,
    namespace: String,
    name: String,
}

/// Where the pod of an object stands, and its annotations.
fn pod(object: &Value) -> Option<(&'static str, &'static str)> {
    Some(match text(object, "/kind") {
        "Pod" => ("/spec", "/metadata/annotations"),
        "CronJob" => (
            "/spec/jobTemplate/spec/template/spec",
            "/spec/jobTemplate/spec/template/metadata/annotations",
        ),
        "Deployment" | "StatefulSet" | "Job" => {
            ("/spec/template/spec", "/spec/template/metadata/annotations")
        }
        _ => return None,
    })
}

/// How many items a list has.
fn items(object: &Value, list: &str) -> std::ops::Range<usize> {
    0..object
        .pointer(list)
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// The name in a field, if it is there.
fn field(object: &Value, pointer: String, kind: &'static str) -> Option<Field> {
    let text = object.pointer(&pointer)?.as_str()?;
    let (within, name) = text.split_once('/').unwrap_or((namespace(object), text));
    Some(Field {
        kind,
        namespace: within.to_owned(),
        name: name.to_owned(),
        pointer,
    })
}

/// Every field that names a `ConfigMap` or Secret.
fn fields(object: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    let mut add = |pointer: String, kind| found.extend(field(object, pointer, kind));
    match text(object, "/kind") {
        "Role" => {
            for (rule, kind) in [(0, "ConfigMap"), (1, "Secret")] {
                let list = format!("/rules/{rule}/resourceNames");
                items(object, &list).for_each(|at| add(format!("{list}/{at}"), kind));
            }
        }
        "Ingress" => {
            add(
                format!("/metadata/annotations/{}", AUTH_SECRET.replace('/', "~1")),
                "Secret",
            );
            add("/spec/tls/0/secretName".to_owned(), "Secret");
        }
        "Prometheus" => {
            for (list, kind) in [
                ("/spec/configMaps", "ConfigMap"),
                ("/spec/secrets", "Secret"),
            ] {
                items(object, list).for_each(|at| add(format!("{list}/{at}"), kind));
            }
        }
        "Widget" => add("/spec/config/name".to_owned(), "ConfigMap"),
        _ => {}
    }
    if let Some((spec, _)) = pod(object) {
        found.extend(fields_of_pod(object, spec));
    }
    found
}

fn fields_of_pod(object: &Value, spec: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut add = |pointer: String, kind| found.extend(field(object, pointer, kind));
    items(object, &format!("{spec}/imagePullSecrets"))
        .for_each(|at| add(format!("{spec}/imagePullSecrets/{at}/name"), "Secret"));
    for at in items(object, &format!("{spec}/volumes")) {
        let volume = format!("{spec}/volumes/{at}");
        add(format!("{volume}/configMap/name"), "ConfigMap");
        add(format!("{volume}/secret/secretName"), "Secret");
        add(
            format!("{volume}/projected/sources/0/configMap/name"),
            "ConfigMap",
        );
        add(
            format!("{volume}/projected/sources/0/secret/name"),
            "Secret",
        );
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for at in items(object, &format!("{spec}/{list}")) {
            let container = format!("{spec}/{list}/{at}");
            for at in items(object, &format!("{container}/env")) {
                add(
                    format!("{container}/env/{at}/valueFrom/configMapKeyRef/name"),
                    "ConfigMap",
                );
                add(
                    format!("{container}/env/{at}/valueFrom/secretKeyRef/name"),
                    "Secret",
                );
            }
            for at in items(object, &format!("{container}/envFrom")) {
                add(
                    format!("{container}/envFrom/{at}/configMapRef/name"),
                    "ConfigMap",
                );
                add(format!("{container}/envFrom/{at}/secretRef/name"), "Secret");
            }
        }
    }
    found
}

/// Whether a name is that base and a hash.
fn is_hashed(name: &str, base: &str) -> bool {
    name.rsplit_once('-')
        .is_some_and(|(before, hash)| before == base && hash.len() == 10)
}

/// What a field leads to, by id, and whether the object has exactly that name. Next to its own name an object may be
/// meant by what kustomize called it, and by the base that is noted on it.
fn lead<'v>(objects: &'v [Value], field: &Field) -> Option<(&'v str, bool)> {
    let near = || {
        objects.iter().filter(|object| {
            !is_local(object)
                && text(object, "/kind") == field.kind
                && namespace(object) == field.namespace
        })
    };
    if let Some(object) = near().find(|object| name(object) == field.name) {
        return Some((id(object), true));
    }
    let has_name = |object: &&Value| {
        let former = annotation(object, "internal.config.kubernetes.io/previousNames");
        let base = annotation(object, BASE_NAME).filter(|base| is_hashed(name(object), base));
        former
            .unwrap_or_default()
            .split(',')
            .chain(base)
            .any(|name| name == field.name)
    };
    match *near().filter(has_name).collect::<Vec<_>>() {
        [object] => Some((id(object), false)),
        _ => None,
    }
}

/// What a run may change, taken out; names are replaced by what they lead to.
fn meaning(objects: &[Value], object: &Value) -> Value {
    let mut plain = object.clone();
    let meant = fields(object).into_iter().filter(|_| !is_local(object));
    for field in meant {
        let leads_to =
            lead(objects, &field).map_or(field.name.clone(), |(id, _)| format!("object {id}"));
        *plain
            .pointer_mut(&field.pointer)
            .expect("the field is there") = leads_to.into();
    }
    let mut remove = |pointer: &str, keys: &[&str]| {
        let Some(map) = plain.pointer_mut(pointer).and_then(Value::as_object_mut) else {
            return;
        };
        map.retain(|key, _| !keys.contains(&key.as_str()));
    };
    if let Some((_, annotations)) = pod(object) {
        remove(annotations, &[CHECKSUM]);
    }
    if is_configuration(object) {
        let kustomize = ["previousNames", "previousNamespaces", "previousKinds"]
            .map(|key| format!("internal.config.kubernetes.io/{key}"));
        let [names, namespaces, kinds] = &kustomize;
        remove(
            "/metadata/annotations",
            &[BASE_NAME, CONTENT_HASH, MARK, names, namespaces, kinds],
        );
        remove("/metadata/labels", &[BASE_NAME]);
        remove("/metadata", &["name"]);
        remove("", &["immutable"]);
    }
    without_empty_maps(&mut plain);
    plain
}

/// `labels` and `annotations` that hold nothing are as good as none.
fn without_empty_maps(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_empty_maps),
        Value::Object(map) => {
            map.values_mut().for_each(without_empty_maps);
            map.retain(|key, value| {
                !(matches!(&**key, "labels" | "annotations") && *value == json!({}))
            });
        }
        _ => {}
    }
}

/// A run that went well, beside what it was given.
struct Done {
    config: String,
    before: Vec<String>,
    after: Vec<String>,
    was: Vec<Value>,
    is: Vec<Value>,
    ran: Ran,
}

impl Done {
    /// None where the run failed.
    fn of(config: String, before: Vec<String>) -> Option<Self> {
        let input = join(&before);
        let ran = run(&config, &input);
        if ran.exit_code != 0 {
            assert_eq!(
                ran.output, input,
                "a run that fails changes nothing: {:#?}",
                ran.lines
            );
            return None;
        }
        let after = split(&ran.output);
        let (was, is) = (read(&before), read(&after));
        Some(Self {
            config,
            before,
            after,
            was,
            is,
            ran,
        })
    }

    fn of_world(world: &World) -> Option<Self> {
        Self::of(world.config(None), world.documents())
    }

    fn show(&self) -> String {
        format!(
            "{}\nbefore:\n{}\nafter:\n{}\n{:#?}",
            self.config,
            join(&self.before),
            join(&self.after),
            self.ran.lines
        )
    }

    /// The ids of the objects that have another name now.
    fn renamed(&self) -> BTreeSet<&str> {
        let pairs = self.was.iter().zip(&self.is);
        let renamed = pairs.filter(|(was, is)| name(was) != name(is));
        renamed.map(|(_, is)| id(is)).collect()
    }

    /// Whether somebody has to see to a Job or Pod that can't follow, and is told so.
    fn is_left_behind(&self, object: &Value, field: &Field) -> bool {
        let path = field.pointer.replace('/', ".");
        let path = ["0", "1", "2", "3"].iter().fold(path, |path, number| {
            path.replace(&format!(".{number}."), &format!("[{number}]."))
        });
        let (about, place) = (
            format!("{}: ", name(object)),
            format!("({})", path.trim_start_matches('.')),
        );
        let is_told = |line: &String| {
            line.contains("/left-behind]") && line.contains(&about) && line.ends_with(&place)
        };
        matches!(text(object, "/kind"), "Job" | "Pod") && self.ran.lines.iter().any(is_told)
    }

    /// How many changes of a rule are told; of names alone, without what goes along with them.
    fn told(&self, rule: &str) -> usize {
        let findings = self.ran.findings.iter();
        let changed = findings.filter(|told| told.rule == rule && told.outcome == Outcome::Changed);
        changed
            .filter(|told| rule != "suffix" || told.field.as_deref() == Some("metadata.name"))
            .count()
    }
}

/// Every field that led to an object leads to it, by its name, and each change is told.
fn every_reference_keeps_its_object(done: &Done) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    let mut moved = 0;
    for (was, is) in done.was.iter().zip(&done.is) {
        let (former, fields) = (fields(was), fields(is));
        prop_assert_eq!(former.len(), fields.len(), "{}", done.show());
        for (former, field) in former.iter().zip(&fields) {
            moved += usize::from(former != field);
            let led = lead(&done.was, former).filter(|_| !is_local(was));
            let Some((object, was_exact)) = led else {
                prop_assert_eq!(former, field, "{}", done.show());
                continue;
            };
            if done.is_left_behind(is, field) {
                prop_assert_eq!(former, field, "{}", done.show());
                continue;
            }
            let leads = lead(&done.is, field);
            let now = leads.map(|(id, _)| id);
            prop_assert_eq!(
                now,
                Some(object),
                "{:?} {:?} {}",
                former,
                field,
                done.show()
            );
            let is_exact = leads.is_some_and(|(_, is_exact)| is_exact);
            let must_be_exact = was_exact || renamed.contains(object);
            prop_assert!(
                is_exact || !must_be_exact,
                "{former:?} {field:?} {}",
                done.show()
            );
        }
    }
    prop_assert_eq!(done.told("suffix"), renamed.len(), "{}", done.show());
    prop_assert_eq!(done.told("reference"), moved, "{}", done.show());
    Ok(())
}

fn no_two_objects_have_one_name(done: &Done) -> Result<(), TestCaseError> {
    let in_cluster = || done.is.iter().filter(|object| !is_local(object));
    let names: BTreeSet<_> = in_cluster().map(identity).collect();
    prop_assert_eq!(names.len(), in_cluster().count(), "{}", done.show());
    Ok(())
}

fn a_new_name_holds_the_hash_of_the_content(done: &Done) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    for is in done.is.iter().filter(|is| renamed.contains(id(is))) {
        let hash = hash(is);
        let suffix = format!("-{hash}");
        prop_assert_eq!(
            annotation(is, CONTENT_HASH),
            Some(&*hash),
            "{}",
            done.show()
        );
        prop_assert!(name(is).contains(&suffix), "{}", done.show());
        let base = name(is).replacen(&suffix, "", 1);
        prop_assert_eq!(annotation(is, BASE_NAME), Some(&*base), "{}", done.show());
        prop_assert_eq!(
            &is["metadata"]["labels"][BASE_NAME],
            &base,
            "{}",
            done.show()
        );
        prop_assert_eq!(annotation(is, MARK), None, "{}", done.show());
    }
    Ok(())
}

/// Names, references, our notes, `immutable` and checksums aside everything means what it meant, and what has none of
/// these is the same to the byte.
fn nothing_that_an_author_wrote_changes(world: &World, done: &Done) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    let texts = done.before.iter().zip(&done.after);
    for ((was, is), (before, after)) in done.was.iter().zip(&done.is).zip(texts) {
        if was == is {
            prop_assert_eq!(before, after, "{}", done.show());
            continue;
        }
        let (former, now) = (meaning(&done.was, was), meaning(&done.is, is));
        prop_assert_eq!(former, now, "{}", done.show());
        let (former, immutable) = (&was["immutable"], &is["immutable"]);
        let may_overwrite = former.is_null() || world.spec["mode"] == "overwrite";
        let is_turned_on = *immutable == json!(true) && may_overwrite;
        prop_assert!(former == immutable || is_turned_on, "{}", done.show());
        let is_noted = [CONTENT_HASH, BASE_NAME]
            .iter()
            .any(|key| annotation(was, key).is_some());
        let may_change =
            renamed.contains(id(is)) || is_noted || world.spec["strategy"] == "delegate";
        prop_assert!(
            !is_configuration(was) || may_change || before == after,
            "{before}{after}{}",
            done.show()
        );
    }
    Ok(())
}

fn a_second_run_changes_no_byte(done: &Done) -> Result<(), TestCaseError> {
    let twice = run(&done.config, &done.ran.output);
    prop_assert_eq!(
        &twice.output,
        &done.ran.output,
        "{:#?} {}",
        twice.lines,
        done.show()
    );
    prop_assert_eq!(twice.exit_code, 0, "{:#?} {}", twice.lines, done.show());
    Ok(())
}

/// Other content for one object after a run.
fn an_edit_moves_one_object_and_what_refers_to_it(
    done: &Done,
    number: usize,
) -> Result<(), TestCaseError> {
    let mut edited = done.after.clone();
    for (old, new) in EDITS {
        edited[number] = edited[number].replacen(old, new, 1);
    }
    let Some(again) = Done::of(done.config.clone(), edited.clone()) else {
        return Ok(());
    };
    let object = id(&done.is[number]);
    let texts = again.before.iter().zip(&again.after);
    for (was, (before, after)) in again.was.iter().zip(texts) {
        let mut led = fields(was)
            .into_iter()
            .filter_map(|field| lead(&again.was, &field));
        let is_about_it = id(was) == object || led.any(|(id, _)| id == object);
        prop_assert!(
            is_about_it || before == after,
            "{before}{after}{}",
            again.show()
        );
    }
    let moved = again.renamed();
    prop_assert!(moved.iter().all(|id| *id == object), "{}", again.show());
    let must_move = edited[number] != done.after[number] && done.renamed().contains(object);
    prop_assert!(!must_move || moved.contains(object), "{}", again.show());
    every_reference_keeps_its_object(&again)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn names_follow_the_content_and_references_follow_the_names_once(world in world(), edit in 0..6_usize) {
        if let Some(done) = Done::of_world(&world) {
            every_reference_keeps_its_object(&done)?;
            no_two_objects_have_one_name(&done)?;
            a_new_name_holds_the_hash_of_the_content(&done)?;
            nothing_that_an_author_wrote_changes(&world, &done)?;
            a_second_run_changes_no_byte(&done)?;
            an_edit_moves_one_object_and_what_refers_to_it(&done, edit % done.is.len())?;
        }
    }

    #[test]
    fn the_order_of_the_input_is_that_of_the_output_and_nothing_more(
        world in world(),
        order in prop::collection::vec(any::<u64>(), 11),
    ) {
        let documents = world.documents();
        let mut numbers: Vec<usize> = (0..documents.len()).collect();
        numbers.sort_by_key(|number| order[*number]);
        let permute = |documents: &[String]| -> Vec<String> {
            numbers.iter().map(|number| documents[*number].clone()).collect()
        };
        let config = world.config(None);
        let ran = run(&config, &join(&documents));
        let permuted = run(&config, &join(&permute(&documents)));
        prop_assert_eq!(permuted.exit_code, ran.exit_code, "{} {:#?} {:#?}", config, ran.lines, permuted.lines);
        let (output, expected) = (split(&permuted.output), permute(&split(&ran.output)));
        prop_assert_eq!(output, expected, "{} {:#?} {:#?}", config, ran.lines, permuted.lines);
    }

    #[test]
    fn an_audit_changes_nothing(world in world()) {
        let input = join(&world.documents());
        let ran = run(&world.config(Some("audit")), &input);
        prop_assert_eq!(&ran.output, &input, "{:#?}", ran.lines);
    }
}

/// How many objects kustomize is asked to hash.
fn delegated(done: &Done) -> usize {
    let pairs = done.was.iter().zip(&done.is);
    pairs
        .filter(|(was, is)| annotation(was, MARK).is_none() && annotation(is, MARK).is_some())
        .count()
}

/// What the properties above are about must come up.
#[test]
fn the_generated_inputs_show_all_there_is() {
    let mut runner = TestRunner::new(cases(48));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200 {
        let world = world().new_tree(&mut runner).expect("a world").current();
        let Some(done) = Done::of_world(&world) else {
            *seen.entry("failed").or_default() += 1;
            continue;
        };
        let mut see = |what, count| *seen.entry(what).or_default() += usize::from(count > 0);
        see("renamed", done.renamed().len());
        see("delegated", delegated(&done));
        for rule in ["reference", "immutable", "checksum"] {
            see(rule, done.told(rule));
        }
        for finding in &done.ran.findings {
            if let Some(reason) = REASONS
                .iter()
                .find(|reason| finding.reason.as_deref() == Some(**reason))
            {
                see(reason, 1);
            }
        }
    }
    let missing: Vec<_> = REASONS
        .iter()
        .chain(&[
            "renamed",
            "failed",
            "delegated",
            "reference",
            "immutable",
            "checksum",
        ])
        .filter(|what| !seen.contains_key(**what))
        .collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
    assert!(seen["renamed"] > 40 && seen["failed"] < 60, "{seen:?}");
}

/// Why objects may keep their names.
const REASONS: [&str; 12] = [
    "exception",
    "skip-annotation",
    "named-by-kustomize",
    "left-to-kustomize",
    "unreferenced",
    "no-hash-wanted",
    "asked-for-checksum",
    "external-reader",
    "shared-across-namespaces",
    "immutable-referrer",
    "skipped-referrer",
    "named-in-text",
];
