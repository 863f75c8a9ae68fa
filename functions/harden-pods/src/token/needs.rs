//! What is known to need the token: `api-clients.yaml`.

use std::sync::LazyLock;

use sdk::{Container, Glob, Image, Labels, Node, Pod};
use serde::Deserialize;

use crate::image_index::ImageIndex;

/// A row of the data file, which says what its fields mean.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Need {
    images: Vec<Glob>,
    annotations: Vec<String>,
    unless: Vec<String>,
    groups: Vec<String>,
    mentions: Vec<String>,
    /// Whether the pod would be refused without the token.
    pub(crate) refuses: bool,
    /// Why.
    pub(crate) because: String,
}

struct Table {
    needs: Vec<Need>,
    index: ImageIndex,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let needs: Vec<Need> = sdk::yaml::data(include_str!("../../api-clients.yaml"));
    let index = ImageIndex::of(needs.iter().map(|need| need.images.as_slice()));
    Table { needs, index }
});

/// What needs the token in a pod; whatever the pod would be refused without comes first.
pub(crate) fn find(pod: Pod<'_>) -> Option<&'static Need> {
    let group = pod.template_owner().map_or("", |owner| owner.group());
    let of_pod = |need: &&Need| need.is_of_pod(pod.annotations(), group);
    let found = TABLE.needs.iter().filter(of_pod);
    let found = found.max_by_key(|need| need.refuses);
    found.or_else(|| pod.containers().find_map(of_container))
}

fn of_container(container: Container<'_>) -> Option<&'static Need> {
    let reference = container.image();
    let by_image = TABLE.index.find(Image::parse(&reference).repository);
    let by_image = by_image.and_then(|number| TABLE.needs.get(number));
    by_image.or_else(|| TABLE.needs.iter().find(|need| need.is_mentioned(container)))
}

impl Need {
    fn is_of_pod(&self, annotations: Labels<'_>, group: &str) -> bool {
        let is_set = |key: &String| annotations.get(key).is_some_and(|value| is_on(&value));
        let is_annotated = self.annotations.iter().any(is_set) && !self.unless.iter().any(is_set);
        is_annotated || self.groups.iter().any(|own| own == group)
    }

    fn is_mentioned(&self, container: Container<'_>) -> bool {
        let is_in = |text: &str| self.mentions.iter().any(|own| text.contains(own.as_str()));
        let variables = container.get("env").into_iter().flat_map(Node::items);
        let mut values = variables.filter_map(|variable| variable.get("value")?.text());
        !self.mentions.is_empty()
            && (container.words().any(|word| is_in(&word)) || values.any(|value| is_in(&value)))
    }
}

/// Whether the value of an annotation means yes, for programs that read it as Go does.
fn is_on(value: &str) -> bool {
    !matches!(value, "" | "0" | "f" | "F" | "false" | "False" | "FALSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_says_why() {
        let text = include_str!("../../api-clients.yaml");
        let written = text.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(TABLE.needs.len(), written);
        assert!(TABLE.needs.iter().all(|need| !need.because.is_empty()));
    }

    #[test]
    fn images_of_clients_are_found_wherever_they_come_from() {
        for (repository, is_client) in [
            ("bitnami/kubectl", true),
            ("registry.example/copies/redis-operator", true),
            ("ingress-nginx/controller", true),
            ("quay.io/jetstack/cert-manager-webhook", true),
            ("registry.example/shop/api", false),
            ("redis", false),
            ("", false),
        ] {
            assert_eq!(
                TABLE.index.find(repository).is_some(),
                is_client,
                "{repository}"
            );
        }
    }

    #[test]
    fn an_annotation_counts_unless_go_reads_it_as_false() {
        assert!(is_on("true") && is_on("1") && is_on("https://vault.example"));
        assert!(!is_on("false") && !is_on("0") && !is_on(""));
    }
}
