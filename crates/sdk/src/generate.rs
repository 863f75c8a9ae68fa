//! Objects that functions make: marked, recomputed in place on the next run, and taken away again when
//! their subject no longer wants them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kube::{Place, Resource, Resources};
use serde_json::{Map, Value};
use yaml::order::{Collect as _, Order as _};
use yaml::{Node, threads};

use crate::finding::{Finding, Identity, Outcome, Severity};
use crate::plan::{Change, Edit, Plan};

/// Who made an object: `function/config`.
const GENERATED_BY: &str = "plimsoll.dev/generated-by";
/// The rule of what becomes of such objects.
const GENERATED: &str = "generated";
/// What it was made for: `kind.group/namespace/name`.
const GENERATED_FOR: &str = "plimsoll.dev/generated-for";

/// What becomes of the objects that a plan makes.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// Changes to objects of the last run, and to lists that hold some.
    pub(crate) edits: Vec<Edit>,
    /// New objects, in the order in which they are added.
    pub(crate) added: Vec<Made>,
    /// Numbers of objects that go.
    pub(crate) deleted: Vec<usize>,
    pub(crate) findings: Vec<Finding>,
    /// How many objects are made, made anew or go.
    pub(crate) changed: usize,
    /// Whether somebody gets to read of each.
    is_told: bool,
}

/// A new object.
#[derive(Debug)]
pub(crate) struct Made {
    key: Key,
    pub(crate) object: Value,
    /// Number of the object it is for.
    pub(crate) subject: usize,
}

/// Namespace, kind, name and API version of an object that is made, which it is known and sorted by.
type Key = [String; 4];

/// An object that the plan makes, with its marks.
struct Wanted<'r, 't> {
    key: Key,
    object: Value,
    subject: &'r Resource<'t>,
    /// Why it is made, in the words of all who asked for it.
    because: BTreeSet<String>,
}

/// Compares what the plan makes with what the input has; or says what a function did that none may do.
pub(crate) fn resolve(
    function: &str,
    plan: &mut Plan,
    resources: &Resources<'_>,
) -> Result<Resolved, String> {
    let maker = maker(function, &plan.config_name);
    let mut resolved = Resolved {
        is_told: plan.tells(GENERATED, Severity::Info),
        ..Resolved::default()
    };
    let mut kept = BTreeSet::new();
    for wanted in wanted(plan, resources, &maker)? {
        // What gets another name makes room for one that takes its former name.
        let is_there = |object: &&Resource<'_>| !plan.renamed.contains_key(&object.number);
        let existing = resources
            .find(identity(resources, &wanted.key))
            .filter(is_there);
        match existing {
            None => resolved.add(wanted),
            // An object without the mark is its author's.
            Some(existing) if !is_made_by(existing, &maker) => {}
            Some(existing) => {
                kept.insert(existing.number);
                resolved.make_anew(existing, &wanted);
            }
        }
    }
    let of_last_run = resources
        .all()
        .filter(|resource| is_made_by(resource, &maker));
    let subjects = Subjects::default();
    for resource in of_last_run.filter(|resource| {
        !kept.contains(&resource.number) && !plan.retained.contains(&resource.number)
    }) {
        resolved.drop_or_keep(resource, resources, &subjects);
    }
    resolved
        .added
        .order_by(|one, other| one.key.cmp(&other.key));
    Ok(resolved)
}

/// What the plan makes, each object once.
fn wanted<'r, 't>(
    plan: &mut Plan,
    resources: &'r Resources<'t>,
    maker: &str,
) -> Result<Vec<Wanted<'r, 't>>, String> {
    let mut all: Vec<Wanted<'_, '_>> = Vec::with_capacity(plan.generated.len());
    let mut positions: BTreeMap<Key, usize> = BTreeMap::new();
    let generated = std::mem::take(&mut plan.generated);
    let marked = threads::map_owned(generated, |generated| {
        let subject = resources.get(generated.subject)?;
        let object = marked(generated.value, maker, &named(plan, resources, subject));
        let key = sort_key(&object).map(str::to_owned);
        Some((key, object, subject, generated.because))
    });
    for (key, object, subject, because) in marked.into_iter().flatten() {
        match positions.get(&key).and_then(|at| all.get_mut(*at)) {
            None => {
                positions.insert(key, all.len());
                all.push(Wanted {
                    key: Key::default(),
                    object,
                    subject,
                    because: because.into_iter().into_set(),
                });
            }
            // Several containers may want one object.
            Some(known) if known.object == object => known.because.extend(because),
            Some(_) => return Err(format!("makes {} in two ways", key.join(" "))),
        }
    }
    for (key, position) in positions {
        if let Some(wanted) = all.get_mut(position) {
            wanted.key = key;
        }
    }
    Ok(all)
}

/// Numbers of the objects of the input by what generated objects call them; of equal ones the first. Most
/// runs take nothing away and never ask.
#[derive(Default)]
struct Subjects(OnceCell<BTreeMap<String, usize>>);

