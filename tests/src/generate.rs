//! `ResourceList`s of any size for measuring, the same bytes for the same seed: small applications of Deployments,
//! a `StatefulSet`, their Services and `ConfigMaps`, as kpt and as kustomize hand them to a function.

#![expect(
    clippy::needless_pass_by_value,
    reason = "numbers and texts are handed over alike, and most are made in place"
)]

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
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut random = Random(seed);
    for (index, kind) in KINDS.into_iter().cycle().take(count).enumerate() {
        let resource = resource(shape, kind, index, &mut random);
        write_list(&mut text, shape, &[resource], 0);
    }
    // Services say which containers get a probe, as with the naive function: the first of each Deployment.
    text += "functionConfig:\n  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata:\n    name: probes\n  spec:\n    environment: production\n";
    text
}

/// `count` `ConfigMaps` of 1 KiB in kpt's shape, each with a Deployment that reads it as environment and as files and
/// has all probes, so that inject-probes finds nothing to do; with a configuration of this kind.
pub fn configuration_list(kind: &str, count: usize, seed: u64) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut random = Random(seed);
    for pair in 0..count {
        let name = format!("{}-{pair}", APPS.get(pair % 8).copied().unwrap_or_default());
        let namespace = format!("shop-{}", pair / 100);
        let file = vec![entry("settings.conf", Node::Block(settings(&mut random)))];
        let objects = [
            ("v1", "ConfigMap", map("data", file)),
            ("apps/v1", "Deployment", reader(&name, &mut random)),
        ];
        for (place, (api_version, kind, rest)) in objects.into_iter().enumerate() {
            let index = 2 * pair + place;
            let annotations = annotations(Shape::Kpt, api_version, kind, &name, index);
            let metadata = vec![
                plain("name", &name).line("the team's own name for it"),
                plain("namespace", &namespace),
                flow(
                    "labels",
                    vec![plain("app", &name), quoted("tier", "backend")],
                ),
                entry("annotations", Node::Ordered(annotations)),
            ];
            let object = vec![
                plain("apiVersion", api_version),
                plain("kind", kind).line(random.pick(&REMARKS)),
                map("metadata", metadata),
                rest,
            ];
            write_list(&mut text, Shape::Kpt, &[Node::Map(object)], 0);
        }
    }
    let _ = write!(
        text,
        "functionConfig:\n  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: {kind}\n  metadata:\n    name: bench\n"
    );
    text
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
    let selector = || vec![plain("app", app)];
    let probe = |key, path: &str| {
        let handler = flow("httpGet", vec![plain("path", path), plain("port", "http")]);
        map(key, vec![handler, plain("timeoutSeconds", 3)])
    };
    let version = format!("{}.{}", random.below(9), random.below(30));
    let container = vec![
        plain("name", "app"),
        quoted(
            "image",
            format!("registry.example.com/shop/{app}:{version}"),
        ),
        list(
            "ports",
            vec![Node::Flow(vec![
                plain("name", "http"),
                plain("containerPort", 8080),
            ])],
        ),
        list(
            "envFrom",
            vec![Node::Map(vec![map(
                "configMapRef",
                vec![plain("name", app)],
            )])],
        ),
        list(
            "env",
            vec![
                variable("LOG_LEVEL", Node::Quoted("info".to_owned())),
                variable("DB_PORT", Node::Text("5432".to_owned())),
            ],
        ),
        flow(
            "resources",
            vec![flow(
                "requests",
                vec![plain("cpu", "100m"), plain("memory", "128Mi")],
            )],
        ),
        probe("readinessProbe", "/ready").head(random.pick(&REMARKS)),
        probe("livenessProbe", "/health"),
        probe("startupProbe", "/health"),
        list(
            "volumeMounts",
            vec![Node::Map(vec![
                plain("name", "config"),
                plain("mountPath", "/etc/app"),
            ])],
        ),
    ];
    let volume = vec![
        plain("name", "config"),
        map("configMap", vec![plain("name", app)]),
    ];
    let pod = vec![
        list("containers", vec![Node::Map(container)]),
        list("volumes", vec![Node::Map(volume)]),
    ];
    let template = vec![
        map("metadata", vec![map("labels", selector())]),
        map("spec", pod),
    ];
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
    use std::process::Command;

    use super::{Shape, configuration_list, deployments, resource_list};
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
