//! Commands by which GitHub's runner shows findings beside the code.
//!
//! Their syntax and what must be escaped in it are those of `command.ts` in actions/toolkit
//! (packages/core/src/command.ts, commit 4b9afa4c890de9d1a84c75bb617ee4d96207823a).

use std::fmt::Write as _;

use super::Entry;
use crate::finding::Severity;

pub(super) fn text(entries: &[Entry<'_>]) -> String {
    let mut text = String::new();
    for entry in entries {
        let command = match entry.finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let properties = properties(entry).join(",");
        let message = escaped(&entry.message());
        let _ = writeln!(text, "::{command} {properties}::{message}");
    }
    text
}

fn properties(entry: &Entry<'_>) -> Vec<String> {
    let mut properties = Vec::new();
    let location = &entry.location;
    // A line of stdin is a line of no file.
    if let Some(file) = &location.file {
        properties.push(format!("file={}", escaped_property(file)));
        if let Some(position) = location.position {
            properties.push(format!("line={}", position.line));
            properties.push(format!("col={}", position.column));
        }
    }
    properties.push(format!("title={}", escaped_property(entry.rule())));
    properties
}

fn escaped(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        assert_eq!(escaped("50% of\r\na: b, c"), "50%25 of%0D%0Aa: b, c");
        assert_eq!(escaped_property("C:\\a,b%\n"), "C%3A\\a%2Cb%25%0A");
    }
}
