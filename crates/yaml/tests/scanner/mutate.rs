//! Documents that are almost like others.

use crate::random::Random;

/// No text that is mutated is longer: more would say no more, only later.
const MAX_LENGTH: usize = 1500;

/// What YAML means something by, and what it trips over.
const TOKENS: [&str; 85] = [
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\n \n",
    "\t",
    "\n\t",
    "\r\n",
    "\r",
    ":",
    ": ",
    ":\n",
    ":\t",
    ": |\n",
    ": >-\n",
    "- ",
    "-",
    "-\n",
    "- - ",
    "- -",
    "-\t",
    "#",
    " #",
    " # c\n",
    "'",
    "\"",
    "''",
    "\"\"",
    "\\",
    "\\n",
    "\\\n",
    "\\u00e9",
    "\\x",
    "\\\"",
    "|",
    ">",
    "|-",
    "|+",
    "|2",
    ">2-",
    "|-9",
    "|0",
    "| # c\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "[]",
    "{}",
    "[, 'd']",
    "{b [c",
    "{a, b: }",
    "&a ",
    "*a",
    "&a",
    "*a : b",
    "!!str ",
    "! ",
    "!<x> ",
    "!x",
    "<<: *a\n",
    "<<: {a: b}\n",
    "<<",
    "? ",
    "?\n",
    ": x\n",
    "---\n",
    "---",
    "--- ",
    "\n---\n",
    "...\n",
    "\n...",
    "%YAML 1.2\n",
    "@",
    "`",
    "~",
    "null",
    "k: v\n",
    "é",
    "\u{1f389}",
    "=",
    "0o17",
];

/// Characters that YAML forbids or takes for line ends, and a mark of byte order.
const ODD: [&str; 12] = [
    "\u{feff}", "\u{85}", "\u{2028}", "\u{2029}", "\u{a0}", "\u{7f}", "\u{80}", "\u{fffe}", "\0",
    "\u{1b}", "\u{b}", "\u{ffff}",
];

/// Like `text` or a part of it, with one to four changes; other texts are spliced in.
pub(crate) fn mutate(random: &mut Random, text: &str, other: &str) -> String {
    let mut text = part(random, text);
    let count = 1 + random.below(2) * random.below(4);
    for _ in 0..count {
        text = change(random, text, other);
    }
    if random.one_in(40) {
        text = text.replace('\n', "\r\n");
    }
    text
}

