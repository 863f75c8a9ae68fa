//! Workloads, their pods, and the containers of those.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, OnceLock};

use yaml::{Kind, Node, Path, Scalar, Step, threads};

use crate::glob::Glob;
use crate::image::Image;
use crate::kinds::{Kinds, PodKind, Probes, Template, TemplatePath};
use crate::labels::Labels;
use crate::resource::{Place, Resource, Resources};
use crate::service::Service;

/// A pod template, by the numbers of the objects around it.
#[derive(Debug)]
pub(crate) struct PodEntry<'t> {
    /// The object that holds the template.
    pub(crate) owner: usize,
    /// The object that decides how many pods there are.
    pub(crate) scale_owner: usize,
    /// Its place among all pods. Objects may stand in streams of their own, so the node's number won't do.
    number: u32,
    pub(crate) node: Node<'t>,
    /// Where it stands in its owner, which is the same for nearly all owners of a kind.
    pub(crate) path: Arc<Path>,
    /// Its `spec`, which every field is looked for in.
    pub(crate) spec: Option<Node<'t>>,
    labels: Labels<'t>,
    annotations: Labels<'t>,
    /// What stands where its containers do, by [`CONTAINER_LISTS`]: each part of a function asks for them.
    lists: [Option<Node<'t>>; 2],
    /// Numbers of the Services that select it, once somebody asked: each of its containers asks.
    pub(crate) services: OnceLock<Vec<usize>>,
    pub(crate) runs_to_completion: bool,
    pub(crate) template: Template,
    pub(crate) probes: Probes,
    pub(crate) opt_in: bool,
}

impl<'t> PodEntry<'t> {
    fn new(owner: usize, kind: &PodKind, node: Node<'t>, path: Arc<Path>) -> Self {
        let spec = node.get("spec");
        let metadata = node.get("metadata");
        let of_metadata = |key| Labels(metadata.and_then(|metadata| metadata.get(key)));
        Self {
            owner,
            scale_owner: owner,
            number: 0,
            node,
            path,
            spec,
            labels: of_metadata("labels"),
            annotations: of_metadata("annotations"),
            lists: CONTAINER_LISTS.map(|list| spec?.get(list)),
            services: OnceLock::new(),
            runs_to_completion: kind.runs_to_completion,
            template: kind.template,
            probes: kind.probes,
            opt_in: kind.opt_in,
        }
    }
}

/// A path of an object's kind that leads to no pod template.
#[derive(Debug)]
pub(crate) struct DeadEnd {
    resource: usize,
    path: TemplatePath,
}

/// Finds the pod templates of all objects, and the paths that lead to none.
pub(crate) fn pods<'t>(
    resources: &Resources<'t>,
    kinds: &Kinds,
) -> (Vec<PodEntry<'t>>, Vec<DeadEnd>) {
    let all = resources.all.as_slice();
    let parts = threads::map_parts(all.len(), |part| {
        pods_of(all.get(part).unwrap_or_default(), kinds)
    });
    let (pods, dead_ends): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let mut pods = threads::concat(pods);
    for rollout in resources.all() {
        let Some(reference) = workload_ref(rollout) else {
            continue;
        };
        let referent = reference
            .referent(resources, rollout)
            .map(|owner| owner.number);
        for pod in pods.iter_mut().filter(|pod| Some(pod.owner) == referent) {
            pod.scale_owner = rollout.number;
        }
    }
    for (number, pod) in pods.iter_mut().enumerate() {
        pod.number = u32::try_from(number).unwrap_or(u32::MAX);
    }
    (pods, threads::concat(dead_ends))
}

/// The same of some objects, by themselves.
fn pods_of<'t>(resources: &[Resource<'t>], kinds: &Kinds) -> (Vec<PodEntry<'t>>, Vec<DeadEnd>) {
    let (mut pods, mut dead_ends) = (Vec::new(), Vec::new());
    let mut known: Option<(&str, &str, Option<&PodKind>)> = None;
    let mut last = Arc::default();
    for resource in resources {
        let (group, kind) = (resource.group(), resource.kind());
        // Objects of one kind often come in a row.
        let kind = match known {
            Some((known_group, known_kind, found))
                if known_group == group && known_kind == kind =>
            {
                found
            }
            _ => kinds.find(group, kind),
        };
        known = Some((group, resource.kind(), kind));
        let Some(kind) = kind else { continue };
        if workload_ref(resource).is_some() {
            continue;
        }
        for path in &kind.pod_template_paths {
            let found = path.find(resource.node);
            if found.is_empty() || found.iter().any(|(node, _)| !node.is_map()) {
                dead_ends.push(DeadEnd {
                    resource: resource.number,
                    path: path.clone(),
                });
            }
            let templates = found.into_iter().filter(|(node, _)| node.is_map());
            pods.extend(templates.map(|(node, path)| {
                if *last != path {
                    last = Arc::new(path);
                }
                PodEntry::new(resource.number, kind, node, Arc::clone(&last))
            }));
        }
    }
    (pods, dead_ends)
}

