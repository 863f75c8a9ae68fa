//! The table of kinds that hold pods, and the paths to their pod templates.

use std::fmt;
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use yaml::{Node, Path, did_you_mean};

/// A kind of object that holds pods.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in a row of a table"
)]
pub struct PodKind {
    /// API group; empty for the core group. Any version counts.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Where the pod templates are: dotted keys, `[*]` for each item of a list, `*` for each value of a
    /// map, `["a.b"]` for a key with dots; empty where the object is the pod itself.
    pub pod_template_paths: Vec<TemplatePath>,
    /// Where the number of replicas is, for kinds that have one.
    #[serde(default)]
    pub replicas_path: Option<TemplatePath>,
    /// Where the selector of the pods is: a label selector or a plain map of labels.
    #[serde(default)]
    pub selector_path: Option<TemplatePath>,
    /// Whether the template is all of the pod. Default: full.
    #[serde(default)]
    pub template: Template,
    /// Whether the pods end by themselves. Default: false.
    #[serde(default)]
    pub runs_to_completion: bool,
    /// Whether the kind has a scale subresource. Default: false.
    #[serde(default)]
    pub scalable: bool,
    /// Whether the kind has a rollout strategy that is not a Deployment's. Default: false.
    #[serde(default)]
    pub strategy_owned: bool,
    /// Who decides about probes. Default: full.
    #[serde(default)]
    pub probes: Probes,
    /// Whether the kind is looked at only when `targets` names it. Default: false.
    #[serde(default)]
    pub opt_in: bool,
}

/// How much of a pod a template is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Template {
    /// A whole pod template.
    #[default]
    Full,
    /// Parts that an operator merges into a pod of its own.
    Partial,
    /// What the API server lets nobody change.
    Immutable,
}

/// Who decides about the probes of a kind's pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Probes {
    /// The author, and functions where the author says nothing.
    #[default]
    Full,
    /// The kind's controller, unless an override says otherwise.
    Explicit,
    /// The kind's controller alone.
    Never,
}

/// A path with wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplatePath {
    segments: Vec<Segment>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Key(Arc<str>),
    EachItem,
    EachValue,
}

impl TemplatePath {
    /// Reads the dotted form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (segment, after) = Self::segment(rest, segments.is_empty()).ok_or_else(|| {
                format!("`{text}` is no path; write it like `spec.template`, `spec.tasks[*].template` or `spec[\"a.b\"]`")
            })?;
            segments.push(segment);
            rest = after;
        }
        Ok(Self {
            segments,
            text: text.to_owned(),
        })
    }

    fn segment(rest: &str, is_first: bool) -> Option<(Segment, &str)> {
        if let Some(after) = rest.strip_prefix("[*]") {
            return Some((Segment::EachItem, after));
        }
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, after) = quoted.split_once("\"]")?;
            return Some((Segment::Key(Arc::from(key)), after));
        }
        let rest = if is_first {
            rest
        } else {
            rest.strip_prefix('.')?
        };
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end)?;
        match key {
            "" => None,
            "*" => Some((Segment::EachValue, after)),
            key => Some((Segment::Key(Arc::from(key)), after)),
        }
    }

    /// Everything the path leads to below `node`, and each one's own path. What stands on the way but
    /// is no map or list has nothing below it.
    pub fn find<'t>(&self, node: Node<'t>) -> Vec<(Node<'t>, Path)> {
        let mut found = vec![(node, Path::default())];
        for segment in &self.segments {
            let mut next = Vec::with_capacity(found.len());
            for (node, path) in found {
                match segment {
                    Segment::Key(key) => {
                        next.extend(node.get(key).map(|child| (child, path.join(&**key))));
                    }
                    Segment::EachItem => {
                        let items = node.items().enumerate();
                        next.extend(items.map(|(index, item)| (item, path.join(index))));
                    }
                    Segment::EachValue => next.extend(
                        node.entries()
                            .filter_map(|(key, value)| Some((value, path.join(&*key.text()?)))),
                    ),
                }
            }
            found = next;
        }
        found
    }

    /// The one thing the path leads to; for paths without wildcards.
    pub fn get<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.segments
            .iter()
            .try_fold(node, |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::EachItem | Segment::EachValue => None,
            })
    }

    /// Whether the path is empty: the object itself.
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }
}

impl fmt::Display for TemplatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for TemplatePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for TemplatePath {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TemplatePath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}

/// The kinds in force: the built-in ones, which are read when the first object is looked at, and a user's.
#[derive(Clone, Debug)]
pub struct Kinds {
    user: Vec<PodKind>,
}

static BUILT_IN: LazyLock<Vec<PodKind>> = LazyLock::new(|| yaml::data(include_str!("kinds.yaml")));