/// The text, or a run of lines that are indented at least like its first, taken out of it.
fn part(random: &mut Random, text: &str) -> String {
    if text.len() <= MAX_LENGTH && !random.one_in(4) {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = random.below(lines.len());
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = lines.get(from).map_or(0, |line| width(line));
    let mut part = String::new();
    for line in lines.iter().skip(from) {
        let is_outside = width(line) < least && !line.trim().is_empty();
        if is_outside || part.len() + line.len() > MAX_LENGTH {
            break;
        }
        part.push_str(line.get(least.min(width(line))..).unwrap_or_default());
    }
    part
}

fn change(random: &mut Random, text: String, other: &str) -> String {
    match random.below(16) {
        0..=2 => insert(random, text),
        3 => delete(random, text),
        4..=6 => move_lines(random, &text),
        7..=9 => indent(random, &text),
        10 => splice(random, &text, other),
        11 => repeat(random, text),
        12 => tabs(random, &text),
        13 => nest(random, text),
        14 => value(random, &text),
        _ => join(random, &text),
    }
}

/// A place between two characters; often one where YAML decides something.
fn boundary(random: &mut Random, text: &str) -> usize {
    let at = random.below(text.len() + 1);
    let is_telling = |found: &(usize, char)| ":-#'\"|>[]{},\n \\&*!".contains(found.1);
    let rest = text.get(text.floor_char_boundary(at)..).unwrap_or_default();
    let skipped = if random.one_in(2) {
        rest.char_indices().find(is_telling)
    } else {
        None
    };
    let beyond = skipped.map_or(0, |(at, found)| {
        at + if random.one_in(2) {
            found.len_utf8()
        } else {
            0
        }
    });
    text.floor_char_boundary(at) + beyond
}

fn insert(random: &mut Random, mut text: String) -> String {
    let at = boundary(random, &text);
    let bit = if random.one_in(12) {
        random.pick(&ODD)
    } else {
        random.pick(&TOKENS)
    };
    text.insert_str(at, bit);
    text
}

/// Takes out a few characters, or exchanges one.
fn delete(random: &mut Random, mut text: String) -> String {
    let at = boundary(random, &text);
    let end = text.floor_char_boundary((at + 1 + random.below(6)).min(text.len()));
    let instead = if random.one_in(3) {
        random.pick(&TOKENS)
    } else {
        ""
    };
    if at < end {
        text.replace_range(at..end, instead);
    }
    text
}

/// Lines change places, come twice, or go.
fn move_lines(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    if lines.is_empty() {
        return String::new();
    }
    match random.below(3) {
        0 => lines.swap(one, other),
        1 => {
            let line = lines.remove(one);
            lines.insert(other.min(lines.len()), line);
            lines.insert(one.min(lines.len()), line);
        }
        _ => {
            lines.remove(one);
        }
    }
    lines.concat()
}

/// Some lines go to the left or to the right.
fn indent(random: &mut Random, text: &str) -> String {
    let count = text.lines().count();
    let from = random.below(count);
    let to = from + 1 + random.below(4);
    let by = 1 + random.below(3);
    let goes_right = random.one_in(2);
    let lines = text
        .split_inclusive('\n')
        .enumerate()
        .map(|(number, line)| {
            let width = line.len() - line.trim_start_matches(' ').len();
            if !(from..to).contains(&number) {
                line.to_owned()
            } else if goes_right {
                " ".repeat(by) + line
            } else {
                line.get(by.min(width)..).unwrap_or_default().to_owned()
            }
        });
    lines.collect()
}

/// The head of one text and the tail of another.
fn splice(random: &mut Random, text: &str, other: &str) -> String {
    let other = part(random, other);
    let (at, from) = (boundary(random, text), boundary(random, &other));
    let between = ["", "\n", "\n---\n", "\n- "][random.below(4)];
    let head = text.get(..at).unwrap_or_default();
    let tail = other.get(from..).unwrap_or_default();
    format!("{head}{between}{tail}")
}

/// A few characters come twice.
fn repeat(random: &mut Random, mut text: String) -> String {
    let at = boundary(random, &text);
    let end = text.floor_char_boundary((at + 1 + random.below(24)).min(text.len()));
    let to = boundary(random, &text);
    let bit = text.get(at..end).unwrap_or_default().to_owned();
    text.insert_str(to, &bit);
    text
}

/// A run of blanks becomes a tab.
fn tabs(random: &mut Random, text: &str) -> String {
    let blanks: Vec<(usize, &str)> = text.match_indices(' ').collect();
    match blanks.get(random.below(blanks.len())) {
        Some((at, _)) => {
            let (head, tail) = text.split_at(*at);
            format!("{head}\t{}", tail.get(1..).unwrap_or_default())
        }
        None => format!("\t{text}"),
    }
}

/// The value behind a colon is written in another way, or is another.
fn value(random: &mut Random, text: &str) -> String {
    let colons: Vec<(usize, &str)> = text.match_indices(": ").collect();
    let Some((at, _)) = colons.get(random.below(colons.len())) else {
        return format!("{text}\nk: v");
    };
    let (head, tail) = text.split_at(at + 2);
    let (old, rest) = tail.split_at(tail.find('\n').unwrap_or(tail.len()));
    let new = match random.below(12) {
        0 => format!("\"{old}\""),
        1 => format!("'{old}'"),
        2 => format!("[{old}]"),
        3 => format!("{{{old}}}"),
        4 => format!("|\n  {old}\n\n    {old}\n "),
        5 => format!(">+\n{old}"),
        6 => format!("\n    {old}"),
        7 => format!("\"{old}\n  {old}\n\""),
        8 => format!("{old}\n      {old} # c"),
        9 => format!("[{old},\n  {old}\n]"),
        10 => format!("&x {old}"),
        _ => String::new(),
    };
    format!("{head}{new}{rest}")
}

/// The text, or a part of it, deep inside of something.
fn nest(random: &mut Random, mut text: String) -> String {
    let depth = if random.one_in(30) {
        190 + random.below(80)
    } else {
        1 + random.below(4)
    };
    let (open, close) = [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("[", ""),
        ("\"", "\""),
        ("{", "}"),
    ][random.below(6)];
    let at = boundary(random, &text);
    let end = text
        .floor_char_boundary((at + random.below(16)).min(text.len()))
        .max(at);
    text.insert_str(end, &close.repeat(depth));
    text.insert_str(at, &open.repeat(depth));
    text
}

/// A line end goes, or a line is broken.
fn join(random: &mut Random, text: &str) -> String {
    let (from, to) = if random.one_in(2) {
        ('\n', " ")
    } else {
        (' ', "\n")
    };
    let found: Vec<(usize, &str)> = text.match_indices(from).collect();
    match found.get(random.below(found.len())) {
        Some((at, _)) => {
            let (head, tail) = text.split_at(*at);
            format!("{head}{to}{}", tail.get(1..).unwrap_or_default())
        }
        None => text.to_owned(),
    }
}
