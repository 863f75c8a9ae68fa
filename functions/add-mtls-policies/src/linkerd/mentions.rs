//! Service accounts that policies name, and Jobs that their proxies outlive.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Node, Peer, Place, Plan, Resource, Severity};

use super::objects::{GROUP, is_made_here};
use super::view::View;
use super::{callers, identity};
use crate::config::AuthorizationMode;

const SHARED_ACCOUNT: &str = "default-account";
const UNKNOWN_ACCOUNT: &str = "unknown-account";
const NEVER_ENDS: &str = "job-never-ends";

pub(super) fn check(plan: &mut Plan, view: &View<'_, '_, '_>) {
    shared_accounts(plan, view);
    unknown_accounts(plan, view);
    jobs(plan, view);
}

/// Callers that run as `default` share their identity with whatever else does.
fn shared_accounts(plan: &mut Plan, view: &View<'_, '_, '_>) {
    let mode = view.survey.run.authorization.mode;
    if mode == AuthorizationMode::Off {
        return;
    }
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for workload in view.survey.graph.workloads() {
        if workload.account == "default" {
            *users.entry(workload.namespace).or_default() += 1;
        }
    }
    let edges = view.survey.edges.edges.iter();
    let stated = edges.filter(|edge| !callers::is_inferred(edge) && view.is_member(edge.to));
    let callers: BTreeSet<usize> = stated
        .filter_map(|edge| match edge.from {
            Peer::Workload(number) => Some(number),
            _ => None,
        })
        .into_set();
    for caller in view.in_scope() {
        if caller.account != "default" || !callers.contains(&caller.number) {
            continue;
        }
        let is_shared = users.get(caller.namespace).is_some_and(|users| *users > 1);
        let severity = match mode {
            AuthorizationMode::Enforce if is_shared => Severity::Error,
            _ => Severity::Warning,
        };
        let message = format!(
            "calls others as the ServiceAccount `default`, and whatever else of namespace {} runs as it is let in too; give it one of its own",
            caller.namespace
        );
        let place = caller.pod.field("serviceAccountName");
        plan.report(SHARED_ACCOUNT, severity, caller.pod, &place, message, None);
    }
}

/// The service accounts that are known: by namespace and name.
fn known(view: &View<'_, '_, '_>) -> BTreeSet<(String, String)> {
    let survey = view.survey;
    let run = survey.run;
    let key = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
    let objects = survey
        .resources
        .all()
        .filter(|object| object.is("", "ServiceAccount"));
    let mut known: BTreeSet<_> = objects
        .map(|object| key(survey.resources.namespace_of(object), object.name()))
        .into_set();
    let workloads = survey.graph.workloads().iter();
    known.extend(workloads.map(|workload| key(workload.namespace, &workload.account)));
    let gateways = run.gateways.iter();
    known.extend(gateways.map(|gateway| key(&gateway.namespace, &gateway.service_account)));
    known.insert(key(
        &run.prometheus.namespace,
        &run.prometheus.service_account,
    ));
    let external = run.external_identities.iter().filter_map(|identity| {
        let (_, rest) = identity.split_once("/ns/")?;
        let (namespace, name) = rest.split_once("/sa/")?;
        Some(key(namespace, name))
    });
    known.extend(external);
    known
}

fn unknown_accounts(plan: &mut Plan, view: &View<'_, '_, '_>) {
    let known = known(view);
    let is_known = |namespace: &str, name: &str| {
        name == "default" || known.contains(&(namespace.to_owned(), name.to_owned()))
    };
    let resources = view.survey.resources;
    let objects = resources
        .all()
        .filter(|object| object.is(GROUP, "MeshTLSAuthentication"));
    let authored = objects.filter(|object| !object.is_local() && !is_made_here(object));
    let authored =
        authored.filter(|object| view.survey.is_looked_after(resources.namespace_of(object)));
    for object in authored {
        for (place, namespace, name) in references(view, object) {
            if !is_known(&namespace, &name) {
                tell_unknown(plan, view, &place, &namespace, &name);
            }
        }
    }
    for edge in &view.survey.edges.edges {
        let Peer::Account { namespace, name } = &edge.from else {
            continue;
        };
        let place = edge
            .evidence
            .first()
            .and_then(|evidence| evidence.place.as_ref());
        if let Some(place) = place.filter(|_| view.is_member(edge.to) && !is_known(namespace, name))
        {
            tell_unknown(plan, view, place, namespace, name);
        }
    }
}

fn tell_unknown(
    plan: &mut Plan,
    view: &View<'_, '_, '_>,
    place: &Place,
    namespace: &str,
    name: &str,
) {
    let Some(object) = view.survey.resources.get(place.resource) else {
        return;
    };
    let trust_domain = &view.survey.run.mesh.trust_domain;
    let message = format!(
        "the input has no ServiceAccount {namespace}/{name}; correct it, or add \"{trust_domain}/ns/{namespace}/sa/{name}\" to `externalIdentities`"
    );
    let subject = (object, view.survey.resources);
    plan.report(
        UNKNOWN_ACCOUNT,
        Severity::Warning,
        subject,
        place,
        message,
        None,
    );
}

/// The service accounts that a `MeshTLSAuthentication` names, by reference or by identity.
fn references(view: &View<'_, '_, '_>, object: &Resource<'_>) -> Vec<(Place, String, String)> {
    let spec = object.place().field("spec");
    let list = |field: &'static str| {
        let items = object
            .node
            .at(&["spec", field])
            .into_iter()
            .flat_map(Node::items);
        let place = spec.field(field);
        items
            .enumerate()
            .map(move |(index, item)| (place.field(index), item))
    };
    let own = view.survey.resources.namespace_of(object);
    let by_reference = list("identityRefs").filter_map(|(place, item)| {
        let text = |field| item.get(field).and_then(Node::text);
        text("kind").filter(|kind| kind == "ServiceAccount")?;
        let namespace =
            text("namespace").map_or_else(|| own.to_owned(), std::borrow::Cow::into_owned);
        Some((place, namespace, text("name")?.into_owned()))
    });
    let domain = &view.survey.run.mesh.trust_domain;
    let by_identity = list("identities").filter_map(|(place, item)| {
        let (namespace, name) = identity::account(&item.text()?, domain)?;
        Some((place, namespace, name))
    });
    by_reference.chain(by_identity).collect()
}

/// The proxy is a native sidecar since edge-26.5.2 (linkerd commit 009a25fa3, charts/linkerd-control-plane/values.yaml,
/// `proxy.nativeSidecar`), so only who says otherwise is told.
fn jobs(plan: &mut Plan, view: &View<'_, '_, '_>) {
    let of_mesh = view.survey.run.mesh.native_sidecars;
    for workload in view
        .in_scope()
        .filter(|workload| workload.pod.runs_to_completion())
    {
        let told = view
            .interception(workload.number)
            .and_then(|told| told.is_native);
        if told.or(of_mesh) != Some(false) {
            continue;
        }
        let message = "its proxy keeps running when it ends, so that it never does; write `config.linkerd.io/proxy-enable-native-sidecar: \"true\"` on its pods";
        let place = workload.owner.place();
        plan.report(
            NEVER_ENDS,
            Severity::Warning,
            workload.pod,
            &place,
            message,
            None,
        );
    }
}
