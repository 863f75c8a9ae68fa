//! Objects that are never hashed.

use std::collections::BTreeSet;

use sdk::{
    Collect as _, ConfigurationKind, Matcher, References, Resolver, Resource, Resources, Target,
};
use serde::Deserialize;

/// A row of the data file.
#[derive(Debug, Deserialize)]
struct Row {
    target: Target,
    #[serde(default)]
    types: Vec<String>,
    because: String,
}

/// Every reason not to hash an object that has nothing to do with what refers to it.
pub(crate) struct Exceptions<'c, 'r> {
    rows: Vec<(Matcher, Row)>,
    table: &'c References,
    resolver: &'c Resolver<'r>,
    /// Files that kpt hands to functions as their configuration.
    function_configs: BTreeSet<String>,
}

impl<'c, 'r> Exceptions<'c, 'r> {
    pub(crate) fn of(
        resources: &Resources<'_>,
        table: &'c References,
        resolver: &'c Resolver<'r>,
    ) -> Self {
        let rows: Vec<Row> = sdk::yaml::data(include_str!("../exceptions.yaml"));
        let compiled = rows.into_iter().filter_map(|row| {
            let matcher = Matcher::new(row.target.clone()).ok()?;
            Some((matcher, row))
        });
        Self {
            rows: compiled.collect(),
            table,
            resolver,
            function_configs: resources.all().flat_map(function_configs).into_set(),
        }
    }

    /// Why the object is never hashed.
    pub(crate) fn find(
        &self,
        resources: &Resources<'_>,
        object: &Resource<'_>,
        kind: ConfigurationKind,
    ) -> Option<String> {
        if self.table.is_everywhere(kind, object.name()) {
            return Some("the cluster makes one in each namespace".to_owned());
        }
        let is_function = ["config.kubernetes.io/function", "config.k8s.io/function"]
            .iter()
            .any(|key| object.annotations().get(key).is_some());
        let is_configuration =
            || path(object).is_some_and(|path| self.function_configs.contains(&path));
        if is_function || is_configuration() {
            return Some("it is the configuration of a function".to_owned());
        }
        self.by_its_manifest(resources, object)
            .or_else(|| self.by_its_maker(resources, object, kind))
    }

    fn by_its_manifest(&self, resources: &Resources<'_>, object: &Resource<'_>) -> Option<String> {
        let kind = object.node.get("type").and_then(sdk::Node::text);
        let kind = kind.unwrap_or_default();
        let fits = |(matcher, row): &&(Matcher, Row)| {
            matcher.fits_resource(resources, object)
                && (row.types.is_empty() || row.types.iter().any(|own| *own == *kind))
        };
        let found = self.rows.iter().find(fits);
        found.map(|(_, row)| row.because.clone())
    }

    /// What something else writes into at run time would be missed under another name, and holds more than is known
    /// here.
    fn by_its_maker(
        &self,
        resources: &Resources<'_>,
        object: &Resource<'_>,
        kind: ConfigurationKind,
    ) -> Option<String> {
        let namespace = resources.namespace_of(object);
        let maker = self.resolver.provider(kind, namespace, object.name())?;
        // What is copied to other namespaces is its own maker there.
        let is_other = maker.number != object.number;
        is_other.then(|| format!("{} \"{}\" writes into it", maker.kind(), maker.name()))
    }
}

/// The files that a Kptfile names as configurations of functions, from the root of the package.
fn function_configs(resource: &Resource<'_>) -> Vec<String> {
    let Some(own) = path(resource).filter(|_| resource.is("kpt.dev", "Kptfile")) else {
        return Vec::new();
    };
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let steps = ["mutators", "validators"]
        .into_iter()
        .filter_map(|list| resource.node.at(&["pipeline", list]))
        .flat_map(sdk::Node::items);
    let named = steps.filter_map(|step| step.get("configPath")?.text());
    named
        .map(|file| {
            let file = file.trim_start_matches("./");
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("{folder}{slash}{file}")
        })
        .collect()
}

/// The file that an object comes from.
fn path(resource: &Resource<'_>) -> Option<String> {
    let annotations = resource.annotations();
    let internal = annotations.get("internal.config.kubernetes.io/path");
    let path = internal.or_else(|| annotations.get("config.kubernetes.io/path"))?;
    Some(path.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_compiles() {
        let text = include_str!("../exceptions.yaml");
        let rows: Vec<Row> = sdk::yaml::data(text);
        assert_eq!(
            rows.len(),
            text.lines().filter(|line| line.starts_with("- ")).count()
        );
        assert!(rows.into_iter().all(|row| Matcher::new(row.target).is_ok()));
    }
}
