//! Kustomizations: which configurations of ours they list, themselves and in what they refer to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sdk::Node;
use sdk::yaml::{self, Stream};

use super::configuration::{Configuration, List};
use super::functions_folder;
use super::order;
use super::paths::{files_of, is_elsewhere, neighbour, shown};
use super::programs::Programs;
use super::report::Entry;

/// What was found from one kustomization on.
pub(super) struct Reader<'p> {
    pub(super) programs: &'p Programs,
    pub(super) found: Vec<Configuration>,
    pub(super) entries: Vec<Entry>,
    /// How many other objects stand among resources.
    pub(super) objects: usize,
    /// What each folder runs, by numbers in `found`; also says which were read.
    ran: BTreeMap<PathBuf, Vec<usize>>,
}

impl<'p> Reader<'p> {
    pub(super) fn new(programs: &'p Programs) -> Self {
        Self {
            programs,
            found: Vec::new(),
            entries: Vec::new(),
            objects: 0,
            ran: BTreeMap::new(),
        }
    }

    /// Reads a kustomization and what it refers to. Gives what it runs, in order.
    pub(super) fn kustomization(&mut self, folder: &Path) -> Vec<usize> {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if let Some(ran) = self.ran.get(&folder) {
            return ran.clone();
        }
        // So that a circle ends, of which kustomize complains itself.
        self.ran.insert(folder.clone(), Vec::new());
        let Some((file, stream)) = self.file_of(&folder) else {
            return Vec::new();
        };
        let root = stream.documents().find_map(|document| document.root());
        let ran = root.map_or_else(Vec::new, |root| self.fields(root, &folder, &file));
        self.ran.insert(folder, ran.clone());
        ran
    }

    /// Whether it is a folder of configurations, which a kustomization is to list.
    pub(super) fn holds_configurations_alone(&self) -> bool {
        let are_resources = self.found.iter().all(|found| found.list == List::Resources);
        !self.found.is_empty() && self.objects == 0 && are_resources
    }

    fn fields(&mut self, root: Node<'_>, folder: &Path, file: &str) -> Vec<usize> {
        let mut before = Vec::new();
        for field in ["resources", "bases", "components"] {
            for entry in items(root, field) {
                before.extend(self.resource(entry, folder, file));
            }
        }
        let generators = self.functions(root, List::Generators, folder, file);
        let own = self.functions(root, List::Transformers, folder, file);
        self.functions(root, List::Validators, folder, file);
        self.entries
            .extend(order::judge(&self.found, &before, &own));
        [before, generators, own].concat()
    }

    /// What an entry of `resources` runs. A configuration among plain objects runs nothing.
    fn resource(&mut self, entry: Node<'_>, folder: &Path, file: &str) -> Vec<usize> {
        match self.entry(entry, folder, file) {
            Target::Folder(target) => return self.kustomization(&target),
            Target::File(target) => drop(self.file(&target, List::Resources, folder)),
            Target::Nothing => {}
        }
        Vec::new()
    }

    /// The configurations of a list, in the order in which kustomize runs them: those that stand in the list
    /// itself come first.
    fn functions(&mut self, root: Node<'_>, list: List, folder: &Path, file: &str) -> Vec<usize> {
        let (mut inline, mut listed) = (Vec::new(), Vec::new());
        for entry in items(root, list.field()) {
            match self::inline(entry, file) {
                Some((stream, file)) => {
                    inline.extend(self.stream(&stream, &file, list, folder));
                }
                None => match self.entry(entry, folder, file) {
                    Target::File(target) => listed.extend(self.file(&target, list, folder)),
                    Target::Folder(target) => {
                        listed.extend(functions_folder::read(self, &target, list, folder));
                    }
                    Target::Nothing => {}
                },
            }
        }
        [inline, listed].concat()
    }

    /// The configurations in a file.
    pub(super) fn file(&mut self, path: &Path, list: List, runs_in: &Path) -> Vec<usize> {
        let file = shown(path);
        let Some(stream) = self.parsed(path) else {
            return Vec::new();
        };
        self.stream(&stream, &file, list, runs_in)
    }