/// What an Argo Rollout without a template of its own refers to.
pub(crate) struct WorkloadRef<'t> {
    group: String,
    kind: Cow<'t, str>,
    name: Cow<'t, str>,
}

impl WorkloadRef<'_> {
    fn referent<'r, 't>(
        &self,
        resources: &'r Resources<'t>,
        from: &Resource<'t>,
    ) -> Option<&'r Resource<'t>> {
        resources.referent(from, &self.group, &self.kind, &self.name)
    }
}

/// With `spec.workloadRef` a template of the Rollout's own counts for nothing: Argo refuses it as soon as
/// it has labels.
fn workload_ref<'t>(resource: &Resource<'t>) -> Option<WorkloadRef<'t>> {
    if !resource.is("argoproj.io", "Rollout") {
        return None;
    }
    let reference = resource.node.at(&["spec", "workloadRef"])?;
    let text = |key| reference.get(key).and_then(Node::text).unwrap_or_default();
    let api_version = text("apiVersion");
    let group = api_version
        .split_once('/')
        .map_or("", |(group, _)| group)
        .to_owned();
    Some(WorkloadRef {
        group,
        kind: text("kind"),
        name: text("name"),
    })
}

impl<'t> Resources<'t> {
    /// Every pod template, in the order of the input; each once, also where a Rollout refers to it.
    pub fn pods(&self) -> impl ExactSizeIterator<Item = Pod<'_>> {
        let of_input = |entry| Pod {
            resources: self,
            entry,
        };
        self.pods.iter().map(of_input)
    }

    /// Argo Rollouts whose `workloadRef` leads to nothing in the input.
    pub fn unresolved_rollouts(&self) -> impl Iterator<Item = &Resource<'t>> {
        self.all().filter(|rollout| {
            workload_ref(rollout)
                .is_some_and(|reference| reference.referent(self, rollout).is_none())
        })
    }
}

/// A field on the way to a pod, its containers or their ports that holds what Kubernetes doesn't take there,
/// so that whatever stands below it is never found.
#[derive(Clone, Debug)]
pub struct Misfit<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
    /// The pod it is part of; none where the field keeps the pod from being found.
    pub pod: Option<Pod<'r>>,
    /// The container it is part of, if any.
    pub container: Option<Container<'r>>,
    /// The field.
    pub place: Place,
    /// What stands there.
    pub node: Node<'r>,
    wanted: Wanted,
}

/// What Kubernetes takes in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Map,
    List,
    Port,
}

impl Wanted {
    /// Whether the value is what is wanted. The value of a template's variable is anybody's guess.
    fn fits(self, node: Node<'_>) -> bool {
        match self {
            Self::Map => node.is_map(),
            Self::List => node.is_seq(),
            Self::Port => {
                let is_variable = || node.text().is_some_and(|text| text.contains('$'));
                node.as_i64()
                    .is_some_and(|number| (1..=65535).contains(&number))
                    || is_variable()
            }
        }
    }
}

impl Misfit<'_> {
    /// Whether it is a number, as it should be, but none that a port can have.
    pub fn is_out_of_range(&self) -> bool {
        self.wanted == Wanted::Port && self.node.as_i64().is_some()
    }

    /// What is wrong and what to do.
    pub fn message(&self) -> String {
        // From the last key on: `containers[0]`.
        let steps = &self.place.path.0;
        let key = steps
            .iter()
            .rposition(|step| matches!(step, Step::Key(_)))
            .unwrap_or_default();
        let field = Path(steps.iter().skip(key).cloned().collect());
        let wanted = match self.wanted {
            Wanted::Map => "a map",
            Wanted::List => "a list",
            Wanted::Port => "a number from 1 to 65535",
        };
        let found = match (self.node.kind(), self.node.scalar()) {
            (Kind::Map, _) => "a map",
            (Kind::Seq, _) => "a list",
            (Kind::Scalar, Some(Scalar::Bool(_))) => "a boolean",
            (Kind::Scalar, Some(Scalar::Int(_) | Scalar::Uint(_) | Scalar::Float(_))) => {
                match self.wanted {
                    Wanted::Port => self.node.source(),
                    Wanted::Map | Wanted::List => "a number",
                }
            }
            (Kind::Scalar, Some(Scalar::Str(_) | Scalar::Timestamp(_))) => "a string",
            (Kind::Scalar, Some(Scalar::Null) | None) => "null",
        };
        let is_quoted_number = self
            .node
            .as_str()
            .is_some_and(|text| text.parse::<u16>().is_ok_and(|number| number > 0));
        let hint = if self.wanted == Wanted::Port && is_quoted_number {
            "; write it without quotes"
        } else {
            ""
        };
        format!("`{field}` must be {wanted}, not {found}{hint}")
    }
}

