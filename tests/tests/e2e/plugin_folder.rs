//! Functions that kubectl and kustomize find in their plugin folder, without Docker and without `--enable-exec`.

use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::{KUBECTL, KUSTOMIZE, Tool};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[KUBECTL], kubectl_runs_an_installed_function),
        test(&[KUSTOMIZE], kustomize_runs_an_installed_function),
        test(
            &[KUSTOMIZE],
            a_function_is_found_under_the_user_s_configuration,
        ),
        test(&[KUBECTL], kubectl_tells_what_the_function_refused),
        test(&[KUSTOMIZE], kustomize_tells_what_the_function_refused),
        test(
            &[KUBECTL],
            kubectl_fails_where_the_function_is_not_installed,
        ),
        test(
            &[KUSTOMIZE],
            kustomize_fails_where_the_function_is_not_installed,
        ),
        test(&[], installing_twice_is_installing_once),
    ]
}

/// The shop with the function as its transformer and a plugin folder beside it.
struct Installed(Folder);

impl Installed {
    fn new(config: &str) -> Self {
        let shop = Self::without_plugins(config);
        let ran = shop.install();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        shop
    }

    fn without_plugins(config: &str) -> Self {
        Self(Folder::of_shop(&[
            ("kustomization.yaml", &shop::kustomization("- probes.yaml")),
            ("probes.yaml", config),
            ("kustomize/plugin/somebody.else/v1/keep", ""),
        ]))
    }

    fn install(&self) -> Ran {
        let mut command = Command::new(binary::path("plimsoll"));
        binary::run(
            command
                .arg("install-plugins")
                .arg("--dir")
                .arg(self.0.join("kustomize/plugin")),
            b"",
        )
    }

    fn build(&self, tool: &Tool) -> Ran {
        let verb = if tool.name == KUBECTL.name {
            "kustomize"
        } else {
            "build"
        };
        let mut command = self.0.command(tool, &[verb, "--enable-alpha-plugins", "."]);
        binary::run(
            command.env("KUSTOMIZE_PLUGIN_HOME", self.0.join("kustomize/plugin")),
            b"",
        )
    }

    fn gives_what_the_filter_gives(&self, tool: &Tool) {
        let ran = self.build(tool);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(
            shop::objects(&ran.stdout),
            shop::objects(&shop::filtered(&shop::stream()))
        );
    }

    fn fails_saying(&self, tool: &Tool, words: &str) {
        let ran = self.build(tool);
        assert_ne!(ran.code, Some(0));
        assert!(
            ran.stdout.is_empty(),
            "nothing must reach the cluster: {}",
            ran.stdout
        );
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

fn kubectl_runs_an_installed_function() {
    Installed::new(&shop::config()).gives_what_the_filter_gives(&KUBECTL);
}

fn kustomize_runs_an_installed_function() {
    Installed::new(&shop::config()).gives_what_the_filter_gives(&KUSTOMIZE);
}

fn a_function_is_found_under_the_user_s_configuration() {
    let shop = Installed::new(&shop::config());
    let mut command = shop
        .0
        .command(&KUSTOMIZE, &["build", "--enable-alpha-plugins", "."]);
    let ran = binary::run(command.env("XDG_CONFIG_HOME", shop.0.path()), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(shop::has_probes(&ran.stdout), "{}", ran.stdout);
}

fn kubectl_tells_what_the_function_refused() {
    Installed::new(&shop::broken(&shop::config())).fails_saying(&KUBECTL, shop::REFUSAL);
}

fn kustomize_tells_what_the_function_refused() {
    Installed::new(&shop::broken(&shop::config())).fails_saying(&KUSTOMIZE, shop::REFUSAL);
}

fn kubectl_fails_where_the_function_is_not_installed() {
    Installed::without_plugins(&shop::config()).fails_saying(&KUBECTL, "InjectProbes");
}

fn kustomize_fails_where_the_function_is_not_installed() {
    Installed::without_plugins(&shop::config()).fails_saying(&KUSTOMIZE, "InjectProbes");
}

fn installing_twice_is_installing_once() {
    let shop = Installed::new(&shop::config());
    let (first, again) = (shop.install(), shop.install());
    assert_eq!(
        (first.code, again.code),
        (Some(0), Some(0)),
        "{}",
        again.stderr
    );
    assert_eq!(first.stdout, again.stdout);
    let link = shop
        .0
        .join("kustomize/plugin/fn.plimsoll.dev/v1alpha1/injectprobes/InjectProbes");
    assert_eq!(
        link.canonicalize().expect("a link"),
        binary::path("plimsoll").canonicalize().expect("a program")
    );
}
