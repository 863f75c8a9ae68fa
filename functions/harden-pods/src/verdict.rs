//! What keeps a pod from its level of the Pod Security Standards, with everything that was written.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Context, NamespaceSecurity, Place, Plan, Resource, Resources, SecurityLevel,
    SecurityPolicy, SecurityVersion, SecurityViolation, Severity, Subject, Template,
};

use crate::HardenPods;
use crate::survey::PodSurvey;

mod rules;

pub(crate) use rules::{CHECKS, ERRORS};

/// What the run and its Namespaces ask of pods.
pub(crate) struct Standards {
    /// The version that the levels of the configuration mean.
    version: SecurityVersion,
    /// What Namespaces enforce, by their names.
    enforced: BTreeMap<String, SecurityPolicy>,
}

impl Standards {
    /// Reads the configuration, and the labels of the Namespaces in the input.
    pub(crate) fn of(context: &Context<'_, HardenPods>, resources: &Resources<'_>) -> Self {
        let minor = context.kubernetes_version().minor;
        let written = context.run().policy_version.parse();
        let is_namespace = |object: &&Resource<'_>| object.is("", "Namespace");
        let enforced = |namespace: &Resource<'_>| {
            let SecurityPolicy { level, version } = NamespaceSecurity::of(namespace).enforce?;
            let version = version.on_cluster(minor);
            Some((
                namespace.name().to_owned(),
                SecurityPolicy { level, version },
            ))
        };
        Self {
            version: written.unwrap_or(SecurityVersion::Minor(minor)),
            enforced: resources
                .all()
                .filter(is_namespace)
                .filter_map(enforced)
                .into_map(),
        }
    }

    fn enforced_on(&self, survey: &PodSurvey<'_>) -> Option<SecurityPolicy> {
        let owner = survey.pod.template_owner()?;
        let namespace = survey.pod.resources().namespace_of(owner);
        self.enforced.get(namespace).copied()
    }
}

/// Reports everything that keeps the pod from its level, and from the one that its Namespace enforces.
pub(crate) fn check(plan: &mut Plan, survey: &PodSurvey<'_>, standards: &Standards) {
    // What an operator adds can't be seen.
    if survey.pod.template() == Template::Partial {
        return;
    }
    let mut told = BTreeSet::new();
    if let Some(SecurityPolicy { level, version }) = standards.enforced_on(survey) {
        for violation in survey.after.violations(level, version) {
            let message = format!(
                "{}; the Namespace enforces the level {level}, so that no such pod starts",
                violation.detail
            );
            tell(plan, survey, &violation, Severity::Error, &message);
            told.insert(violation.place);
        }
    }
    let levels = survey
        .containers
        .iter()
        .filter_map(|own| own.settings.as_ref());
    let levels = levels
        .chain([&survey.settings])
        .map(|settings| settings.level);
    for level in levels.into_set() {
        check_level(plan, survey, standards.version, level, &mut told);
    }
}

/// Reports what keeps those containers from a level that are to meet it, and where it is the pod's the pod.
fn check_level(
    plan: &mut Plan,
    survey: &PodSurvey<'_>,
    version: SecurityVersion,
    level: SecurityLevel,
    told: &mut BTreeSet<Place>,
) {
    // An exception that somebody wrote down is still one.
    let (judged, severity) = match level {
        SecurityLevel::Privileged => (SecurityLevel::Restricted, Severity::Info),
        level => (level, Severity::Warning),
    };
    for violation in survey.after.violations(judged, version) {
        if level_of(survey, &violation) != level || !told.insert(violation.place.clone()) {
            continue;
        }
        if violation.is_unreadable {
            tell(plan, survey, &violation, Severity::Error, &violation.detail);
        } else {
            let message = format!("{}, for the level {}", violation.detail, violation.level);
            tell(plan, survey, &violation, severity, &message);
        }
    }
}

/// The level that is asked of what the violation is part of.
fn level_of(survey: &PodSurvey<'_>, violation: &SecurityViolation<'_>) -> SecurityLevel {
    let own = violation.container.and_then(|container| {
        let mut all = survey.containers.iter();
        let own = all.find(|own| own.container.node.is_same(container.node))?;
        own.settings.as_ref()
    });
    own.unwrap_or(&survey.settings).level
}

fn tell(
    plan: &mut Plan,
    survey: &PodSurvey<'_>,
    violation: &SecurityViolation<'_>,
    severity: Severity,
    message: &str,
) {
    let subject = violation
        .container
        .map_or(Subject::Pod(survey.pod), Subject::Container);
    plan.report(
        rules::rule(violation),
        severity,
        subject,
        &violation.place,
        message,
        None,
    );
}
