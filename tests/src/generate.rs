//! `ResourceList`s of any size for measuring, the same bytes for the same seed: small applications of Deployments,
//! a `StatefulSet`, their Services and `ConfigMaps`, as kpt and as kustomize hand them to a function.

#![expect(
    clippy::needless_pass_by_value,
    reason = "numbers and texts are handed over alike, and most are made in place"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Whose hand the list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As in the files: the author's order of keys, comments, quotes and flow style; kpt's annotations.
    Kpt,
    /// Written anew: keys in alphabetical order, no comments, quotes where needed; kustomize's annotations.
    Kustomize,
}

impl Shape {
    /// Both, in the order in which they are reported.
    pub const ALL: [Self; 2] = [Self::Kpt, Self::Kustomize];

    /// The tool.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kpt => "kpt",
            Self::Kustomize => "kustomize",
        }
    }
}

/// The kinds of an application, over and over: a Service follows the workload that it selects.
const KINDS: [Kind; 10] = [
    Kind::Deployment,
    Kind::Service,
    Kind::ConfigMap,
    Kind::Deployment,
    Kind::Service,
    Kind::ConfigMap,
    Kind::StatefulSet,
    Kind::Service,
    Kind::Deployment,
    Kind::Service,
];

/// How many of the first `count` resources are Deployments.
pub fn deployments(count: usize) -> usize {
    let kinds = KINDS.iter().cycle().take(count);
    kinds.filter(|kind| **kind == Kind::Deployment).count()
}

/// A list of `count` resources with the configuration of inject-probes.
pub fn resource_list(shape: Shape, count: usize, seed: u64) -> String {
    // Services say which containers get a probe: the first of each Deployment.
    list_with(
        shape,
        count,
        seed,
        "  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata:\n    name: probes\n  spec:\n    environment: production\n",
    )
}

/// The same with one probe for every container that lacks one, which asks for no thought.
pub fn explicit_list(shape: Shape, count: usize, seed: u64) -> String {
    let config = "  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata:\n    name: probes\n  spec:\n    overrides:\n    \
                  - target: {kinds: [DaemonSet, Deployment, StatefulSet]}\n      \
                  readiness: {exec: {command: [/bin/check, ready]}, periodSeconds: 5, timeoutSeconds: 3}\n";
    list_with(shape, count, seed, config)
}

/// The same with this configuration, which is indented.
pub fn list_with(shape: Shape, count: usize, seed: u64, config: &str) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut random = Random(seed);
    for (index, kind) in KINDS.into_iter().cycle().take(count).enumerate() {
        let resource = resource(shape, kind, index, &mut random);
        write_list(&mut text, shape, &[resource], 0);
    }
    text + "functionConfig:\n" + config
}

/// `count` resources as their author keeps them in a file: without what a tool adds.
pub fn documents(count: usize, seed: u64) -> String {
    let list = list_with(Shape::Kpt, count, seed, "");
    let items = list
        .split_once("items:\n")
        .map_or("", |(_, items)| items)
        .trim_end_matches("functionConfig:\n");
    let is_tools = |line: &&str| {
        ["config.kubernetes.io/", "config.k8s.io/"]
            .iter()
            .any(|name| line.contains(name))
    };
    let mut text = String::new();
    for line in items.lines().filter(|line| !is_tools(line)) {
        if let Some(first) = line.strip_prefix("- ") {
            let _ = writeln!(text, "---\n{first}");
        } else {
            let _ = writeln!(text, "{}", line.strip_prefix("  ").unwrap_or(line));
        }
    }
    text
}

/// `count` `ConfigMaps` of 1 KiB in kpt's shape, each with a Deployment that reads it as environment and as files and
/// has all probes, so that inject-probes finds nothing to do; with a configuration of this kind.
pub fn configuration_list(kind: &str, count: usize, seed: u64) -> String {
    let mut list = KptList::new(seed);
    for pair in 0..count {
        let name = name_of(pair);
        let namespace = format!("shop-{}", pair / 100);
        let file = vec![entry(
            "settings.conf",
            Node::Block(settings(&mut list.random)),
        )];
        let deployment = reader(&name, &mut list.random);
        list.push(("v1", "ConfigMap"), &name, &namespace, map("data", file));
        list.push(("apps/v1", "Deployment"), &name, &namespace, deployment);
    }
    list.configured(kind, "")
}

