//! Sorting, through one compiled sort whatever is sorted: one for each type would be four to eight kilobytes of every
//! program. Lists that are long and sorted once for each run or text are worth a sort of their own.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A list that can be put in order; what is equal keeps its order.
pub trait Order<T> {
    /// By what `compare` says.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// By what `key` makes of each.
    fn order_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.order_by(|one, other| key(one).cmp(&key(other)));
    }

    /// By themselves.
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut from = ordered(
            self.len(),
            &mut |one, other| match (self.get(one), self.get(other)) {
                (Some(one), Some(other)) => compare(one, other),
                _ => Ordering::Equal,
            },
        );
        arrange(&mut from, &mut |one, other| self.swap(one, other));
    }
}

/// The numbers of so many things in their order.
fn ordered(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    numbers.sort_by(|one, other| compare(*one, *other));
    numbers
}

/// Puts in each place what stands in the place that `from` has there.
fn arrange(from: &mut [usize], swap: &mut dyn FnMut(usize, usize)) {
    for first in 0..from.len() {
        let mut at = first;
        while let Some(next) = from.get_mut(at) {
            let next = std::mem::replace(next, at);
            if next == first {
                break;
            }
            swap(at, next);
            at = next;
        }
    }
}

/// What collects into a map or set without a sort of its own.
pub trait Collect: Iterator + Sized {
    /// Each once, in their order.
    fn into_set(self) -> BTreeSet<Self::Item>
    where
        Self::Item: Ord,
    {
        let mut set = BTreeSet::new();
        set.extend(self);
        set
    }

    /// Values by their keys, of equal ones the last.
    fn into_map<K: Ord, V>(self) -> BTreeMap<K, V>
    where
        Self: Iterator<Item = (K, V)>,
    {
        let mut map = BTreeMap::new();
        map.extend(self);
        map
    }
}

impl<I: Iterator> Collect for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_the_sort_of_the_standard_library_does() {
        let mut seed = 1_u32;
        for length in (0..40).chain([1000]) {
            for most in [1, 3, 50, u32::MAX] {
                let mut random = || {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 8) % most
                };
                let list: Vec<(u32, usize)> = (0..length).map(|at| (random(), at)).collect();
                let mut expected = list.clone();
                expected.sort_by_key(|(key, _)| *key);
                let mut ordered = list.clone();
                ordered.order_by_key(|(key, _)| *key);
                assert_eq!(ordered, expected);
                ordered.order_by(|one, other| other.cmp(one));
                expected.sort_by(|one, other| other.cmp(one));
                assert_eq!(ordered, expected);
                let set: BTreeSet<_> = list.iter().copied().collect();
                assert_eq!(list.iter().copied().into_set(), set);
                let map: BTreeMap<_, _> = list.iter().copied().collect();
                assert_eq!(list.into_iter().into_map(), map);
            }
        }
    }
}
