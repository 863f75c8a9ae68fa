//! The patterns and formats that the definitions of meshes have, written out: another one must be added here first.

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
