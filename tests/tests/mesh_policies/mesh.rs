//! Namespaces with workloads, callers and policies of authors, of any shape.

use proptest::prelude::*;
use std::collections::BTreeSet;

use proptest::sample::{Index, select};
use serde_json::{Value, json};
use yaml::Style;

use crate::value;

const NAMESPACES: [&str; 3] = ["shop", "ops", "blog"];

/// How a namespace takes part, as its labels and annotations say.
const ENROLMENTS: [(&str, bool); 5] = [
    ("{labels: {istio-injection: enabled}}", true),
    ("{labels: {istio.io/rev: stable}}", true),
    ("{labels: {istio.io/dataplane-mode: ambient}}", true),
    ("{labels: {team: web}}", false),
    ("{labels: {istio-injection: disabled}}", false),
];

/// Objects of authors about workload `w0` and namespace "shop", with the faults that authors make.
const AUTHORED: [&str; 16] = [
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec:\n    mtls:\n        mode: \"STRICT\" # ours",
    "apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata: {name: any, namespace: shop}\nspec: {mtls: {mode: PERMISSIVE}}",
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: w0-ports, namespace: shop}\nspec:\n  selector: {matchLabels: {app: w0}}\n  mtls: {mode: STRICT}\n  portLevelMtls: {\"8080\": {mode: DISABLE}}",
    "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}",
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: plain, namespace: shop}\nspec:\n  host: '*.shop.svc.cluster.local'\n  trafficPolicy: {tls: {mode: DISABLE}}",
    "apiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata: {name: w0, namespace: shop}\nspec:\n  host: w0\n  trafficPolicy:\n    connectionPool: {tcp: {maxConnections: 7}}\n    portLevelSettings:\n    - {port: {number: 80}, connectionPool: {tcp: {maxConnections: 3}}}",
    "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: w0-mtls, namespace: shop}\nspec: {host: w0.shop.svc.cluster.local, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}",
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: allow-w0, namespace: shop}\nspec:\n  selector: {matchLabels: {app: w0}}\n  rules: [{from: [{source: {namespaces: [ops]}}]}]",
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: no-admin, namespace: shop}\nspec:\n  action: DENY\n  rules: [{to: [{operation: {paths: [/admin*]}}]}]",
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: default-deny, namespace: shop}\nspec: {}",
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: ask, namespace: shop}\nspec: {action: CUSTOM, provider: {name: opa}, rules: [{}]}",
    "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: shop}\nspec: {egress: [{hosts: [./*]}]}",
    "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: stripe, namespace: shop}\nspec: {hosts: [api.stripe.com], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 443, name: https, protocol: TLS}]}",
    "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop, labels: {istio.io/waypoint-for: service}}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}",
    "apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: w0, namespace: shop}\nspec: {podSelector: {matchLabels: {app: w0}}, port: http}",
    "apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: w0, namespace: shop}\nspec: {targetRef: {group: policy.linkerd.io, kind: Server, name: w0}, requiredAuthenticationRefs: []}",
];

/// Everything an author says about one workload.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) name: String,
    pub(crate) namespace: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) account: Option<&'static str>,
    /// The pod's own word about the sidecar.
    pub(crate) inject: Option<bool>,
    pub(crate) is_headless: bool,
    pub(crate) calls: Vec<Index>,
    /// What a text names, without being a statement.
    pub(crate) mentions: Option<Index>,
    pub(crate) allows: Vec<&'static str>,
    pub(crate) is_skipped: bool,
}

const ACCOUNTS: [Option<&str>; 5] = [
    None,
    Some("web"),
    Some("shared"),
    Some("backup"),
    Some("default"),
];

const ALLOWS: [&str; 4] = [
    "ns:reporting",
    "sa:ops/backup",
    "gateway:istio-ingress/ingress",
    "sa:shop/web",
];

fn work() -> impl Strategy<Value = Work> {
    let place = (
        select(NAMESPACES.to_vec()),
        select(vec!["Deployment", "StatefulSet", "DaemonSet", "CronJob"]),
        select(ACCOUNTS.to_vec()),
        prop::option::weighted(0.1, any::<bool>()),
        prop::bool::weighted(0.1),
    );
    let statements = (
        prop::collection::vec(any::<Index>(), 0..3),
        prop::option::weighted(0.15, any::<Index>()),
        prop::collection::vec(select(ALLOWS.to_vec()), 0..2),
        prop::bool::weighted(0.05),
    );
    (place, statements).prop_map(
        |(
            (namespace, kind, account, inject, is_headless),
            (calls, mentions, allows, is_skipped),
        )| {
            Work {
                name: String::new(),
                namespace,
                kind,
                account,
                inject,
                is_headless,
                calls,
                mentions,
                allows,
                is_skipped,
            }
        },
    )
}

