//! A folder under `transformers:`: a kustomization whose objects are configurations. It may patch them, so that only
//! kustomize knows how they are to run.

use std::path::Path;

use sdk::Node;
use sdk::yaml;

use super::configuration::{Configuration, List};
use super::form::Form;
use super::kustomization::{Reader, Target, items};
use super::paths::shown;

/// What leaves objects as they are.
const PLAIN: [&str; 6] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "sortOptions",
];

/// What a folder is beyond its files.
#[derive(Default)]
struct Folder {
    /// Whether kustomize changes what stands in the files.
    is_changed: bool,
    /// What it refers to and can't be read, so that kustomize had better not be asked to.
    is_incomplete: bool,
}

/// The configurations in a folder that a kustomization lists; they run where that stands.
pub(super) fn read(
    reader: &mut Reader<'_>,
    folder: &Path,
    list: List,
    runs_in: &Path,
) -> Vec<usize> {
    let mut state = Folder::default();
    let numbers = collect(reader, folder, list, runs_in, &mut state);
    if state.is_changed {
        let built = if state.is_incomplete {
            Err("not all of its folder could be read".to_owned())
        } else {
            built(reader, folder, list, runs_in)
        };
        for number in &numbers {
            if let Some(configuration) = reader.found.get_mut(*number) {
                take_over(configuration, &built);
            }
        }
    }
    numbers
}

fn collect(
    reader: &mut Reader<'_>,
    folder: &Path,
    list: List,
    runs_in: &Path,
    state: &mut Folder,
) -> Vec<usize> {
    let Some((file, stream)) = reader.file_of(folder) else {
        return Vec::new();
    };
    let Some(root) = stream.documents().find_map(|document| document.root()) else {
        return Vec::new();
    };
    let is_plain = |key: Node<'_>| key.text().is_some_and(|key| PLAIN.contains(&key.as_ref()));
    state.is_changed |= !root.entries().all(|(key, _)| is_plain(key));
    let mut numbers = Vec::new();
    for field in ["resources", "bases", "components"] {
        for entry in items(root, field) {
            match reader.entry(entry, folder, &file) {
                Target::File(path) => numbers.extend(reader.file(&path, list, runs_in)),
                Target::Folder(path) => {
                    numbers.extend(collect(reader, &path, list, runs_in, state));
                }
                Target::Nothing => state.is_incomplete = true,
            }
        }
    }
    numbers
}

/// What kustomize makes of the folder; why not where it can't.
fn built(
    reader: &Reader<'_>,
    folder: &Path,
    list: List,
    runs_in: &Path,
) -> Result<Vec<Configuration>, String> {
    let builder = reader.programs.builders().next();
    let builder = builder.ok_or("neither kustomize nor kubectl is on PATH")?;
    let stream = yaml::parse(builder.build(folder)?).map_err(|error| error.to_string())?;
    let roots = stream.documents().filter_map(|document| document.root());
    let file = format!("{} as `{}` prints it", shown(folder), builder.call);
    let read = |root| Configuration::read(root, &file, list, runs_in.to_owned());
    Ok(roots.filter_map(read).collect())
}

/// Gives a configuration what the folder makes of it. What its file says wrong has better lines.
fn take_over(configuration: &mut Configuration, built: &Result<Vec<Configuration>, String>) {
    let built = match built {
        Ok(built) => built,
        Err(why) => {
            configuration.form = Form::Unknown(why.clone());
            return;
        }
    };
    let of_kind = |other: &&Configuration| other.kind == configuration.kind;
    let of_name = |other: &&Configuration| other.name == configuration.name;
    let same = built.iter().filter(of_kind).find(of_name);
    let Some(same) = same.or_else(|| built.iter().find(of_kind)) else {
        configuration.form =
            Form::Unknown("a patch took it away or made another kind of it".to_owned());
        return;
    };
    configuration.form.clone_from(&same.form);
    configuration.is_silent = same.is_silent;
    if configuration.mistakes.is_empty() {
        configuration.mistakes.clone_from(&same.mistakes);
    }
}
