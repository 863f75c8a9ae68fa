//! What a container gets: for each resource by itself, from what its author wrote about that resource.

use std::borrow::Cow;
use std::rc::Rc;

use sdk::{Container, ContainerType, Mode, Order as _, Pod, Quantity, Template, free_for_init};

use crate::config::{Pair, Policy, Qos};
use crate::settings::{Init, Limit, Settings, Size, decimal, one};
use crate::shares::{ContainerShares, Kind, Named, Share, Shares, Side, authored};

/// The shares of a pod's containers, those out of scope with what they have.
pub(crate) fn pod<'r>(
    mode: Mode,
    pod: Pod<'r>,
    settings_of: impl Fn(Container<'r>) -> Option<Rc<Settings>>,
) -> Shares<'r> {
    let own = |container: Container<'r>| {
        let settings = settings_of(container);
        let by_name = match &settings {
            Some(settings) => shares(mode, container, settings),
            None => kept(container),
        };
        ContainerShares {
            container,
            settings,
            by_name,
        }
    };
    let mut shares = Shares {
        pod,
        containers: pod.containers().map(own).collect(),
    };
    match_init_containers(&mut shares);
    shares
}

/// Shares as they stand.
fn kept(container: Container<'_>) -> Named<'_> {
    let side = |kind, name: &str| {
        let absent = || Side::absent("out-of-scope", "the container is out of scope");
        read(container, kind, name).unwrap_or_else(absent)
    };
    names(container, None)
        .into_iter()
        .map(|name| {
            let share = Share {
                request: side(Kind::Request, &name),
                limit: side(Kind::Limit, &name),
            };
            (name, share)
        })
        .collect()
}

/// CPU and memory, and whatever else the author or the configuration names.
fn names<'r>(container: Container<'r>, settings: Option<&Settings>) -> Vec<Cow<'r, str>> {
    let mut names = vec![Cow::Borrowed("cpu"), Cow::Borrowed("memory")];
    let resources = container.get("resources");
    for kind in Kind::ALL {
        let map = resources.and_then(|resources| resources.get(kind.field()));
        let keys = map.into_iter().flat_map(sdk::Node::fields);
        names.extend(keys.filter_map(|(key, _)| key.text()));
    }
    if let Some(settings) = settings {
        let exact = &settings.exact;
        let exact = exact.requests.keys().chain(exact.limits.keys());
        names.extend(exact.map(|name| Cow::Owned(name.clone())));
        let disk = settings.ephemeral_storage;
        if disk.request.is_some() || disk.limit.is_some() {
            names.push(Cow::Borrowed("ephemeral-storage"));
        }
    }
    names.order();
    names.dedup();
    names
}

/// What stands there; without a value where it can't be read.
fn read(container: Container<'_>, kind: Kind, name: &str) -> Option<Side> {
    let node = authored(container, kind, name)?;
    let value = Quantity::of(node).and_then(Result::ok);
    Some(Side::Authored(value))
}

/// The shares of one container, before its pod and the cluster are looked at.
fn shares<'r>(mode: Mode, container: Container<'r>, settings: &Settings) -> Named<'r> {
    let of_name = |name: Cow<'r, str>| {
        let one = One {
            mode,
            container,
            settings,
            name: &name,
        };
        let share = one.share();
        (name, share)
    };
    names(container, Some(settings))
        .into_iter()
        .map(of_name)
        .collect()
}

/// The reason of what is asked for and would be refused.
pub(crate) const REFUSED: &str = "refused";

/// One resource of one container.
struct One<'s, 'r> {
    mode: Mode,
    container: Container<'r>,
    settings: &'s Settings,
    name: &'s str,
}

/// Where a request comes from. One that is as it would be written counts as written, so that a second run, which
/// finds it there, decides about the limit as the first one did.
#[derive(Clone, Copy)]
enum Origin {
    Exact,
    Size { is_chosen: bool },
    Author,
}

impl One<'_, '_> {
    fn share(&self) -> Share {
        let (request, origin) = self.request();
        let request = self.within_bounds(Kind::Request, request);
        let limit = self.limit(&request, origin);
        let limit = self.within_bounds(Kind::Limit, limit);
        match (request.value(), limit.value()) {
            (Some(asks), Some(may)) if may < asks => Self::without_ours(request, limit, asks, may),
            _ => Share { request, limit },
        }
    }

    /// What is ours is not written where the API server would refuse it beside the author's.
    fn without_ours(request: Side, limit: Side, asks: Quantity, may: Quantity) -> Share {
        let or_absent = |side: Side| {
            if side.is_ours() {
                Side::absent(REFUSED, limit_below_request(asks, may))
            } else {
                side
            }
        };
        Share {
            request: or_absent(request),
            limit: or_absent(limit),
        }
    }

    /// In `mode: overwrite` the bounds are for an author's values too.
    fn within_bounds(&self, kind: Kind, side: Side) -> Side {
        let Side::Authored(Some(value)) = side else {
            return side;
        };
        let bounded = self.bounded(value);
        if self.mode != Mode::Overwrite || bounded == value || self.exact(kind).is_some() {
            return side;
        }
        let why = "to stay within `min` and `max`".to_owned();
        Side::Ours {
            value: bounded,
            why,
        }
    }

