//! What holds for harden-pods whatever an author wrote: no pod fails a level that it passed before, nothing of an
//! author's changes, nothing is written that the API server or the kubelet would refuse, a second run finds nothing to
//! do, and the order of the input means nothing.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a check stops at the first surprise"
)]

use std::collections::BTreeSet;

use checks::cases;
use kube::{Kinds, Resources, SecurityLevel, SecurityVersion};
use proptest::prelude::*;
use proptest::sample::select;
use sdk::Ran;
use serde_json::{Value, json};
use yaml::Style;

#[path = "hardening/pods.rs"]
mod pods;
#[path = "hardening/refusals.rs"]
mod refusals;

use pods::{containers, workloads};
use refusals::refusals;

/// What a user may write.
const CONFIGS: [&str; 8] = [
    "{defaults: {level: restricted}}",
    "{defaults: {level: restricted, userNamespaces: true, privilegedPorts: sysctl}, kubernetesVersion: '1.35'}",
    "{defaults: {level: restricted, readOnlyRootFilesystem: true, dropCapabilities: [NET_RAW, MKNOD]}}",
    "{defaults: {level: baseline, seccompProfile: RuntimeDefault, runAsNonRoot: true}}",
    "{defaults: {level: privileged}, overrides: [{target: {containers: [app]}, level: restricted}]}",
    "{defaults: {level: restricted}, overrides: [{target: {containers: [side]}, level: privileged}]}",
    "{defaults: {level: restricted}, imageUsers: [{images: ['*/shop/*'], runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001}]}",
    "{defaults: {level: restricted, fsGroupFromImage: false}, targets: [{containers: [app, init]}], includeInfrastructureContainers: true}",
];

fn run(config: &str, input: &str) -> Ran {
    checks::served("harden-pods", config, input)
}

/// The configuration in a mode; findings never keep it from writing, so that there is something to look at.
fn with(spec: &str, mode: &str) -> String {
    let mut spec: Value = serde_yaml::from_str(spec).expect("the configuration is YAML");
    spec["mode"] = mode.into();
    spec["results"] = json!({"failOn": "never"});
    let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "HardenPods", "metadata": {"name": "hardening"}, "spec": spec});
    yaml::to_string(&config, Style::default())
}

fn text(objects: &[Value]) -> String {
    let style = Style::default();
    let texts: Vec<String> = objects
        .iter()
        .map(|object| yaml::to_string(object, style))
        .collect();
    texts.join("---\n")
}

