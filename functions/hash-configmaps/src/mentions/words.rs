//! Cuts a free text into the names that it may speak of.
//!
//! Names are made of `a-z`, `0-9`, `-` and `.` alone. What only looks like one is left out: paths, hosts
//! with a port, URLs, images, flags.

/// An object that a text speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken<'t> {
    /// Its namespace, where the text says it.
    pub(super) namespace: Option<&'t str>,
    /// Its name.
    pub(super) name: &'t str,
}

/// Every name that a text may speak of, in its order.
pub(super) fn spoken(text: &str) -> impl Iterator<Item = Spoken<'_>> {
    let words = Words {
        rest: Some(text),
        is_image: false,
    };
    words.filter_map(Spoken::of)
}

impl<'t> Spoken<'t> {
    /// What a word says; none where it is anything but a name.
    fn of(word: &'t str) -> Option<Self> {
        let spoken = match word.split_once('/') {
            None => Self::here(word),
            Some((before, name)) if is_same_namespace(before.as_bytes()) => Self::here(name),
            Some((namespace, name)) => Self {
                namespace: Some(namespace),
                name,
            },
        };
        let is_sound = is_name(spoken.name) && spoken.namespace.is_none_or(is_name);
        is_sound.then_some(spoken)
    }

    fn here(name: &'t str) -> Self {
        Self {
            namespace: None,
            name,
        }
    }
}

/// Kinds as they stand before a name, in any case.
const KINDS: &[&str] = &["configmap", "configmaps", "cm", "secret", "secrets"];

/// How the names of variables end that hold a directory, a host or a registry, so that what follows them is
/// part of a path.
const PATHS: &[&str] = &[
    "DIR", "HOME", "HOST", "PATH", "PREFIX", "PWD", "REGISTRY", "ROOT", "URL",
];

/// Whether `before` in `before/name` leaves the namespace as it is: a kind, or a variable, which is taken
/// for the pod's own namespace.
fn is_same_namespace(before: &[u8]) -> bool {
    let variable = before
        .strip_prefix(b"$(")
        .or_else(|| before.strip_prefix(b"${"));
    match variable.and_then(<[u8]>::split_last) {
        Some((_, name)) => !PATHS.iter().any(|end| ends_with(name, end)),
        None => KINDS
            .iter()
            .any(|kind| kind.as_bytes().eq_ignore_ascii_case(before)),
    }
}

/// Whether a text ends so, in any case.
fn ends_with(text: &[u8], end: &str) -> bool {
    let from = text.len().checked_sub(end.len());
    let tail = from.and_then(|from| text.get(from..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

/// Whether every character is one that names have, and the first one such that it is no flag or path.
fn is_name(word: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    word.bytes().next().is_some_and(|first| is_letter(&first))
        && word
            .bytes()
            .all(|byte| is_letter(&byte) || matches!(byte, b'-' | b'.'))
}

/// The words of a text.
struct Words<'t> {
    rest: Option<&'t str>,
    /// Whether the last word says that an image follows: `--image`, `"image":`.
    is_image: bool,
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            let rest = self.rest.take()?;
            let end = word_end(rest.as_bytes(), self.is_image);
            let (word, cut) = (rest.get(..end)?, rest.get(end..)?);
            // Every cut is at one ASCII character; `:-` is what stands before a default, `${NAME:-app}`.
            self.rest = cut.strip_prefix(":-").or_else(|| cut.get(1..));
            if word.is_empty() {
                continue;
            }
            let was_image = self.is_image;
            self.is_image = ends_with(word.as_bytes(), "image");
            if !was_image {
                return Some(word);
            }
        }
    }
}

/// Where the word ends that `rest` begins with.
fn word_end(rest: &[u8], is_image: bool) -> usize {
    let (mut at, mut is_url) = (0, false);
    // What stands before the first slash says what a colon behind it is for.
    let (mut has_slash, mut is_repository) = (false, false);
    while let Some((&byte, after)) = rest.get(at..).and_then(<[u8]>::split_first) {
        at += match byte {
            _ if is_ordinary(byte) => {
                1 + after.iter().take_while(|byte| is_ordinary(**byte)).count()
            }
            b'$' => 1 + variable_len(after),
            b'/' if !has_slash => {
                has_slash = true;
                is_repository = !is_same_namespace(rest.get(..at).unwrap_or_default());
                1
            }
            b':' if after.starts_with(b"//") => {
                is_url = true;
                3
            }
            b':' if is_url || is_image && at > 0 || is_port(after) || is_tag(after) => 1,
            b':' if is_repository && after.first().is_some_and(|byte| !is_cut(*byte)) => 1,
            b'=' | b'&' if is_url => 1,
            b'\\' if matches!(after.first(), Some(b'"' | b'\'')) => return at,
            _ if is_cut(byte) => return at,
            _ => 1,
        };
    }
    at
}

/// Whether this character is part of a word, whatever stands around it.
fn is_ordinary(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Whether a word ends before this character.
fn is_cut(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b',' | b';'
                | b'='
                | b'"'
                | b'\''
                | b'`'
                | b'('
                | b')'
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'|'
                | b'&'
                | b'<'
                | b'>'
                | b':'
        )
}