impl Resources<'_> {
    /// Everything on the way to the ports of containers that Kubernetes would refuse, in the order of the
    /// input but for what keeps a pod from being found, which comes first. What is null is as good as absent.
    pub fn misfits(&self) -> Vec<Misfit<'_>> {
        let mut found = Vec::new();
        for dead_end in &self.dead_ends {
            let resource = self.get(dead_end.resource);
            found.extend(
                resource
                    .into_iter()
                    .flat_map(|resource| misfits_before(resource, &dead_end.path)),
            );
        }
        let pods = threads::map_parts(self.pods.len(), |part| {
            let mut found = Vec::new();
            let of_part = self.pods().skip(part.start).take(part.len());
            of_part.for_each(|pod| pod.misfits(&mut found));
            found
        });
        found.extend(threads::concat(pods));
        found
    }
}

/// The first thing that blocks the way to a pod template, in each branch of the path.
fn misfits_before<'r>(resource: &'r Resource<'r>, path: &TemplatePath) -> Vec<Misfit<'r>> {
    let text = path.to_string();
    let mut is_quoted = false;
    let mut ends = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => ends.push((at, Wanted::Map)),
            '[' if !is_quoted => {
                let is_list = text.get(at..).is_some_and(|rest| rest.starts_with("[*]"));
                ends.push((at, if is_list { Wanted::List } else { Wanted::Map }));
            }
            _ => {}
        }
    }
    ends.push((text.len(), Wanted::Map));
    let mut found = Vec::new();
    for (end, wanted) in ends {
        let before = text.get(..end).map(TemplatePath::parse);
        let Some(Ok(before)) = before else { continue };
        for (node, path) in before.find(resource.node) {
            if !node.is_null() && !wanted.fits(node) {
                let place = Place {
                    resource: resource.number,
                    path,
                };
                found.push(Misfit {
                    resource,
                    pod: None,
                    container: None,
                    place,
                    node,
                    wanted,
                });
            }
        }
    }
    found
}

/// Where a pod has containers. Ephemeral ones are for debugging and never looked at.
const CONTAINER_LISTS: [&str; 2] = ["initContainers", "containers"];

/// A pod template, or a pod.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'r> {
    pub(crate) resources: &'r Resources<'r>,
    pub(crate) entry: &'r PodEntry<'r>,
}

impl<'r> Pod<'r> {
    fn owner(self, number: usize) -> Option<&'r Resource<'r>> {
        self.resources.get(number)
    }

    /// The object that holds the template.
    pub fn template_owner(self) -> Option<&'r Resource<'r>> {
        self.owner(self.entry.owner)
    }

    /// The object that decides how many pods there are: the same, unless an Argo Rollout refers to it.
    pub fn scale_owner(self) -> Option<&'r Resource<'r>> {
        self.owner(self.entry.scale_owner)
    }

    /// Whether an object is a pod itself, and no owner of some.
    pub fn is_object(self, object: &Resource<'_>) -> bool {
        self.entry.node.is_same(object.node)
    }

    /// A number that no other pod of the input has.
    pub fn number(self) -> u32 {
        self.entry.number
    }

    /// All objects of the input.
    pub fn resources(self) -> &'r Resources<'r> {
        self.resources
    }

