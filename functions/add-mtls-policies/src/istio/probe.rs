//! Objects as a function sees them; only a function gets to see any.

use std::cell::RefCell;
use std::rc::Rc;

use schemars::JsonSchema;
use sdk::{
    ConfigError, Context, Environment, Function, Merged, Plan, Resources, Rule, Value, json,
};
use serde::Deserialize;

type Look = Box<dyn FnOnce(&Resources<'_>)>;

thread_local! {
    static LOOK: RefCell<Option<Look>> = const { RefCell::new(None) };
}

const CONFIG: &str = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: AddMtlsPolicies\nmetadata: {name: mtls}\nspec: {defaultNamespace: default}\n";

/// Looks at its input and changes nothing.
struct Probe;

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Nothing {}

impl Function for Probe {
    const NAME: &'static str = "add-mtls-policies";
    const KIND: &'static str = "AddMtlsPolicies";
    const SUMMARY: &'static str = "";
    const SCHEMA: &'static str = "{}";
    const EXAMPLE: &'static str = CONFIG;
    const RULES: &'static [Rule] = &[];
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = Nothing;
    type Run = Nothing;
    type Settings = ();

    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(_: &Merged<Nothing>, _: &Nothing) -> Result<(), Vec<ConfigError>> {
        Ok(())
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let look = LOOK.take().expect("one look per run");
        look(resources);
        context.plan()
    }
}

/// What `look` sees in the objects of a text.
pub(super) fn with<T: 'static>(
    objects: &str,
    look: impl FnOnce(&Resources<'_>) -> T + 'static,
) -> T {
    let seen = Rc::new(RefCell::new(None));
    let inner = Rc::clone(&seen);
    LOOK.set(Some(Box::new(move |resources: &Resources<'_>| {
        *inner.borrow_mut() = Some(look(resources));
    })));
    sdk::run::<Probe>(CONFIG, objects, false).expect(objects);
    seen.take().expect(objects)
}

/// A ConfigMap `pods` whose labels are those of some pods, as YAML inside braces.
pub(super) fn pods(labels: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: pods, namespace: labels, labels: {{{labels}}}}}\n---\n"
    )
}

/// The labels of [`pods`].
pub(super) fn labels<'r>(resources: &'r Resources<'r>) -> sdk::Labels<'r> {
    let mut objects = resources.all();
    let pods = objects.find(|object| object.name() == "pods");
    pods.expect("the text has pods").labels()
}
