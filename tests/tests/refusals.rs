//! What bad input gets: an exit code, what is wrong, where it is and what to do, and nothing lost.
//!
//! Each case is a snapshot of all that the user gets. Besides, a call that can't be served (2) leaves stdout
//! empty, and a refused one (1) gives back every byte that came in before it adds its results.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a check stops at the first surprise and says so"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use checks::binary::{self, Ran};
use checks::tools;
use tempfile::TempDir;

/// The head of a list with a configuration that says nothing.
const HEAD: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: fn.plimsoll.dev/v1alpha1
  kind: InjectProbes
  metadata: {name: probes}
  spec: {}
";

fn list(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

/// A list with a Deployment whose pod has this `spec`, in lines that begin in the first column.
fn with_pod(spec: &str) -> String {
    with_deployment(&format!("template:\n  spec:\n{}", indented(4, spec)))
}

/// A list with a Deployment that has these lines below `spec:`, between objects that must come back too.
fn with_deployment(spec: &str) -> String {
    let spec = indented(4, spec);
    list(&format!(
        "\
items:
- apiVersion: v1
  kind: ConfigMap # before
  metadata: {{name:   settings}}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
  spec:
{spec}- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: after}}}}
"
    ))
}

fn indented(columns: usize, text: &str) -> String {
    let indent = " ".repeat(columns);
    text.lines()
        .flat_map(|line| [&indent, line, "\n"])
        .collect()
}

fn function() -> Command {
    Command::new(binary::path("inject-probes"))
}

/// Runs the function as kpt and kustomize do.
fn run(input: impl AsRef<[u8]>) -> Ran {
    binary::run(&mut function(), input.as_ref())
}

/// What the user gets, without what came in.
fn told(input: &[u8], ran: &Ran) -> String {
    let stdout = match ran.stdout.strip_prefix(&*String::from_utf8_lossy(input)) {
        _ if ran.stdout.is_empty() => "(nothing)".to_owned(),
        Some("") => "(the input)".to_owned(),
        Some(rest) => format!("(the input)\n{rest}"),
        None => ran.stdout.clone(),
    };
    let code = ran
        .code
        .map_or("a signal".to_owned(), |code| code.to_string());
    format!(
        "exit code: {code}\n--- stderr\n{}\n--- stdout\n{}\n",
        ran.stderr.trim_end(),
        stdout.trim_end()
    )
}

/// A call that can't be served: the reason on stderr, nothing on stdout.
#[track_caller]
fn unserved(input: impl AsRef<[u8]>) -> String {
    let ran = run(&input);
    assert_unserved(&ran);
    told(input.as_ref(), &ran)
}

#[track_caller]
fn assert_unserved(ran: &Ran) {
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(
        ran.stdout, "",
        "an orchestrator would take it for the output"
    );
    assert!(!ran.stderr.is_empty(), "a failure has a reason");
}

/// A call that is refused: every byte of the input comes back, and the results behind it.
#[track_caller]
fn refused(input: impl AsRef<[u8]>) -> String {
    let ran = run(&input);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let input = input.as_ref();
    assert!(
        ran.stdout.as_bytes().starts_with(input),
        "what came in comes back as it was:\n{}",
        ran.stdout
    );
    let results = ran
        .stdout
        .get(input.len()..)
        .expect("the input ends between characters");
    assert!(
        results.starts_with("results:\n"),
        "only results are added:\n{results}"
    );
    assert!(ran.stderr.starts_with("error["), "{}", ran.stderr);
    told(input, &ran)
}

/// A call that is served, although there is nothing to do.
#[track_caller]
fn served(input: &str) -> String {
    let ran = run(input);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("\nitems:"),
        "a list without items deletes what the user has"
    );
    told(input.as_bytes(), &ran)
}

// What can't be read at all.

#[test]
fn text_that_is_not_yaml_is_not_served() {
    insta::assert_snapshot!(unserved("dear function: please: add probes\n"));
}

#[test]
fn a_text_without_structure_is_not_served() {
    insta::assert_snapshot!(unserved("hello\n"));
}

