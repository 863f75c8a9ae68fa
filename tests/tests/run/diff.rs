//! `--diff`: what would change, object by object.

use std::fs;
use std::process::Command;

use checks::binary;

use crate::folder::Folder;
use crate::{BROKEN, SERVICE, WEB};

const DIFF: [&str; 3] = ["--config", "production.yaml", "--diff"];

#[test]
fn an_object_stands_under_its_name_with_three_lines_around_what_differs() {
    let folder = Folder::with(&[("all.yaml", &format!("{SERVICE}---\n{WEB}"))]);
    let ran = folder.done(&[&DIFF[..], &["all.yaml"]].concat());
    let expected = "\
Deployment shop/web (all.yaml)
@@ -18,3 +18,11 @@
       - name: app
         image: \"shop/web:1\"
         ports: [{name: http, containerPort: 8080}]
+        resources:
+          requests:
+            cpu: 100m
+            memory: 128Mi
+        readinessProbe:
+          tcpSocket:
+            port: http
+          timeoutSeconds: 3
";
    assert_eq!(ran.stdout, expected, "the Service stays as it is");
    assert!(!ran.stdout.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn it_is_what_diff_would_say_of_the_documents() {
    let Ok(program) = which("diff") else { return };
    let folder = Folder::with(&[(
        "all.yaml",
        &format!(
            "{WEB}---\n{SERVICE}---\n{}",
            WEB.replace("name: web", "name: api")
        ),
    )]);
    let ran = folder.done(&[&DIFF[..], &["all.yaml"]].concat());
    let written = folder.done(&["--config", "production.yaml", "all.yaml"]);
    folder.write("new.yaml", &written.stdout);
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .args(["-U3", "all.yaml", "new.yaml"]);
    let theirs = binary::run(&mut command, b"").stdout;
    // Theirs knows no objects, so only the last hunk has no lines of others behind it.
    let last = |text: &str| text.rsplit("\n@@ ").next().map(str::to_owned);
    assert_eq!(last(&ran.stdout), last(&theirs), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("@@ -").count(), 2);
}

fn which(program: &str) -> Result<std::path::PathBuf, ()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.find(|file| file.is_file()).ok_or(())
}

/// A namespace in the mesh with a caller and what it calls.
fn mesh() -> (String, String) {
    let basic = binary::root().join("functions/add-mtls-policies/tests/basic");
    let read = |name: &str| fs::read_to_string(basic.join(name)).expect("the basic case");
    (read("config.yaml"), read("input.yaml"))
}

#[test]
fn new_and_removed_objects_are_shown_as_such() {
    let (config, input) = mesh();
    let folder = Folder::with(&[("mtls.yaml", &config), ("app.yaml", &input)]);
    let ran = folder.done(&["--config", "mtls.yaml", "--diff", "app.yaml"]);
    let heading = "AuthorizationPolicy shop/allow-product (new, beside app.yaml)\n@@ -0,0 +1,";
    assert!(ran.stdout.contains(heading), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n+kind: AuthorizationPolicy\n"),
        "{}",
        ran.stdout
    );

    let written = folder.done(&["--config", "mtls.yaml", "app.yaml"]).stdout;
    // Nobody calls any more.
    let without = written.replace(
        "      annotations: {plimsoll.dev/calls: \"product:80\"}\n",
        "",
    );
    assert_ne!(without, written);
    folder.write("app.yaml", &without);
    let ran = folder.done(&["--config", "mtls.yaml", "--diff", "app.yaml"]);
    let heading = "AuthorizationPolicy shop/allow-product (removed, app.yaml)\n@@ -";
    assert!(ran.stdout.contains(heading), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n-kind: AuthorizationPolicy\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn nothing_is_shown_where_nothing_differs_or_nothing_would_be_written() {
    let folder = Folder::with(&[
        ("service.yaml", SERVICE),
        ("broken.yaml", BROKEN),
        ("web.yaml", WEB),
    ]);
    assert_eq!(
        folder.done(&[&DIFF[..], &["service.yaml"]].concat()).stdout,
        ""
    );
    let ran = folder.run(&[&DIFF[..], &["web.yaml", "broken.yaml"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_list_of_thousands_of_objects_in_one_document_is_no_hurdle() {
    let item = |number: usize| {
        let lines = WEB.replace("name: web   # the name", &format!("name: web-{number}"));
        let lines: String = lines
            .lines()
            .skip(1)
            .flat_map(|line| ["  ", line, "\n"])
            .collect();
        format!("- {}", lines.trim_start())
    };
    let items: String = (0..3000).map(item).collect();
    let folder = Folder::with(&[(
        "list.yaml",
        &format!("apiVersion: v1\nkind: List\nitems:\n{items}"),
    )]);
    let begun = std::time::Instant::now();
    let ran = folder.done(&[&DIFF[..], &["list.yaml"]].concat());
    assert!(
        ran.stdout.starts_with("List (list.yaml)\n@@ -"),
        "{}",
        ran.stdout.lines().next().unwrap_or_default()
    );
    assert_eq!(
        ran.stdout.matches("\n+            requests:\n").count(),
        3000
    );
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn line_ends_of_dos_are_no_difference_and_no_part_of_the_page() {
    let folder = Folder::with(&[("web.yaml", &WEB.replace('\n', "\r\n"))]);
    let ran = folder.done(&[&DIFF[..], &["web.yaml"]].concat());
    assert!(!ran.stdout.contains('\r'), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("\n-"),
        "nothing is taken away: {}",
        ran.stdout
    );
}
