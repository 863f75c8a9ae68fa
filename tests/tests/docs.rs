//! The documentation against what it is about: generated parts, examples, commands and links.
//!
//! `make docs` rewrites the generated parts; what they are made from is the code and its golden cases.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a check stops at the first surprise and says so"
)]
#![expect(
    clippy::format_push_string,
    reason = "pages are small, and read better this way"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use checks::binary;
use checks::golden::{self, Change, changes};
use checks::tools::{self, Missing, Tool};
use fences::{Fence, fences};
use sdk::{Function, Visitor};
use serde_json::Value;

#[path = "docs/fences.rs"]
mod fences;
#[path = "docs/tables.rs"]
mod tables;
#[path = "docs/validate.rs"]
mod validate;

/// The function whose `basic` case opens the README.
const PICTURE: &str = "inject-probes";

/// A file that is generated, or has parts that are.
struct Page {
    /// From the root of the repository.
    path: String,
    /// As it stood.
    before: String,
    /// As it should stand.
    after: String,
}

impl Page {
    fn of(path: String, fill: impl FnOnce(&str) -> Result<String, String>) -> Self {
        let before = read(&path);
        let after = fill(&before).unwrap_or_else(|mistake| panic!("{path}: {mistake}"));
        Self {
            path,
            before,
            after,
        }
    }
}

/// All of them. With `UPDATE` they are written before any test looks at them.
static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let is_update = std::env::var_os("UPDATE").is_some();
    assert!(
        !(is_update && std::env::var_os("CI").is_some()),
        "CI never writes what it expects"
    );
    let mut pages = Pages {
        pages: Vec::new(),
        functions: Vec::new(),
    };
    plimsoll::visit_all(&mut pages);
    let all = pages.of_all();
    for page in all
        .iter()
        .filter(|page| is_update && page.before != page.after)
    {
        fs::write(binary::root().join(&page.path), &page.after)
            .unwrap_or_else(|error| panic!("{}: {error}", page.path));
    }
    all
});

struct Pages {
    pages: Vec<Page>,
    functions: Vec<(&'static str, &'static str)>,
}

impl Visitor for Pages {
    fn visit<F: Function>(&mut self) {
        let folder = format!("functions/{}", F::NAME);
        let schema = sdk::schema::<F>();
        let printed = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
        self.pages
            .push(Page::of(format!("{folder}/schema.json"), |_| Ok(printed)));
        let mut regions = BTreeMap::from([
            ("config", tables::config(&schema)),
            ("example", example(F::NAME)),
            ("help", help(F::NAME)),
            ("rules", tables::rules::<F>()),
        ]);
        let presets = format!("{folder}/presets.yaml");
        if binary::root().join(&presets).exists() {
            regions.insert("presets", tables::presets(&read(&presets)));
        }
        let side_by_side = format!("{folder}/tests/in-production");
        if binary::root().join(&side_by_side).exists() {
            regions.insert("environments", environments(&folder));
        }
        self.pages
            .push(Page::of(format!("{folder}/README.md"), |page| {
                fill(page, &regions)
            }));
        self.functions.push((F::NAME, F::SUMMARY));
    }
}

impl Pages {
    fn of_all(mut self) -> Vec<Page> {
        let case = format!("functions/{PICTURE}/tests/basic");
        let (input, expected) = (
            read(&format!("{case}/input.yaml")),
            read(&format!("{case}/expected.yaml")),
        );
        let picture = format!(
            "```diff\n{}```\n",
            difference(&input, &expected, usize::MAX)
        );
        let regions = BTreeMap::from([
            ("before-after", picture),
            ("catalogue", self.catalogue("functions/")),
        ]);
        let top = Page::of("README.md".to_owned(), |page| fill(page, &regions));
        let regions = BTreeMap::from([
            ("help", help("plimsoll")),
            ("catalogue", self.catalogue("../")),
        ]);
        let umbrella = Page::of("functions/plimsoll/README.md".to_owned(), |page| {
            fill(page, &regions)
        });
        self.pages.extend([top, umbrella]);
        self.pages
    }

    /// Every function and what it is for.
    fn catalogue(&self, folder: &str) -> String {
        let mut rows = String::from("| function | what it does |\n|---|---|\n");
        for (name, summary) in &self.functions {
            rows += &format!("| [`{name}`]({folder}{name}/README.md) | {summary} |\n");
        }
        rows
    }
}

/// The text of a file; empty where there is none.
fn read(path: &str) -> String {
    fs::read_to_string(binary::root().join(path)).unwrap_or_default()
}