fn objects(text: &str) -> Vec<Value> {
    let stream = yaml::parse(text.to_owned()).expect("the output is YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    roots
        .map(|root| root.to_value().expect("it has a value"))
        .collect()
}

/// Every check that a pod of the text fails, with the field.
fn failures(text: &str, level: SecurityLevel, minor: u32) -> BTreeSet<(&'static str, String)> {
    let stream = yaml::parse(text.to_owned()).expect("the output is YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
    let violations = resources
        .pods()
        .flat_map(|pod| pod.security_violations(level, SecurityVersion::Minor(minor)));
    let told = violations.map(|violation| {
        let place = &violation.place;
        (
            violation.check,
            format!("{} {}", place.resource, place.path),
        )
    });
    told.collect()
}

/// What of an author's is not there any more, but for capabilities that are spelled `ALL` now.
fn lost(before: &Value, after: &Value, path: &str) -> Vec<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let fields = before.iter();
            fields
                .flat_map(|(name, value)| {
                    let own = after.get(name).unwrap_or(&Value::Bool(false));
                    let is_there = after.contains_key(name);
                    let path = format!("{path}.{name}");
                    if is_there {
                        lost(value, own, &path)
                    } else {
                        vec![path]
                    }
                })
                .collect()
        }
        (Value::Array(before), Value::Array(after)) if after.len() >= before.len() => {
            let items = before.iter().zip(after).enumerate();
            items
                .flat_map(|(index, (before, after))| {
                    lost(before, after, &format!("{path}[{index}]"))
                })
                .collect()
        }
        // A null in place of a map is as good as none.
        (Value::Null, Value::Object(_)) => Vec::new(),
        _ if before == after => Vec::new(),
        (Value::String(one), Value::String(other)) if one == "all" && other == "ALL" => Vec::new(),
        _ => vec![format!("{path}: {before} became {after}")],
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn no_pod_fails_a_check_that_it_passed(
        workloads in workloads(),
        config in select(CONFIGS.to_vec()),
        mode in select(vec!["fill", "overwrite"]),
    ) {
        let input = text(&workloads);
        let ran = run(&with(config, mode), &input);
        for level in [SecurityLevel::Baseline, SecurityLevel::Restricted] {
            for minor in [32, 35] {
                let (before, after) = (failures(&input, level, minor), failures(&ran.output, level, minor));
                let new: Vec<_> = after.difference(&before).collect();
                prop_assert!(new.is_empty(), "{new:?} {}", ran.output);
            }
        }
    }

    #[test]
    fn nothing_of_an_author_s_changes_in_fill(
        workloads in workloads(),
        config in select(CONFIGS.to_vec()),
    ) {
        let ran = run(&with(config, "fill"), &text(&workloads));
        for (before, after) in workloads.iter().zip(objects(&ran.output)) {
            let lost = lost(before, &after, "");
            prop_assert!(lost.is_empty(), "{lost:?} {}", ran.output);
        }
    }

    #[test]
    fn nothing_is_written_that_would_be_refused(
        workloads in workloads(),
        config in select(CONFIGS.to_vec()),
        mode in select(vec!["fill", "overwrite"]),
    ) {
        let ran = run(&with(config, mode), &text(&workloads));
        for (before, after) in workloads.iter().zip(objects(&ran.output)) {
            let (before, refused) = (refusals(before), refusals(&after));
            let new: Vec<_> = refused.difference(&before).collect();
            prop_assert!(new.is_empty(), "{new:?} {}", ran.output);
        }
    }

    #[test]
    fn a_second_run_changes_no_byte(
        workloads in workloads(),
        config in select(CONFIGS.to_vec()),
        mode in select(vec!["fill", "overwrite"]),
    ) {
        let config = with(config, mode);
        let once = run(&config, &text(&workloads));
        let twice = run(&config, &once.output);
        prop_assert_eq!(&once.output, &twice.output, "{:#?} {:#?}", once.lines, twice.lines);
    }

    #[test]
    fn the_order_of_the_input_means_nothing(
        workloads in workloads(),
        config in select(CONFIGS.to_vec()),
    ) {
        let config = with(config, "fill");
        let reversed: Vec<Value> = workloads.iter().rev().cloned().collect();
        let one = objects(&run(&config, &text(&workloads)).output);
        let mut other = objects(&run(&config, &text(&reversed)).output);
        other.reverse();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn every_container_ends_once_per_rule_by_itself_or_with_its_pod(
        workloads in workloads(),
        mode in select(vec!["fill", "overwrite", "audit"]),
    ) {
        let ran = run(&with(CONFIGS[0], mode), &text(&workloads));
        for object in &workloads {
            let name = object["metadata"]["name"].as_str();
            let pod = &object["spec"]["template"]["spec"];
            let is_windows = pod["nodeSelector"]["kubernetes.io/os"] == "windows" || pod["os"]["name"] == "windows";
            let ends = |rule: &str, container: Option<&str>| {
                let told = ran.findings.iter().filter(|finding| finding.rule == rule);
                let own = told.filter(|finding| {
                    let result = finding.to_result("");
                    let subject = result.pointer("/resourceRef/name").and_then(Value::as_str);
                    subject == name && finding.container.as_deref() == container
                });
                own.map(|finding| &finding.message).collect::<BTreeSet<_>>().len()
            };
            for container in containers(object).iter().filter(|own| own["name"] != "istio-proxy") {
                let container = container["name"].as_str();
                for rule in ["privilege-escalation", "drop-capabilities", "run-as-user"] {
                    prop_assert_eq!(ends(rule, container), usize::from(!is_windows), "{} {:?} {:#?}", rule, container, ran.lines);
                }
                for rule in ["run-as-non-root", "seccomp-profile"] {
                    let wanted = rule == "run-as-non-root" || !is_windows;
                    let told = ends(rule, container) + ends(rule, None);
                    prop_assert!(!wanted || told > 0, "{rule} {container:?} {:#?}", ran.lines);
                }
            }
        }
    }
}
