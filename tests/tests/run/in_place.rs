//! `--in-place`: the sources of an environment, edited where they stand.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::Command;
use std::time::Duration;

use checks::binary;

use crate::folder::Folder;
use crate::{BROKEN, SERVICE, WEB};

const EDIT: [&str; 4] = ["--config", "production.yaml", "--in-place", "apps"];

#[test]
fn files_are_edited_and_all_else_in_them_stays() {
    let folder = Folder::with(&[
        ("apps/web.yaml", WEB),
        ("apps/more/all.yaml", &format!("{SERVICE}---\n{WEB}")),
    ]);
    let ran = folder.done(&EDIT);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .starts_with("changed: apps/more/all.yaml\nchanged: apps/web.yaml\n"),
        "{}",
        ran.stderr
    );
    for file in ["apps/web.yaml", "apps/more/all.yaml"] {
        let text = folder.read(file);
        assert!(
            text.contains("readinessProbe:") && text.contains("memory: 128Mi"),
            "{text}"
        );
        for line in WEB.lines() {
            assert!(
                text.contains(&format!("{line}\n")),
                "{line} is lost:\n{text}"
            );
        }
    }
    assert!(folder.read("apps/more/all.yaml").starts_with(SERVICE));
}

#[test]
fn the_files_together_are_what_stdout_would_get() {
    let folder = Folder::with(&[("apps/a.yaml", WEB), ("apps/b.yaml", SERVICE)]);
    let expected = folder.done(&["--config", "production.yaml", "apps"]).stdout;
    folder.done(&EDIT);
    let files: Vec<String> = folder.files("apps").into_values().collect();
    assert_eq!(files.join("---\n"), expected);
}

#[test]
fn a_second_run_touches_nothing() {
    let folder = Folder::with(&[("apps/web.yaml", WEB), ("apps/service.yaml", SERVICE)]);
    let inode = |name: &str| fs::metadata(folder.join(name)).expect("a file").ino();
    let modified = |name: &str| {
        fs::metadata(folder.join(name))
            .expect("a file")
            .modified()
            .expect("a time")
    };
    let service = (inode("apps/service.yaml"), modified("apps/service.yaml"));
    std::thread::sleep(Duration::from_millis(20));
    folder.done(&EDIT);
    assert_eq!(
        (inode("apps/service.yaml"), modified("apps/service.yaml")),
        service,
        "it has no change"
    );
    let web = (inode("apps/web.yaml"), modified("apps/web.yaml"));
    let ran = folder.done(&EDIT);
    assert!(!ran.stderr.contains("changed: "), "{}", ran.stderr);
    assert_eq!((inode("apps/web.yaml"), modified("apps/web.yaml")), web);
}