#[derive(Clone, Debug)]
pub(crate) struct Mesh {
    pub(crate) enrolments: [(&'static str, bool); 3],
    pub(crate) works: Vec<Work>,
    pub(crate) authored: Vec<&'static str>,
    /// Calls that a topology states.
    pub(crate) edges: Vec<(Index, Index)>,
}

fn mesh(enrolments: Vec<(&'static str, bool)>, authored: usize) -> impl Strategy<Value = Mesh> {
    let enrolment = select(enrolments);
    (
        [enrolment.clone(), enrolment.clone(), enrolment],
        prop::collection::vec(work(), 1..6),
        prop::sample::subsequence(AUTHORED.to_vec(), 0..=authored),
        prop::collection::vec((any::<Index>(), any::<Index>()), 0..3),
    )
        .prop_map(|(enrolments, mut works, authored, edges)| {
            for (number, work) in works.iter_mut().enumerate() {
                work.name = format!("w{number}");
            }
            Mesh {
                enrolments,
                works,
                authored,
                edges,
            }
        })
}

/// Meshes of every kind, with what authors write.
pub(crate) fn any_mesh() -> impl Strategy<Value = Mesh> {
    mesh(ENROLMENTS.to_vec(), 4)
}

/// Meshes whose namespaces have sidecars, without policies of authors.
pub(crate) fn plain_mesh() -> impl Strategy<Value = Mesh> {
    mesh(ENROLMENTS[..2].to_vec(), 0)
}

impl Work {
    pub(crate) fn is_server(&self) -> bool {
        self.kind != "CronJob"
    }

    pub(crate) fn account(&self) -> &'static str {
        self.account.unwrap_or("default")
    }

    pub(crate) fn principal(&self) -> String {
        format!("cluster.local/ns/{}/sa/{}", self.namespace, self.account())
    }

    pub(crate) fn identity(&self) -> String {
        let group = if self.kind == "CronJob" {
            "batch"
        } else {
            "apps"
        };
        format!("{}.{group}/{}/{}", self.kind, self.namespace, self.name)
    }
}

impl Mesh {
    /// Who is called here; a `CronJob` has nothing to call.
    pub(crate) fn callee(&self, index: Index) -> Option<&Work> {
        Some(index.get(&self.works)).filter(|work| work.is_server())
    }

    /// How a workload is named from another.
    pub(crate) fn named(&self, from: &Work, index: Index) -> Option<String> {
        let callee = self.callee(index)?;
        let (own, name) = (callee.namespace, &callee.name);
        let is_near = own == from.namespace;
        Some(if is_near {
            name.clone()
        } else {
            format!("{name}.{own}")
        })
    }

    pub(crate) fn pod(&self, work: &Work) -> Value {
        let mut container =
            json!({"name": "app", "image": format!("registry.example/{}:1", work.name)});
        if work.is_server() {
            container["ports"] = json!([{"name": "http", "containerPort": 8080}]);
        }
        if let Some(host) = work.mentions.and_then(|index| self.named(work, index)) {
            container["env"] =
                json!([{"name": "BACKEND_URL", "value": format!("http://{host}:80/")}]);
        }
        let mut spec = json!({"containers": [container]});
        if let Some(account) = work.account {
            spec["serviceAccountName"] = account.into();
        }
        let mut labels = json!({"app": work.name});
        if let Some(inject) = work.inject {
            labels["sidecar.istio.io/inject"] = inject.to_string().into();
        }
        json!({"metadata": {"labels": labels}, "spec": spec})
    }

    pub(crate) fn workload(&self, work: &Work) -> Value {
        let template = self.pod(work);
        let selector = json!({"matchLabels": {"app": work.name}});
        let (version, spec) = match work.kind {
            "CronJob" => {
                let mut template = template;
                template["spec"]["restartPolicy"] = "Never".into();
                let job = json!({"spec": {"template": template}});
                (
                    "batch/v1",
                    json!({"schedule": "0 3 * * *", "jobTemplate": job}),
                )
            }
            "StatefulSet" => (
                "apps/v1",
                json!({"serviceName": work.name, "selector": selector, "template": template}),
            ),
            _ => (
                "apps/v1",
                json!({"selector": selector, "template": template}),
            ),
        };
        let calls = work.calls.iter();
        let calls: Vec<String> = calls
            .filter_map(|index| Some(format!("{}:80", self.named(work, *index)?)))
            .collect();
        let mut notes = json!({});
        for (key, list) in [
            ("calls", calls.join(", ")),
            ("allow-from", work.allows.join(", ")),
        ] {
            if !list.is_empty() {
                notes[format!("plimsoll.dev/{key}")] = list.into();
            }
        }
        if work.is_skipped {
            notes["plimsoll.dev/skip"] = "add-mtls-policies".into();
        }
        let metadata =
            json!({"name": work.name, "namespace": work.namespace, "annotations": notes});
        json!({"apiVersion": version, "kind": work.kind, "metadata": metadata, "spec": spec})
    }

    pub(crate) fn service(work: &Work) -> Value {
        let mut spec = json!({"selector": {"app": work.name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]});
        if work.is_headless {
            spec["clusterIP"] = "None".into();
        }
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": work.name, "namespace": work.namespace}, "spec": spec})
    }

    pub(crate) fn topology(&self) -> Option<Value> {
        let mut edges = Vec::new();
        for (caller, callee) in &self.edges {
            if let Some(callee) = self.callee(*callee) {
                let caller = caller.get(&self.works);
                let full = |work: &Work| format!("{}/{}", work.namespace, work.name);
                edges.push(json!({"from": full(caller), "to": full(callee), "ports": ["http"]}));
            }
        }
        let metadata =
            json!({"name": "calls", "annotations": {"config.kubernetes.io/local-config": "true"}});
        (!edges.is_empty()).then(|| {
            json!({"apiVersion": "topology.plimsoll.dev/v1alpha1", "kind": "ServiceTopology",
                   "metadata": metadata, "spec": {"edges": edges}})
        })
    }

    pub(crate) fn documents(&self) -> Vec<String> {
        let text = |value: &Value| {
            yaml::to_string(value, Style::default())
                .trim_end()
                .to_owned()
        };
        let namespaces = NAMESPACES.iter().zip(&self.enrolments);
        let mut documents: Vec<String> = namespaces
            .map(|(name, (notes, _))| {
                let mut metadata = value(notes);
                metadata["name"] = (*name).into();
                text(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}))
            })
            .collect();
        for work in &self.works {
            documents.push(text(&self.workload(work)));
            if work.is_server() {
                documents.push(text(&Self::service(work)));
            }
        }
        documents.extend(self.topology().iter().map(text));
        documents.extend(self.authored.iter().map(|&text| text.to_owned()));
        documents
    }

