//! What becomes of a kustomization in each way to build it.

use super::configuration::{Configuration, List};
use super::form::Form;
use super::programs::{Builder, Programs};
use super::report::Entry;

/// What a build will come to, as far as that doesn't depend on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    Runs,
    Fails,
    Unknown,
}

/// The ways to build a folder whose configurations are these.
pub(super) fn ways(
    folder: &str,
    found: &[Configuration],
    programs: &Programs,
    outlook: Outlook,
) -> Vec<Entry> {
    let runs = |configuration: &&Configuration| configuration.list != List::Resources;
    let found: Vec<&Configuration> = found.iter().filter(runs).collect();
    if found.is_empty() {
        let nothing = Entry::note("it runs no function");
        return (outlook != Outlook::Fails)
            .then_some(nothing)
            .into_iter()
            .collect();
    }
    let mut entries: Vec<Entry> = programs
        .builders()
        .filter_map(|builder| way(builder, folder, &found, programs, outlook))
        .collect();
    if programs.builders().next().is_none() {
        let what = "neither kustomize nor kubectl is on PATH: it can't be built here";
        entries.push(Entry::error(what).mend("install kustomize 5.8 or newer"));
    }
    if outlook != Outlook::Fails {
        entries.extend(applied(folder, &found, programs));
    }
    entries
}

fn way(
    builder: &Builder,
    folder: &str,
    found: &[&Configuration],
    programs: &Programs,
    outlook: Outlook,
) -> Option<Entry> {
    let programs_run = labels(found);
    let needs_exec = !programs_run.is_empty();
    let command = builder.command(folder, needs_exec && builder.runs_exec);
    if needs_exec && !builder.runs_exec {
        return Some(skips(&command, &programs_run, folder, programs));
    }
    if outlook == Outlook::Fails {
        return None;
    }
    let count: usize = found
        .iter()
        .map(|configuration| configuration.steps.len())
        .sum();
    let functions = match count {
        1 => "1 function".to_owned(),
        count => format!("{count} functions"),
    };
    let hint = if needs_exec {
        "\nwithout --enable-exec it skips them in silence and exits 0"
    } else {
        ""
    };
    Some(if outlook == Outlook::Unknown {
        let what = format!("{command}: has {functions}, which it may or may not run{hint}");
        Entry::note(what)
    } else {
        Entry::fine(format!("{command}: runs {functions}{hint}"))
    })
}

/// What is run as a program.
fn labels(found: &[&Configuration]) -> Vec<String> {
    let is_program = |configuration: &&&Configuration| matches!(configuration.form, Form::Exec(_));
    let programs = found.iter().filter(is_program);
    programs
        .map(|configuration| configuration.label())
        .collect()
}

/// The skip that nobody would notice. Where no other way is left it is all that can happen here.
fn skips(command: &str, labels: &[String], folder: &str, programs: &Programs) -> Entry {
    let what = format!(
        "{command}: skips {} in silence and exits 0, since it can't run programs (`exec:`)",
        labels.join(", ")
    );
    let other = programs.builders().find(|builder| builder.runs_exec);
    match other {
        Some(other) => Entry::warning(what).type_in(other.command(folder, true)),
        None => Entry::error(what).mend(
            "install kustomize, or take the annotation `config.kubernetes.io/function` away and type: plimsoll install-plugins",
        ),
    }
}

/// `kubectl apply -k` has no flag for plugins.
fn applied(folder: &str, found: &[&Configuration], programs: &Programs) -> Option<Entry> {
    let kubectl = programs.kubectl.as_ref()?;
    let needs_exec = !labels(found).is_empty();
    let builder = if needs_exec {
        programs.kustomize.as_ref()?
    } else {
        kubectl
    };
    let command = builder.command(folder, needs_exec);
    let what = format!(
        "kubectl apply -k {folder}: runs no functions and fails with \"external plugins disabled\""
    );
    Some(Entry::note(what).type_in(format!("{command} | kubectl apply -f -")))
}
