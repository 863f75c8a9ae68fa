//! Which mesh a workload takes part in: each rule of precedence as the meshes have it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use plimsoll_kube::{
    Enrolment, Graph, Inbound, Interception, Kinds, Mesh, MeshConflictKind, Namespaces, Resources,
    Waypoint, Workload, linkerd_setting, users_of_proxy,
};

/// What an input says about its first workload.
struct Seen<'s, 'r> {
    graph: &'s Graph<'r>,
    namespaces: &'s Namespaces<'r>,
}

impl<'r> Seen<'_, 'r> {
    fn workload(&self) -> &Workload<'r> {
        self.graph.workloads().first().unwrap()
    }

    fn enrolment(&self) -> Enrolment {
        Enrolment::of(self.workload(), self.namespaces)
    }

    fn interception(&self, mesh: Mesh) -> Interception {
        Interception::of(self.workload(), self.namespaces, mesh)
    }
}

fn with<T>(text: &str, see: impl FnOnce(Seen<'_, '_>) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
    let (graph, namespaces) = (
        Graph::new(&resources, "cluster.local"),
        Namespaces::new(&resources),
    );
    see(Seen {
        graph: &graph,
        namespaces: &namespaces,
    })
}

/// A namespace and a Deployment in it, with the metadata of the namespace (`-` where it isn't in the input) and of
/// the pods.
fn text(namespace: &str, pods: &str) -> String {
    full("shop", namespace, pods, "{containers: []}", "")
}

fn full(name: &str, namespace: &str, pods: &str, spec: &str, owner: &str) -> String {
    let object = match namespace {
        "-" => String::new(),
        metadata => format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, {metadata}}}\n---\n"
        ),
    };
    format!(
        "{object}apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {name}, {owner}}}\n\
         spec: {{template: {{metadata: {{{pods}}}, spec: {spec}}}}}\n"
    )
}

/// Each row: metadata of the namespace, metadata of the pods, the mesh.
fn check(table: &[(&str, &str, Mesh)]) {
    for (namespace, pods, expected) in table {
        let found = with(&text(namespace, pods), |seen| seen.enrolment());
        assert_eq!(
            found.provider, *expected,
            "namespace {namespace}, pods {pods}: {}",
            found.why.text
        );
    }
}

const ON: &str = "labels: {istio-injection: enabled}";
const OFF: &str = "labels: {istio-injection: disabled}";
const REV: &str = "labels: {istio.io/rev: canary}";
const BARE: &str = "labels: {}";
const ABSENT: &str = "-";
const YES: &str = "labels: {sidecar.istio.io/inject: 'true'}";
const NO: &str = "labels: {sidecar.istio.io/inject: 'false'}";
const YES_BY_ANNOTATION: &str = "annotations: {sidecar.istio.io/inject: 'true'}";
const NO_BY_ANNOTATION: &str = "annotations: {sidecar.istio.io/inject: 'false'}";
const AMBIENT: &str = "labels: {istio.io/dataplane-mode: ambient}";
const NOT_AMBIENT: &str = "labels: {istio.io/dataplane-mode: none}";

#[test]
fn the_label_of_a_namespace_asks_for_sidecars() {
    check(&[
        (ON, "", Mesh::IstioSidecar),
        (REV, "", Mesh::IstioSidecar),
        (OFF, "", Mesh::None),
        (BARE, "", Mesh::None),
        ("labels: {istio-injection: 'true'}", "", Mesh::None),
        ("labels: {istio.io/rev: ''}", "", Mesh::None),
        ("annotations: {istio-injection: enabled}", "", Mesh::None),
    ]);
}

#[test]
fn pods_refuse_a_sidecar_by_label_or_annotation() {
    check(&[
        (ON, NO, Mesh::None),
        (ON, NO_BY_ANNOTATION, Mesh::None),
        (REV, NO, Mesh::None),
        (REV, NO_BY_ANNOTATION, Mesh::None),
    ]);
}

