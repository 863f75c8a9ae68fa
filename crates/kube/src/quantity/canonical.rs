//! The form in which the API server stores quantities: no fraction, and the largest suffix that allows that.

use std::fmt;

use super::{Family, NANOS, Quantity};

const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const EXPONENT: [&str; 10] = [
    "e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18",
];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let units = self.nanos / NANOS;
        let is_binary = self.family == Family::Binary && self.is_whole() && units.abs() >= 1024;
        let (number, suffix) = match self.family {
            Family::Binary if is_binary => shortest(units, 1024, &BINARY),
            Family::Exponent => shortest(self.nanos, 1000, &EXPONENT),
            Family::Binary | Family::Decimal => shortest(self.nanos, 1000, &DECIMAL),
        };
        write!(f, "{number}{suffix}")
    }
}

/// The number with the last of the suffixes with which it is still whole; each stands for `base` times as
/// much as the one before.
fn shortest<'s>(mut number: i128, base: i128, suffixes: &[&'s str]) -> (i128, &'s str) {
    let mut shortest = (number, "");
    for suffix in suffixes {
        shortest = (number, suffix);
        if number % base != 0 {
            break;
        }
        number /= base;
    }
    shortest
}
