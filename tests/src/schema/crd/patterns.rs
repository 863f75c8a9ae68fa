//! The patterns and formats that the definitions of custom resources have, written out: another one must be added here first.

/// Whether the text is as the pattern wants it; none for a pattern that is not known here.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let matches = match pattern {
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" => is_label(text),
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" => is_subdomain(text),
        r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" => {
            text.is_empty() || is_subdomain(text)
        }
        r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" => {
            is_subdomain(text.strip_prefix("*.").unwrap_or(text))
        }
        r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" => {
            let starts = text.starts_with(|first: char| first.is_ascii_alphabetic());
            starts && is_label(&text.to_ascii_lowercase())
        }
        // Prometheus' durations: the units from the largest down, each at most once.
        "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$" => {
            text == "0" || is_duration(text, &["y", "w", "d", "h", "m", "s", "ms"])
        }
        r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$" => is_go_duration(text, &["ms", "s", "m", "h"]),
        r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$" => is_go_duration(text, &["ms", "s", "m"]),
        "^oci://.*$" => text.starts_with("oci://"),
        "^[-._a-zA-Z0-9]+$" => {
            let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !text.is_empty() && text.bytes().all(is_key)
        }
        r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$" => {
            let is_token =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            !text.is_empty() && text.bytes().all(is_token)
        }
        _ => return None,
    };
    Some(matches)
}

/// Whether the text is of the format; none for a format that is not known here.
pub(super) fn has_format(name: &str, text: &str) -> Option<bool> {
    match name {
        "date-time" => {
            let time = format!("{text:?}");
            Some(serde_json::from_str::<Time>(&time).is_ok())
        }
        _ => None,
    }
}

type Time = k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

fn is_duration(text: &str, units: &[&str]) -> bool {
    let mut rest = text;
    for unit in units {
        let after = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let has_number = after.len() < rest.len();
        // 5ms are no 5 m, which an s follows.
        let is_other = *unit == "m" && after.starts_with("ms");
        match after.strip_prefix(unit) {
            Some(left) if has_number && !is_other => rest = left,
            _ => {}
        }
    }
    rest.is_empty()
}

/// Numbers with units, in any order and as often as one likes.
fn is_go_duration(text: &str, units: &[&str]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let is_part = |character: char| character.is_ascii_digit() || character == '.';
        let after = rest.trim_start_matches(is_part);
        let number = rest.strip_suffix(after).unwrap_or_default();
        let parts: Vec<&str> = number.split('.').collect();
        let is_number = parts.len() <= 2 && parts.iter().all(|part| !part.is_empty());
        let unit = units.iter().find_map(|unit| after.strip_prefix(unit));
        match unit {
            Some(left) if is_number => rest = left,
            _ => return false,
        }
    }
    !text.is_empty()
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_within = |byte: u8| byte == b'-' || is_end(Some(&byte));
    let bytes = text.as_bytes();
    is_end(bytes.first()) && is_end(bytes.last()) && text.bytes().all(is_within)
}
