//! From text to a [`Stream`]: documents are split first, then each is read by the fast scanner or,
//! where that isn't sure, by granit.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread;

use memchr::memmem::Finder;

use crate::build::{Builder, Limits};
use crate::granit;
use crate::scan;
use crate::text::{self, Error};
use crate::threads;
use crate::tree::{RawDocument, Stream, offset};

/// Parses a stream of YAML documents; JSON is YAML.
pub fn parse(text: String) -> Result<Stream, Error> {
    parse_within(text, Limits::default())
}

/// Like [`parse`], with limits of the caller's.
pub fn parse_within(text: String, limits: Limits) -> Result<Stream, Error> {
    Ok(parse_fast(text, limits)?.0)
}

/// Like [`parse`], with the stretches of text that the fast scanner left to granit: documents, and items of lists.
#[doc(hidden)]
pub fn parse_and_tell(text: String) -> Result<(Stream, Vec<Range<usize>>), Error> {
    parse_fast(text, Limits::default())
}

fn parse_fast(text: String, limits: Limits) -> Result<(Stream, Vec<Range<usize>>), Error> {
    parse_documents(text, limits, |builder, span| {
        if let Ok(root) = scan::document(builder, span.clone()) {
            return Ok(Some(root));
        }
        builder.left.push(span.clone());
        granit::document(builder, span)
    })
}

/// Like [`parse`], by granit alone: what the tests hold the fast scanner against.
#[doc(hidden)]
pub fn parse_by_granit(text: String) -> Result<Stream, Error> {
    Ok(parse_documents(text, Limits::default(), granit::document)?.0)
}

fn parse_documents(
    text: String,
    limits: Limits,
    read: impl Fn(&mut Builder<'_>, Range<usize>) -> Result<Option<u32>, Error> + Sync,
) -> Result<(Stream, Vec<Range<usize>>), Error> {
    if text.len() > limits.bytes {
        let message = format!(
            "the input has {} bytes; more than {} can't be handled in one run",
            text.len(),
            limits.bytes
        );
        return Err(Error::new(&text, 0, message));
    }
    let spans = split(&text);
    let parts = parts(&spans);
    let read = |part: &[Range<usize>]| {
        let length = length(part);
        let mut builder = Builder::for_part(&text, length, limits);
        for span in part {
            let root = read(&mut builder, span.clone())?;
            let span = offset(span.start)..offset(span.end);
            builder.tree.documents.push(RawDocument { span, root });
        }
        Ok(builder)
    };
    let (first, others) = match parts.split_first() {
        Some((first, others)) => (*first, others),
        None => (&[][..], &[][..]),
    };
    let builder = thread::scope(|scope| {
        let others: Vec<_> = others
            .iter()
            .map(|part| scope.spawn(|| read(part)))
            .collect();
        let mut builder = read(first)?;
        for other in others {
            builder.append(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(builder)
    })?;
    let Builder { tree, left, .. } = builder;
    Ok((Stream { text, tree }, left))
}

/// The bytes of a stretch of documents.
fn length(documents: &[Range<usize>]) -> usize {
    let start = documents.first().map_or(0, |first| first.start);
    documents.last().map_or(0, |last| last.end - start)
}

/// The documents in stretches, one for each thread that is to read them.
fn parts(documents: &[Range<usize>]) -> Vec<&[Range<usize>]> {
    let all = length(documents);
    let each = all.div_ceil(threads::for_bytes(all)).max(1);
    let start = documents.first().map_or(0, |first| first.start);
    let number = |document: &Range<usize>| (document.start - start) / each;
    documents
        .chunk_by(|one, other| number(one) == number(other))
        .collect()
}

/// The documents of a stream. No scalar may hold a line that starts with `---` or `...`, so lines
/// alone decide. What stands before the first marker belongs to the first document unless it has
/// content of its own; what follows the last document belongs to it.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut documents: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut is_marked = false;
    for marker in markers(text) {
        let has_content = is_marked || has_content(text::slice(text, start, marker));
        let opens = text.as_bytes().get(marker) == Some(&b'-');
        match (opens, has_content) {
            (true, true) => {
                documents.push(start..marker);
                (start, is_marked) = (marker, true);
            }
            (true, false) => is_marked = true,
            (false, true) => {
                let end = text::next_line(text, marker);
                documents.push(start..end);
                (start, is_marked) = (end, false);
            }
            (false, false) => {}
        }
    }
    if is_marked || has_content(text::slice(text, start, text.len())) {
        documents.push(start..text.len());
    } else if let Some(last) = documents.last_mut() {
        last.end = text.len();
    }
    documents
}

// A search takes long to prepare, and most texts are short.
static DASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\n---"));
static DOTS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\n..."));

/// Offsets of the lines `---` and `...`, with or without more behind a blank.
fn markers(text: &str) -> impl Iterator<Item = usize> {
    let bom = text::bom_len(text);
    let at_start = is_marker(text, bom).then_some(bom);
    let mut dashes = DASHES.find_iter(text.as_bytes()).peekable();
    let mut dots = DOTS.find_iter(text.as_bytes()).peekable();
    let rest = std::iter::from_fn(move || match (dashes.peek(), dots.peek()) {
        (Some(dash), Some(dot)) if dot < dash => dots.next(),
        (Some(_), _) => dashes.next(),
        (None, _) => dots.next(),
    });
    let rest = rest.map(|newline| newline + 1);
    at_start
        .into_iter()
        .chain(rest.filter(|at| is_marker(text, *at)))
}

/// Whether a line of the text begins or ends a document.
pub(crate) fn has_marker(text: &str) -> bool {
    markers(text).next().is_some()
}

fn is_marker(text: &str, at: usize) -> bool {
    let line = text.get(at..).unwrap_or_default();
    let after = line
        .strip_prefix("---")
        .or_else(|| line.strip_prefix("..."));
    after.is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '\n', '\r']))
}

/// Whether any line is more than blanks, a comment or a directive.
fn has_content(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_content = |line: &str| {
        let trimmed = line.trim_start_matches([' ', '\t']);
        !(trimmed.trim_end().is_empty() || trimmed.starts_with('#') || line.starts_with('%'))
    };
    text.lines().any(is_content)
}