    fn overwrites(&self, is_user: bool) -> bool {
        self.mode == Mode::Overwrite && is_user
    }

    fn exact(&self, kind: Kind) -> Option<Quantity> {
        let exact = &self.settings.exact;
        let disk = self.settings.ephemeral_storage;
        let (values, disk) = match kind {
            Kind::Request => (&exact.requests, disk.request),
            Kind::Limit => (&exact.limits, disk.limit),
        };
        let own = values.get(self.name).copied();
        own.or(disk.filter(|_| self.name == "ephemeral-storage"))
    }

    /// An author's value, where it may stay as it is; one that is as wanted stays in any mode.
    fn stays(&self, kind: Kind, wanted: Option<Quantity>, is_user: bool) -> Option<Side> {
        let side = read(self.container, kind, self.name)?;
        let stays = wanted.is_none() || is(&side, wanted) || !self.overwrites(is_user);
        stays.then_some(side)
    }

    fn size(&self) -> Option<&Size> {
        if self.container.pod.template() == Template::Partial {
            return None;
        }
        match self.container.kind() {
            ContainerType::App => self.settings.size.as_ref(),
            ContainerType::Sidecar => self.settings.sidecar_size.as_ref(),
            ContainerType::Init => match &self.settings.init {
                Init::Size(size) => Some(size),
                Init::Match | Init::None => None,
            },
        }
    }

    /// The request, and where it comes from.
    fn request(&self) -> (Side, Origin) {
        if let Some(value) = self.exact(Kind::Request) {
            let why = "as the configuration says".to_owned();
            let side = self.stays(Kind::Request, Some(value), true);
            let side = side.unwrap_or(Side::Ours { value, why });
            let origin = if is(&side, Some(value)) {
                Origin::Exact
            } else {
                Origin::Author
            };
            return (side, origin);
        }
        let size = self.size();
        let wanted = size.and_then(|size| of(size.amounts, self.name));
        let wanted = wanted.map(|value| self.bounded(value));
        let is_chosen = size.is_some_and(|size| size.is_chosen);
        let by_size = Origin::Size { is_chosen };
        if let Some(side) = self.stays(Kind::Request, wanted, is_chosen) {
            let origin = if is(&side, wanted) {
                by_size
            } else {
                Origin::Author
            };
            return (side, origin);
        }
        let has_limit = authored(self.container, Kind::Limit, self.name).is_some();
        if (has_limit && !self.overwrites(is_chosen)) || self.exact(Kind::Limit).is_some() {
            let message = "the API server takes the limit for the request, and a smaller one would change where the pod fits";
            return (Side::absent("limit-only", message), Origin::Author);
        }
        match (wanted, size) {
            (Some(value), Some(size)) => {
                let why = format!("by the size \"{}\"", size.name);
                (Side::Ours { value, why }, by_size)
            }
            _ => (self.sizeless(), Origin::Author),
        }
    }

    /// Why no size gives a request.
    fn sizeless(&self) -> Side {
        match (self.container.kind(), &self.settings.init) {
            _ if !matches!(self.name, "cpu" | "memory") => {
                Side::absent("not-asked-for", "nothing asks for it")
            }
            // What the others leave free is known once they are.
            (ContainerType::Init, Init::Match) => {
                Side::absent("init-container", "the other containers leave nothing free")
            }
            (ContainerType::Init, Init::None) => Side::absent(
                "disabled",
                "`initContainers: none` leaves init containers out",
            ),
            _ => Side::absent(
                "no-size",
                "nothing says how much; set `environment` or `size`",
            ),
        }
    }

    fn bounded(&self, value: Quantity) -> Quantity {
        let (min, max) = (
            of(self.settings.min, self.name),
            of(self.settings.max, self.name),
        );
        let value = min.map_or(value, |min| value.max(min));
        max.map_or(value, |max| value.min(max))
    }

    fn policy(&self) -> Limit {
        let limit = match self.name {
            "cpu" => self.settings.cpu_limit,
            "memory" => self.settings.memory_limit,
            _ => Limit {
                policy: Policy::None,
                ratio: one(),
            },
        };
        let is_guaranteed = self.settings.qos == Some(Qos::Guaranteed);
        match self.name {
            "cpu" | "memory" if is_guaranteed => Limit {
                policy: Policy::Equal,
                ratio: one(),
            },
            _ => limit,
        }
    }

