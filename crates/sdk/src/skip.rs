//! `plimsoll.dev/skip`: how an author opts out, on an object, its pod template or its Namespace.

use kube::{Labels, Pod, Resource, Resources};

use crate::function::FUNCTIONS;

/// The annotation that opts out.
pub(crate) const SKIP: &str = "plimsoll.dev/skip";
/// The annotation that says why.
pub(crate) const SKIP_REASON: &str = "plimsoll.dev/skip-reason";

/// One item of the annotation: `function[:rule][@container]`, or `all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkipItem {
    pub(crate) text: String,
    /// None means every function.
    pub(crate) function: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) container: Option<String>,
}

impl SkipItem {
    fn parse(text: &str) -> Self {
        let (head, container) = match text.split_once('@') {
            Some((head, container)) => (head, Some(container.trim().to_owned())),
            None => (text, None),
        };
        let (function, rule) = match head.split_once(':') {
            Some((function, rule)) => (function, Some(rule.trim().to_owned())),
            None => (head, None),
        };
        let function = Some(function.trim().to_owned()).filter(|name| name != "all");
        Self {
            text: text.to_owned(),
            function,
            rule,
            container,
        }
    }

    pub(crate) fn concerns(&self, function: &str) -> bool {
        self.function.as_ref().is_none_or(|own| own == function)
    }

    /// Whether it opts the rule out for the container (or for what is no container's matter).
    pub(crate) fn covers(&self, rule: &str, container: Option<&str>) -> bool {
        self.rule.as_ref().is_none_or(|own| own == rule)
            && self
                .container
                .as_ref()
                .is_none_or(|own| Some(own.as_str()) == container)
    }

    /// Whether no function of this name exists.
    pub(crate) fn is_of_nobody(&self) -> bool {
        self.function
            .as_ref()
            .is_some_and(|own| !FUNCTIONS.contains(&own.as_str()))
    }

    pub(crate) fn hint(&self) -> String {
        let known: Vec<&str> = FUNCTIONS.iter().copied().chain(["all"]).collect();
        yaml::did_you_mean(self.function.as_deref().unwrap_or_default(), &known)
    }
}

/// The items of one annotation.
pub(crate) fn items(annotations: Labels<'_>) -> Vec<SkipItem> {
    let text = annotations.get(SKIP).unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(SkipItem::parse)
        .collect()
}

/// What is opted out of for one object or pod.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skips(Vec<SkipItem>);

impl Skips {
    /// For an object, with its Namespace's.
    pub(crate) fn of_resource(resources: &Resources<'_>, resource: &Resource<'_>) -> Self {
        let mut found = items(resource.annotations());
        if let Some(namespace) = resources.namespace_object(resource) {
            found.extend(items(namespace.annotations()));
        }
        Self(found)
    }

    /// For a pod, with its object's and its Namespace's.
    pub(crate) fn of_pod(pod: Pod<'_>) -> Self {
        let mut found = pod.template_owner().map_or_else(Self::default, |owner| {
            Self::of_resource(pod.resources(), owner)
        });
        found.0.extend(items(pod.annotations()));
        found
    }

    /// The item that opts the rule out, if any does.
    pub(crate) fn find(
        &self,
        function: &str,
        rule: &str,
        container: Option<&str>,
    ) -> Option<&SkipItem> {
        self.0
            .iter()
            .find(|item| item.concerns(function) && item.covers(rule, container))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_name_functions_rules_and_containers() {
        let item = SkipItem::parse("harden-pods:read-only-root-filesystem@app");
        assert!(item.concerns("harden-pods") && !item.concerns("inject-probes"));
        assert!(item.covers("read-only-root-filesystem", Some("app")));
        assert!(!item.covers("read-only-root-filesystem", Some("other")));
        assert!(!item.covers("run-as-non-root", Some("app")));
        assert!(SkipItem::parse("all").concerns("inject-probes"));
        assert!(SkipItem::parse("all@app").covers("x", Some("app")));
        assert!(SkipItem::parse("inject-probe").is_of_nobody());
        assert_eq!(
            SkipItem::parse("inject-probe").hint(),
            "; did you mean `inject-probes`?"
        );
    }
}