/// The `basic` case of a function: its configuration, and what comes of its input.
fn example(name: &str) -> String {
    let file = |file: &str| read(&format!("functions/{name}/tests/basic/{file}"));
    let difference = difference(&file("input.yaml"), &file("expected.yaml"), 3);
    format!(
        "```yaml\n{}```\n\n```diff\n{difference}```\n",
        file("config.yaml")
    )
}

/// One input as its golden cases for the environments leave it, beside one another.
fn environments(folder: &str) -> String {
    let mut table = "<table>\n<tr>\n".to_owned();
    let names = ["development", "staging", "production"];
    for name in names {
        table += &format!("<th>{name}</th>\n");
    }
    table += "</tr>\n<tr valign=\"top\">\n";
    for name in names {
        let file = |file: &str| read(&format!("{folder}/tests/in-{name}/{file}"));
        let difference = difference(&file("input.yaml"), &file("expected.yaml"), usize::MAX);
        let (_, pod) = difference
            .split_once("containers:\n")
            .unwrap_or_else(|| panic!("the case in-{name} changes containers"));
        table += &format!("<td>\n\n```diff\n{pod}```\n\n</td>\n");
    }
    table + "</tr>\n</table>\n"
}

fn help(name: &str) -> String {
    let ran = binary::run(Command::new(binary::path(name)).arg("--help"), b"");
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "{name} --help"
    );
    format!("```text\n{}```\n", ran.stdout)
}

/// Puts its text between the marks of each region.
fn fill(page: &str, regions: &BTreeMap<&str, String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut found = BTreeSet::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        filled += &format!("{line}\n");
        let Some(name) = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        else {
            continue;
        };
        let text = regions
            .get(name)
            .ok_or_else(|| format!("nothing fills the region {name}"))?;
        let end = format!("<!-- /{name} -->");
        if !lines.by_ref().any(|line| line == end) {
            return Err(format!(
                "the region {name} has no end; put {end} on a line of its own"
            ));
        }
        filled += &format!("\n{text}\n{end}\n");
        found.insert(name);
    }
    match regions.keys().find(|name| !found.contains(*name)) {
        Some(name) => Err(format!(
            "the region {name} is missing; put <!-- {name} --> and <!-- /{name} --> on lines of their own"
        )),
        None => Ok(filled),
    }
}

/// What differs, as `diff -U` shows it; with everything around it there is one part, which needs no heading.
fn difference(one: &str, other: &str, around: usize) -> String {
    let mut changes = changes(one, other).into_iter().peekable();
    let (mut ones, mut others) = (one.lines().peekable(), other.lines().peekable());
    // The mark and the text of each line, and how many lines of each side stand before it.
    let mut lines: Vec<(char, &str, usize, usize)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        let line = match (ones.peek(), others.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => (' ', *a, i, j),
            _ => match changes.next() {
                Some(Change::Removed(text)) => ('-', text, i, j),
                Some(Change::Added(text)) => ('+', text, i, j),
                None => break,
            },
        };
        lines.push(line);
        if line.0 != '+' {
            ones.next();
            i += 1;
        }
        if line.0 != '-' {
            others.next();
            j += 1;
        }
    }
    let is_near = |number: usize| {
        let (from, to) = (
            number.saturating_sub(around),
            number
                .saturating_add(around)
                .min(lines.len().saturating_sub(1)),
        );
        lines
            .get(from..=to)
            .is_some_and(|near| near.iter().any(|(mark, ..)| *mark != ' '))
    };
    let shown: Vec<bool> = (0..lines.len()).map(is_near).collect();
    let mut text = String::new();
    for (number, (mark, line, i, j)) in lines
        .iter()
        .enumerate()
        .filter(|(number, _)| shown[*number])
    {
        if around != usize::MAX && (number == 0 || !shown[number - 1]) {
            let part = lines[number..]
                .iter()
                .zip(&shown[number..])
                .take_while(|(_, shown)| **shown);
            let (mut removed, mut added) = (0, 0);
            for ((mark, ..), _) in part {
                removed += usize::from(*mark != '+');
                added += usize::from(*mark != '-');
            }
            text += &format!("@@ -{},{removed} +{},{added} @@\n", i + 1, j + 1);
        }
        text += format!("{mark}{line}").trim_end();
        text.push('\n');
    }
    text
}

/// A configuration in the documentation or in a golden case.
struct Example {
    place: String,
    text: String,
}