    /// The labels of the pods.
    pub fn labels(self) -> Labels<'r> {
        self.entry.labels
    }

    /// The annotations of the pods.
    pub fn annotations(self) -> Labels<'r> {
        self.entry.annotations
    }

    /// A field of the pod's `spec`.
    pub fn get(self, field: &str) -> Option<Node<'r>> {
        self.entry.spec?.get(field)
    }

    /// A field of the pod's `spec` as a place.
    pub fn field(self, field: &str) -> Place {
        self.place([field.into()])
    }

    /// What steps lead to from the pod's `spec`, as a place.
    fn place<const N: usize>(self, steps: [Step; N]) -> Place {
        let of_pod = &self.entry.path.0;
        let mut path = Vec::with_capacity(of_pod.len() + 1 + N);
        path.extend_from_slice(of_pod);
        path.push("spec".into());
        path.extend(steps);
        Place {
            resource: self.entry.owner,
            path: Path(path),
        }
    }

    /// An annotation of the pods as a place; none where the template is part of a pod alone.
    pub fn annotation(self, key: &str) -> Option<Place> {
        let metadata = Path::from(["metadata", "annotations", key]);
        (self.template() != Template::Partial).then(|| Place {
            resource: self.entry.owner,
            path: Path([self.entry.path.0.clone(), metadata.0].concat()),
        })
    }

    /// How much of a pod the template is.
    pub fn template(self) -> Template {
        self.entry.template
    }

    /// Who decides about its probes.
    pub fn probes(self) -> Probes {
        self.entry.probes
    }

    /// Whether only `targets` brings the kind into scope.
    pub fn is_opt_in(self) -> bool {
        self.entry.opt_in
    }

    /// Whether the pod ends by itself: by its kind, or because nobody restarts it.
    pub fn runs_to_completion(self) -> bool {
        let policy = self.get("restartPolicy").and_then(Node::text);
        self.entry.runs_to_completion || policy.is_some_and(|policy| policy != "Always")
    }

    /// Whether it runs on Windows nodes.
    pub fn is_windows(self) -> bool {
        let os = self
            .get("os")
            .and_then(|os| os.get("name"))
            .and_then(Node::text);
        let selector = self
            .get("nodeSelector")
            .and_then(|selector| selector.get("kubernetes.io/os"))
            .and_then(Node::text);
        [os, selector]
            .into_iter()
            .flatten()
            .any(|os| os == "windows")
    }

    /// The containers: init containers and sidecars first, in the order of the manifest.
    pub fn containers(self) -> impl Iterator<Item = Container<'r>> {
        let lists = CONTAINER_LISTS.into_iter().zip(self.entry.lists);
        lists.flat_map(move |(list, items)| {
            let items = items.into_iter().flat_map(Node::items).enumerate();
            items.filter_map(move |(index, node)| self.container(list, index, node))
        })
    }

    fn container(self, list: &'static str, index: usize, node: Node<'r>) -> Option<Container<'r>> {
        node.is_map().then_some(Container {
            pod: self,
            list,
            index,
            node,
        })
    }

    fn misfits(self, found: &mut Vec<Misfit<'r>>) {
        let spec = written(self.entry.spec);
        let place = || Place {
            resource: self.entry.owner,
            path: self.entry.path.join("spec"),
        };
        found.extend(spec.and_then(|spec| self.misfit(None, Wanted::Map, spec, place)));
        let mut of_containers = Vec::new();
        for (list, items) in CONTAINER_LISTS.into_iter().zip(self.entry.lists) {
            let place = || self.field(list);
            let Some(items) = written(items) else {
                continue;
            };
            found.extend(self.misfit(None, Wanted::List, items, place));
            for (index, node) in items.items().enumerate() {
                let place = || place().field(index);
                match self.container(list, index, node) {
                    Some(container) => container.misfits(&mut of_containers),
                    None => found.extend(self.misfit(None, Wanted::Map, node, place)),
                }
            }
        }
        found.append(&mut of_containers);
    }

    /// The value, if it isn't what is wanted.
    fn misfit(
        self,
        container: Option<Container<'r>>,
        wanted: Wanted,
        node: Node<'r>,
        place: impl FnOnce() -> Place,
    ) -> Option<Misfit<'r>> {
        let resource = self.template_owner().filter(|_| !wanted.fits(node))?;
        Some(Misfit {
            resource,
            pod: Some(self),
            container,
            place: place(),
            node,
            wanted,
        })
    }

    /// The Services of the input that select the pod.
    pub fn services(self) -> Vec<Service<'r>> {
        let numbers = || self.resources.service_index().of_pod(self);
        let numbers = self.entry.services.get_or_init(numbers).iter();
        let services = numbers.filter_map(|number| self.resources.get(*number));
        services.map(|resource| Service { resource }).collect()
    }
}

