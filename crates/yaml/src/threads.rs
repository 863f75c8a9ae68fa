//! How many threads some work is worth.

use std::thread::available_parallelism;

/// A thread has read less than this before another one has begun.
const FEW: usize = 256 * 1024;
/// More threads wait for memory rather than work.
const MAX: usize = 8;

/// How many threads read a text of this length fastest.
pub(crate) fn for_bytes(length: usize) -> usize {
    let useful = (length / FEW).min(MAX);
    if useful < 2 {
        return 1;
    }
    available_parallelism().map_or(1, |threads| threads.get().min(useful))
}
