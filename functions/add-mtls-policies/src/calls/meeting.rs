//! One client, one port of a Service, one server behind it.

use std::collections::BTreeSet;

use sdk::{Collect as _, Labels, NodePort, ServiceNode, Workload};

use super::landscape::{Door, Landscape};
use crate::istio::{Call, Client, ClientTls, Encounter, Mode, TlsMode, Verdict, verdict};

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    pub(super) client: Client,
    pub(super) namespace: &'a str,
    pub(super) labels: Option<Labels<'a>>,
}

impl Caller<'_> {
    /// What the client is told to send to a port of a Service.
    pub(super) fn tls<'c: 'r, 'r>(
        self,
        landscape: &Landscape<'_, 'c, 'r>,
        number: usize,
        port: &NodePort<'r>,
        subset: Option<&str>,
    ) -> ClientTls<'r> {
        let service = landscape.service(number);
        landscape.survey.clients.client_tls(Call {
            client_namespace: self.namespace,
            client_labels: self.labels,
            is_gateway: self.client == Client::Gateway,
            host: landscape.host(number),
            service_namespace: service.map_or("", |service| service.namespace),
            port: port.number,
            subset,
        })
    }
}

/// What comes of a call to a container port through a port of a Service.
pub(super) fn meet<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    client: Client,
    tls: &ClientTls<'r>,
    server: &Workload<'r>,
    door: Door,
) -> Verdict {
    // What passes by the sidecar, and what a gateway takes, is beyond these policies.
    if landscape.is_hidden(server.number, door.container) || landscape.is_gateway(server) {
        return Verdict::Unknown;
    }
    let Some((service, port)) = landscape.behind(door) else {
        return Verdict::Unknown;
    };
    let (mode, _) = landscape.mode(server, Some(door.container));
    verdict(&Encounter {
        client,
        tls,
        server: landscape.plane(server.number),
        mode,
        inferred: landscape.survey.servers.inferred(server.namespace),
        auto_mtls: landscape.survey.run.mesh.auto_mtls,
        is_headless: service.is_headless(),
        endpoints: landscape.endpoints(door.service),
        speaks_tls: Door::speaks_tls(port),
    })
}

/// For each workload behind a Service, whether it takes mutual TLS at all ports; of a Service that selects none,
/// that it doesn't.
pub(crate) fn takes_mutual_tls<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    number: usize,
    service: &ServiceNode<'r>,
) -> BTreeSet<bool> {
    if !service.has_selector() {
        return BTreeSet::from([false]);
    }
    let tls = ClientTls {
        mode: Some(TlsMode::IstioMutual),
        ..ClientTls::default()
    };
    let workloads = service.workloads.iter();
    let servers = workloads.filter_map(|number| landscape.survey.graph.workload(*number));
    let own = servers.flat_map(|server| {
        let doors = landscape.doors(server.number).iter();
        let own = doors.filter(|door| door.service == number);
        own.map(move |door| (server, *door))
    });
    own.map(|(server, door)| meet(landscape, Client::Sidecar, &tls, server, door) == Verdict::Fits)
        .into_set()
}

/// The mode of a Service's port: the weakest one behind it.
pub(crate) fn weakest<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    port: &NodePort<'r>,
) -> Option<Mode> {
    let targets = port.targets.iter();
    let modes = targets.filter_map(|(number, container)| {
        let workload = landscape.survey.graph.workload(*number)?;
        Some(landscape.mode(workload, Some((*container)?)).0)
    });
    modes.min()
}
