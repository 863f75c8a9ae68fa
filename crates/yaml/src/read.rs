//! Typed reading: strict, and with every mistake at once.
//!
//! serde stops at the first mistake. A layer of configuration has only optional fields, so what is
//! wrong can be left out and the rest read again, until all mistakes are known. Types are strict: `5`
//! is no text and `"5"` is no number, since a reader behind us would not take them for each other.
//!
//! What is generic is compiled for every type that is read, which makes up much of a program: it is kept small, and
//! calls what is not.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Unexpected, Visitor,
};

use serde_json::Value;

use crate::emit::Style;
use crate::path::Path;
use crate::resolve::Scalar;
use crate::text::{Error, Position};
use crate::tree::{Entries, Items, Kind, Node, Stream};

/// A mistake in a typed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which field; from the node that was read.
    pub path: Path,
    /// Where it stands.
    pub position: Position,
    /// What is wrong and what to do, without the place.
    pub message: String,
}

/// More mistakes than this say nothing new.
const MOST_MISTAKES: usize = 100;

/// Reads a node as `T`, or says everything that is wrong with it. The fields named in `besides` belong
/// to somebody else and are passed over in the outermost map.
pub fn read<T: DeserializeOwned>(node: Node<'_>, besides: &[&str]) -> Result<T, Vec<Mistake>> {
    match read_all(node, besides) {
        (Some(value), mistakes) if mistakes.is_empty() => Ok(value),
        (_, mistakes) => Err(mistakes),
    }
}

/// Reads a data file that comes with a program, whose tests show that it has no mistakes.
pub fn data<T: DeserializeOwned + Default>(text: &str) -> T {
    let stream = crate::parse(text.to_owned()).ok();
    let root = stream.as_ref().and_then(root_of);
    root.and_then(|root| read(root, &[]).ok())
        .unwrap_or_default()
}

fn root_of(stream: &Stream) -> Option<Node<'_>> {
    stream.documents().next()?.root()
}

/// Reads a value as `T`, as if it were written out: types are read by one reader, and compiled for it once.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Mistake>> {
    let stream = written_out(value).map_err(refused)?;
    let root = root_of(&stream).ok_or_else(|| refused(Error::new("", 0, "a value is missing")))?;
    read(root, &[])
}

fn written_out(value: &Value) -> Result<Stream, Error> {
    crate::parse(crate::to_string(value, Style::default()))
}

fn refused(error: Error) -> Vec<Mistake> {
    vec![Mistake {
        path: Path::default(),
        position: error.position,
        message: error.message,
    }]
}

/// Like [`read`], with the value that is left when what is wrong is left out, where there is one.
pub fn read_all<T: DeserializeOwned>(
    node: Node<'_>,
    besides: &[&str],
) -> (Option<T>, Vec<Mistake>) {
    let memory = RefCell::new(State::default());
    loop {
        let reader = Reader {
            node,
            path: &Trail::Root,
            state: &memory,
            besides,
        };
        let failure = match T::deserialize(reader) {
            Ok(value) => return (Some(value), memory.into_inner().mistakes),
            Err(failure) => failure,
        };
        let is_left_out = memory.borrow_mut().leaves_out(failure, node);
        if !is_left_out {
            return (None, memory.into_inner().mistakes);
        }
    }
}

#[derive(Default)]
struct State {
    mistakes: Vec<Mistake>,
    /// Values that were wrong and are read as if they weren't there.
    left_out: BTreeSet<u32>,
}

impl State {
    /// Notes a mistake below `node`, whether or not the rest can be read without what is wrong.
    fn leaves_out(&mut self, failure: Failure, node: Node<'_>) -> bool {
        let Fault {
            message,
            place,
            missing,
        } = *failure.0;
        let (id, path) = place.unwrap_or_else(|| (node.id(), Path::default()));
        let culprit = node.stream().node(id);
        // What misses a field only because the field was wrong has been told already.
        let is_consequence = missing.is_some_and(|field| culprit.get(field).is_some());
        if !is_consequence {
            self.add(culprit, path, message);
        }
        let is_stuck = !self.left_out.insert(id) || id == node.id();
        !is_stuck && self.mistakes.len() < MOST_MISTAKES
    }

    fn add(&mut self, node: Node<'_>, path: Path, message: String) {
        let mistake = Mistake {
            path,
            position: node.position(),
            message,
        };
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }
}

/// The way from the root to a node, borrowed from the callers' frames.
enum Trail<'p> {
    Root,
    Key(&'p Self, &'p str),
    Index(&'p Self, usize),
}