/// The value, unless it is null, which is as good as absent.
fn written(node: Option<Node<'_>>) -> Option<Node<'_>> {
    node.filter(|node| !node.is_null())
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContainerType {
    /// The application.
    App,
    /// An init container that keeps running (`restartPolicy: Always`).
    Sidecar,
    /// An init container that ends before the application starts.
    Init,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct Container<'r> {
    /// The pod it is part of.
    pub pod: Pod<'r>,
    list: &'static str,
    index: usize,
    /// Its own node.
    pub node: Node<'r>,
}

impl<'r> Container<'r> {
    /// Its name, empty where there is none.
    pub fn name(self) -> Cow<'r, str> {
        self.node
            .get("name")
            .and_then(Node::text)
            .unwrap_or_default()
    }

    /// What it is for.
    pub fn kind(self) -> ContainerType {
        let restarts = || {
            self.node
                .get("restartPolicy")
                .and_then(Node::text)
                .is_some_and(|policy| policy == "Always")
        };
        match self.list {
            "containers" => ContainerType::App,
            _ if restarts() => ContainerType::Sidecar,
            _ => ContainerType::Init,
        }
    }

    fn misfits(self, found: &mut Vec<Misfit<'r>>) {
        let place = || self.field("ports");
        let misfit = |wanted, node, place: &dyn Fn() -> Place| {
            self.pod.misfit(Some(self), wanted, node, place)
        };
        let Some(ports) = written(self.get("ports")) else {
            return;
        };
        found.extend(misfit(Wanted::List, ports, &place));
        for (index, port) in ports.items().enumerate() {
            let place = || place().field(index);
            found.extend(misfit(Wanted::Map, port, &place));
            let number = written(port.get("containerPort"));
            found.extend(number.and_then(|number| {
                misfit(Wanted::Port, number, &|| place().field("containerPort"))
            }));
        }
    }

    /// A field of the container.
    pub fn get(self, field: &str) -> Option<Node<'r>> {
        self.node.get(field)
    }

    /// The container itself as a place.
    pub fn place(self) -> Place {
        self.pod.place([self.list.into(), self.index.into()])
    }

    /// A field of the container as a place.
    pub fn field(self, field: &str) -> Place {
        let steps = [self.list.into(), self.index.into(), field.into()];
        self.pod.place(steps)
    }

    /// Its image as written.
    pub fn image(self) -> Cow<'r, str> {
        self.node
            .get("image")
            .and_then(Node::text)
            .unwrap_or_default()
    }

    /// Whether its image is in a repository that `pattern` covers.
    pub fn has_image(self, pattern: &Glob) -> bool {
        Image::parse(&self.image()).matches(pattern)
    }

    /// The value of an environment variable that is written out.
    pub fn env(self, name: &str) -> Option<Cow<'r, str>> {
        let variables = self.node.get("env").into_iter().flat_map(Node::items);
        let mut named = variables.filter(|variable| {
            variable
                .get("name")
                .and_then(Node::text)
                .is_some_and(|own| own == name)
        });
        named.next()?.get("value")?.text()
    }

    /// Whether an environment variable is set, wherever its value comes from.
    pub fn has_env(self, name: &str) -> bool {
        let mut variables = self.node.get("env").into_iter().flat_map(Node::items);
        variables.any(|variable| {
            variable
                .get("name")
                .and_then(Node::text)
                .is_some_and(|own| own == name)
        })
    }

    /// The words of `command` and `args`.
    pub fn words(self) -> impl Iterator<Item = Cow<'r, str>> {
        let lists = ["command", "args"]
            .into_iter()
            .filter_map(move |field| self.node.get(field));
        lists.flat_map(Node::items).filter_map(Node::text)
    }

    /// Whether a mesh or platform tool put it there.
    pub fn is_injected(self) -> bool {
        is_injected(&self.name())
    }
}

/// Whether containers of this name are put into pods by a mesh or platform tool.
pub fn is_injected(name: &str) -> bool {
    static PATTERNS: LazyLock<Vec<(&str, Option<&str>)>> = LazyLock::new(|| {
        let lines = include_str!("injected.yaml").lines();
        let patterns = lines
            .filter_map(|line| line.strip_prefix("- "))
            .filter_map(|line| line.split_ascii_whitespace().next());
        patterns
            .map(|pattern| match pattern.split_once('*') {
                Some((start, end)) => (start, Some(end)),
                None => (pattern, None),
            })
            .collect()
    });
    PATTERNS.iter().any(|(start, end)| match end {
        None => *start == name,
        Some(end) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    })
}