/// The configurations of a kind in the code blocks of a page, also those inside a kustomization.
fn configs_in(place: &str, page: &str, kind: &str) -> Vec<Example> {
    let mut found = Vec::new();
    for Fence { text, .. } in fences(page)
        .into_iter()
        .filter(|fence| fence.language == "yaml")
    {
        let stream =
            yaml::parse(text.clone()).unwrap_or_else(|error| panic!("{place}: {error}\n{text}"));
        for root in stream.documents().filter_map(|document| document.root()) {
            let value = root
                .to_value()
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            if value["kind"] == kind {
                found.push(Example {
                    place: place.to_owned(),
                    text: text.clone(),
                });
            }
            for inline in ["transformers", "validators"]
                .iter()
                .filter_map(|field| value[*field].as_array())
                .flatten()
            {
                if let Some(text) = inline
                    .as_str()
                    .filter(|text| text.contains(&format!("kind: {kind}")))
                {
                    found.push(Example {
                        place: place.to_owned(),
                        text: text.to_owned(),
                    });
                }
            }
        }
    }
    found
}

/// The configurations of a kind in the overlays, by their files.
fn configs_of_overlays(kind: &str) -> Vec<PathBuf> {
    let folders = golden::cases(&binary::root().join("overlays"));
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder.join("functions")).ok())
        .flatten()
        .flatten();
    let is_one = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().any(|line| line == format!("kind: {kind}"))
    };
    entries.map(|entry| entry.path()).filter(is_one).collect()
}

/// What a schema and a function say about a configuration.
fn judge<F: Function>(schema: &Value, config: &str) -> (Vec<String>, Vec<String>) {
    let input = read(&format!("functions/{}/tests/basic/input.yaml", F::NAME));
    let ran =
        sdk::run::<F>(config, &input, true).unwrap_or_else(|error| panic!("{error}\n{config}"));
    let refused = ran
        .findings
        .iter()
        .filter(|finding| finding.rule == "config")
        .map(|finding| finding.message.clone());
    let stream = yaml::parse(config.to_owned()).unwrap_or_else(|error| panic!("{error}\n{config}"));
    let roots = stream.documents().filter_map(|document| document.root());
    let values = roots.map(|root| {
        root.to_value()
            .unwrap_or_else(|error| panic!("{error}\n{config}"))
    });
    let by_schema = values
        .filter(|value| value["kind"] == F::KIND)
        .flat_map(|value| validate::mistakes(schema, &value));
    (by_schema.collect(), refused.collect())
}

/// Markdown pages of the repository.
fn markdown() -> Vec<String> {
    let fixed = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "overlays/README.md",
    ]
    .map(str::to_owned);
    let folders = golden::cases(&binary::root().join("functions"));
    let of_functions = folders.iter().map(|folder| {
        format!(
            "functions/{}/README.md",
            folder.file_name().unwrap_or_default().display()
        )
    });
    fixed.into_iter().chain(of_functions).collect()
}

