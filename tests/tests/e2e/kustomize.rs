//! Functions that kustomize runs as programs.

use checks::tools::{KUBECTL, KUSTOMIZE};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[KUSTOMIZE], runs_a_transformer_from_a_file),
        test(&[KUSTOMIZE], runs_an_inline_transformer),
        test(&[KUSTOMIZE], fails_the_build_with_the_function_s_own_words),
        test(&[KUSTOMIZE], leaves_a_build_of_no_resources_empty),
        test(
            &[KUSTOMIZE],
            sees_services_and_workloads_through_a_name_prefix,
        ),
        test(&[KUSTOMIZE], passes_as_a_validator_that_gives_nothing_back),
        test(&[KUSTOMIZE], fails_as_a_validator_that_echoes),
        test(
            &[KUSTOMIZE],
            tells_warnings_and_summary_of_a_build_that_went_well,
        ),
        test(&[KUBECTL], is_skipped_in_silence_by_kubectl),
    ]
}

const BUILD: [&str; 4] = ["build", "--enable-alpha-plugins", "--enable-exec", "."];

fn shop_with(transformers: &str) -> Folder {
    let folder = Folder::of_shop(&[("kustomization.yaml", &shop::kustomization(transformers))]);
    folder.write("probes.yaml", &shop::config_of_exec());
    folder
}

fn runs_a_transformer_from_a_file() {
    let ran = shop_with("- probes.yaml").built(&KUSTOMIZE, &BUILD);
    assert_eq!(
        shop::objects(&ran.stdout),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}

fn runs_an_inline_transformer() {
    let ran = shop_with(&shop::inline(&shop::config_of_exec())).built(&KUSTOMIZE, &BUILD);
    assert_eq!(
        shop::objects(&ran.stdout),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}

fn fails_the_build_with_the_function_s_own_words() {
    let folder = shop_with("- probes.yaml");
    folder.write("probes.yaml", &shop::broken(&shop::config_of_exec()));
    let ran = folder.run(&KUSTOMIZE, &BUILD);
    assert_ne!(ran.code, Some(0));
    assert!(
        ran.stdout.is_empty(),
        "nothing must reach the cluster: {}",
        ran.stdout
    );
    assert!(ran.stderr.contains(shop::REFUSAL), "{}", ran.stderr);
}

// Such a function gets its own configuration as the only item.
fn leaves_a_build_of_no_resources_empty() {
    let folder = shop_with("- probes.yaml");
    folder.write("kustomization.yaml", "transformers: [probes.yaml]\n");
    let ran = folder.built(&KUSTOMIZE, &BUILD);
    assert!(shop::objects(&ran.stdout).is_empty(), "{}", ran.stdout);
}

// Names are prefixed by then, references are not.
fn sees_services_and_workloads_through_a_name_prefix() {
    let folder = shop_with("- probes.yaml");
    folder.write(
        "kustomization.yaml",
        &format!("namePrefix: eu-\n{}", shop::kustomization("- probes.yaml")),
    );
    let ran = folder.built(&KUSTOMIZE, &BUILD);
    let (own, plain) = (
        shop::objects(&ran.stdout),
        shop::objects(&shop::filtered(&shop::stream())),
    );
    for (prefixed, name) in [
        ("Deployment eu-api", "Deployment api"),
        ("StatefulSet eu-database", "StatefulSet database"),
    ] {
        let containers = "/spec/template/spec/containers";
        assert_eq!(
            own[prefixed].pointer(containers),
            plain[name].pointer(containers),
            "{prefixed}"
        );
    }
}

fn validating(spec: &str) -> Folder {
    let folder = shop_with("- probes.yaml");
    folder.write(
        "kustomization.yaml",
        "resources: [api.yaml, database.yaml]\nvalidators: [probes.yaml]\n",
    );
    folder.write(
        "probes.yaml",
        &shop::config_of_exec().replace("  environment: production\n", spec),
    );
    folder
}

fn passes_as_a_validator_that_gives_nothing_back() {
    let folder = validating("  mode: audit\n  output: empty\n");
    let ran = folder.built(&KUSTOMIZE, &BUILD);
    assert_eq!(shop::objects(&ran.stdout), shop::objects(&shop::stream()));
    // It does look: what it finds fails the build where it is told to.
    let strict = validating("  mode: audit\n  output: empty\n  results: {failOn: warning}\n")
        .run(&KUSTOMIZE, &BUILD);
    assert_ne!(strict.code, Some(0));
    assert!(
        strict.stderr.contains("warning[inject-probes/readiness]"),
        "{}",
        strict.stderr
    );
}

// kustomize compares what comes back with what it sent, its own notes included. If this starts to pass, the
// documentation of validators can be shorter.
fn fails_as_a_validator_that_echoes() {
    let ran = validating("  mode: audit\n").run(&KUSTOMIZE, &BUILD);
    assert_ne!(ran.code, Some(0));
    assert!(
        ran.stderr
            .contains("validator shouldn't modify the resource map"),
        "{}",
        ran.stderr
    );
}

fn tells_warnings_and_summary_of_a_build_that_went_well() {
    let ran = shop_with("- probes.yaml").built(&KUSTOMIZE, &BUILD);
    assert!(
        ran.stderr.contains("info[inject-probes/summary]"),
        "{}",
        ran.stderr
    );
}

// Why there is the plugin folder. If this starts to fail, kubectl runs or refuses them, and either is better.
fn is_skipped_in_silence_by_kubectl() {
    let ran =
        shop_with("- probes.yaml").built(&KUBECTL, &["kustomize", "--enable-alpha-plugins", "."]);
    assert!(
        !shop::has_probes(&ran.stdout) && ran.stderr.is_empty(),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}
