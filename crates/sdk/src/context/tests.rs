use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::about::About;
use crate::config::ConfigSource;
use crate::input::{Input, SourceText};
use crate::session::Session;
use crate::{ConfigError, Context, Environment, Function, Merged, Path, Plan, Resources, Rule};

/// Gives each container a terminal, but those whose settings contradict one another.
struct Terminals<const BY_POD: bool>;

impl<const BY_POD: bool> Function for Terminals<BY_POD> {
    const NAME: &'static str = "add-terminals";
    const KIND: &'static str = "AddTerminals";
    const SUMMARY: &'static str = "Add terminals.";
    const SCHEMA: yaml::Packed = yaml::Packed::of(b"\x01{}");
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = &[];
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];
    const PLANS_POD_BY_POD: bool = BY_POD;

    type Config = BTreeMap<String, Value>;
    type Run = BTreeMap<String, Value>;
    type Settings = Value;

    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(layers: &Merged<Self::Config>, _: &Self::Run) -> Result<Value, Vec<ConfigError>> {
        let tty = layers.config.get("tty").cloned().unwrap_or(json!(true));
        if tty == json!("both") && layers.config.contains_key("stdin") {
            return Err(vec![ConfigError {
                path: Path::from(["tty"]),
                message: "can't be both with `stdin`".to_owned(),
            }]);
        }
        Ok(tty)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        for container in context.containers(resources) {
            let Some(tty) = context.settings(container) else {
                continue;
            };
            let place = container.field("tty");
            let Some(decision) = plan.decide("terminal", container) else {
                continue;
            };
            match container.get("tty") {
                Some(_) => decision.keep("authored", &place, "kept"),
                None if *tty == json!(false) => decision.skip("unwanted", "not wanted"),
                None => decision.set(&place, Value::clone(&tty), "added"),
            }
        }
        plan
    }
}

/// A Deployment with two containers, one of which has a terminal in every third.
fn deployment(number: usize) -> String {
    let own = if number.is_multiple_of(3) {
        ", tty: false"
    } else {
        ""
    };
    let skip = if number.is_multiple_of(7) {
        "plimsoll.dev/skip: add-terminals/terminal"
    } else {
        ""
    };
    format!(
        "- apiVersion: apps/v1
  kind: Deployment
  metadata: {{name: web-{number}, annotations: {{{skip}}}}}
  spec:
    template:
      spec:
        containers:
        - name: app-{}
        - {{name: side{own}}}
",
        number % 40
    )
}

/// What the function makes of a list: the text, the results and the lines.
fn made<const BY_POD: bool>(overrides: &str) -> (String, Vec<Value>, Vec<String>) {
    let config = format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1
kind: AddTerminals
metadata: {{name: first}}
spec:
  results: {{minSeverity: info}}
  overrides:
{overrides}"
    );
    let config = SourceText::parse(config, None).unwrap();
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
    let items: String = (0..200).map(deployment).collect();
    let list = SourceText::parse(format!("{head}{items}"), None).unwrap();
    let input = Input::resource_list(list, "").unwrap();
    let mut session = Session::new(&input);
    session.is_last_step = true;
    let document = config.stream.documents().next().unwrap();
    let source = ConfigSource::new(document.root(), None);
    session
        .step(About::of::<Terminals<BY_POD>>(), source)
        .unwrap();
    let text = session.output().unwrap().0.concat();
    (text, session.results, session.lines)
}

#[test]
fn pods_shared_out_to_threads_come_to_the_same_plan() {
    let overrides = [
        // One that fits, one that fits nothing, one of a container that isn't there.
        "  - target: {names: [web-19*], containers: [side]}
    tty: false
  - target: {names: [nobody]}
    tty: false
  - target: {containers: [missing]}
    tty: false
",
        // Two that contradict one another where both apply, in the last part alone.
        "  - target: {containers: [side]}
    tty: both
  - target: {names: [web-199]}
    stdin: true
",
    ];
    for overrides in overrides {
        let (by_pod, at_once) = (made::<true>(overrides), made::<false>(overrides));
        assert!(at_once.1.len() > 2, "{:?}", at_once.2);
        assert_eq!(by_pod, at_once);
    }
}
