//! What each container of a pod requests and may take: its author's values, and those that are added.

use std::borrow::Cow;
use std::rc::Rc;

use sdk::{Container, Node, Place, Pod, Quantity};

use crate::settings::Settings;

/// A pod with what its containers get.
pub(crate) struct Shares<'r> {
    pub(crate) pod: Pod<'r>,
    pub(crate) containers: Vec<ContainerShares<'r>>,
}

/// A container with what it gets.
pub(crate) struct ContainerShares<'r> {
    pub(crate) container: Container<'r>,
    /// None where the container is out of scope: it counts in sums and is left alone.
    pub(crate) settings: Option<Rc<Settings>>,
    /// By resource name; CPU and memory always.
    pub(crate) by_name: Named<'r>,
}

/// Shares in the order of their names. There are so few that a list is smaller and faster than a map.
pub(crate) type Named<'r> = Vec<(Cow<'r, str>, Share)>;

/// A request and a limit of one resource.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) request: Side,
    pub(crate) limit: Side,
}

/// A request, or a limit.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    /// It stands there and stays; without a value where it can't be read.
    Authored(Option<Quantity>),
    /// It is written, for a reason that a person reads.
    Ours { value: Quantity, why: String },
    /// It stands there and is taken away.
    Removed,
    /// It isn't there, for a reason.
    Absent {
        reason: &'static str,
        message: Cow<'static, str>,
    },
}

impl Side {
    pub(crate) fn absent(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Absent {
            reason,
            message: message.into(),
        }
    }

    pub(crate) fn value(&self) -> Option<Quantity> {
        match self {
            Self::Authored(value) => *value,
            Self::Ours { value, .. } => Some(*value),
            Self::Removed | Self::Absent { .. } => None,
        }
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Ours { .. })
    }

    /// Whether something stands there when all is done.
    pub(crate) fn is_there(&self) -> bool {
        matches!(self, Self::Authored(_) | Self::Ours { .. })
    }
}

/// `requests` or `limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Limit,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Request, Self::Limit];

    /// Its field in `resources`.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Limit => "limits",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Limit => "limit",
        }
    }
}

/// What an author wrote for a resource of a container.
pub(crate) fn authored<'r>(container: Container<'r>, kind: Kind, name: &str) -> Option<Node<'r>> {
    container.get("resources")?.get(kind.field())?.get(name)
}

/// The place of a request or limit.
pub(crate) fn place(container: Container<'_>, kind: Kind, name: &str) -> Place {
    container.field("resources").field(kind.field()).field(name)
}

impl ContainerShares<'_> {
    /// The names of its resources.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.iter().map(|(name, _)| name.as_ref())
    }

    pub(crate) fn share_mut(&mut self, name: &str) -> Option<&mut Share> {
        let own = self.by_name.iter_mut().find(|(own, _)| own == name);
        own.map(|(_, share)| share)
    }

    pub(crate) fn share(&self, name: &str) -> Option<&Share> {
        let own = self.by_name.iter().find(|(own, _)| own == name);
        own.map(|(_, share)| share)
    }

    /// What it requests in the end: the request, or the limit that the API takes for it.
    pub(crate) fn request(&self, name: &str) -> Option<Quantity> {
        let share = self.share(name)?;
        share.request.value().or(share.limit.value())
    }

    pub(crate) fn limit(&self, name: &str) -> Option<Quantity> {
        self.share(name)?.limit.value()
    }
}

impl Shares<'_> {
    /// Whether any container of the pod is in scope.
    pub(crate) fn is_in_scope(&self) -> bool {
        self.containers.iter().any(|own| own.settings.is_some())
    }

    /// What a container requests in the end, for sums over the pod.
    pub(crate) fn request_of(&self, container: Container<'_>, name: &str) -> Quantity {
        let own = self
            .containers
            .iter()
            .find(|own| own.container.place() == container.place());
        own.and_then(|own| own.request(name))
            .unwrap_or(Quantity::ZERO)
    }
}