/// How many Services each workload of a mesh calls.
pub const CALLS: usize = 5;
/// The workloads of a namespace of a mesh.
const NEIGHBOURS: usize = 50;

/// `count` Deployments in kpt's shape, each with its Service and all probes, so that inject-probes finds nothing to do,
/// in namespaces of a mesh; each states that it calls `CALLS` Services; with a configuration of this kind.
pub fn mesh_list(kind: &str, count: usize, seed: u64) -> String {
    let mut list = KptList::new(seed);
    for number in 0..count {
        let (name, namespace) = (name_of(number), mesh_namespace(number));
        if number % NEIGHBOURS == 0 {
            list.push_namespace(&namespace);
        }
        let calls = callees(number, count, &mut list.random)
            .into_iter()
            .map(|callee| format!("{}.{}:80", name_of(callee), mesh_namespace(callee)));
        let calls = calls.collect::<Vec<_>>().join(",");
        let deployment = caller(&name, calls, &mut list.random);
        list.push(("apps/v1", "Deployment"), &name, &namespace, deployment);
        list.push(("v1", "Service"), &name, &namespace, service(&name));
    }
    list.configured(kind, "  spec:\n    environment: production\n")
}

fn name_of(number: usize) -> String {
    let app = APPS.get(number % APPS.len()).copied().unwrap_or_default();
    format!("{app}-{number}")
}

fn mesh_namespace(workload: usize) -> String {
    format!("shop-{}", workload / NEIGHBOURS)
}

/// The others that a workload calls: the first, which all call, one anywhere, and neighbours.
fn callees(workload: usize, count: usize, random: &mut Random) -> BTreeSet<usize> {
    let mut callees = BTreeSet::from([0, random.below(count)]);
    callees.remove(&workload);
    for step in 1..count {
        if callees.len() == CALLS {
            break;
        }
        callees.insert((workload + step) % count);
    }
    callees
}

/// A list in kpt's shape that grows.
struct KptList {
    text: String,
    /// Of its objects.
    count: usize,
    random: Random,
}

impl KptList {
    fn new(seed: u64) -> Self {
        Self {
            text: "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned(),
            count: 0,
            random: Random(seed),
        }
    }

    /// Adds an object that has this beside its metadata.
    fn push(
        &mut self,
        (api_version, kind): (&str, &str),
        name: &str,
        namespace: &str,
        rest: Entry,
    ) {
        let annotations = annotations(Shape::Kpt, api_version, kind, name, self.count);
        let metadata = vec![
            plain("name", name).line("the team's own name for it"),
            plain("namespace", namespace),
            flow(
                "labels",
                vec![plain("app", name), quoted("tier", "backend")],
            ),
            entry("annotations", Node::Ordered(annotations)),
        ];
        let kind = plain("kind", kind).line(self.random.pick(&REMARKS));
        self.push_item(vec![
            plain("apiVersion", api_version),
            kind,
            map("metadata", metadata),
            rest,
        ]);
    }

    /// Adds a namespace whose pods get sidecars.
    fn push_namespace(&mut self, name: &str) {
        let annotations = annotations(Shape::Kpt, "v1", "Namespace", name, self.count);
        let metadata = vec![
            plain("name", name),
            flow("labels", vec![plain("istio-injection", "enabled")]),
            entry("annotations", Node::Ordered(annotations)),
        ];
        self.push_item(vec![
            plain("apiVersion", "v1"),
            plain("kind", "Namespace"),
            map("metadata", metadata),
        ]);
    }

    fn push_item(&mut self, object: Vec<Entry>) {
        write_list(&mut self.text, Shape::Kpt, &[Node::Map(object)], 0);
        self.count += 1;
    }

    /// The list with a configuration of this kind; the rest is what it has beside its metadata.
    fn configured(mut self, kind: &str, rest: &str) -> String {
        let _ = write!(
            self.text,
            "functionConfig:\n  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: {kind}\n  metadata:\n    name: bench\n{rest}"
        );
        self.text
    }
}

/// A file of 1 KiB.
fn settings(random: &mut Random) -> String {
    const SIZE: usize = 1024;
    let mut settings = String::with_capacity(SIZE + 64);
    while settings.len() < SIZE {
        let (word, value) = (random.pick(&WORDS), random.below(100_000));
        let _ = match random.below(8) {
            0 => writeln!(settings, "# {word}: what looks like a comment is text here"),
            _ => writeln!(settings, "{word}.{value} = \"<{value}>\""),
        };
    }
    settings.truncate(SIZE - 1);
    settings + "\n"
}