impl Subjects {
    fn find<'r, 't>(
        &self,
        resources: &'r Resources<'t>,
        reference_to: &str,
    ) -> Option<&'r Resource<'t>> {
        let by_reference = self.0.get_or_init(|| {
            let mut numbers = BTreeMap::new();
            for object in resources.all() {
                let number = numbers.entry(reference(resources, object, object.name()));
                number.or_insert(object.number);
            }
            // An overlay may have renamed a subject since.
            for object in resources.all() {
                for former in former_references(object) {
                    numbers.entry(former).or_insert(object.number);
                }
            }
            numbers
        });
        resources.get(*by_reference.get(reference_to)?)
    }
}

impl Wanted<'_, '_> {
    /// What is done, what for, and why.
    fn words(&self, what: &str) -> String {
        let subject = Identity::label_of(self.subject);
        if self.because.is_empty() {
            return format!("{what} for {subject}");
        }
        let because: Vec<&str> = self.because.iter().map(String::as_str).collect();
        format!("{what} for {subject} ({})", because.join("; "))
    }
}

impl Resolved {
    fn add(&mut self, wanted: Wanted<'_, '_>) {
        self.tell(|| {
            let [namespace, kind, name, api_version] = wanted.key.clone();
            let identity = Identity {
                api_version,
                kind,
                namespace,
                name,
                file: None,
            };
            (wanted.words("made"), identity)
        });
        self.added.push(Made {
            key: wanted.key,
            subject: wanted.subject.number,
            object: with_path(wanted.object, wanted.subject),
        });
    }

    fn make_anew(&mut self, existing: &Resource<'_>, wanted: &Wanted<'_, '_>) {
        let edits = update(existing, &wanted.object);
        if !edits.is_empty() {
            self.tell(|| (wanted.words("made anew"), Identity::of(existing)));
        }
        self.edits.extend(edits);
    }

    /// An object that nobody wants any more goes, if the one that wanted it is here to say so.
    fn drop_or_keep(
        &mut self,
        resource: &Resource<'_>,
        resources: &Resources<'_>,
        subjects: &Subjects,
    ) {
        let annotations = resource.annotations();
        let made_for = annotations.get(GENERATED_FOR).unwrap_or_default();
        let Some(subject) = subjects.find(resources, &made_for) else {
            let message =
                format!("was made for {made_for}, which is not in the input, so it stays");
            self.findings.push(Finding {
                subject: Some(Identity::of(resource)),
                ..Finding::violation("orphaned", Severity::Warning, message)
            });
            return;
        };
        self.tell(|| {
            let subject = Identity::label_of(subject);
            let message =
                format!("taken away, since it is no longer wanted; it was made for {subject}");
            (message, Identity::of(resource))
        });
        if resource.base.0.is_empty() {
            self.deleted.push(resource.number);
        } else {
            // The rest of the list that it stands in stays.
            self.edits.push(Edit {
                place: resource.place(),
                change: Change::Remove,
            });
        }
    }

    /// Counts a change, and tells it to those who want to know: what happened, and to which object.
    fn tell(&mut self, words: impl FnOnce() -> (String, Identity)) {
        self.changed += 1;
        if !self.is_told {
            return;
        }
        let (message, about) = words();
        self.findings.push(Finding {
            subject: Some(about),
            outcome: Outcome::Changed,
            ..Finding::violation(GENERATED, Severity::Info, message)
        });
    }

    /// What would be done, told and not done.
    pub(crate) fn audited(self) -> Self {
        let told = |finding: Finding| {
            if finding.outcome != Outcome::Changed {
                return finding;
            }
            Finding {
                message: format!("would be {}", finding.message),
                severity: Severity::Warning,
                outcome: Outcome::Violation,
                ..finding
            }
        };
        Self {
            findings: self.findings.into_iter().map(told).collect(),
            ..Self::default()
        }
    }
}

/// How a configuration of a function marks what it makes.
pub(crate) fn maker(function: &str, config: &str) -> String {
    format!("{function}/{config}")
}

pub(crate) fn is_made_by(resource: &Resource<'_>, maker: &str) -> bool {
    let by = resource.annotations().get(GENERATED_BY);
    by.is_some_and(|by| by == maker)
}

/// New objects stand by namespace, kind and name.
pub(crate) fn sort_key(value: &Value) -> [&str; 4] {
    [
        text(value, &["metadata", "namespace"]),
        text(value, &["kind"]),
        text(value, &["metadata", "name"]),
        text(value, &["apiVersion"]),
    ]
}

/// The text of a field; none is the empty text.
fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    let mut steps = path.iter();
    let field = steps.try_fold(value, |value, key| value.get(key));
    field.and_then(Value::as_str).unwrap_or_default()
}

/// What generated objects called an object before kustomize renamed it, the last first.
fn former_references(object: &Resource<'_>) -> Vec<String> {
    let group = object.group();
    let dot = if group.is_empty() { "" } else { "." };
    let former = object.previous().into_iter().rev();
    let references = former.flat_map(|(kind, namespace, name)| {
        // kustomize writes `default` for no namespace.
        let namespaces = match (kind.as_str(), namespace.as_str()) {
            ("Namespace", _) => vec![""],
            (_, "default") => vec!["default", ""],
            (_, namespace) => vec![namespace],
        };
        let named = namespaces.into_iter();
        let named = named.map(|namespace| format!("{kind}{dot}{group}/{namespace}/{name}"));
        named.collect::<Vec<_>>()
    });
    references.collect()
}