    pub(crate) fn is_meshed(&self, work: &Work) -> bool {
        let place = NAMESPACES.iter().position(|name| *name == work.namespace);
        let (_, is_enrolled) = self.enrolments[place.expect("it is one of them")];
        work.inject.unwrap_or(is_enrolled)
    }

    /// The workloads that call this one, as statements say, in the order of the list.
    pub(crate) fn callers(&self, callee: &Work) -> Vec<&Work> {
        let is_it = |index: &Index| index.get(&self.works).name == callee.name;
        let has_edge = |caller: &Work| {
            let mut edges = self.edges.iter();
            edges.any(|(from, to)| from.get(&self.works).name == caller.name && is_it(to))
        };
        let calls = |caller: &&Work| caller.calls.iter().any(is_it) || has_edge(caller);
        self.works.iter().filter(calls).collect()
    }

    /// Who may call it, as statements say: principals, and namespaces.
    pub(crate) fn stated(&self, callee: &Work) -> (BTreeSet<String>, BTreeSet<String>) {
        let callers = self.callers(callee);
        let mut principals: BTreeSet<_> = callers.iter().map(|caller| caller.principal()).collect();
        let mut namespaces = BTreeSet::new();
        for allow in &callee.allows {
            match allow.split_once(':').expect("each has a kind") {
                ("ns", name) => namespaces.insert(name.to_owned()),
                (_, account) => {
                    let (namespace, account) =
                        account.split_once('/').expect("it is in a namespace");
                    principals.insert(format!("cluster.local/ns/{namespace}/sa/{account}"))
                }
            };
        }
        (principals, namespaces)
    }
}

pub(crate) fn joined(documents: &[String]) -> String {
    documents.join("\n---\n") + "\n"
}

/// The settings that decide about most of what is done.
pub(crate) fn spec() -> impl Strategy<Value = Value> {
    (
        select(vec!["development", "staging", "production"]),
        select(vec!["istio", "istio", "istio", "linkerd"]),
        select(vec!["namespace", "mesh", "off"]),
        select(vec!["off", "check", "reconcile", "ensure"]),
        select(vec!["off", "declared", "declared", "enforce"]),
        select(vec!["error", "sameNamespace", "deny"]),
        (
            select(vec!["check", "check", "fix"]),
            select(vec!["check", "check", "ensure"]),
            any::<bool>(),
        ),
    )
        .prop_map(|(environment, provider, scope, rules, authorization, unknown, (protocols, injection, has_exception))| {
            let mut spec = json!({
                "environment": environment,
                "provider": provider,
                "peerAuthentication": {"scope": scope},
                "destinationRules": {"mode": rules},
                "authorization": {"mode": authorization, "unknownCallers": unknown},
                "protocols": {"mode": protocols},
                "injection": {"mode": injection},
                "externalIdentities": ["cluster.local/ns/ops/sa/backup"],
            });
            if has_exception {
                spec["peerAuthentication"]["exceptions"] =
                    json!([{"selector": {"app": "w0"}, "namespace": "shop", "ports": {"8080": "PERMISSIVE"}}]);
            }
            if injection == "ensure" {
                spec["namespaces"] = json!({"include": ["shop"]});
            }
            spec
        })
}
