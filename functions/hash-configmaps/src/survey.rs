//! What the input has: objects to hash, and everything that names them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use sdk::{
    Collect as _, ConfigurationKind, Context, Node, Plan, Reference, References, Referent,
    Resolver, Resource, Resources, Subject, Template, content_hash,
};

use crate::HashConfigMaps;
use crate::config::Run;
use crate::exceptions::Exceptions;
use crate::fate::Fate;
use crate::mentions::Mentions;
use crate::naming::Naming;

/// Marks an old version that we keep for old pods.
pub(crate) const RETAINED: &str = "plimsoll.dev/retained";

/// Everything that a decision may depend on.
pub(crate) struct Survey<'c, 'r> {
    pub(crate) run: &'c Run,
    pub(crate) resources: &'r Resources<'r>,
    pub(crate) resolver: &'c Resolver<'r>,
    /// The objects in scope, in the order of the input.
    pub(crate) objects: Vec<Object<'r>>,
    /// All references, in the order of the input.
    pub(crate) uses: Vec<Use<'r>>,
    /// Grants to other namespaces that cover every object of a kind in theirs.
    pub(crate) grants: BTreeMap<(&'r str, ConfigurationKind), &'r Resource<'r>>,
    /// Positions in `objects` by the numbers of resources.
    positions: BTreeMap<usize, usize>,
    mentions: OnceCell<Mentions<'r>>,
}

/// A ConfigMap or Secret in scope.
pub(crate) struct Object<'r> {
    pub(crate) resource: &'r Resource<'r>,
    pub(crate) kind: ConfigurationKind,
    /// None where the content can't be hashed, which has been told.
    pub(crate) hash: Option<String>,
    pub(crate) naming: Naming,
    /// Why it is never hashed.
    pub(crate) exception: Option<String>,
    /// Whether its author wants it to keep its name.
    pub(crate) is_skipped: bool,
    /// Whether its author wants it out of checksums too.
    pub(crate) is_left_out: bool,
    /// Positions in [`Survey::uses`], those among them that may mean another object.
    pub(crate) uses: Vec<usize>,
    pub(crate) fate: Fate,
}

/// A reference, and whether it can follow a new name.
pub(crate) struct Use<'r> {
    pub(crate) reference: Reference<'r>,
    pub(crate) bar: Option<Bar>,
}

/// What keeps a reference from being changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// The API server refuses a change of it.
    Immutable,
    /// Its author opted out.
    Skipped,
    /// The configuration leaves its object out, or nobody keeps it in Git: a controller made it, or a chart runs
    /// it as a hook.
    Untouched,
    /// The same field names another object too.
    Shared,
}

impl<'c, 'r> Survey<'c, 'r> {
    pub(crate) fn new(
        plan: &mut Plan,
        context: &'c Context<'_, HashConfigMaps>,
        resources: &'r Resources<'r>,
        resolver: &'c Resolver<'r>,
        table: &'c References,
    ) -> Self {
        let exceptions = Exceptions::of(resources, table, resolver);
        let objects: Vec<Object<'r>> = context
            .objects(resources)
            .filter(|object| object.annotations().get(RETAINED).is_none())
            .filter_map(|resource| Object::new(plan, resources, resource, &exceptions))
            .collect();
        let numbers = objects.iter().map(|object| object.resource.number);
        let positions = numbers.enumerate().map(|(at, number)| (number, at));
        let mut survey = Self {
            run: context.run(),
            resources,
            resolver,
            positions: positions.into_map(),
            objects,
            uses: Vec::new(),
            grants: resources
                .all()
                .flat_map(|object| grants(resources, object))
                .into_map(),
            mentions: OnceCell::new(),
        };
        for resource in resources.all() {
            survey.add_uses(plan, context, resource);
        }
        survey
    }

    fn add_uses(
        &mut self,
        plan: &mut Plan,
        context: &Context<'_, HashConfigMaps>,
        from: &'r Resource<'r>,
    ) {
        let references = self.resolver.references_of(from);
        if references.is_empty() {
            return;
        }
        let is_untouched = !context.may_change(self.resources, from);
        for reference in references {
            for object in meant(&reference) {
                let position = self.positions.get(&object.number);
                if let Some(object) = position.and_then(|at| self.objects.get_mut(*at)) {
                    object.uses.push(self.uses.len());
                }
            }
            let bar = if is_untouched {
                Some(Bar::Untouched)
            } else {
                bar(plan, self.resources, &reference)
            };
            let bar = bar.or_else(|| self.share(&reference));
            self.uses.push(Use { reference, bar });
        }
    }

    /// Whether the field of the last reference is that of this one too.
    fn share(&mut self, reference: &Reference<'_>) -> Option<Bar> {
        let last = self.uses.last_mut()?;
        let is_shared = last.reference.place == reference.place
            && crate::roles::list_of(&reference.place).is_none();
        let are_there = last.reference.target().is_some() && reference.target().is_some();
        (is_shared && are_there).then(|| *last.bar.get_or_insert(Bar::Shared))
    }