/// The folder, and from there to the root of the repository.
fn folder(page: &str) -> PathBuf {
    binary::root()
        .join(page)
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

#[test]
fn every_generated_part_of_the_documentation_is_up_to_date() {
    let stale = |page: &&Page| page.before != page.after && std::env::var_os("UPDATE").is_none();
    let told = PAGES.iter().filter(stale).map(|page| {
        let difference = difference(&page.before, &page.after, 1);
        format!("{} is stale: run \"make docs\"\n{difference}", page.path)
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn the_schema_flag_prints_the_schema_file() {
    struct Check(usize);
    impl Visitor for Check {
        fn visit<F: Function>(&mut self) {
            let ran = binary::run(Command::new(binary::path(F::NAME)).arg("--schema"), b"");
            // With UPDATE the binary is older than the file.
            let path = format!("functions/{}/schema.json", F::NAME);
            let page = PAGES.iter().find(|page| page.path == path).unwrap();
            assert_eq!(
                (ran.code, ran.stdout, ran.stderr.as_str()),
                (Some(0), page.before.clone(), ""),
                "{}",
                F::NAME
            );
            self.0 += 1;
        }
    }
    let mut check = Check(0);
    LazyLock::force(&PAGES);
    plimsoll::visit_all(&mut check);
    assert!(check.0 > 0);
}

#[test]
fn every_example_fits_its_schema_and_its_function() {
    struct Check;
    impl Visitor for Check {
        fn visit<F: Function>(&mut self) {
            let schema = sdk::schema::<F>();
            let mut examples = vec![Example {
                place: format!("{} --example", F::NAME),
                text: F::EXAMPLE.to_owned(),
            }];
            for page in markdown() {
                // As written by `make docs`, since another test may be writing just now.
                let written = PAGES.iter().find(|written| written.path == page);
                let text = written.map_or_else(|| read(&page), |written| written.after.clone());
                examples.extend(configs_in(&page, &text, F::KIND));
            }
            assert!(examples.len() > 1, "the README shows an example");
            for file in configs_of_overlays(F::KIND) {
                let text = fs::read_to_string(&file).unwrap();
                examples.push(Example {
                    place: file.display().to_string(),
                    text,
                });
            }
            for Example { place, text } in examples {
                let nothing = (Vec::new(), Vec::new());
                assert_eq!(judge::<F>(&schema, &text), nothing, "{place}:\n{text}");
            }
        }
    }
    plimsoll::visit_all(&mut Check);
}

#[test]
fn the_schema_accepts_what_the_function_accepts_and_refuses_unknown_fields() {
    struct Check;
    impl Visitor for Check {
        fn visit<F: Function>(&mut self) {
            let schema = sdk::schema::<F>();
            let mut refused = 0;
            for case in golden::cases(&binary::root().join("functions").join(F::NAME).join("tests"))
            {
                let config = fs::read_to_string(case.join("config.yaml")).unwrap();
                if !config.contains(&format!("kind: {}", F::KIND)) {
                    continue;
                }
                let (by_schema, by_function) = judge::<F>(&schema, &config);
                if by_function.is_empty() {
                    assert_eq!(by_schema, Vec::<String>::new(), "{}", case.display());
                }
                if by_function
                    .iter()
                    .any(|mistake| mistake.contains("unknown field"))
                {
                    assert!(!by_schema.is_empty(), "{}: {by_function:?}", case.display());
                    refused += 1;
                }
            }
            assert!(refused > 0, "a case of {} has an unknown field", F::NAME);
        }
    }
    plimsoll::visit_all(&mut Check);
}

#[test]
fn every_example_names_the_schema_that_an_editor_needs() {
    struct Check;
    impl Visitor for Check {
        fn visit<F: Function>(&mut self) {
            let folder = binary::root().join("functions").join(F::NAME);
            let schema = folder.join("schema.json").canonicalize().unwrap();
            let mut examples = configs_of_overlays(F::KIND);
            assert!(!examples.is_empty(), "no overlay calls {}", F::NAME);
            examples.push(folder.join("tests/basic/config.yaml"));
            for file in examples {
                let text = fs::read_to_string(&file).unwrap();
                let path = text
                    .strip_prefix("# yaml-language-server: $schema=")
                    .and_then(|rest| rest.lines().next());
                let named =
                    path.and_then(|path| file.parent().unwrap().join(path).canonicalize().ok());
                assert_eq!(named.as_ref(), Some(&schema), "{}", file.display());
            }
        }
    }
    plimsoll::visit_all(&mut Check);
}

#[test]
fn help_fits_a_screen_and_shows_an_example() {
    struct Check;
    impl Visitor for Check {
        fn visit<F: Function>(&mut self) {
            let help = help(F::NAME);
            let rows: usize = help
                .lines()
                .filter(|line| !line.starts_with("```"))
                .map(|line| line.len().div_ceil(80).max(1))
                .sum();
            assert!(rows <= 24, "{rows} rows of 80 columns:\n{help}");
            assert!(help.contains("Example:"), "{help}");
        }
    }
    plimsoll::visit_all(&mut Check);
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let page = PAGES.iter().find(|page| page.path == "README.md").unwrap();
    let links = tempfile::tempdir().unwrap();
    let (path, missing) = search_path(links.path());
    let input = read(&format!("functions/{PICTURE}/tests/basic/input.yaml"));
    let mut ran = 0;
    for section in page.after.split("\n## ") {
        let fences = fences(section);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("app.yaml"), &input).unwrap();
        for fence in &fences {
            if let Some(file) = fence.file() {
                fs::write(folder.path().join(file), &fence.text).unwrap();
            }
        }
        for fence in fences.iter().filter(|fence| fence.language == "sh") {
            let words: BTreeSet<&str> = fence.text.split_whitespace().collect();
            // Installing is slow, and a release of Helm's needs a cluster; the end-to-end tests use its post-renderers.
            if ["cargo", "helm"].iter().any(|word| words.contains(word)) {
                continue;
            }
            let missing: Vec<_> = missing
                .iter()
                .filter(|(name, _)| words.contains(name))
                .collect();
            if !missing.is_empty() {
                assert!(!Tool::is_required(), "{missing:?}");
                eprintln!("skipped: {missing:?}, which this needs:\n{}", fence.text);
                continue;
            }
            let mut shell = Command::new("sh");
            shell
                .args(["-euc", &fence.text])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("HOME", folder.path());
            let outcome = binary::run(
                shell
                    .env_remove("KUSTOMIZE_PLUGIN_HOME")
                    .env_remove("XDG_CONFIG_HOME"),
                b"",
            );
            assert_eq!(
                outcome.code,
                Some(0),
                "{}\n{}\n{}",
                fence.text,
                outcome.stdout,
                outcome.stderr
            );
            let written = ["out.yaml", "app.yaml"]
                .map(|file| fs::read_to_string(folder.path().join(file)).unwrap_or_default());
            let made = format!("{}{}", outcome.stdout, written.concat());
            let prints_schema = words.contains("--schema");
            assert!(
                prints_schema || made.contains("readinessProbe:"),
                "no probe comes of this:\n{}\n{made}",
                fence.text
            );
            ran += 1;
        }
    }
    assert!(
        ran > 0 && !input.contains("readinessProbe:"),
        "the README shows commands that add a probe"
    );
}

/// Our own binaries, then the tools that will do, then what is installed; and the tools that aren't there.
fn search_path(links: &Path) -> (OsString, Vec<(&'static str, Missing)>) {
    let mut missing = Vec::new();
    for tool in [tools::KUSTOMIZE, tools::KUBECTL, tools::KPT] {
        match tool.find() {
            Ok(program) => {
                drop(tools::link(&program, links, tool.name).expect("a new folder takes a link"));
            }
            Err(why) => missing.push((tool.name, why)),
        }
    }
    let installed = std::env::var_os("PATH").unwrap_or_default();
    let own = [binary::folder().to_owned(), links.to_owned()];
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&installed)));
    (
        path.expect("folders of PATH are separated by colons"),
        missing,
    )
}

#[test]
fn every_link_leads_to_a_file() {
    for page in markdown() {
        let text = read(&page);
        assert!(!text.is_empty(), "{page} has nothing to say");
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = link.split('#').next().unwrap_or_default();
            let is_elsewhere = link.contains("://") || file.is_empty();
            assert!(
                is_elsewhere || folder(&page).join(file).exists(),
                "{page} links to {link}, which is not there"
            );
        }
    }
}

