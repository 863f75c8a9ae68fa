//! The image for CI systems, started as each of them starts a job, on what docs/ci.md tells it to do.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use checks::binary::{self, Ran};
use checks::images::{self, CI};
use checks::tools::{BUSYBOX, DOCKER};
use serde_json::Value;

use crate::containers::{docker, image};
use crate::shop::{self, Folder};
use crate::{Test, test};

#[path = "../docs/fences.rs"]
#[expect(dead_code, reason = "a file is asked for by its whole name here")]
mod fences;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[DOCKER, BUSYBOX], a_job_image_has_each_function_on_path),
        test(&[DOCKER, BUSYBOX], a_job_image_lets_any_user_write_to_tmp),
        test(
            &[DOCKER, BUSYBOX],
            a_job_image_comes_with_the_licence_of_its_shell,
        ),
        test(
            &[DOCKER, BUSYBOX],
            github_actions_can_run_the_documented_steps,
        ),
        test(&[DOCKER, BUSYBOX], gitlab_ci_can_run_the_documented_job),
        test(&[DOCKER, BUSYBOX], tekton_can_run_the_documented_step),
        test(
            &[DOCKER, BUSYBOX],
            argo_workflows_can_run_the_documented_script,
        ),
        test(&[DOCKER, BUSYBOX], jenkins_can_run_the_documented_stage),
    ]
}

/// The image's name in the documentation.
const DOCUMENTED: &str = "registry.example/plimsoll-ci:0.1.0";

/// The code block of docs/ci.md that begins like this.
fn block(start: &str) -> String {
    let page = fs::read_to_string(binary::root().join("docs/ci.md")).expect("the page is there");
    let found = fences::fences(&page)
        .into_iter()
        .find(|fence| fence.text.starts_with(start));
    found
        .unwrap_or_else(|| panic!("docs/ci.md has no block that begins with {start:?}"))
        .text
}

fn example(file: &str) -> Value {
    serde_yaml::from_str(&block(&format!("# {file}\n"))).expect("an example is YAML")
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is a text"))
}

/// A folder as a job finds it: configuration and rendered manifests, writable for any user.
fn workspace(rendered: &str) -> Folder {
    let folder = Folder::of(&[
        ("production.yaml", &shop::config()),
        ("rendered.yaml", rendered),
    ]);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("the folder is ours");
    folder
}

/// The arguments that put a folder into a container at this place, and the job into it.
fn mounted(folder: &Folder, at: &str) -> [String; 4] {
    let volume = format!("{}:{at}", folder.path().display());
    [
        "--volume".to_owned(),
        volume,
        "--workdir".to_owned(),
        at.to_owned(),
    ]
}

/// A job that goes well on what the functions made, and fails on what they didn't see.
fn succeeds_and_fails(job: impl Fn(&Folder) -> Ran) {
    let good = workspace(&shop::filtered(&shop::stream()));
    let ran = job(&good);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let bad = workspace(&shop::stream());
    let ran = job(&bad);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
}

fn run(arguments: &[&str], command: &[&str]) -> Ran {
    let mut docker = docker();
    docker
        .args(["run", "--rm", "-i", "--network", "none"])
        .args(arguments);
    binary::run(docker.arg(image(CI)).args(command), b"")
}

fn a_job_image_has_each_function_on_path() {
    for name in images::names() {
        let ran = run(&["--read-only"], &[name, "--version"]);
        assert_eq!(
            ran.stdout,
            format!("{name} {}\n", env!("CARGO_PKG_VERSION")),
            "{}",
            ran.stderr
        );
    }
}

fn a_job_image_lets_any_user_write_to_tmp() {
    for user in ["65534:65534", "1000:1000", "0:0"] {
        let ran = run(
            &["--user", user],
            &[
                "sh",
                "-c",
                "cd && echo yes >file && cat /tmp/file && stat -c %a /tmp",
            ],
        );
        assert_eq!(ran.stdout, "yes\n1777\n", "{user}: {}", ran.stderr);
    }
}

fn a_job_image_comes_with_the_licence_of_its_shell() {
    let ran = run(&[], &["cat", "/usr/share/doc/busybox-static/copyright"]);
    assert!(ran.stdout.contains("GPL"), "{}{}", ran.stdout, ran.stderr);
}