    /// The object in scope with this number among the resources.
    pub(crate) fn object(&self, number: usize) -> Option<&Object<'r>> {
        self.objects.get(*self.positions.get(&number)?)
    }

    /// Everything that names an object, or may.
    pub(crate) fn uses_of(&self, object: &Object<'r>) -> impl Iterator<Item = &Use<'r>> {
        object.uses.iter().filter_map(|at| self.uses.get(*at))
    }

    /// Where free texts speak of objects; read when first asked for.
    pub(crate) fn mentions(&self) -> &Mentions<'r> {
        self.mentions.get_or_init(|| {
            let names: Vec<(&str, Vec<String>)> = self
                .objects
                .iter()
                .map(|object| (self.resources.namespace_of(object.resource), object.names()))
                .collect();
            let pairs = names.iter().flat_map(|(namespace, names)| {
                names.iter().map(move |name| (*namespace, name.as_str()))
            });
            Mentions::of(self.resources, &pairs.into_set())
        })
    }
}

impl<'r> Object<'r> {
    fn new(
        plan: &mut Plan,
        resources: &'r Resources<'r>,
        resource: &'r Resource<'r>,
        exceptions: &Exceptions<'_, '_>,
    ) -> Option<Self> {
        let kind = ConfigurationKind::of(resource)?;
        let hash = content_hash(resource.node).ok();
        Some(Self {
            resource,
            kind,
            exception: exceptions.find(resources, resource, kind),
            is_skipped: plan.is_skipped(crate::write::SUFFIX, (resource, resources)),
            is_left_out: plan.is_skipped(crate::checksum::RULE, (resource, resources)),
            hash,
            naming: Naming::of(resource),
            uses: Vec::new(),
            fate: Fate::Left,
        })
    }

    /// Every name it has or had, and the one without a hash.
    pub(crate) fn names(&self) -> Vec<String> {
        let former = self.resource.previous().into_iter();
        let mut names: Vec<String> = former.map(|(_, _, name)| name).collect();
        names.push(self.naming.base());
        names.push(self.resource.name().to_owned());
        names
    }

    /// The name that its content gives it.
    pub(crate) fn new_name(&self) -> Option<String> {
        Some(self.naming.with(self.hash.as_ref()?))
    }

    /// Whether it has that name already.
    pub(crate) fn is_named(&self) -> bool {
        self.new_name()
            .is_some_and(|name| name == self.resource.name())
    }
}

/// What a `ReferenceGrant` lets other namespaces refer to, whatever it is called.
fn grants<'r>(
    resources: &'r Resources<'r>,
    grant: &'r Resource<'r>,
) -> Vec<((&'r str, ConfigurationKind), &'r Resource<'r>)> {
    if !grant.is("gateway.networking.k8s.io", "ReferenceGrant") {
        return Vec::new();
    }
    let to = grant
        .node
        .at(&["spec", "to"])
        .into_iter()
        .flat_map(Node::items);
    let text = |to: Node<'r>, field| to.get(field).and_then(Node::text).unwrap_or_default();
    let of_all = to.filter(|to| text(*to, "group").is_empty() && text(*to, "name").is_empty());
    let kinds = [ConfigurationKind::ConfigMap, ConfigurationKind::Secret];
    let granted = of_all.filter_map(|to| {
        let kind = text(to, "kind");
        kinds.into_iter().find(|own| own.name() == kind)
    });
    granted
        .map(|kind| ((resources.namespace_of(grant), kind), grant))
        .collect()
}

/// What a reference means, or may mean.
fn meant<'r>(reference: &Reference<'r>) -> Vec<&'r Resource<'r>> {
    match &reference.referent {
        Referent::Absent => Vec::new(),
        Referent::One(object) => vec![object],
        Referent::Several(objects) => objects.clone(),
    }
}

/// What keeps a reference of an object that may be changed as it is.
fn bar<'r>(
    plan: &mut Plan,
    resources: &'r Resources<'r>,
    reference: &Reference<'r>,
) -> Option<Bar> {
    let subject = subject(resources, reference);
    if plan.is_skipped(crate::write::REFERENCE, subject) {
        return Some(Bar::Skipped);
    }
    let from = reference.from;
    let template = reference.pod?.template();
    let runs_once = from.is("", "Pod") || from.is("batch", "Job");
    let is_immutable = template == Template::Immutable || (runs_once && !is_replaced(from));
    is_immutable.then_some(Bar::Immutable)
}

/// What the decision about a reference is about.
pub(crate) fn subject<'r>(resources: &'r Resources<'r>, reference: &Reference<'r>) -> Subject<'r> {
    match reference.pod {
        Some(pod) => pod.into(),
        None => (reference.from, resources).into(),
    }
}

/// Whether each deployment makes the Job or Pod anew, so that nothing has to be changed in place. Argo CD's
/// `Replace=true` alone doesn't: it updates in place too.
fn is_replaced(job: &Resource<'_>) -> bool {
    let annotation = |key| job.annotations().get(key).unwrap_or_default();
    let options = annotation("argocd.argoproj.io/sync-options");
    job.name().is_empty()
        || job.annotations().get("argocd.argoproj.io/hook").is_some()
        || options.contains("Force=true")
        || annotation("kustomize.toolkit.fluxcd.io/force").eq_ignore_ascii_case("enabled")
}
