//! How much of what people write is left to granit, and why.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use plimsoll_yaml::{Kind, Node, Stream, parse_and_tell};

use crate::{corpus, shrink};

/// Of a hundred items.
const MAX_PERCENT: usize = 2;
/// Of a text whose reason is looked for: it takes longer than the rest together where it is long.
const MAX_LENGTH: usize = 100_000;
/// Examples of each reason.
const EXAMPLES: usize = 3;

/// What was found in a folder.
#[derive(Debug, Default)]
struct Count {
    /// Files that are YAML; others are no business of the scanner's.
    files: usize,
    refused: usize,
    /// Resources, whether documents or items of lists.
    items: usize,
    left: usize,
    bytes: usize,
    left_bytes: usize,
    /// How many items were left for each reason, and where some of them stand.
    reasons: BTreeMap<String, (usize, Vec<String>)>,
}

impl Count {
    fn of(folder: &Path) -> Self {
        let mut count = Self::default();
        for (path, text) in corpus::files(folder) {
            count.add(&path, text);
        }
        count
    }

    fn add(&mut self, path: &Path, text: String) {
        let Ok((stream, left)) = parse_and_tell(text) else {
            self.refused += 1;
            return;
        };
        self.files += 1;
        self.bytes += stream.text().len();
        let items = items(&stream);
        self.items += items.len();
        for range in left {
            let is_inside = |item: &&Range<usize>| item.start < range.end && range.start < item.end;
            match items.iter().filter(is_inside).count() {
                0 => {}
                concerned => self.note(path, stream.text(), &range, concerned),
            }
        }
    }

    /// A part of a document that was left to granit, with the items that it concerns.
    fn note(&mut self, path: &Path, text: &str, range: &Range<usize>, items: usize) {
        self.left += items;
        self.left_bytes += range.len();
        let reason = reason(text.get(range.clone()).unwrap_or_default());
        let (count, examples) = self.reasons.entry(reason).or_default();
        *count += items;
        if examples.len() < EXAMPLES {
            let line = 1 + text
                .get(..range.start)
                .unwrap_or_default()
                .matches('\n')
                .count();
            examples.push(format!("{}:{line}", path.display()));
        }
    }

    fn print(&self, folder: &Path) {
        println!(
            "{}: {} files ({} refused), {} items, {} left to granit: {:.2} % of the items, {:.2} % of {} bytes",
            folder.display(),
            self.files,
            self.refused,
            self.items,
            self.left,
            percent(self.left, self.items),
            percent(self.left_bytes, self.bytes),
            self.bytes
        );
        for (reason, (count, examples)) in &self.reasons {
            println!("  {count} with {reason}: {}", examples.join(", "));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number for people")]
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

/// The shape of the fewest lines that are left for the same reason, with `a` for all that means nothing.
fn reason(text: &str) -> String {
    if text.len() > MAX_LENGTH {
        return "too long to tell".to_owned();
    }
    let fewest = shrink::lines(text, is_left);
    let mut shape = String::new();
    for character in fewest.chars() {
        let plain = if character.is_alphanumeric() {
            'a'
        } else {
            character
        };
        if plain != 'a' || !shape.ends_with('a') {
            shape.push(plain);
        }
    }
    format!("{shape:?}")
}

/// Whether granit reads something in it that the scanner doesn't.
fn is_left(text: &str) -> bool {
    parse_and_tell(text.to_owned()).is_ok_and(|(stream, left)| {
        let mut roots = stream.documents().filter_map(|document| document.root());
        !left.is_empty() && roots.any(|root| root.kind() != Kind::Scalar)
    })
}

/// Where the resources of a stream stand: documents, and items of lists. Other YAML doesn't come to a function.
fn items(stream: &Stream) -> Vec<Range<usize>> {
    let is_resource =
        |node: &Node<'_>| node.get("apiVersion").is_some() && node.get("kind").is_some();
    let mut found = Vec::new();
    for root in stream.documents().filter_map(|document| document.root()) {
        let list: Vec<Node<'_>> = root
            .get("items")
            .map(|items| items.items().collect())
            .unwrap_or_default();
        let inside: Vec<_> = list
            .into_iter()
            .filter(is_resource)
            .map(Node::span)
            .collect();
        if inside.is_empty() && is_resource(&root) {
            found.push(root.span());
        }
        found.extend(inside);
    }
    found
}

#[test]
fn the_projects_own_manifests_are_seldom_left_to_granit() {
    let mut count = Count::default();
    for (path, text) in corpus::own_folders()
        .iter()
        .flat_map(|folder| corpus::files(folder))
    {
        count.add(&path, text);
    }
    assert!(count.items > 1000, "{count:#?}");
    assert!(count.left * 100 <= count.items * MAX_PERCENT, "{count:#?}");
}

#[test]
fn an_item_that_is_left_to_granit_is_counted_with_its_reason() {
    let mut count = Count::default();
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n- apiVersion: &v v1\n  kind: B\n- apiVersion: v1\n  kind: C\n";
    count.add(Path::new("list.yaml"), list.to_owned());
    let two = "apiVersion:\tv1\nkind: D\n---\napiVersion: v1\nkind: E\n---\nno: &r resource\n";
    count.add(Path::new("two.yaml"), two.to_owned());
    assert_eq!((count.files, count.items, count.left), (2, 5, 2));
    let reasons: Vec<_> = count
        .reasons
        .iter()
        .map(|(reason, (count, at))| (reason.as_str(), *count, at[0].as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("\"- a: &a a\\n\"", 1, "list.yaml:6"),
            ("\"a:\\ta\\n\"", 1, "two.yaml:1")
        ]
    );
}

#[test]
#[ignore = "it reads the folders of MANIFESTS and tells what is left to granit in each"]
fn what_is_left_to_granit_is_told() {
    let folders = corpus::more_folders();
    assert!(
        !folders.is_empty(),
        "MANIFESTS must name folders, with colons between them"
    );
    for folder in folders {
        Count::of(&folder).print(&folder);
    }
}