/// What a Deployment has that reads the `ConfigMap` of its name.
fn reader(app: &str, random: &mut Random) -> Entry {
    let mut container = served(app, random);
    container.extend([
        list(
            "envFrom",
            vec![Node::Map(vec![map(
                "configMapRef",
                vec![plain("name", app)],
            )])],
        ),
        environment(),
        requests(),
        probe("readinessProbe", "/ready", 3).head(random.pick(&REMARKS)),
        liveness(),
        probe("startupProbe", "/health", 3),
        list(
            "volumeMounts",
            vec![Node::Map(vec![
                plain("name", "config"),
                plain("mountPath", "/etc/app"),
            ])],
        ),
    ]);
    let volume = vec![
        plain("name", "config"),
        map("configMap", vec![plain("name", app)]),
    ];
    let pod = vec![
        list("containers", vec![Node::Map(container)]),
        list("volumes", vec![Node::Map(volume)]),
    ];
    deployment(app, vec![], pod)
}

/// What a Deployment has that calls these Services, each `service.namespace:port`, with commas between them.
fn caller(app: &str, calls: String, random: &mut Random) -> Entry {
    let mut container = served(app, random);
    container.extend([
        environment(),
        requests(),
        probe("readinessProbe", "/ready", 3).head(random.pick(&REMARKS)),
        liveness(),
        probe("startupProbe", "/health", 3),
    ]);
    let pod = vec![
        plain("serviceAccountName", app),
        list("containers", vec![Node::Map(container)]),
    ];
    let annotations = vec![quoted("plimsoll.dev/calls", calls)];
    deployment(app, vec![map("annotations", annotations)], pod)
}

/// A liveness probe that gives up long after traffic has stopped; inject-probes would warn of any other.
fn liveness() -> Entry {
    let mut liveness = probe("livenessProbe", "/health", 5);
    if let Node::Map(liveness) = &mut liveness.value {
        liveness.push(plain("failureThreshold", 6));
    }
    liveness
}

/// A container that serves HTTP, as far as its ports.
fn served(app: &str, random: &mut Random) -> Vec<Entry> {
    let version = format!("{}.{}", random.below(9), random.below(30));
    let image = format!("registry.example.com/shop/{app}:{version}");
    let port = vec![plain("name", "http"), plain("containerPort", 8080)];
    vec![
        plain("name", "app"),
        quoted("image", image),
        list("ports", vec![Node::Flow(port)]),
    ]
}

fn environment() -> Entry {
    list(
        "env",
        vec![
            variable("LOG_LEVEL", Node::Quoted("info".to_owned())),
            variable("DB_PORT", Node::Text("5432".to_owned())),
        ],
    )
}

fn requests() -> Entry {
    let amounts = vec![plain("cpu", "100m"), plain("memory", "128Mi")];
    flow("resources", vec![flow("requests", amounts)])
}

fn probe(key: &'static str, path: &str, timeout: usize) -> Entry {
    let handler = flow("httpGet", vec![plain("path", path), plain("port", "http")]);
    map(key, vec![handler, plain("timeoutSeconds", timeout)])
}

/// What a Deployment has whose pods have this in their metadata beside their labels.
fn deployment(app: &str, metadata: Vec<Entry>, pod: Vec<Entry>) -> Entry {
    let selector = || vec![plain("app", app)];
    let labels = map("labels", selector());
    let metadata = std::iter::once(labels).chain(metadata).collect();
    let template = vec![map("metadata", metadata), map("spec", pod)];
    map(
        "spec",
        vec![
            plain("replicas", 2).line("scaled by hand"),
            map("selector", vec![map("matchLabels", selector())]),
            map("template", template),
        ],
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Deployment,
    StatefulSet,
    Service,
    ConfigMap,
}

/// `SplitMix64`: small, and good enough to vary text.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(bits % bound).unwrap_or_default()
    }

    fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words
            .get(self.below(words.len()))
            .copied()
            .unwrap_or_default()
    }
}