#[test]
fn every_make_target_that_is_named_exists() {
    let makefile = read("Makefile");
    for page in markdown() {
        let text = read(&page);
        let marks = ["`make ", "\nmake "];
        let named = marks
            .iter()
            .flat_map(|mark| text.split(mark).skip(1))
            .filter_map(|rest| rest.split(['`', ' ', '\n']).next());
        for target in named {
            let is_target = makefile
                .lines()
                .any(|line| line.starts_with(&format!("{target}:")));
            assert!(is_target, "{page}: the Makefile has no target {target}");
        }
    }
}

#[test]
fn every_test_that_keeps_a_promise_exists() {
    let page = read("README.md");
    let promises = page
        .split("\n## Promises\n")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap();
    let rows: Vec<&str> = promises
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise"))
        .collect();
    assert!(!rows.is_empty());
    for row in rows {
        let kept_by = row.trim_end_matches(" |").rsplit("| ").next().unwrap();
        let names: Vec<&str> = kept_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test keeps this: {row}");
        for name in names {
            let (file, test) = name.split_once("::").unwrap_or((name, ""));
            let source = read(file);
            let is_there = if test.is_empty() {
                binary::root().join(file).exists()
            } else {
                source.contains(&format!("fn {test}("))
            };
            assert!(is_there, "{name} does not exist, but keeps this: {row}");
        }
    }
}

#[test]
fn a_region_is_filled_and_the_rest_is_left_as_it_is() {
    let regions = BTreeMap::from([("a", "new\n".to_owned())]);
    let page = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n";
    let filled = fill(page, &regions).unwrap();
    assert_eq!(filled, "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter\n");
    assert_eq!(fill(&filled, &regions).unwrap(), filled);
    let refused = |page: &str| fill(page, &regions).unwrap_err();
    assert!(refused("nothing\n").contains("the region a is missing"));
    assert!(refused("<!-- a -->\n").contains("has no end"));
    assert!(refused("<!-- b -->\n<!-- /b -->\n").contains("nothing fills the region b"));
}

#[test]
fn a_difference_is_one_that_patch_understands() {
    let one = "a\nb\nc\nd\ne\nf\ng\n";
    let other = "a\nB\nc\nd\ne\nf\nf2\ng\n";
    assert_eq!(
        difference(one, other, 1),
        "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n@@ -6,2 +6,3 @@\n f\n+f2\n g\n"
    );
    assert_eq!(
        difference("a\nb\n", "a\nc\nb\n", usize::MAX),
        " a\n+c\n b\n"
    );
    assert_eq!(difference("a\n", "a\n", 3), "");
}
