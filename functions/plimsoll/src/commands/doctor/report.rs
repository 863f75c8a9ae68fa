//! What the doctor has to say, and how that looks.

use std::fmt::{self, Write as _};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// As it should be.
    Fine,
    /// Good to know.
    Note,
    /// It works, but not for everybody or not as well as it could.
    Warning,
    /// It doesn't work.
    Error,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fine => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    grade: Grade,
    what: String,
    places: Vec<String>,
    remedies: Vec<String>,
}

impl Entry {
    fn new(grade: Grade, what: impl Into<String>) -> Self {
        Self {
            grade,
            what: what.into(),
            places: Vec::new(),
            remedies: Vec::new(),
        }
    }

    pub(super) fn fine(what: impl Into<String>) -> Self {
        Self::new(Grade::Fine, what)
    }

    pub(super) fn note(what: impl Into<String>) -> Self {
        Self::new(Grade::Note, what)
    }

    pub(super) fn warning(what: impl Into<String>) -> Self {
        Self::new(Grade::Warning, what)
    }

    pub(super) fn error(what: impl Into<String>) -> Self {
        Self::new(Grade::Error, what)
    }

    /// Whether something doesn't work.
    pub(super) fn is_error(&self) -> bool {
        self.grade == Grade::Error
    }

    /// Where it is; several times for several places.
    pub(super) fn at(mut self, place: impl Into<String>) -> Self {
        self.places.push(place.into());
        self
    }

    /// What to do about it in words.
    pub(super) fn mend(mut self, what: impl Into<String>) -> Self {
        self.remedies.push(what.into());
        self
    }

    /// What to type.
    pub(super) fn type_in(self, command: impl fmt::Display) -> Self {
        self.mend(format!("type: {command}"))
    }
}

/// What belongs together.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Report(pub(super) Vec<Section>);

impl Report {
    fn count(&self, grade: Grade) -> usize {
        let entries = self.0.iter().flat_map(|section| &section.entries);
        entries.filter(|entry| entry.grade == grade).count()
    }

    /// Whether something doesn't work.
    pub(super) fn has_errors(&self) -> bool {
        self.count(Grade::Error) > 0
    }

    /// How many errors and warnings there are.
    fn sum(&self) -> String {
        let counted = |grade, name: &str| match self.count(grade) {
            0 => None,
            1 => Some(format!("1 {name}")),
            count => Some(format!("{count} {name}s")),
        };
        let counts = [
            counted(Grade::Error, "error"),
            counted(Grade::Warning, "warning"),
        ];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        if counts.is_empty() {
            "nothing is wrong".to_owned()
        } else {
            counts.join(", ")
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for section in &self.0 {
            writeln!(f, "{}", section.title)?;
            for entry in &section.entries {
                f.write_str(&lines(entry))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "{}", self.sum())
    }
}

fn lines(entry: &Entry) -> String {
    const INDENT: &str = "           ";
    let mut text = String::new();
    let mut what = entry.what.lines();
    let _ = writeln!(
        text,
        "  {:<8} {}",
        entry.grade,
        what.next().unwrap_or_default()
    );
    let place = entry.places.iter().map(|place| format!("in {place}"));
    let more = what.map(str::to_owned).chain(place);
    for line in more.chain(entry.remedies.iter().cloned()) {
        let _ = writeln!(text, "{INDENT}{line}");
    }
    text
}
