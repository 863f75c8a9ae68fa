//! The code blocks of a Markdown page.

use std::path::Path;

/// A code block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    /// What stands behind the opening backticks.
    pub(crate) language: String,
    /// The lines between.
    pub(crate) text: String,
}

impl Fence {
    /// The file that a first line such as `# probes.yaml` says it is.
    pub(crate) fn file(&self) -> Option<&str> {
        let name = self.text.lines().next()?.strip_prefix("# ")?;
        let is_file = !name.contains([' ', ':'])
            && (Path::new(name)
                .extension()
                .is_some_and(|ending| ending == "yaml")
                || name == "Kptfile");
        is_file.then_some(name)
    }
}

/// All of them, in order.
pub(crate) fn fences(page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        found.push(Fence {
            language: language.to_owned(),
            text: text.join("\n") + "\n",
        });
    }
    found
}

#[test]
fn a_code_block_has_its_language_its_lines_and_its_file() {
    let found = fences("one\n```yaml\n# probes.yaml\na: 1\n```\ntwo\n```sh\nls\n```\n");
    let expected = [("yaml", "# probes.yaml\na: 1\n"), ("sh", "ls\n")];
    let expected = expected.map(|(language, text)| Fence {
        language: language.to_owned(),
        text: text.to_owned(),
    });
    assert_eq!(found, expected);
    assert_eq!(found[0].file(), Some("probes.yaml"));
    assert_eq!(found[1].file(), None);
}
