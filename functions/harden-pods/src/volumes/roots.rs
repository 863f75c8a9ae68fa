//! Whether a container gets a root filesystem that it can't write to.

use sdk::{Mode, Node};

use super::Target;
use super::known::{self, Known, Obstacle};
use crate::config::ReadOnlyRoot;
use crate::stance::{Because, Reason, Stance};
use crate::survey::ContainerSurvey;

/// What becomes of the root filesystem of a container.
pub(crate) enum Fate {
    /// It can't be written to from now on.
    ReadOnly(ReadOnly),
    /// It stays as its author wrote it.
    Authored,
    /// It stays as it is, for this reason and in these words.
    Left(&'static str, String),
}

/// A root filesystem that can't be written to from now on.
#[derive(Clone, Copy)]
pub(crate) struct ReadOnly {
    /// Folders that the image writes to.
    pub(crate) needs: &'static [String],
    /// What else the image is known to write to.
    pub(crate) writes: Option<&'static str>,
    /// Why, in words.
    pub(crate) because: &'static str,
}

/// The line that makes a root filesystem read-only for images that nothing is known of.
const LINE: &str = "write `readOnlyRootFilesystem: true` into an override for it";

/// Decides about one container in scope.
pub(super) fn fate(target: &Target<'_>, mode: Mode) -> Fate {
    let own = target.own;
    if let Some((reason, message)) = exception(own) {
        return Fate::Left(reason, message.to_owned());
    }
    let wish = target.settings.read_only_root;
    match own.security(FIELD) {
        Some(node) if !beats(node, mode, wish.is_user, wish.value) => Fate::Authored,
        _ => wanted(wish.value, known::find(own.container, &target.mounts)),
    }
}

/// The field.
pub(crate) const FIELD: &str = "readOnlyRootFilesystem";

/// Whether the user's configuration beats what the author wrote: it never takes hardening away.
fn beats(node: Node<'_>, mode: Mode, is_user: bool, wish: ReadOnlyRoot) -> bool {
    let is_other = node.as_bool() != Some(true);
    mode == Mode::Overwrite && is_user && wish == ReadOnlyRoot::True && is_other
}

fn wanted(wish: ReadOnlyRoot, known: Known) -> Fate {
    match (wish, known) {
        (ReadOnlyRoot::False, _) => {
            let message = "the configuration wants no read-only root filesystem";
            Fate::Left("not-asked", message.to_owned())
        }
        (ReadOnlyRoot::Auto, Known::Suited(needs)) => Fate::ReadOnly(ReadOnly {
            needs,
            writes: None,
            because: "the image is known to run with a read-only root filesystem",
        }),
        (ReadOnlyRoot::True, known) => asked(known),
        (ReadOnlyRoot::Auto, Known::Depends(obstacle, _)) => depends(obstacle),
        (ReadOnlyRoot::Auto, Known::Unsuited(writes)) => {
            let message = format!("the image is known to write to {writes}");
            Fate::Left("image-writes", message)
        }
        (ReadOnlyRoot::Auto, Known::Nothing) => {
            let message = format!(
                "nothing is known of what the image writes to; once it is known to run with a read-only root \
                 filesystem, {LINE}"
            );
            Fate::Left("unknown-image", message)
        }
    }
}

/// What the configuration asks for whatever is known of the image.
fn asked(known: Known) -> Fate {
    let (needs, writes): (&[String], _) = match known {
        Known::Suited(needs) | Known::Depends(_, needs) => (needs, None),
        Known::Unsuited(writes) => (&[], Some(writes)),
        Known::Nothing => (&[], None),
    };
    let because = "a read-only root filesystem, as the configuration asks";
    Fate::ReadOnly(ReadOnly {
        needs,
        writes,
        because,
    })
}

fn depends(obstacle: Obstacle) -> Fate {
    let (reason, what) = match obstacle {
        Obstacle::OtherProgram => (
            "other-program",
            "the container runs something else than its image is made for".to_owned(),
        ),
        Obstacle::NoMount(path) => (
            "data-not-mounted",
            format!("nothing is mounted at {path}, which the image writes to"),
        ),
        Obstacle::Setup => (
            "image-writes",
            "the image writes elsewhere when it is set up like this".to_owned(),
        ),
    };
    let message =
        format!("{what}; once it is known to run with a read-only root filesystem, {LINE}");
    Fate::Left(reason, message)
}

/// Why nothing is written into the container, whatever is wanted.
fn exception(own: &ContainerSurvey<'_>) -> Option<Reason> {
    match own.stance {
        // What an image does as root goes into the same folders.
        Stance::Root(Because::Image) => None,
        stance => stance.left_as_root(),
    }
}