impl Trail<'_> {
    fn path(&self) -> Path {
        match self {
            Self::Root => Path::default(),
            Self::Key(parent, key) => parent.path().join(*key),
            Self::Index(parent, index) => parent.path().join(*index),
        }
    }
}

/// A mistake on its way up; boxed, since every value on the way takes its room.
#[derive(Debug)]
struct Failure(Box<Fault>);

#[derive(Debug)]
struct Fault {
    message: String,
    /// The innermost reader gives it.
    place: Option<(u32, Path)>,
    /// The field that isn't there.
    missing: Option<&'static str>,
}

impl Failure {
    #[cold]
    fn new(message: String) -> Self {
        Self(Box::new(Fault {
            message,
            place: None,
            missing: None,
        }))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    #[cold]
    fn missing_field(field: &'static str) -> Self {
        let mut failure = Self::new(format!("the field `{field}` is missing"));
        failure.0.missing = Some(field);
        failure
    }

    #[cold]
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let list = match expected {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [others @ .., last] => format!("{} or {last}", others.join(", ")),
        };
        let hint = did_you_mean(variant, expected);
        Self::new(format!(
            "\"{variant}\" is not known here; it must be {list}{hint}"
        ))
    }

    #[cold]
    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("must be {expected}, not {}", name_of(&unexpected)))
    }

    #[cold]
    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    #[cold]
    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(format!("must be {expected}, not {length} items"))
    }
}

fn name_of(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) => format!("the text \"{text}\""),
        Unexpected::Map => "a map".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Unit => "empty".to_owned(),
        other => other.to_string(),
    }
}

/// `; did you mean …?` for a misspelled name, or nothing.
pub fn did_you_mean(name: &str, known: &[&str]) -> String {
    let distance = |candidate: &&&str| {
        strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase())
    };
    let closest = known.iter().min_by_key(distance);
    let near = closest.filter(|candidate| distance(candidate) <= 1 + name.chars().count() / 4);
    near.map_or_else(String::new, |candidate| {
        format!("; did you mean `{candidate}`?")
    })
}

/// Whether the text would do if it weren't in quotes.
fn is_quoted_form_of(expected: &str, text: &str) -> bool {
    let is_bool = expected.contains("true") && matches!(text, "true" | "false");
    is_bool || (expected.contains("number") && text.parse::<i64>().is_ok())
}

#[derive(Clone, Copy)]
struct Reader<'t, 'p> {
    node: Node<'t>,
    path: &'p Trail<'p>,
    state: &'p RefCell<State>,
    besides: &'p [&'p str],
}

impl<'t, 'p> Reader<'t, 'p> {
    fn child(&self, node: Node<'t>, path: &'p Trail<'p>) -> Self {
        Self {
            node,
            path,
            state: self.state,
            besides: &[],
        }
    }

    /// Gives a mistake that has no place yet this one.
    #[cold]
    #[inline(never)]
    fn placed(&self, mut failure: Failure) -> Failure {
        let place = || (self.node.id(), self.path.path());
        failure.0.place.get_or_insert_with(place);
        failure
    }

    /// The mistake that here is something else than was expected.
    #[cold]
    #[inline(never)]
    fn mismatch(&self, expected: &str) -> Failure {
        let found = match self.node.kind() {
            Kind::Map => "a map".to_owned(),
            Kind::Seq => "a list".to_owned(),
            Kind::Scalar => match self.node.scalar() {
                None | Some(Scalar::Null) => "empty".to_owned(),
                Some(Scalar::Bool(value)) => format!("`{value}`"),
                Some(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_)) => {
                    format!("the number {}", self.node.source())
                }
                Some(Scalar::Str(text) | Scalar::Timestamp(text)) => format!("the text \"{text}\""),
            },
        };
        let hint = match (expected, self.node.kind(), self.node.scalar()) {
            (
                "text",
                _,
                Some(Scalar::Bool(_) | Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_)),
            ) => {
                format!("; write \"{}\"", self.node.source())
            }
            (_, _, Some(Scalar::Str(text)))
                if expected != "text" && is_quoted_form_of(expected, &text) =>
            {
                format!("; write {text} without quotes")
            }
            _ => String::new(),
        };
        let failure = Failure::new(format!("must be {expected}, not {found}{hint}"));
        self.placed(failure)
    }

    #[inline(never)]
    fn integer(&self, least: i64, most: i64) -> Result<i64, Failure> {
        let number = match self.node.scalar() {
            Some(Scalar::Int(_) | Scalar::Float(_)) => self.node.as_i64(),
            _ => None,
        };
        let in_range = number.filter(|number| (least..=most).contains(number));
        in_range.ok_or_else(|| match (least, most) {
            (0, i64::MAX) => self.mismatch("a whole number from 0"),
            (i64::MIN, i64::MAX) => self.mismatch("a whole number"),
            _ => self.mismatch(&format!("a whole number from {least} to {most}")),
        })
    }

    #[inline(never)]
    fn text(&self) -> Result<Cow<'t, str>, Failure> {
        self.node.as_str().ok_or_else(|| self.mismatch("text"))
    }

    #[inline(never)]
    fn items(&self) -> Result<List<'_, 't, 'p>, Failure> {
        if !self.node.is_seq() {
            return Err(self.mismatch("a list"));
        }
        Ok(List {
            reader: self,
            items: self.node.items(),
            number: 0,
        })
    }

    /// The entries of a struct with these fields; any key goes where there are none.
    #[inline(never)]
    fn entries(&self, known: Option<&'static [&'static str]>) -> Result<Map<'_, 't, 'p>, Failure> {
        if !self.node.is_map() {
            return Err(self.mismatch("a map"));
        }
        Ok(Map {
            reader: self,
            entries: self.node.entries(),
            known,
            value: None,
        })
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            let most = i64::try_from(<$type>::MAX).unwrap_or(i64::MAX);
            let least = i64::try_from(<$type>::MIN).unwrap_or(i64::MIN);
            let number = self.integer(least, most)?;
            let value = visitor.$visit(<$type>::try_from(number).unwrap_or_default());
            value.map_err(|failure| self.placed(failure))
        })*
    };
}

