//! The resources of an application: a workload, its Service and its configuration.

use std::fmt::Write as _;

use super::Shape;
use super::node::{Entry, Node, entry, flow, list, map, plain, quoted, text};
use super::random::{APPS, REMARKS, Random, WORDS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Deployment,
    StatefulSet,
    Service,
    ConfigMap,
}

pub(super) fn resource(shape: Shape, kind: Kind, index: usize, random: &mut Random) -> Node {
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
pub(super) fn annotations(
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

pub(super) fn workload(kind: Kind, app: &str, random: &mut Random) -> Entry {
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

pub(super) fn container(kind: Kind, app: &str, number: usize, random: &mut Random) -> Vec<Entry> {
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

pub(super) fn variable(name: &str, value: Node) -> Node {
    Node::Map(vec![plain("name", name), entry("value", value)])
}

pub(super) fn service(app: &str) -> Entry {
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

pub(super) fn config(random: &mut Random) -> Vec<Entry> {
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
