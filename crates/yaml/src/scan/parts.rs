//! A long list is read by several threads, each from a line on that looks like the begin of an item. Whether it is
//! one is known once everything above has been read; where it isn't, what stands behind is read again.

use std::panic;
use std::thread;

use memchr::memmem;

use super::{ITEM_DEPTH, Scan, Scanner};
use crate::build::Builder;
use crate::threads;

/// What one thread read: some items and where it came to.
struct Part<'t> {
    scanner: Scanner<'t>,
    end: usize,
}

impl<'t> Scanner<'t> {
    /// The items of the list in `column`, the first of which begins at `at`; returns the end of the last one.
    pub(super) fn all_items(&mut self, column: usize, is_flush: bool) -> Scan<usize> {
        if self.depth > ITEM_DEPTH {
            return self.items(column, is_flush, usize::MAX);
        }
        let cuts = self.cuts(column);
        let Some((first, rest)) = cuts.split_first() else {
            return self.items(column, is_flush, usize::MAX);
        };
        let untils = rest.iter().copied().chain([self.bytes.len()]);
        let fork = |(cut, until): (&usize, usize)| (*cut, self.from(*cut, until, column), until);
        let forks: Vec<_> = cuts.iter().zip(untils).map(fork).collect();
        thread::scope(|scope| {
            let threads = forks.into_iter().map(|(cut, scanner, until)| {
                let read = move || scanner.part(column, is_flush, until);
                (cut, until, scope.spawn(read))
            });
            let threads: Vec<_> = threads.collect();
            let mut end = self.items(column, is_flush, *first)?;
            for (cut, until, thread) in threads {
                let part = thread
                    .join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic));
                let is_item = self.column == Some(column) && self.is_dash(self.at);
                if is_item && self.line == cut {
                    end = self.adopt(part?);
                } else if is_item {
                    end = self.items(column, is_flush, until)?;
                }
            }
            Ok(end)
        })
    }

    /// Lines that look like the begin of an item and share the rest of the text out evenly.
    fn cuts(&self, column: usize) -> Vec<usize> {
        let left = self.bytes.len() - self.line;
        let count = threads::for_bytes(left);
        let item = format!("\n{:column$}- ", "");
        let cut = |number: usize| {
            let from = self.line + left / count * number;
            let found = memmem::find(self.bytes.get(from..)?, item.as_bytes())?;
            Some(from + found + 1)
        };
        let mut cuts: Vec<usize> = (1..count).filter_map(cut).collect();
        cuts.dedup();
        cuts
    }

    /// A scanner that stands before the item that seems to begin on the line at `cut`.
    fn from(&self, cut: usize, until: usize, column: usize) -> Self {
        let builder = Builder::for_part(self.builder.text, until - cut, self.builder.limits);
        Self {
            bytes: self.bytes,
            builder,
            line: cut,
            at: cut + column,
            column: Some(column),
            depth: self.depth,
            odd: self.odd.clone(),
            handed_over: Vec::new(),
        }
    }

    fn part(mut self, column: usize, is_flush: bool, until: usize) -> Scan<Part<'t>> {
        let end = self.items(column, is_flush, until)?;
        Ok(Part { scanner: self, end })
    }

    /// Takes what another thread read from here on.
    fn adopt(&mut self, part: Part<'t>) -> usize {
        let Part { scanner, end } = part;
        self.builder.append(scanner.builder);
        self.handed_over.extend(scanner.handed_over);
        (self.line, self.at, self.column) = (scanner.line, scanner.at, scanner.column);
        end
    }
}
