//! What the functions did, for people.

use std::fmt::Write as _;

use crate::watched::Call;

/// A line for each function, then what they warned of.
pub(crate) fn text(environment: &str, calls: &[Call]) -> String {
    let mut text = String::new();
    let width = calls.iter().map(|call| call.function.len()).max();
    for call in calls {
        let width = width.unwrap_or_default();
        let _ = writeln!(text, "{:width$}  {}", call.function, did(call));
    }
    for problem in calls.iter().flat_map(problems) {
        let _ = writeln!(text, "{problem}");
    }
    let _ = writeln!(
        text,
        "{environment} is rendered; `make changes ENV={environment}` shows what the functions changed"
    );
    text
}

/// `12 objects changed, 3 made, 2 warnings`.
fn did(call: &Call) -> String {
    let mut parts = Vec::new();
    let counts = call.counts;
    let mut count = |number: usize, what: &str| {
        if number > 0 {
            // The first part says what is counted.
            let objects = match (parts.is_empty(), number) {
                (false, _) => "",
                (true, 1) => "object ",
                (true, _) => "objects ",
            };
            parts.push(format!("{number} {objects}{what}"));
        }
    };
    count(counts.different, "changed");
    count(counts.new, "made");
    count(counts.removed, "removed");
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    for word in ["warning", "error"] {
        let is_such = |line: &&str| line.starts_with(&format!("{word}["));
        match call.told.lines().filter(is_such).count() {
            0 => {}
            1 => parts.push(format!("1 {word}")),
            number => parts.push(format!("{number} {word}s")),
        }
    }
    parts.join(", ")
}

/// What a function said but for what is mere information.
fn problems(call: &Call) -> impl Iterator<Item = &str> {
    call.told.lines().filter(|line| !line.starts_with("info["))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compared::Counts;

    #[test]
    fn every_function_has_a_line_and_every_warning_is_shown() {
        let call = |function: &str, counts, told: &str| Call {
            function: function.to_owned(),
            counts,
            told: told.to_owned(),
        };
        let counts = |different, removed, new| Counts {
            different,
            removed,
            new,
        };
        let calls = [
            call("set-resources", counts(0, 0, 0), ""),
            call(
                "inject-probes",
                counts(1, 0, 0),
                "info[inject-probes/summary] changed 1\nwarning[inject-probes/x] Pod a/b: c\n",
            ),
            call(
                "mesh",
                counts(0, 2, 12),
                "error[mesh/x] d\nerror[mesh/y] e\n",
            ),
        ];
        assert_eq!(
            text("production", &calls),
            "set-resources  nothing to do\n\
             inject-probes  1 object changed, 1 warning\n\
             mesh           12 objects made, 2 removed, 2 errors\n\
             warning[inject-probes/x] Pod a/b: c\n\
             error[mesh/x] d\n\
             error[mesh/y] e\n\
             production is rendered; `make changes ENV=production` shows what the functions changed\n"
        );
    }
}