const APPS: [&str; 8] = [
    "checkout", "catalog", "pricing", "orders", "search", "billing", "stock", "mailer",
];
const WORDS: [&str; 16] = [
    "cache", "timeout", "retry", "batch", "queue", "limit", "region", "tenant", "worker",
    "upstream", "feature", "window", "session", "token", "shard", "buffer",
];
const REMARKS: [&str; 6] = [
    "pinned until the new parser is out",
    "keep in step with the dashboard: see the runbook",
    "the load test says this is enough",
    "to be measured again after each release",
    "asked for by the on-call team, don't remove",
    "\"http\" is what the Service targets",
];

/// A piece of a resource, with what only its author's text has.
#[derive(Debug)]
enum Node {
    /// Plain in any hand.
    Plain(String),
    /// Quoted by the author, though nothing asks for it.
    Quoted(String),
    /// Quoted in any hand: it reads as something else otherwise.
    Text(String),
    /// A literal block.
    Block(String),
    /// Keys in the author's order.
    Map(Vec<Entry>),
    /// Braces in the author's hand.
    Flow(Vec<Entry>),
    /// Keys in the order in which the tool added them, in any hand.
    Ordered(Vec<Entry>),
    List(Vec<Self>),
}

#[derive(Debug)]
struct Entry {
    key: &'static str,
    value: Node,
    /// A comment on the line before.
    head: Option<&'static str>,
    /// A comment at the end of the line.
    line: Option<&'static str>,
}

impl Entry {
    fn head(mut self, comment: &'static str) -> Self {
        self.head = Some(comment);
        self
    }

    fn line(mut self, comment: &'static str) -> Self {
        self.line = Some(comment);
        self
    }
}

fn entry(key: &'static str, value: Node) -> Entry {
    Entry {
        key,
        value,
        head: None,
        line: None,
    }
}

fn plain(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Plain(value.to_string()))
}

fn quoted(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Quoted(value.to_string()))
}

fn text(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Text(value.to_string()))
}

fn map(key: &'static str, entries: Vec<Entry>) -> Entry {
    entry(key, Node::Map(entries))
}

fn flow(key: &'static str, entries: Vec<Entry>) -> Entry {
    entry(key, Node::Flow(entries))
}

fn list(key: &'static str, items: Vec<Node>) -> Entry {
    entry(key, Node::List(items))
}

fn resource(shape: Shape, kind: Kind, index: usize, random: &mut Random) -> Node {
    let (api_version, name) = match kind {
        Kind::Deployment => ("apps/v1", "Deployment"),
        Kind::StatefulSet => ("apps/v1", "StatefulSet"),
        Kind::Service => ("v1", "Service"),
        Kind::ConfigMap => ("v1", "ConfigMap"),
    };
    // A Service bears the name of the workload before it.
    let owner = if kind == Kind::Service {
        index - 1
    } else {
        index
    };
    let app = format!(
        "{}-{owner}",
        APPS.get(owner % 8).copied().unwrap_or_default()
    );
    let metadata = map(
        "metadata",
        vec![
            plain("name", &app).line("the team's own name for it"),
            plain("namespace", format!("shop-{}", owner / 200)),
            flow(
                "labels",
                vec![plain("app", &app), quoted("tier", "backend")],
            ),
            entry(
                "annotations",
                Node::Ordered(annotations(shape, api_version, name, &app, index)),
            ),
        ],
    );
    let rest = match kind {
        Kind::Deployment | Kind::StatefulSet => workload(kind, &app, random),
        Kind::Service => service(&app),
        Kind::ConfigMap => map("data", config(random)),
    };
    let remark = random.pick(&REMARKS);
    Node::Map(vec![
        plain("apiVersion", api_version),
        plain("kind", name).line(remark),
        metadata,
        rest,
    ])
}

