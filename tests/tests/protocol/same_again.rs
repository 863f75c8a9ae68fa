//! The same again (S37–S42).

use std::process::Command;

use checks::binary::{self, Ran};

use crate::characters::as_json;
use crate::{
    CONFIG_MAP, DEPLOYMENT, IMPATIENT, SERVICE, config, items, list, output, served, text,
};

#[test]
fn writes_the_same_bytes_for_the_same_input() {
    let input = list(&[DEPLOYMENT, SERVICE, CONFIG_MAP, IMPATIENT])
        + &config("{results: {minSeverity: info}}");
    let first = served(&input);
    for _ in 0..4 {
        let again = served(&input);
        assert_eq!(
            (again.stdout, again.stderr),
            (first.stdout.clone(), first.stderr.clone())
        );
    }
}

#[test]
fn is_steered_by_no_environment_and_no_folder() {
    let input = list(&[DEPLOYMENT, SERVICE, IMPATIENT]);
    let expected = served(&input);
    let mut elsewhere = Command::new(binary::path("inject-probes"));
    // kustomize passes the first two to containers.
    let variables = [
        ("LOG_TO_STDERR", "true"),
        ("STRUCTURED_RESULTS", "true"),
        ("LANG", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
    ];
    elsewhere
        .env_clear()
        .envs(variables)
        .envs([
            ("RUST_LOG", "trace"),
            ("CLICOLOR_FORCE", "1"),
            ("COLUMNS", "20"),
        ])
        .current_dir("/");
    let ran = binary::run(&mut elsewhere, input.as_bytes());
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (expected.code, expected.stdout, expected.stderr)
    );
}

#[test]
fn changes_nothing_on_a_second_run() {
    for input in [
        list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]),
        as_json(&list(&[DEPLOYMENT, SERVICE, CONFIG_MAP])),
    ] {
        let first = served(&input);
        let second = served(&first.stdout);
        assert_eq!(items(&second.stdout), items(&first.stdout));
        assert!(!second.stderr.contains("changed"), "{}", second.stderr);
        let third = served(&second.stdout);
        assert_eq!(
            third.stdout, second.stdout,
            "then nothing is left to say either"
        );
    }
}

#[test]
fn keeps_the_order_of_the_items() {
    let all = [DEPLOYMENT, SERVICE, CONFIG_MAP, IMPATIENT];
    let expected = items(&served(&list(&all)).stdout);
    assert_ne!(
        expected[0], DEPLOYMENT,
        "there is a change to keep in its place"
    );
    let orders = [
        [0, 1, 3, 2],
        [3, 2, 1, 0],
        [1, 0, 2, 3],
        [2, 3, 0, 1],
        [1, 2, 3, 0],
    ];
    for order in orders {
        let ran = served(&list(&order.map(|number| all[number])));
        let permuted: Vec<String> = order
            .iter()
            .map(|number| expected[*number].clone())
            .collect();
        assert_eq!(items(&ran.stdout), permuted, "in the order {order:?}");
    }
}

#[test]
fn keeps_paths_and_indices_as_unique_as_they_came() {
    let places = |ran: &Ran| -> Vec<(String, String)> {
        let output = output(ran);
        let annotations = output["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| &item["metadata"]["annotations"]);
        annotations
            .map(|all| {
                ["path", "index"]
                    .map(|key| text(&all[format!("config.kubernetes.io/{key}")], "").to_owned())
                    .into()
            })
            .collect()
    };
    let deployments: Vec<String> = (0..5)
        .map(|number| {
            DEPLOYMENT
                .replace("name: web", &format!("name: web-{number}"))
                .replace("'3'", &format!("'{number}'"))
        })
        .collect();
    let mut all: Vec<&str> = deployments.iter().map(String::as_str).collect();
    all.push(SERVICE);
    let ran = served(&list(&all));
    assert_eq!(
        ran.stdout.matches("readinessProbe:").count(),
        5,
        "all are changed"
    );
    let expected = (0..5).map(|number| ("web/all.yaml".to_owned(), number.to_string()));
    assert_eq!(
        places(&ran),
        expected
            .chain([(String::new(), String::new())])
            .collect::<Vec<_>>()
    );
}
