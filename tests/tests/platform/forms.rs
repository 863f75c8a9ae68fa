//! The forms in which an overlay can be rendered: they give the same, again and again.

use std::collections::BTreeSet;

use checks::tools::{KUBECTL, KUSTOMIZE};
use sdk::{Function, Visitor};

use crate::name;
use crate::rendered::{ENVIRONMENTS, Plugins, build, objects, rendered, run, steps};

#[test]
fn every_overlay_calls_every_function_in_the_same_order() {
    struct Kinds(BTreeSet<&'static str>);
    impl Visitor for Kinds {
        fn visit<F: Function>(&mut self) {
            self.0.insert(F::KIND);
        }
    }
    let mut known = Kinds(BTreeSet::new());
    plimsoll::visit_all(&mut known);
    let called = ENVIRONMENTS.map(|environment| {
        let kinds = steps(environment).into_iter().map(|step| step.kind);
        kinds.collect::<Vec<_>>()
    });
    assert_eq!(called[0], called[1]);
    assert_eq!(called[1], called[2]);
    let called: BTreeSet<&str> = called[0].iter().map(String::as_str).collect();
    assert_eq!(called, known.0);
}

#[test]
fn a_second_build_gives_the_same_bytes() {
    let (Some(rendered), Some(kustomize)) = (rendered(), KUSTOMIZE.found()) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let again = build(
            &kustomize,
            "build",
            &format!("overlays/{environment}"),
            &plugins,
        );
        assert!(again == *text, "{environment}");
    }
}

#[test]
fn kubectl_renders_what_kustomize_renders() {
    let (Some(rendered), Some(kubectl)) = (rendered(), KUBECTL.found()) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let folder = format!("overlays/{environment}");
        let by_kubectl = build(&kubectl, "kustomize", &folder, &plugins);
        assert!(objects(&by_kubectl) == objects(text), "{environment}");
    }
}

#[test]
fn functions_behind_a_build_give_what_they_give_inside_it_without_a_warning() {
    let (Some(rendered), Some(kustomize)) = (rendered(), KUSTOMIZE.found()) else {
        return;
    };
    let plugins = Plugins::idle();
    for (environment, text) in rendered {
        let mut own = build(
            &kustomize,
            "build",
            &format!("overlays/{environment}"),
            &plugins,
        );
        for step in steps(environment) {
            let ran = run(&step, &own);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
            assert_ne!(ran.output, own, "{environment}: {} does nothing", step.kind);
            own = ran.output;
        }
        let sorted = |text: &str| {
            let mut objects = objects(text);
            objects.sort_by_key(name);
            objects
        };
        assert!(sorted(&own) == sorted(text), "{environment}");
    }
}

#[test]
fn functions_over_a_rendered_overlay_change_nothing() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        for step in steps(environment) {
            let ran = run(&step, text);
            assert!(ran.output == *text, "{environment}: {}", step.kind);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
        }
    }
}
