//! `--check`: nothing is written, and the exit code tells.

use crate::folder::Folder;
use crate::{BROKEN, SERVICE, WEB};

const CHECK: [&str; 3] = ["--config", "production.yaml", "--check"];

#[test]
fn it_fails_where_anything_would_change_and_says_what() {
    let folder = Folder::with(&[("apps/web.yaml", WEB), ("apps/service.yaml", SERVICE)]);
    let before = folder.files("");
    let ran = folder.run(&[&CHECK[..], &["apps"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr
            .starts_with("would change: Deployment shop/web (apps/web.yaml)\n"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("would change: Service"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.files(""), before);
}

#[test]
fn it_succeeds_where_nothing_would_change() {
    let folder = Folder::with(&[("apps/web.yaml", WEB)]);
    folder.done(&["--config", "production.yaml", "--in-place", "apps"]);
    let ran = folder.done(&[&CHECK[..], &["apps"]].concat());
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("would change"), "{}", ran.stderr);
}

#[test]
fn it_fails_at_findings_where_nothing_would_change() {
    let folder = Folder::with(&[("broken.yaml", BROKEN)]);
    let ran = folder.run(&[&CHECK[..], &["broken.yaml"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr
            .contains("error[inject-probes/unknown-port-name]"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("would change"),
        "nothing would: {}",
        ran.stderr
    );
}

#[test]
fn with_diff_it_shows_what_and_fails() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let shown = folder.done(&["--config", "production.yaml", "--diff", "web.yaml"]);
    let ran = folder.run(&[&CHECK[..], &["--diff", "web.yaml"]].concat());
    assert_eq!((ran.code, ran.stdout), (Some(1), shown.stdout));
}
