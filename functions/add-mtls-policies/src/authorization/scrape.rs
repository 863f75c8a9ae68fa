//! Who scrapes metrics.

use std::collections::BTreeSet;

use sdk::{Collect as _, Edge, Mesh, Peer, Plan, Ports, Severity, Workload, yaml::Step};

use super::SCRAPE_BY_PORT;
use super::caller::Source;
use super::grants::Grants;
use super::ports::Doors;
use super::scene::Scene;
use crate::config::DataPlane;
use crate::istio::Mode;

/// Where a sidecar serves the metrics of its application beside its own.
const MERGED: u16 = 15020;

/// Lets in whoever scrapes; says why not where that would open what others use.
pub(super) fn add<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    workload: &Workload<'s>,
    doors: &Doors,
    counted: &[&Edge],
    grants: &mut Grants,
) -> Result<(), String> {
    let prometheus = &scene.survey.run.prometheus;
    let identity = Source::Account {
        namespace: prometheus.namespace.clone(),
        name: prometheus.service_account.clone(),
    };
    let is_sidecar = scene.mesh(workload) == Mesh::IstioSidecar;
    if prometheus.meshed && is_sidecar && is_ambient(scene) && !grants.is_empty() {
        // No policy counts at this port, unless the connection comes from the proxy of a node.
        let merged = Ports::Some(BTreeSet::from([MERGED]));
        grants.add(identity.clone(), merged, &[]);
    }
    let scrapes = counted.iter().filter(|edge| edge.from == Peer::Scraper);
    for edge in scrapes.filter(|edge| !(is_sidecar && is_merged(scene, workload, edge))) {
        let ports = doors.guarded(&edge.ports);
        if prometheus.meshed {
            grants.add(identity.clone(), ports, &[]);
            grants.rest_on(edge);
        } else if let Ports::Some(ports) = ports {
            let open = without_identity(scene, workload, &ports, &serving(counted))?;
            if !open.is_empty() {
                tell(plan, workload, &open);
                grants.add(Source::Anyone, Ports::Some(open), &[]);
                grants.rest_on(edge);
            }
        }
    }
    Ok(())
}

/// The ports that others are stated to call.
fn serving(counted: &[&Edge]) -> BTreeSet<u16> {
    let is_other =
        |edge: &&&Edge| edge.from != Peer::Scraper && edge.from != Peer::Workload(edge.to);
    let ports = counted.iter().filter(is_other).map(|edge| &edge.ports);
    let named = ports.filter_map(|ports| match ports {
        Ports::Some(ports) => Some(ports),
        Ports::All => None,
    });
    named.flatten().copied().into_set()
}

/// The ports that somebody without an identity may scrape. Where the server asks for one, nobody without gets
/// through as it is.
fn without_identity<'s>(
    scene: &Scene<'s>,
    workload: &Workload<'s>,
    ports: &BTreeSet<u16>,
    taken: &BTreeSet<u16>,
) -> Result<BTreeSet<u16>, String> {
    let is_ambient = scene.mesh(workload) == Mesh::IstioAmbient;
    let mut open = BTreeSet::new();
    for port in ports {
        let servers = &scene.survey.servers;
        let (mode, _) = servers.mode(workload, is_ambient, Some(*port));
        if mode == Mode::Strict {
            continue;
        }
        if taken.contains(port) || !scene.exposure.is_for_metrics(workload, *port) {
            return Err(format!(
                "metrics are scraped without an identity at port {port}, which serves others too; give metrics a port of their own, or take Prometheus into the mesh (`prometheus.meshed`)"
            ));
        }
        open.insert(*port);
    }
    Ok(open)
}

fn tell(plan: &mut Plan, workload: &Workload<'_>, ports: &BTreeSet<u16>) {
    let numbers: Vec<String> = ports.iter().map(u16::to_string).collect();
    let message = format!(
        "anybody may scrape port {}, since Prometheus has no identity; keep others from it by a NetworkPolicy, or take Prometheus into the mesh (`prometheus.meshed`)",
        numbers.join(", ")
    );
    let place = workload.owner.place();
    plan.report(
        SCRAPE_BY_PORT,
        Severity::Info,
        workload.pod,
        &place,
        message,
        None,
    );
}

/// Whether the scrape that the pods ask for goes to their sidecar instead, where no policy counts.
fn is_merged<'s>(scene: &Scene<'s>, workload: &Workload<'s>, edge: &Edge) -> bool {
    let asks = |place: &sdk::Place| {
        let is_own = place.resource == workload.owner.number;
        let last = place.path.0.last();
        is_own && matches!(last, Some(Step::Key(key)) if &**key == "prometheus.io/scrape")
    };
    let mut evidence = edge.evidence.iter();
    scene.survey.run.prometheus.merged_metrics
        && evidence.all(|evidence| evidence.place.as_ref().is_some_and(asks))
}

/// Whether Prometheus is in the mesh by the proxy of its node.
fn is_ambient(scene: &Scene<'_>) -> bool {
    let prometheus = &scene.survey.run.prometheus;
    let seen = scene.running_as(&prometheus.namespace, &prometheus.service_account);
    if seen.workloads() > 0 {
        return seen.ambient > 0;
    }
    scene.survey.run.data_plane == DataPlane::Ambient
}
