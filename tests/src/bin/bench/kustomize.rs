//! What functions add to `kustomize build`.

use std::fs;
use std::path::{Path, PathBuf};

use checks::generate;
use checks::tools::KUSTOMIZE;

use crate::job::{Job, in_turns};
use crate::programs::{self, FUNCTIONS};
use crate::report::Line;
use crate::{Bench, lists};

const MOST_OF_STEPS: f64 = 0.32;
const MOST_OF_PLAIN: f64 = 1.02;
/// The steps inside of kustomize.
const STEPS: usize = 4;

pub(crate) fn measure(bench: &Bench) -> Vec<Line> {
    let kustomize = KUSTOMIZE
        .find()
        .unwrap_or_else(|error| panic!("{error}; run `make tools`"));
    vec![
        as_transformers(bench, &kustomize),
        behind_a_pipe(bench, &kustomize),
    ]
}

/// One Pipeline against four transformers.
fn as_transformers(bench: &Bench, kustomize: &Path) -> Line {
    let steps = FUNCTIONS.iter().take(STEPS);
    let alone: Vec<(String, PathBuf)> = steps
        .clone()
        .map(|(name, kind)| (programs::config(kind), programs::ours(name)))
        .collect();
    let kinds: Vec<&str> = steps.map(|(_, kind)| *kind).collect();
    let together = [(programs::pipeline(&kinds), programs::ours("plimsoll"))];
    let build = |name: &str, folder: &Path| {
        let build = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
        Job::new(name, kustomize).arguments(&build).folder(folder)
    };
    let four = build("four transformers", &kustomization("four", 100, &alone));
    let one = build("one Pipeline", &kustomization("one", 100, &together));
    assert!(
        one.output() == four.output(),
        "one Pipeline must do what four transformers do"
    );
    let [one, four] = in_turns(&[one, four], bench.rounds(11));
    let what = "time of four steps as one Pipeline inside `kustomize build`, 100 resources, of four exec transformers";
    Line::ratio(what, MOST_OF_STEPS, &one, &four)
}

/// All functions behind a pipe, against none.
fn behind_a_pipe(bench: &Bench, kustomize: &Path) -> Line {
    let folder = kustomization("plain", 1000, &[]);
    let config: Vec<String> = FUNCTIONS
        .iter()
        .map(|(_, kind)| programs::config(kind))
        .collect();
    let config = lists::written("all.yaml", &config.join("---\n"));
    let (kustomize, plimsoll) = (kustomize.display(), programs::ours("plimsoll"));
    let shell = |name: &str, line: &str| {
        Job::new(name, "/bin/sh".as_ref())
            .arguments(&["-c", line])
            .folder(&folder)
    };
    let piped = format!(
        "{kustomize} build . | {} run --config {} -",
        plimsoll.display(),
        config.display()
    );
    let jobs = [
        shell("with all functions", &piped),
        shell("plain", &format!("{kustomize} build .")),
    ];
    let [piped, plain] = in_turns(&jobs, bench.rounds(15));
    let what =
        "time of `kustomize build \\| plimsoll run`, 1000 resources, of plain `kustomize build`";
    Line::ratio(what, MOST_OF_PLAIN, &piped, &plain)
}

/// A folder with so many resources, and these configurations for these programs.
fn kustomization(name: &str, count: usize, transformers: &[(String, PathBuf)]) -> PathBuf {
    let folder = lists::folder().join(name);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).expect("the target folder can be written");
    };
    write("resources.yaml", &generate::documents(count, lists::SEED));
    let mut text = "resources: [resources.yaml]\ntransformers:\n".to_owned();
    for (number, (config, program)) in transformers.iter().enumerate() {
        // kustomize takes no path from elsewhere.
        let link = folder.join(format!("step-{number}"));
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(program, &link).expect("a link can be made");
        let function = format!(
            "metadata: {{name: bench, annotations: {{config.kubernetes.io/function: \"exec: {{path: ./step-{number}}}\"}}}}"
        );
        // The first is the configuration's own; steps have others.
        write(
            &format!("step-{number}.yaml"),
            &config.replacen("metadata: {name: bench}", &function, 1),
        );
        text.extend(["- step-", &number.to_string(), ".yaml\n"]);
    }
    write("kustomization.yaml", &text);
    folder
}