#[test]
fn the_label_of_pods_beats_their_annotation() {
    check(&[
        (
            ON,
            "labels: {sidecar.istio.io/inject: 'true'}, annotations: {sidecar.istio.io/inject: 'false'}",
            Mesh::IstioSidecar,
        ),
        (
            ON,
            "labels: {sidecar.istio.io/inject: 'false'}, annotations: {sidecar.istio.io/inject: 'true'}",
            Mesh::None,
        ),
        (
            ON,
            "labels: {sidecar.istio.io/inject: ''}, annotations: {sidecar.istio.io/inject: 'false'}",
            Mesh::IstioSidecar,
        ),
    ]);
}

#[test]
fn pods_may_ask_where_the_namespace_says_nothing_but_only_by_label() {
    check(&[
        (BARE, YES, Mesh::IstioSidecar),
        (BARE, YES_BY_ANNOTATION, Mesh::None),
        (BARE, "labels: {istio.io/rev: canary}", Mesh::IstioSidecar),
        (
            BARE,
            "labels: {istio.io/rev: canary, sidecar.istio.io/inject: 'false'}",
            Mesh::None,
        ),
        (
            BARE,
            "labels: {istio.io/rev: canary}, annotations: {sidecar.istio.io/inject: 'false'}",
            Mesh::None,
        ),
    ]);
}

#[test]
fn no_pod_overrules_a_namespace_that_refuses() {
    check(&[
        (OFF, YES, Mesh::None),
        (OFF, YES_BY_ANNOTATION, Mesh::None),
        (OFF, "labels: {istio.io/rev: canary}", Mesh::None),
        (
            "labels: {istio-injection: disabled, istio.io/rev: canary}",
            "",
            Mesh::None,
        ),
    ]);
}

#[test]
fn an_unknown_value_of_pods_leaves_it_to_the_namespace() {
    let pods = "labels: {sidecar.istio.io/inject: 'maybe'}";
    check(&[(ON, pods, Mesh::IstioSidecar), (BARE, pods, Mesh::None)]);
    let found = with(&text(ON, pods), |seen| seen.enrolment());
    assert_eq!(found.conflicts.len(), 1);
    assert_eq!(
        found.conflicts[0].message,
        "`sidecar.istio.io/inject` must be \"true\" or \"false\", not \"maybe\"; the namespace decides"
    );
}

#[test]
fn an_absent_namespace_leaves_it_unknown_unless_the_pods_decide() {
    check(&[
        (ABSENT, "", Mesh::Unknown),
        (ABSENT, YES, Mesh::IstioSidecar),
        (ABSENT, YES_BY_ANNOTATION, Mesh::Unknown),
        (ABSENT, "labels: {istio.io/rev: canary}", Mesh::IstioSidecar),
        // Without a sidecar the pods may still be ambient, or Linkerd's.
        (ABSENT, NO, Mesh::Unknown),
        (ABSENT, AMBIENT, Mesh::IstioAmbient),
        (ABSENT, NOT_AMBIENT, Mesh::Unknown),
        (
            ABSENT,
            "labels: {sidecar.istio.io/inject: 'false', istio.io/dataplane-mode: none}, annotations: {linkerd.io/inject: disabled}",
            Mesh::None,
        ),
        (
            ABSENT,
            "annotations: {linkerd.io/inject: enabled}",
            Mesh::Linkerd,
        ),
    ]);
}

#[test]
fn where_nothing_is_ambient_a_refused_sidecar_is_no_mesh() {
    let by_sidecar = |namespace, pods| {
        with(&text(namespace, pods), |seen| {
            Enrolment::in_istio_by_sidecar(seen.workload(), seen.namespaces).provider
        })
    };
    assert_eq!(by_sidecar(ABSENT, NO), Mesh::None);
    assert_eq!(by_sidecar(ABSENT, NO_BY_ANNOTATION), Mesh::None);
    assert_eq!(by_sidecar(ABSENT, ""), Mesh::Unknown);
    assert_eq!(by_sidecar(AMBIENT, ""), Mesh::None);
    assert_eq!(by_sidecar(ON, ""), Mesh::IstioSidecar);
}

