//! What the core promises for every function, shown by one that does as its configuration says.
//!
//! A script of actions stands in `defaults.do` (or in an override) and is carried out for each container in
//! scope, so that a test reads as configuration, input, and what comes of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod changes;
mod evidence;
mod generated;
mod severities;
mod skips;
mod steps;

use std::collections::BTreeMap;

use sdk::{
    ConfigError, Context, Decision, Environment, Error, Function, Merged, Place, Plan, Ran,
    Resource, Resources, Rule, Severity, Subject, Value, json,
};

/// Does as it is told. It has the name of a function that exists, so that skips may name it.
pub(crate) struct Scripted;

const RULES: &[Rule] = &[
    Rule {
        slug: "first",
        severity: Severity::Info,
        about: "Writes.",
    },
    Rule {
        slug: "second",
        severity: Severity::Info,
        about: "Writes too.",
    },
    Rule {
        slug: "check",
        severity: Severity::Error,
        about: "Finds something wrong.",
    },
];

impl Function for Scripted {
    const NAME: &'static str = "set-tenancy";
    const KIND: &'static str = "SetTenancy";
    const SUMMARY: &'static str = "Do as the configuration says.";
    const SCHEMA: sdk::Packed = sdk::Packed::of(b"\x01{}");
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = BTreeMap<String, Value>;
    type Run = BTreeMap<String, Value>;
    type Settings = Vec<Value>;

    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(
        layers: &Merged<Self::Config>,
        _run: &Self::Run,
    ) -> Result<Self::Settings, Vec<ConfigError>> {
        Ok(layers
            .config
            .get("do")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default())
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        for container in context.containers(resources) {
            let (Some(script), Some(owner)) =
                (context.settings(container), container.pod.template_owner())
            else {
                continue;
            };
            for action in script.iter() {
                let is_about_container = action.get("in").is_some();
                let base = if is_about_container {
                    container.place()
                } else {
                    owner.place()
                };
                let subject = if is_about_container {
                    container.into()
                } else {
                    Subject::Resource(owner, resources)
                };
                act(&mut plan, action, subject, &base, owner);
            }
        }
        plan
    }
}

/// Carries out one action: its verb is the key, what it is about the value, a list of steps or an object.
fn act(plan: &mut Plan, action: &Value, subject: Subject<'_>, base: &Place, owner: &Resource<'_>) {
    let text = |key: &str| action.get(key).and_then(Value::as_str).unwrap_or_default();
    let value = action.get("value").cloned().unwrap_or_default();
    let rule = if text("rule") == "second" {
        "second"
    } else {
        "first"
    };
    let at = |verb: &str| {
        action.get(verb).and_then(Value::as_array).map(|steps| {
            steps
                .iter()
                .fold(base.clone(), |place, next| step(&place, next))
        })
    };
    if let Some(object) = action.get("generate") {
        return plan.generate_because(object.clone(), owner, text("because"));
    }
    if let Some(place) = at("report") {
        return plan.report(
            "check",
            severity(text("severity")),
            subject,
            &place,
            "is wrong",
            None,
        );
    }
    let Some(decision) = plan.decide(rule, subject) else {
        return;
    };
    decide(decision, &at, value, severity(text("severity")));
}

fn decide(
    decision: Decision<'_, '_>,
    at: &dyn Fn(&str) -> Option<Place>,
    value: Value,
    severity: Severity,
) {
    if let Some(place) = at("set") {
        decision.set(&place, value, "written");
    } else if let Some(place) = at("set_all") {
        decision.set_all(vec![(place, value)], "written");
    } else if let Some(place) = at("append") {
        decision.append(&place, value, "added");
    } else if let Some(place) = at("remove") {
        decision.remove(&place, "taken away");
    } else if let Some(place) = at("keep") {
        decision.keep("authored", &place, "kept");
    } else if let Some(place) = at("violation") {
        decision.violation(severity, &place, "is wrong");
    } else if at("skip").is_some() {
        decision.skip("no-need", "nothing to do");
    }
    // Any other verb forgets to end the decision.
}

fn step(place: &Place, step: &Value) -> Place {
    match step.as_u64() {
        Some(index) => place.field(usize::try_from(index).unwrap()),
        None => place.field(step.as_str().unwrap()),
    }
}

pub(crate) fn severity(name: &str) -> Severity {
    match name {
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        _ => Severity::Info,
    }
}

/// A configuration called `name`; JSON is YAML.
pub(crate) fn named(name: &str, spec: &Value) -> String {
    let config = json!({"apiVersion": sdk::API_VERSION, "kind": "SetTenancy", "metadata": {"name": name}, "spec": spec});
    format!("{config}\n")
}

pub(crate) fn config(spec: &Value) -> String {
    named("test", spec)
}

/// The configuration that only has a script.
pub(crate) fn script(actions: &Value) -> String {
    config(&json!({"defaults": {"do": actions}}))
}

pub(crate) fn run(config: &str, input: &str) -> Ran {
    sdk::run::<Scripted>(config, input, true).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything that was told, as stderr has it.
pub(crate) fn told(ran: &Ran) -> String {
    ran.lines.join("\n")
}

pub(crate) fn bug(config: &str, input: &str) -> String {
    match sdk::run::<Scripted>(config, input, true) {
        Err(error @ Error::Bug(_)) => error.to_string(),
        other => panic!("must be refused as a bug of the function, but: {other:?}"),
    }
}

pub(crate) const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the front
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: app
        image: app:1
        args: [a, b, c]
";

pub(crate) fn settings(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"size": "2"}})
}

/// The script that makes one object for each container.
pub(crate) fn making(object: &Value) -> String {
    script(&json!([{"generate": object}]))
}