#[test]
fn an_object_outside_of_a_list_is_not_served() {
    insta::assert_snapshot!(unserved(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    ));
}

#[test]
fn a_list_of_an_unknown_version_is_not_served() {
    insta::assert_snapshot!(unserved(
        list("items: []\n").replace("kubernetes.io/v1\n", "kubernetes.io/v9\n")
    ));
}

#[test]
fn two_documents_are_not_served() {
    insta::assert_snapshot!(unserved(format!(
        "{}---\n{}",
        list("items: []\n"),
        list("items: []\n")
    )));
}

#[test]
fn a_tab_for_indentation_is_not_served() {
    insta::assert_snapshot!(unserved(list(
        "items:\n- apiVersion: v1\n\tkind: ConfigMap\n"
    )));
}

#[test]
fn an_unclosed_quote_is_not_served() {
    insta::assert_snapshot!(unserved(list(
        "items:\n- apiVersion: v1\n  kind: \"ConfigMap\n"
    )));
}

#[test]
fn a_quote_that_only_another_one_closes_is_not_served() {
    let items = "items:\n- apiVersion: v1\n  kind: \"ConfigMap\n  metadata: {name: \"settings\"}\n";
    insta::assert_snapshot!(unserved(list(items)));
}

#[test]
fn a_duplicate_key_is_not_served() {
    insta::assert_snapshot!(unserved(list(
        "items:\n- apiVersion: v1\n  kind: ConfigMap\n  kind: Secret\n"
    )));
}

#[test]
fn invalid_utf_8_is_not_served() {
    let mut input = list("items:\n- apiVersion: v1\n  kind: ").into_bytes();
    input.extend(b"Caf\xE9\n");
    insta::assert_snapshot!(unserved(input));
}

#[test]
fn fifty_thousand_nested_lists_are_not_served() {
    insta::assert_snapshot!(unserved("- ".repeat(50_000)));
}

#[test]
fn an_alias_bomb_is_not_served() {
    let mut items =
        "items:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: bomb}\n  data:\n"
            .to_owned();
    items += "    level0: &level0 [boom, boom, boom, boom, boom, boom, boom, boom, boom, boom]\n";
    for level in 1..20 {
        let below = vec![format!("*level{}", level - 1); 10].join(", ");
        writeln!(items, "    level{level}: &level{level} [{below}]").expect("room in memory");
    }
    insta::assert_snapshot!(unserved(list(&items)));
}

#[test]
fn an_empty_stdin_is_not_served() {
    insta::assert_snapshot!(unserved(""));
}

#[test]
fn items_that_are_a_map_are_not_served() {
    insta::assert_snapshot!(unserved(list("items: {web: {kind: Deployment}}\n")));
}

// What there is nothing to do for.

#[test]
fn a_list_of_no_items_comes_back_as_it_is() {
    insta::assert_snapshot!(served(&list("items: []\n")));
}

#[test]
fn null_items_come_back_as_an_empty_list() {
    insta::assert_snapshot!(served(&list("items: null\n")));
}

#[test]
fn a_list_without_items_gets_an_empty_list() {
    insta::assert_snapshot!(served(HEAD));
}

#[test]
fn a_function_without_a_configuration_goes_by_its_built_in_one() {
    let list = with_pod("containers:\n- {name: app, image: app}\n");
    let config =
        list.find("functionConfig:").expect("a configuration")..list.find("items:").expect("items");
    let mut list = list;
    list.replace_range(config, "");
    insta::assert_snapshot!(served(&list));
}

#[test]
fn null_in_place_of_containers_and_ports_is_as_good_as_nothing() {
    let deployment = |spec: &str| run(with_deployment(spec)).code;
    assert_eq!(deployment("template: null\n"), Some(0));
    assert_eq!(deployment("template: {spec: }\n"), Some(0));
    assert_eq!(
        deployment("template: {spec: {containers: null, initContainers: ~}}\n"),
        Some(0)
    );
    assert_eq!(
        deployment("template: {spec: {containers: [{name: app, ports: null}]}}\n"),
        Some(0)
    );
}

