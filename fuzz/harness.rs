//! What must hold for any bytes at all; the fuzz targets and a seeded test drive it.

use plimsoll_yaml::json_patch::{self, Patch};
use plimsoll_yaml::{Edit, Holder, Node, apply, edits, held_items, parse, parse_by_granit};
use serde_json::{Value, json};

/// Whatever `parse` accepts has sound spans, and the fast scanner reads it as granit does.
pub(crate) fn check_parse(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (fast, slow) = (parse(text.to_owned()), parse_by_granit(text.to_owned()));
    match (&fast, &slow) {
        (Ok(fast), Ok(slow)) => assert_eq!(fast, slow, "two trees of {text:?}"),
        (Err(fast), Err(slow)) => assert_eq!(fast, slow, "two errors of {text:?}"),
        _ => panic!("only one reader accepts {text:?}: {fast:?} {slow:?}"),
    }
    let Ok(stream) = fast else { return };
    let mut end = 0;
    for document in stream.documents() {
        let span = document.span();
        assert_eq!(span.start, end, "documents leave no gap in {text:?}");
        end = span.end;
        if let Some(root) = document.root() {
            check_node(root, (span.start, span.end), text);
            let _ = root.to_value();
        }
    }
}

fn check_node(node: Node<'_>, (from, to): (usize, usize), text: &str) {
    let span = node.span();
    assert!(
        from <= span.start && span.start <= span.end && span.end <= to,
        "{span:?} outside {from}..{to} in {text:?}"
    );
    assert!(
        text.get(span.clone()).is_some(),
        "{span:?} cuts a character in {text:?}"
    );
    let is_alias = node.resolved().id() != node.id();
    if is_alias {
        return;
    }
    let mut from = span.start;
    let mut check = |child: Node<'_>| {
        check_node(child, (from, span.end), text);
        from = child.span().end;
    };
    for (key, value) in node.entries() {
        check(key);
        check(value);
    }
    node.items().for_each(check);
    let _ = (node.scalar(), node.position(), node.line_comment());
}

/// Whatever `apply` makes of a patch means what json-patch makes of the value, setting the result to
/// itself changes nothing, and comments stay where things are only added. On a whole document, and on an
/// item of a list.
pub(crate) fn check_apply(data: &[u8]) {
    let (choices, text) = data.split_at(data.len().min(8));
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(stream) = parse(text.to_owned()) else {
        return;
    };
    let Some(document) = stream.documents().next() else {
        return;
    };
    let Some(root) = document.root() else { return };
    let mut choices = Choices(u64::from_le_bytes(std::array::from_fn(|at| {
        choices.get(at).copied().unwrap_or(0)
    })));
    check_patch(root, &Holder::Document(document.span()), None, &mut choices);
    let items = held_items(&document, "items").unwrap_or_default();
    for (number, (item, holder)) in items.into_iter().enumerate() {
        check_patch(item, &holder, Some(number), &mut choices);
    }
}

/// Checks a patch of the whole document, or of the item with this number.
fn check_patch(root: Node<'_>, holder: &Holder, item: Option<usize>, choices: &mut Choices) {
    let before = &root.stream().text()[holder.range()];
    let Ok(mut expected) = root.to_value() else {
        return;
    };
    let patch = choices.patch(&expected);
    let edited = apply(root, holder, &patch);
    let proven_in_part = edits(root, holder, &patch);
    match (&edited, &proven_in_part) {
        (Ok(None), Ok(None)) => {}
        (Ok(Some(whole)), Ok(Some(in_part))) if whole.edits == *in_part => {}
        // The text of an item alone may lack the anchor of an alias beside what changes, and is written anew then,
        // or refused.
        (Ok(Some(_)) | Err(_), Ok(Some(in_part))) => {
            let mut value = expected.clone();
            let fits = json_patch::patch(&mut value, &patch).is_ok();
            let found = read_with(root.stream().text(), in_part, item);
            assert!(before.contains('*'), "{patch:?} on {before:?}");
            assert!(fits && found == Some(value), "{patch:?} on {before:?}");
        }
        (Err(whole), Err(in_part)) => assert_eq!(whole, in_part, "{patch:?} on {before:?}"),
        _ => panic!("{patch:?} on {before:?}: {proven_in_part:?}"),
    }
    let Ok(edited) = edited else {
        return;
    };
    let only_adds = patch.0.iter().all(|operation| {
        let json_patch::PatchOperation::Add(add) = operation else {
            return false;
        };
        let is_item = add
            .path
            .split_back()
            .is_some_and(|(parent, _)| parent.resolve(&expected).is_ok_and(Value::is_array));
        is_item || add.path.resolve(&expected).is_err()
    });
    json_patch::patch(&mut expected, &patch)
        .unwrap_or_else(|error| panic!("{error}: {patch:?} on {before:?}"));
    let Some(edited) = edited else {
        assert!(root.means(&expected), "{patch:?} changes {before:?}");
        return;
    };
    let after = edited.stream.text();
    let Ok(value) = edited.root().to_value() else {
        panic!("{patch:?} on {before:?} gave {after:?}")
    };
    assert_eq!(value, expected, "{patch:?} on {before:?} gave {after:?}");
    // An explicit key has its map written anew, which is documented to lose comments.
    if only_adds && !before.contains('?') {
        assert!(
            keeps_comments(before, after),
            "{patch:?} on {before:?} gave {after:?}"
        );
    }
    let again: Patch =
        serde_json::from_value(json!([{"op": "replace", "path": "", "value": value}]))
            .unwrap_or_default();
    let holder = match holder {
        Holder::Document(_) => Holder::Document(0..after.len()),
        Holder::Item(_) => Holder::Item(0..after.len()),
    };
    let changed = apply(edited.root(), &holder, &again).is_ok_and(|edited| edited.is_some());
    assert!(!changed, "{after:?} changes when it is set to itself");
}

