//! Many paths to names in one tree, so that what they share of their way is walked once.

use std::sync::Arc;

use yaml::{Node, Path, Step};

use crate::kinds::TemplatePath;

/// Paths with wildcards, each with what is known of the names that it leads to.
#[derive(Clone, Debug)]
pub(super) struct PathTree<T> {
    branches: Vec<(Segment, Self)>,
    leaves: Vec<T>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Key(Arc<str>),
    EachItem,
    EachValue,
}

/// A field that was found.
pub(super) struct Found<'t, 'a, T> {
    /// What is known of it.
    pub(super) leaf: &'a T,
    /// The innermost map that holds it.
    pub(super) holder: Node<'t>,
    pub(super) node: Node<'t>,
    path: &'a [Step],
}

impl<T> Found<'_, '_, T> {
    /// Where it is, from the root that the search began with.
    pub(super) fn path(&self) -> Path {
        Path(self.path.to_vec())
    }
}

impl<T> Default for PathTree<T> {
    fn default() -> Self {
        Self {
            branches: Vec::new(),
            leaves: Vec::new(),
        }
    }
}

impl<T> PathTree<T> {
    pub(super) fn add(&mut self, path: &TemplatePath, leaf: T) {
        self.insert(&path.to_string(), leaf);
    }

    fn insert(&mut self, path: &str, leaf: T) {
        let Some((segment, rest)) = first(path) else {
            self.leaves.push(leaf);
            return;
        };
        let at = self.branches.iter().position(|(own, _)| *own == segment);
        let at = at.unwrap_or_else(|| {
            self.branches.push((segment, Self::default()));
            self.branches.len() - 1
        });
        if let Some((_, branch)) = self.branches.get_mut(at) {
            branch.insert(rest, leaf);
        }
    }

    /// Shows every field below `node` that a path leads to; places start with `base`.
    pub(super) fn find<'t>(
        &self,
        node: Node<'t>,
        base: Path,
        mut see: impl FnMut(Found<'t, '_, T>),
    ) {
        let Path(mut steps) = base;
        self.walk((node, node), &mut steps, &mut see);
    }

    fn walk<'t>(
        &self,
        (holder, node): (Node<'t>, Node<'t>),
        steps: &mut Vec<Step>,
        see: &mut impl FnMut(Found<'t, '_, T>),
    ) {
        for leaf in &self.leaves {
            see(Found {
                leaf,
                holder,
                node,
                path: steps,
            });
        }
        for (segment, branch) in &self.branches {
            segment.follow((holder, node), |found, step| {
                steps.push(step);
                branch.walk(found, steps, see);
                steps.pop();
            });
        }
    }
}

impl Segment {
    /// Everything one step further, each with the innermost map that holds it.
    fn follow<'t>(
        &self,
        (holder, node): (Node<'t>, Node<'t>),
        mut enter: impl FnMut((Node<'t>, Node<'t>), Step),
    ) {
        match self {
            Self::Key(key) => {
                if let Some(child) = node.get(key) {
                    enter((node, child), (&**key).into());
                }
            }
            Self::EachItem => {
                for (index, item) in node.items().enumerate() {
                    enter((holder, item), Step::Index(index));
                }
            }
            Self::EachValue => {
                for (key, value) in node.fields() {
                    if let Some(key) = key.text() {
                        enter((node, value), Step::from(&*key));
                    }
                }
            }
        }
    }
}

/// The first segment of a path's text and the rest, as [`TemplatePath`] takes them.
fn first(path: &str) -> Option<(Segment, &str)> {
    if let Some(rest) = path.strip_prefix("[*]") {
        return Some((Segment::EachItem, rest));
    }
    if let Some((key, rest)) = path
        .strip_prefix("[\"")
        .and_then(|quoted| quoted.split_once("\"]"))
    {
        return Some((Segment::Key(Arc::from(key)), rest));
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (key, rest) = path.split_at_checked(end)?;
    match key {
        "" => None,
        "*" => Some((Segment::EachValue, rest)),
        key => Some((Segment::Key(Arc::from(key)), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_template_paths_lead_with_the_map_around() {
        let text = "{l: [{t: 1}, {}, {t: 2}], m: {a: {t: 3}, b.c: {t: [4, 5]}}, a.b: {t: 6}, s: x}";
        let values = "{a: {t: 3}, b.c: {t: [4, 5]}}";
        let stream = yaml::parse(text.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        for (path, holders) in [
            ("l[*].t", vec!["{t: 1}", "{t: 2}"]),
            ("m.*.t", vec!["{t: 3}", "{t: [4, 5]}"]),
            ("m.*.t[*]", vec!["{t: [4, 5]}", "{t: [4, 5]}"]),
            ("m.*", vec![values, values]),
            ("[\"a.b\"].t", vec!["{t: 6}"]),
            ("s.t", vec![]),
            ("s", vec![text]),
            ("", vec![text]),
        ] {
            let path = TemplatePath::parse(path).unwrap();
            let mut tree = PathTree::default();
            tree.add(&TemplatePath::parse("l[*].t.else").unwrap(), "another");
            tree.add(&path, "own");
            let mut found = Vec::new();
            let mut around = Vec::new();
            tree.find(root, Path::default(), |field| {
                assert_eq!(*field.leaf, "own");
                found.push((field.node.source(), field.path()));
                around.push(field.holder.source());
            });
            let expected: Vec<_> = path
                .find(root)
                .into_iter()
                .map(|(node, path)| (node.source(), path))
                .collect();
            assert_eq!(found, expected, "{path}");
            assert_eq!(around, holders, "{path}");
        }
    }
}
