//! The entries of `results`, and where they stand.

use serde_json::{Value, json};

use super::Entry;

pub(super) fn text(entries: &[Entry<'_>]) -> String {
    let located = entries.iter().map(|entry| {
        let mut result = entry.result.clone();
        let location = &entry.location;
        if let (Value::Object(fields), true) = (
            &mut result,
            location.file.is_some() || location.position.is_some(),
        ) {
            let mut place = serde_json::Map::new();
            if let Some(file) = &location.file {
                place.insert("file".to_owned(), file.as_str().into());
            }
            if let Some(position) = location.position {
                place.insert("line".to_owned(), position.line.into());
                place.insert("column".to_owned(), position.column.into());
            }
            fields.insert("location".to_owned(), Value::Object(place));
        }
        result
    });
    let report = json!({"results": located.collect::<Vec<_>>()});
    format!("{report:#}\n")
}
