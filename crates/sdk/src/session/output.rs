//! What a session gives back.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;
use yaml::Node;

use super::{New, Session, State};
use crate::config::Output;
use crate::input::{self, Error, Form, Item};

/// An output as stretches of text, so that what is untouched is never copied.
#[derive(Debug, Default)]
pub(crate) struct Pieces<'o>(pub(crate) Vec<Cow<'o, str>>);

impl<'o> Pieces<'o> {
    fn push(&mut self, text: &'o str) {
        if !text.is_empty() {
            self.0.push(Cow::Borrowed(text));
        }
    }

    /// Adds text that must begin a line.
    fn push_line(&mut self, text: String) {
        if self.0.last().is_some_and(|last| !last.ends_with('\n')) {
            self.push("\n");
        }
        self.0.push(Cow::Owned(text));
    }

    /// The version of YAML need not be said, and readers of a list of resources don't expect it.
    fn drop_directive(&mut self) {
        let Some(first) = self.0.first_mut() else {
            return;
        };
        let text = first.trim_start_matches('\u{feff}');
        if text.starts_with("%YAML")
            && let Some((_, rest)) = text.split_once('\n')
        {
            *first = Cow::Owned(rest.to_owned());
        }
    }
}

impl Session<'_> {
    /// The output, in pieces; the original items where the run failed.
    pub(crate) fn output(&self) -> Result<Pieces<'_>, Error> {
        match self.input.form {
            Form::List => self.list_output(),
            Form::Documents => Ok(self.document_output()),
        }
    }

    /// The items of a source as they are now.
    pub(super) fn items_of(&self, source: usize) -> impl Iterator<Item = (&Item, &State)> {
        // They stand in the order of their sources.
        let from = self
            .input
            .items
            .partition_point(|item| item.source < source);
        let rest = self.input.items.iter().zip(&self.states).skip(from);
        rest.take_while(move |(item, _)| item.source == source)
    }

    /// The text of a source from `at` to `end`, with what differs now.
    pub(super) fn write<'o>(
        &'o self,
        source: usize,
        text: &'o str,
        end: usize,
        pieces: &mut Pieces<'o>,
    ) {
        let mut at = 0;
        let items = self.items_of(source);
        for (item, state) in items.filter(|_| !self.has_failed) {
            let range = item.holder.range();
            let mut replace = |range: Range<usize>, new: &'o str| {
                pieces.push(text.get(at..range.start).unwrap_or_default());
                pieces.push(new);
                at = range.end;
            };
            match state {
                State::Untouched => {}
                State::Edited(edited) => replace(range, edited.stream.text()),
                State::Written(text) => replace(range, text),
                State::Spliced(edits) => edits
                    .iter()
                    .for_each(|edit| replace(edit.start..edit.end, &edit.text)),
                State::Deleted => replace(range, ""),
            }
        }
        pieces.push(text.get(at..end).unwrap_or_default());
    }

    fn list_output(&self) -> Result<Pieces<'_>, Error> {
        let Some(source) = self.input.sources.first() else {
            return Ok(Pieces::default());
        };
        let text = source.stream.text();
        let root = input::first_root(&source.stream);
        let added = if self.has_failed {
            &[][..]
        } else {
            &self.added
        };
        let bug = |error: yaml::Error| Error::Bug(error.to_string());
        let is_live = |state: &State| self.has_failed || !matches!(state, State::Deleted);
        let is_emptied = self.wanted == Output::Empty && !self.has_failed;
        let mut pieces = Pieces::default();
        let end = self.input.items.last().map(|item| item.holder.range().end);
        if let Some(end) = end.filter(|_| self.states.iter().any(is_live) && !is_emptied) {
            self.write(0, text, end, &mut pieces);
            let column = root
                .and_then(|root| root.get("items"))
                .map_or(0, Node::column);
            let items = yaml::threads::map(added, |added| match &added.object {
                New::Made(made) => Ok(yaml::list_item_of(made.stream.text(), column)),
                object => Ok(yaml::list_item(&*object.value().map_err(bug)?, column)),
            });
            for item in items {
                pieces.push_line(item?);
            }
            pieces.push(text.get(end..).unwrap_or_default());
        } else {
            let added = if is_emptied { &[] } else { added };
            let values = added
                .iter()
                .map(|added| Ok(added.object.value()?.into_owned()));
            let items: Vec<Value> = values.collect::<Result<_, _>>().map_err(bug)?;
            let text = input::with_field(text.to_owned(), "items", items.into())?;
            pieces.0.push(text.into());
        }
        self.add_results(&mut pieces, root, text)?;
        pieces.drop_directive();
        Ok(pieces)
    }

    fn add_results(
        &self,
        pieces: &mut Pieces<'_>,
        root: Option<Node<'_>>,
        text: &str,
    ) -> Result<(), Error> {
        let before = root.and_then(|root| root.get("results"));
        let known = before.and_then(|results| results.to_value().ok());
        let known = known.as_ref().and_then(Value::as_array);
        let known = known.map(Vec::as_slice).unwrap_or_default();
        let new: Vec<&Value> = self
            .results
            .iter()
            .filter(|result| !known.contains(result))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        if before.is_none() && root.is_some_and(|root| takes_lines_at_the_end(root, text)) {
            pieces.push_line("results:\n".to_owned());
            let lines = yaml::threads::map(&new, |result| yaml::list_item(result, 0));
            pieces.0.extend(lines.into_iter().map(Cow::Owned));
            return Ok(());
        }
        let all: Vec<Value> = known.iter().chain(new).cloned().collect();
        let text = input::with_field(pieces.0.concat(), "results", all.into())?;
        pieces.0 = vec![text.into()];
        Ok(())
    }

    fn document_output(&self) -> Pieces<'_> {
        let mut pieces = Pieces::default();
        if self.has_failed || self.wanted == Output::Empty {
            return pieces;
        }
        for (number, source) in self.input.sources.iter().enumerate() {
            let text = source.stream.text();
            let begins_marked = text.trim_start_matches('\u{feff}').starts_with("---");
            if number > 0 && !begins_marked && !text.is_empty() {
                pieces.push_line("---\n".to_owned());
            }
            self.write(number, text, text.len(), &mut pieces);
        }
        for added in &self.added {
            pieces.push_line("---\n".to_owned());
            match added.text() {
                Cow::Borrowed(text) => pieces.push(text),
                Cow::Owned(text) => pieces.push_line(text),
            }
        }
        pieces
    }
}

/// Whether a field of this map can be added as lines behind the whole text.
fn takes_lines_at_the_end(root: Node<'_>, text: &str) -> bool {
    let last = root
        .entries()
        .last()
        .map_or(0, |(_, value)| value.span().end);
    let behind = text.get(last..).unwrap_or_default();
    let ends = behind.starts_with("...") || behind.contains("\n...");
    let is_dos = text
        .split_once('\n')
        .is_some_and(|(line, _)| line.ends_with('\r'));
    !root.is_flow() && root.column() == 0 && !ends && !is_dos
}
