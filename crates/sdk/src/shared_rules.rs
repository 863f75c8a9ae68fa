//! The rules that every function has, and the checks behind those that need no configuration of its own.

use std::borrow::Cow;

use kube::{Container, Pod, Resource, Resources, Template};

use crate::about::About;
use crate::config::Config;
use crate::finding::{Finding, Identity, Severity};
use crate::function::Rule;
use crate::scope::is_kept_by_author;
use crate::select::Matcher;
use crate::skip::{self, Skips};

/// The rules that every function has.
pub const SHARED_RULES: &[Rule] = &[
    Rule {
        slug: "config",
        severity: Severity::Error,
        about: "The configuration has a mistake.",
    },
    Rule {
        slug: "unused-target",
        severity: Severity::Warning,
        about: "An entry of `targets`, `exclude` or `overrides` matches nothing.",
    },
    Rule {
        slug: "unknown-container",
        severity: Severity::Warning,
        about: "An entry names a container that its workloads don't have.",
    },
    Rule {
        slug: "stale-skip",
        severity: Severity::Warning,
        about: "A `plimsoll.dev/skip` annotation names nothing that exists.",
    },
    Rule {
        slug: "skip-without-reason",
        severity: Severity::Warning,
        about: "In production a skip says why, in `plimsoll.dev/skip-reason`.",
    },
    Rule {
        slug: "generated",
        severity: Severity::Info,
        about: "An object was made for another one, made anew, or taken away.",
    },
    Rule {
        slug: "orphaned",
        severity: Severity::Warning,
        about: "A generated object's subject is not in the input, so the object stays.",
    },
    Rule {
        slug: "setter-owned",
        severity: Severity::Warning,
        about: "A changed field carries a `# kpt-set:` comment, so the next render of its setter undoes the change.",
    },
    Rule {
        slug: "not-an-object",
        severity: Severity::Error,
        about: "An item of the input is no Kubernetes object.",
    },
    Rule {
        slug: "wrong-type",
        severity: Severity::Error,
        about: "A field on the way to containers or their ports has a type that Kubernetes refuses.",
    },
    Rule {
        slug: "port-out-of-range",
        severity: Severity::Error,
        about: "A `containerPort` is not from 1 to 65535.",
    },
    Rule {
        slug: "unresolved-workload-ref",
        severity: Severity::Warning,
        about: "A Rollout's `workloadRef` leads to nothing in the input.",
    },
    Rule {
        slug: "not-editable",
        severity: Severity::Error,
        about: "The text of an object can't be changed without harm, for example under a shared anchor.",
    },
    Rule {
        slug: "summary",
        severity: Severity::Info,
        about: "Counts what was changed, kept and skipped.",
    },
];

/// What keeps an object, which stands in this item, from being one of Kubernetes.
pub(crate) fn malformation(resource: &Resource<'_>, item: impl Fn() -> String) -> Option<Finding> {
    let metadata = |field| {
        resource
            .node
            .get("metadata")
            .and_then(|metadata| metadata.get(field))
    };
    let lacks = if !resource.node.is_map() {
        "is no map"
    } else if resource.kind().is_empty() {
        "has no `kind`"
    } else if resource.api_version().is_empty() {
        "has no `apiVersion`"
    } else if resource.name().is_empty()
        && metadata("generateName").is_none()
        && !resource.is_local()
    {
        "has no `metadata.name`"
    } else {
        return None;
    };
    let dot = if resource.base.0.is_empty() { "" } else { "." };
    let message = format!(
        "{}{dot}{} {lacks} ({}); every item must be a Kubernetes object with `apiVersion`, `kind` and `metadata.name`",
        item(),
        resource.base,
        resource.node.position()
    );
    Some(Finding::violation(
        "not-an-object",
        Severity::Error,
        message,
    ))
}

/// What keeps containers and their ports from being read, where the function would look at them: without this
/// it would seem as if there were nothing to do.
pub(crate) fn misfits(config: &Config<'_>, resources: &Resources<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for misfit in resources.misfits() {
        let (resource, pod, container) = (misfit.resource, misfit.pod, misfit.container);
        let name = container
            .map(Container::name)
            .filter(|name| !name.is_empty());
        let rule = if misfit.is_out_of_range() {
            "port-out-of-range"
        } else {
            "wrong-type"
        };
        let skips = match pod {
            Some(pod) => Skips::of_pod(pod),
            None => Skips::of_resource(resources, resource),
        };
        let is_skipped = skips
            .find(config.about.name, rule, name.as_deref())
            .is_some();
        if is_skipped || !is_looked_at(config, resources, resource, container) {
            continue;
        }
        // A whole map or list may hold what nobody should read in a log.
        let current = misfit
            .node
            .scalar()
            .and_then(|_| misfit.node.to_value().ok());
        found.push(Finding {
            subject: Some(Identity::of(resource)),
            field: Some(misfit.place.path.to_string()),
            current,
            container: name.map(Cow::into_owned),
            ..Finding::violation(rule, Severity::Error, misfit.message())
        });
    }
    found
}