#[test]
fn the_revision_is_that_of_whose_webhook_is_asked() {
    let both = "labels: {istio-injection: enabled, istio.io/rev: canary}";
    let table = [
        (ON, "", None),
        (REV, "", Some("canary")),
        // The older label comes first.
        (both, "", None),
        // The namespace's webhook comes before the pods' wish.
        (REV, "labels: {istio.io/rev: stable}", Some("canary")),
        (ON, "labels: {istio.io/rev: stable}", None),
        (BARE, "labels: {istio.io/rev: stable}", Some("stable")),
        (
            BARE,
            "labels: {istio.io/rev: stable, sidecar.istio.io/inject: 'true'}",
            Some("stable"),
        ),
        (BARE, YES, None),
        ("labels: {istio.io/rev: default}", "", None),
    ];
    for (namespace, pods, expected) in table {
        let found = with(&text(namespace, pods), |seen| {
            let enrolment = seen.enrolment();
            (enrolment.provider, enrolment.revision)
        });
        let expected = (Mesh::IstioSidecar, expected.map(str::to_owned));
        assert_eq!(found, expected, "namespace {namespace}, pods {pods}");
    }
}

#[test]
fn host_network_and_system_namespaces_get_no_sidecar_and_no_ambient() {
    let host = "{hostNetwork: true, containers: []}";
    for (namespace, pods) in [(ON, YES), (AMBIENT, AMBIENT), (ABSENT, "")] {
        let text = full("shop", namespace, pods, host, "");
        let found = with(&text, |seen| {
            Enrolment::in_istio(seen.workload(), seen.namespaces)
        });
        assert_eq!(found.provider, Mesh::None, "{namespace} {pods}");
        let place = found.why.place.unwrap().path.to_string();
        assert_eq!(place, "spec.template.spec.hostNetwork");
    }
    let names = [
        "kube-system",
        "kube-public",
        "kube-node-lease",
        "local-path-storage",
    ];
    for name in names {
        let text = full(name, ON, YES, "{containers: []}", "");
        let found = with(&text, |seen| seen.enrolment());
        assert_eq!(found.provider, Mesh::None, "{name}");
    }
    let text = full("kube-system", AMBIENT, AMBIENT, "{containers: []}", "");
    let found = with(&text, |seen| seen.enrolment());
    assert_eq!(found.provider, Mesh::None);
}

#[test]
fn a_proxy_that_stands_in_the_pods_is_in_the_mesh_whatever_is_told() {
    let table = [
        (
            "{containers: [{name: istio-proxy}]}",
            NO,
            Mesh::IstioSidecar,
        ),
        (
            "{hostNetwork: true, containers: [{name: istio-proxy}]}",
            NO,
            Mesh::IstioSidecar,
        ),
        (
            "{containers: [], initContainers: [{name: istio-proxy, restartPolicy: Always}]}",
            "",
            Mesh::IstioSidecar,
        ),
        ("{containers: [{name: linkerd-proxy}]}", "", Mesh::Linkerd),
    ];
    for (spec, pods, expected) in table {
        let text = full("shop", BARE, pods, spec, "");
        let found = with(&text, |seen| seen.enrolment());
        assert_eq!(found.provider, expected, "{spec}");
    }
}

#[test]
fn ambient_is_the_pods_word_before_the_namespace_s() {
    check(&[
        (AMBIENT, "", Mesh::IstioAmbient),
        (AMBIENT, NOT_AMBIENT, Mesh::None),
        (BARE, AMBIENT, Mesh::IstioAmbient),
        (NOT_AMBIENT, AMBIENT, Mesh::IstioAmbient),
        (NOT_AMBIENT, "", Mesh::None),
        // An unknown value of the pods leaves it to the namespace.
        (
            AMBIENT,
            "labels: {istio.io/dataplane-mode: what}",
            Mesh::IstioAmbient,
        ),
        ("labels: {istio.io/dataplane-mode: what}", "", Mesh::None),
        (
            AMBIENT,
            "annotations: {istio.io/dataplane-mode: none}",
            Mesh::IstioAmbient,
        ),
    ]);
}

