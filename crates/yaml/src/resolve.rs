//! What a scalar means, by the rules of go-yaml v3: kustomize and kpt read our output with it.
//!
//! YAML 1.2 with the old octals, underscores in numbers, and timestamps; `yes`, `on` and `12:30` are
//! strings. Followed from `resolve.go` of `go.yaml.in/yaml/v3`; `tests/` compares with the real one.

use std::borrow::Cow;

use crate::tree::Tag;

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits with a sign.
    Int(i64),
    /// An integer that fits only without a sign.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Cow<'t, str>),
    /// Text that kustomize would rewrite as a point in time.
    Timestamp(Cow<'t, str>),
}

/// The meaning of a plain scalar without a tag.
pub(crate) fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(&text).unwrap_or(Scalar::Str(text))
        }
        Some(b'.') => match word(&text) {
            Some(special) => special,
            None => float(&text).map_or(Scalar::Str(text), Scalar::Float),
        },
        Some(b'0'..=b'9' | b'+' | b'-') => match word(&text) {
            Some(special) => special,
            None if is_timestamp(&text) => Scalar::Timestamp(text),
            None => number(&text).unwrap_or(Scalar::Str(text)),
        },
        Some(_) => Scalar::Str(text),
    }
}

/// The meaning of a scalar with a tag; `is_plain` tells a plain one from a quoted one.
pub(crate) fn tagged(tag: Tag, text: Cow<'_, str>, is_plain: bool) -> Scalar<'_> {
    match tag {
        Tag::Str | Tag::Merge | Tag::Other => Scalar::Str(text),
        Tag::Binary => {
            base64(&text).map_or(Scalar::Str(text), |text| Scalar::Str(Cow::Owned(text)))
        }
        Tag::Null if !is_plain && !text.is_empty() => Scalar::Str(text),
        Tag::Float => match plain(text) {
            #[expect(clippy::cast_precision_loss, reason = "what the tag asks for")]
            Scalar::Int(number) => Scalar::Float(number as f64),
            #[expect(clippy::cast_precision_loss, reason = "what the tag asks for")]
            Scalar::Uint(number) => Scalar::Float(number as f64),
            other => other,
        },
        Tag::Int | Tag::Bool | Tag::Null | Tag::Timestamp => plain(text),
    }
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let digits: Cow<'_, str> = if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    if let Some(integer) = integer(&digits) {
        return Some(integer);
    }
    is_float(&digits)
        .then(|| float(&digits).map(Scalar::Float))
        .flatten()
}