impl Kinds {
    /// The built-in table with the user's kinds on top; a user's kind replaces a built-in one.
    pub fn with(user: Vec<PodKind>) -> Self {
        Self { user }
    }

    /// The kind of this group and name, if it holds pods.
    pub fn find(&self, group: &str, kind: &str) -> Option<&PodKind> {
        self.user
            .iter()
            .chain(BUILT_IN.iter())
            .find(|known| known.kind == kind && known.group == group)
    }

    /// Whether any known kind has this name, in any group or in the given one.
    pub fn knows(&self, name: &str) -> bool {
        self.iter().any(|kind| kind.is(name))
    }

    /// A hint for a name that no known kind has.
    pub fn did_you_mean(&self, name: &str) -> String {
        let names: Vec<&str> = self.iter().map(|kind| kind.kind.as_str()).collect();
        did_you_mean(name, &names)
    }

    /// All kinds.
    pub fn iter(&self) -> impl Iterator<Item = &PodKind> {
        let is_same =
            |one: &PodKind, other: &PodKind| one.group == other.group && one.kind == other.kind;
        let is_replaced = move |kind: &PodKind| self.user.iter().any(|own| is_same(own, kind));
        let built_in = BUILT_IN.iter().filter(move |kind| !is_replaced(kind));
        built_in.chain(&self.user)
    }
}

impl PodKind {
    /// Whether `name` names this kind: `Deployment`, or `StatefulSet.apps` with its group.
    pub fn is(&self, name: &str) -> bool {
        names_kind(name, &self.group, &self.kind)
    }
}

/// Whether `name` (`Kind` or `Kind.group`) names the kind of this group.
pub(crate) fn names_kind(name: &str, group: &str, kind: &str) -> bool {
    match name.split_once('.') {
        Some((own, of_group)) => own == kind && of_group == group,
        None => name == kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_reads_without_a_mistake() {
        let stream = yaml::parse(include_str!("kinds.yaml").to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        let kinds: Vec<PodKind> = yaml::read(root, &[]).unwrap();
        assert_eq!(kinds, *BUILT_IN);
        for (number, kind) in kinds.iter().enumerate() {
            assert!(
                !kind.pod_template_paths.is_empty(),
                "{} holds pods",
                kind.kind
            );
            let twin = kinds
                .iter()
                .skip(number + 1)
                .find(|other| other.kind == kind.kind && other.group == kind.group);
            assert_eq!(twin, None, "each kind stands once");
        }
    }

    #[test]
    fn paths_lead_through_keys_lists_and_maps() {
        let found = |path: &str, text: &str| {
            let stream = yaml::parse(text.to_owned()).unwrap();
            let root = stream.documents().next().unwrap().root().unwrap();
            let found = TemplatePath::parse(path).unwrap().find(root);
            found
                .iter()
                .map(|(node, path)| format!("{path}={}", node.source()))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("spec.t", "{spec: {t: 1}}"), ["spec.t=1"]);
        assert_eq!(
            found("l[*].t", "{l: [{t: 1}, {}, {t: 2}]}"),
            ["l[0].t=1", "l[2].t=2"]
        );
        assert_eq!(
            found("m.*.t", "{m: {a: {t: 1}, b.c: {t: 2}}}"),
            ["m.a.t=1", "m[\"b.c\"].t=2"]
        );
        assert_eq!(found("[\"a.b\"].t", "{a.b: {t: 1}}"), ["[\"a.b\"].t=1"]);
        assert_eq!(found("spec.t", "{spec: text}"), Vec::<String>::new());
        assert_eq!(found("", "x"), ["=x"]);
        for bad in ["a..b", ".a", "a[0]", "a[", "a."] {
            assert!(TemplatePath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_user_s_kind_stands_beside_the_built_in_ones_or_replaces_one() {
        let text = "- {group: acme.io, kind: AppSet, podTemplatePaths: [\"spec.workloads[*].template\"]}\n\
                    - {group: apps, kind: Deployment, podTemplatePaths: [spec.other]}\n";
        let stream = yaml::parse(text.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        let kinds = Kinds::with(yaml::read(root, &[]).unwrap());
        assert!(kinds.find("acme.io", "AppSet").is_some());
        assert_eq!(
            kinds.find("apps", "Deployment").unwrap().pod_template_paths[0].to_string(),
            "spec.other"
        );
        assert!(
            kinds.knows("StatefulSet.apps")
                && kinds.knows("StatefulSet")
                && !kinds.knows("StatefulSet.batch")
        );
        assert_eq!(
            kinds.did_you_mean("Deploymnet"),
            "; did you mean `Deployment`?"
        );
    }
}