#[test]
fn a_pod_with_a_sidecar_is_not_ambient_and_one_without_may_be() {
    let both = "labels: {istio-injection: enabled, istio.io/dataplane-mode: ambient}";
    check(&[
        (both, "", Mesh::IstioSidecar),
        (both, NO, Mesh::IstioAmbient),
        (AMBIENT, YES, Mesh::IstioSidecar),
        (AMBIENT, NO, Mesh::IstioAmbient),
        (
            "labels: {istio-injection: disabled, istio.io/dataplane-mode: ambient}",
            "",
            Mesh::IstioAmbient,
        ),
        (
            AMBIENT,
            "annotations: {sidecar.istio.io/status: '{}'}",
            Mesh::None,
        ),
    ]);
}

const L5D: &str = "annotations: {linkerd.io/inject: enabled}";
const L5D_OFF: &str = "annotations: {linkerd.io/inject: disabled}";
const L5D_INGRESS: &str = "annotations: {linkerd.io/inject: ingress}";
const L5D_ODD: &str = "annotations: {linkerd.io/inject: 'true'}";

#[test]
fn linkerd_s_annotation_on_pods_beats_the_namespace_s() {
    check(&[
        (L5D, "", Mesh::Linkerd),
        (L5D_INGRESS, "", Mesh::Linkerd),
        (L5D, L5D_OFF, Mesh::None),
        (L5D_OFF, L5D, Mesh::Linkerd),
        (L5D_OFF, L5D_INGRESS, Mesh::Linkerd),
        (BARE, L5D, Mesh::Linkerd),
        (BARE, "", Mesh::None),
        (L5D, "annotations: {linkerd.io/inject: ''}", Mesh::Linkerd),
        (BARE, "labels: {linkerd.io/inject: enabled}", Mesh::None),
        ("labels: {linkerd.io/inject: enabled}", "", Mesh::None),
    ]);
}

#[test]
fn a_value_that_linkerd_does_not_know_keeps_the_proxy_out() {
    check(&[
        (L5D, L5D_ODD, Mesh::None),
        (L5D_ODD, L5D, Mesh::None),
        (L5D_ODD, "", Mesh::None),
    ]);
}

#[test]
fn linkerd_keeps_away_from_host_network_other_sidecars_and_where_its_webhooks_are_off() {
    let plain = "{containers: []}";
    let table = [
        ("shop", L5D, "", "{hostNetwork: true, containers: []}"),
        (
            "shop",
            L5D,
            "",
            "{containers: [], initContainers: [{name: istio-init}]}",
        ),
        ("kube-system", L5D, L5D, plain),
        ("cert-manager", L5D, L5D, plain),
        (
            "shop",
            "labels: {config.linkerd.io/admission-webhooks: disabled}",
            L5D,
            plain,
        ),
        (
            "shop",
            L5D,
            "labels: {linkerd.io/control-plane-component: destination}",
            plain,
        ),
        (
            "shop",
            L5D,
            "labels: {linkerd.io/cni-resource: 'true'}",
            plain,
        ),
    ];
    for (name, namespace, pods, spec) in table {
        let text = full(name, namespace, pods, spec, "");
        let found = with(&text, |seen| {
            Enrolment::in_linkerd(seen.workload(), seen.namespaces)
        });
        assert_eq!(
            found.provider,
            Mesh::None,
            "{name} {namespace} {pods} {spec}"
        );
    }
}

