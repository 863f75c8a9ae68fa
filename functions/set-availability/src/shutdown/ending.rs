//! What a pod's author and the configuration say about its end.

use std::rc::Rc;

use sdk::{Container, ContainerType, Mode, Node, Place, Plan, Pod, Version};

use super::{foreign, nap, pre_stop};
use crate::settings::{Chosen, Settings, Shutdown};
use crate::survey::{Survey, Workload};

/// A pod before it is decided how it ends.
pub(super) struct Ending<'r> {
    pub(super) pod: Pod<'r>,
    /// What applies to the pod as a whole; none where it is out of scope.
    pub(super) settings: Option<Rc<Settings>>,
    pub(super) mode: Mode,
    pub(super) version: Version,
    /// Why nothing is written: a reason, and its words.
    pub(super) exempt: Option<(&'static str, &'static str)>,
    /// Its containers, but for those that end before the pod starts.
    pub(super) containers: Vec<One<'r>>,
}

/// A container before it is decided how it ends.
pub(super) struct One<'r> {
    pub(super) container: Container<'r>,
    /// What applies to it; none where it is out of scope.
    pub(super) settings: Option<Rc<Settings>>,
    /// The author's `preStop`, or what stands in its way.
    pub(super) hook: Option<Hook>,
    /// The sleep that it is to have, if anything lets it.
    pub(super) wish: Option<Chosen<u32>>,
}

/// An author's `preStop`.
#[derive(Clone, Copy)]
pub(super) struct Hook {
    /// How long it sleeps, where that can be read off it.
    pub(super) seconds: Option<i64>,
    /// Whether the sleep is Kubernetes' own, which does nothing else.
    pub(super) is_native: bool,
}

impl<'r> Ending<'r> {
    pub(super) fn of(
        plan: &mut Plan,
        survey: &Survey<'_, 'r>,
        workload: &Workload<'r>,
        pod: Pod<'r>,
    ) -> Self {
        let context = survey.context;
        let runs_on = pod.containers();
        let runs_on = runs_on.filter(|container| container.kind() != ContainerType::Init);
        let settings_of = |container| {
            let is_in_scope = context.is_in_scope(container);
            is_in_scope.then(|| context.settings(container)).flatten()
        };
        let exempt = exemption(workload, pod);
        let one = |container: Container<'r>| {
            let settings = settings_of(container);
            let shutdown = settings.as_ref().and_then(|own| own.shutdown.as_ref());
            let may_be = exempt.is_none()
                && container.kind() == ContainerType::App
                && !plan.is_skipped(pre_stop::RULE, container);
            One {
                container,
                hook: Hook::of(container),
                wish: shutdown.and_then(wish).filter(|_| may_be),
                settings,
            }
        };
        Self {
            containers: runs_on.map(one).collect(),
            pod,
            settings: workload.pod_settings.clone(),
            mode: context.mode(),
            version: context.kubernetes_version(),
            exempt,
        }
    }
}

fn exemption(workload: &Workload<'_>, pod: Pod<'_>) -> Option<(&'static str, &'static str)> {
    if pod.runs_to_completion() {
        return Some(("ends-by-itself", "the pod ends by itself"));
    }
    foreign(workload, pod)
}

/// Zero seconds are none.
fn wish(shutdown: &Shutdown) -> Option<Chosen<u32>> {
    shutdown.sleep_seconds.filter(|sleep| sleep.value > 0)
}

impl Hook {
    /// What stands in a hook's way says nothing, and is as authored as a hook.
    const UNREADABLE: Self = Self {
        seconds: None,
        is_native: false,
    };

    fn of(container: Container<'_>) -> Option<Self> {
        let lifecycle = container.get("lifecycle")?;
        if !lifecycle.is_map() {
            return Some(Self::UNREADABLE);
        }
        let hook = lifecycle.get("preStop")?;
        let native = hook.at(&["sleep", "seconds"]).and_then(Node::as_i64);
        let command = hook.at(&["exec", "command"]);
        Some(Self {
            seconds: native.or_else(|| command.and_then(nap::seconds)),
            is_native: native.is_some(),
        })
    }
}

impl One<'_> {
    /// What the configuration says; none where it says nothing.
    pub(super) fn shutdown(&self) -> Option<&Shutdown> {
        self.settings.as_ref()?.shutdown.as_ref()
    }

    pub(super) fn place(&self) -> Place {
        self.container.field("lifecycle").field("preStop")
    }

    /// What replaces the author's hook, once it is known that the grace period is longer: only the user's own wish,
    /// and only a sleep that does nothing else.
    pub(super) fn replacement(&self, mode: Mode) -> Option<u32> {
        let hook = self.hook.filter(|hook| hook.is_native)?;
        let wish = self.wish.filter(|wish| wish.is_user)?;
        let is_other = hook.seconds != Some(i64::from(wish.value));
        (mode == Mode::Overwrite && is_other).then_some(wish.value)
    }

    /// How long the hook sleeps that the container ends up with, if the grace period is `grace`; none where it has
    /// no hook of its author's.
    pub(super) fn rest(&self, mode: Mode, grace: i64) -> Option<i64> {
        let replacement = self.replacement(mode).map(i64::from);
        let fitting = replacement.filter(|seconds| *seconds < grace);
        fitting.or_else(|| self.hook?.seconds)
    }
}
