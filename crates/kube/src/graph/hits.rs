//! What the words of a text mean: Services, single pods, hosts outside of the cluster.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Graph;
use super::edge::Ports;
use super::outside::looks_like_host;
use super::service_node::ServiceNode;
use super::tokens::{Mention, Position, mentions};

/// Something that a text names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hit {
    /// The Service at this position in the graph, and the port of it if one is named.
    Service {
        /// The position.
        number: usize,
        /// The port.
        port: Option<String>,
    },
    /// A single pod of a StatefulSet.
    Pod {
        /// The number of the workload.
        workload: usize,
        /// The ports.
        ports: Ports,
    },
    /// A host outside of the cluster.
    Outside(String),
}

/// Whether what stands in a text may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It may.
    Open,
    /// It may not: only what is a host beyond doubt leaves it.
    Secret,
}

/// Ports of URLs that name none, by their schemes.
const OF_SCHEMES: [(&str, &str); 16] = [
    ("http", "80"),
    ("ws", "80"),
    ("https", "443"),
    ("wss", "443"),
    ("amqp", "5672"),
    ("amqps", "5671"),
    ("postgres", "5432"),
    ("postgresql", "5432"),
    ("mysql", "3306"),
    ("mariadb", "3306"),
    ("sqlserver", "1433"),
    ("redis", "6379"),
    ("rediss", "6379"),
    ("mongodb", "27017"),
    ("nats", "4222"),
    ("ldap", "389"),
];

/// Finds what hosts mean.
pub(super) struct Hosts<'g, 'r> {
    graph: &'g Graph<'r>,
    /// Names that Services have or had: most words are none.
    names: BTreeSet<String>,
    /// Positions of the nodes by the numbers of the Services.
    positions: BTreeMap<usize, usize>,
}

impl<'g, 'r> Hosts<'g, 'r> {
    pub(super) fn new(graph: &'g Graph<'r>) -> Self {
        let mut names = BTreeSet::new();
        let mut positions = BTreeMap::new();
        for (position, node) in graph.services().iter().enumerate() {
            let object = node.service.resource;
            let former = object.previous();
            let former = former.into_iter().filter(|(kind, _, _)| kind == "Service");
            names.extend(former.map(|(_, _, name)| name));
            names.insert(object.name().to_owned());
            positions.insert(object.number, position);
        }
        Self {
            graph,
            names,
            positions,
        }
    }

    /// Everything that a text in a workload of `namespace` names. `is_told`: whether the text's key speaks of
    /// hosts.
    pub(super) fn in_text(
        &self,
        namespace: &str,
        text: &str,
        is_told: bool,
        source: Source,
    ) -> Vec<Hit> {
        let mut hits = BTreeSet::new();
        mentions(text, is_told, &mut |mention: Mention<'_>| {
            hits.extend(self.hit(namespace, mention, source));
        });
        hits.into_iter().collect()
    }

    fn hit(&self, namespace: &str, mention: Mention<'_>, source: Source) -> Option<Hit> {
        if mention.position == Position::Identifier {
            return None;
        }
        if let Some(node) = self.service(namespace, mention.host) {
            return is_meant(node, mention).then(|| self.of_service(node, mention))?;
        }
        self.pod(namespace, mention)
            .or_else(|| self.outside(mention, source))
    }

    /// The Service that a host is.
    fn service(&self, namespace: &str, host: &str) -> Option<&'g ServiceNode<'r>> {
        let first = host.split('.').next()?;
        let is_known = if first.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.names.contains(&first.to_ascii_lowercase())
        } else {
            self.names.contains(first)
        };
        is_known.then(|| self.graph.host(namespace, host))?
    }

    fn of_service(&self, node: &ServiceNode<'_>, mention: Mention<'_>) -> Option<Hit> {
        let number = *self.positions.get(&node.service.resource.number)?;
        let port = port(node, mention);
        Some(Hit::Service { number, port })
    }

    /// The StatefulSet that `kafka-0.kafka` is a pod of.
    fn pod(&self, namespace: &str, mention: Mention<'_>) -> Option<Hit> {
        let (pod, host) = mention.host.split_once('.')?;
        let (set, ordinal) = pod.rsplit_once('-')?;
        let is_ordinal = !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit());
        let node = self.service(namespace, host).filter(|_| is_ordinal)?;
        let set = set.to_ascii_lowercase();
        let workloads = node
            .workloads
            .iter()
            .filter_map(|number| self.graph.workload(*number));
        let workload = workloads.into_iter().find(|workload| {
            let former = workload.owner.previous();
            workload.name() == set || former.iter().any(|(_, _, name)| *name == set)
        })?;
        let ports = match mention.port {
            Some(port) => Ports::Some(BTreeSet::from([port])),
            None => Ports::All,
        };
        let workload = workload.number;
        Some(Hit::Pod { workload, ports })
    }

    /// A host that is none of the cluster's.
    fn outside(&self, mention: Mention<'_>, source: Source) -> Option<Hit> {
        let host = mention.host;
        let is_sure = match mention.position {
            Position::Url {
                scheme,
                is_doubtful,
            } => {
                scheme != "file"
                    && !(is_doubtful && source == Source::Secret)
                    && !(scheme.is_empty() && source == Source::Secret)
            }
            Position::Plain => {
                source == Source::Open
                    && mention.is_told
                    && looks_like_host(host, mention.port.is_some())
            }
            Position::Path | Position::Identifier => false,
        };
        let is_host = is_sure && self.graph.is_outside(host);
        is_host.then(|| Hit::Outside(host.trim_end_matches('.').to_ascii_lowercase()))
    }
}

/// Whether a word that is the name of a Service means it. A name without dots is a word like any other, unless
/// a port of the Service, a URL or a key that speaks of hosts says that it is meant.
fn is_meant(node: &ServiceNode<'_>, mention: Mention<'_>) -> bool {
    let labels = mention.host.trim_end_matches('.').split('.').count();
    if let Position::Url { .. } = mention.position {
        return true;
    }
    if mention.position == Position::Path {
        return labels > 2;
    }
    if labels > 1 {
        return true;
    }
    match mention.port {
        Some(port) => {
            node.port(&port.to_string()).is_some() || (mention.is_told && node.is_headless())
        }
        None => mention.is_told,
    }
}

/// The port of the Service that is called, as far as it is known.
fn port(node: &ServiceNode<'_>, mention: Mention<'_>) -> Option<String> {
    if let Some(port) = mention.port {
        return Some(port.to_string());
    }
    let Position::Url { scheme, .. } = mention.position else {
        return None;
    };
    let (_, port) = OF_SCHEMES.iter().find(|(known, _)| *known == scheme)?;
    node.port(port).map(|_| (*port).to_owned())
}
