//! What holds for add-mtls-policies whatever an author wrote: nothing of an author's changes, a second run finds
//! nothing to do, and a policy lets exactly those in who were stated. And how it does inside kustomize.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

use std::collections::BTreeSet;
use std::process::Command;

use checks::binary;
use checks::golden;
use checks::tools::KUSTOMIZE;
use checks::{Folder, cases};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sdk::Ran;
use serde_json::{Value, json};
use yaml::Style;

/// What the function makes of a text.
fn run(spec: &Value, input: &str) -> Ran {
    checks::served("add-mtls-policies", &config(spec), input)
}

/// A run that must go well.
fn well(spec: &Value, input: &str) -> Ran {
    let ran = run(spec, input);
    assert_eq!(ran.exit_code, 0, "{:#?} {input}", ran.lines);
    ran
}

fn config(spec: &Value) -> String {
    let config = json!({
        "apiVersion": "fn.plimsoll.dev/v1alpha1",
        "kind": "AddMtlsPolicies",
        "metadata": {"name": "mtls"},
        "spec": spec,
    });
    yaml::to_string(&config, Style::default())
}

fn value(document: &str) -> Value {
    serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"))
}

fn objects(text: &str) -> Vec<Value> {
    let documents = golden::documents(text);
    documents.iter().map(|document| value(document)).collect()
}

/// What was made, and is marked as made.
fn generated(text: &str) -> Vec<Value> {
    let mut objects = objects(text);
    objects.retain(|object| note(object, "generated-by").is_some());
    objects
}

/// One of our annotations.
fn note<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object["metadata"]["annotations"][format!("plimsoll.dev/{name}")].as_str()
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn is_of_istio(object: &Value, kind: &str) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    object["kind"] == kind && version.contains("istio.io/")
}

