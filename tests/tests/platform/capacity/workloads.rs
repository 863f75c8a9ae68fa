//! The workloads of a rendered environment: what each pod asks for, and how many there are.

use std::fmt;

use kube::{
    Container, Enrolment, Graph, Kinds, Mesh, Namespaces, Pod, Quantity, Resource, Resources,
    authored_request, effective_request,
};
use yaml::Node;

/// What the mesh's sidecar asks for where nobody says otherwise: `global.proxy.resources.requests` in
/// manifests/charts/istio-control/istio-discovery/values.yaml of istio/istio 1.30.3.
const PROXY: Amount = Amount {
    milli_cpu: 100,
    mebibytes: 128,
};

/// CPU and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) milli_cpu: usize,
    pub(crate) mebibytes: usize,
}

impl Amount {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            milli_cpu: self.milli_cpu + other.milli_cpu,
            mebibytes: self.mebibytes + other.mebibytes,
        }
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        Some(Self {
            milli_cpu: self.milli_cpu.checked_sub(other.milli_cpu)?,
            mebibytes: self.mebibytes.checked_sub(other.mebibytes)?,
        })
    }

    pub(crate) fn times(self, count: usize) -> Self {
        Self {
            milli_cpu: self.milli_cpu * count,
            mebibytes: self.mebibytes * count,
        }
    }

    /// How many thousandths of a node it takes, of what it takes more of.
    pub(crate) fn share_of(self, node: Self) -> usize {
        let cpu = self.milli_cpu * 1000 / node.milli_cpu;
        cpu.max(self.mebibytes * 1000 / node.mebibytes)
    }
}

impl fmt::Display for Amount {
    /// `2.98 CPU, 6.66 GiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cpu, memory) = (
            self.milli_cpu.div_ceil(10),
            (self.mebibytes * 100).div_ceil(1024),
        );
        let parts = [cpu / 100, cpu % 100, memory / 100, memory % 100];
        let [cores, of_core, gibibytes, of_gibibyte] = parts;
        write!(
            f,
            "{cores}.{of_core:02} CPU, {gibibytes}.{of_gibibyte:02} GiB"
        )
    }
}

/// When pods are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// Until they have done their work, after the manifests were applied.
    AtSetUp,
    /// By the clock.
    Scheduled,
}

/// The pods of a workload.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// `data/postgres`.
    pub(crate) name: String,
    pub(crate) when: When,
    /// What each asks for.
    pub(crate) request: Amount,
    /// How many there are at least and at most.
    pub(crate) least: usize,
    pub(crate) most: usize,
}

