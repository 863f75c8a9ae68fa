//! Mentions in whole objects, as a function sees them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use sdk::{ConfigError, Context, Environment, Function, Merged, Plan, Resources, Rule, Value};

use super::Mentions;
use crate::{Config, HashConfigMaps, Run};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

const CONFIG: &str = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: HashConfigMaps\nmetadata: {name: hash}\nspec: {defaultNamespace: default}\n";

/// Looks for every ConfigMap of its input and changes nothing; only a function gets to see objects.
struct Probe;

impl Function for Probe {
    const NAME: &'static str = HashConfigMaps::NAME;
    const KIND: &'static str = HashConfigMaps::KIND;
    const SUMMARY: &'static str = HashConfigMaps::SUMMARY;
    const SCHEMA: sdk::Packed = HashConfigMaps::SCHEMA;
    const EXAMPLE: &'static str = HashConfigMaps::EXAMPLE;
    const RULES: &'static [Rule] = HashConfigMaps::RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = HashConfigMaps::ALTERNATIVES;

    type Config = Config;
    type Run = Run;
    type Settings = ();

    fn built_in(environment: Option<Environment>) -> Value {
        HashConfigMaps::built_in(environment)
    }

    fn settle(_: &Merged<Config>, _: &Run) -> Result<(), Vec<ConfigError>> {
        Ok(())
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        SEEN.set(mentions(resources));
        context.plan()
    }
}

/// Where each ConfigMap is spoken of, if at all.
fn mentions(resources: &Resources<'_>) -> Vec<String> {
    let objects = resources.all().filter(|object| object.is("", "ConfigMap"));
    let names: BTreeSet<(&str, &str)> = objects
        .map(|object| (resources.namespace_of(object), object.name()))
        .collect();
    let mentions = Mentions::of(resources, &names);
    let found = names.iter().filter_map(|(namespace, name)| {
        let mention = mentions.find(namespace, name)?;
        assert_eq!(mention.owner.number, mention.place.resource);
        let text = mention.owner.node.follow(&mention.place.path.0);
        assert!(text.and_then(sdk::Node::text).is_some());
        let (owner, path) = (mention.owner.name(), &mention.place.path);
        let word = mention.what.word();
        Some(format!("{namespace}/{name}: {word} {path} of {owner}"))
    });
    found.collect()
}

/// The mentions in `objects`, beside a ConfigMap `app` and an `other` in the namespaces `shop` and `default`.
fn seen(objects: &str) -> Vec<String> {
    let maps = [("shop", "app"), ("shop", "other"), ("default", "app")];
    let maps = maps.map(|(namespace, name)| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n---\n")
    });
    let input = maps.concat();
    sdk::run::<Probe>(CONFIG, &(input + objects), false).unwrap();
    SEEN.take()
}

/// A Deployment `web` in `shop`.
fn deployment(annotations: &str, pod_annotations: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop, annotations: {{{annotations}}}}}\nspec: {{template: {{metadata: {{annotations: {{{pod_annotations}}}}}, spec: {{{spec}}}}}}}\n"
    )
}

#[test]
fn arguments_of_every_list_of_containers_are_read() {
    let path = "spec.template.spec";
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (field, at) in [
            ("command: [run, --config=app]", "command[1]"),
            ("args: [app]", "args[0]"),
        ] {
            let found = seen(&deployment(
                "",
                "",
                &format!("{list}: [{{name: x}}, {{name: c, {field}}}]"),
            ));
            assert_eq!(
                found,
                [format!("shop/app: argument {path}.{list}[1].{at} of web")]
            );
        }
    }
}

#[test]
fn the_program_of_a_command_is_no_mention() {
    assert!(
        seen(&deployment(
            "",
            "",
            "containers: [{name: app, image: app, command: [app]}]"
        ))
        .is_empty()
    );
}

#[test]
fn a_value_in_the_environment_is_read_and_a_variable_from_elsewhere_is_not() {
    let spec = "containers: [{name: c, env: [{name: app, valueFrom: {configMapKeyRef: {name: app, key: app}}}, {name: X, value: other}]}]";
    let expected =
        "shop/other: environment value spec.template.spec.containers[0].env[1].value of web";
    assert_eq!(seen(&deployment("", "", spec)), [expected]);
}

#[test]
fn annotations_of_a_pod_and_of_its_owner_are_read_but_for_those_of_tools() {
    let tools = "kubectl.kubernetes.io/default-container: app, meta.helm.sh/release-name: app";
    assert!(seen(&deployment(tools, tools, "")).is_empty());
    assert_eq!(
        seen(&deployment(
            "example.com/reads: app",
            "example.com/reads: other",
            ""
        )),
        [
            "shop/app: annotation metadata.annotations[\"example.com/reads\"] of web",
            "shop/other: annotation spec.template.metadata.annotations[\"example.com/reads\"] of web",
        ]
    );
}

#[test]
fn a_pod_without_an_owner_is_read_as_a_template_is() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, annotations: {reads: app}}\nspec: {containers: [{name: c, args: [other]}]}\n";
    assert_eq!(
        seen(pod),
        [
            "shop/app: annotation metadata.annotations.reads of p",
            "shop/other: argument spec.containers[0].args[0] of p",
        ]
    );
}

#[test]
fn a_name_means_the_object_in_the_namespace_of_the_pod_unless_it_says_another() {
    let reads = |argument: &str| {
        seen(&deployment(
            "",
            "",
            &format!("containers: [{{name: c, args: ['{argument}']}}]"),
        ))
    };
    let at = "argument spec.template.spec.containers[0].args[0] of web";
    assert_eq!(reads("--configmap=$(NS)/app"), [format!("shop/app: {at}")]);
    assert_eq!(reads("default/app"), [format!("default/app: {at}")]);
    assert!(reads("elsewhere/app").is_empty());
    assert!(reads("default/other").is_empty());
}

#[test]
fn an_object_without_a_namespace_is_in_the_default_one() {
    let object = deployment("reads: app", "", "").replace(", namespace: shop", "");
    assert_eq!(
        seen(&object),
        ["default/app: annotation metadata.annotations.reads of web"]
    );
}

#[test]
fn the_first_mention_is_the_one_that_is_told() {
    let first = deployment("", "", "containers: [{name: c, args: [app]}]").replace("web", "first");
    let second = deployment("reads: app", "", "");
    let expected = "shop/app: argument spec.template.spec.containers[0].args[0] of first";
    assert_eq!(seen(&format!("{first}---\n{second}")), [expected]);
}

#[test]
fn hooks_of_helm_are_read_and_local_objects_are_not() {
    let hook = deployment("helm.sh/hook: pre-install, reads: app", "", "");
    assert_eq!(seen(&hook).len(), 1);
    let local = deployment(
        "config.kubernetes.io/local-config: 'true', reads: app",
        "",
        "",
    );
    assert!(seen(&local).is_empty());
}

#[test]
fn texts_of_objects_without_pods_are_not_read() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop, annotations: {reads: app}}\n";
    assert!(seen(service).is_empty());
}
