//! Helm, whose charts have hooks.

use checks::tools::{HELM3, HELM4, Tool};
use checks::{Folder, binary};
use serde_json::json;

use crate::{Build, INFO, command, config, difference, well};

/// The chart as Helm renders it, without a post-renderer that does anything and with the function behind it.
fn rendered(helm: &Tool) -> Option<(String, String)> {
    let program = helm.found()?;
    let own = binary::path("hash-configmaps")
        .to_string_lossy()
        .into_owned();
    let folder = Folder::of(&[
        ("shop/Chart.yaml", include_str!("chart/Chart.yaml")),
        ("shop/templates/site.yaml", include_str!("chart/site.yaml")),
        (
            "shop/templates/hooks.yaml",
            include_str!("chart/hooks.yaml"),
        ),
        ("hash.yaml", &config(&json!({}))),
    ]);
    let template = |more: &[&str]| {
        let mut command = command(&folder, program.clone(), &["template", "web", "shop"]);
        for (variable, name) in [
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_DATA_HOME", "data"),
            ("HELM_PLUGINS", "plugins"),
        ] {
            command.env(variable, folder.join(name));
        }
        well(command.args(more), "").stdout
    };
    if helm.name == HELM3.name {
        let argument = "--post-renderer-args";
        let hashed = [
            "--post-renderer",
            &own,
            argument,
            "--config",
            argument,
            "hash.yaml",
        ];
        return Some((template(&[]), template(&hashed)));
    }
    let hash = folder.join("hash.yaml");
    for (name, program, arguments) in [
        ("copy", "cat", Vec::new()),
        (
            "hash",
            own.as_str(),
            vec!["--config".to_owned(), hash.to_string_lossy().into_owned()],
        ),
    ] {
        let command = json!([{"command": program, "args": arguments}]);
        let plugin = json!({
            "apiVersion": "v1",
            "type": "postrenderer/v1",
            "name": name,
            "version": "0.1.0",
            "runtime": "subprocess",
            "runtimeConfig": {"platformCommand": command},
        });
        folder.write(&format!("plugins/{name}/plugin.yaml"), &plugin.to_string());
    }
    Some((
        template(&["--post-renderer", "copy"]),
        template(&["--post-renderer", "hash"]),
    ))
}

/// What belongs to the release is renamed; hooks and what they share with it keep their names.
fn a_chart_is_hashed_around_its_hooks(helm: &Tool) {
    let Some((plain, hashed)) = rendered(helm) else {
        return;
    };
    let name = format!("web-settings-{INFO}");
    let (removed, added) = difference(&plain, &hashed);
    assert_eq!(
        removed,
        ["name: web-settings", "- configMapRef: {name: web-settings}"]
    );
    let reference = format!("- configMapRef: {{name: {name}}}");
    assert!(
        added.contains(&format!("name: {name}").as_str()),
        "{added:#?}"
    );
    assert!(added.contains(&reference.as_str()), "{added:#?}");
    let build = Build { text: hashed };
    build.is_spelled("web-settings", &name, 2);
    build.is_spelled("web-seed", "web-seed", 3);
    build.is_spelled("web-database", "web-database", 3);
    assert!(
        build.text.contains("plimsoll.dev/config-checksum: "),
        "{}",
        build.text
    );
}

#[test]
fn helm_3_hashes_a_chart_around_its_hooks() {
    a_chart_is_hashed_around_its_hooks(&HELM3);
}

#[test]
fn helm_4_hashes_a_chart_around_its_hooks() {
    a_chart_is_hashed_around_its_hooks(&HELM4);
}