/// What the tool wrote for its own use; see `tests/captures`.
fn annotations(
    shape: Shape,
    api_version: &str,
    kind: &str,
    name: &str,
    index: usize,
) -> Vec<Entry> {
    let id = index + 1;
    match shape {
        Shape::Kpt => {
            let (path, place) = (format!("apps/app-{}.yaml", index / 10), index % 10);
            vec![
                quoted("example.com/owner", "team-shop").head("who to ask"),
                text("config.kubernetes.io/index", place),
                text("config.kubernetes.io/path", &path),
                text("internal.config.kubernetes.io/index", place),
                text("internal.config.kubernetes.io/path", &path),
                text("internal.config.kubernetes.io/seqindent", "compact"),
                text(
                    "internal.config.kubernetes.io/annotations-migration-resource-id",
                    place,
                ),
                text("internal.config.kubernetes.io/id", id),
                text("config.k8s.io/id", id),
            ]
        }
        Shape::Kustomize => {
            let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
            let mut kustomize_id = String::new();
            if !group.is_empty() {
                kustomize_id = format!("group: {group}\n");
            }
            let _ = write!(
                kustomize_id,
                "kind: {kind}\nname: {name}\nversion: {version}\n"
            );
            let previous = name.strip_prefix("shop-").unwrap_or(name);
            vec![
                plain("example.com/owner", "team-shop"),
                plain("internal.config.kubernetes.io/previousKinds", kind),
                plain("internal.config.kubernetes.io/previousNames", previous),
                plain(
                    "internal.config.kubernetes.io/previousNamespaces",
                    "default",
                ),
                entry("kustomize.config.k8s.io/id", Node::Block(kustomize_id)),
                text("config.kubernetes.io/index", index),
                text("internal.config.kubernetes.io/index", index),
                text(
                    "internal.config.kubernetes.io/annotations-migration-resource-id",
                    index,
                ),
                text("internal.config.kubernetes.io/id", id),
                text("config.k8s.io/id", id),
            ]
        }
    }
}

fn workload(kind: Kind, app: &str, random: &mut Random) -> Entry {
    let selector = || vec![plain("app", app)];
    let count = 2 + random.below(2);
    let containers = (0..count).map(|number| Node::Map(container(kind, app, number, random)));
    let pod = vec![
        plain("serviceAccountName", app),
        plain("automountServiceAccountToken", "false").line("nothing here talks to the API"),
        map(
            "securityContext",
            vec![
                plain("runAsNonRoot", "true"),
                flow("seccompProfile", vec![plain("type", "RuntimeDefault")]),
            ],
        ),
        list("containers", containers.collect()),
        list(
            "volumes",
            vec![
                Node::Map(vec![
                    plain("name", "config"),
                    map("configMap", vec![plain("name", app)]),
                ]),
                Node::Map(vec![
                    plain("name", "tmp"),
                    map("emptyDir", vec![plain("sizeLimit", "64Mi")]),
                ]),
            ],
        ),
    ];
    let mut spec = vec![
        plain("replicas", 2 + random.below(4)).line("scaled by hand"),
        map("selector", vec![map("matchLabels", selector())]),
    ];
    if kind == Kind::StatefulSet {
        spec.push(plain("serviceName", app));
    }
    let template = vec![
        map("metadata", vec![map("labels", selector())]),
        map("spec", pod),
    ];
    spec.push(map("template", template));
    map("spec", spec)
}

fn container(kind: Kind, app: &str, number: usize, random: &mut Random) -> Vec<Entry> {
    let name = ["app", "worker", "exporter"];
    let remark = random.pick(&REMARKS);
    let version = format!("{}.{}.{number}", random.below(9), random.below(30));
    let mut entries = vec![
        plain("name", name.get(number).copied().unwrap_or("extra")),
        quoted(
            "image",
            format!("registry.example.com/shop/{app}:{version}"),
        )
        .head(remark),
    ];
    // Only the first is served: it is the one that gets a probe, or has it already.
    if number == 0 {
        let port = vec![plain("name", "http"), plain("containerPort", 8080)];
        entries.push(list("ports", vec![Node::Flow(port)]));
    }
    let mut env = vec![
        variable("LOG_LEVEL", Node::Quoted("info".to_owned())),
        variable(
            "DB_HOST",
            Node::Plain("postgres.data.svc.cluster.local".to_owned()),
        ),
        variable("DB_PORT", Node::Text("5432".to_owned())),
        Node::Map(vec![
            plain("name", "POD_NAME"),
            map(
                "valueFrom",
                vec![map("fieldRef", vec![plain("fieldPath", "metadata.name")])],
            ),
        ]),
    ];
    for place in 0..2 + random.below(3) {
        let name = format!("{}_{place}", random.pick(&WORDS));
        let value = format!("{}-{}", random.pick(&WORDS), random.below(1000));
        env.push(variable(&name, Node::Plain(value)));
    }
    entries.push(list("env", env));
    let memory = format!("{}Mi", 64 * (1 + random.below(8)));
    entries.push(map(
        "resources",
        vec![
            flow(
                "requests",
                vec![plain("cpu", "100m"), plain("memory", &memory)],
            ),
            flow("limits", vec![plain("memory", &memory)]).line("no limit on CPU, on purpose"),
        ],
    ));
    if kind == Kind::StatefulSet && number == 0 {
        let handler = flow(
            "httpGet",
            vec![plain("path", "/ready"), plain("port", "http")],
        );
        entries.push(map(
            "readinessProbe",
            vec![handler, plain("timeoutSeconds", 3)],
        ));
    }
    entries.push(list(
        "volumeMounts",
        vec![
            Node::Map(vec![
                plain("name", "config"),
                plain("mountPath", "/etc/app"),
                plain("readOnly", "true"),
            ]),
            Node::Map(vec![plain("name", "tmp"), plain("mountPath", "/tmp")]),
        ],
    ));
    entries
}

