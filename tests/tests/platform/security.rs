//! Every pod meets the strictest Pod Security Standard, and every namespace asks for it.

use kube::{Kinds, NamespaceSecurity, Resources, SecurityLevel, SecurityVersion};

use crate::rendered::rendered;

/// What of a stream misses the standard, a line each.
fn lapses(text: &str) -> Vec<String> {
    let stream = yaml::parse(text.to_owned()).expect("what is rendered is YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "default");
    let mut lapses = Vec::new();
    for pod in resources.pods() {
        let owner = pod.template_owner().expect("a pod stands in an object");
        let found = pod.security_violations(SecurityLevel::Restricted, SecurityVersion::Latest);
        let told = found.iter().map(|violation| {
            let place = format!("{} {}/{}", owner.kind(), owner.namespace(), owner.name());
            format!("{place} {}: {}", violation.place.path, violation.detail)
        });
        lapses.extend(told);
        if pod.namespace_security().is_none() {
            lapses.push(format!("there is no Namespace {}", owner.namespace()));
        }
    }
    for namespace in resources.all().filter(|object| object.is("", "Namespace")) {
        let asked = NamespaceSecurity::of(namespace)
            .enforce
            .map(|policy| policy.level);
        if asked != Some(SecurityLevel::Restricted) {
            lapses.push(format!("Namespace {} enforces {asked:?}", namespace.name()));
        }
    }
    lapses
}

#[test]
fn every_pod_passes_the_restricted_standard_and_every_namespace_enforces_it() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        assert_eq!(lapses(text), Vec::<String>::new(), "{environment}");
    }
}

#[test]
fn what_misses_the_standard_is_named() {
    let Some(rendered) = rendered() else { return };
    let worse = rendered["production"]
        .replace("runAsNonRoot: true", "runAsNonRoot: false")
        .replace("enforce: restricted", "enforce: baseline");
    let found = lapses(&worse).join("\n");
    assert!(
        found.contains("StatefulSet data/postgres spec.template.spec"),
        "{found}"
    );
    assert!(
        found.contains("Namespace shop enforces Some(Baseline)"),
        "{found}"
    );
}
