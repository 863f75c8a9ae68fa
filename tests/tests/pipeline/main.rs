//! `kind: Pipeline`: several configurations as one, in every way to run.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check stops at the first surprise and says so"
)]

mod mistakes;
mod papers;
mod same;
mod ways;

use std::process::Command;

use checks::Folder;
use checks::binary::{self, Ran};

/// Gets requests from the first step, and from the second one a probe.
pub(crate) const OBJECTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the name
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: shop/web:1
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

pub(crate) const STEPS: [&str; 2] = [
    "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: SetResources
metadata: {name: resources}
spec: {environment: production}
",
    "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: InjectProbes
metadata: {name: probes}
spec: {environment: production}
",
];

/// A Pipeline of these steps, each a text in lines of its own.
pub(crate) fn pipeline(steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|step| item(step)).collect();
    format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: production}}\nspec:\n  steps:\n{steps}"
    )
}

/// A text as an item of a list, four columns further right.
pub(crate) fn item(text: &str) -> String {
    let mut lines = text.lines().enumerate();
    let indented = lines.by_ref().map(|(number, line)| match (number, line) {
        (0, line) => format!("  - {line}\n"),
        (_, "") => "\n".to_owned(),
        (_, line) => format!("    {line}\n"),
    });
    indented.collect()
}

/// The objects in a `ResourceList` with this functionConfig.
pub(crate) fn list(config: &str) -> String {
    let items: String = OBJECTS.split("---\n").map(item).collect();
    let config: String = config.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}functionConfig:\n{config}"
    )
}

/// A program with these arguments, in a folder.
pub(crate) fn run(folder: &Folder, program: &str, arguments: &[&str], stdin: &str) -> Ran {
    let mut command = Command::new(binary::path(program));
    command.current_dir(folder.path()).args(arguments);
    binary::run(&mut command, stdin.as_bytes())
}
