//! Mistakes in a pipeline: all at once, each with its place, and the original items back.

use checks::Folder;

use crate::{OBJECTS, STEPS, list, pipeline, run};

/// What stderr says of a pipeline in `conf/p.yaml`; nothing goes to stdout.
fn told(config: &str, files: &[(&str, &str)]) -> Vec<String> {
    let folder = Folder::of(&[&[("conf/p.yaml", config)], files].concat());
    let ran = run(
        &folder,
        "plimsoll",
        &["run", "--config", "conf/p.yaml"],
        OBJECTS,
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    ran.stderr.lines().map(str::to_owned).collect()
}

/// The one mistake of a pipeline, without what every line has.
fn mistake(config: &str) -> String {
    let told = told(config, &[]);
    assert_eq!(told.len(), 1, "{told:?}");
    told[0].clone()
}

#[test]
fn a_pipeline_without_steps_is_refused() {
    for (config, place) in [
        (
            pipeline(&[]).replace("steps:", "steps: []"),
            "line 5, column 10",
        ),
        (pipeline(&[]), "line 5, column 9"),
        (
            pipeline(&[]).replace("spec:\n  steps:", "spec: {}"),
            "line 4, column 7",
        ),
    ] {
        let told = mistake(&config);
        assert!(
            told.starts_with(
                "error[plimsoll/config] Pipeline production: must list at least one step"
            ),
            "{told}"
        );
        assert!(
            told.contains(&format!("(conf/p.yaml, {place})")),
            "{told}\n{config}"
        );
    }
}

#[test]
fn an_unknown_field_is_refused_with_what_was_meant() {
    let told = mistake(&pipeline(&STEPS).replace("  steps:\n", "  step: []\n  steps:\n"));
    assert!(told.contains("unknown field `step`; did you mean `steps`? (conf/p.yaml, line 5, column 3) (spec.step)"), "{told}");
}

#[test]
fn a_pipeline_in_a_pipeline_is_refused() {
    let inner = pipeline(&STEPS);
    let told = mistake(&pipeline(&[&inner]));
    assert!(told.contains("must be no Pipeline; list its steps here (conf/p.yaml, line 6, column 5) (spec.steps[0])"), "{told}");
    let lines = self::told(&pipeline(&["path: q.yaml"]), &[("conf/q.yaml", &inner)]);
    assert!(lines[0].contains("must be no Pipeline"), "{lines:?}");
}

#[test]
fn two_steps_of_one_kind_and_name_are_refused() {
    let told = mistake(&pipeline(&[STEPS[0], STEPS[1], STEPS[0]]));
    assert!(
        told.contains("another step is a SetResources of the name \"resources\" too"),
        "{told}"
    );
    assert!(told.contains("(conf/p.yaml, line 16, column 22)"), "{told}");
    let other = STEPS[0].replace("name: resources", "name: more");
    let folder = Folder::of(&[("p.yaml", &pipeline(&[STEPS[0], &other]))]);
    let ran = run(&folder, "plimsoll", &["run", "--config", "p.yaml"], OBJECTS);
    assert_eq!(ran.code, Some(0), "another name will do: {}", ran.stderr);
}

#[test]
fn a_step_of_a_kind_that_nobody_knows_is_refused() {
    let told = mistake(&pipeline(&[
        STEPS[0],
        &STEPS[1].replace("InjectProbes", "InjectProbe"),
    ]));
    assert!(
        told.contains("no function has the configuration kind \"InjectProbe\""),
        "{told}"
    );
    assert!(
        told.contains(
            "did you mean `InjectProbes`? (conf/p.yaml, line 11, column 11) (spec.steps[1].kind)"
        ),
        "{told}"
    );
}

#[test]
fn a_step_that_is_no_configuration_is_refused() {
    for (step, words) in [
        (
            "inject-probes",
            "must be a map: a function's configuration, or the `path` of a file with one (conf/p.yaml, line 6, column 5) (spec.steps[0])",
        ),
        ("~", "must be a map"),
        ("[path, a.yaml]", "must be a map"),
        ("{}", "a step must be a function's configuration"),
        ("spec: {}", "a step must be a function's configuration"),
        (
            "{path: a.yaml, kind: InjectProbes}",
            "must have a `path` alone, or a configuration",
        ),
    ] {
        let told = mistake(&pipeline(&[step]));
        assert!(told.contains(words), "{step}: {told}");
    }
}

#[test]
fn a_path_that_can_t_be_read_is_refused() {
    let files = [
        ("conf/broken.yaml", "a: [\n"),
        ("conf/empty.yaml", "# nothing\n"),
    ];
    let steps = [
        "path: nowhere.yaml",
        "path: broken.yaml",
        "path: empty.yaml",
        "path: .",
    ];
    let lines = told(&pipeline(&steps), &files);
    assert_eq!(lines.len(), steps.len(), "{lines:?}");
    for (line, words) in lines.iter().zip([
        "there is no file or folder conf/nowhere.yaml; check its name (conf/p.yaml, line 6, column 11) (spec.steps[0])",
        "conf/broken.yaml, line ",
        "\"empty.yaml\" holds no configuration (conf/p.yaml, line 8, column 11)",
        "is a folder; name a file in it",
    ]) {
        assert!(line.contains(words), "{line}");
    }
}

/// Something of everything.
fn all_at_once() -> String {
    let unknown = STEPS[1].replace("environment", "enviroment");
    let wrong = STEPS[0]
        .replace("production", "prodution")
        .replace("name: resources", "name: more");
    pipeline(&[
        "path: nowhere.yaml",
        "text",
        &unknown,
        &wrong,
        STEPS[0],
        STEPS[0],
    ])
}

#[test]
fn all_mistakes_are_told_at_once() {
    let lines = told(&all_at_once(), &[]);
    for words in [
        "there is no file or folder",
        "must be a map",
        "error[inject-probes/config] InjectProbes probes: unknown field `enviroment`",
        "error[set-resources/config] SetResources more: ",
        "another step is a SetResources",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(words)),
            "{words}: {lines:#?}"
        );
    }
    assert_eq!(lines.len(), 5, "{lines:#?}");
}

#[test]
fn a_function_gives_the_original_items_back_with_the_mistakes() {
    let input = list(&all_at_once());
    let ran = run(&Folder::of(&[]), "plimsoll", &[], &input);
    assert_eq!(ran.code, Some(1));
    let results = ran
        .stdout
        .strip_prefix(&input)
        .unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(results.starts_with("results:\n"), "{results}");
    assert_eq!(results.matches("- message: ").count(), 5, "{results}");
    assert!(
        results.contains("    path: spec.steps[2].spec.enviroment\n"),
        "{results}"
    );
    for step in ["probes", "more", "resources"] {
        assert!(
            results.contains(&format!("    step: {step}\n")),
            "{results}"
        );
    }
}

#[test]
fn no_step_runs_where_one_is_refused() {
    let wrong = STEPS[1].replace("environment", "enviroment");
    let lines = told(&pipeline(&[STEPS[0], &wrong]), &[]);
    assert!(
        !lines.iter().any(|line| line.contains("summary")),
        "{lines:?}"
    );
}