#[test]
fn of_two_meshes_istio_comes_first_and_it_is_told() {
    let text = text(ON, L5D);
    let found = with(&text, |seen| seen.enrolment());
    assert_eq!(found.provider, Mesh::IstioSidecar);
    assert_eq!(found.conflicts.len(), 1);
    assert_eq!(found.conflicts[0].kind, MeshConflictKind::Contradiction);
    with(&text, |seen| {
        let found = Enrolment::in_linkerd(seen.workload(), seen.namespaces);
        assert_eq!(found.provider, Mesh::Linkerd);
        assert_eq!(found.conflicts, []);
    });
}

#[test]
fn what_decides_is_named_with_its_place() {
    let table = [
        (ON, "", "metadata.labels.istio-injection"),
        (REV, "", "metadata.labels[\"istio.io/rev\"]"),
        (
            ON,
            NO_BY_ANNOTATION,
            "spec.template.metadata.annotations[\"sidecar.istio.io/inject\"]",
        ),
        (
            BARE,
            AMBIENT,
            "spec.template.metadata.labels[\"istio.io/dataplane-mode\"]",
        ),
        (
            BARE,
            L5D_OFF,
            "spec.template.metadata.annotations[\"linkerd.io/inject\"]",
        ),
        (L5D, "", "metadata.annotations[\"linkerd.io/inject\"]"),
    ];
    for (namespace, pods, expected) in table {
        let found = with(&text(namespace, pods), |seen| seen.enrolment());
        let place = found.why.place.unwrap();
        assert_eq!(place.path.to_string(), expected);
        let of_pods = expected.starts_with("spec");
        assert_eq!(place.resource, usize::from(of_pods), "{expected}");
    }
    for pods in ["", "annotations: {}"] {
        let found = with(&text(BARE, pods), |seen| seen.enrolment());
        assert_eq!(
            found.why.text,
            "neither the namespace nor the pods ask for it"
        );
    }
}

fn of_namespace(metadata: &str) -> Vec<String> {
    with(&text(metadata, ""), |seen| {
        let conflicts = seen.namespaces.conflicts().into_iter();
        conflicts
            .map(|conflict| {
                format!(
                    "{:?} {}: {}",
                    conflict.kind, conflict.place.path, conflict.message
                )
            })
            .collect()
    })
}

#[test]
fn a_namespace_that_asks_twice_contradicts_itself() {
    let table = [
        (
            "labels: {istio-injection: enabled, istio.io/rev: canary}",
            "Contradiction metadata.labels[\"istio.io/rev\"]: namespace \"shop\" has both `istio-injection: enabled` and `istio.io/rev: canary`; keep one of the two",
        ),
        (
            "labels: {istio-injection: enabled, istio.io/dataplane-mode: ambient}",
            "Contradiction metadata.labels[\"istio.io/dataplane-mode\"]: namespace \"shop\" has both `istio-injection: enabled` and `istio.io/dataplane-mode: ambient`; keep one of the two",
        ),
        (
            "labels: {istio.io/rev: canary}, annotations: {linkerd.io/inject: enabled}",
            "Contradiction metadata.annotations[\"linkerd.io/inject\"]: namespace \"shop\" has both `istio.io/rev: canary` and `linkerd.io/inject: enabled`; keep one of the two",
        ),
    ];
    for (metadata, expected) in table {
        assert_eq!(of_namespace(metadata), [expected]);
    }
}

#[test]
fn a_namespace_that_asks_once_or_refuses_is_at_peace() {
    for metadata in [
        ON,
        OFF,
        REV,
        AMBIENT,
        L5D,
        "labels: {istio-injection: disabled, istio.io/dataplane-mode: ambient}",
        "labels: {istio-injection: disabled, istio.io/rev: canary}",
        "labels: {istio-injection: enabled, istio.io/dataplane-mode: none}",
        "labels: {istio-injection: enabled}, annotations: {linkerd.io/inject: disabled}",
    ] {
        assert_eq!(of_namespace(metadata), Vec::<String>::new(), "{metadata}");
    }
}