    fn stream(&mut self, stream: &Stream, file: &str, list: List, runs_in: &Path) -> Vec<usize> {
        let from = self.found.len();
        for root in stream.documents().filter_map(|document| document.root()) {
            match Configuration::read(root, file, list, runs_in.to_owned()) {
                Some(configuration) => self.found.push(configuration),
                None => self.objects += 1,
            }
        }
        (from..self.found.len()).collect()
    }

    /// The kustomization file of a folder; none, with a word about it, where there is none to be read.
    pub(super) fn file_of(&mut self, folder: &Path) -> Option<(String, Stream)> {
        let there: Vec<PathBuf> = files_of(folder);
        match there.as_slice() {
            [file] => Some((shown(file), self.parsed(file)?)),
            [] => {
                let what = format!("{} has no kustomization.yaml", shown(folder));
                self.entries.push(Entry::error(what));
                None
            }
            several => {
                let names: Vec<String> = several.iter().map(|file| shown(file)).collect();
                let what = "a folder must have one kustomization";
                let entry = Entry::error(what).at(names.join(" and "));
                self.entries.push(entry.mend("remove all but one of them"));
                None
            }
        }
    }

    fn parsed(&mut self, path: &Path) -> Option<Stream> {
        let file = shown(path);
        let bytes = fs::read(path).map_err(|error| format!("{file}: {error}"));
        let text = bytes
            .and_then(|bytes| yaml::decode_utf8(bytes).map_err(|error| format!("{file}, {error}")));
        let stream =
            text.and_then(|text| yaml::parse(text).map_err(|error| format!("{file}, {error}")));
        stream
            .map_err(|what| self.entries.push(Entry::error(what)))
            .ok()
    }

    /// What an entry of a list leads to.
    pub(super) fn entry(&mut self, entry: Node<'_>, folder: &Path, file: &str) -> Target {
        let text = entry.text().unwrap_or_default();
        let path = folder.join(text.as_ref());
        let place = format!("{file}, {}", entry.position());
        if path.is_dir() {
            return Target::Folder(path);
        }
        if path.is_file() {
            return Target::File(path);
        }
        self.entries.push(if is_elsewhere(&text) {
            Entry::note(format!(
                "\"{text}\" is not on this machine and was not looked at"
            ))
            .at(place)
        } else {
            let hint = neighbour(&path);
            Entry::error(format!("there is no file or folder \"{text}\"{hint}")).at(place)
        });
        Target::Nothing
    }
}

/// What an entry of a list leads to.
pub(super) enum Target {
    File(PathBuf),
    Folder(PathBuf),
    /// To nothing that could be read.
    Nothing,
}

/// The entries of a list of a kustomization.
pub(super) fn items<'t>(root: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    root.get(field).into_iter().flat_map(Node::items)
}

/// A configuration that stands in the list itself, and how its file is told: lines and columns are those of the
/// file where the text stands there as it is.
fn inline(entry: Node<'_>, file: &str) -> Option<(Stream, String)> {
    let text = entry.text()?;
    let plain = yaml::parse(text.into_owned()).ok()?;
    let roots = |stream: &Stream| -> Vec<_> {
        let roots = stream.documents().filter_map(|document| document.root());
        roots.map(|root| root.to_value().ok()).collect()
    };
    let is_map = |document: yaml::Document<'_>| document.root().is_some_and(Node::is_map);
    if !plain.documents().any(is_map) {
        return None;
    }
    let line = entry.position().line;
    let block = entry.source().split_once('\n').map(|(_, block)| block);
    let aligned = block.and_then(|block| yaml::parse("\n".repeat(line) + block).ok());
    match aligned.filter(|aligned| roots(aligned) == roots(&plain)) {
        Some(aligned) => Some((aligned, file.to_owned())),
        None => Some((plain, format!("{file}, in the text of line {line}"))),
    }
}
