//! The configuration of a function as a kustomization lists it.

use std::path::PathBuf;

use sdk::{Function, Node, Visitor, yaml};

use super::form::Form;
use super::report::Entry;
use crate::All;

/// Where a kustomization lists a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Transformers,
    Validators,
    Generators,
    Resources,
}

impl List {
    /// The field.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Transformers => "transformers",
            Self::Validators => "validators",
            Self::Generators => "generators",
            Self::Resources => "resources",
        }
    }
}

/// A configuration of a function of ours, or what was meant to be one.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// File and line.
    pub(super) place: String,
    pub(super) list: List,
    /// The folder of the kustomization that lists it, where kustomize runs it.
    pub(super) folder: PathBuf,
    pub(super) form: Form,
    /// The kinds that it runs: its own, or those of a Pipeline's steps.
    pub(super) steps: Vec<String>,
    /// Whether it gives nothing back, as validators of kustomize must.
    pub(super) is_silent: bool,
    /// What its function has to say about it.
    pub(super) mistakes: Vec<Entry>,
}

impl Configuration {
    /// Reads one that stands in a file; none where it is for somebody else's function.
    pub(super) fn read(node: Node<'_>, file: &str, list: List, folder: PathBuf) -> Option<Self> {
        let text = |path: &[&str]| {
            let text = node.at(path).and_then(Node::text);
            text.unwrap_or_default().into_owned()
        };
        let (api_version, kind) = (text(&["apiVersion"]), text(&["kind"]));
        if !is_ours(&api_version, &kind, list) {
            return None;
        }
        let place = format!("{file}, {}", node.position());
        let local = text(&[
            "metadata",
            "annotations",
            "config.kubernetes.io/local-config",
        ]);
        if list == List::Resources && local == "true" {
            return None;
        }
        Some(Self {
            name: text(&["metadata", "name"]),
            form: Form::of(node),
            steps: steps(node, &kind),
            mistakes: mistakes(node, file, &kind),
            api_version,
            kind,
            place,
            list,
            folder,
            is_silent: is_silent(node),
        })
    }

    /// `InjectProbes "probes"`.
    pub(super) fn label(&self) -> String {
        if self.name.is_empty() {
            format!("the {} without a name", self.kind)
        } else {
            format!("{} \"{}\"", self.kind, self.name)
        }
    }
}

/// Whether a configuration, or a step of it, has nothing come back.
fn is_silent(node: Node<'_>) -> bool {
    let is = |path: &[&str], word| {
        node.at(path)
            .and_then(Node::text)
            .is_some_and(|text| text == word)
    };
    let steps = node
        .at(&["spec", "steps"])
        .into_iter()
        .flat_map(Node::items);
    (is(&["spec", "mode"], "audit") && is(&["spec", "output"], "empty"))
        || steps.into_iter().any(is_silent)
}

/// Whether a function of ours is meant, also by a group that is misspelled or forgotten.
fn is_ours(api_version: &str, kind: &str, list: List) -> bool {
    let own = sdk::API_VERSION.split('/').next().unwrap_or_default();
    let (group, _) = api_version.split_once('/').unwrap_or_default();
    if group == own {
        return !kind.is_empty();
    }
    let is_near =
        !group.ends_with(".plimsoll.dev") && !yaml::did_you_mean(group, &[own]).is_empty();
    let is_known = kind == sdk::PIPELINE || name_of(kind).is_some();
    list != List::Resources && is_known && (is_near || group.is_empty())
}

/// Whether a program of this name runs one function.
pub(super) fn is_function(name: &str) -> bool {
    struct Find<'n>(&'n str, bool);
    impl Visitor for Find<'_> {
        fn visit<F: Function>(&mut self) {
            self.1 |= self.0 == F::NAME;
        }
    }
    let mut find = Find(name, false);
    crate::visit_all(&mut find);
    find.1
}

/// The name of the function that a kind is for.
pub(super) fn name_of(kind: &str) -> Option<&'static str> {
    struct Find<'k>(&'k str, Option<&'static str>);
    impl Visitor for Find<'_> {
        fn visit<F: Function>(&mut self) {
            if self.0 == F::KIND {
                self.1 = Some(F::NAME);
            }
        }
    }
    let mut find = Find(kind, None);
    crate::visit_all(&mut find);
    find.1
}

/// The kinds that a configuration runs, in order.
fn steps(node: Node<'_>, kind: &str) -> Vec<String> {
    if kind != sdk::PIPELINE {
        return vec![kind.to_owned()];
    }
    let steps = node
        .at(&["spec", "steps"])
        .into_iter()
        .flat_map(Node::items);
    let kinds = steps.filter_map(|step| step.get("kind")?.text());
    kinds.map(std::borrow::Cow::into_owned).collect()
}

/// What the function that a configuration is for says about it, each with its line.
fn mistakes(node: Node<'_>, file: &str, kind: &str) -> Vec<Entry> {
    let remedy = if kind == sdk::PIPELINE {
        "`plimsoll run --example` prints one that works".to_owned()
    } else {
        let example = |name| format!("`plimsoll {name} --example` prints one that works");
        name_of(kind).map_or_else(String::new, example)
    };
    let entry = |what: String| {
        let entry = Entry::error(format!("{kind}: {what}"));
        if remedy.is_empty() {
            entry
        } else {
            entry.mend(&remedy)
        }
    };
    let findings = match sdk::check::<All>(node, file) {
        Ok(findings) => findings,
        Err(error) => return vec![entry(format!("{file}: {error}"))],
    };
    let told = findings.into_iter().map(|finding| {
        let field = finding.field.map(|field| format!("`{field}`: "));
        entry(format!("{}{}", field.unwrap_or_default(), finding.message))
    });
    let name = node.at(&["metadata", "name"]).and_then(Node::text);
    let is_nameless = name.is_none_or(|name| name.is_empty());
    let nameless = is_nameless.then(|| {
        let place = node.position();
        let what =
            "there is no `metadata.name`, and the build fails with \"missing metadata.name\"";
        Entry::error(format!("{kind}: {what} ({file}, {place})")).mend("give it a name")
    });
    told.chain(nameless).collect()
}
