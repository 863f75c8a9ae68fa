use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Session;
use crate::about::About;
use crate::config::ConfigSource;
use crate::input::{Input, SourceText};
use crate::{ConfigError, Context, Environment, Function, Merged, Plan, Resources, Rule};

/// Makes a ConfigMap for each object of another kind.
struct Maker;

impl Function for Maker {
    const NAME: &'static str = "maker";
    const KIND: &'static str = "Maker";
    const SUMMARY: &'static str = "Make something.";
    const SCHEMA: yaml::Packed = yaml::Packed::of(b"\x01{}");
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = &[];
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = BTreeMap<String, Value>;
    type Run = BTreeMap<String, Value>;
    type Settings = ();

    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(_: &Merged<Self::Config>, _: &Self::Run) -> Result<(), Vec<ConfigError>> {
        Ok(())
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        for object in resources
            .all()
            .filter(|object| object.kind() != "ConfigMap")
        {
            let made = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": object.name(), "namespace": object.namespace()},
                "data": {"lines": "a\nb\n", "answer": "no", "empty": ""},
                "binaryData": {},
            });
            plan.generate(made, object);
        }
        plan
    }
}

const CONFIG: &str =
    "{apiVersion: fn.plimsoll.dev/v1alpha1, kind: Maker, metadata: {name: first}}\n";

/// What comes of some steps, each of which knows whether it is the last.
fn output(list: &str, are_last: &[bool]) -> String {
    let config = SourceText::parse(CONFIG.to_owned(), None).unwrap();
    let list = SourceText::parse(list.to_owned(), None).unwrap();
    let input = Input::resource_list(list, "").unwrap();
    let mut session = Session::new(&input);
    for is_last in are_last {
        session.is_last_step = *is_last;
        let document = config.stream.documents().next().unwrap();
        let source = ConfigSource::new(document.root(), None);
        session.step(About::of::<Maker>(), source).unwrap();
    }
    session.output().unwrap().0.concat()
}

/// A list of so many objects.
fn list_of(count: usize, indent: &str) -> String {
    let mut list =
        String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n");
    for number in 0..count {
        for line in [
            "- apiVersion: v1".to_owned(),
            "  kind: Service".to_owned(),
            format!("  metadata: {{name: web-{number}, namespace: shop}}"),
        ] {
            list.extend([indent, &line, "\n"]);
        }
    }
    list
}

#[test]
fn a_list_gets_the_same_new_objects_whether_a_step_follows_or_not() {
    // More than one thread writes them where there are many.
    for (count, indent) in [(1, ""), (3, "  "), (200, "")] {
        let list = list_of(count, indent);
        let text = output(&list, &[true]);
        assert_eq!(text, output(&list, &[false]), "{count}");
        assert_eq!(text, output(&list, &[false, true]), "{count}");
        assert!(text.starts_with(&list), "what was there stays");
        let made = format!("\n{indent}- apiVersion: v1\n{indent}  kind: ConfigMap\n");
        assert_eq!(text.matches(&made).count(), count);
        assert!(
            text.contains(&format!("\n{indent}    answer: \"no\"\n")),
            "{text}"
        );
    }
}

#[test]
fn new_objects_stand_in_their_order_however_many_threads_write_them() {
    let output = output(&list_of(200, ""), &[true]);
    let names = output
        .lines()
        .skip_while(|line| !line.contains("kind: ConfigMap"));
    let names: Vec<&str> = names
        .filter_map(|line| line.strip_prefix("    name: "))
        .collect();
    assert_eq!(names.len(), 200);
    assert!(names.is_sorted(), "{names:?}");
}
