//! Work on many items at once, where there are enough of them to pay for the threads.

use std::thread::{self, available_parallelism};

/// Fewer are done before a second thread has begun.
const FEW: usize = 64;
/// More threads wait for memory rather than work.
const MAX_THREADS: usize = 8;

/// What `each` makes of the items, in their order.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = if items.len() < FEW {
        1
    } else {
        available_parallelism().map_or(1, |threads| threads.get().min(MAX_THREADS))
    };
    let each = &each;
    let mut chunks = items.chunks(items.len().div_ceil(threads).max(1));
    let own = chunks.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = chunks
            .map(|chunk| scope.spawn(move || chunk.iter().map(each).collect::<Vec<R>>()))
            .collect();
        let mut done: Vec<R> = own.iter().map(each).collect();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
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