#[test]
fn values_and_places_that_mean_nothing_on_a_namespace_are_told() {
    let table = [
        (
            "labels: {istio-injection: 'true'}",
            "Ineffective metadata.labels.istio-injection: `istio-injection` must be one of `enabled`, `disabled`, not \"true\"; no pod of the namespace is taken into the mesh",
        ),
        (
            "labels: {istio.io/dataplane-mode: sidecar}",
            "Ineffective metadata.labels[\"istio.io/dataplane-mode\"]: `istio.io/dataplane-mode` must be one of `ambient`, `none`, not \"sidecar\"; no pod of the namespace is taken into the mesh",
        ),
        (
            L5D_ODD,
            "Ineffective metadata.annotations[\"linkerd.io/inject\"]: `linkerd.io/inject` must be one of `enabled`, `ingress`, `disabled`, not \"true\"; no pod of the namespace is taken into the mesh",
        ),
        (
            "labels: {linkerd.io/inject: enabled}",
            "Misplaced metadata.labels[\"linkerd.io/inject\"]: Linkerd reads `linkerd.io/inject` as an annotation; write it under `metadata.annotations`",
        ),
    ];
    for (metadata, expected) in table {
        assert_eq!(of_namespace(metadata), [expected]);
    }
}

fn of_workload(namespace: &str, pods: &str, spec: &str, owner: &str) -> Vec<String> {
    with(&full("shop", namespace, pods, spec, owner), |seen| {
        let conflicts = seen.enrolment().conflicts.into_iter();
        conflicts
            .map(|conflict| {
                format!(
                    "{:?} {}: {}",
                    conflict.kind, conflict.place.path, conflict.message
                )
            })
            .collect()
    })
}

#[test]
fn marks_on_the_owner_alone_are_misplaced() {
    let plain = "{containers: []}";
    let inject = "Misplaced metadata.annotations[\"sidecar.istio.io/inject\"]: `sidecar.istio.io/inject` counts on pods alone; move it to `spec.template.metadata.labels`";
    assert_eq!(of_workload(ON, "", plain, NO_BY_ANNOTATION), [inject]);
    assert_eq!(
        of_workload(ON, "", plain, L5D_OFF),
        [
            "Misplaced metadata.annotations[\"linkerd.io/inject\"]: `linkerd.io/inject` counts on pods alone; move it to `spec.template.metadata.annotations`"
        ]
    );
    assert_eq!(of_workload(BARE, "", plain, AMBIENT).len(), 1);
    assert_eq!(
        of_workload(ON, NO, plain, NO_BY_ANNOTATION),
        Vec::<String>::new(),
        "the pods have it too"
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: one, labels: {sidecar.istio.io/inject: 'true'}}\nspec: {containers: []}\n";
    with(pod, |seen| assert_eq!(seen.enrolment().conflicts, []));
}

#[test]
fn a_wish_for_a_sidecar_that_is_not_granted_is_told_with_what_to_do() {
    let plain = "{containers: []}";
    let table = [
        (
            OFF,
            YES,
            plain,
            "`sidecar.istio.io/inject` has no effect in a namespace with `istio-injection: disabled`; remove that label from the namespace",
        ),
        (
            BARE,
            YES_BY_ANNOTATION,
            plain,
            "`sidecar.istio.io/inject` has no effect as an annotation unless the namespace asks for sidecars; write it as a label",
        ),
        (
            ON,
            YES,
            "{hostNetwork: true, containers: []}",
            "`sidecar.istio.io/inject` has no effect on pods with `hostNetwork`; remove one of the two",
        ),
    ];
    for (namespace, pods, spec, expected) in table {
        let found = of_workload(namespace, pods, spec, "");
        assert_eq!(found.len(), 1, "{namespace} {pods}");
        assert!(found[0].starts_with("Ineffective spec.template.metadata"));
        assert!(found[0].ends_with(expected), "{}", found[0]);
    }
    for pods in [YES, YES_BY_ANNOTATION, NO, NO_BY_ANNOTATION] {
        let found = of_workload(ON, pods, plain, "");
        assert_eq!(found, Vec::<String>::new(), "{pods}");
    }
}

