//! Which container ports Services lead to, and what for.

use std::collections::BTreeMap;

use sdk::{Graph, NodePort, Workload};

/// Where programs beside a server answer with its metrics: those of `PostgreSQL`, Redis, Elasticsearch,
/// `ClickHouse` and Java.
const OF_EXPORTERS: [u16; 6] = [9187, 9121, 9114, 9363, 9404, 5556];

/// The ports of Services by the number of the workload and the container port that they lead to.
pub(crate) struct Exposure<'g, 'r>(BTreeMap<(usize, u16), Vec<&'g NodePort<'r>>>);

impl<'g, 'r> Exposure<'g, 'r> {
    /// That of all Services.
    pub(crate) fn new(graph: &'g Graph<'r>) -> Self {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for port in graph.services().iter().flat_map(|node| &node.ports) {
            for (workload, target) in &port.targets {
                if let Some(target) = target {
                    found.entry((*workload, *target)).or_default().push(port);
                }
            }
        }
        Self(found)
    }

    /// The ports of Services that lead to a container port.
    pub(crate) fn of(&self, workload: usize, port: u16) -> &[&'g NodePort<'r>] {
        self.0.get(&(workload, port)).map_or(&[], Vec::as_slice)
    }

    /// Whether a container port is there for metrics alone, as far as its names tell: each Service calls it so, or
    /// no Service leads to it.
    pub(crate) fn is_for_metrics(&self, workload: &Workload<'r>, port: u16) -> bool {
        let services = self.of(workload.number, port);
        if is_port_of_exporter(port) || services.is_empty() {
            return true;
        }
        let mut names = services.iter().map(|port| &*port.name);
        let mut declared = workload.ports();
        names.all(is_about_metrics)
            || (services.iter().all(|port| port.name.is_empty())
                && declared.any(|own| own.port() == Some(port) && is_about_metrics(&own.name)))
    }
}

/// Whether an exporter's metrics are usually at the port.
pub(crate) fn is_port_of_exporter(port: u16) -> bool {
    OF_EXPORTERS.contains(&port)
}

/// Whether the name of a port says that there are metrics.
pub(crate) fn is_about_metrics(name: &str) -> bool {
    let words = ["metric", "prom", "exporter", "monitor", "telemetry"];
    words.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_metrics_from_what_a_server_is_there_for() {
        for name in [
            "metrics",
            "http-metrics",
            "prom",
            "tcp-prometheus",
            "exporter",
        ] {
            assert!(is_about_metrics(name), "{name}");
        }
        for name in ["http", "grpc", "web", "admin", ""] {
            assert!(!is_about_metrics(name), "{name}");
        }
    }
}
