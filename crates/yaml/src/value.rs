//! Values: what a node means as JSON, and whether two spellings mean the same.

use serde_json::{Map, Number, Value};

use crate::resolve::Scalar;
use crate::text::Error;
use crate::tree::{CODED, Form, Kind, MERGE, Node, PROPS, RawNode};

impl Node<'_> {
    /// The value as JSON, as kustomize would see it: aliases followed, merge keys merged.
    ///
    /// An error where JSON has no such value: a key that is a map, infinity, not-a-number.
    pub fn to_value(self) -> Result<Value, Error> {
        match self.kind() {
            Kind::Scalar => self.scalar_value(),
            Kind::Seq => self.items().map(Node::to_value).collect(),
            Kind::Map => {
                let mut map = Map::new();
                self.fill(&mut map)?;
                Ok(Value::Object(map))
            }
        }
    }

    /// Own keys first; a merge adds only what is not there yet.
    fn fill(self, map: &mut Map<String, Value>) -> Result<(), Error> {
        for (key, value) in self.entries().filter(|(key, _)| !key.is_merge()) {
            let Some(name) = key.text() else {
                return Err(key.error("a key must be a single value, not a map or a list"));
            };
            if !map.contains_key(name.as_ref()) {
                map.insert(name.into_owned(), value.to_value()?);
            }
        }
        self.merged().try_for_each(|source| source.fill(map))
    }

    fn scalar_value(self) -> Result<Value, Error> {
        Ok(match self.scalar() {
            None | Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(value)) => Value::Bool(value),
            Some(Scalar::Int(number)) => Value::from(number),
            Some(Scalar::Uint(number)) => Value::from(number),
            Some(Scalar::Float(number)) => Number::from_f64(number)
                .map(Value::Number)
                .ok_or_else(|| self.error("JSON has no such number; put it in quotes"))?,
            Some(Scalar::Str(text) | Scalar::Timestamp(text)) => Value::String(text.into_owned()),
        })
    }

    /// Whether the node means `value`.
    pub fn means(self, value: &Value) -> bool {
        match (self.kind(), value) {
            (Kind::Map, Value::Object(_)) if self.resolved().raw().has(MERGE) => {
                self.to_value().is_ok_and(|own| own == *value)
            }
            (Kind::Map, Value::Object(map)) => {
                // What was written from the value has its keys in the same order.
                let mut expected = map.iter();
                self.entries().count() == map.len()
                    && self.entries().all(|(key, node)| {
                        let next = expected.next();
                        key.text().is_some_and(|name| {
                            let next = next.filter(|(next, _)| **next == name);
                            let value = next.map(|(_, value)| value);
                            let value = value.or_else(|| map.get(name.as_ref()));
                            value.is_some_and(|value| node.means(value))
                        })
                    })
            }
            (Kind::Seq, Value::Array(list)) => {
                self.items().count() == list.len()
                    && self
                        .items()
                        .zip(list)
                        .all(|(node, value)| node.means(value))
            }
            (Kind::Scalar, Value::String(expected)) => match self.scalar() {
                Some(Scalar::Str(text) | Scalar::Timestamp(text)) => text == *expected,
                _ => false,
            },
            (Kind::Scalar, Value::Null | Value::Bool(_) | Value::Number(_)) => {
                self.scalar_value().is_ok_and(|own| own == *value)
            }
            _ => false,
        }
    }

    /// Whether two nodes mean the same, keys in the same order.
    pub(crate) fn same_as(self, other: Self) -> bool {
        let (own, others) = (self.raw(), other.raw());
        if own.form() == Form::Alias && others.form() == Form::Alias {
            // Anchors are compared where they stand.
            return self.source() == other.source();
        }
        if self.is_same_text_as(other) {
            return true;
        }
        match (self.kind(), other.kind()) {
            (Kind::Map, Kind::Map) => {
                let (mut own, mut others) = (self.entries(), other.entries());
                loop {
                    match (own.next(), others.next()) {
                        (None, None) => return true,
                        (Some(own), Some(other))
                            if own.0.same_as(other.0) && own.1.same_as(other.1) => {}
                        _ => return false,
                    }
                }
            }
            (Kind::Seq, Kind::Seq) => {
                let (mut own, mut others) = (self.items(), other.items());
                loop {
                    match (own.next(), others.next()) {
                        (None, None) => return true,
                        (Some(own), Some(other)) if own.same_as(other) => {}
                        _ => return false,
                    }
                }
            }
            (Kind::Scalar, Kind::Scalar) => {
                let is_verbatim = own.form() == others.form()
                    && !own.form().is_block_scalar()
                    && !own.has(CODED)
                    && !others.has(CODED)
                    && self.source() == other.source();
                is_verbatim || same_scalar(self.scalar(), other.scalar())
            }
            _ => false,
        }
    }
}

impl Node<'_> {
    /// Whether a collection and all in it stand in the text just as in the other's, so that nothing needs decoding.
    /// What reaches beyond its own text to mean something (aliases, anchors, tags, the end of a block scalar) is left
    /// to the comparison of meanings.
    fn is_same_text_as(self, other: Self) -> bool {
        let (first, other_first) = (self.raw(), other.raw());
        let is_alike = |one: RawNode, other: RawNode| {
            let is_plain_text =
                !one.form().is_block_scalar() && one.form() != Form::Alias && !one.has(PROPS);
            is_plain_text
                && one.has_bits_of(other)
                && one.start.wrapping_sub(first.start)
                    == other.start.wrapping_sub(other_first.start)
                && one.end.wrapping_sub(first.start) == other.end.wrapping_sub(other_first.start)
        };
        let is_collection = first.form().is_map() || first.form().is_seq();
        if !is_collection || self.source() != other.source() {
            return false;
        }
        let (mut own, mut others) = (self.subtree(), other.subtree());
        loop {
            match (own.next(), others.next()) {
                (None, None) => return true,
                (Some((id, one)), Some((other_id, two))) => {
                    let is_as_wide = one.next.wrapping_sub(id) == two.next.wrapping_sub(other_id);
                    if !is_as_wide || !is_alike(one, two) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }
}

/// Equal meaning; two not-a-numbers are the same here.
fn same_scalar(one: Option<Scalar<'_>>, other: Option<Scalar<'_>>) -> bool {
    match (one, other) {
        (Some(Scalar::Float(one)), Some(Scalar::Float(other))) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}
