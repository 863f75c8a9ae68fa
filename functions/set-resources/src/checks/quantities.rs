//! An author's quantities, each by itself.

use std::borrow::Cow;

use sdk::{Node, Quantity, Severity, Value};

use super::{Check, called};
use crate::resolve::of;
use crate::shares::{Kind, Side, authored, place};

impl Check<'_, '_> {
    pub(super) fn quantities(&mut self) {
        let own = self.own;
        for (name, share) in &own.by_name {
            for (kind, side) in [(Kind::Request, &share.request), (Kind::Limit, &share.limit)] {
                let node = authored(own.container, kind, name);
                let node = node.filter(|_| matches!(side, Side::Authored(_)));
                if let Some(node) = node.filter(|node| is_known(*node)) {
                    self.quantity(kind, name, node);
                }
            }
        }
        self.units();
    }

    fn quantity(&mut self, kind: Kind, name: &str, node: Node<'_>) {
        match read(name, node) {
            Err((rule, message)) => {
                let place = place(self.own.container, kind, name);
                self.report(rule, Severity::Error, &place, message);
            }
            Ok(value) => {
                self.bounds(kind, name, value);
                self.suspicion(kind, name, &node.text().unwrap_or_default(), value);
            }
        }
    }

    /// An author's value stays where it is outside the bounds for ours.
    fn bounds(&mut self, kind: Kind, name: &str, value: Quantity) {
        let (min, max) = (of(self.settings.min, name), of(self.settings.max, name));
        let below = min.filter(|min| value < *min);
        let above = max.filter(|max| value > *max);
        let message = below.map(|min| too_little(kind, name, value, min));
        let message = message.or_else(|| above.map(|max| too_much(kind, name, value, max)));
        if let Some(message) = message {
            let place = place(self.own.container, kind, name);
            self.report("outside-bounds", Severity::Warning, &place, message);
        }
    }

    fn suspicion(&mut self, kind: Kind, name: &str, text: &str, value: Quantity) {
        let suspicion = match name {
            "cpu" => of_cores(text, value),
            "memory" => of_memory(text, value).or_else(|| of_fraction(text, value)),
            "ephemeral-storage" => of_fraction(text, value),
            _ => None,
        };
        if let Some((message, proposed)) = suspicion {
            let place = place(self.own.container, kind, name);
            let proposed = proposed.map(Value::String);
            self.propose(
                "suspicious-quantity",
                Severity::Warning,
                &place,
                message,
                proposed.as_ref(),
            );
        }
    }

    /// Both are right; next to each other they are read as the same.
    fn units(&mut self) {
        let container = self.own.container;
        let texts = Kind::ALL.map(|kind| {
            let node = authored(container, kind, "memory").filter(|node| is_known(*node));
            node.and_then(Node::text).unwrap_or_default()
        });
        let is_binary = |text: &Cow<'_, str>| text.ends_with('i');
        let is_decimal = |text: &Cow<'_, str>| text.ends_with(['k', 'M', 'G', 'T', 'P', 'E']);
        if texts.iter().any(is_binary) && texts.iter().any(is_decimal) {
            let message = mixed(&texts);
            let place = container.field("resources");
            self.report("mixed-units", Severity::Info, &place, message);
        }
    }
}

/// The value, if the API server takes it; else the rule that it breaks, and a message.
pub(super) fn read(name: &str, node: Node<'_>) -> Result<Quantity, (&'static str, String)> {
    match Quantity::of(node) {
        None => Err(("bad-quantity", NO_QUANTITY.to_owned())),
        Some(Err(error)) => Err(("bad-quantity", error.to_string())),
        Some(Ok(value)) if value.is_negative() => Err(("negative-quantity", negative(value))),
        Some(Ok(value)) if name == "cpu" && is_too_precise(value) => {
            let text = node.text().unwrap_or_default();
            Err(("cpu-too-precise", too_precise(&text)))
        }
        Some(Ok(value)) => Ok(value),
    }
}

/// A message, and what to write instead.
type Suspicion = (String, Option<String>);

fn of_cores(text: &str, value: Quantity) -> Option<Suspicion> {
    if is_bare(text) && value >= whole(100) {
        return Some(thousandths_meant(text));
    }
    (value > whole(128)).then(|| (too_many_cores(text), None))
}

fn of_memory(text: &str, value: Quantity) -> Option<Suspicion> {
    const MEBIBYTE: i128 = 1 << 20;
    if value.is_zero() || value >= whole(4 * MEBIBYTE) {
        return None;
    }
    if let Some(number) = text.strip_suffix('m') {
        return Some(mebibytes_meant(text, number));
    }
    let proposed = is_bare(text).then(|| format!("{text}Mi"));
    Some((too_small(text, proposed.as_deref()), proposed))
}

fn of_fraction(text: &str, value: Quantity) -> Option<Suspicion> {
    let what = if !value.is_whole() {
        "ends in a fraction of a byte"
    } else if text.ends_with('m') {
        "is written in thousandths of a byte"
    } else {
        return None;
    };
    let bytes = value.rounded_up(whole(1)).to_string();
    Some((format!("\"{text}\" {what}; write `{bytes}`"), Some(bytes)))
}

/// Whether there is something to read: what a later substitution fills in is anybody's guess.
pub(super) fn is_known(node: Node<'_>) -> bool {
    !node.is_null() && node.text().is_none_or(|text| !text.contains('$'))
}

fn is_bare(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_too_precise(value: Quantity) -> bool {
    !value.is_zero() && Quantity::parse("1m").is_ok_and(|least| value < least)
}

fn whole(units: i128) -> Quantity {
    Quantity::from_whole(units, Quantity::ZERO)
}

const NO_QUANTITY: &str = "must be a number, or a text such as `500m` or `1.5Gi`";

fn negative(value: Quantity) -> String {
    format!("must not be negative, but is {value}; write 0 or more")
}

fn too_many_cores(text: &str) -> String {
    format!("\"{text}\" is more cores than almost any machine has; check the suffix")
}

fn too_precise(text: &str) -> String {
    format!("\"{text}\" is less than a thousandth of a core, the least there is; write `1m`")
}

fn too_little(kind: Kind, name: &str, value: Quantity, min: Quantity) -> String {
    let (name, kind) = (called(name), kind.name());
    format!("the {name} {kind} of {value} is less than the `min` of {min}; change one of the two")
}

fn too_much(kind: Kind, name: &str, value: Quantity, max: Quantity) -> String {
    let (name, kind) = (called(name), kind.name());
    format!("the {name} {kind} of {value} is more than the `max` of {max}; change one of the two")
}

fn thousandths_meant(text: &str) -> Suspicion {
    let proposed = format!("{text}m");
    let message = format!(
        "\"{text}\" is {text} cores; write `{proposed}` if thousandths of a core are meant"
    );
    (message, Some(proposed))
}

fn mebibytes_meant(text: &str, number: &str) -> Suspicion {
    let proposed = format!("{number}Mi");
    let message = format!("\"{text}\" is {number} thousandths of a byte; write `{proposed}`");
    (message, Some(proposed))
}

fn too_small(text: &str, proposed: Option<&str>) -> String {
    match proposed {
        Some(proposed) => {
            format!("\"{text}\" is {text} bytes, too little to start; write `{proposed}`")
        }
        None => format!("\"{text}\" of memory is too little to start; check the suffix"),
    }
}

fn mixed(texts: &[Cow<'_, str>; 2]) -> String {
    let [request, limit] = texts;
    format!(
        "the memory request of \"{request}\" and the limit of \"{limit}\" mix powers of 1000 and of 1024; use one of the two"
    )
}
