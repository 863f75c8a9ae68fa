//! Former versions that stay for the pods that still use them.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, ConfigurationKind, Path, Place, Plan, Resource, Severity, Value, content_hash,
    json,
};
use serde::Deserialize;

use crate::content;
use crate::fate::Fate;
use crate::naming::{BASE_NAME, CONTENT_HASH, label_value};
use crate::survey::{Object, RETAINED, Survey};

/// The `spec` of a `ConfigHistory`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    /// The newest last.
    versions: Vec<Version>,
}

/// What a ConfigMap held.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(default)]
    namespace: String,
    name: String,
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
    #[serde(default)]
    binary_data: Option<BTreeMap<String, String>>,
}

/// Names of former versions, by the numbers of the objects that they are versions of.
pub(crate) type Retained = BTreeMap<usize, Vec<String>>;

/// Adds the former versions of every renamed ConfigMap.
pub(crate) fn retain(plan: &mut Plan, survey: &Survey<'_, '_>) -> Retained {
    let wanted = survey.run.retain_versions.unwrap_or(0);
    let mut retained = Retained::new();
    if let Some(wanted) = usize::try_from(wanted).ok().filter(|wanted| *wanted > 0) {
        let versions = versions(plan, survey);
        for object in named(survey) {
            let former = versions.as_deref().unwrap_or_default();
            let names = add(plan, survey, object, former, wanted);
            retained.insert(object.resource.number, names);
        }
        let first = named(survey).next();
        if let Some(object) = first.filter(|_| versions.is_none()) {
            let message = format!(
                "`retainVersions: {wanted}` finds no former versions, since no item of kind ConfigHistory is in the input"
            );
            let (subject, place) = ((object.resource, survey.resources), object.resource.place());
            plan.report(
                "no-history",
                Severity::Warning,
                subject,
                &place,
                message,
                None,
            );
        }
    }
    retained
}

fn named<'s, 'r>(survey: &'s Survey<'_, 'r>) -> impl Iterator<Item = &'s Object<'r>> {
    let is_named = |object: &&Object<'r>| {
        object.fate == Fate::Named && object.kind == ConfigurationKind::ConfigMap
    };
    survey.objects.iter().filter(is_named)
}

/// All versions that the input has, the newest last; none if it has no history at all.
fn versions(plan: &mut Plan, survey: &Survey<'_, '_>) -> Option<Vec<Version>> {
    let mut found = None;
    let is_history = |item: &&Resource<'_>| item.is("history.plimsoll.dev", "ConfigHistory");
    for item in survey.resources.all().filter(is_history) {
        let versions: &mut Vec<Version> = found.get_or_insert_default();
        let Some(spec) = item.node.get("spec") else {
            continue;
        };
        let (spec, mistakes) = sdk::yaml::read_all::<Spec>(spec, &[]);
        for mistake in mistakes {
            // What it says next is the value, and values are never told.
            let message = mistake.message.split(", not ").next().unwrap_or_default();
            report(plan, survey, item, "bad-history", mistake.path, message);
        }
        for (number, version) in spec.unwrap_or_default().versions.into_iter().enumerate() {
            for problem in version.problems() {
                let path = Path([Path::from(["versions"]).join(number).0, problem.path.0].concat());
                report(plan, survey, item, problem.rule, path, &problem.message);
            }
            versions.push(version);
        }
    }
    found
}

/// Tells what is wrong below the `spec` of a history.
fn report(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    item: &Resource<'_>,
    rule: &'static str,
    path: Path,
    message: &str,
) {
    let place = Place {
        resource: item.number,
        path: Path([Path::from(["spec"]).0, path.0].concat()),
    };
    plan.report(
        rule,
        Severity::Error,
        (item, survey.resources),
        &place,
        message,
        None,
    );
}

/// Adds the last versions that differ from what the object holds now, and returns their names.
fn add(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    object: &Object<'_>,
    versions: &[Version],
    wanted: usize,
) -> Vec<String> {
    let base = object.naming.base();
    let namespace = survey.resources.namespace_of(object.resource);
    let is_own = |version: &&Version| {
        let within = Some(version.namespace.as_str()).filter(|own| !own.is_empty());
        version.name == base && within.unwrap_or(survey.resources.default_namespace()) == namespace
    };
    let mut seen: BTreeSet<String> = object.hash.iter().cloned().into_set();
    let mut names = Vec::new();
    for version in versions.iter().rev().filter(is_own) {
        let Some(hash) = version.hash().filter(|hash| seen.insert(hash.clone())) else {
            continue;
        };
        if names.len() == wanted {
            break;
        }
        let name = object.naming.with(&hash);
        plan.generate(version.object(object, &name, &hash), object.resource);
        names.push(name);
    }
    names
}

impl Version {
    fn content(&self) -> Value {
        let mut content = json!({"apiVersion": "v1", "kind": "ConfigMap"});
        if let Value::Object(map) = &mut content {
            let fields = [("data", &self.data), ("binaryData", &self.binary_data)];
            let present = fields
                .into_iter()
                .filter_map(|(key, held)| Some((key, held.as_ref()?)));
            map.extend(present.map(|(key, held)| (key.to_owned(), json!(held))));
        }
        content
    }

    fn parsed(&self) -> Option<sdk::yaml::Stream> {
        let text = sdk::yaml::to_string(&self.content(), sdk::yaml::Style::default());
        sdk::yaml::parse(text).ok()
    }

    fn hash(&self) -> Option<String> {
        content_hash(self.parsed()?.documents().next()?.root()?).ok()
    }

    /// What the API server would not take.
    fn problems(&self) -> Vec<content::Problem> {
        let parsed = self.parsed();
        let root = parsed
            .as_ref()
            .and_then(|stream| stream.documents().next()?.root());
        let problems = root.into_iter().flat_map(|root| content::of(root, false));
        problems
            .filter(|problem| problem.severity == Severity::Error)
            .collect()
    }

    /// The object that held it.
    fn object(&self, now: &Object<'_>, name: &str, hash: &str) -> Value {
        let (base, now) = (now.naming.base(), now.resource);
        let mut metadata = json!({
            "name": name,
            "labels": {BASE_NAME: label_value(&base)},
            "annotations": {BASE_NAME: base, CONTENT_HASH: hash, RETAINED: "true"},
        });
        if let (Value::Object(metadata), false) = (&mut metadata, now.namespace().is_empty()) {
            metadata.insert("namespace".to_owned(), json!(now.namespace()));
        }
        let mut object = self.content();
        if let Value::Object(map) = &mut object {
            map.insert("metadata".to_owned(), metadata);
            map.insert("immutable".to_owned(), json!(true));
        }
        object
    }
}