    fn limit(&self, request: &Side, origin: Origin) -> Side {
        if let Some(value) = self.exact(Kind::Limit) {
            let why = "as the configuration says".to_owned();
            return self
                .stays(Kind::Limit, Some(value), true)
                .unwrap_or(Side::Ours { value, why });
        }
        let Limit { policy, ratio } = self.policy();
        let is_guaranteed = self.settings.qos == Some(Qos::Guaranteed);
        let has_limit = authored(self.container, Kind::Limit, self.name).is_some();
        if policy == Policy::Remove && has_limit && self.mode == Mode::Overwrite {
            return Side::Removed;
        }
        let follows = matches!(policy, Policy::Equal | Policy::Ratio);
        let request = request.value().filter(|_| follows);
        let wanted = request.map(|request| self.limited(request, policy, ratio));
        if let Some(side) = self.stays(Kind::Limit, wanted, true) {
            return side;
        }
        match (origin, wanted) {
            (_, None) if matches!(policy, Policy::None | Policy::Remove) => {
                Side::absent("no-policy", "the configuration asks for none")
            }
            (_, None) => Side::absent(
                "no-request",
                "there is no request that a limit could follow",
            ),
            (Origin::Exact, _) if !is_guaranteed => Side::absent(
                "exact",
                "the exact request stands without a limit beside it",
            ),
            (Origin::Size { is_chosen: false }, _) if !is_guaranteed => Side::absent(
                "built-in-size",
                "a limit follows only from an author's request or from a size that the configuration chooses",
            ),
            (_, Some(value)) if request.is_some_and(|request| value < request) => {
                Side::absent(REFUSED, max_below_request(value))
            }
            (_, Some(value)) => {
                let why = match policy {
                    Policy::Ratio => format!("to {} times the request", decimal(ratio)),
                    _ => "equal to the request".to_owned(),
                };
                Side::Ours { value, why }
            }
        }
    }

    /// A limit that follows from a request, at most `max`.
    fn limited(&self, request: Quantity, policy: Policy, ratio: Quantity) -> Quantity {
        let step = of(self.settings.round, self.name).unwrap_or(Quantity::ZERO);
        let limit = match policy {
            Policy::Ratio if ratio != one() => request.times(ratio).rounded_up(step),
            _ => request,
        };
        let max = of(self.settings.max, self.name);
        max.map_or(limit, |max| limit.min(max))
    }
}

fn limit_below_request(request: Quantity, limit: Quantity) -> String {
    format!(
        "a limit of {limit} is less than the request of {request}, which the API server refuses; change one of the two"
    )
}

fn max_below_request(max: Quantity) -> String {
    format!("the `max` of {max} is less than the request; raise it, or lower the request")
}

/// Whether a side has just this value.
fn is(side: &Side, value: Option<Quantity>) -> bool {
    value.is_some() && side.value() == value
}

/// CPU or memory of a pair.
pub(crate) fn of(pair: Pair, name: &str) -> Option<Quantity> {
    match name {
        "cpu" => pair.cpu,
        "memory" => pair.memory,
        _ => None,
    }
}

/// An init container that ends gets what the others leave free, at most what the largest of them has: the pod
/// requests no more for it.
fn match_init_containers(shares: &mut Shares<'_>) {
    for number in 0..shares.containers.len() {
        for name in ["cpu", "memory"] {
            let Some(value) = matched(shares, number, name) else {
                continue;
            };
            let own = shares.containers.get_mut(number);
            let is_guaranteed = own.as_ref().is_some_and(|own| is_guaranteed(own));
            if let Some(share) = own.and_then(|own| own.share_mut(name)) {
                match_share(share, value, is_guaranteed);
            }
        }
    }
}

fn is_guaranteed(own: &ContainerShares<'_>) -> bool {
    let settings = own.settings.as_ref();
    settings.is_some_and(|settings| settings.qos == Some(Qos::Guaranteed))
}

fn match_share(share: &mut Share, value: Quantity, is_guaranteed: bool) {
    if let Side::Absent {
        reason: "init-container",
        ..
    } = share.request
    {
        let why = "to what the other containers leave free".to_owned();
        share.request = Side::Ours { value, why };
    }
    let is_matched = share.request.value() == Some(value);
    let is_free = !matches!(share.limit, Side::Authored(_) | Side::Removed);
    if is_matched && is_free {
        share.limit = if is_guaranteed {
            let why = "equal to the request".to_owned();
            Side::Ours { value, why }
        } else {
            Side::absent(
                "init-container",
                "the request follows those of the other containers",
            )
        };
    }
}

/// What the other containers leave free for an init container, where it is to have that.
fn matched(shares: &Shares<'_>, number: usize, name: &str) -> Option<Quantity> {
    let own = shares.containers.get(number)?;
    let settings = own.settings.as_ref()?;
    let is_exact =
        settings.exact.requests.contains_key(name) || settings.exact.limits.contains_key(name);
    if own.container.kind() != ContainerType::Init || settings.init != Init::Match || is_exact {
        return None;
    }
    let apps = shares.containers.iter();
    let apps = apps.filter(|other| other.container.kind() == ContainerType::App);
    let largest = apps.filter_map(|other| other.request(name)).max()?;
    let request_of = |container: Container<'_>| shares.request_of(container, name);
    let free = free_for_init(shares.pod, own.container, name, request_of);
    let least = of(settings.min, name).unwrap_or(Quantity::ZERO);
    let value = largest.min(free).max(least);
    (value > Quantity::ZERO).then_some(value)
}
