//! Lists in kpt's shape that grow object by object, and the objects that fill them.

use std::fmt::Write as _;

use super::Shape;
use super::node::{Entry, Node, entry, flow, list, map, plain, quoted};
use super::objects::{annotations, variable};
use super::random::{REMARKS, Random, WORDS};
use super::write::write_list;

/// A list in kpt's shape that grows.
pub(super) struct KptList {
    pub(super) text: String,
    /// Of its objects.
    pub(super) count: usize,
    pub(super) random: Random,
}

impl KptList {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            text: "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned(),
            count: 0,
            random: Random(seed),
        }
    }

    /// Adds an object that has this beside its metadata.
    pub(super) fn push(
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
    pub(super) fn push_namespace(&mut self, name: &str) {
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

    pub(super) fn push_item(&mut self, object: Vec<Entry>) {
        write_list(&mut self.text, Shape::Kpt, &[Node::Map(object)], 0);
        self.count += 1;
    }

    /// The list with a configuration of this kind; the rest is what it has beside its metadata.
    pub(super) fn configured(mut self, kind: &str, rest: &str) -> String {
        let _ = write!(
            self.text,
            "functionConfig:\n  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: {kind}\n  metadata:\n    name: bench\n{rest}"
        );
        self.text
    }
}

/// A file of 1 KiB.
pub(super) fn settings(random: &mut Random) -> String {
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
pub(super) fn reader(app: &str, random: &mut Random) -> Entry {
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
pub(super) fn caller(app: &str, calls: String, random: &mut Random) -> Entry {
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
pub(super) fn liveness() -> Entry {
    let mut liveness = probe("livenessProbe", "/health", 5);
    if let Node::Map(liveness) = &mut liveness.value {
        liveness.push(plain("failureThreshold", 6));
    }
    liveness
}

/// A container that serves HTTP, as far as its ports.
pub(super) fn served(app: &str, random: &mut Random) -> Vec<Entry> {
    let version = format!("{}.{}", random.below(9), random.below(30));
    let image = format!("registry.example.com/shop/{app}:{version}");
    let port = vec![plain("name", "http"), plain("containerPort", 8080)];
    vec![
        plain("name", "app"),
        quoted("image", image),
        list("ports", vec![Node::Flow(port)]),
    ]
}

pub(super) fn environment() -> Entry {
    list(
        "env",
        vec![
            variable("LOG_LEVEL", Node::Quoted("info".to_owned())),
            variable("DB_PORT", Node::Text("5432".to_owned())),
        ],
    )
}

pub(super) fn requests() -> Entry {
    let amounts = vec![plain("cpu", "100m"), plain("memory", "128Mi")];
    flow("resources", vec![flow("requests", amounts)])
}

pub(super) fn probe(key: &'static str, path: &str, timeout: usize) -> Entry {
    let handler = flow("httpGet", vec![plain("path", path), plain("port", "http")]);
    map(key, vec![handler, plain("timeoutSeconds", timeout)])
}

/// What a Deployment has whose pods have this in their metadata beside their labels.
pub(super) fn deployment(app: &str, metadata: Vec<Entry>, pod: Vec<Entry>) -> Entry {
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
