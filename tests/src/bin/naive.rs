//! What `make bench` compares with: the shortest function that puts a readiness probe into the first container
//! of each Deployment. It reads the list into values and writes them anew, and so loses every comment.

#![expect(
    clippy::expect_used,
    reason = "it only ever sees what the bench generates"
)]

use std::io::{self, Read as _, Write as _};

use serde_yaml::Value;

fn main() {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .expect("stdin is UTF-8");
    let mut list: Value = serde_yaml::from_str(&text).expect("stdin is YAML");
    let probe: Value = serde_yaml::from_str("{tcpSocket: {port: http}, timeoutSeconds: 3}")
        .expect("the probe is YAML");
    let items = list
        .get_mut("items")
        .and_then(Value::as_sequence_mut)
        .expect("there are items");
    for item in items {
        if item.get("kind").and_then(Value::as_str) == Some("Deployment") {
            add_probe(item, &probe).expect("a Deployment has containers");
        }
    }
    let text = serde_yaml::to_string(&list).expect("values are YAML");
    io::stdout()
        .write_all(text.as_bytes())
        .expect("stdout takes it all");
}

fn add_probe(deployment: &mut Value, probe: &Value) -> Option<()> {
    let pod = deployment
        .get_mut("spec")?
        .get_mut("template")?
        .get_mut("spec")?;
    let first = pod
        .get_mut("containers")?
        .as_sequence_mut()?
        .first_mut()?
        .as_mapping_mut()?;
    first.insert("readinessProbe".into(), probe.clone());
    Some(())
}
