//! How much an object holds.

/// The most that the API server takes, in bytes.
const MAX: usize = 1024 * 1024;
/// Beyond this it is told.
const MUCH: usize = 900 * 1024;

/// The bytes of the values that the API server counts.
#[derive(Debug, Default)]
pub(super) struct Size<'t> {
    total: usize,
    /// Field, key and size of the largest value; of equal ones the first.
    largest: (&'static str, &'t str, usize),
}

/// What the size of an object is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    Much,
    TooMuch,
}

impl<'t> Size<'t> {
    pub(super) fn add(&mut self, field: &'static str, key: &'t str, bytes: usize) {
        self.total += bytes;
        if bytes > self.largest.2 {
            self.largest = (field, key, bytes);
        }
    }

    /// Where the largest value stands.
    pub(super) fn largest(&self) -> (&'static str, &'t str) {
        (self.largest.0, self.largest.1)
    }

    pub(super) fn verdict(&self) -> Verdict {
        if self.total > MAX {
            Verdict::TooMuch
        } else if self.total > MUCH {
            Verdict::Much
        } else {
            Verdict::Fine
        }
    }

    /// Said of an object with much or too much in it.
    pub(super) fn message(&self) -> String {
        let (total, (field, key, bytes)) = (self.total, self.largest);
        let largest = format!("the largest is {key:?} in `{field}` with {bytes}");
        match self.verdict() {
            Verdict::TooMuch => format!(
                "the values must have at most {MAX} bytes together, not {total}, and {largest}; split the object"
            ),
            Verdict::Fine | Verdict::Much => format!(
                "the values have {total} bytes together, of the {MAX} that the API server takes, and {largest}; split the object before it grows"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Size, Verdict};

    fn of(bytes: &[usize]) -> Size<'static> {
        let mut size = Size::default();
        for (key, bytes) in ["a", "b", "c"].iter().zip(bytes) {
            size.add("data", key, *bytes);
        }
        size
    }

    #[test]
    fn the_limits_themselves_are_within() {
        let table = [
            (vec![], Verdict::Fine),
            (vec![921_600], Verdict::Fine),
            (vec![921_599, 1, 1], Verdict::Much),
            (vec![524_288, 524_288], Verdict::Much),
            (vec![524_288, 524_288, 1], Verdict::TooMuch),
        ];
        for (bytes, verdict) in table {
            assert_eq!(of(&bytes).verdict(), verdict, "{bytes:?}");
        }
    }

    #[test]
    fn the_first_of_the_largest_is_named() {
        assert_eq!(of(&[1, 600_000, 600_000]).largest(), ("data", "b"));
    }
}
