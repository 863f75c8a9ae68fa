//! What differs, for people: a unified diff of each object under a line that says which one it is.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, DiffTag, TextDiff};

use crate::location::Locator;
use crate::session::ChangedObject;

/// Lines of context around what differs.
const CONTEXT: usize = 3;

/// How lines are set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    /// As terminals show them.
    Ansi,
    /// By their first character alone.
    None,
}

/// The changes as text.
pub(crate) fn text(
    changes: &[ChangedObject<'_>],
    locator: &Locator<'_>,
    colours: Colours,
) -> String {
    let mut page = Page {
        text: String::new(),
        colours,
    };
    // How many lines further down the objects of each source stand by now.
    let mut moved: BTreeMap<usize, isize> = BTreeMap::new();
    for change in changes {
        if !page.text.is_empty() {
            page.text.push('\n');
        }
        page.line(Look::Heading, &heading(change));
        let (before, after) = (change.before.unwrap_or_default(), change.after.as_deref());
        let after = after.unwrap_or_default();
        let line = change
            .start
            .and_then(|(source, offset)| locator.line(source, offset));
        let first = line.map_or(0, |(line, _)| line.saturating_sub(1));
        let moved = moved
            .entry(change.start.map_or(usize::MAX, |(source, _)| source))
            .or_default();
        let is_new = change.before.is_none();
        let shift = if is_new { 0 } else { *moved };
        page.difference(before, after, first, first.saturating_add_signed(shift));
        *moved += count(after) - count(before);
    }
    page.text
}

/// A unified diff of two texts under a heading; `colours` as [`wants_colours`](crate::wants_colours) says.
pub fn difference(heading: &str, before: &str, after: &str, colours: bool) -> String {
    let mut page = Page {
        text: String::new(),
        colours: if colours {
            Colours::Ansi
        } else {
            Colours::None
        },
    };
    page.line(Look::Heading, heading);
    page.difference(before, after, 0, 0);
    page.text
}

fn count(text: &str) -> isize {
    isize::try_from(text.lines().count()).unwrap_or_default()
}

/// `Kind namespace/name (file)`, and whether the object is new or goes.
pub(crate) fn heading(change: &ChangedObject<'_>) -> String {
    let what = match (&change.before, &change.after) {
        (None, _) => Some("new"),
        (_, None) => Some("removed"),
        _ => None,
    };
    let beside = |file: &str| match what {
        Some("new") => format!("beside {file}"),
        _ => file.to_owned(),
    };
    let told: Vec<String> = what
        .map(str::to_owned)
        .into_iter()
        .chain(change.file.map(beside))
        .collect();
    if told.is_empty() {
        return change.label.clone();
    }
    format!("{} ({})", change.label, told.join(", "))
}

/// What a line is.
#[derive(Clone, Copy)]
enum Look {
    Heading,
    Hunk,
    Context,
    Removed,
    Added,
}

impl Look {
    fn mark(self) -> &'static str {
        match self {
            Self::Heading | Self::Hunk => "",
            Self::Context => " ",
            Self::Removed => "-",
            Self::Added => "+",
        }
    }

    fn colour(self) -> Option<&'static str> {
        match self {
            Self::Heading => Some("\u{1b}[1m"),
            Self::Hunk => Some("\u{1b}[36m"),
            Self::Context => None,
            Self::Removed => Some("\u{1b}[31m"),
            Self::Added => Some("\u{1b}[32m"),
        }
    }
}

struct Page {
    text: String,
    colours: Colours,
}

impl Page {
    /// Two texts that stand behind so many lines each.
    fn difference(&mut self, before: &str, after: &str, first: usize, first_now: usize) {
        // Lines that stand once on each side are fixed points: it stays quick where a list of thousands of
        // objects is one document.
        let difference = TextDiff::configure()
            .algorithm(Algorithm::Patience)
            .diff_lines(before, after);
        let (olds, news) = (difference.old_slices(), difference.new_slices());
        for group in difference.grouped_ops(CONTEXT) {
            self.line(Look::Hunk, &hunk(&group, first, first_now));
            for operation in group {
                self.operation(&operation, olds, news);
            }
        }
    }

    fn operation(&mut self, operation: &DiffOp, olds: &[&str], news: &[&str]) {
        let old = olds.get(operation.old_range()).unwrap_or_default();
        let new = news.get(operation.new_range()).unwrap_or_default();
        let (removed, added) = match operation.tag() {
            DiffTag::Equal => return self.lines(Look::Context, old),
            DiffTag::Delete => (old, &[][..]),
            DiffTag::Insert => (&[][..], new),
            DiffTag::Replace => (old, new),
        };
        self.lines(Look::Removed, removed);
        self.lines(Look::Added, added);
    }

    fn lines(&mut self, look: Look, lines: &[&str]) {
        for line in lines {
            self.line(look, line);
        }
    }

    fn line(&mut self, look: Look, line: &str) {
        let line = line.trim_end_matches(['\n', '\r']);
        let colour = look.colour().filter(|_| self.colours == Colours::Ansi);
        self.text.push_str(colour.unwrap_or_default());
        self.text.push_str(look.mark());
        self.text.push_str(line);
        self.text.push_str(colour.map_or("", |_| "\u{1b}[0m"));
        self.text.push('\n');
    }
}

/// `@@ -from,count +from,count @@`.
fn hunk(group: &[DiffOp], first: usize, first_now: usize) -> String {
    let side = |ranges: Vec<std::ops::Range<usize>>, first: usize| {
        let start = ranges.first().map_or(0, |range| range.start);
        let end = ranges.last().map_or(0, |range| range.end);
        // Of no lines the one before is named.
        let from = first + start + usize::from(end > start);
        format!("{from},{}", end - start)
    };
    let old = group.iter().map(DiffOp::old_range).collect();
    let new = group.iter().map(DiffOp::new_range).collect();
    format!("@@ -{} +{} @@", side(old, first), side(new, first_now))
}
