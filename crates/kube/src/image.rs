//! Container images: what of the reference names the software.

use crate::glob::{self, Glob};

/// An image reference taken apart; whatever is templated or malformed simply has no parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'t> {
    /// Registry and path, as written.
    pub repository: &'t str,
    /// The tag, where one is written.
    pub tag: Option<&'t str>,
    /// The digest, where one is written, with its algorithm.
    pub digest: Option<&'t str>,
}

impl<'t> Image<'t> {
    /// Takes `reference` apart.
    pub fn parse(reference: &'t str) -> Self {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (reference, None),
        };
        // A colon before the last slash is the port of the registry.
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name
            .get(path..)
            .and_then(|last| last.find(':'))
            .map(|at| path + at);
        let (repository, tag) = match colon {
            Some(colon) => (name.get(..colon).unwrap_or(name), name.get(colon + 1..)),
            None => (name, None),
        };
        Self {
            repository,
            tag,
            digest,
        }
    }

    /// Whether `pattern` covers the repository. Both are compared path segment by path segment from the
    /// end, so `postgres` and `bitnami/*` match whatever the registry is.
    pub fn matches(&self, pattern: &Glob) -> bool {
        let mut segments = self.repository.rsplit('/');
        let mut patterns = pattern.0.rsplit('/');
        patterns.all(|pattern| {
            segments
                .next()
                .is_some_and(|segment| glob::matches(pattern, segment))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_apart_at_the_right_colon() {
        let image = Image::parse("registry.example:5000/team/app:1.2@sha256:abc");
        assert_eq!(image.repository, "registry.example:5000/team/app");
        assert_eq!((image.tag, image.digest), (Some("1.2"), Some("sha256:abc")));
        let image = Image::parse("localhost:5000/app");
        assert_eq!((image.repository, image.tag), ("localhost:5000/app", None));
        assert_eq!(Image::parse("$(IMG)").repository, "$(IMG)");
        assert_eq!(Image::parse("").repository, "");
    }

    #[test]
    fn patterns_cover_whole_segments_from_the_end() {
        let matches = |pattern: &str, image| Image::parse(image).matches(&Glob(pattern.to_owned()));
        assert!(matches("postgres", "postgres:16"));
        assert!(matches(
            "postgres",
            "registry.example/library/postgres@sha256:abc"
        ));
        assert!(matches("bitnami/*", "docker.io/bitnami/redis"));
        assert!(!matches("postgres", "my-postgres-exporter:1"));
        assert!(!matches("bitnami/redis", "redis"));
        assert!(matches("cp-*", "confluentinc/cp-kafka"));
    }
}
