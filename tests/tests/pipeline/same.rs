//! A pipeline does what its steps do one after another, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use checks::{Folder, binary, golden};

use crate::{OBJECTS, STEPS, list, pipeline, run};

fn cases_of(function: &str) -> PathBuf {
    binary::root()
        .join("functions")
        .join(function)
        .join("tests")
}

/// The basic configurations of all functions that there are, in their order, without what editors need.
fn configs() -> Vec<(&'static str, String)> {
    struct Names(Vec<&'static str>);
    impl sdk::Visitor for Names {
        fn visit<F: sdk::Function>(&mut self) {
            self.0.push(F::NAME);
        }
    }
    let mut names = Names(Vec::new());
    plimsoll::visit_all(&mut names);
    for name in &names.0 {
        assert!(
            sdk::FUNCTIONS.contains(name),
            "{name} has no place in the order"
        );
    }
    let existing = sdk::FUNCTIONS
        .into_iter()
        .filter(|name| names.0.contains(name));
    let read = |name: &str| {
        let file = cases_of(name).join("basic/config.yaml");
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    existing.map(|name| (name, read(name))).collect()
}

/// What a run came to: exit code, stdout, and stderr.
type Came = (Option<i32>, String, String);

/// A function as a library call, with this configuration on these objects.
fn one(name: &str, config: &str, input: &str) -> Came {
    struct One<'a>(&'a str, &'a str, &'a str, Option<Came>);
    impl sdk::Visitor for One<'_> {
        fn visit<F: sdk::Function>(&mut self) {
            if F::NAME != self.0 {
                return;
            }
            let came = match sdk::run::<F>(self.1, self.2, false) {
                Ok(ran) => {
                    let told: String = ran
                        .lines
                        .iter()
                        .flat_map(|line| [line.as_str(), "\n"])
                        .collect();
                    let is_done = ran.exit_code == 0;
                    let output = if is_done { ran.output } else { String::new() };
                    (Some(ran.exit_code.into()), output, told)
                }
                Err(_) => (Some(2), String::new(), String::new()),
            };
            self.3 = Some(came);
        }
    }
    let mut one = One(name, config, input, None);
    plimsoll::visit_all(&mut one);
    one.3.expect("the function is on the list")
}

/// The functions one after the other, until one fails.
fn one_by_one(configs: &[(&str, String)], input: &str) -> Came {
    let (mut text, mut told) = (input.to_owned(), String::new());
    for (name, config) in configs {
        let (code, output, lines) = one(name, config, &text);
        (text, told) = (output, told + &lines);
        if code != Some(0) {
            return (code, text, told);
        }
    }
    (Some(0), text, told)
}

/// The configurations as files, and two pipelines of them.
fn folder(configs: &[(&str, String)]) -> Folder {
    let texts: Vec<&str> = configs.iter().map(|(_, text)| text.as_str()).collect();
    let paths: Vec<String> = configs
        .iter()
        .map(|(name, _)| format!("path: {name}.yaml"))
        .collect();
    let by_path: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut files = vec![
        ("inline.yaml".to_owned(), pipeline(&texts)),
        ("by-path.yaml".to_owned(), pipeline(&by_path)),
    ];
    files.extend(
        configs
            .iter()
            .map(|(name, text)| (format!("{name}.yaml"), text.clone())),
    );
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Folder::of(&files)
}

/// About so many cases run by themselves; all of them where the environment says `EVERY_CASE`.
const ENOUGH: usize = 240;

/// Cases of all functions, evenly taken.
fn cases(configs: &[(&str, String)]) -> Vec<PathBuf> {
    let functions = configs.iter().map(|(name, _)| cases_of(name));
    let all: Vec<PathBuf> = functions.flat_map(|cases| golden::cases(&cases)).collect();
    let stride = match std::env::var_os("EVERY_CASE") {
        Some(_) => 1,
        None => all.len().div_ceil(ENOUGH),
    };
    all.into_iter().step_by(stride.max(1)).collect()
}

/// Runs a case through the pipelines and through the functions one by one; whether it is one that succeeds.
fn check(number: usize, case: &Path, configs: &[(&str, String)], folder: &Folder) -> bool {
    let input = fs::read_to_string(case.join("input.yaml")).expect("every case has an input");
    let expected = one_by_one(configs, &input);
    // A process takes longer than what it does here.
    let is_run_by_path = number.is_multiple_of(8);
    let pipelines = ["inline.yaml", "by-path.yaml"];
    for config in &pipelines[..=usize::from(is_run_by_path)] {
        let ran = run(folder, "plimsoll", &["run", "--config", config], &input);
        let outcome = (ran.code, ran.stdout, ran.stderr);
        assert_same(&outcome, &expected, &format!("{} {config}", case.display()));
    }
    expected.0 == Some(0)
}

#[test]
fn a_pipeline_of_all_functions_gives_the_bytes_of_one_after_another() {
    let configs = configs();
    let folder = folder(&configs);
    let cases = cases(&configs);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = &|first: usize| {
        let own = cases.iter().enumerate().skip(first).step_by(threads);
        own.filter(|(number, case)| check(*number, case, &configs, &folder))
            .count()
    };
    let done: usize = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || share(first)))
            .collect();
        let done = shares
            .into_iter()
            .map(|share| share.join().expect("every case is the same"));
        done.sum()
    });
    let failed = cases.len() - done;
    assert!(done > 50 && failed > 5, "{done} done, {failed} failed");
}

/// Exit code, bytes and words are the same; the words of calls that can't be served name the program.
fn assert_same(came: &Came, expected: &Came, what: &str) {
    assert_eq!(came.0, expected.0, "{what}: {}\n{}", came.2, expected.2);
    assert_eq!(came.1, expected.1, "{what}");
    if expected.0 != Some(2) {
        assert_eq!(
            without_places(&came.2),
            without_places(&expected.2),
            "{what}"
        );
    }
}

/// What was told, without the numbers of lines: a text that a step has changed has others than its object alone.
fn without_places(told: &str) -> String {
    let mut parts = told.split("line ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "line " + part.trim_start_matches(|letter: char| letter.is_ascii_digit())
    })
}

#[test]
fn a_step_that_fails_in_the_middle_gives_the_originals_back() {
    // The first step changes something, the second refuses a port that is not there, the third never runs.
    let broken = OBJECTS.replace(
        "        ports: [{name: http, containerPort: 8080}]\n",
        "        ports: [{name: http, containerPort: 8080}]\n        readinessProbe: {httpGet: {path: /, port: htpp}}\n",
    );
    let last = STEPS[0].replace("name: resources", "name: never");
    let config = pipeline(&[STEPS[0], STEPS[1], &last]);
    let intact = list(&config);
    let port = "      ports: [{name: http, containerPort: 8080}]\n";
    let probe = "            readinessProbe: {httpGet: {path: /, port: htpp}}\n";
    let input = intact.replace(port, &format!("{port}{probe}"));
    assert_ne!(input, intact);
    let ran = run(&Folder::of(&[]), "plimsoll", &[], &input);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let results = ran
        .stdout
        .strip_prefix(&input)
        .unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        results.contains("step: resources") && results.contains("step: probes"),
        "{results}"
    );
    assert!(!results.contains("step: never"), "{results}");
    let folder = Folder::of(&[("p.yaml", &config)]);
    let filter = run(&folder, "plimsoll", &["run", "--config", "p.yaml"], &broken);
    assert_eq!((filter.code, filter.stdout.as_str()), (Some(1), ""));
}