impl<'de> de::Deserializer<'de> for Reader<'_, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let result = match (self.node.kind(), self.node.scalar()) {
            (Kind::Map, _) => return self.deserialize_map(visitor),
            (Kind::Seq, _) => return self.deserialize_seq(visitor),
            (_, None | Some(Scalar::Null)) => visitor.visit_unit(),
            (_, Some(Scalar::Bool(value))) => visitor.visit_bool(value),
            (_, Some(Scalar::Int(number))) => visitor.visit_i64(number),
            (_, Some(Scalar::Uint(number))) => visitor.visit_u64(number),
            (_, Some(Scalar::Float(number))) => visitor.visit_f64(number),
            (_, Some(Scalar::Str(text) | Scalar::Timestamp(text))) => visitor.visit_str(&text),
        };
        result.map_err(|failure| self.placed(failure))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = self.node.as_bool();
        let value = value.ok_or_else(|| self.mismatch("true or false"))?;
        let value = visitor.visit_bool(value);
        value.map_err(|failure| self.placed(failure))
    }

    integers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
        let number = match self.node.scalar() {
            Some(Scalar::Int(number)) => Some(number as f64),
            Some(Scalar::Float(number)) => Some(number),
            _ => None,
        };
        let number = number.ok_or_else(|| self.mismatch("a number"))?;
        let value = visitor.visit_f64(number);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = visitor.visit_str(&self.text()?);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if !self.node.is_null() {
            return Err(self.mismatch("empty"));
        }
        let value = visitor.visit_unit();
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = visitor.visit_seq(self.items()?);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let value = visitor.visit_map(self.entries(None)?);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let value = visitor.visit_map(self.entries(Some(fields))?);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let text = self.text()?;
        let variant: de::value::StrDeserializer<'_, Failure> = text.as_ref().into_deserializer();
        let value = visitor.visit_enum(variant);
        value.map_err(|failure| self.placed(failure))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

struct List<'r, 't, 'p> {
    reader: &'r Reader<'t, 'p>,
    items: Items<'t>,
    number: usize,
}

impl<'t> List<'_, 't, '_> {
    /// The next item that is to be read, and its number.
    #[inline(never)]
    fn next(&mut self) -> Option<(usize, Node<'t>)> {
        for item in self.items.by_ref() {
            let number = self.number;
            self.number += 1;
            if !self.reader.state.borrow().left_out.contains(&item.id()) {
                return Some((number, item));
            }
        }
        None
    }
}

impl<'de> de::SeqAccess<'de> for List<'_, '_, '_> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((number, item)) = self.next() else {
            return Ok(None);
        };
        let trail = Trail::Index(self.reader.path, number);
        seed.deserialize(self.reader.child(item, &trail)).map(Some)
    }
}

struct Map<'r, 't, 'p> {
    reader: &'r Reader<'t, 'p>,
    entries: Entries<'t>,
    /// The fields of a struct; any key goes where there are none.
    known: Option<&'static [&'static str]>,
    value: Option<(Cow<'t, str>, Node<'t>)>,
}

