//! Values against a JSON Schema, as an editor checks them: the words of draft 7 that our schemas use. A word
//! that isn't known here is a mistake, so that nothing is taken for checked that isn't.

use serde_json::{Map, Value};

/// Everything that is wrong with `value`, a line each.
pub(crate) fn mistakes(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check {
        root: schema,
        mistakes: Vec::new(),
    };
    check.value(schema, value, "");
    check.mistakes
}

struct Check<'s> {
    root: &'s Value,
    mistakes: Vec<String>,
}

impl<'s> Check<'s> {
    fn value(&mut self, schema: &'s Value, value: &Value, path: &str) {
        match schema {
            Value::Bool(true) => {}
            Value::Object(words) => words
                .iter()
                .for_each(|(word, wanted)| self.word(words, word, wanted, value, path)),
            _ => self
                .mistakes
                .push(format!("{path}: nothing may stand here")),
        }
    }

    fn word(
        &mut self,
        words: &'s Map<String, Value>,
        word: &str,
        wanted: &'s Value,
        value: &Value,
        path: &str,
    ) {
        let schemas = || wanted.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_right = match word {
            "$schema" | "title" | "description" | "default" | "definitions" | "format" => true,
            "$ref" => return self.reference(wanted, value, path),
            "allOf" => {
                return schemas()
                    .iter()
                    .for_each(|schema| self.value(schema, value, path));
            }
            "anyOf" => schemas().iter().any(|schema| self.fits(schema, value)),
            "oneOf" => {
                schemas()
                    .iter()
                    .filter(|schema| self.fits(schema, value))
                    .count()
                    == 1
            }
            "properties" | "additionalProperties" | "required" => {
                return self.fields(words, word, value, path);
            }
            "items" => return self.items(wanted, value, path),
            "type" => wanted
                .as_str()
                .into_iter()
                .chain(schemas().iter().filter_map(Value::as_str))
                .any(|name| is(name, value)),
            "const" => wanted == value,
            "enum" => schemas().contains(value),
            "uniqueItems" => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                *wanted != true
                    || items
                        .iter()
                        .enumerate()
                        .all(|(number, item)| !items[..number].contains(item))
            }
            "minimum" => value
                .as_f64()
                .is_none_or(|number| wanted.as_f64().is_some_and(|least| number >= least)),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| wanted.as_f64().is_some_and(|most| number <= most)),
            "pattern" => value
                .as_str()
                .is_none_or(|text| matches(wanted.as_str().unwrap_or_default(), text)),
            _ => {
                self.mistakes.push(format!(
                    "{path}: the check doesn't know the word `{word}` of JSON Schema"
                ));
                true
            }
        };
        if !is_right {
            self.mistakes
                .push(format!("{path}: {value} is refused by {word} {wanted}"));
        }
    }

    fn fits(&self, schema: &'s Value, value: &Value) -> bool {
        let mut check = Check {
            root: self.root,
            mistakes: Vec::new(),
        };
        check.value(schema, value, "");
        check.mistakes.is_empty()
    }

    fn reference(&mut self, wanted: &Value, value: &Value, path: &str) {
        let pointer = wanted.as_str().and_then(|text| text.strip_prefix('#'));
        match pointer.and_then(|pointer| self.root.pointer(pointer)) {
            Some(schema) => self.value(schema, value, path),
            None => self
                .mistakes
                .push(format!("{path}: {wanted} leads nowhere")),
        }
    }

    fn fields(&mut self, words: &'s Map<String, Value>, word: &str, value: &Value, path: &str) {
        let Some(map) = value.as_object() else { return };
        let known = words.get("properties").and_then(Value::as_object);
        let schema_of = |key: &str| known.and_then(|known| known.get(key));
        match word {
            "required" => {
                let required = words
                    .get(word)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let missing = required.filter(|key| !map.contains_key(*key));
                self.mistakes
                    .extend(missing.map(|key| format!("{path}: {key} is missing")));
            }
            "properties" => {
                for (key, value) in map {
                    if let Some(schema) = schema_of(key) {
                        self.value(schema, value, &format!("{path}/{key}"));
                    }
                }
            }
            _ => {
                for (key, value) in map.iter().filter(|(key, _)| schema_of(key).is_none()) {
                    self.value(&words[word], value, &format!("{path}/{key}"));
                }
            }
        }
    }

    fn items(&mut self, wanted: &'s Value, value: &Value, path: &str) {
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            self.value(wanted, item, &format!("{path}/{number}"));
        }
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// The patterns of our schemas, written out; another one must be added here first.
fn matches(pattern: &str, text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match pattern {
        r"^[a-z0-9-]{1,15}$" => {
            let fits =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=15).contains(&text.len()) && text.bytes().all(fits)
        }
        r"^v?1\.[0-9]+(\.[0-9]+)?$" => {
            let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.");
            rest.is_some_and(|rest| rest.split('.').count() <= 2 && rest.split('.').all(is_number))
        }
        r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$" => {
            sdk::Quantity::parse(text).is_ok()
        }
        "^[0-9]+%$" => text.strip_suffix('%').is_some_and(is_number),
        "^(match|none|size:.+)$" => {
            matches!(text, "match" | "none")
                || text
                    .strip_prefix("size:")
                    .is_some_and(|name| !name.is_empty())
        }
        _ => panic!("the check doesn't know the pattern {pattern}"),
    }
}

#[test]
fn each_word_of_json_schema_refuses_what_it_must() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "definitions": {"Port": {"type": "integer", "minimum": 1, "maximum": 9}},
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z0-9-]{1,15}$"},
            "port": {"$ref": "#/definitions/Port"},
            "ports": {"type": "array", "items": {"allOf": [{"$ref": "#/definitions/Port"}]}},
            "mode": {"enum": ["a", true]},
            "kind": {"const": "K"},
            "version": {"pattern": r"^v?1\.[0-9]+(\.[0-9]+)?$"},
            "either": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
            "once": {"type": "array", "uniqueItems": true},
            "one": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        },
    });
    let wrong = |value: Value| mistakes(&schema, &value).len();
    let fine = serde_json::json!({"name": "a-1", "port": 9, "ports": [1], "mode": true, "kind": "K", "version": "v1.30.2", "either": null, "once": [1, 2], "one": 1.5});
    assert_eq!(mistakes(&schema, &fine), Vec::<String>::new());
    for (field, value) in [
        ("name", serde_json::json!("A")),
        ("name", serde_json::json!("a-name-of-16-abc")),
        ("port", serde_json::json!(10)),
        ("port", serde_json::json!(0)),
        ("ports", serde_json::json!([1, "x"])),
        ("mode", serde_json::json!("b")),
        ("kind", serde_json::json!("L")),
        ("version", serde_json::json!("1.2.3.4")),
        ("version", serde_json::json!("2.1")),
        ("either", serde_json::json!("x")),
        ("one", serde_json::json!(1)),
        ("once", serde_json::json!([1, 2, 1])),
        ("unknown", serde_json::json!(1)),
    ] {
        let mut broken = fine.clone();
        broken[field] = value;
        assert_eq!(wrong(broken), 1, "{field}");
    }
    assert_eq!(wrong(serde_json::json!({})), 1);
    assert_eq!(
        mistakes(&serde_json::json!({"multipleOf": 2}), &serde_json::json!(3)).len(),
        1
    );
}
