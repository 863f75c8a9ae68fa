//! What keeps functions from running, each in the form that its configuration asks for.

use super::configuration::{Configuration, List, is_function, name_of};
use super::form::Form;
use super::plugins::Plugins;
use super::process;
use super::programs::{Docker, Programs};
use super::report::Entry;

/// Why a function can't run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Obstacle {
    /// In a few words.
    cause: String,
    /// What happens then: what kustomize says of the first one, as a rule.
    consequence: String,
    remedy: String,
}

const WITHOUT_ANNOTATION: &str = "or take the annotation `config.kubernetes.io/function` away and type: plimsoll install-plugins";

/// All of them, told once where they are the same for several functions.
pub(super) fn told(found: &[Configuration], programs: &Programs, plugins: &Plugins) -> Vec<Entry> {
    let mut groups: Vec<(Obstacle, Vec<&Configuration>)> = Vec::new();
    let listed = |configuration: &&Configuration| configuration.list != List::Resources;
    for configuration in found.iter().filter(listed) {
        let Some(obstacle) = obstacle(configuration, programs, plugins) else {
            continue;
        };
        let is_same = |(other, _): &&mut (Obstacle, _)| {
            (&other.cause, &other.remedy) == (&obstacle.cause, &obstacle.remedy)
        };
        match groups.iter_mut().find(is_same) {
            Some((_, same)) => same.push(configuration),
            None => groups.push((obstacle, vec![configuration])),
        }
    }
    let told = groups
        .iter()
        .map(|(obstacle, group)| entry(obstacle, group));
    told.collect()
}

fn entry(obstacle: &Obstacle, group: &[&Configuration]) -> Entry {
    let Obstacle {
        cause,
        consequence,
        remedy,
    } = obstacle;
    let labels: Vec<String> = group
        .iter()
        .map(|configuration| configuration.label())
        .collect();
    let entry = Entry::error(format!(
        "{} can't run: {cause}; {consequence}",
        labels.join(", ")
    ));
    let entry = group
        .iter()
        .fold(entry, |entry, configuration| entry.at(&configuration.place));
    entry.mend(remedy)
}

fn fails_with(said: &str) -> String {
    format!("the build fails with \"{said}\"")
}

fn obstacle(
    configuration: &Configuration,
    programs: &Programs,
    plugins: &Plugins,
) -> Option<Obstacle> {
    match &configuration.form {
        Form::Plugin => plugin(configuration, plugins),
        Form::Exec(path) if path.contains('/') => {
            program_at(configuration, path).or_else(|| stranger(configuration, path))
        }
        Form::Exec(name) => {
            program_named(configuration, name).or_else(|| stranger(configuration, name))
        }
        Form::Container(image) => container(image, &programs.docker),
        Form::Nothing => Some(Obstacle {
            cause: "its annotation names neither a program nor an image".to_owned(),
            consequence: "kustomize and kubectl skip it in silence and exit 0".to_owned(),
            remedy: format!(
                "write `exec: {{path: …}}` or `container: {{image: …}}`, {WITHOUT_ANNOTATION}"
            ),
        }),
        Form::Unreadable(why) => Some(Obstacle {
            cause: why.clone(),
            consequence: fails_with("failed to get FunctionSpec"),
            remedy: format!(
                "write `exec: {{path: …}}` or `container: {{image: …}}`, {WITHOUT_ANNOTATION}"
            ),
        }),
        Form::Unknown(_) => None,
    }
}

/// No plugin would help a kind that nobody knows; its mistake has been told.
fn plugin(configuration: &Configuration, plugins: &Plugins) -> Option<Obstacle> {
    let Configuration {
        api_version, kind, ..
    } = configuration;
    let is_known = name_of(kind).is_some() || kind == sdk::PIPELINE;
    let plugin = plugins
        .of(kind)
        .filter(|_| is_known && api_version == sdk::API_VERSION)?;
    Some(Obstacle {
        cause: plugin.cause()?.to_owned(),
        consequence: fails_with(&plugin.failure()?),
        remedy: format!("type: {}", plugin.remedy()),
    })
}

fn program_at(configuration: &Configuration, path: &str) -> Option<Obstacle> {
    let program = configuration.folder.join(path);
    let is_there = process::is_executable(&program);
    (!is_there).then(|| Obstacle {
        cause: format!("there is no program {}", program.display()),
        consequence: fails_with("couldn't execute function"),
        remedy: "give the path from the folder of the kustomization that lists it, or a name alone, which is looked up on PATH".to_owned(),
    })
}

/// A program of one function that is not the one that the configuration is for.
fn stranger(configuration: &Configuration, path: &str) -> Option<Obstacle> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let (own, said) = match name_of(&configuration.kind) {
        Some(own) => (own, format!("is not a configuration of {name}")),
        None if configuration.kind == sdk::PIPELINE => {
            let said = format!("a Pipeline runs several functions and {name} is one of them");
            ("plimsoll", said)
        }
        None => return None,
    };
    (is_function(name) && name != own).then(|| Obstacle {
        cause: format!("the program \"{path}\" is for another kind of configuration"),
        consequence: fails_with(&said),
        remedy: format!("write `path: {own}` in its annotation"),
    })
}

fn program_named(configuration: &Configuration, name: &str) -> Option<Obstacle> {
    if process::on_path(name).is_some() {
        return None;
    }
    let known = name_of(&configuration.kind).into_iter().chain(["plimsoll"]);
    let hint = sdk::yaml::did_you_mean(name, &known.collect::<Vec<_>>());
    let hint = if hint.contains(&format!("`{name}`")) {
        String::new()
    } else {
        hint
    };
    Some(Obstacle {
        cause: format!("the program \"{name}\" is not on PATH{hint}"),
        consequence: fails_with(&format!(
            "couldn't execute function: exec: \"{name}\": executable file not found in $PATH"
        )),
        remedy: format!("put its folder on PATH, {WITHOUT_ANNOTATION}"),
    })
}

fn container(image: &str, docker: &Docker) -> Option<Obstacle> {
    let (cause, said) = match docker {
        Docker::Runs(_) => return None,
        Docker::IsMissing => (
            "docker is not on PATH",
            "exec: \"docker\": executable file not found in $PATH",
        ),
        Docker::DoesNotAnswer(why) => ("docker's engine doesn't answer", why.as_str()),
    };
    Some(Obstacle {
        cause: format!("the image \"{image}\" needs docker, and {cause}"),
        consequence: fails_with(said),
        remedy: format!("install and start docker, {WITHOUT_ANNOTATION}"),
    })
}
