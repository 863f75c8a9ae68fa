//! What stdout holds (S26).

use crate::{DEPLOYMENT, SERVICE, list, output, results, runs_with_results, served};

#[test]
fn writes_one_document_and_nothing_else() {
    for ran in runs_with_results() {
        assert!(
            ran.stdout
                .starts_with("apiVersion: config.kubernetes.io/v1\n"),
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.ends_with('\n'), "{}", ran.stdout);
        let marker = ran.stdout.lines().find(|line| {
            line.starts_with(['%']) || line.starts_with("---") || line.starts_with("...")
        });
        assert_eq!(marker, None, "{}", ran.stdout);
        let stream: Vec<_> = serde_yaml::Deserializer::from_str(&ran.stdout).collect();
        assert_eq!(stream.len(), 1, "{}", ran.stdout);
    }
}

#[test]
fn puts_its_results_before_the_end_of_the_document() {
    // Behind `...` they would be a second document.
    let ran = served(&format!("---\n{}...\n", list(&[DEPLOYMENT, SERVICE])));
    assert_eq!(
        results(&ran),
        results(&served(&list(&[DEPLOYMENT, SERVICE])))
    );
}

#[test]
fn puts_its_results_on_a_line_of_their_own() {
    let input = list(&[DEPLOYMENT, SERVICE]);
    let ran = served(input.trim_end());
    assert_eq!(output(&ran), output(&served(&input)));
    let ran = served(&(input.clone() + "# the end"));
    assert_eq!(output(&ran), output(&served(&input)));
    assert!(ran.stdout.contains("\n# the end\n"), "{}", ran.stdout);
}