/// The steps stand outside of the image: the runner's own shell calls docker.
fn github_actions_can_run_the_documented_steps() {
    for (file, output) in [("manifests", "stderr"), ("scan", "findings.sarif")] {
        let workflow = example(&format!(".github/workflows/{file}.yml"));
        let steps = workflow["jobs"]["check"]["steps"]
            .as_array()
            .expect("there are steps");
        let step = steps
            .iter()
            .filter_map(|step| step["run"].as_str())
            .find(|run| run.contains(DOCUMENTED));
        let step = step
            .expect("a step runs the image")
            .replace(DOCUMENTED, &image(CI));
        succeeds_and_fails(|folder| {
            let mut shell = folder.call("bash".into(), &["-e", "-o", "pipefail", "-c", &step]);
            let ran = binary::run(&mut shell, b"");
            let told = if output == "stderr" {
                ran.stderr.clone()
            } else {
                folder.read(output)
            };
            let wanted = if output == "stderr" {
                "::notice"
            } else {
                "\"2.1.0\""
            };
            assert!(told.contains(wanted), "{told}");
            ran
        });
    }
}

/// The runner gives the shell that it finds a script on stdin.
fn gitlab_ci_can_run_the_documented_job() {
    let pipeline = example(".gitlab-ci.yml");
    assert_eq!(pipeline["check"]["image"], DOCUMENTED);
    let lines = pipeline["check"]["script"]
        .as_array()
        .expect("there is a script");
    let lines: Vec<&str> = lines.iter().map(text).collect();
    let script = format!(
        "set -eo pipefail\nset +o noclobber\ncd /builds/shop\n{}\nexit 0\n",
        lines.join("\n")
    );
    let found = "if [ -x /bin/bash ]; then exec /bin/bash; elif [ -x /bin/sh ]; then exec /bin/sh; else exit 1; fi";
    succeeds_and_fails(|folder| {
        let mut docker = docker();
        docker
            .args(["run", "--rm", "-i"])
            .args(mounted(folder, "/builds/shop"));
        let ran = binary::run(
            docker.arg(image(CI)).args(["sh", "-c", found]),
            script.as_bytes(),
        );
        let findings: Value =
            serde_json::from_str(&folder.read("findings.sarif")).expect("SARIF is JSON");
        assert_eq!(findings["version"], "2.1.0");
        ran
    });
}

/// A step's script is a file that is executed.
fn tekton_can_run_the_documented_step() {
    let task = example("task.yaml");
    let steps = task["spec"]["steps"].as_array().expect("there are steps");
    let step = steps
        .iter()
        .find(|step| step["image"] == DOCUMENTED)
        .expect("a step runs the image");
    let script = text(&step["script"]);
    succeeds_and_fails(|folder| {
        folder.write("script", script);
        fs::set_permissions(folder.join("script"), Permissions::from_mode(0o755))
            .expect("the file is ours");
        let arguments = mounted(folder, "/workspace/source");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(
            &[
                &arguments[..],
                &["--entrypoint", "/workspace/source/script"],
            ]
            .concat(),
            &[],
        )
    });
}

/// A script is a file that the command is given.
fn argo_workflows_can_run_the_documented_script() {
    let template = example("template.yaml");
    let script = &template["spec"]["templates"][0]["script"];
    assert_eq!(script["image"], DOCUMENTED);
    let command = text(&script["command"][0]);
    let source = text(&script["source"]);
    succeeds_and_fails(|folder| {
        folder.write("script", source);
        let arguments = mounted(folder, text(&script["workingDir"]));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&arguments, &[command, "/project/script"])
    });
}

/// The container waits while each step is executed in it, as the agent's own user.
fn jenkins_can_run_the_documented_stage() {
    let pipeline = block("pipeline {");
    assert!(pipeline.contains(&format!("docker '{DOCUMENTED}'")));
    let step = pipeline
        .lines()
        .find_map(|line| line.trim().strip_prefix("sh 'plimsoll")?.strip_suffix('\''));
    let step = format!("plimsoll{}", step.expect("a step runs plimsoll"));
    succeeds_and_fails(|folder| {
        folder.write("script.sh", &step);
        let mut start = docker();
        start
            .args(["run", "--detach", "--tty", "--user", "1000:1000"])
            .args(mounted(folder, "/project"));
        let started = binary::run(start.arg(image(CI)).arg("cat"), b"");
        let container = started.stdout.trim();
        assert!(!container.is_empty(), "{}", started.stderr);
        let nohup = [
            "exec",
            container,
            "nohup",
            "sh",
            "-xe",
            "/project/script.sh",
        ];
        let ran = binary::run(docker().args(nohup), b"");
        binary::run(docker().args(["rm", "--force", container]), b"");
        ran
    });
}
