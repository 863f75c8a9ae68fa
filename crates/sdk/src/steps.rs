//! The steps of a run: every configuration finds its function, and is read before the first one runs.

use yaml::{Mistake, Path};

use crate::about::About;
use crate::config::{ConfigSource, frame};
use crate::finding::Finding;
use crate::function::{Function, Functions, Visitor};
use crate::input::Error;
use crate::pipeline::{self, Files, KIND};
use crate::session::Session;

/// Who tells what is wrong with a configuration that is no function's.
pub(crate) const NAME: &str = "plimsoll";

/// Which step begins: its number from 1, how many there are, and its configuration.
pub(crate) type Begins<'b> = dyn Fn(usize, usize, ConfigSource<'_>) + 'b;

/// Runs the steps in order, until one fails. Where a configuration has mistakes none runs, and all are told.
pub(crate) fn run<L: Functions>(
    session: &mut Session<'_>,
    sources: &[ConfigSource<'_>],
    files: &Files,
    begins: &Begins<'_>,
) -> Result<(), Error> {
    if L::IS_ONE && sources.iter().any(|source| pipeline::is_pipeline(*source)) {
        refuse_pipelines::<L>(session, sources);
        return Ok(());
    }
    let (steps, mistakes) = pipeline::expand(sources, files);
    for (step, finding) in mistakes {
        session.refuse(NAME, step, vec![finding]);
    }
    if steps.len() > 1 || session.has_failed {
        for step in &steps {
            of_function::<L>(session, *step, Part::Check)?;
        }
    }
    for (number, step) in steps.iter().enumerate() {
        if session.has_failed {
            break;
        }
        begins(number + 1, steps.len(), *step);
        session.is_last_step = number + 1 == steps.len();
        of_function::<L>(session, *step, Part::Run)?;
    }
    Ok(())
}

/// Reads a configuration, or the steps of one that stand in itself, as its function does; nothing runs.
pub(crate) fn check<L: Functions>(
    session: &mut Session<'_>,
    source: ConfigSource<'_>,
) -> Result<(), Error> {
    let files = Files::new();
    let (steps, mistakes) = pipeline::expand(&[source], &files);
    for (step, finding) in mistakes {
        session.refuse(NAME, step, vec![finding]);
    }
    steps
        .iter()
        .try_for_each(|step| of_function::<L>(session, *step, Part::Check))
}

/// The names of functions, or whatever else `pick` takes from name and kind.
pub(crate) fn names<L: Functions>(
    pick: fn(&'static str, &'static str) -> &'static str,
) -> Vec<&'static str> {
    struct Names(
        Vec<&'static str>,
        fn(&'static str, &'static str) -> &'static str,
    );
    impl Visitor for Names {
        fn visit<F: Function>(&mut self) {
            self.0.push((self.1)(F::NAME, F::KIND));
        }
    }
    let mut names = Names(Vec::new(), pick);
    L::each(&mut names);
    names.0
}

/// A program of one function says who runs several.
fn refuse_pipelines<L: Functions>(session: &mut Session<'_>, sources: &[ConfigSource<'_>]) {
    let name = names::<L>(|name, _| name).join(", ");
    let message = format!(
        "a {KIND} runs several functions and {name} is one of them; use plimsoll in its place (`plimsoll run --config FILE`, or plimsoll as the function), or give {name} the configuration of its own step"
    );
    for source in sources
        .iter()
        .filter(|source| pipeline::is_pipeline(**source))
    {
        let node = source.node();
        let at = node.and_then(|node| node.get("kind")).or(node);
        let mistake = at.map(|at| frame::mistake(at, Path::from(["kind"]), message.as_str()));
        let findings: Vec<Finding> = mistake
            .iter()
            .map(|mistake| source.mistake(mistake))
            .collect();
        session.refuse(&name, None, findings);
    }
}

/// What is to be done with a step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Its configuration is read.
    Check,
    /// It runs.
    Run,
}

/// Does a part of a step with the function that its configuration is for.
fn of_function<L: Functions>(
    session: &mut Session<'_>,
    source: ConfigSource<'_>,
    part: Part,
) -> Result<(), Error> {
    struct Find {
        kind: Option<String>,
        is_only: bool,
        found: Option<About>,
    }
    impl Visitor for Find {
        fn visit<F: Function>(&mut self) {
            if self.is_only || self.kind.as_deref() == Some(F::KIND) {
                self.found = Some(About::of::<F>());
            }
        }
    }
    let mut find = Find {
        kind: source.kind(),
        is_only: L::IS_ONE,
        found: None,
    };
    L::each(&mut find);
    let Some(about) = find.found else {
        return refuse_unknown::<L>(session, source);
    };
    match part {
        Part::Check => {
            session.check(about, source);
            Ok(())
        }
        Part::Run => session.step(about, source),
    }
}

/// Tells what kinds there are to a configuration that is of none of them.
fn refuse_unknown<L: Functions>(
    session: &mut Session<'_>,
    source: ConfigSource<'_>,
) -> Result<(), Error> {
    let known = names::<L>(|_, kind| kind);
    let list = known.join(", ");
    let kind = source.kind();
    let node = source.node.filter(|_| kind.is_some() || source.is_step);
    let Some(node) = node else {
        return Err(Error::Usage(format!(
            "a functionConfig must say what to run; its kind is one of {list}"
        )));
    };
    let message = match &kind {
        Some(kind) => {
            let hint = yaml::did_you_mean(kind, &known);
            format!(
                "no function has the configuration kind \"{kind}\"; it must be one of {list}{hint}"
            )
        }
        None => format!(
            "a step must be a function's configuration, whose `kind` is one of {list}, or the `path` of a file with one"
        ),
    };
    let (at, path) = match node.get("kind") {
        Some(at) => (at, Path::from(["kind"])),
        None => (node, Path::default()),
    };
    let mistake: Mistake = frame::mistake(at, path, message);
    let step = source.step();
    session.refuse(NAME, step, vec![source.mistake(&mistake)]);
    Ok(())
}
