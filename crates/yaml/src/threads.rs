//! Work shared out to threads, where there is enough of it to pay for them. Nobody sees how many there are.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::{self, available_parallelism};

/// A thread has read less text than this before another one has begun.
const FEW_BYTES: usize = 256 * 1024;
/// Fewer things are done before a second thread has begun.
const FEW: usize = 64;
/// More threads wait for memory rather than work.
const MAX: usize = 8;

/// Asking the system takes as long as a small list does.
static AVAILABLE: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, |threads| threads.get().min(MAX)));

/// How many threads read a text of this length fastest.
pub(crate) fn for_bytes(length: usize) -> usize {
    match (length / FEW_BYTES).min(MAX) {
        0 | 1 => 1,
        useful => useful.min(*AVAILABLE),
    }
}

/// How many threads so many things are worth.
pub fn worth(count: usize) -> usize {
    if count < FEW { 1 } else { *AVAILABLE }
}

/// What `each` makes of the items, in their order.
pub fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let of_part = |part: Range<usize>| {
        let items = items.get(part).unwrap_or_default();
        items.iter().map(&each).collect::<Vec<R>>()
    };
    concat(map_parts(items.len(), of_part))
}

/// The same of items that are gone one by one, so that what comes of them can stand where they stood.
pub fn map_owned<T: Send, R: Send>(mut items: Vec<T>, each: impl Fn(T) -> R + Sync) -> Vec<R> {
    let size = items.len().div_ceil(worth(items.len())).max(1);
    let each = &each;
    let of_part = |part: Vec<T>| part.into_iter().map(each).collect::<Vec<R>>();
    thread::scope(|scope| {
        let mut others = Vec::new();
        while items.len() > size {
            let part = items.split_off((items.len() - 1) / size * size);
            others.push(scope.spawn(move || of_part(part)));
        }
        let mut done = vec![of_part(items)];
        for other in others.into_iter().rev() {
            done.push(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        concat(done)
    })
}

/// What `each` makes of the parts into which so many things are divided, one for each thread that they are worth.
pub fn map_parts<R: Send>(count: usize, each: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let size = count.div_ceil(worth(count)).max(1);
    let starts = (0..count.max(1)).step_by(size);
    let mut parts = starts.map(|start| start..count.min(start + size));
    let own = parts.next().unwrap_or_default();
    let each = &each;
    thread::scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || each(part))).collect();
        let mut done = vec![each(own)];
        for other in others {
            done.push(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

/// What two things come to, the second by a thread of its own if so many things are worth it.
pub fn both<A, B: Send>(
    count: usize,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if worth(count) == 1 {
        return (first(), second());
    }
    thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        (
            first,
            second.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    })
}

/// One list of several, in their order.
pub fn concat<R>(parts: Vec<Vec<R>>) -> Vec<R> {
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_default();
    parts.for_each(|part| all.extend(part));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_whatever_the_number() {
        for count in [0, 1, FEW - 1, FEW, FEW + 1, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), doubled, "{count}");
            assert_eq!(map_owned(items.clone(), |item| item * 2), doubled);
            assert_eq!(both(count, || 1, || 2), (1, 2));
            let parts = map_parts(count, |part| items[part].to_vec());
            assert_eq!(parts.concat(), items, "{count}");
            assert_eq!(parts.len(), worth(count).min(count.max(1)), "{count}");
        }
    }
}