#[test]
fn ports_that_a_sidecar_leaves_alone_are_hidden() {
    let key = "traffic.sidecar.istio.io";
    let table = [
        (String::new(), vec![]),
        (
            format!("{key}/excludeInboundPorts: '8080, 9090'"),
            vec![8080, 9090],
        ),
        (
            format!("{key}/includeInboundPorts: '*', {key}/excludeInboundPorts: '8080'"),
            vec![8080],
        ),
        (
            format!("{key}/includeInboundPorts: '8080'"),
            vec![443, 9090],
        ),
        // The excluded ones count only where all others are included.
        (
            format!("{key}/includeInboundPorts: '8080', {key}/excludeInboundPorts: '8080'"),
            vec![443, 9090],
        ),
        (
            format!("{key}/includeInboundPorts: ''"),
            vec![443, 8080, 9090],
        ),
        (
            "sidecar.istio.io/interceptionMode: NONE".to_owned(),
            vec![443, 8080, 9090],
        ),
        (
            "sidecar.istio.io/interceptionMode: TPROXY".to_owned(),
            vec![],
        ),
        (
            "inject.istio.io/templates: gateway".to_owned(),
            vec![443, 8080, 9090],
        ),
        (
            "inject.istio.io/templates: 'sidecar, custom'".to_owned(),
            vec![],
        ),
        (format!("{key}/excludeInboundPorts: 'x,8080,'"), vec![8080]),
    ];
    for (annotations, expected) in table {
        let text = text(ON, &format!("annotations: {{{annotations}}}"));
        with(&text, |seen| {
            let found = seen.interception(Mesh::IstioSidecar);
            let hidden: Vec<u16> = [443, 8080, 9090]
                .into_iter()
                .filter(|port| found.inbound.hides(*port))
                .collect();
            assert_eq!(hidden, expected, "{annotations}");
            assert_eq!(found.inbound_place.is_some(), !expected.is_empty());
            let ambient = seen.interception(Mesh::IstioAmbient);
            assert_eq!(
                ambient.inbound,
                Inbound::default(),
                "no sidecar to speak to"
            );
        });
    }
}

#[test]
fn a_sidecar_s_other_settings_are_read_as_istio_reads_them() {
    let pods = "annotations: {traffic.sidecar.istio.io/excludeOutboundPorts: '443', sidecar.istio.io/rewriteAppHTTPProbers: F, sidecar.istio.io/nativeSidecar: 'false'}";
    with(&text(ON, pods), |seen| {
        let found = seen.interception(Mesh::IstioSidecar);
        assert!(found.excluded_outbound.contains(443) && !found.excluded_outbound.contains(80));
        assert_eq!(found.rewrites_probes, Some(false));
        assert_eq!(found.is_native, Some(false));
        assert!(found.outbound_place.is_some() && found.probes_place.is_some());
    });
    let pods = "annotations: {sidecar.istio.io/rewriteAppHTTPProbers: 'no', sidecar.istio.io/nativeSidecar: 'true'}";
    with(&text(ON, pods), |seen| {
        let found = seen.interception(Mesh::IstioSidecar);
        assert_eq!(
            found.rewrites_probes, None,
            "not a boolean: the mesh decides"
        );
        assert_eq!(found.is_native, Some(true));
    });
    with(&text(ON, ""), |seen| {
        assert_eq!(
            seen.interception(Mesh::IstioSidecar),
            Interception::default()
        );
    });
}

