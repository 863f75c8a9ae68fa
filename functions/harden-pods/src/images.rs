//! Which user an image runs as: the user's rows, then those of `image-users.yaml`.

use sdk::{Container, Glob, Image};
use serde::Deserialize;

use crate::config::{ImageUser, Run};
use crate::image_index::ImageIndex;

/// What is known of the user of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<'t> {
    /// It is made to run as this one.
    User(&'t ImageUser),
    /// It names its user by number, so that the kubelet knows it.
    Numeric,
    /// It runs as root; what to do instead.
    Root(&'t str),
    /// It depends on the tag, and there is none that tells.
    Variant,
    /// Nothing.
    Nothing,
}

/// The rows of a run: the user's, then those that come with the function.
pub(crate) struct ImageUsers<'r> {
    user: &'r [ImageUser],
    built_in: Vec<Row>,
    index: ImageIndex,
}

/// A row of `image-users.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Row {
    images: Vec<Glob>,
    tags: Vec<Glob>,
    run_as_user: Option<i64>,
    run_as_group: Option<i64>,
    fs_group: Option<i64>,
    /// Whether the image names its user by number.
    is_numeric: bool,
    /// What to do about an image that runs as root.
    instead: String,
    #[serde(skip)]
    known: ImageUser,
}

impl<'r> ImageUsers<'r> {
    /// The rows of the run and those that come with the function.
    pub(crate) fn of(run: &'r Run) -> Self {
        let mut built_in: Vec<Row> = sdk::yaml::data(include_str!("../image-users.yaml"));
        for row in &mut built_in {
            row.known = ImageUser {
                images: Vec::new(),
                tags: Vec::new(),
                run_as_user: row.run_as_user,
                run_as_group: row.run_as_group,
                fs_group: row.fs_group,
            };
        }
        let user = run.image_users.iter().map(|row| &*row.images);
        let index = ImageIndex::of(user.chain(built_in.iter().map(|row| &*row.images)));
        Self {
            user: &run.image_users,
            built_in,
            index,
        }
    }

    /// What is known of the image of a container.
    pub(crate) fn find(&self, container: Container<'_>) -> Known<'_> {
        let text = container.image();
        let image = Image::parse(&text);
        let rows = self.index.find_all(image.repository).into_iter();
        for (tags, known) in rows.filter_map(|number| self.row(number)) {
            match tag(&image) {
                _ if tags.is_empty() => return known,
                None => return Known::Variant,
                Some(tag) if tags.iter().any(|glob| glob.matches(tag)) => return known,
                Some(_) => {}
            }
        }
        Known::Nothing
    }

    /// The tags of a row, and what it says.
    fn row(&self, number: usize) -> Option<(&[Glob], Known<'_>)> {
        if let Some(row) = self.user.get(number) {
            return Some((&row.tags, Known::User(row)));
        }
        let row = self.built_in.get(number.checked_sub(self.user.len())?)?;
        Some((&row.tags, row.known()))
    }
}

impl Row {
    fn known(&self) -> Known<'_> {
        match (&*self.instead, self.is_numeric) {
            ("", true) => Known::Numeric,
            ("", false) => Known::User(&self.known),
            (instead, _) => Known::Root(instead),
        }
    }
}

/// The tag that the container runtime goes by; none where a digest or a template's variable hides it.
fn tag<'t>(image: &Image<'t>) -> Option<&'t str> {
    match (image.tag, image.digest) {
        (Some(tag), _) => Some(tag).filter(|tag| !tag.contains('$')),
        (None, Some(_)) => None,
        (None, None) => Some("latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let stream = sdk::yaml::parse(include_str!("../image-users.yaml").to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        sdk::yaml::read(root, &[]).unwrap()
    }

    #[test]
    fn the_built_in_rows_read_without_a_mistake_and_each_says_one_thing() {
        for row in rows() {
            assert!(!row.images.is_empty());
            let kinds = [
                row.run_as_user.is_some(),
                row.is_numeric,
                !row.instead.is_empty(),
            ];
            let said = kinds.iter().filter(|is_said| **is_said).count();
            assert_eq!(said, 1, "{:?}", row.images);
        }
    }

    #[test]
    fn no_built_in_row_names_root_or_what_the_api_server_refuses() {
        for row in rows() {
            let numbers = [row.run_as_user, row.run_as_group, row.fs_group];
            for number in numbers.into_iter().flatten() {
                assert!(
                    (1..=i64::from(i32::MAX)).contains(&number),
                    "{:?}",
                    row.images
                );
            }
        }
    }

    #[test]
    fn a_tag_is_what_the_runtime_goes_by() {
        let table = [
            ("postgres:16", Some("16")),
            ("postgres", Some("latest")),
            ("postgres:16@sha256:00", Some("16")),
            ("postgres@sha256:00", None),
            ("postgres:$(TAG)", None),
        ];
        for (text, expected) in table {
            assert_eq!(tag(&Image::parse(text)), expected, "{text}");
        }
    }
}
