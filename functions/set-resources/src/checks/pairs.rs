//! A request and the limit beside it.

use sdk::{ContainerType, Quantity, Severity};

use super::{Check, called};
use crate::pod_level::PodLevel;
use crate::settings::is_extended;
use crate::shares::{Kind, place};

impl Check<'_, '_> {
    pub(super) fn pairs(&mut self) {
        let own = self.own;
        for name in own.names() {
            if is_extended(name) {
                self.whole(name);
                self.equal(name);
            } else {
                self.ordered(name);
            }
        }
        self.huge_pages();
        self.memory_limit();
    }

    /// The API server refuses a limit below its request.
    fn ordered(&mut self, name: &str) {
        let request = self.standing(Kind::Request, name);
        let limit = self.standing(Kind::Limit, name);
        if let (Some(request), Some(limit)) = (request, limit)
            && limit < request
            && !limit.is_negative()
        {
            let place = place(self.own.container, Kind::Limit, name);
            let message = below(name, request, limit);
            self.report("limit-below-request", Severity::Error, &place, message);
        }
    }

    /// Devices and pages are handed out whole.
    fn whole(&mut self, name: &str) {
        for kind in Kind::ALL {
            let Some(value) = self.standing(kind, name) else {
                continue;
            };
            let page = name.strip_prefix("hugepages-");
            let page = page.and_then(|page| Quantity::parse(page).ok());
            let message = match page {
                Some(page) if value.rounded_up(page) != value => {
                    format!("must be a multiple of the page size of {page}, not {value}")
                }
                None if !value.is_whole() => format!("must be a whole number, not {value}"),
                _ => continue,
            };
            let place = place(self.own.container, kind, name);
            self.report("not-whole", Severity::Error, &place, message);
        }
    }

    /// What can't be shared is requested as it is limited; the API server takes a limit for the request.
    fn equal(&mut self, name: &str) {
        let container = self.own.container;
        let share = self.own.share(name);
        let is_limited = share.is_some_and(|share| share.limit.is_there());
        let Some(request) = self.standing(Kind::Request, name) else {
            return;
        };
        match self.standing(Kind::Limit, name) {
            Some(limit) if limit != request => {
                let place = place(container, Kind::Limit, name);
                let message = mismatch(name, request, limit);
                self.report("extended-mismatch", Severity::Error, &place, message);
            }
            None if !is_limited => {
                let place = place(container, Kind::Request, name);
                let message = limitless(name, request);
                self.report("extended-mismatch", Severity::Error, &place, message);
            }
            _ => {}
        }
    }

    fn huge_pages(&mut self) {
        let own = self.own;
        let is_there = |name: &str| {
            let share = own.share(name);
            share.is_some_and(|share| share.request.is_there() || share.limit.is_there())
        };
        let mut names = own.names();
        let is_used = |name: &&str| name.starts_with("hugepages-") && is_there(name);
        let Some(name) = names.find(is_used) else {
            return;
        };
        let place = own.container.field("resources");
        if own.container.pod.is_windows() {
            let message = format!("Windows has no huge pages; remove `{name}`");
            self.report("hugepages-on-windows", Severity::Error, &place, message);
        }
        let is_alone = !is_there("cpu") && !is_there("memory");
        if is_alone && self.level == PodLevel::Unused {
            let message = format!("`{name}` needs CPU or memory beside it; request one of the two");
            self.report("hugepages-alone", Severity::Error, &place, message);
        }
    }

    /// Init containers that end are no danger for long, and no policy of the configuration reaches them.
    fn memory_limit(&mut self) {
        let own = self.own;
        let is_unlimited = own
            .share("memory")
            .is_some_and(|share| share.request.is_ours() && !share.limit.is_there());
        let is_running = own.container.kind() != ContainerType::Init;
        let is_asked = self.settings.warns_without_memory_limit && self.level == PodLevel::Unused;
        if is_asked && is_unlimited && is_running {
            let message = format!(
                "gets memory without a limit, so a leak takes that of its neighbours; {}",
                self.limit_to_write()
            );
            let place = place(own.container, Kind::Limit, "memory");
            self.report("no-memory-limit", Severity::Warning, &place, message);
        }
    }

    /// What brings a limit: policies don't apply to exact values, nor to the built-in size.
    fn limit_to_write(&self) -> String {
        const POLICY: &str = "`memoryLimit: {policy: ratio, ratio: 1}`";
        let size = match self.own.container.kind() {
            ContainerType::Sidecar => self.settings.sidecar_size.as_ref(),
            ContainerType::App | ContainerType::Init => self.settings.size.as_ref(),
        };
        let exact = self.settings.exact.requests.get("memory");
        match (exact, size) {
            (Some(value), _) => format!("add `limits: {{memory: {value}}}` to `resources`"),
            (None, Some(size)) if !size.is_chosen => {
                format!("set `size: {}` and {POLICY}", size.name)
            }
            (None, _) => format!("set {POLICY}"),
        }
    }
}

pub(super) fn below(name: &str, request: Quantity, limit: Quantity) -> String {
    format!(
        "the {} limit of {limit} is below the request of {request}; raise it, or lower the request",
        called(name)
    )
}

fn mismatch(name: &str, request: Quantity, limit: Quantity) -> String {
    format!("the limit of {limit} must equal the request of {request}, as `{name}` can't be shared")
}

fn limitless(name: &str, request: Quantity) -> String {
    format!("`{name}` can't be shared, so it needs a limit; add `{name}: {request}` to `limits`")
}