/// All that run; suspended ones do not.
pub(crate) fn loads(text: &str) -> Vec<Load> {
    let stream = yaml::parse(text.to_owned()).expect("what is rendered is YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "default");
    let (graph, namespaces) = (
        Graph::new(&resources, "cluster.local"),
        Namespaces::new(&resources),
    );
    let is_meshed = |pod| {
        let workload = graph.workload_of(pod).expect("every pod is a workload's");
        let enrolment = Enrolment::in_istio_by_sidecar(workload, &namespaces);
        assert_ne!(enrolment.provider, Mesh::Unknown, "{}", workload.name());
        enrolment.provider == Mesh::IstioSidecar
    };
    let running = resources.pods().filter(|pod| {
        let owner = owner(*pod).node;
        owner.at(&["spec", "suspend"]).and_then(Node::as_bool) != Some(true)
    });
    running
        .map(|pod| load(pod, is_meshed(pod), &resources))
        .collect()
}

fn owner(pod: Pod<'_>) -> &Resource<'_> {
    pod.scale_owner()
        .expect("something decides how many there are")
}

fn load(pod: Pod<'_>, is_meshed: bool, resources: &Resources<'_>) -> Load {
    let owner = owner(pod);
    let (when, replicas): (_, &[&str]) = match owner.kind() {
        "Job" => (When::AtSetUp, &["spec", "parallelism"]),
        "CronJob" => (
            When::Scheduled,
            &["spec", "jobTemplate", "spec", "parallelism"],
        ),
        "Deployment" | "StatefulSet" | "Rollout" => (When::Always, &["spec", "replicas"]),
        // One of these has as many pods as there are nodes, which the manifests don't say.
        other => panic!("nobody knows how many pods a {other} has"),
    };
    let count = |object: &Resource<'_>, path: &[&str]| {
        let number = object.node.at(path).and_then(Node::as_i64)?;
        usize::try_from(number).ok()
    };
    let written = count(owner, replicas).unwrap_or(1);
    let scaler = resources.all().find(|object| scales(object, owner));
    let of_scaler = |path| {
        scaler
            .and_then(|scaler| count(scaler, path))
            .unwrap_or(written)
    };
    // The sidecar starts first and runs next to all the others.
    let proxy = if is_meshed { PROXY } else { Amount::default() };
    Load {
        name: format!("{}/{}", owner.namespace(), owner.name()),
        when,
        request: request(pod).plus(proxy),
        least: of_scaler(&["spec", "minReplicas"]),
        most: of_scaler(&["spec", "maxReplicas"]),
    }
}

fn scales(object: &Resource<'_>, owner: &Resource<'_>) -> bool {
    let target = |key| {
        let path = ["spec", "scaleTargetRef", key];
        object
            .node
            .at(&path)
            .and_then(Node::text)
            .unwrap_or_default()
    };
    object.is("autoscaling", "HorizontalPodAutoscaler")
        && object.namespace() == owner.namespace()
        && target("kind") == owner.kind()
        && target("name") == owner.name()
}

fn request(pod: Pod<'_>) -> Amount {
    let sum = |resource: &str, unit: i128| {
        let request_of = |container: Container<'_>| {
            let request = authored_request(container, resource);
            request.unwrap_or_else(|| panic!("{} asks for no {resource}", container.name()))
        };
        let sum: Quantity = effective_request(pod, resource, request_of);
        let units = -(-sum.nanos()).div_euclid(unit);
        usize::try_from(units).expect("a pod asks for less than that")
    };
    Amount {
        milli_cpu: sum("cpu", 1_000_000),
        mebibytes: sum("memory", 1_000_000_000 * 1024 * 1024),
    }
}

#[test]
fn a_pod_counts_with_its_sidecars_and_as_often_as_it_is_there() {
    let text = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      initContainers:
      - {name: setup, resources: {requests: {cpu: 300m, memory: 64Mi}}}
      - {name: side, restartPolicy: Always, resources: {requests: {cpu: 50m, memory: 32Mi}}}
      containers:
      - {name: app, resources: {requests: {cpu: 200m, memory: 100Mi}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: any, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: api}, minReplicas: 2, maxReplicas: 4}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: data}
spec: {template: {spec: {containers: [{name: app, resources: {requests: {cpu: 1, memory: 1Gi}}}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: data}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: paused, namespace: data}
spec: {suspend: true, jobTemplate: {spec: {template: {spec: {containers: [{name: app}]}}}}}
";
    let found = loads(text);
    let [api, once] = &found[..] else {
        panic!("{found:?}");
    };
    let amount = |milli_cpu, mebibytes| Amount {
        milli_cpu,
        mebibytes,
    };
    assert_eq!((api.name.as_str(), api.when), ("shop/api", When::Always));
    // 300m of the setup and 100m of the proxy; 100Mi, 32Mi and 128Mi.
    assert_eq!((api.request, api.least, api.most), (amount(400, 260), 2, 4));
    assert_eq!(
        (once.name.as_str(), once.when),
        ("data/once", When::AtSetUp)
    );
    assert_eq!(
        (once.request, once.least, once.most),
        (amount(1_000, 1024), 1, 1)
    );
    assert_eq!(amount(4_826, 10_209).to_string(), "4.83 CPU, 9.97 GiB");
}
