//! The smallest text of a sort.

/// Takes lines and then characters away for as long as `holds` does.
pub(crate) fn shrink(text: &str, holds: impl Fn(&str) -> bool) -> String {
    let mut smallest = text.to_owned();
    loop {
        let before = smallest.len();
        for by_lines in [true, false] {
            smallest = without(&smallest, by_lines, &holds);
        }
        if smallest.len() == before {
            return smallest;
        }
    }
}

/// The fewest lines of it for which `holds` does.
pub(crate) fn lines(text: &str, holds: impl Fn(&str) -> bool) -> String {
    without(text, true, &holds)
}

/// Tries to do without each part, and keeps the parts that it can't do without.
fn without(text: &str, by_lines: bool, holds: &impl Fn(&str) -> bool) -> String {
    let mut parts: Vec<&str> = if by_lines {
        text.split_inclusive('\n').collect()
    } else {
        text.split_inclusive(|_| true).collect()
    };
    let mut size = parts.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < parts.len() {
            let mut fewer = parts.clone();
            fewer.drain(at..(at + size).min(parts.len()));
            if holds(&fewer.concat()) {
                parts = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    parts.concat()
}

#[test]
fn what_is_left_is_what_it_takes() {
    let smallest = shrink("a: b\nc: [d, e]\nf: g\n", |text| {
        text.contains('[') && text.contains('e')
    });
    assert_eq!(smallest, "[e");
}