impl<'t> Map<'_, 't, '_> {
    /// The next entry that is to be read.
    #[inline(never)]
    fn next(&mut self) -> Option<(Cow<'t, str>, Node<'t>)> {
        let Reader { state, besides, .. } = *self.reader;
        for (key, value) in self.entries.by_ref() {
            let name = key.text().unwrap_or_default();
            if besides.contains(&name.as_ref()) || state.borrow().left_out.contains(&value.id()) {
                continue;
            }
            match self.known {
                Some(known) if !known.contains(&name.as_ref()) => {
                    let hint = did_you_mean(&name, &[known, besides].concat());
                    let path = self.reader.path.path().join(name.as_ref());
                    let message = format!("unknown field `{name}`{hint}");
                    state.borrow_mut().add(key, path, message);
                }
                _ => return Some((name, value)),
            }
        }
        None
    }
}

impl<'de> de::MapAccess<'de> for Map<'_, '_, '_> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((name, value)) = self.next() else {
            return Ok(None);
        };
        let field = seed.deserialize(name.as_ref().into_deserializer())?;
        self.value = Some((name, value));
        Ok(Some(field))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let Some((name, value)) = self.value.take() else {
            return Err(Failure::new("a value without a key".to_owned()));
        };
        let trail = Trail::Key(self.reader.path, &name);
        let reader = self.reader.child(value, &trail);
        let value = seed.deserialize(reader);
        value.map_err(|failure| reader.placed(failure))
    }
}

/// The names of the fields of a struct, as a text has them.
pub fn fields_of<'de, T: de::Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

/// Answers nothing, but notes which fields a struct asks for.
struct Fields<'f>(&'f mut &'static [&'static str]);

impl<'de> de::Deserializer<'de> for Fields<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        Err(Failure::new("only the names of fields are here".to_owned()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::parse;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Config {
        period_seconds: Option<u16>,
        name: Option<String>,
        enabled: Option<bool>,
        mode: Option<Mode>,
        rows: Vec<Row>,
        labels: BTreeMap<String, String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Mode {
        Fill,
        Audit,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        images: Vec<String>,
        port: Option<u16>,
    }

    fn read_text(text: &str) -> Result<Config, Vec<String>> {
        let stream = parse(text.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        read(root, &["target"]).map_err(|mistakes| {
            let show = |m: Mistake| format!("{} {}: {}", m.position, m.path, m.message);
            mistakes.into_iter().map(show).collect()
        })
    }

    #[test]
    fn a_right_text_is_read() {
        let config = read_text(
            "periodSeconds: 5\nname: \"5\"\nmode: fill\ntarget: x\nrows: [{images: [a]}]\n",
        )
        .unwrap();
        assert_eq!(config.period_seconds, Some(5));
        assert_eq!(config.name.as_deref(), Some("5"));
        assert_eq!(config.mode, Some(Mode::Fill));
        assert_eq!(
            config.rows,
            [Row {
                images: vec!["a".into()],
                port: None
            }]
        );
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_place() {
        let text = "periodSecond: 5\nname: 5\nenabled: \"true\"\nmode: audt\nrows:\n- images: [a, 7]\n  port: 70000\n- port: x\n- {}\nlabels: {a: 1, b: x}\n";
        assert_eq!(
            read_text(text).unwrap_err(),
            [
                "line 1, column 1 periodSecond: unknown field `periodSecond`; did you mean `periodSeconds`?",
                "line 2, column 7 name: must be text, not the number 5; write \"5\"",
                "line 3, column 10 enabled: must be true or false, not the text \"true\"; write true without quotes",
                "line 4, column 7 mode: \"audt\" is not known here; it must be fill or audit; did you mean `audit`?",
                "line 6, column 15 rows[0].images[1]: must be text, not the number 7; write \"7\"",
                "line 7, column 9 rows[0].port: must be a whole number from 0 to 65535, not the number 70000",
                "line 8, column 9 rows[1].port: must be a whole number from 0 to 65535, not the text \"x\"",
                "line 8, column 3 rows[1]: the field `images` is missing",
                "line 9, column 3 rows[2]: the field `images` is missing",
                "line 10, column 13 labels.a: must be text, not the number 1; write \"1\"",
            ]
        );
    }

    #[test]
    fn the_fields_of_a_struct_are_known_without_a_text() {
        assert_eq!(fields_of::<Row>(), ["images", "port"]);
        assert_eq!(fields_of::<String>(), [""; 0]);
    }

    #[test]
    fn what_is_wrong_as_a_whole_is_one_mistake() {
        assert_eq!(
            read_text("- a\n").unwrap_err(),
            ["line 1, column 1 : must be a map, not a list"]
        );
    }
}
