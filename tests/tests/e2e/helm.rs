//! The filter behind `helm template`, on the chart that `helm create` makes.

use std::path::Path;

use checks::binary::{self, Ran};
use checks::golden::{self, Change};
use checks::tools::{HELM3, HELM4, Tool};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[HELM3], helm_3_renders_through_the_program),
        test(&[HELM3], helm_3_keeps_all_else),
        test(&[HELM3], helm_3_fails_with_the_function_s_own_words),
        test(&[HELM4], helm_4_renders_through_a_plugin),
        test(&[HELM4], helm_4_leaves_hooks_alone),
        test(&[HELM4], helm_4_fails_when_the_function_does),
    ]
}

/// A new chart without the probes that `helm create` writes, and with the function as a plugin.
struct Chart {
    folder: Folder,
    helm: Tool,
}

impl Chart {
    fn new(helm: Tool, config: &str) -> Self {
        let chart = Self {
            folder: Folder::of_shop(&[("probes.yaml", config)]),
            helm,
        };
        let made = chart.run(&["create", "web"]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        chart
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.folder.command(&self.helm, arguments);
        for (variable, folder) in [
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_DATA_HOME", "data"),
        ] {
            command.env(variable, self.folder.join(folder));
        }
        binary::run(
            command.env("HELM_PLUGINS", self.folder.join("plugins")),
            b"",
        )
    }

    fn template(&self, more: &[&str]) -> Ran {
        let without = [
            "template",
            "web",
            "web",
            "--set",
            "livenessProbe=null",
            "--set",
            "readinessProbe=null",
        ];
        self.run(&[&without, more].concat())
    }

    /// What comes out with the program behind it, in Helm 3.
    fn behind_program(&self) -> Ran {
        let program = binary::path("inject-probes").to_string_lossy().into_owned();
        let arguments = [
            "--post-renderer-args",
            "--config",
            "--post-renderer-args",
            "probes.yaml",
        ];
        self.template(&[&["--post-renderer", &program], &arguments[..]].concat())
    }

    /// Writes a plugin of Helm 4 that runs a program.
    fn plug(&self, name: &str, program: &Path, arguments: &str) {
        let text = format!(
            "apiVersion: v1\ntype: postrenderer/v1\nname: {name}\nversion: 0.1.0\nruntime: subprocess\nruntimeConfig:\n  \
             platformCommand:\n  - command: {}\n    args: {arguments}\n",
            program.display()
        );
        self.folder
            .write(&format!("plugins/{name}/plugin.yaml"), &text);
    }

    /// What comes out with the plugin behind it, in Helm 4.
    fn behind_plugin(&self) -> Ran {
        let config = self.folder.join("probes.yaml");
        self.plug(
            "inject-probes",
            &binary::path("inject-probes"),
            &format!("[--config, {}]", config.display()),
        );
        self.template(&["--post-renderer", "inject-probes"])
    }
}

fn lines_between<'t>(plain: &'t str, rendered: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for change in golden::changes(plain, rendered) {
        match change {
            Change::Removed(line) => removed.push(line),
            Change::Added(line) => added.push(line.trim_start()),
        }
    }
    (removed, added)
}

const PROBE: [&str; 4] = [
    "readinessProbe:",
    "tcpSocket:",
    "port: http",
    "timeoutSeconds: 3",
];

fn helm_3_renders_through_the_program() {
    let chart = Chart::new(HELM3, &shop::config());
    let (plain, rendered) = (chart.template(&[]), chart.behind_program());
    assert_eq!(
        (plain.code, rendered.code),
        (Some(0), Some(0)),
        "{}{}",
        plain.stderr,
        rendered.stderr
    );
    assert_eq!(
        lines_between(&plain.stdout, &rendered.stdout),
        (Vec::new(), PROBE.to_vec())
    );
}

// Comments of the chart and of Helm, and documents that a template left empty.
fn helm_3_keeps_all_else() {
    let chart = Chart::new(HELM3, &shop::config());
    chart.folder.write("web/templates/comments.yaml", "# only a comment\n---\n---\n# of the owner\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept} # here\n");
    let (plain, rendered) = (chart.template(&[]), chart.behind_program());
    assert_eq!(
        lines_between(&plain.stdout, &rendered.stdout),
        (Vec::new(), PROBE.to_vec()),
        "{}",
        rendered.stderr
    );
    for kept in [
        "# Source: web/templates/deployment.yaml",
        "# of the owner",
        "# here",
    ] {
        assert!(
            rendered.stdout.contains(kept),
            "{kept} in {}",
            rendered.stdout
        );
    }
}

fn helm_3_fails_with_the_function_s_own_words() {
    let ran = Chart::new(HELM3, &shop::broken(&shop::config())).behind_program();
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains(shop::REFUSAL), "{}", ran.stderr);
}

// Helm 4 itself writes anew what a plugin gave it, so it is compared with what it makes of the same documents
// when the plugin is `cat`.
fn helm_4_renders_through_a_plugin() {
    let chart = Chart::new(HELM4, &shop::config());
    chart.plug("copy", Path::new("cat"), "[]");
    let (copied, rendered) = (
        chart.template(&["--post-renderer", "copy"]),
        chart.behind_plugin(),
    );
    assert_eq!(
        (copied.code, rendered.code),
        (Some(0), Some(0)),
        "{}{}",
        copied.stderr,
        rendered.stderr
    );
    assert_eq!(
        lines_between(&copied.stdout, &rendered.stdout),
        (Vec::new(), PROBE.to_vec())
    );
    assert!(
        rendered
            .stdout
            .contains("# Source: web/templates/deployment.yaml"),
        "{}",
        rendered.stdout
    );
}

// Unlike Helm 3, it hands them over.
fn helm_4_leaves_hooks_alone() {
    let chart = Chart::new(HELM4, &shop::config());
    let hook = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: hook\n  annotations: {\"helm.sh/hook\": pre-install}\n\
                spec:\n  selector: {matchLabels: {app: hook}}\n  template:\n    metadata: {labels: {app: hook}}\n    spec:\n      \
                containers:\n      - {name: app, image: app, ports: [{name: http, containerPort: 80}]}\n";
    chart.folder.write("web/templates/hook.yaml", hook);
    chart.folder.write("seen/.keep", "");
    let seen = chart.folder.join("seen/stdin.yaml");
    chart.plug("copy", Path::new("tee"), &format!("[{}]", seen.display()));
    let (copied, rendered) = (
        chart.template(&["--post-renderer", "copy"]),
        chart.behind_plugin(),
    );
    assert!(
        chart.folder.read("seen/stdin.yaml").contains("name: hook"),
        "Helm no longer hands over hooks"
    );
    assert_eq!(
        lines_between(&copied.stdout, &rendered.stdout),
        (Vec::new(), PROBE.to_vec()),
        "{}",
        rendered.stderr
    );
}

// It keeps to itself what the plugin said. If that changes, the documentation need not send people to run the
// function by hand.
fn helm_4_fails_when_the_function_does() {
    let ran = Chart::new(HELM4, &shop::broken(&shop::config())).behind_plugin();
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains("inject-probes"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(shop::REFUSAL), "{}", ran.stderr);
}
