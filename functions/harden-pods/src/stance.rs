//! Whether a container can be hardened, or is left as it is.

use sdk::{ContainerSecurity, Mode, PodSecurity, SecurityLevel, Template};

use crate::images::Known;
use crate::settings::Settings;

/// Whether a container can be hardened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stance {
    /// It can.
    Plain,
    /// It runs as root: what it does at start may need rights that hardening takes away.
    Root(Because),
    /// It has all rights on its node.
    Privileged,
    /// Its pod says that it is for Linux and for Windows.
    Torn,
    /// The configuration makes it an exception.
    Excepted,
    /// An operator merges it into a container of its own.
    Merged,
    /// The function looks at other containers only.
    OutOfScope,
}

/// What makes a container run as root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// `runAsUser: 0`.
    User,
    /// `runAsNonRoot: false`.
    Allowed,
    /// Its image.
    Image,
}

/// Why nothing is written: a slug, and words.
pub(crate) type Reason = (&'static str, &'static str);

impl Stance {
    /// Why nothing is written, if nothing is, whatever the field.
    pub(crate) const fn left_alone(self) -> Option<Reason> {
        match self {
            Self::Plain | Self::Root(_) | Self::OutOfScope => None,
            Self::Privileged => Some(("privileged", "left alone, since it is privileged")),
            Self::Torn => Some((
                "contradicts-itself",
                "left alone, since its pod is for Linux and for Windows at once",
            )),
            Self::Excepted => Some(("exception", "left alone, as `level: privileged` asks")),
            Self::Merged => Some((
                "partial-template",
                "left alone, since an operator makes the pod; write a `level` for it into `overrides` to harden it",
            )),
        }
    }

    /// Why a field isn't written that a container which runs as root may not bear.
    pub(crate) const fn left_as_root(self) -> Option<Reason> {
        match self {
            Self::Root(because) => Some(because.reason()),
            _ => self.left_alone(),
        }
    }
}

impl Because {
    const fn reason(self) -> Reason {
        match self {
            Self::User => ("runs-as-root", "left alone, since it runs as user 0"),
            Self::Allowed => (
                "runs-as-root",
                "left alone, since `runAsNonRoot: false` lets it run as root",
            ),
            Self::Image => (
                "image-runs-as-root",
                "left alone, since its image runs as root",
            ),
        }
    }
}

/// The stance of a container, by what is written.
pub(crate) fn of(
    pod: &PodSecurity<'_>,
    own: &ContainerSecurity<'_>,
    known: Known<'_>,
    settings: Option<&Settings>,
    mode: Mode,
) -> Stance {
    // First of all, since one such container keeps all of its pod from being written to.
    if is_privileged(pod, own) {
        return Stance::Privileged;
    }
    let Some(settings) = settings else {
        return Stance::OutOfScope;
    };
    if settings.level == SecurityLevel::Privileged {
        return Stance::Excepted;
    }
    if is_torn(pod) {
        return Stance::Torn;
    }
    if pod.pod.template() == Template::Partial && !settings.is_by_override {
        return Stance::Merged;
    }
    root(pod, own, known, settings, mode).map_or(Stance::Plain, Stance::Root)
}

/// Whether the pod asks for Windows nodes and says that it is for something else.
pub(crate) fn is_torn(pod: &PodSecurity<'_>) -> bool {
    let is_other = pod.os.value().is_some_and(|os| os != "windows");
    is_other && pod.pod.is_windows()
}

/// Whether it has all rights on its node, on Linux or on Windows.
fn is_privileged(pod: &PodSecurity<'_>, own: &ContainerSecurity<'_>) -> bool {
    let of_pod = &pod.context.host_process;
    own.privileged.value() == Some(&true) || own.context.host_process.or(of_pod) == Some(&true)
}

/// What makes it run as root: its manifest, and where that says nothing its image.
fn root(
    pod: &PodSecurity<'_>,
    own: &ContainerSecurity<'_>,
    known: Known<'_>,
    settings: &Settings,
    mode: Mode,
) -> Option<Because> {
    if pod.pod.is_windows() {
        return None;
    }
    let wish = settings.run_as_non_root;
    let is_overwritten = mode == Mode::Overwrite && wish.is_user && wish.value;
    let user = own.context.run_as_user.or(&pod.context.run_as_user);
    let non_root = own.context.run_as_non_root.or(&pod.context.run_as_non_root);
    match (user, non_root) {
        (Some(0), _) => Some(Because::User),
        (_, Some(false)) if !is_overwritten => Some(Because::Allowed),
        (None, _) if matches!(known, Known::Root(_)) => Some(Because::Image),
        _ => None,
    }
}