/// Go's `ParseInt` and `ParseUint` with base 0: a prefix or a leading zero chooses the base.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, unsigned, signed) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?, true),
        b'+' => (false, text.get(1..)?, true),
        _ => (false, text, false),
    };
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (unsigned.get(2..)?, 16),
        [b'0', b'o' | b'O', _, ..] => (unsigned.get(2..)?, 8),
        [b'0', b'b' | b'B', _, ..] => (unsigned.get(2..)?, 2),
        [b'0', _, ..] => (unsigned.get(1..)?, 8),
        _ => (unsigned, 10),
    };
    // `from_str_radix` takes a sign of its own; go-yaml lets one through behind a bare `0b`.
    if digits.starts_with(['+', '-']) {
        let is_bare = radix == 2 && !signed && unsigned.starts_with("0b");
        let number = is_bare.then(|| i64::from_str_radix(digits, 2).ok());
        return number.flatten().map(Scalar::Int);
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match i64::try_from(magnitude) {
        Ok(number) if negative => Some(Scalar::Int(-number)),
        Ok(number) => Some(Scalar::Int(number)),
        Err(_) if negative && magnitude == i64::MIN.unsigned_abs() => Some(Scalar::Int(i64::MIN)),
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Uint(magnitude)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_fits && exponent_fits
}

/// A float that Go would parse: out of range is no number there.
fn float(text: &str) -> Option<f64> {
    let number = is_float(text).then(|| text.parse::<f64>().ok()).flatten()?;
    number.is_finite().then_some(number)
}

/// The four layouts that go-yaml tries: a date, or a date and a time behind `T`, `t` or a space.
fn is_timestamp(text: &str) -> bool {
    let mut rest = text;
    let Some(year) = take_digits(&mut rest, 4, 4) else {
        return false;
    };
    let date = (|| {
        rest = rest.strip_prefix('-')?;
        let month = take_digits(&mut rest, 1, 2)?;
        rest = rest.strip_prefix('-')?;
        let day = take_digits(&mut rest, 1, 2)?;
        (1..=days_in(year, month)).contains(&day).then_some(())
    })();
    if date.is_none() {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    let zoned = rest.starts_with(['T', 't']);
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else {
        return false;
    };
    // Go reads one blank of a layout as one or more.
    rest = if zoned {
        time
    } else {
        time.trim_start_matches(' ')
    };
    take_time(&mut rest).is_some()
        && if zoned {
            is_zone(rest)
        } else {
            rest.is_empty()
        }
}

fn take_time(rest: &mut &str) -> Option<()> {
    let hour = take_digits(rest, 1, 2)?;
    *rest = rest.strip_prefix(':')?;
    let minute = take_digits(rest, 1, 2)?;
    *rest = rest.strip_prefix(':')?;
    let second = take_digits(rest, 1, 2)?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.len()
            - fraction
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        if digits == 0 {
            return None;
        }
        *rest = fraction.get(digits..)?;
    }
    (hour < 24 && minute < 60 && second < 60).then_some(())
}

fn is_zone(text: &str) -> bool {
    let mut rest = text;
    if rest == "Z" {
        return true;
    }
    let offset = (|| {
        rest = rest.strip_prefix(['+', '-'])?;
        let hours = take_digits(&mut rest, 2, 2)?;
        rest = rest.strip_prefix(':')?;
        let minutes = take_digits(&mut rest, 2, 2)?;
        (hours <= 24 && minutes < 60 && rest.is_empty()).then_some(())
    })();
    offset.is_some()
}

fn take_digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let count = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let digits = rest.get(..count).filter(|_| count >= least)?;
    *rest = rest.get(count..)?;
    digits.parse().ok()
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

/// Standard base64 with padding, line breaks allowed; none where the bytes aren't text.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0u32, 0u32, 0u32);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        bits = (bits << 6) | u32::from(digit);
        count += 1;
        if count == 4 {
            let group = bits.to_be_bytes();
            bytes.extend(group.get(1..4 - padding.min(2) as usize)?);
            (bits, count) = (0, 0);
        }
    }
    let complete = count == 0 && padding <= 2;
    complete.then(|| String::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(text: &str) -> Scalar<'_> {
        plain(Cow::Borrowed(text))
    }

    #[test]
    fn plain_scalars_mean_what_go_yaml_v3_takes_them_for() {
        let same = |text: &'static str| (text, Scalar::Str(Cow::Borrowed(text)));
        let table = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("Null", Scalar::Null),
            same("nULL"),
            ("True", Scalar::Bool(true)),
            same("tRue"),
            same("yes"),
            same("on"),
            same("y"),
            ("0777", Scalar::Int(511)),
            ("0o777", Scalar::Int(511)),
            ("0x1F", Scalar::Int(31)),
            ("-0b11", Scalar::Int(-3)),
            ("08", Scalar::Float(8.0)),
            ("1_000", Scalar::Int(1000)),
            ("+1", Scalar::Int(1)),
            same("+-1"),
            same("0x"),
            ("0", Scalar::Int(0)),
            ("1e3", Scalar::Float(1000.0)),
            (".5", Scalar::Float(0.5)),
            ("1.", Scalar::Float(1.0)),
            ("1.10", Scalar::Float(1.1)),
            same("1e999"),
            same("1.2.3"),
            same("."),
            same("-"),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("9223372036854775808", Scalar::Uint(1 << 63)),
            (
                "18446744073709551616",
                Scalar::Float(18_446_744_073_709_551_616.0),
            ),
            ("12:30:45", Scalar::Str("12:30:45".into())),
            ("2024-01-01", Scalar::Timestamp("2024-01-01".into())),
            same("2024-13-01"),
            same("2023-02-29"),
            (
                "2024-02-29 1:2:3.5",
                Scalar::Timestamp("2024-02-29 1:2:3.5".into()),
            ),
            (
                "2024-1-1T01:02:03Z",
                Scalar::Timestamp("2024-1-1T01:02:03Z".into()),
            ),
            same("2024-01-01T01:02:03"),
            same("<<"),
            same("="),
        ];
        for (text, expected) in table {
            assert_eq!(meaning(text), expected, "{text}");
        }
    }

    #[test]
    fn binary_is_decoded_and_anything_else_stays_text() {
        let binary = |text| tagged(Tag::Binary, Cow::Borrowed(text), true);
        assert_eq!(binary("aGk="), Scalar::Str("hi".into()));
        assert_eq!(binary("aGk"), Scalar::Str("aGk".into()));
        assert_eq!(binary("a=k="), Scalar::Str("a=k=".into()));
    }
}
