//! How long a command sleeps, where that can be read off it.

use sdk::Node;

/// The longest single sleep of an `exec` handler's command in whole seconds: `["sleep", "10"]`, or a script like
/// `sleep 10 && nginx -s quit`. None where it doesn't sleep for a time that is written out.
///
/// Only the longest counts, not the sum: of several sleeps a script may well take just one.
pub(super) fn seconds(command: Node<'_>) -> Option<i64> {
    let words: Vec<_> = command.items().filter_map(Node::text).collect();
    let scripts = words.iter().flat_map(|word| pieces(word));
    let whole: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let naps = scripts.filter_map(|piece| of_words(&piece.split_whitespace().collect::<Vec<_>>()));
    naps.chain(of_words(&whole)).max()
}

/// The commands of a script.
fn pieces(script: &str) -> impl Iterator<Item = &str> {
    script.split([';', '&', '|', '\n', '(', ')', '{', '}'])
}

/// How long one command sleeps; several times add up, as they do for GNU's `sleep`.
fn of_words(words: &[&str]) -> Option<i64> {
    let at = words.iter().position(|word| is_sleep(word))?;
    let times = words.get(at + 1..)?.iter();
    let times: Vec<i64> = times.map_while(|word| duration(word)).collect();
    (!times.is_empty()).then(|| times.into_iter().fold(0, i64::saturating_add))
}

fn is_sleep(word: &str) -> bool {
    word == "sleep" || word.ends_with("/sleep")
}

/// `10`, `0.5`, `10s`, `2m`; what is below a second counts for nothing.
fn duration(word: &str) -> Option<i64> {
    let word = word.trim_matches(['"', '\'']);
    let (number, unit) = match word.chars().last()? {
        's' => (word.strip_suffix('s')?, 1),
        'm' => (word.strip_suffix('m')?, 60),
        'h' => (word.strip_suffix('h')?, 3_600),
        'd' => (word.strip_suffix('d')?, 86_400),
        _ => (word, 1),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) {
        return None;
    }
    // What is too long to be counted is longer than any grace period.
    let whole: i64 = whole.parse().unwrap_or(i64::MAX);
    Some(whole.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nap(command: &str) -> Option<i64> {
        let stream = sdk::yaml::parse(command.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        seconds(root)
    }

    #[test]
    fn a_sleep_is_found_in_words_and_in_scripts() {
        let table = [
            (r#"["sleep", "10"]"#, Some(10)),
            (r"[/bin/sleep, 2m]", Some(120)),
            (r#"[sh, -c, "sleep 10"]"#, Some(10)),
            (r#"[/bin/sh, -c, "sleep 15 && nginx -s quit"]"#, Some(15)),
            (r#"[/bin/sh, -c, "nginx -s quit; sleep '20'"]"#, Some(20)),
            (r#"[sh, -c, "sleep 0.5"]"#, Some(0)),
            (r#"[sh, -c, "sleep 5; sleep 30"]"#, Some(30)),
            (r"[sleep, 1m, 5s]", Some(65)),
            (r#"[sleep, "99999999999999999999"]"#, Some(i64::MAX)),
            (r#"[sh, -c, "sleep $DELAY"]"#, None),
            (r#"[sh, -c, "echo asleep 10"]"#, None),
            (r"[nginx, -s, quit]", None),
            ("[]", None),
            ("sleep 10", None),
        ];
        for (command, expected) in table {
            assert_eq!(nap(command), expected, "{command}");
        }
    }
}
