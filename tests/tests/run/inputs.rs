//! Where manifests may come from.

use std::fs;

use checks::binary;

use crate::folder::Folder;
use crate::{BROKEN, SERVICE, WEB};

const RUN: [&str; 2] = ["--config", "production.yaml"];

#[test]
fn stdin_files_and_folders_give_the_same_documents() {
    let folder = Folder::with(&[("apps/a/web.yaml", WEB), ("apps/b/service.yml", SERVICE)]);
    let stream = format!("{WEB}---\n{SERVICE}");
    let piped = folder.run_on(&RUN, &stream);
    assert_eq!(piped.code, Some(0), "{}", piped.stderr);
    assert!(piped.stdout.contains("readinessProbe:"), "{}", piped.stdout);
    assert!(
        piped.stdout.contains("memory: 128Mi"),
        "both steps run: {}",
        piped.stdout
    );
    assert!(
        piped.stdout.contains("name: web   # the name\n"),
        "comments stay"
    );
    let dash = folder.run_on(&[&RUN[..], &["-"]].concat(), &stream);
    assert_eq!(dash.stdout, piped.stdout);
    let files = folder.done(&[&RUN[..], &["apps/a/web.yaml", "apps/b/service.yml"]].concat());
    assert_eq!(files.stdout, piped.stdout);
    let folders = folder.done(&[&RUN[..], &["apps"]].concat());
    assert_eq!(folders.stdout, piped.stdout);
    let mixed = folder.run_on(&[&RUN[..], &["-", "apps/b"]].concat(), WEB);
    assert_eq!(mixed.stdout, piped.stdout);
}

#[test]
fn several_configurations_run_in_their_order() {
    let probes = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nmetadata: {name: probes}\nspec: {environment: production}\n";
    let folder = Folder::with(&[("web.yaml", WEB), ("probes.yaml", probes)]);
    let one = folder.done(&["--config", "production.yaml", "web.yaml"]);
    let two = folder.done(&[
        "--config",
        "resources.yaml",
        "--config",
        "probes.yaml",
        "web.yaml",
    ]);
    assert_eq!(two.stdout, one.stdout);
    let both = folder.read("resources.yaml") + "---\n" + probes;
    folder.write("both.yaml", &both);
    assert_eq!(
        folder.done(&["--config", "both.yaml", "web.yaml"]).stdout,
        one.stdout
    );
}

#[test]
fn what_helm_renders_keeps_its_source_comments() {
    let folder = Folder::with(&[]);
    let rendered = format!(
        "---\n# Source: shop/templates/web.yaml\n{WEB}---\n# Source: shop/templates/none.yaml\n---\n{SERVICE}"
    );
    let ran = folder.run_on(&RUN, &rendered);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for line in rendered.lines() {
        assert!(ran.stdout.contains(line), "{line}:\n{}", ran.stdout);
    }
    assert!(ran.stdout.contains("readinessProbe:"));
}

#[test]
fn a_resource_list_comes_back_as_one_with_the_results() {
    let items: String = WEB.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}",
        items
            .trim_start()
            .trim_start_matches("# the shop's front\n  ")
            .trim_start()
    );
    let folder = Folder::with(&[]);
    let ran = folder.run_on(&RUN, &list);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n")
    );
    assert!(
        ran.stdout.contains("          resources:\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\nresults:\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("step: probes\n"), "{}", ran.stdout);
}

#[test]
fn a_folder_without_manifests_is_no_empty_environment() {
    let folder = Folder::with(&[("apps/readme.txt", "hello"), ("empty.yaml", "\n")]);
    folder.refuses(
        &[&RUN[..], &["apps"]].concat(),
        "there are no manifests (.yaml, .yml or .json) in apps",
    );
    folder.refuses(
        &[&RUN[..], &["empty.yaml"]].concat(),
        "there is nothing at all in empty.yaml",
    );
    folder.refuses(&RUN, "stdin is empty");
}

#[test]
fn what_other_tools_keep_in_a_folder_is_passed_over() {
    let folder = Folder::with(&[
        ("apps/web.yaml", WEB),
        ("apps/kustomization.yaml", "resources: [web.yaml]\n"),
        ("apps/Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\n"),
        ("apps/.hidden.yaml", "{{ broken"),
        (
            "apps/chart/Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        ),
        ("apps/chart/values.yaml", "replicas: 1\n"),
        ("apps/chart/crds/service.yaml", SERVICE),
    ]);
    let ran = folder.done(&[&RUN[..], &["apps"]].concat());
    assert!(
        !ran.stdout.contains("resources: [web.yaml]"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("replicas") && !ran.stdout.contains("version: 1.0.0"));
    assert!(ran.stdout.contains("kind: Service"), "{}", ran.stdout);
}

#[test]
fn a_template_of_helm_is_named_with_what_to_do() {
    let template =
        "apiVersion: v1\nkind: Service\n{{- if .Values.on }}\nmetadata: {name: web}\n{{- end }}\n";
    let folder = Folder::with(&[
        ("chart/Chart.yaml", "name: shop\n"),
        ("chart/templates/web.yaml", template),
    ]);
    for more in [&["chart"][..], &["--in-place", "chart"]] {
        let arguments = [&RUN[..], more].concat();
        folder.refuses(&arguments, "chart/templates/web.yaml, line 3");
        folder.refuses(&arguments, "render its chart first: `helm template");
    }
    assert_eq!(folder.read("chart/templates/web.yaml"), template);
}

#[test]
fn links_that_lead_back_to_their_folder_are_followed_once() {
    let folder = Folder::with(&[("apps/web.yaml", WEB)]);
    std::os::unix::fs::symlink(".", folder.join("apps/again")).expect("a link");
    let ran = folder.done(&[&RUN[..], &["apps"]].concat());
    assert_eq!(ran.stdout.matches("kind: Deployment").count(), 1);
}

#[test]
fn a_run_that_fails_writes_no_document() {
    let folder = Folder::with(&[("web.yaml", WEB), ("broken.yaml", BROKEN)]);
    let ran = folder.run(&[&RUN[..], &["web.yaml", "broken.yaml"]].concat());
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("error[inject-probes/unknown-port-name] Pod shop/broken"),
        "{}",
        ran.stderr
    );
}

#[test]
fn pods_that_stand_at_the_same_place_of_several_files_are_told_apart() {
    let case = "functions/hash-configmaps/tests/keeps-names-that-a-clusterrole-may-mean-anywhere";
    let read = |name: &str| {
        let file = binary::root().join(case).join(name);
        fs::read_to_string(file).expect("the case has it")
    };
    let folder = Folder::with(&[("hash.yaml", &read("config.yaml"))]);
    for (number, document) in read("input.yaml").split("---\n").enumerate() {
        folder.write(&format!("apps/{number}.yaml"), document);
    }
    let ran = folder.done(&["--config", "hash.yaml", "apps"]);
    assert_eq!(ran.stdout, read("expected.yaml"));
}
