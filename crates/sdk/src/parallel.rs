//! Work on many items at once, where there are enough of them to pay for the threads.

use std::ops::Range;
use std::thread::{self, available_parallelism};

/// Fewer are done before a second thread has begun.
const FEW: usize = 64;
/// More threads wait for memory rather than work.
const MAX_THREADS: usize = 8;

/// What `each` makes of the items, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let of_part = |part: Range<usize>| {
        let items = items.get(part).unwrap_or_default();
        items.iter().map(&each).collect::<Vec<R>>()
    };
    let mut parts = map_parts(items.len(), of_part).into_iter();
    let mut done = parts.next().unwrap_or_default();
    parts.for_each(|part| done.extend(part));
    done
}

/// How many threads that many things are worth.
pub(crate) fn threads(count: usize) -> usize {
    if count < FEW {
        return 1;
    }
    available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS))
}

/// What `each` makes of the parts into which that many things are divided, one for each thread.
pub(crate) fn map_parts<R: Send>(count: usize, each: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let size = count.div_ceil(threads(count)).max(1);
    let starts = (0..count.max(1)).step_by(size);
    let mut parts = starts.map(|start| start..count.min(start + size));
    let own = parts.next().unwrap_or_default();
    let each = &each;
    thread::scope(|scope| {
        let others: Vec<_> = parts.map(|part| scope.spawn(move || each(part))).collect();
        let mut done = vec![each(own)];
        for other in others {
            match other.join() {
                Ok(more) => done.push(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
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
        }
    }
}