#[test]
fn linkerd_s_settings_come_from_the_pods_or_else_the_namespace() {
    let namespace = "annotations: {config.linkerd.io/skip-inbound-ports: '4000-4002,5000', config.linkerd.io/proxy-enable-native-sidecar: 'true'}";
    with(&text(namespace, ""), |seen| {
        let found = seen.interception(Mesh::Linkerd);
        let hidden: Vec<u16> = [3999, 4000, 4001, 4002, 4003, 5000]
            .into_iter()
            .filter(|port| found.inbound.hides(*port))
            .collect();
        assert_eq!(hidden, [4000, 4001, 4002, 5000]);
        assert_eq!(found.inbound_place.unwrap().resource, 0, "the namespace");
        assert_eq!(found.is_native, Some(true));
    });
    for (own, hides) in [("''", false), ("'4003'", true)] {
        let pods = format!("annotations: {{config.linkerd.io/skip-inbound-ports: {own}}}");
        with(&text(namespace, &pods), |seen| {
            let found = seen.interception(Mesh::Linkerd);
            assert!(!found.inbound.hides(4000), "the pods' own list replaces it");
            assert_eq!(found.inbound.hides(4003), hides);
        });
    }
    let key = "config.linkerd.io/opaque-ports";
    with(
        &text(&format!("annotations: {{{key}: '25,3306'}}"), ""),
        |seen| {
            let setting = linkerd_setting(seen.workload(), seen.namespaces, key);
            assert_eq!(setting.unwrap().value, "25,3306");
        },
    );
}

#[test]
fn the_proxy_s_own_user_is_found_in_pods_and_containers_but_not_in_the_proxy() {
    let spec = "{securityContext: {runAsUser: 1337}, containers: [{name: a, securityContext: {runAsUser: 1337}}, {name: b, securityContext: {runAsUser: 1000}}, {name: istio-proxy, securityContext: {runAsUser: 1337}}]}";
    with(&full("shop", ON, "", spec, ""), |seen| {
        let places = users_of_proxy(seen.workload());
        let places: Vec<_> = places.iter().map(|place| place.path.to_string()).collect();
        assert_eq!(
            places,
            [
                "spec.template.spec.securityContext.runAsUser",
                "spec.template.spec.containers[0].securityContext.runAsUser",
            ]
        );
    });
}

fn waypoint(namespace: &str, service: &str) -> String {
    let object = match namespace {
        "-" => String::new(),
        labels => format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{labels}}}}}\n---\n"
        ),
    };
    let text = format!(
        "{object}apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop, labels: {{{service}}}}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop, labels: {{{service}}}}}\nspec: {{containers: []}}\n"
    );
    with(&text, |seen| {
        let show = |waypoint| match waypoint {
            Waypoint::Gateway {
                namespace, name, ..
            } => format!("{namespace}/{name}"),
            Waypoint::None => "none".to_owned(),
            Waypoint::Unknown => "unknown".to_owned(),
        };
        let of_service = show(Waypoint::of_service(
            seen.graph.services().first().unwrap(),
            seen.namespaces,
        ));
        let of_workload = show(Waypoint::of_workload(seen.workload(), seen.namespaces));
        assert_eq!(of_service, of_workload, "both by the same rule");
        of_service
    })
}

#[test]
fn a_waypoint_of_one_s_own_beats_the_namespace_s() {
    let key = "istio.io/use-waypoint";
    let table = [
        (format!("{key}: all"), String::new(), "shop/all"),
        (format!("{key}: all"), format!("{key}: own"), "shop/own"),
        (format!("{key}: all"), format!("{key}: none"), "none"),
        (format!("{key}: none"), String::new(), "none"),
        (String::new(), String::new(), "none"),
        ("-".to_owned(), String::new(), "unknown"),
        ("-".to_owned(), format!("{key}: own"), "shop/own"),
        (
            String::new(),
            format!("{key}: own, {key}-namespace: infra"),
            "infra/own",
        ),
        (
            format!("{key}: all, {key}-namespace: infra"),
            String::new(),
            "infra/all",
        ),
    ];
    for (namespace, service, expected) in table {
        assert_eq!(
            waypoint(&namespace, &service),
            expected,
            "{namespace} {service}"
        );
    }
}