fn variable(name: &str, value: Node) -> Node {
    Node::Map(vec![plain("name", name), entry("value", value)])
}

fn service(app: &str) -> Entry {
    let port = vec![
        plain("name", "http"),
        plain("port", 80),
        plain("targetPort", "http"),
    ];
    map(
        "spec",
        vec![
            map("selector", vec![plain("app", app)]).head("one Service for each workload"),
            list("ports", vec![Node::Map(port)]),
        ],
    )
}

fn config(random: &mut Random) -> Vec<Entry> {
    let mut properties = String::new();
    for number in 0..24 + random.below(16) {
        let (section, word, value) = (
            random.pick(&APPS),
            random.pick(&WORDS),
            random.below(100_000),
        );
        let _ = match number % 12 {
            0 => writeln!(
                properties,
                "\n# {section}: what looks like a comment is text here"
            ),
            1 => writeln!(properties, "  {section}.{word}: \"{value}\""),
            _ => writeln!(
                properties,
                "{section}.{word}.{number} = {value} # in {word}s"
            ),
        };
    }
    let mut script = "#!/bin/sh\nset -eu\n".to_owned();
    for _ in 0..10 + random.below(10) {
        let (word, value) = (random.pick(&WORDS), random.below(100));
        let _ = writeln!(
            script,
            "if test \"${{{word}:-}}\" = '{value}'; then\n  echo '{word}: {value}' >&2\nfi"
        );
    }
    vec![
        entry(
            "app.properties",
            Node::Block(properties.trim_start().to_owned()),
        ),
        entry("start.sh", Node::Block(script)).head("run by the entry point, before the server"),
        text("debug", "false"),
    ]
}

/// The entries below one another.
fn write_entries(
    out: &mut String,
    shape: Shape,
    entries: &[Entry],
    sorts: bool,
    indent: usize,
    mut is_begun: bool,
) {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    if sorts && shape == Shape::Kustomize {
        entries.sort_by_key(|entry| entry.key);
    }
    for Entry {
        key,
        value,
        head,
        line,
    } in entries
    {
        let head = head.filter(|_| shape == Shape::Kpt);
        let line = line.filter(|_| shape == Shape::Kpt);
        if let Some(comment) = head {
            pad(out, indent, &mut is_begun);
            let _ = writeln!(out, "# {comment}");
        }
        pad(out, indent, &mut is_begun);
        let _ = write!(out, "{key}:");
        write_value(out, shape, value, line, indent);
    }
}

