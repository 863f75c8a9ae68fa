//! Tables in Markdown, from a JSON Schema, from rules and from presets.

use std::collections::BTreeSet;

use sdk::{Function, SHARED_RULES};
use serde_json::{Map, Value};

/// The fields of a configuration: those of `spec`, those of a layer, and those of every type in them.
pub(crate) fn config(schema: &Value) -> String {
    let spec = &schema["properties"]["spec"];
    let layer = &spec["properties"]["defaults"];
    let mut pages = Pages {
        schema,
        seen: BTreeSet::new(),
        waiting: Vec::new(),
    };
    let mut text = String::from("Fields of `spec`:\n\n");
    text += &pages.fields(spec);
    text += "\nFields of `defaults`, and of every entry of `overrides` beside its `target`:\n\n";
    text += &pages.fields(layer);
    // An entry of `overrides` is a layer with one field more.
    pages.of_type(&spec["properties"]["overrides"]["items"]["properties"]["target"]);
    pages.of_type(&spec["properties"]["environments"]["additionalProperties"]);
    text += "\nAn entry of `environments` has `extends`, which names the environment to lay it over, and any of the fields above but `environments` and `overrides`.\n";
    let mut done = 0;
    while let Some(name) = pages.waiting.get(done).cloned() {
        done += 1;
        let definition = &schema["definitions"][name.as_str()];
        text += &format!("\n`{name}`: {}\n\n", prose(&about(definition).0));
        text += &match definition.get("properties") {
            Some(_) => pages.fields(definition),
            None => values(definition),
        };
    }
    text
}

struct Pages<'s> {
    schema: &'s Value,
    seen: BTreeSet<String>,
    /// Types that a table was promised for.
    waiting: Vec<String>,
}

impl Pages<'_> {
    fn fields(&mut self, object: &Value) -> String {
        let mut rows = String::from("| field | type | default | what it is |\n|---|---|---|---|\n");
        for (name, field) in object["properties"].as_object().into_iter().flatten() {
            let (text, default) = about(field);
            let default = default.unwrap_or_default();
            rows += &format!(
                "| `{name}` | {} | {} | {} |\n",
                self.of_type(field),
                cell(&default),
                cell(&text)
            );
        }
        rows
    }

    /// A type in words.
    fn of_type(&mut self, field: &Value) -> String {
        if let Some(name) = field["$ref"]
            .as_str()
            .and_then(|text| text.rsplit('/').next())
        {
            return self.of_definition(name);
        }
        if let Some([only]) = field["allOf"].as_array().map(Vec::as_slice) {
            return self.of_type(only);
        }
        let choices = field["anyOf"].as_array().or(field["oneOf"].as_array());
        if let Some(choices) = choices {
            let choices: Vec<String> = choices
                .iter()
                .filter(|choice| choice["type"] != "null")
                .map(|choice| self.of_type(choice))
                .collect();
            return choices.join(" or ");
        }
        if let Some(value) = field.get("const") {
            return code(value);
        }
        if let Some(values) = field["enum"].as_array() {
            return values
                .iter()
                .filter(|value| !value.is_null())
                .map(code)
                .collect::<Vec<_>>()
                .join(" or ");
        }
        let names = field["type"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([&field["type"]])
            .filter_map(Value::as_str);
        match names
            .filter(|name| *name != "null")
            .collect::<Vec<_>>()
            .as_slice()
        {
            ["array"] => format!("list of {}", self.of_type(&field["items"])),
            ["object"] if field["additionalProperties"].is_object() => {
                let values = &field["additionalProperties"];
                if values.get("properties").is_some() {
                    "map".to_owned()
                } else {
                    format!("map to {}", self.of_type(values))
                }
            }
            ["object"] => "map".to_owned(),
            names => names.join(" or "),
        }
    }

    fn of_definition(&mut self, name: &str) -> String {
        let definition = &self.schema["definitions"][name];
        let has_values = definition["oneOf"]
            .as_array()
            .is_some_and(|values| values.iter().any(|value| value.get("const").is_some()));
        if definition.get("properties").is_none() && !has_values {
            return self.of_type(definition);
        }
        if self.seen.insert(name.to_owned()) {
            self.waiting.push(name.to_owned());
        }
        format!("`{name}`")
    }
}