/// What the whole text says, or the item with this number, once it is edited.
fn read_with(text: &str, edits: &[Edit], item: Option<usize>) -> Option<Value> {
    let mut edited = text.to_owned();
    for edit in edits.iter().rev() {
        edited.replace_range(edit.start..edit.end, &edit.text);
    }
    let stream = parse(edited).ok()?;
    let document = stream.documents().next()?;
    match item {
        None => document.root()?.to_value().ok(),
        Some(number) => {
            let items = held_items(&document, "items")?;
            items.get(number)?.0.to_value().ok()
        }
    }
}

/// Whether the lines that are comments, or look like some, are still there in their order.
fn keeps_comments(before: &str, after: &str) -> bool {
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let mut left = after.lines().filter(is_comment);
    before
        .lines()
        .filter(is_comment)
        .all(|comment| left.any(|line| line.trim() == comment.trim()))
}

/// Decisions drawn from a seed.
pub(crate) struct Choices(pub(crate) u64);

impl Choices {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // xorshift64*, so that a seed gives the same run everywhere.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).cloned()
    }

    /// One to three operations, each on a path of the value as it is by then.
    pub(crate) fn patch(&mut self, value: &Value) -> Patch {
        let mut value = value.clone();
        let mut operations = Vec::new();
        for _ in 0..=self.below(3) {
            let operation = self.operation(&value);
            let patch: Patch = serde_json::from_value(json!([operation])).unwrap_or_default();
            // A move that fails leaves half of itself behind in json-patch.
            let mut next = value.clone();
            if json_patch::patch(&mut next, &patch).is_ok() {
                value = next;
                operations.extend(patch.0);
            }
        }
        Patch(operations)
    }

    fn operation(&mut self, value: &Value) -> Value {
        let mut paths = Vec::new();
        list_paths(value, &mut String::new(), &mut paths);
        let path = self.pick(&paths).unwrap_or_default();
        let below = format!("{path}/{}", ["zz", "-", "0", "1", "a", "y"][self.below(6)]);
        let new = self.value(2);
        match self.below(6) {
            0 => json!({"op": "remove", "path": path}),
            1 => json!({"op": "replace", "path": path, "value": new}),
            2 => json!({"op": "copy", "from": self.pick(&paths), "path": below}),
            3 => json!({"op": "move", "from": self.pick(&paths), "path": below}),
            _ => json!({"op": "add", "path": below, "value": new}),
        }
    }

    /// A new value, with strings that want care.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!([-1, 0, 1, 8080, 4_294_967_296_i64][self.below(5)]),
            6 => (0..self.below(3)).map(|_| self.value(depth - 1)).collect(),
            7 => {
                let count = self.below(3);
                (0..count)
                    .map(|_| (self.text(), self.value(depth - 1)))
                    .collect()
            }
            _ => Value::String(self.text()),
        }
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 24] = [
            "",
            "a",
            "y",
            "0777",
            "1e3",
            "2024-01-01",
            "12:30",
            "~",
            "a: b",
            "a #b",
            "- x",
            "a\nb",
            "a\n\nb\n",
            " a\n",
            "a\n\n",
            "\ta",
            "é✓",
            "\u{85}",
            "'",
            "\"",
            "{a}",
            "[b",
            "*c",
            "long text with spaces in it",
        ];
        TEXTS[self.below(TEXTS.len())].to_owned()
    }

    /// Text like `seed` with a few bytes, words or lines changed.
    pub(crate) fn mutate(&mut self, seed: &str) -> String {
        const BITS: [&str; 44] = [
            " ", "  ", "\n", "\n\n", "\t", ":", ": ", "- ", "-", "#", " #", "'", "\"", "''", "\\",
            "\\n", "\\u00e9", "|", ">", "|-", "|+", "|2", "[", "]", "{", "}", ", ", "&a ", "*a",
            "!!str ", "<<: *a", "? ", "---\n", "...\n", "%", "@", "~", "a", "k: v\n", "é",
            "\u{feff}", "\r\n", "\u{2028}", "null",
        ];
        let mut text = seed.to_owned();
        for _ in 0..=self.below(4) {
            let at = self.boundary(&text);
            let to = self.boundary(&text);
            match self.below(6) {
                0..=2 => text.insert_str(at, BITS[self.below(BITS.len())]),
                3 => {
                    let end = (at + 1..=text.len())
                        .find(|end| text.is_char_boundary(*end))
                        .unwrap_or(at);
                    text.replace_range(at..end, "");
                }
                4 => {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let (one, other) = (self.below(lines.len()), self.below(lines.len()));
                    if self.below(2) == 0 && !lines.is_empty() {
                        lines.swap(one, other);
                    } else if let Some(line) = lines.get(one).copied() {
                        lines.insert(other, line);
                    }
                    text = lines.concat();
                }
                _ => {
                    let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 12));
                    if let Some(part) = text.get(from..to).map(str::to_owned) {
                        text.insert_str(at, &part);
                    }
                }
            }
        }
        text
    }

    fn boundary(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (0..=at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    }
}

fn list_paths(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    paths.push(path.clone());
    let length = path.len();
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (token, child) in children {
        path.push('/');
        path.push_str(&token);
        list_paths(child, path, paths);
        path.truncate(length);
    }
}