/// Indents, unless the line is begun already by the `- ` of an item.
fn pad(out: &mut String, indent: usize, is_begun: &mut bool) {
    if !std::mem::take(is_begun) {
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// What follows `key:`, to the end of the line or lines.
fn write_value(out: &mut String, shape: Shape, value: &Node, line: Option<&str>, indent: usize) {
    let comment = line.map(|line| format!(" # {line}")).unwrap_or_default();
    match value {
        Node::Block(block) => {
            out.push_str(" |\n");
            for text in block.lines() {
                if !text.is_empty() {
                    out.extend(std::iter::repeat_n(' ', indent + 2));
                }
                out.push_str(text);
                out.push('\n');
            }
        }
        Node::Map(entries) | Node::Ordered(entries) => {
            let _ = writeln!(out, "{comment}");
            let sorts = matches!(value, Node::Map(_));
            write_entries(out, shape, entries, sorts, indent + 2, false);
        }
        Node::Flow(entries) if shape == Shape::Kustomize => {
            out.push('\n');
            write_entries(out, shape, entries, true, indent + 2, false);
        }
        Node::List(items) => {
            let _ = writeln!(out, "{comment}");
            write_list(out, shape, items, indent);
        }
        Node::Flow(_) | Node::Plain(_) | Node::Quoted(_) | Node::Text(_) => {
            out.push(' ');
            write_inline(out, shape, value);
            let _ = writeln!(out, "{comment}");
        }
    }
}

/// The items at the indentation of their key: kpt and kustomize both write lists compactly.
fn write_list(out: &mut String, shape: Shape, items: &[Node], indent: usize) {
    for item in items {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str("- ");
        match item {
            Node::Map(entries) => write_entries(out, shape, entries, true, indent + 2, true),
            Node::Flow(entries) if shape == Shape::Kustomize => {
                write_entries(out, shape, entries, true, indent + 2, true);
            }
            _ => {
                write_inline(out, shape, item);
                out.push('\n');
            }
        }
    }
}

/// What fits on a line.
fn write_inline(out: &mut String, shape: Shape, value: &Node) {
    let _ = match value {
        Node::Quoted(text) if shape == Shape::Kpt => write!(out, "\"{text}\""),
        Node::Text(text) if shape == Shape::Kpt => write!(out, "'{text}'"),
        Node::Text(text) => write!(out, "\"{text}\""),
        Node::Plain(text) | Node::Quoted(text) => write!(out, "{text}"),
        Node::Flow(entries) => {
            for (number, entry) in entries.iter().enumerate() {
                let _ = write!(
                    out,
                    "{}{}: ",
                    if number == 0 { "{" } else { ", " },
                    entry.key
                );
                write_inline(out, shape, &entry.value);
            }
            write!(out, "}}")
        }
        // Blocks, maps and lists have lines of their own.
        Node::Block(_) | Node::Map(_) | Node::Ordered(_) | Node::List(_) => Ok(()),
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::{
        CALLS, Shape, configuration_list, deployments, documents, mesh_list, resource_list,
    };
    use crate::{binary, schema};

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        for shape in Shape::ALL {
            assert_eq!(resource_list(shape, 100, 1), resource_list(shape, 100, 1));
            assert_ne!(resource_list(shape, 100, 1), resource_list(shape, 100, 2));
        }
    }

    #[test]
    fn ten_thousand_resources_are_about_24_megabytes() {
        // A tenth of them: the rest is more of the same.
        for shape in Shape::ALL {
            let bytes = resource_list(shape, 1000, 1).len();
            assert!(
                (2_200_000..2_600_000).contains(&bytes),
                "{}: {bytes}",
                shape.name()
            );
        }
    }

    #[test]
    fn documents_are_the_same_resources_without_what_the_tool_added() {
        let text = documents(40, 1);
        schema::check_documents(&text).unwrap();
        assert_eq!(text.matches("---\n").count(), 40);
        assert!(!text.contains("config.kubernetes.io"), "{text}");
        let list = resource_list(Shape::Kpt, 40, 1);
        let probes = |text: &str| text.matches("readinessProbe:").count();
        assert_eq!(probes(&text), probes(&list));
    }

    #[test]
    fn every_resource_is_what_the_api_server_would_take() {
        for shape in Shape::ALL {
            schema::check_documents(&resource_list(shape, 40, 1)).unwrap();
        }
    }

    #[test]
    fn each_config_map_holds_a_kibibyte_and_is_read_twice_by_its_deployment() {
        let list = configuration_list("HashConfigMaps", 20, 1);
        assert_eq!(list, configuration_list("HashConfigMaps", 20, 1));
        schema::check_documents(&list).unwrap();
        let read: serde_yaml::Value = serde_yaml::from_str(&list).unwrap();
        let items = read["items"].as_sequence().unwrap();
        assert_eq!(items.len(), 40);
        for pair in items.chunks(2) {
            let file = pair[0]["data"]["settings.conf"].as_str().unwrap();
            assert_eq!(file.len(), 1024);
            let name = &pair[0]["metadata"]["name"];
            let pod = &pair[1]["spec"]["template"]["spec"];
            let environment = &pod["containers"][0]["envFrom"][0]["configMapRef"]["name"];
            assert_eq!(environment, name);
            assert_eq!(&pod["volumes"][0]["configMap"]["name"], name);
        }
    }

    #[test]
    fn each_workload_of_a_mesh_has_a_service_and_states_five_calls_of_others() {
        let list = mesh_list("AddMtlsPolicies", 120, 1);
        assert_eq!(list, mesh_list("AddMtlsPolicies", 120, 1));
        schema::check_documents(&list).unwrap();
        let read: serde_yaml::Value = serde_yaml::from_str(&list).unwrap();
        let of_kind = |kind: &str| -> Vec<&serde_yaml::Value> {
            let items = read["items"].as_sequence().unwrap();
            items.iter().filter(|item| item["kind"] == kind).collect()
        };
        // Two full ones, and one with the last 20 workloads.
        assert_eq!(of_kind("Namespace").len(), 3);
        let host = |object: &serde_yaml::Value| {
            let text = |key: &str| object["metadata"][key].as_str().unwrap().to_owned();
            format!("{}.{}:80", text("name"), text("namespace"))
        };
        let services: BTreeSet<String> = of_kind("Service").into_iter().map(host).collect();
        assert_eq!(services.len(), 120);
        let workloads = of_kind("Deployment");
        assert_eq!(workloads.len(), 120);
        for workload in workloads {
            let pods = &workload["spec"]["template"]["metadata"];
            let calls = pods["annotations"]["plimsoll.dev/calls"].as_str().unwrap();
            let calls: BTreeSet<String> = calls.split(',').map(str::to_owned).collect();
            assert_eq!(calls.len(), CALLS);
            assert!(calls.is_subset(&services), "{calls:?}");
            assert!(!calls.contains(&host(workload)), "{calls:?}");
        }
    }

    #[test]
    fn in_a_mesh_inject_probes_has_nothing_to_do_or_to_complain_of() {
        let list = mesh_list("InjectProbes", 20, 1);
        let ran = binary::run(
            &mut Command::new(binary::path("inject-probes")),
            list.as_bytes(),
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.starts_with(list.trim_end()), "{}", ran.stdout);
        assert_eq!(ran.stdout.matches("severity:").count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("kept 60"), "{}", ran.stderr);
    }

    #[test]
    fn both_shapes_hold_the_same_resources() {
        let read = |shape| {
            let list: serde_yaml::Value =
                serde_yaml::from_str(&resource_list(shape, 100, 1)).unwrap();
            let mut items = list["items"].as_sequence().unwrap().clone();
            for item in &mut items {
                // These are the tool's.
                let metadata = item["metadata"].as_mapping_mut().unwrap();
                assert!(metadata.remove("annotations").is_some());
            }
            items
        };
        let (kpt, kustomize) = (read(Shape::Kpt), read(Shape::Kustomize));
        assert_eq!(kpt.len(), 100);
        assert_eq!(kpt, kustomize);
    }

    #[test]
    fn keys_and_comments_are_as_the_tool_leaves_them() {
        let kpt = resource_list(Shape::Kpt, 10, 1);
        assert!(kpt.contains("\n- apiVersion: apps/v1\n  kind: Deployment # "));
        assert!(kpt.contains("    labels: {app: checkout-0, tier: \"backend\"}\n"));
        let kustomize = resource_list(Shape::Kustomize, 10, 1);
        assert!(kustomize.contains("\n- apiVersion: v1\n  data:\n    app.properties: |\n"));
        assert!(kustomize.contains("\n    labels:\n      app: checkout-0\n      tier: backend\n"));
        assert!(!kustomize.contains("the team's own name"));
    }

    #[test]
    fn inject_probes_adds_one_probe_to_each_deployment_and_has_nothing_to_complain_of() {
        for shape in Shape::ALL {
            let list = resource_list(shape, 40, 1);
            let ran = binary::run(
                &mut Command::new(binary::path("inject-probes")),
                list.as_bytes(),
            );
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            let probes = |text: &str| text.matches("readinessProbe:").count();
            assert_eq!(
                probes(&ran.stdout) - probes(&list),
                deployments(40),
                "{}",
                shape.name()
            );
            assert!(!ran.stdout.contains("severity: error"), "{}", ran.stderr);
            assert!(!ran.stdout.contains("severity: warning"), "{}", ran.stderr);
        }
    }
}