#[test]
fn permissions_and_line_ends_stay() {
    let folder = Folder::with(&[("apps/web.yaml", &WEB.replace('\n', "\r\n"))]);
    let file = folder.join("apps/web.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
    folder.done(&EDIT);
    let text = folder.read("apps/web.yaml");
    assert!(text.contains("resources:\r\n"), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(
        fs::metadata(&file).expect("a file").permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn links_are_followed_and_stay_and_what_they_lead_to_is_edited_once() {
    let folder = Folder::with(&[("shared/web.yaml", WEB), ("apps/service.yaml", SERVICE)]);
    symlink("../shared/web.yaml", folder.join("apps/web.yaml")).expect("a link");
    symlink("web.yaml", folder.join("apps/again.yaml")).expect("a link");
    folder.done(&EDIT);
    for link in ["apps/web.yaml", "apps/again.yaml"] {
        assert!(
            fs::symlink_metadata(folder.join(link))
                .expect("a link")
                .is_symlink(),
            "{link}"
        );
    }
    assert_eq!(
        folder
            .read("shared/web.yaml")
            .matches("readinessProbe:")
            .count(),
        1
    );
}

#[test]
fn a_run_that_fails_changes_no_file() {
    let folder = Folder::with(&[("apps/web.yaml", WEB), ("apps/broken.yaml", BROKEN)]);
    let before = folder.files("");
    let ran = folder.run(&EDIT);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.files(""), before);
    folder.write("apps/broken.yaml", "a: [\n");
    let before = folder.files("");
    folder.refuses(&EDIT, "apps/broken.yaml, line");
    assert_eq!(folder.files(""), before);
}

/// A namespace in the mesh whose objects stand in files of their own.
fn mesh() -> Folder {
    let basic = binary::root().join("functions/add-mtls-policies/tests/basic");
    let read = |name: &str| fs::read_to_string(basic.join(name)).expect("the basic case");
    let folder = Folder::with(&[("mtls.yaml", &read("config.yaml"))]);
    let input = read("input.yaml");
    let names = [
        "namespace",
        "order",
        "product/deployment",
        "product/service",
        "a",
        "b",
    ];
    for (name, document) in names.iter().zip(input.split("---\n")) {
        folder.write(&format!("apps/{name}.yaml"), document);
    }
    folder
}

const MESH: [&str; 4] = ["--config", "mtls.yaml", "--in-place", "apps"];

#[test]
fn a_new_object_gets_a_file_beside_the_one_it_is_for() {
    let folder = mesh();
    let before = folder.files("apps");
    let ran = folder.done(&MESH);
    let made = "apps/product/authorizationpolicy-allow-product.yaml";
    assert!(
        ran.stderr.contains(&format!("new: {made}\n")),
        "{}",
        ran.stderr
    );
    let text = folder.read(made);
    assert!(
        text.starts_with("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"),
        "{text}"
    );
    assert!(
        folder
            .read("apps/peerauthentication-default.yaml")
            .contains("mode: STRICT")
    );
    let after = folder.files("apps");
    assert_eq!(after.len(), before.len() + 2);
    assert!(
        before
            .iter()
            .all(|(name, text)| after.get(name) == Some(text))
    );
    let again = folder.done(&MESH);
    assert!(!again.stderr.contains("new: "), "{}", again.stderr);
    assert_eq!(
        folder.files("apps"),
        after,
        "a second run finds what the first one made"
    );
}

#[test]
fn a_new_object_never_takes_the_file_of_another_one() {
    let folder = mesh();
    let theirs = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";
    folder.write("apps/peerauthentication-default.yaml", theirs);
    folder.done(&MESH);
    assert_eq!(folder.read("apps/peerauthentication-default.yaml"), theirs);
    assert!(
        folder
            .read("apps/peerauthentication-default-2.yaml")
            .contains("mode: STRICT")
    );
}

#[test]
fn a_removed_object_goes_from_its_file_and_an_empty_file_goes_too() {
    let folder = mesh();
    folder.done(&MESH);
    let made = "apps/product/authorizationpolicy-allow-product.yaml";
    let policy = folder.read(made);
    let order = folder.read("apps/order.yaml");
    folder.write(
        "apps/order.yaml",
        &order.replace(
            "      annotations: {plimsoll.dev/calls: \"product:80\"}\n",
            "",
        ),
    );
    let ran = folder.done(&MESH);
    assert!(
        ran.stderr.contains(&format!("removed: {made}\n")),
        "{}",
        ran.stderr
    );
    assert!(!folder.join(made).exists());

    // In a file with others, and with comments, the rest stays.
    let service = folder.read("apps/product/service.yaml");
    folder.write(
        "apps/product/service.yaml",
        &format!("{service}---\n{policy}"),
    );
    folder.done(&MESH);
    let left = folder.read("apps/product/service.yaml");
    assert_eq!(left.trim_end(), service.trim_end());
}

#[test]
fn a_folder_that_holds_a_resource_list_gets_no_results_into_it() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n";
    let folder = Folder::with(&[("apps/list.yaml", list)]);
    folder.run(&EDIT);
    assert_eq!(folder.read("apps/list.yaml"), list);
}

#[test]
fn json_stays_json() {
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \"namespace\": \"shop\"},\n \"spec\": {\"containers\": [{\"name\": \"app\", \"image\": \"shop/a\", \"ports\": [{\"containerPort\": 8080}]}]}}\n";
    let folder = Folder::with(&[("apps/pod.json", json)]);
    folder.done(&EDIT);
    let text = folder.read("apps/pod.json");
    let value: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(
        value
            .pointer("/spec/containers/0/resources/requests/memory")
            .is_some(),
        "{text}"
    );
}

#[test]
fn what_somebody_else_writes_meanwhile_is_not_written_over() {
    let folder = Folder::with(&[("apps/a.yaml", WEB)]);
    let pipe = folder.join("apps/b.yaml");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(
        made.is_ok_and(|made| made.success()),
        "coreutils has mkfifo"
    );
    let theirs = WEB.replace("shop/web:1", "shop/web:2");
    let (file, text) = (folder.join("apps/a.yaml"), theirs.clone());
    // The program opens the pipe when it has read the file before.
    std::thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new()
            .write(true)
            .open(pipe)
            .expect("a reader comes");
        fs::write(file, text).expect("the file can be written");
        pipe.write_all(SERVICE.as_bytes())
            .expect("the reader reads");
    });
    folder.refuses(
        &EDIT,
        "apps/a.yaml was changed by somebody else during the run",
    );
    assert_eq!(folder.read("apps/a.yaml"), theirs);
}
