//! The programs that are compared.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use checks::{binary, dist};

/// Builds ours as images hold them, and says where they stand.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let (machine, target) = (dist::this_machine(), binary::target());
        let build = |what: &[&str]| dist::build(what, &machine, &target, &[]);
        // Two calls: what the checks ask of shared crates must not end up in the binaries that are measured.
        build(&dist::PROGRAMS);
        build(&["--package", "checks", "--bin", "noop"])
    })
}

/// One of ours.
pub(crate) fn ours(name: &str) -> PathBuf {
    folder().join(name)
}

/// The functions that are measured together, with their kinds, in the order in which they belong.
pub(crate) const FUNCTIONS: [(&str, &str); 6] = [
    ("set-resources", "SetResources"),
    ("inject-probes", "InjectProbes"),
    ("set-availability", "SetAvailability"),
    ("harden-pods", "HardenPods"),
    ("hash-configmaps", "HashConfigMaps"),
    ("add-mtls-policies", "AddMtlsPolicies"),
];

/// A configuration of this kind, which finds much to do and lets no finding end the run.
pub(crate) fn config(kind: &str) -> String {
    let own = match kind {
        "HardenPods" => ", defaults: {level: restricted}",
        _ => "",
    };
    format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: bench}}\nspec: {{environment: production, results: {{failOn: never}}{own}}}\n"
    )
}

/// The text as it stands below a key.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    let lines = text.lines();
    lines.flat_map(|line| [pad.as_str(), line, "\n"]).collect()
}

/// One pipeline of these kinds.
pub(crate) fn pipeline(kinds: &[&str]) -> String {
    let steps: String = kinds
        .iter()
        .map(|kind| indented(&config(kind), 4).replacen("    apiVersion", "  - apiVersion", 1))
        .collect();
    format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: bench}}\nspec:\n  steps:\n{steps}"
    )
}