/// The values of a type that has just these.
fn values(definition: &Value) -> String {
    let mut rows = String::from("| value | what it means |\n|---|---|\n");
    for value in definition["oneOf"].as_array().into_iter().flatten() {
        // Values without a word of their own share one entry.
        let names = value
            .get("const")
            .into_iter()
            .chain(value["enum"].as_array().into_iter().flatten());
        let names: Vec<String> = names.map(code).collect();
        rows += &format!("| {} | {} |\n", names.join(", "), cell(&about(value).0));
    }
    rows
}

/// What a description says, and the default that it ends with.
fn about(field: &Value) -> (String, Option<String>) {
    let text = field["description"]
        .as_str()
        .unwrap_or_default()
        .replace('\n', " ");
    match text.split_once("Default: ") {
        Some((text, default)) => {
            let default = default.trim_end();
            (
                text.trim_end().to_owned(),
                Some(default.strip_suffix('.').unwrap_or(default).to_owned()),
            )
        }
        None => (text, None),
    }
}

fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}

fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}

fn prose(text: &str) -> String {
    text.trim().trim_end_matches('.').to_owned() + "."
}

/// Every rule, its severity and what it is about.
pub(crate) fn rules<F: Function>() -> String {
    let mut rows = String::from("| rule | severity | what it says |\n|---|---|---|\n");
    for rule in F::RULES.iter().chain(SHARED_RULES) {
        rows += &format!(
            "| `{}/{}` | {} | {} |\n",
            F::NAME,
            rule.slug,
            rule.severity.as_str(),
            cell(rule.about)
        );
    }
    rows
}

/// The rows of a preset file: for which images, how each probe asks, and why so.
pub(crate) fn presets(file: &str) -> String {
    let rows: Vec<Map<String, Value>> =
        serde_yaml::from_str(file).expect("presets are a list of rows");
    let mut text = String::from("| images | readiness | liveness | why |\n|---|---|---|---|\n");
    for row in rows {
        let images = row["images"]
            .as_array()
            .into_iter()
            .flatten()
            .map(code)
            .collect::<Vec<_>>()
            .join(", ");
        let tags = row
            .get("tags")
            .and_then(Value::as_array)
            .map_or_else(String::new, |tags| {
                format!(
                    ", tags {}",
                    tags.iter().map(code).collect::<Vec<_>>().join(", ")
                )
            });
        let probe = |name: &str| row.get(name).map_or_else(|| "none".to_owned(), handler);
        let reason = row
            .get("reason")
            .and_then(Value::as_str)
            .unwrap_or_default();
        text += &format!(
            "| {images}{tags} | {} | {} | {} |\n",
            probe("readiness"),
            probe("liveness"),
            cell(&names_as_code(reason))
        );
    }
    text
}

/// Puts names such as `JetStream` in back-quotes, as the lints of the crate that includes the page want them.
fn names_as_code(text: &str) -> String {
    let is_name = |word: &str| {
        let letters = || word.chars();
        let has_hump = letters()
            .zip(letters().skip(1))
            .any(|(one, next)| one.is_lowercase() && next.is_uppercase());
        has_hump && letters().all(char::is_alphanumeric)
    };
    let words = text.split(' ').map(|word| {
        if is_name(word) {
            format!("`{word}`")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn handler(probe: &Value) -> String {
    let http = &probe["httpGet"];
    match (
        http["path"].as_str(),
        probe["exec"]["command"].as_array().map(Vec::as_slice),
    ) {
        (Some(path), _) if http["scheme"] == "HTTPS" => format!("HTTPS `{path}`"),
        (Some(path), _) => format!("HTTP `{path}`"),
        (_, Some([shell, .., _script])) if shell == "sh" => "a shell command".to_owned(),
        (_, Some([program, ..])) => format!("the command {}", code(program)),
        _ => "a connection".to_owned(),
    }
}
