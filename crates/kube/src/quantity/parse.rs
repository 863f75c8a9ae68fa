//! The grammar of quantities: a sign, digits with at most one point, a suffix.

use std::borrow::Cow;
use std::str::FromStr;

use super::mistake::{Problem, QuantityError};
use super::{Family, MOST_NANOS, NANOS, Quantity};

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    read(text).map_err(|problem| QuantityError::new(text, problem))
}

fn read(text: &str) -> Result<Quantity, Problem> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, suffix) = unsigned.split_at(end.unwrap_or(unsigned.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(Problem::NoDigits);
    }
    if fraction.contains('.') {
        return Err(Problem::Points);
    }
    let suffix = Suffix::parse(suffix).ok_or(Problem::Suffix)?;
    let nanos = magnitude(whole, fraction, &suffix).ok_or(Problem::TooLarge)?;
    // So small a binary quantity is written as a decimal one, and counts as one in sums.
    let is_decimal = suffix.family == Family::Binary && (1..NANOS).contains(&nanos);
    Ok(Quantity {
        nanos: if text.starts_with('-') { -nanos } else { nanos },
        family: if is_decimal {
            Family::Decimal
        } else {
            suffix.family
        },
    })
}

/// What a suffix multiplies a number by: `unit` and `exponent` powers of ten.
struct Suffix {
    family: Family,
    unit: i128,
    exponent: i32,
}

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        let binary = |power| Self {
            family: Family::Binary,
            unit: 1_i128 << (10 * power),
            exponent: 0,
        };
        let decimal = |exponent| Self {
            family: Family::Decimal,
            unit: 1,
            exponent,
        };
        Some(match text {
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "" => decimal(0),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            "Ki" => binary(1),
            "Mi" => binary(2),
            "Gi" => binary(3),
            "Ti" => binary(4),
            "Pi" => binary(5),
            "Ei" => binary(6),
            _ => Self {
                family: Family::Exponent,
                unit: 1,
                exponent: exponent(text)?,
            },
        })
    }
}

/// The number in `e3`; one that is out of all bounds becomes the outermost.
fn exponent(text: &str) -> Option<i32> {
    let signed = text.strip_prefix(['e', 'E'])?;
    let digits = signed.strip_prefix(['+', '-']).unwrap_or(signed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let outermost = if signed.starts_with('-') {
        i32::MIN
    } else {
        i32::MAX
    };
    Some(signed.parse().unwrap_or(outermost))
}

/// The billionths in `whole.fraction`, rounded up; none if there are too many.
fn magnitude(whole: &str, fraction: &str, suffix: &Suffix) -> Option<i128> {
    let digits = match fraction {
        "" => Cow::Borrowed(whole),
        fraction => Cow::Owned(format!("{whole}{fraction}")),
    };
    if digits.bytes().all(|digit| digit == b'0') {
        return Some(0);
    }
    let unit = suffix.unit * NANOS;
    let point = i64::try_from(whole.len()).ok()? + i64::from(suffix.exponent);
    let before = usize::try_from(point.max(0)).ok()?;
    let zeros = usize::try_from((-point).clamp(0, DIGITS_OF_UNIT)).ok()?;
    let wholes = above_point(&digits, before, unit)?;
    let fraction = digits.get(before..).unwrap_or_default();
    let nanos = wholes.checked_add(below_point(fraction, zeros, unit))?;
    (nanos <= MOST_NANOS).then_some(nanos)
}

/// So many zeros after the point leave less than a billionth of the largest unit.
const DIGITS_OF_UNIT: i64 = 30;

/// `unit` times the first `count` digits; zeros follow where there are fewer.
fn above_point(digits: &str, count: usize, unit: i128) -> Option<i128> {
    let all = digits.bytes().chain(std::iter::repeat(b'0'));
    let number = all.take(count).try_fold(0_i128, |number, digit| {
        number
            .checked_mul(10)?
            .checked_add(i128::from(digit - b'0'))
    });
    number?.checked_mul(unit)
}

/// `unit` times the digits after a point and `zeros`, rounded up. From the last digit to the first, so that
/// any number of digits will do.
fn below_point(digits: &str, zeros: usize, unit: i128) -> i128 {
    let leading = std::iter::repeat_n(b'0', zeros);
    let mut amount = 0;
    let mut is_exact = true;
    for digit in digits.bytes().rev().chain(leading) {
        amount += unit * i128::from(digit - b'0');
        is_exact &= amount % 10 == 0;
        amount /= 10;
    }
    if is_exact { amount } else { amount + 1 }
}