/// How long `(NAME)` or `{NAME}` is, behind the `$` of a variable.
fn variable_len(after: &[u8]) -> usize {
    let close = match after.first() {
        Some(b'(') => b')',
        Some(b'{') => b'}',
        _ => return 0,
    };
    let name = after.iter().skip(1).take_while(|byte| is_ordinary(**byte));
    let len = name.count() + 2;
    if after.get(len - 1) == Some(&close) {
        len
    } else {
        0
    }
}

/// Whether what follows a colon is a port, or a version.
fn is_port(after: &[u8]) -> bool {
    after.first().is_some_and(u8::is_ascii_digit)
}

/// Whether what follows a colon is the tag of an image.
fn is_tag(after: &[u8]) -> bool {
    match after.strip_prefix(b"v") {
        Some(version) => version.first().is_some_and(u8::is_ascii_digit),
        None => after.starts_with(b"latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let words = spoken(text).map(|Spoken { namespace, name }| match namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(table: &[(&str, &str)]) {
        for (text, expected) in table {
            assert_eq!(words(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_found_between_any_marks() {
        check(&[
            ("app", "app"),
            ("  app\n", "app"),
            ("NAME=app", "app"),
            ("app,other", "app other"),
            ("app;other", "app other"),
            ("app|other&&third", "app other third"),
            ("\"app\"", "app"),
            ("'app'", "app"),
            ("`app`", "app"),
            ("[app, other]", "app other"),
            ("(app)", "app"),
            ("<app>", "app"),
            ("configmap:app", "configmap app"),
            ("app:key", "app key"),
            ("name: app", "name app"),
            ("{\"configMap\":{\"name\":\"app\"}}", "name app"),
            ("{\\\"name\\\": \\\"app\\\"}", "name app"),
            ("--configmap=app", "app"),
            ("--configmap app", "app"),
            ("-c=app:key", "app key"),
            ("kubectl get cm app -o yaml", "kubectl get cm app yaml"),
            ("x=$(kubectl get cm app)", "x kubectl get cm app"),
            ("${NAME:-app}", "app"),
            ("app.conf", "app.conf"),
            ("äpp app é", "app"),
        ]);
    }

    #[test]
    fn a_slash_says_namespace_or_kind() {
        check(&[
            ("shop/app", "shop/app"),
            ("--default-ssl=shop/app,other/app", "shop/app other/app"),
            ("--configmap=$(NS)/app", "app"),
            ("--configmap=$(POD_NAMESPACE)/app", "app"),
            ("${NS}/app", "app"),
            ("configmap/app", "app"),
            ("configmaps/app", "app"),
            ("ConfigMap/app", "app"),
            ("cm/app", "app"),
            ("secret/app", "app"),
            ("cm/app:key", "app key"),
            ("$(NS)/app:key", "app key"),
            ("deployment/app", "deployment/app"),
            ("shop/app: yes", "shop/app yes"),
            ("\"$(NS)/app\"", "app"),
        ]);
    }

    #[test]
    fn paths_and_flags_are_no_names() {
        check(&[
            ("--config=/etc/nginx-config/nginx.conf", ""),
            ("--nginx-config", ""),
            ("-app", ""),
            ("/app", ""),
            ("./app", ""),
            ("../app", ""),
            ("~/app", ""),
            ("~app", ""),
            ("etc/app/key", ""),
            ("app/", ""),
            ("$(DATA_DIR)/app", ""),
            ("${JAVA_HOME}/app", ""),
            ("${HOME}/app/x", ""),
            ("$HOME/app", ""),
            ("/bin:/app", ""),
        ]);
    }

    #[test]
    fn hosts_urls_and_images_are_no_names() {
        check(&[
            ("redis:6379", ""),
            ("redis:6379,app:80", ""),
            ("app:8080/health", ""),
            ("http://app/health", ""),
            ("http://app", ""),
            ("http://app:8080", ""),
            ("http://app?name=app&x=app", ""),
            ("postgres://app:app@db/app", ""),
            ("url=http://app/x name=app", "url name app"),
            ("s3://app/x", ""),
            ("s3://app", ""),
            ("app.shop.svc", "app.shop.svc"),
            ("app.shop", "app.shop"),
            ("user@app", ""),
            ("app@sha256:0123", ""),
            ("app:1.25", ""),
            ("app:v2", ""),
            ("app:latest", ""),
            ("acme/app:edge", ""),
            ("docker.io/acme/app:edge", ""),
            ("--image=app:edge", ""),
            ("--image app:edge app", "app"),
            (
                "{\"image\": \"app:edge\", \"name\": \"app\"}",
                "image name app",
            ),
        ]);
    }

    #[test]
    fn a_longer_word_is_another_word() {
        check(&[
            ("app-2", "app-2"),
            ("my-app", "my-app"),
            ("my_app", ""),
            ("App", ""),
            ("app*", ""),
            ("$(PREFIX)-app", ""),
            ("app-$(SUFFIX)", ""),
            ("", ""),
            (" ,;=: ", ""),
            ("$", ""),
            ("$(", ""),
            ("$(app", "app"),
            ("\\", ""),
            ("\\\"", ""),
            (":-", ""),
            ("://", ""),
        ]);
    }
}