/// `kind.group/namespace/name` of an object.
fn reference(resources: &Resources<'_>, resource: &Resource<'_>, name: &str) -> String {
    let group = resource.group();
    let dot = if group.is_empty() { "" } else { "." };
    // A Namespace is in none, whatever is for objects that name none.
    let is_in_one = !resource.is("", "Namespace");
    let namespace = is_in_one.then(|| resources.namespace_of(resource));
    let namespace = namespace.unwrap_or_default();
    format!("{}{dot}{group}/{namespace}/{name}", resource.kind())
}

/// The same of an object that may get another name in this plan.
fn named(plan: &Plan, resources: &Resources<'_>, resource: &Resource<'_>) -> String {
    let name = plan.renamed.get(&resource.number);
    reference(
        resources,
        resource,
        name.map_or(resource.name(), String::as_str),
    )
}

/// The object with the marks that tell it apart from an author's.
fn marked(mut value: Value, maker: &str, subject: &str) -> Value {
    let metadata = child(&mut value, "metadata");
    let annotations = child(metadata, "annotations");
    if let Value::Object(annotations) = annotations {
        annotations.retain(|key, _| !is_mark_of_a_tool(key));
    }
    set(annotations, GENERATED_BY, maker);
    set(annotations, GENERATED_FOR, subject);
    let labels = child(metadata, "labels");
    set(labels, "app.kubernetes.io/managed-by", "plimsoll");
    value
}

/// What kpt and kustomize note on an object to find it again; a copy of it would be taken for the original.
fn is_mark_of_a_tool(annotation: &str) -> bool {
    let of_a_tool = [
        "config.kubernetes.io/path",
        "config.kubernetes.io/index",
        "config.k8s.io/id",
        "kustomize.config.k8s.io/id",
    ];
    annotation.starts_with("internal.config.") || of_a_tool.contains(&annotation)
}

fn child<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map.entry(key).or_insert_with(|| Value::Object(Map::new())),
        other => other,
    }
}

fn set(value: &mut Value, key: &str, text: &str) {
    if let Value::Object(map) = value {
        map.insert(key.to_owned(), text.into());
    }
}

/// In kpt a new object goes to the folder of the one it is for, to a file of its own: kpt refuses two objects at one
/// place, and a folder may hold several namespaces.
fn with_path(mut value: Value, subject: &Resource<'_>) -> Value {
    const PATH: &str = "config.kubernetes.io/path";
    let annotations = subject.annotations();
    let path = annotations
        .get("internal.config.kubernetes.io/path")
        .or_else(|| annotations.get(PATH));
    if let Some(path) = path {
        let folder = path
            .rfind('/')
            .and_then(|slash| path.get(..=slash))
            .unwrap_or_default();
        let [namespace, kind, name, _] = sort_key(&value).map(str::to_lowercase);
        let parts = [namespace, kind, name];
        let parts: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        let file = format!("{folder}{}.yaml", parts.join("_"));
        set(
            child(child(&mut value, "metadata"), "annotations"),
            PATH,
            &file,
        );
    }
    value
}

/// Group, kind, namespace and name of an object that is made.
fn identity<'v>(
    resources: &'v Resources<'_>,
    [namespace, kind, name, api_version]: &'v Key,
) -> [&'v str; 4] {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let namespace = match namespace.as_str() {
        "" => resources.default_namespace(),
        namespace => namespace,
    };
    [group, kind, namespace, name]
}

/// The changes that make an object of the last run what it should be now; the marks of kpt and kustomize,
/// and fields that others have added to its metadata, stay.
fn update(existing: &Resource<'_>, wanted: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Value::Object(map) = wanted else {
        return edits;
    };
    for (key, value) in map.iter().filter(|(key, _)| *key != "metadata") {
        edits.extend(set_where_different(
            existing.node.get(key),
            existing.place().field(key.as_str()),
            value,
        ));
    }
    for (key, _) in existing.node.entries() {
        let name = key.text().unwrap_or_default();
        if !map.contains_key(name.as_ref()) {
            edits.push(Edit {
                place: existing.place().field(name.as_ref()),
                change: Change::Remove,
            });
        }
    }
    for part in ["labels", "annotations"] {
        let wanted = wanted
            .pointer(&format!("/metadata/{part}"))
            .and_then(Value::as_object);
        for (key, value) in wanted.into_iter().flatten() {
            let node = existing.node.at(&["metadata", part, key]);
            let place = existing
                .place()
                .field("metadata")
                .field(part)
                .field(key.as_str());
            edits.extend(set_where_different(node, place, value));
        }
    }
    edits
}

fn set_where_different(node: Option<Node<'_>>, place: Place, value: &Value) -> Option<Edit> {
    let is_same = node.is_some_and(|node| node.means(value));
    (!is_same).then(|| Edit {
        place,
        change: Change::Set(Arc::new(value.clone())),
    })
}
