//! What is wrong with a text that is no quantity, and what to write instead.

use std::fmt;

use super::Quantity;

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    text: String,
    problem: Problem,
}

/// Where the grammar was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoDigits,
    Points,
    Suffix,
    TooLarge,
}

impl QuantityError {
    pub(super) fn new(text: &str, problem: Problem) -> Self {
        Self {
            text: text.to_owned(),
            problem,
        }
    }

    /// What is wrong, and what to do.
    fn advice(&self) -> (&'static str, String) {
        let text = self.text.as_str();
        if text.contains(char::is_whitespace) {
            return ("must not have blanks", without_blanks(text));
        }
        if text.chars().any(|c| c.is_numeric() && !c.is_ascii()) {
            let advice = "write the digits 0 to 9";
            return ("has digits that Kubernetes doesn't read", advice.to_owned());
        }
        if text.trim_start_matches(['+', '-']).len() + 1 < text.len() {
            return ("must have one sign at most", with_one_sign(text));
        }
        match self.problem {
            Problem::NoDigits => ("must begin with a number", EXAMPLE.to_owned()),
            Problem::Points => ("must have one decimal point at most", EXAMPLE.to_owned()),
            Problem::Suffix => ("has a suffix that Kubernetes doesn't know", hint(text)),
            Problem::TooLarge => ("is too large", format!("write at most {}", i64::MAX)),
        }
    }
}

impl std::error::Error for QuantityError {}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.trim().is_empty() {
            return write!(f, "a quantity must not be empty; {EXAMPLE}");
        }
        let (mistake, advice) = self.advice();
        write!(f, "\"{}\" {mistake}; {advice}", self.text)
    }
}

const EXAMPLE: &str = "write a quantity such as `500m` or `1.5Gi`";

/// The text, if it is a quantity; it may have other mistakes too.
fn suggest(text: &str) -> String {
    match Quantity::parse(text) {
        Ok(_) => format!("write `{text}`"),
        Err(_) => EXAMPLE.to_owned(),
    }
}

fn without_blanks(text: &str) -> String {
    suggest(&text.split_whitespace().collect::<String>())
}

fn with_one_sign(text: &str) -> String {
    let number = text.trim_start_matches(['+', '-']);
    let sign = if text.starts_with('-') { "-" } else { "" };
    suggest(&format!("{sign}{number}"))
}

/// Units that people write, with what they may mean.
const POWERS: [(&str, &str); 6] = [
    ("k", "use `Ki` (1024) or `k` (1000)"),
    ("m", "use `Mi` (1024^2) or `M` (1000^2)"),
    ("g", "use `Gi` (1024^3) or `G` (1000^3)"),
    ("t", "use `Ti` (1024^4) or `T` (1000^4)"),
    ("p", "use `Pi` (1024^5) or `P` (1000^5)"),
    ("e", "use `Ei` (1024^6) or `E` (1000^6)"),
];

/// What to write instead of a suffix that there isn't.
fn hint(text: &str) -> String {
    let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let exponent = suffix.strip_prefix(['e', 'E']).unwrap_or_default();
    if exponent.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)) || suffix == "e" {
        return "write an exponent as in `1e3`".to_owned();
    }
    let lower = suffix.to_lowercase();
    let unit = lower.strip_suffix("bytes").or(lower.strip_suffix('b'));
    let unit = unit.unwrap_or(&lower);
    let known = |unit: &str| POWERS.iter().find(|(letter, _)| *letter == unit);
    let binary = unit.strip_suffix('i').and_then(known);
    match (unit, binary, known(unit)) {
        (_, Some((letter, _)), _) => format!("use `{}i`", letter.to_uppercase()),
        (_, _, Some((_, advice))) => (*advice).to_owned(),
        ("" | "c" | "core" | "cores" | "cpu" | "cpus" | "vcpu" | "vcpus", ..) => {
            "write the number alone".to_owned()
        }
        ("n" | "u", ..) => format!("use `{unit}`"),
        ("\u{b5}" | "\u{3bc}", ..) => "use `u`".to_owned(),
        _ => "use none or one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei".to_owned(),
    }
}