// Items that are no objects, or not what their kind says.

#[test]
fn an_item_without_a_kind_is_refused() {
    insta::assert_snapshot!(refused(list(
        "items:\n- apiVersion: v1\n  metadata:\n    name: settings\n"
    )));
}

#[test]
fn an_item_without_a_name_is_refused() {
    insta::assert_snapshot!(refused(list(
        "items:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {labels: {}}\n"
    )));
}

#[test]
fn an_item_that_is_a_string_is_refused() {
    insta::assert_snapshot!(refused(list("items:\n- deployment.yaml\n")));
}

#[test]
fn an_item_that_is_null_is_refused() {
    insta::assert_snapshot!(refused(list("items:\n- null\n- ~\n")));
}

#[test]
fn containers_that_are_a_string_are_refused() {
    insta::assert_snapshot!(refused(with_pod("containers: app\n")));
}

#[test]
fn containers_that_are_a_map_are_refused() {
    // The manifest's secrets are no business of the result.
    let told = refused(with_pod(
        "containers: {app: {env: [{name: PASSWORD, value: hunter2}]}}\ninitContainers: 3\n",
    ));
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn containers_that_are_strings_are_refused() {
    insta::assert_snapshot!(refused(with_pod(
        "containers:\n- {name: app, image: app}\n- sidecar\n-\n"
    )));
}

#[test]
fn ports_that_are_a_string_are_refused() {
    insta::assert_snapshot!(refused(with_pod(
        "containers:\n- {name: app, image: app, ports: http}\n"
    )));
}

#[test]
fn a_port_that_is_no_map_is_refused() {
    insta::assert_snapshot!(refused(with_pod(
        "containers:\n- {name: app, image: app, ports: [8080]}\n"
    )));
}

#[test]
fn a_port_of_70000_is_refused() {
    let ports =
        "  ports:\n  - {name: http, containerPort: 70000}\n  - {name: web, containerPort: 0}\n";
    insta::assert_snapshot!(refused(with_pod(&format!(
        "containers:\n- name: app\n  image: app\n{ports}"
    ))));
}

#[test]
fn a_port_in_quotes_is_refused() {
    let ports = "  ports:\n  - containerPort: \"8080\"\n";
    insta::assert_snapshot!(refused(with_pod(&format!(
        "containers:\n- name: app\n  image: app\n{ports}"
    ))));
}

#[test]
fn a_template_that_is_a_list_is_refused() {
    insta::assert_snapshot!(refused(with_deployment("template: [app]\n")));
}

#[test]
fn a_pod_spec_that_is_a_string_is_refused() {
    insta::assert_snapshot!(refused(with_deployment("template:\n  spec: app\n")));
}

#[test]
fn a_spec_on_the_way_to_the_template_that_is_a_string_is_refused() {
    let items = "items:\n- apiVersion: batch/v1\n  kind: CronJob\n  metadata: {name: web}\n  spec: {jobTemplate: nightly}\n";
    insta::assert_snapshot!(refused(list(items)));
}

#[test]
fn a_list_on_the_way_to_opted_in_templates_that_is_a_map_is_refused() {
    let experiment = "items:\n- apiVersion: argoproj.io/v1alpha1\n  kind: Experiment\n  metadata: {name: web}\n  spec: {templates: {canary: {}}}\n";
    served(&list(experiment));
    let targeted = list(experiment).replace("spec: {}", "spec: {targets: [{kinds: [Experiment]}]}");
    insta::assert_snapshot!(refused(targeted));
}

#[test]
fn types_are_nobody_s_matter_where_the_function_does_not_look() {
    let object = |name: &str, metadata: &str| {
        format!(
            "- {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, {metadata}}}, spec: {{template: {{spec: {{containers: app}}}}}}}}\n"
        )
    };
    let items = [
        object("excluded", "labels: {tier: web}"),
        object("skipped", "annotations: {plimsoll.dev/skip: inject-probes}"),
        object(
            "rule-skipped",
            "annotations: {plimsoll.dev/skip: \"inject-probes:wrong-type\"}",
        ),
        object(
            "local",
            "annotations: {config.kubernetes.io/local-config: \"true\"}",
        ),
        object("hook", "annotations: {helm.sh/hook: pre-install}"),
        object("owned", "ownerReferences: [{controller: true}]"),
    ];
    let exclude = "spec: {exclude: [{labelSelector: {matchLabels: {tier: web}}}]}";
    let input = list(&format!("items:\n{}", items.concat())).replace("spec: {}", exclude);
    let ran = run(&input);
    assert_eq!(
        (ran.code, ran.stderr.contains("wrong-type]")),
        (Some(0), false),
        "{ran:?}"
    );
    let looked_at = input.replace("tier: web}}}]", "tier: none}}}]");
    assert_eq!(
        run(looked_at).code,
        Some(1),
        "without its entry the excluded one is looked at"
    );
}

#[test]
fn ports_are_nobody_s_matter_in_containers_that_the_function_leaves_alone() {
    let code = |name: &str, spec: &str| {
        let pod = format!("containers:\n- {{name: {name}, image: app, ports: http}}\n");
        run(with_pod(&pod).replace("spec: {}", &format!("spec: {{{spec}}}"))).code
    };
    assert_eq!(code("istio-proxy", ""), Some(0));
    let include = "includeInfrastructureContainers: true";
    assert_eq!(code("istio-proxy", include), Some(1));
    let exclude = "exclude: [{containers: [sidecar]}]";
    assert_eq!(code("sidecar", exclude), Some(0));
    assert_eq!(code("app", exclude), Some(1));
    let target = "targets: [{containers: [app]}]";
    assert_eq!(code("sidecar", target), Some(0));
    assert_eq!(code("app", target), Some(1));
}

#[test]
fn an_entry_about_containers_excludes_no_object_whose_containers_cannot_be_read() {
    let input = with_pod("containers: app\n");
    let exclude = "spec: {exclude: [{containers: [app]}]}";
    assert_eq!(run(input.replace("spec: {}", exclude)).code, Some(1));
}

#[test]
fn variables_of_a_later_substitution_may_stand_for_a_port() {
    let ports = "  ports:\n  - containerPort: ${PORT}\n";
    let ran = run(with_pod(&format!(
        "containers:\n- name: app\n  image: app\n{ports}"
    )));
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

// Configurations.

#[test]
fn a_configuration_of_another_kind_is_refused() {
    insta::assert_snapshot!(refused(
        list("items: []\n").replace("kind: InjectProbes", "kind: InjectProbe")
    ));
}

#[test]
fn a_configuration_without_a_kind_is_refused() {
    insta::assert_snapshot!(refused(
        list("items: []\n").replace("  kind: InjectProbes\n", "")
    ));
}

#[test]
fn a_configuration_without_a_version_is_refused() {
    insta::assert_snapshot!(refused(
        list("items: []\n").replace("  apiVersion: fn.plimsoll.dev/v1alpha1\n", "")
    ));
}

#[test]
fn an_unknown_field_of_the_configuration_is_refused() {
    insta::assert_snapshot!(refused(
        list("items: []\n").replace("spec: {}", "spec:\n    defualts: {}\n    mode: fil")
    ));
}

#[test]
fn a_configuration_that_is_a_string_is_refused() {
    let input = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: production\nitems: []\n";
    insta::assert_snapshot!(refused(input));
}

#[test]
fn the_multicall_binary_without_a_configuration_does_not_guess() {
    let input = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n";
    let ran = binary::run(
        &mut Command::new(binary::path("plimsoll")),
        input.as_bytes(),
    );
    assert_unserved(&ran);
    insta::assert_snapshot!(told(input.as_bytes(), &ran));
}

#[test]
fn the_multicall_binary_refuses_a_configuration_for_nobody() {
    let input = list("items: []\n").replace("kind: InjectProbes", "kind: InjectProbe");
    let ran = binary::run(
        &mut Command::new(binary::path("plimsoll")),
        input.as_bytes(),
    );
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with(&input), "{}", ran.stdout);
    insta::assert_snapshot!(told(input.as_bytes(), &ran));
}

// Files and arguments.

/// A folder with a configuration that works, and a command that runs in it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let example = binary::run(function().arg("--example"), b"").stdout;
    for (name, text) in [("config.yaml", example.as_str())].iter().chain(files) {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";

/// Runs the function as a filter that can't be served.
#[track_caller]
fn unserved_filter(files: &[(&str, &str)], args: &[&str]) -> String {
    let folder = folder(files);
    let ran = binary::run(
        function().args(args).current_dir(folder.path()),
        OBJECT.as_bytes(),
    );
    assert_unserved(&ran);
    told(OBJECT.as_bytes(), &ran)
}

#[test]
fn a_broken_configuration_file_is_named_with_the_place() {
    let broken = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nspec:\n  targets: [\n";
    insta::assert_snapshot!(unserved_filter(
        &[("broken.yaml", broken)],
        &["--config", "broken.yaml"]
    ));
}

#[test]
fn a_configuration_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(unserved_filter(&[], &["--config", "lost.yaml"]));
}

#[test]
fn an_empty_configuration_file_is_named() {
    insta::assert_snapshot!(unserved_filter(
        &[("empty.yaml", "# later\n")],
        &["--config", "empty.yaml"]
    ));
}

#[test]
fn a_manifest_that_is_not_there_is_named() {
    insta::assert_snapshot!(unserved_filter(
        &[],
        &["--config", "config.yaml", "lost.yaml"]
    ));
}

#[test]
fn a_folder_as_configuration_is_named() {
    insta::assert_snapshot!(unserved_filter(&[], &["--config", "."]));
}

#[test]
fn a_broken_manifest_is_named_with_the_place() {
    let files = [("broken.yaml", "kind: ConfigMap\n kind: Secret\n")];
    insta::assert_snapshot!(unserved_filter(
        &files,
        &["--config", "config.yaml", "broken.yaml"]
    ));
}

#[test]
fn a_file_with_a_list_that_is_none_is_named_with_the_place() {
    let list = list("items: all\n");
    insta::assert_snapshot!(unserved_filter(
        &[("list.yaml", &list)],
        &["--config", "config.yaml", "list.yaml"]
    ));
}

#[test]
fn manifests_without_a_configuration_are_not_served() {
    insta::assert_snapshot!(unserved_filter(&[], &["manifest.yaml"]));
}

#[test]
fn a_misspelled_argument_is_not_served() {
    insta::assert_snapshot!(unserved_filter(&[], &["--confg", "config.yaml"]));
}

#[test]
fn a_document_of_a_file_that_is_no_object_is_named_with_the_place() {
    let files = [("one.yaml", OBJECT), ("two.yaml", "kind: A\n---\nb: 1\n")];
    let folder = folder(&files);
    let mut command = function();
    command.args(["--config", "config.yaml", "one.yaml", "two.yaml"]);
    let ran = binary::run(command.current_dir(folder.path()), b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn a_filter_that_refuses_writes_nothing() {
    let folder = folder(&[]);
    let input = format!("{OBJECT}---\nkind: ConfigMap\n");
    let ran = binary::run(
        function()
            .args(["--config", "config.yaml"])
            .current_dir(folder.path()),
        input.as_bytes(),
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "kubectl apply would take it for the result"
    );
    insta::assert_snapshot!(told(input.as_bytes(), &ran));
}

#[test]
fn a_refused_configuration_file_is_named_with_the_place() {
    let config =
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nspec:\n  defualts: {}\n";
    let folder = folder(&[("mine.yaml", config)]);
    let ran = binary::run(
        function()
            .args(["--config", "mine.yaml"])
            .current_dir(folder.path()),
        OBJECT.as_bytes(),
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    insta::assert_snapshot!(told(OBJECT.as_bytes(), &ran));
}

// The world outside: terminals, pipes and disks.

/// Runs a program whose stdin never ends; one that reads it is let go after a while and fails the test.
fn run_without_end(command: &mut Command) -> io::Result<Ran> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take().expect("stdin is a pipe");
    let (ended, has_ended) = mpsc::channel();
    let watch = thread::spawn(move || {
        let waits = has_ended.recv_timeout(Duration::from_secs(30)).is_err();
        drop(stdin);
        waits
    });
    let output = child.wait_with_output()?;
    // Nobody listens any more where it took too long.
    let _ = ended.send(());
    assert!(
        !watch.join().expect("the watch ends"),
        "{command:?} waits for input"
    );
    Ok(output.into())
}

#[test]
fn a_terminal_without_input_gets_the_usage_instead_of_a_wait() {
    for (name, usage) in [
        ("inject-probes", "Usage: inject-probes "),
        ("plimsoll", "Usage: plimsoll "),
    ] {
        // Gives it a terminal of its own; `-e` hands on the exit code.
        let mut script = Command::new("script");
        script.arg("-qec").arg(binary::path(name)).arg("/dev/null");
        let Ok(ran) = run_without_end(&mut script) else {
            eprintln!(
                "skipped: a_terminal_without_input_gets_the_usage_instead_of_a_wait (there is no `script`)"
            );
            return;
        };
        assert_eq!(ran.code, Some(2), "{name}: {ran:?}");
        assert!(ran.stdout.contains(usage), "{name}: {ran:?}");
    }
}

/// A list that no pipe can hold.
fn large() -> String {
    let filler = "x".repeat(1000);
    let item = |number: usize| {
        format!(
            "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: c{number}}}\n  data: {{filler: {filler}}}\n"
        )
    };
    list(&format!(
        "items:\n{}",
        (0..2000).map(item).collect::<String>()
    ))
}

#[test]
fn a_reader_that_is_gone_is_told_of() {
    let mut child = function()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the function starts");
    // Nothing is written before all is read, so nobody listens any more by then.
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin
        .write_all(large().as_bytes())
        .expect("the function reads all");
    drop(stdin);
    let output = child.wait_with_output().expect("the function ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("inject-probes: stdout could not be written: "),
        "{stderr}"
    );
}

#[test]
fn a_full_disk_is_told_of() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("skipped: a_full_disk_is_told_of (there is no /dev/full)");
        return;
    };
    // However small: what stands in a buffer is not written yet.
    for input in [list("items: []\n"), large()] {
        let mut child = function()
            .stdin(Stdio::piped())
            .stdout(full.try_clone().expect("another handle"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the function starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin
            .write_all(input.as_bytes())
            .expect("the function reads all");
        drop(stdin);
        let output = child.wait_with_output().expect("the function ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains("inject-probes: stdout could not be written: "),
            "{stderr}"
        );
    }
}

#[test]
fn questions_about_the_function_are_answered_without_input() {
    for question in ["--help", "--version", "--example", "--schema"] {
        let ran = run_without_end(function().arg(question)).expect("the function starts");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{question}");
        assert!(
            !ran.stdout.trim().is_empty(),
            "{question} is answered on stdout"
        );
    }
}

#[test]
fn the_help_fits_a_screen() {
    let help = binary::run(function().arg("--help"), b"").stdout;
    let widest = help.lines().map(|line| line.chars().count()).max();
    assert!(help.lines().count() <= 30, "{help}");
    assert!(
        widest.is_some_and(|widest| (1..=100).contains(&widest)),
        "{widest:?} columns:\n{help}"
    );
}

#[test]
fn the_multicall_binary_answers_under_any_name_that_is_no_function_s() {
    let folder = folder(&[]);
    let link = tools::link(&binary::path("plimsoll"), folder.path(), "fn").expect("a link");
    let help = binary::run(Command::new(link).arg("--help"), b"");
    assert!(help.stdout.contains("install-plugins"), "{help:?}");
    let function = tools::link(&binary::path("plimsoll"), folder.path(), "inject-probes");
    let help = binary::run(Command::new(function.expect("a link")).arg("--help"), b"");
    assert!(help.stdout.contains("--config"), "{help:?}");
}
