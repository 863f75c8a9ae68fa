//! Two renderings, object by object.

use std::collections::BTreeMap;

use checks::golden;
use serde::{Deserialize, Serialize};
use yaml::Node;

/// What an object is called, in the order in which objects are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    namespace: String,
    kind: String,
    group: String,
    name: String,
}

impl Identity {
    /// A name with a hash of the content differs with the content; the one without stays.
    fn of(object: Node<'_>) -> Self {
        let text = |path: &[&str]| {
            let text = object.at(path).and_then(Node::text);
            text.unwrap_or_default().into_owned()
        };
        let note = |key| text(&["metadata", "annotations", key]);
        let name = text(&["metadata", "name"]);
        let hash = note("plimsoll.dev/content-hash");
        // Former versions that are kept beside the present one stay apart from it.
        let is_former = note("plimsoll.dev/retained") == "true";
        let name = if hash.is_empty() || is_former {
            name
        } else {
            name.replacen(&format!("-{hash}"), "", 1)
        };
        let api = text(&["apiVersion"]);
        Self {
            namespace: text(&["metadata", "namespace"]),
            kind: text(&["kind"]),
            group: api
                .split_once('/')
                .map_or("", |(group, _)| group)
                .to_owned(),
            name,
        }
    }

    fn heading(&self) -> String {
        let separator = if self.namespace.is_empty() { "" } else { "/" };
        format!("{} {}{separator}{}", self.kind, self.namespace, self.name)
    }
}

/// The texts of objects by their names.
fn objects(text: &str) -> Result<BTreeMap<Identity, String>, String> {
    let mut objects = BTreeMap::new();
    for document in golden::documents(text) {
        let stream = yaml::parse(document.clone()).map_err(|error| error.to_string())?;
        let root = stream.documents().find_map(|document| document.root());
        if let Some(name) = root.map(Identity::of) {
            // The last of a stream has no other end than the others.
            objects.insert(name, format!("{document}\n"));
        }
    }
    Ok(objects)
}

/// What differs: the name of each object, and its text on either side.
pub(crate) struct Compared(Vec<(Identity, [Option<String>; 2])>);

/// How many objects differ, and how many stand on one side alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) different: usize,
    pub(crate) removed: usize,
    pub(crate) new: usize,
}

impl Compared {
    pub(crate) fn of(before: &str, after: &str) -> Result<Self, String> {
        let (before, mut after) = (objects(before)?, objects(after)?);
        let mut pairs: BTreeMap<Identity, [Option<String>; 2]> = BTreeMap::new();
        for (name, text) in before {
            let now = after.remove(&name);
            pairs.insert(name, [Some(text), now]);
        }
        pairs.extend(
            after
                .into_iter()
                .map(|(name, text)| (name, [None, Some(text)])),
        );
        let differs = |(_, [before, after]): &(Identity, [Option<String>; 2])| before != after;
        Ok(Self(pairs.into_iter().filter(differs).collect()))
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, sides) in &self.0 {
            match sides {
                [Some(_), None] => counts.removed += 1,
                [None, _] => counts.new += 1,
                _ => counts.different += 1,
            }
        }
        counts
    }

    /// How many there are of each, in these words: of one that differs, of several, and of those on one side alone.
    pub(crate) fn counted(&self, differ: [&str; 2], [before, after]: [&str; 2]) -> String {
        let Counts {
            different,
            removed,
            new,
        } = self.counts();
        let [one, several] = differ;
        let differ = if different == 1 { one } else { several };
        format!("{different} {differ}, {removed} {before}, {new} {after}")
    }

    /// A unified diff of each object under its name; words say of which side one is that stands there alone.
    pub(crate) fn text(&self, [before, after]: [&str; 2]) -> String {
        let colours = sdk::wants_colours();
        let part = |(name, sides): &(Identity, [Option<String>; 2])| {
            let heading = name.heading();
            let heading = match sides {
                [Some(_), None] => format!("{heading} ({before})"),
                [None, _] => format!("{heading} ({after})"),
                _ => heading,
            };
            let [one, other] = sides
                .each_ref()
                .map(|text| text.as_deref().unwrap_or_default());
            sdk::difference(&heading, one, other, colours)
        };
        let parts: Vec<String> = self.0.iter().map(part).collect();
        parts.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(hash: &str, value: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations: {{plimsoll.dev/content-hash: {hash}}}\n  name: flags-{hash}\n  namespace: shop\ndata: {{x: {value}}}\n"
        )
    }

    const CLASS: &str =
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: data}\nvalue: 1\n";

    #[test]
    fn an_object_whose_name_has_a_hash_of_its_content_is_one_object() {
        let (one, other) = (config("bbbbbbbbbb", "1"), config("cccccccccc", "2"));
        let compared = Compared::of(&one, &other).unwrap();
        assert_eq!(
            compared.counted(["differs", "differ"], ["gone", "new"]),
            "1 differs, 0 gone, 0 new"
        );
        let text = compared.text(["gone", "new"]);
        assert!(
            text.starts_with("ConfigMap shop/flags\n@@ -1,7 +1,7 @@\n"),
            "{text}"
        );
        assert!(
            text.contains("\n+  name: flags-cccccccccc\n   namespace: shop\n"),
            "{text}"
        );
    }

    #[test]
    fn an_object_on_one_side_alone_says_so_and_one_that_is_the_same_says_nothing() {
        let one = config("bbbbbbbbbb", "1");
        let both = format!("{one}---\n{CLASS}");
        let compared = Compared::of(&one, &both).unwrap();
        assert!(
            compared
                .text(["gone", "new"])
                .starts_with("PriorityClass data (new)\n@@ -0,0 +1,4 @@\n+apiVersion")
        );
        let compared = Compared::of(&both, &one).unwrap();
        assert!(
            compared
                .text(["gone", "new"])
                .starts_with("PriorityClass data (gone)\n")
        );
        assert_eq!(
            compared.counts(),
            Counts {
                removed: 1,
                ..Counts::default()
            }
        );
    }

    #[test]
    fn a_former_version_that_is_kept_stays_apart() {
        let former = config("bbbbbbbbbb", "1").replace(
            "content-hash: bbbbbbbbbb",
            "content-hash: bbbbbbbbbb, plimsoll.dev/retained: \"true\"",
        );
        let both = format!("{former}---\n{}", config("cccccccccc", "2"));
        assert_eq!(objects(&both).unwrap().len(), 2);
    }

    #[test]
    fn the_order_of_the_objects_is_no_difference() {
        let one = config("bbbbbbbbbb", "1");
        let compared = Compared::of(&format!("{one}---\n{CLASS}"), &format!("{CLASS}---\n{one}"));
        assert_eq!(compared.unwrap().counts(), Counts::default());
    }
}