/// Every text under this key, wherever it stands.
fn texts_under(value: &Value, key: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Value::Array(items) => found.extend(items.iter().flat_map(|item| texts_under(item, key))),
        Value::Object(map) => {
            for (own, value) in map {
                let texts = value.as_array().filter(|_| own == key);
                let texts = texts.into_iter().flatten().filter_map(Value::as_str);
                found.extend(texts.map(str::to_owned));
                found.extend(texts_under(value, key));
            }
        }
        _ => {}
    }
    found
}

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
struct Work {
    name: String,
    namespace: &'static str,
    kind: &'static str,
    account: Option<&'static str>,
    /// The pod's own word about the sidecar.
    inject: Option<bool>,
    is_headless: bool,
    calls: Vec<Index>,
    /// What a text names, without being a statement.
    mentions: Option<Index>,
    allows: Vec<&'static str>,
    is_skipped: bool,
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
struct Mesh {
    enrolments: [(&'static str, bool); 3],
    works: Vec<Work>,
    authored: Vec<&'static str>,
    /// Calls that a topology states.
    edges: Vec<(Index, Index)>,
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
fn any_mesh() -> impl Strategy<Value = Mesh> {
    mesh(ENROLMENTS.to_vec(), 4)
}

/// Meshes whose namespaces have sidecars, without policies of authors.
fn plain_mesh() -> impl Strategy<Value = Mesh> {
    mesh(ENROLMENTS[..2].to_vec(), 0)
}

impl Work {
    fn is_server(&self) -> bool {
        self.kind != "CronJob"
    }

    fn account(&self) -> &'static str {
        self.account.unwrap_or("default")
    }

    fn principal(&self) -> String {
        format!("cluster.local/ns/{}/sa/{}", self.namespace, self.account())
    }

    fn identity(&self) -> String {
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
    fn callee(&self, index: Index) -> Option<&Work> {
        Some(index.get(&self.works)).filter(|work| work.is_server())
    }

    /// How a workload is named from another.
    fn named(&self, from: &Work, index: Index) -> Option<String> {
        let callee = self.callee(index)?;
        let (own, name) = (callee.namespace, &callee.name);
        let is_near = own == from.namespace;
        Some(if is_near {
            name.clone()
        } else {
            format!("{name}.{own}")
        })
    }

    fn pod(&self, work: &Work) -> Value {
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

    fn workload(&self, work: &Work) -> Value {
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

    fn service(work: &Work) -> Value {
        let mut spec = json!({"selector": {"app": work.name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]});
        if work.is_headless {
            spec["clusterIP"] = "None".into();
        }
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": work.name, "namespace": work.namespace}, "spec": spec})
    }

    fn topology(&self) -> Option<Value> {
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

    fn documents(&self) -> Vec<String> {
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

    fn is_meshed(&self, work: &Work) -> bool {
        let place = NAMESPACES.iter().position(|name| *name == work.namespace);
        let (_, is_enrolled) = self.enrolments[place.expect("it is one of them")];
        work.inject.unwrap_or(is_enrolled)
    }

    /// The workloads that call this one, as statements say, in the order of the list.
    fn callers(&self, callee: &Work) -> Vec<&Work> {
        let is_it = |index: &Index| index.get(&self.works).name == callee.name;
        let has_edge = |caller: &Work| {
            let mut edges = self.edges.iter();
            edges.any(|(from, to)| from.get(&self.works).name == caller.name && is_it(to))
        };
        let calls = |caller: &&Work| caller.calls.iter().any(is_it) || has_edge(caller);
        self.works.iter().filter(calls).collect()
    }

    /// Who may call it, as statements say: principals, and namespaces.
    fn stated(&self, callee: &Work) -> (BTreeSet<String>, BTreeSet<String>) {
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

fn joined(documents: &[String]) -> String {
    documents.join("\n---\n") + "\n"
}

/// The settings that decide about most of what is done.
fn spec() -> impl Strategy<Value = Value> {
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

/// A document without what rules may add to an author's object.
fn without_additions(object: &Value) -> Value {
    let mut object = object.clone();
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "Namespace" => {
            strip(&mut object["metadata"]["labels"], "istio-injection");
            strip(&mut object["metadata"]["annotations"], "linkerd.io/inject");
            if object["metadata"]["annotations"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
            {
                strip(&mut object["metadata"], "annotations");
            }
        }
        "Service" => {
            for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
                strip(port, "appProtocol");
            }
        }
        "DestinationRule" => strip_tls(&mut object["spec"]["trafficPolicy"]),
        _ => {
            let mut template = &mut object["spec"];
            if kind == "CronJob" {
                template = &mut template["jobTemplate"]["spec"];
            }
            let metadata = &mut template["template"]["metadata"];
            let notes = metadata.get_mut("annotations");
            if let Some(notes) = notes.and_then(Value::as_object_mut) {
                notes.retain(|key, _| !key.starts_with("config.linkerd.io/"));
                if notes.is_empty() {
                    strip(metadata, "annotations");
                }
            }
        }
    }
    object
}

fn strip(value: &mut Value, key: &str) {
    if let Some(map) = value.as_object_mut() {
        map.remove(key);
    }
}

fn strip_tls(policy: &mut Value) {
    if policy["tls"]["mode"] == "ISTIO_MUTUAL" {
        strip(policy, "tls");
    }
    for port in policy["portLevelSettings"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        strip(port, "tls");
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_second_run_changes_no_byte(mesh in any_mesh(), spec in spec()) {
        let once = run(&spec, &joined(&mesh.documents()));
        let twice = run(&spec, &once.output);
        prop_assert_eq!(&once.output, &twice.output, "{:#?} {:#?}", once.lines, twice.lines);
        prop_assert_eq!(once.exit_code, twice.exit_code, "{:#?} {:#?}", once.lines, twice.lines);
    }

    #[test]
    fn the_order_of_the_input_is_the_order_of_the_output_and_no_more(
        (mesh, shuffled) in any_mesh().prop_flat_map(|mesh| {
            let documents = mesh.documents();
            (Just(mesh), Just(documents).prop_shuffle())
        }),
        spec in spec(),
    ) {
        let (one, other) = (run(&spec, &joined(&mesh.documents())), run(&spec, &joined(&shuffled)));
        prop_assert_eq!(one.exit_code, other.exit_code, "{:#?} {:#?}", &one.lines, &other.lines);
        let sorted = |text: &str| {
            let mut documents = golden::documents(text);
            documents.sort_unstable();
            documents
        };
        prop_assert_eq!(sorted(&one.output), sorted(&other.output), "{:#?} {:#?}", &one.lines, &other.lines);
        let told = |ran: &Ran| ran.lines.iter().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn an_author_s_object_has_what_rules_add_and_no_other_byte(mesh in any_mesh(), spec in spec()) {
        let documents = mesh.documents();
        let ran = run(&spec, &joined(&documents));
        if ran.exit_code != 0 {
            prop_assert_eq!(&ran.output, &joined(&documents));
            return Ok(());
        }
        let adds = [
            spec["provider"] == "linkerd",
            spec["destinationRules"]["mode"] == "ensure",
            spec["protocols"]["mode"] == "fix",
            spec["injection"]["mode"] == "ensure",
        ];
        let after = golden::documents(&ran.output);
        prop_assert!(after.len() >= documents.len(), "{}", ran.output);
        for (before, after) in documents.iter().zip(&after) {
            if adds.contains(&true) {
                let (before, after) = (value(before), value(after));
                prop_assert_eq!(without_additions(&before), without_additions(&after), "{:#?}", ran.lines);
            } else {
                prop_assert_eq!(before, after, "{:#?}", ran.lines);
            }
        }
        for added in after.iter().skip(documents.len()) {
            let added = value(added);
            prop_assert!(note(&added, "generated-by").is_some() && note(&added, "generated-for").is_some(), "{added}");
        }
    }

    #[test]
    fn only_policies_for_a_namespace_or_the_mesh_select_everything(mesh in any_mesh(), spec in spec()) {
        let ran = run(&spec, &joined(&mesh.documents()));
        for object in generated(&ran.output) {
            let spec = &object["spec"];
            let selects = |selector: &Value| selector["matchLabels"].as_object().is_some_and(|labels| !labels.is_empty());
            let is_aimed = if object["kind"] == "Server" {
                selects(&spec["podSelector"])
            } else if is_of_istio(&object, "AuthorizationPolicy") {
                let is_deny = name(&object) == "default-deny" && spec.as_object().is_some_and(serde_json::Map::is_empty);
                is_deny || selects(&spec["selector"]) || spec["targetRefs"].as_array().is_some_and(|targets| !targets.is_empty())
            } else if is_of_istio(&object, "PeerAuthentication") {
                let is_wide = name(&object) == "default" && spec.get("portLevelMtls").is_none();
                is_wide || selects(&spec["selector"])
            } else {
                true
            };
            prop_assert!(is_aimed, "{object} {:#?}", ran.lines);
        }
    }

    #[test]
    fn a_policy_lets_exactly_the_stated_callers_in(mesh in plain_mesh(), authorization in select(vec!["declared", "enforce"])) {
        let spec = json!({
            "environment": "production",
            "authorization": {"mode": authorization, "unknownCallers": "deny"},
            "externalIdentities": ["cluster.local/ns/ops/sa/backup"],
        });
        let ran = run(&spec, &joined(&mesh.documents()));
        let made = generated(&ran.output);
        for work in mesh.works.iter().filter(|work| work.is_server()) {
            let (principals, namespaces) = mesh.stated(work);
            let own = made.iter().find(|object| {
                is_of_istio(object, "AuthorizationPolicy") && note(object, "generated-for") == Some(work.identity().as_str())
            });
            if let Some(policy) = own {
                prop_assert_eq!(texts_under(policy, "principals"), principals, "{} {:#?}", policy, ran.lines);
                prop_assert_eq!(texts_under(policy, "namespaces"), namespaces, "{} {:#?}", policy, ran.lines);
                prop_assert!(!work.is_skipped && mesh.is_meshed(work), "{policy} {:#?}", ran.lines);
                continue;
            }
            let is_guessed = mesh.works.iter().any(|caller| {
                let mention = caller.mentions.and_then(|index| mesh.callee(index));
                mention.is_some_and(|callee| callee.name == work.name)
            });
            // What pods of one workload tell each other is no reason to keep others out.
            let is_called = mesh.callers(work).iter().any(|caller| caller.name != work.name);
            let is_stated = is_called || !work.allows.is_empty();
            let is_due = ran.exit_code == 0 && is_stated && mesh.is_meshed(work) && !work.is_skipped && !is_guessed;
            prop_assert!(!is_due, "no policy for {} {:#?} {}", work.identity(), ran.lines, ran.output);
        }
    }

    // What nobody stated is unknown, and a door that was never known is not to be closed.
    #[test]
    fn a_workload_without_a_stated_caller_gets_no_policy(mesh in any_mesh()) {
        let spec = json!({"environment": "production"});
        let ran = run(&spec, &joined(&mesh.documents()));
        for policy in generated(&ran.output).iter().filter(|object| is_of_istio(object, "AuthorizationPolicy")) {
            let target = note(policy, "generated-for");
            let work = mesh.works.iter().find(|work| {
                let service = format!("Service/{}/{}", work.namespace, work.name);
                target == Some(work.identity().as_str()) || target == Some(service.as_str())
            });
            let work = work.unwrap_or_else(|| panic!("for nothing: {policy}"));
            let (principals, namespaces) = mesh.stated(work);
            prop_assert!(!principals.is_empty() || !namespaces.is_empty(), "{policy} {:#?}", ran.lines);
        }
    }
}

const SHOP: &str = include_str!("mesh_policies/shop.yaml");
const POLICIES: &str = include_str!("mesh_policies/policies.yaml");
const LINKERD: &str = include_str!("mesh_policies/linkerd.yaml");

/// The settings of most users.
fn production() -> Value {
    json!({"environment": "production"})
}

/// The same where the gateway has a name.
fn with_gateway(provider: &str) -> Value {
    let gateway = json!({"namespace": "istio-ingress", "serviceAccount": "ingress", "selector": {"istio": "ingressgateway"}});
    json!({"environment": "production", "provider": provider, "gateways": [gateway]})
}

/// Documents that come out as they went in, before anything that was added.
fn added<'r>(input: &str, ran: &'r Ran) -> &'r str {
    let rest = ran.output.strip_prefix(input);
    rest.unwrap_or_else(|| panic!("an author's bytes changed: {:#?} {}", ran.lines, ran.output))
}

/// `Kind namespace/name` of each object.
fn titles(text: &str) -> Vec<String> {
    let of = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        format!(
            "{} {namespace}/{}",
            object["kind"].as_str().unwrap_or_default(),
            name(object)
        )
    };
    let mut titles: Vec<String> = objects(text).iter().map(of).collect();
    titles.sort();
    titles
}

/// What was told, without the message: `severity rule: Kind namespace/name`.
fn told(ran: &Ran) -> BTreeSet<String> {
    let of = |result: &Value| {
        let about = |key: &str| result["resourceRef"][key].as_str().unwrap_or_default();
        let rule = result["tags"]["rule"].as_str().unwrap_or_default();
        let rule = rule.trim_start_matches("add-mtls-policies/");
        let severity = result["severity"].as_str().unwrap_or_default();
        format!(
            "{severity} {rule}: {} {}/{}",
            about("kind"),
            about("namespace"),
            about("name")
        )
    };
    let told = ran.results.iter().map(of);
    told.filter(|line| !line.contains("summary")).collect()
}

/// What was told as an error or a warning.
fn complaints(ran: &Ran) -> Vec<String> {
    told(ran)
        .into_iter()
        .filter(|line| !line.starts_with("info"))
        .collect()
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "no {old} in {text}");
    text.replace(old, new)
}

/// The stream without the documents that have this line.
fn without(text: &str, is_it: impl Fn(&Value) -> bool) -> String {
    let mut documents = golden::documents(text);
    let count = documents.len();
    documents.retain(|document| !is_it(&value(document)));
    assert_ne!(documents.len(), count, "nothing to leave out of {text}");
    joined(&documents)
}

fn is(object: &Value, kind: &str, named: &str) -> bool {
    object["kind"] == kind && name(object) == named
}

#[test]
fn policies_of_every_kind_come_out_as_they_went_in() {
    let input = format!("{SHOP}---\n{POLICIES}---\n{LINKERD}");
    for environment in ["development", "staging", "production"] {
        let ran = well(&json!({"environment": environment}), &input);
        assert_eq!(ran.output, input, "{:#?}", ran.lines);
        // The calls are covered by what its author wrote. What nobody is stated to call is told, and nothing else.
        let expected: &[&str] = match environment {
            "production" => &["warning unprotected: Deployment shop/cart"],
            _ => &[],
        };
        assert_eq!(complaints(&ran), expected, "{:#?}", ran.lines);
    }
}

#[test]
fn what_lacks_in_a_namespace_with_policies_is_all_that_is_added() {
    let policies = without(POLICIES, |object| {
        let selector = object["spec"].get("selector");
        is(object, "AuthorizationPolicy", "let-order-in")
            || (object["kind"] == "PeerAuthentication" && selector.is_none())
    });
    let input = format!("{SHOP}---\n{policies}---\n{LINKERD}");
    let ran = well(&with_gateway("istio"), &input);
    let made = added(&input, &ran).trim_start_matches("---\n");
    let expected = [
        "AuthorizationPolicy shop/allow-product",
        "PeerAuthentication shop/default",
    ];
    assert_eq!(titles(made), expected, "{:#?}", ran.lines);
}

#[test]
fn policies_of_the_other_mesh_are_no_business_of_linkerd_s() {
    let shop = replaced(
        SHOP,
        "labels: {istio-injection: enabled}",
        "annotations: {linkerd.io/inject: enabled}",
    );
    let input = format!("{shop}---\n{POLICIES}---\n{LINKERD}");
    let ran = well(&with_gateway("linkerd"), &input);
    let (before, after) = (objects(&input), objects(&ran.output));
    for (before, after) in before.iter().zip(&after) {
        let after = if before["kind"] == "Deployment" {
            without_additions(after)
        } else {
            after.clone()
        };
        assert_eq!(before, &after, "{:#?}", ran.lines);
    }
    let is_of_istio = |object: &&Value| {
        object["apiVersion"]
            .as_str()
            .is_some_and(|version| version.contains("istio.io"))
    };
    let count = |objects: &[Value]| objects.iter().filter(is_of_istio).count();
    assert_eq!(count(&before), count(&after), "{}", ran.output);
    // The author's Server on the port is the one that counts, with its author's policy.
    let servers = after
        .iter()
        .filter(|object| object["kind"] == "Server")
        .count();
    assert_eq!(servers, 1, "{}", ran.output);
}

#[test]
fn a_policy_goes_with_the_annotation_that_stated_its_caller() {
    let once = well(&production(), SHOP).output;
    assert!(once.contains("name: allow-product"), "{once}");
    let edited = replaced(&once, "plimsoll.dev/calls: product:80", "team: web");
    let ran = well(&production(), &edited);
    assert!(!ran.output.contains("allow-product"), "{}", ran.output);
    assert!(
        told(&ran).contains("info generated: AuthorizationPolicy shop/allow-product"),
        "{:#?}",
        ran.lines
    );
    // Nothing else than the policy is gone.
    let never = well(
        &production(),
        &replaced(SHOP, "plimsoll.dev/calls: product:80", "team: web"),
    );
    assert_eq!(ran.output, never.output);
}

#[test]
fn a_policy_follows_the_topology() {
    let edges = |edges: &str| {
        format!(
            "{}---\napiVersion: topology.plimsoll.dev/v1alpha1\nkind: ServiceTopology\nmetadata: {{name: calls, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}\nspec:\n  edges:\n{edges}",
            replaced(SHOP, "plimsoll.dev/calls: product:80", "team: web")
        )
    };
    let both = edges(
        "  - {from: shop/order, to: shop/product}\n  - {from: shop/cart, to: shop/product}\n  - {from: shop/order, to: shop/cart}\n",
    );
    let once = well(&production(), &both).output;
    let principals = |text: &str, named: &str| {
        let made = generated(text);
        let policy = made
            .iter()
            .find(|object| is(object, "AuthorizationPolicy", named));
        policy.map(|policy| {
            texts_under(policy, "principals")
                .into_iter()
                .collect::<Vec<_>>()
        })
    };
    let order = "cluster.local/ns/shop/sa/order".to_owned();
    let cart = "cluster.local/ns/shop/sa/cart".to_owned();
    assert_eq!(
        principals(&once, "allow-product"),
        Some(vec![cart, order.clone()])
    );
    assert_eq!(principals(&once, "allow-cart"), Some(vec![order.clone()]));
    let fewer = replaced(
        &once,
        "  - {from: shop/cart, to: shop/product}\n  - {from: shop/order, to: shop/cart}\n",
        "",
    );
    let twice = well(&production(), &fewer).output;
    assert_eq!(principals(&twice, "allow-product"), Some(vec![order]));
    assert_eq!(principals(&twice, "allow-cart"), None);
}

#[test]
fn a_policy_stays_while_its_callee_is_elsewhere() {
    let once = well(&production(), SHOP).output;
    let part = without(&once, |object| is(object, "Deployment", "product"));
    let ran = well(&production(), &part);
    assert_eq!(ran.output, part, "{:#?}", ran.lines);
    assert!(
        told(&ran).contains("warning orphaned: AuthorizationPolicy shop/allow-product"),
        "{:#?}",
        ran.lines
    );
}

/// The policies of a first run without the mark, as their author's from now on.
fn taken_over() -> String {
    let once = well(&production(), SHOP).output;
    replaced(
        &once,
        "    plimsoll.dev/generated-by: add-mtls-policies/mtls\n",
        "",
    )
}

#[test]
fn a_policy_without_the_mark_is_its_author_s() {
    let own = taken_over();
    let ran = well(&production(), &own);
    assert_eq!(ran.output, own, "{:#?}", ran.lines);
    let told = told(&ran);
    assert!(
        told.contains("info taken-authorization-policy: AuthorizationPolicy shop/allow-product"),
        "{told:#?}"
    );
    assert!(
        told.contains("info peer-authentication: PeerAuthentication shop/default"),
        "{told:#?}"
    );
}

#[test]
fn a_policy_of_an_author_stays_when_nobody_calls_any_more() {
    let own = replaced(&taken_over(), "plimsoll.dev/calls: product:80", "team: web");
    let ran = well(&production(), &own);
    assert_eq!(ran.output, own, "{:#?}", ran.lines);
    // It says who may call product, so that product is not open.
    let expected = ["warning unprotected: Deployment shop/cart"];
    assert_eq!(complaints(&ran), expected, "{:#?}", ran.lines);
}

#[test]
fn what_an_author_made_of_a_policy_is_told_where_it_lets_others_in() {
    let own = replaced(
        &taken_over(),
        "cluster.local/ns/shop/sa/order",
        "cluster.local/ns/shop/sa/cart",
    );
    let own = replaced(&own, "mode: STRICT", "mode: PERMISSIVE");
    let ran = run(&production(), &own);
    assert_eq!((ran.exit_code, &ran.output), (1, &own), "{:#?}", ran.lines);
    let told = complaints(&ran);
    for expected in [
        "error taken-authorization-policy: AuthorizationPolicy shop/allow-product",
        "error weak-peer-authentication: PeerAuthentication shop/default",
    ] {
        assert!(
            told.iter().any(|line| line == expected),
            "{expected}: {:#?}",
            ran.lines
        );
    }
}

/// Builds the shop under two overlays, of which these run the function; none where there is no kustomize.
fn built(target: &str, runs_it: &[&str]) -> Option<Vec<Value>> {
    let program = KUSTOMIZE.found()?;
    let folder = Folder::of(&[]);
    folder.write(
        "base/objects.yaml",
        include_str!("mesh_policies/renamed.yaml"),
    );
    for (place, text) in [
        ("base", "resources: [objects.yaml]\n"),
        (
            "eu",
            "resources: [../base]\nnamePrefix: eu-\nnamespace: eu\nlabels: [{pairs: {region: eu}, includeSelectors: true}]\n",
        ),
        (
            "prod",
            "resources: [../eu]\nnamePrefix: prod-\nnamespace: prod\n",
        ),
    ] {
        let transformers = if runs_it.contains(&place) {
            "transformers: [mtls.yaml]\n"
        } else {
            ""
        };
        folder.write(
            &format!("{place}/kustomization.yaml"),
            &format!("{text}{transformers}"),
        );
        folder.write(&format!("{place}/mtls.yaml"), &config(&production()));
    }
    let plugins = folder.path().join("plugin");
    let mut install = Command::new(binary::path("plimsoll"));
    install.arg("install-plugins").arg("--dir").arg(&plugins);
    let mut build = Command::new(program);
    build
        .args(["build", "--enable-alpha-plugins", target])
        .current_dir(folder.path());
    build
        .env("KUSTOMIZE_PLUGIN_HOME", plugins)
        .env_remove("XDG_CONFIG_HOME");
    let mut text = String::new();
    for command in [&mut install, &mut build] {
        let ran = binary::run(command, b"");
        assert_eq!(
            ran.code,
            Some(0),
            "{command:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        text = ran.stdout;
    }
    Some(objects(&text))
}

/// What the final build's pods run as, by their label `app`, as principals.
fn principal_of(objects: &[Value], app: &str) -> String {
    let is_it = |object: &&Value| object["spec"]["template"]["metadata"]["labels"]["app"] == app;
    let owner = objects
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {app}"));
    let account = owner["spec"]["template"]["spec"]["serviceAccountName"].as_str();
    let namespace = owner["metadata"]["namespace"].as_str();
    format!(
        "cluster.local/ns/{}/sa/{}",
        namespace.expect("it has one"),
        account.expect("it has one")
    )
}

/// Fails unless each policy of the build lets in whoever runs in the build, and is for pods of the build.
fn are_right(objects: &[Value], namespace: &str) {
    let policies: Vec<&Value> = objects
        .iter()
        .filter(|object| is_of_istio(object, "AuthorizationPolicy"))
        .collect();
    for (app, callers) in [("product", ["order", "cart"]), ("stock", ["order", "cart"])] {
        let own: Vec<&&Value> = policies
            .iter()
            .filter(|policy| policy["spec"]["selector"]["matchLabels"]["app"] == app)
            .collect();
        assert_eq!(own.len(), 1, "{app}: {policies:#?}");
        let policy = own[0];
        let callers: BTreeSet<String> = callers
            .iter()
            .map(|caller| principal_of(objects, caller))
            .collect();
        assert_eq!(texts_under(policy, "principals"), callers, "{app}");
        assert_eq!(policy["metadata"]["namespace"], namespace, "{policy}");
        assert_eq!(
            policy["spec"]["selector"]["matchLabels"]["region"], "eu",
            "{policy}"
        );
    }
    assert_eq!(policies.len(), 2, "{policies:#?}");
    let modes: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "PeerAuthentication")
        .collect();
    assert_eq!(modes.len(), 1, "{modes:#?}");
    assert_eq!(
        (name(modes[0]), &modes[0]["metadata"]["namespace"]),
        ("default", &json!(namespace))
    );
}

// kustomize renames ServiceAccounts before the function runs, and what refers to them behind it.
#[test]
fn an_overlay_that_renames_gets_policies_for_the_names_of_the_build() {
    for (target, namespace) in [("eu", "eu"), ("prod", "prod")] {
        let Some(objects) = built(target, &[target]) else {
            return;
        };
        are_right(&objects, namespace);
    }
}

#[test]
fn a_second_overlay_that_runs_the_function_too_leaves_nothing_of_the_first() {
    let Some(objects) = built("prod", &["eu", "prod"]) else {
        return;
    };
    are_right(&objects, "prod");
}
