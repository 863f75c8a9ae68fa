//! Who calls whom: what topologies, annotations, objects and texts say.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod annotations;
mod objects;
mod texts;
mod topologies;

use plimsoll_kube::{
    Edge, EdgeMistakeKind, EdgeOptions, Edges, Graph, Kinds, Peer, Ports, Resources,
};

fn with<T>(text: &str, options: EdgeOptions<'_>, see: impl FnOnce(&Graph<'_>, &Edges) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
    let graph = Graph::new(&resources, "cluster.local");
    let edges = graph.edges(options);
    for edge in &edges.edges {
        let is_sorted = edge.evidence.is_sorted();
        assert!(is_sorted && !edge.evidence.is_empty(), "{edge:?}");
    }
    see(&graph, &edges)
}

/// `from -> to ports`, with what requests; without evidence.
fn show(graph: &Graph<'_>, edge: &Edge) -> String {
    let from = match &edge.from {
        Peer::Workload(number) => graph.workload(*number).unwrap().name().to_owned(),
        Peer::Namespace(name) => format!("ns:{name}"),
        Peer::Account { namespace, name } => format!("sa:{namespace}/{name}"),
        Peer::Gateway { namespace, name } => format!("gateway:{namespace}/{name}"),
        Peer::Scraper => "scraper".to_owned(),
        Peer::Outside => "outside".to_owned(),
    };
    let ports = match &edge.ports {
        Ports::All => "all".to_owned(),
        Ports::Some(ports) => {
            let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
            ports.join(",")
        }
    };
    let http = edge.http.iter();
    let http: Vec<_> = http
        .map(|http| format!(" {}{}", http.methods.join(","), http.paths.join(",")))
        .collect();
    let http = http.concat();
    let to = graph.workload(edge.to).unwrap().name();
    format!("{from} -> {to} {ports}{http}")
}

fn shown(text: &str, options: EdgeOptions<'_>) -> Vec<String> {
    with(text, options, |graph, edges| {
        edges.edges.iter().map(|edge| show(graph, edge)).collect()
    })
}

const STATED: EdgeOptions<'_> = EdgeOptions {
    inference: false,
    gateways: &[],
};

const ALL: EdgeOptions<'_> = EdgeOptions {
    inference: true,
    gateways: &[],
};

fn stated(text: &str) -> Vec<String> {
    shown(text, STATED)
}

fn mistakes(text: &str) -> Vec<String> {
    with(text, STATED, |_, edges| {
        let mistakes = edges.mistakes.iter();
        mistakes
            .map(|mistake| {
                let kind = match mistake.kind {
                    EdgeMistakeKind::Broken => "broken",
                    EdgeMistakeKind::Unknown => "unknown",
                };
                format!("{kind} {}: {}", mistake.place.path, mistake.message)
            })
            .collect()
    })
}

fn evidence(text: &str) -> Vec<String> {
    with(text, ALL, |_, edges| {
        let all = edges.edges.iter().flat_map(|edge| &edge.evidence);
        all.map(|evidence| {
            let place = evidence.place.as_ref().unwrap();
            format!("{:?} {} @ {}", evidence.strength, evidence.text, place.path)
        })
        .collect()
    })
}

/// A Deployment in a namespace, whose pods have a label with its name, further metadata and this spec.
fn pods(namespace: &str, name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\n\
         apiVersion: apps/v1\n\
         kind: Deployment\n\
         metadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{template: {{metadata: {{labels: {{app: {name}}}{metadata}}}, spec: {spec}}}}}\n"
    )
}

fn deployment(name: &str) -> String {
    pods(
        "shop",
        name,
        "",
        "{containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]}",
    )
}

fn annotated(name: &str, annotations: &str) -> String {
    let metadata = format!(", annotations: {annotations}");
    pods(
        "shop",
        name,
        &metadata,
        "{containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]}",
    )
}

fn service_in(namespace: &str, name: &str, rest: &str) -> String {
    format!(
        "---\n\
         apiVersion: v1\n\
         kind: Service\n\
         metadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{selector: {{app: {name}}}{rest}}}\n"
    )
}

/// A Service with port 80, called `web`, in front of port 8080 of the Deployment of its name.
fn service(name: &str) -> String {
    service_in(
        "shop",
        name,
        ", ports: [{name: web, port: 80, targetPort: http}]",
    )
}

fn object(api_version: &str, kind: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\n{rest}\n"
    )
}

fn topology(edges: &str) -> String {
    format!(
        "---\n\
         apiVersion: topology.plimsoll.dev/v1alpha1\n\
         kind: ServiceTopology\n\
         metadata: {{name: shop, namespace: shop, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\n\
         spec: {{edges: {edges}}}\n"
    )
}

/// The workloads order, product and report (the last in namespace ops) with Services in front of the former two.
fn shop() -> String {
    let report = pods("ops", "report", "", "{containers: [{name: app}]}");
    [
        deployment("order"),
        deployment("product"),
        service("order"),
        service("product"),
        report,
    ]
    .concat()
}

fn inferred(environment: &str) -> Vec<String> {
    let spec = format!("{{containers: [{{name: app, env: {environment}}}]}}");
    shown(&(shop() + &pods("shop", "caller", "", &spec)), ALL)
}
