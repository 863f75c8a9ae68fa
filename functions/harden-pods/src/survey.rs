//! What is known of a pod before anything is decided, and what it comes to with what was decided so far.

use std::rc::Rc;

use sdk::{
    Container, ContainerSecurity, Context, Node, Place, Pod, PodSecurity, Resources, SecurityLevel,
    Template,
};

use crate::HardenPods;
use crate::images::{ImageUsers, Known};
use crate::settings::Settings;
use crate::stance::{self, Stance};

/// A pod in scope.
pub(crate) struct PodSurvey<'r> {
    pub(crate) pod: Pod<'r>,
    /// What applies to it as a whole.
    pub(crate) settings: Rc<Settings>,
    /// All of its containers, also those that are left alone.
    pub(crate) containers: Vec<ContainerSurvey<'r>>,
    /// Its security, with everything that was decided so far; containers in the same order.
    pub(crate) after: PodSecurity<'r>,
}

/// A container of a pod in scope.
pub(crate) struct ContainerSurvey<'r> {
    pub(crate) container: Container<'r>,
    /// What applies to it; none where it is out of scope, for example since a mesh injects it.
    pub(crate) settings: Option<Rc<Settings>>,
    /// Whether it is hardened.
    pub(crate) stance: Stance,
    /// What is known of its image's user.
    pub(crate) known: Known<'r>,
}

/// A container, and what applies to it if it is in scope.
type Scoped<'r> = (Container<'r>, Option<Rc<Settings>>);

/// The pods that have a container in scope.
pub(crate) fn pods<'r>(
    context: &Context<'_, HardenPods>,
    resources: &'r Resources<'r>,
    images: &'r ImageUsers<'r>,
) -> impl Iterator<Item = PodSurvey<'r>> {
    let survey = move |pod| PodSurvey::new(context, resources, images, pod);
    context.pods(resources).filter_map(survey)
}

impl<'r> PodSurvey<'r> {
    fn new(
        context: &Context<'_, HardenPods>,
        resources: &'r Resources<'r>,
        images: &'r ImageUsers<'r>,
        pod: Pod<'r>,
    ) -> Option<Self> {
        let in_scope = |container: &Container<'r>| context.is_in_scope(*container);
        let settings_of = |container: Container<'r>| {
            let container = Some(container).filter(in_scope)?;
            context.settings(container)
        };
        let all: Vec<Scoped<'r>> = pod
            .containers()
            .map(|own| (own, settings_of(own)))
            .collect();
        let is_in_scope = all.iter().any(|(_, settings)| settings.is_some());
        let owner = pod.template_owner().filter(|_| is_in_scope)?;
        let after = pod.security();
        let survey = |((container, settings), own): (Scoped<'r>, &ContainerSecurity<'r>)| {
            let known = images.find(container);
            let stance = stance::of(&after, own, known, settings.as_deref(), context.mode());
            ContainerSurvey {
                container,
                settings,
                stance,
                known,
            }
        };
        Some(Self {
            pod,
            settings: context.settings_of(resources, owner)?,
            containers: all.into_iter().zip(&after.containers).map(survey).collect(),
            after,
        })
    }

    /// Whether it is hardened at all: it is no exception, doesn't contradict itself, and no operator merges it into
    /// something else.
    fn is_hardened(&self) -> bool {
        self.settings.level != SecurityLevel::Privileged
            && self.pod.template() != Template::Partial
            && !stance::is_torn(&self.after)
    }

    /// Whether fields of the pod as a whole may be written: none of its containers is privileged either.
    pub(crate) fn is_writable(&self) -> bool {
        let is_privileged = |own: &ContainerSurvey<'_>| own.is_privileged();
        self.is_hardened() && !self.containers.iter().any(is_privileged)
    }

    /// Whether that goes for its security context too.
    pub(crate) fn takes_context(&self) -> bool {
        self.is_writable() && self.may_have_context()
    }

    /// Whether it may get a group for its volumes, which is nothing to a privileged container.
    pub(crate) fn takes_group(&self) -> bool {
        self.is_hardened() && self.may_have_context()
    }

    /// Knative refuses a security context of a pod unless its operator allows it: `PodSpecMask` in knative/serving
    /// pkg/apis/serving/fieldmask.go at 98e5ef90aa7033797aa0a61ef97f3ff7e49a3944.
    fn may_have_context(&self) -> bool {
        let owner = self.pod.template_owner();
        owner.is_some_and(|owner| owner.group() != "serving.knative.dev")
    }

    /// The containers with their security.
    pub(crate) fn secured(
        &self,
    ) -> impl Iterator<Item = (&ContainerSurvey<'r>, &ContainerSecurity<'r>)> {
        self.containers.iter().zip(&self.after.containers)
    }

    /// Whether a container will not run as root, as the kubelet sees to it or as its user says.
    pub(crate) fn is_non_root(&self, number: usize) -> bool {
        let of_pod = &self.after.context;
        self.after.containers.get(number).is_some_and(|own| {
            let own = &own.context;
            let user = own.run_as_user.or(&of_pod.run_as_user);
            let is_kept = own.run_as_non_root.or(&of_pod.run_as_non_root) == Some(&true);
            user.map_or(is_kept, |user| *user != 0)
        })
    }

    /// Whether it runs on Windows, where most of a security context means nothing.
    pub(crate) fn is_windows(&self) -> bool {
        self.pod.is_windows()
    }

    /// A field of its security context.
    pub(crate) fn security(&self, field: &str) -> Option<Node<'r>> {
        self.pod.get("securityContext")?.get(field)
    }

    /// The same as a place.
    pub(crate) fn security_place(&self, field: &str) -> Place {
        self.pod.field("securityContext").field(field)
    }

    /// Whether a field of its security context may be written: nothing stands there, not even null.
    pub(crate) fn is_free(&self, field: &str) -> bool {
        let context = self.pod.get("securityContext");
        is_free(context, field)
    }
}

impl<'r> ContainerSurvey<'r> {
    /// What applies to it, if anything may be written into it.
    pub(crate) fn writable(&self) -> Option<&Settings> {
        let is_writable = matches!(self.stance, Stance::Plain | Stance::Root(_));
        self.settings.as_deref().filter(|_| is_writable)
    }

    /// Whether it has all rights on its node.
    pub(crate) fn is_privileged(&self) -> bool {
        self.stance == Stance::Privileged
    }

    /// A field of its security context.
    pub(crate) fn security(&self, field: &str) -> Option<Node<'r>> {
        self.container.get("securityContext")?.get(field)
    }

    /// The same as a place.
    pub(crate) fn security_place(&self, field: &str) -> Place {
        self.container.field("securityContext").field(field)
    }

    /// Whether a field of its security context may be written: nothing stands there, not even null.
    pub(crate) fn is_free(&self, field: &str) -> bool {
        let context = self.container.get("securityContext");
        is_free(context, field)
    }
}

/// Whether a field of a security context may be written. A null in place of the whole context is as good as none.
fn is_free(context: Option<Node<'_>>, field: &str) -> bool {
    context.is_none_or(|context| {
        context.is_null() || (context.is_map() && context.get(field).is_none())
    })
}
