//! Functions in images that hold nothing but the program.

use std::process::Command;
use std::sync::OnceLock;

use checks::binary::{self, Ran};
use checks::images;
use checks::tools::{DOCKER, KPT, KUBECTL, KUSTOMIZE, Tool};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[DOCKER], an_image_runs_with_no_rights_at_all),
        test(&[DOCKER], an_image_prints_its_help),
        test(&[DOCKER], an_image_of_all_goes_by_the_configuration),
        test(&[DOCKER, KUSTOMIZE], kustomize_runs_an_image),
        test(&[DOCKER, KUBECTL], kubectl_runs_an_image),
        test(
            &[DOCKER, KUSTOMIZE],
            kustomize_fails_with_the_function_s_own_words,
        ),
        test(
            &[DOCKER, KUBECTL],
            kubectl_fails_with_the_function_s_own_words,
        ),
        test(&[DOCKER, KPT], kpt_evaluates_an_image_over_a_folder),
        test(&[DOCKER, KPT], kpt_renders_a_package_with_an_image),
    ]
}

/// The image of a function, or of all of them; they are built once.
pub(crate) fn image(name: &str) -> String {
    static BUILT: OnceLock<Vec<&str>> = OnceLock::new();
    let built = BUILT.get_or_init(images::build);
    assert!(built.contains(&name), "{name} was built");
    images::tag(name)
}

pub(crate) fn docker() -> Command {
    Command::new(DOCKER.find().unwrap_or_else(|missing| panic!("{missing}")))
}

/// Without rights, network and a file system to write to.
fn run(function: &str, arguments: &[&str], stdin: &str) -> Ran {
    let mut command = docker();
    command
        .args([
            "run",
            "--rm",
            "-i",
            "--read-only",
            "--network",
            "none",
            "--user",
            "nobody",
            "--cap-drop",
            "ALL",
        ])
        .args(["--security-opt=no-new-privileges", &image(function)])
        .args(arguments);
    binary::run(&mut command, stdin.as_bytes())
}

fn an_image_runs_with_no_rights_at_all() {
    let ran = run("inject-probes", &[], &shop::list());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let native = binary::run(
        &mut Command::new(binary::path("inject-probes")),
        shop::list().as_bytes(),
    );
    assert_eq!(ran.stdout, native.stdout);
}

// `kpt fn doc` asks like this.
fn an_image_prints_its_help() {
    for function in images::names() {
        let ran = run(function, &["--help"], "");
        let native = binary::run(Command::new(binary::path(function)).arg("--help"), b"");
        assert_eq!(
            (ran.code, &ran.stdout),
            (Some(0), &native.stdout),
            "{function}: {}",
            ran.stderr
        );
    }
}

fn an_image_of_all_goes_by_the_configuration() {
    assert_eq!(
        run("plimsoll", &[], &shop::list()).stdout,
        run("inject-probes", &[], &shop::list()).stdout
    );
}

fn config() -> String {
    shop::config_run_by(&format!("container:\n  image: {}", image("inject-probes")))
}

fn kustomized(tool: &Tool, config: &str) -> Ran {
    let files = [
        ("kustomization.yaml", shop::kustomization("- probes.yaml")),
        ("probes.yaml", config.to_owned()),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let verb = if tool.name == KUBECTL.name {
        "kustomize"
    } else {
        "build"
    };
    Folder::of_shop(&files).run(tool, &[verb, "--enable-alpha-plugins", "."])
}

fn gives_what_the_filter_gives(tool: &Tool) {
    let ran = kustomized(tool, &config());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        shop::objects(&ran.stdout),
        shop::objects(&shop::filtered(&shop::stream()))
    );
    // Both also pass on what a function says when all is well.
    assert!(
        ran.stderr.contains("info[inject-probes/summary]"),
        "{}",
        ran.stderr
    );
}

fn fails_with_the_function_s_own_words(tool: &Tool) {
    let ran = kustomized(tool, &shop::broken(&config()));
    assert_ne!(ran.code, Some(0));
    assert!(
        ran.stdout.is_empty(),
        "nothing must reach the cluster: {}",
        ran.stdout
    );
    assert!(ran.stderr.contains(shop::REFUSAL), "{}", ran.stderr);
}

fn kustomize_runs_an_image() {
    gives_what_the_filter_gives(&KUSTOMIZE);
}

fn kubectl_runs_an_image() {
    gives_what_the_filter_gives(&KUBECTL);
}

fn kustomize_fails_with_the_function_s_own_words() {
    fails_with_the_function_s_own_words(&KUSTOMIZE);
}

fn kubectl_fails_with_the_function_s_own_words() {
    fails_with_the_function_s_own_words(&KUBECTL);
}

/// The arguments by which kpt runs an image over a folder.
pub(crate) fn evaluation(image: &str) -> [&str; 7] {
    [
        "fn",
        "eval",
        ".",
        "--image",
        image,
        "--image-pull-policy",
        "Never",
    ]
}

fn kpt_evaluates_an_image_over_a_folder() {
    let folder = Folder::of_shop(&[]);
    let image = image("inject-probes");
    let settings = ["--", "environment=production"];
    folder.built(&KPT, &[&evaluation(&image)[..], &settings].concat());
    assert_eq!(
        shop::objects(&folder.manifests()),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}

fn kpt_renders_a_package_with_an_image() {
    let folder = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    let pipeline = format!(
        "pipeline:\n  mutators:\n  - image: {}\n    configPath: probes.yaml\n",
        image("inject-probes")
    );
    folder.write(
        "Kptfile",
        &format!("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\n{pipeline}"),
    );
    folder.built(&KPT, &["fn", "render", ".", "--image-pull-policy", "Never"]);
    assert_eq!(
        shop::objects(&folder.manifests()),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}
