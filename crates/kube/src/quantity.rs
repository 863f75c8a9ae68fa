//! Quantities of resources as Kubernetes writes them: `500m`, `1.5Gi`, `1e3`.
//!
//! Exact, in billionths, which is as fine as Kubernetes goes. Compared by value, never by text: `1000m` is `1`.

mod canonical;
mod mistake;
mod parse;
mod typed;

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, Sub};

use yaml::{Node, Scalar};

pub use mistake::QuantityError;

/// Billionths in one.
const NANOS: i128 = 1_000_000_000;

/// What no quantity exceeds, whatever its sign: 2^63 - 1, as the API documents.
const MOST_NANOS: i128 = 9_223_372_036_854_775_807 * NANOS;

/// An amount of a resource, and the family of suffixes that it is written with.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    family: Family,
}

/// Which suffixes a quantity is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// Powers of a thousand: `m`, none, `k`, `M`.
    Decimal,
    /// Powers of 1024: `Ki`, `Mi`.
    Binary,
    /// Powers of ten in figures: `e3`.
    Exponent,
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self {
        nanos: 0,
        family: Family::Decimal,
    };

    /// Reads what the API server would; finer than a billionth is rounded away from zero. Refused beyond
    /// that: more than 2^63 - 1, which the API server sometimes caps and sometimes garbles, and texts
    /// without a digit, which it takes for zero.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse::parse(text)
    }

    /// The quantity that a node of a manifest holds; none where there is neither text nor a number.
    pub fn of(node: Node<'_>) -> Option<Result<Self, QuantityError>> {
        match node.scalar()? {
            Scalar::Null | Scalar::Bool(_) => None,
            Scalar::Str(text) | Scalar::Timestamp(text) => Some(Self::parse(&text)),
            // By value: `0x10` is 16 to everybody who reads the manifest.
            Scalar::Int(number) => Some(Ok(Self::from_whole(number.into(), Self::ZERO))),
            Scalar::Uint(number) => Some(Self::parse(&number.to_string())),
            Scalar::Float(number) => {
                let as_written = Self::parse(&node.text()?);
                Some(as_written.or_else(|_| Self::parse(&number.to_string())))
            }
        }
    }

    /// A whole number, in the family of another quantity.
    pub fn from_whole(units: i128, like: Self) -> Self {
        Self::capped(units.saturating_mul(NANOS), like.family)
    }

    fn capped(nanos: i128, family: Family) -> Self {
        Self {
            nanos: nanos.clamp(-MOST_NANOS, MOST_NANOS),
            family,
        }
    }

    /// The value in billionths.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is a whole number: of bytes, of cores.
    pub fn is_whole(self) -> bool {
        self.nanos % NANOS == 0
    }

    /// Whether both are written with the same kind of suffix.
    pub fn has_family_of(self, other: Self) -> bool {
        self.family == other.family
    }

    /// The same value, written as `other` is.
    #[must_use]
    pub fn with_family(self, other: Self) -> Self {
        Self {
            family: other.family,
            ..self
        }
    }

    /// The product, rounded up where it is finer than a billionth.
    #[must_use]
    pub fn times(self, factor: Self) -> Self {
        // In two parts, so that only a product beyond the cap overflows.
        let whole = self.nanos.div_euclid(NANOS).saturating_mul(factor.nanos);
        let rest = self.nanos.rem_euclid(NANOS) * factor.nanos;
        let rest_rounded_up = -(-rest).div_euclid(NANOS);
        Self::capped(whole.saturating_add(rest_rounded_up), self.family)
    }

    /// The next multiple of `step`, or the value itself where it is one or the step is zero.
    #[must_use]
    pub fn rounded_up(self, step: Self) -> Self {
        let step = step.nanos.abs();
        let beyond = self.nanos.checked_rem_euclid(step).unwrap_or_default();
        let missing = if beyond == 0 { 0 } else { step - beyond };
        Self::capped(self.nanos + missing, self.family)
    }

    /// How often `unit` fits, rounded down; never where it is zero.
    pub fn floor_div(self, unit: Self) -> i128 {
        let quotient = self.nanos.checked_div_euclid(unit.nanos);
        quotient.unwrap_or_default()
    }

    /// Whether it is more than `ratio` times the other; exact, unlike [`Self::times`].
    pub fn ratio_exceeds(self, other: Self, ratio: Self) -> bool {
        // What overflows is far beyond any quantity, on either side of zero.
        self.nanos * NANOS > other.nanos.saturating_mul(ratio.nanos)
    }

    /// The family of a sum: of the first operand that is not zero, as the API server has it.
    fn family_beside(self, other: Self) -> Family {
        if self.is_zero() {
            other.family
        } else {
            self.family
        }
    }
}

impl Add for Quantity {
    type Output = Self;

    /// The sum, in the family of the first operand, or of the second where the first is zero.
    fn add(self, other: Self) -> Self {
        Self::capped(self.nanos + other.nanos, self.family_beside(other))
    }
}

impl Sub for Quantity {
    type Output = Self;

    /// The difference, in the family of the first operand, or of the second where the first is zero.
    fn sub(self, other: Self) -> Self {
        Self::capped(self.nanos - other.nanos, self.family_beside(other))
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Self::add)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}
