//! Inputs of any shape: configurations, and what refers to them.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use yaml::{Quote, Style};

use crate::fields::identity;

/// A `ConfigMap` or Secret.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) is_secret: bool,
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) content: usize,
    pub(crate) note: Note,
    pub(crate) wish: Wish,
    pub(crate) immutable: Option<bool>,
}

/// What the name and our notes say about the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
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
pub(crate) enum Wish {
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
pub(crate) struct Referrer {
    pub(crate) kind: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) wish: Wish,
    pub(crate) links: Vec<Link>,
    /// Which object an argument speaks of.
    pub(crate) text: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Which of the objects that can be meant; one more means a name that nobody has.
    pub(crate) to: usize,
    pub(crate) by_base: bool,
    pub(crate) way: usize,
    pub(crate) is_optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) spec: Value,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) referrers: Vec<Referrer>,
    pub(crate) is_in_kustomize: bool,
    /// How each object is written; none is JSON.
    pub(crate) styles: Vec<Option<Style>>,
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

pub(crate) fn spec() -> impl Strategy<Value = Value> {
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

pub(crate) fn world() -> impl Strategy<Value = World> {
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
    pub(crate) fn config(&self, mode: Option<&str>) -> String {
        let mut spec = self.spec.clone();
        if let Some(mode) = mode {
            spec["mode"] = mode.into();
        }
        let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "HashConfigMaps", "metadata": {"name": "hash"}, "spec": spec});
        yaml::to_string(&config, Style::default())
    }

    /// The documents, no two of one kind, namespace and name.
    pub(crate) fn documents(&self) -> Vec<String> {
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

pub(crate) fn join(documents: &[String]) -> String {
    documents.join("---\n")
}
