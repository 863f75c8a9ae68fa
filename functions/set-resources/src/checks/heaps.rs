//! How much memory a language's runtime is told to take, beside what its container may.

use sdk::{Container, Node, Place, Quantity, Severity};

use super::Check;
use crate::shares::Kind;

impl Check<'_, '_> {
    pub(super) fn heaps(&mut self) {
        // A limit of 0 is none.
        let limit = self.standing(Kind::Limit, "memory");
        if let Some(limit) = limit.filter(|limit| !limit.is_zero()) {
            for told in told(self.own.container) {
                if let Some(flag) = exceeding(&told.text, limit) {
                    let message = exceeds(&flag, limit);
                    let rule = "runtime-exceeds-limit";
                    self.report(rule, Severity::Warning, &told.place(), message);
                }
            }
        }
        if let Some(place) = tied(self.own.container) {
            self.report("runtime-tied", Severity::Info, &place, TIED);
        }
    }
}

/// Something that a container is told when it starts.
pub(crate) struct Told<'r> {
    container: Container<'r>,
    list: &'static str,
    index: usize,
    /// A variable as `NAME=VALUE`, or a word of the command.
    pub(crate) text: String,
}

impl Told<'_> {
    pub(crate) fn place(&self) -> Place {
        self.container.field(self.list).field(self.index)
    }
}

/// Whether a text holds a part of any option or variable of a runtime; most texts hold none.
fn may_tell(text: &str) -> bool {
    let parts: [&[u8; 4]; 5] = [b"GOME", b"-Xmx", b"-XX:", b"old-", b"old_"];
    let windows = text.as_bytes().windows(4);
    windows
        .into_iter()
        .any(|window| parts.iter().any(|part| window == *part))
}

/// Everything about a runtime's memory that is told to a container in words.
pub(crate) fn told(container: Container<'_>) -> impl Iterator<Item = Told<'_>> {
    ["env", "command", "args"]
        .into_iter()
        .flat_map(move |list| {
            items(container, list).filter_map(move |(index, node)| {
                let text = match list {
                    "env" => {
                        let (name, value) = (node.get("name")?.text()?, node.get("value")?.text()?);
                        (may_tell(&name) || may_tell(&value)).then(|| format!("{name}={value}"))?
                    }
                    _ => node.text().filter(|text| may_tell(text))?.into_owned(),
                };
                Some(Told {
                    container,
                    list,
                    index,
                    text,
                })
            })
        })
}

fn items<'r>(
    container: Container<'r>,
    field: &str,
) -> impl Iterator<Item = (usize, Node<'r>)> + use<'r> {
    let list = container.get(field);
    list.into_iter().flat_map(Node::items).enumerate()
}

/// What stands before an amount, and how the amount is read.
type Flag = (&'static str, fn(&str) -> Option<Quantity>);

const FLAGS: [Flag; 4] = [
    ("GOMEMLIMIT=", go),
    ("-Xmx", java),
    ("max-old-space-size=", node),
    ("max_old_space_size=", node),
];

/// The first of the flags in a text that tells a runtime to take more than the limit.
fn exceeding(text: &str, limit: Quantity) -> Option<String> {
    for (flag, read) in FLAGS {
        for (at, _) in text.match_indices(flag) {
            let is_start =
                |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let amount = amount(text.get(at + flag.len()..)?);
            let exceeds = read(amount).is_some_and(|value| value > limit);
            if exceeds && text.get(..at).is_some_and(is_start) {
                return Some(format!("{flag}{amount}"));
            }
        }
    }
    None
}

/// What the text begins with, up to a blank or a quote.
fn amount(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// `GOMEMLIMIT`: bytes, or powers of 1024.
fn go(amount: &str) -> Option<Quantity> {
    in_units(amount, |unit| match unit {
        "" | "B" => Some(""),
        "KiB" => Some("Ki"),
        "MiB" => Some("Mi"),
        "GiB" => Some("Gi"),
        "TiB" => Some("Ti"),
        _ => None,
    })
}

/// `-Xmx`: bytes, or powers of 1024, in either case.
fn java(amount: &str) -> Option<Quantity> {
    in_units(amount, |unit| match unit {
        "" => Some(""),
        "k" | "K" => Some("Ki"),
        "m" | "M" => Some("Mi"),
        "g" | "G" => Some("Gi"),
        "t" | "T" => Some("Ti"),
        _ => None,
    })
}

/// `--max-old-space-size`: mebibytes.
fn node(amount: &str) -> Option<Quantity> {
    in_units(amount, |unit| unit.is_empty().then_some("Mi"))
}

/// A whole number with a runtime's unit, by the suffix of Kubernetes that means the same.
fn in_units(amount: &str, suffix: impl Fn(&str) -> Option<&'static str>) -> Option<Quantity> {
    let end = amount.find(|c: char| !c.is_ascii_digit());
    let (digits, unit) = amount.split_at(end.unwrap_or(amount.len()));
    let suffix = suffix(unit).filter(|_| !digits.is_empty())?;
    Quantity::parse(&format!("{digits}{suffix}")).ok()
}

/// A `GOMEMLIMIT` that is the memory limit itself.
fn tied(container: Container<'_>) -> Option<Place> {
    let is_tied = |node: Node<'_>| {
        let text = |path: &[&str]| node.at(path).and_then(Node::text).unwrap_or_default();
        text(&["name"]) == "GOMEMLIMIT"
            && text(&["valueFrom", "resourceFieldRef", "resource"]) == "limits.memory"
    };
    let (index, _) = items(container, "env").find(|(_, node)| is_tied(*node))?;
    Some(container.field("env").field(index))
}

fn exceeds(flag: &str, limit: Quantity) -> String {
    format!(
        "`{flag}` is more than the memory limit of {limit}, so the container is killed before the runtime saves memory; lower it"
    )
}

const TIED: &str = "is 100 % of the memory limit, which leaves nothing for memory that Go doesn't count; replace it by about 90 % of the limit";