/// Whether an object, or a container of it, is what the function is for.
fn is_looked_at(
    config: &Config<'_>,
    resources: &Resources<'_>,
    resource: &Resource<'_>,
    container: Option<Container<'_>>,
) -> bool {
    let is_authors = is_kept_by_author(resource);
    let kind = config.kinds.find(resource.group(), resource.kind());
    let mut targets = config.targets.iter().flatten();
    let is_wanted = kind.is_some_and(|kind| {
        kind.template != Template::Immutable
            && (!kind.opt_in || targets.any(|target| target.names_kind(resource)))
    });
    let is_injected = container.is_some_and(Container::is_injected)
        && !config.options.include_infrastructure_containers;
    let fits = |matcher: &Matcher| {
        matcher.fits_resource(resources, resource)
            && container.is_none_or(|container| matcher.fits_container(container))
    };
    let is_target = config
        .targets
        .as_ref()
        .is_none_or(|targets| targets.iter().any(fits));
    // An entry that excludes some containers leaves the rest of the object in.
    let is_excluded = config
        .exclude
        .iter()
        .any(|entry| fits(entry) && (container.is_some() || !entry.is_about_containers()));
    is_authors && is_wanted && !is_injected && is_target && !is_excluded
}

/// What is wrong with the skip annotations that concern this function.
pub(crate) fn skips(config: &Config<'_>, resources: &Resources<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for resource in resources.all().filter(|resource| !resource.is_local()) {
        for item in skip::items(resource.annotations()) {
            found.extend(skip_findings(
                config,
                resources,
                resource,
                &item,
                resource.annotations(),
            ));
        }
    }
    for pod in resources.pods() {
        let Some(owner) = pod
            .template_owner()
            .filter(|owner| !owner.is_local() && !pod.is_object(owner))
        else {
            continue;
        };
        for item in skip::items(pod.annotations()) {
            found.extend(skip_findings(
                config,
                resources,
                owner,
                &item,
                pod.annotations(),
            ));
        }
    }
    found
}

fn skip_findings(
    config: &Config<'_>,
    resources: &Resources<'_>,
    resource: &Resource<'_>,
    item: &skip::SkipItem,
    annotations: kube::Labels<'_>,
) -> Vec<Finding> {
    let finding = |rule: &str, message: String| Finding {
        subject: Some(Identity::of(resource)),
        field: Some(resource.annotation(skip::SKIP).path.to_string()),
        ..Finding::violation(rule, Severity::Warning, message)
    };
    let mut found = Vec::new();
    if item.is_of_nobody() {
        let message = format!("`{}` names no function{}", item.text, item.hint());
        return vec![finding("stale-skip", message)];
    }
    let About { name, rules, .. } = config.about;
    if !item.concerns(name) {
        return found;
    }
    let rules: Vec<&str> = rules.iter().map(|rule| rule.slug).collect();
    if let Some(rule) = item
        .rule
        .as_deref()
        .filter(|rule| item.function.is_some() && !rules.contains(rule))
    {
        let hint = yaml::did_you_mean(rule, &rules);
        found.push(finding(
            "stale-skip",
            format!("`{}` names no rule of {}{hint}", item.text, name),
        ));
    }
    if let Some(container) = item
        .container
        .as_deref()
        .filter(|_| !resource.is("", "Namespace"))
    {
        let names = names_of_containers(resources, resource);
        if !names.iter().any(|name| name == container) {
            let message = format!(
                "`{}` names a container that isn't there; there is {}",
                item.text,
                names.join(", ")
            );
            found.push(finding("stale-skip", message));
        }
    }
    if config.is_production()
        && annotations
            .get(skip::SKIP_REASON)
            .is_none_or(|reason| reason.trim().is_empty())
    {
        let message = format!(
            "`{}` is opted out of without a reason; add `{}`",
            item.text,
            skip::SKIP_REASON
        );
        found.push(finding("skip-without-reason", message));
    }
    found
}

fn names_of_containers(resources: &Resources<'_>, owner: &Resource<'_>) -> Vec<String> {
    let is_own = |pod: &Pod<'_>| {
        let of_pod = pod.template_owner();
        of_pod.is_some_and(|of_pod| of_pod.number == owner.number)
    };
    let containers = resources.pods().filter(is_own).flat_map(Pod::containers);
    let names = containers.map(|container| container.name().into_owned());
    names.collect()
}

pub(crate) fn unresolved(rollout: &Resource<'_>) -> Finding {
    let message = "`workloadRef` leads to nothing in the input, so this Rollout is left alone; add the object it names";
    Finding {
        subject: Some(Identity::of(rollout)),
        field: Some("spec.workloadRef".to_owned()),
        ..Finding::violation("unresolved-workload-ref", Severity::Warning, message)
    }
}
