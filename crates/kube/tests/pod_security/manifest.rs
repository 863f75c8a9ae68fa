//! A pod that every version of the restricted level lets in, and ways to make it worse.

use plimsoll_kube::{PodSecurity, SecurityLevel, SecurityVersion};

use crate::with;

/// The container's security context.
pub(crate) const OWN: &str = "spec.containers[0].securityContext";

/// The pod that every version lets in.
pub(crate) fn pod() -> Manifest {
    Manifest::default()
}

/// The parts of a pod with one container, each the inside of a flow map.
#[derive(Clone)]
pub(crate) struct Manifest {
    annotations: String,
    spec: String,
    context: String,
    container: String,
    own_context: String,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            annotations: "team: shop".to_owned(),
            spec: "restartPolicy: Always".to_owned(),
            context: "runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}".to_owned(),
            container: "name: app, image: shop/app:1".to_owned(),
            own_context: "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}".to_owned(),
        }
    }
}

impl Manifest {
    /// Also this in the pod's `metadata.annotations`.
    pub(crate) fn annotated(mut self, more: &str) -> Self {
        self.annotations = format!("{}, {more}", self.annotations);
        self
    }

    /// Also this in the pod's `spec`.
    pub(crate) fn spec(mut self, more: &str) -> Self {
        self.spec = format!("{}, {more}", self.spec);
        self
    }

    /// Also this in the pod's `securityContext`.
    pub(crate) fn context(mut self, more: &str) -> Self {
        self.context = format!("{}, {more}", self.context);
        self
    }

    /// Just this in the pod's `securityContext`.
    pub(crate) fn context_is(mut self, all: &str) -> Self {
        all.clone_into(&mut self.context);
        self
    }

    /// Also this in the container.
    pub(crate) fn container(mut self, more: &str) -> Self {
        self.container = format!("{}, {more}", self.container);
        self
    }

    /// Also this in the container's `securityContext`.
    pub(crate) fn own(mut self, more: &str) -> Self {
        self.own_context = format!("{}, {more}", self.own_context);
        self
    }

    /// Just this in the container's `securityContext`.
    pub(crate) fn own_is(mut self, all: &str) -> Self {
        all.clone_into(&mut self.own_context);
        self
    }

    /// The manifest.
    pub(crate) fn text(&self) -> String {
        let Self {
            annotations,
            spec,
            context,
            container,
            own_context,
        } = self;
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations: {{{annotations}}}\nspec: \
             {{{spec}, securityContext: {{{context}}}, containers: [{{{container}, securityContext: \
             {{{own_context}}}}}]}}\n"
        )
    }

    /// What the pod's security is decided by.
    pub(crate) fn see<T>(&self, see: impl FnOnce(PodSecurity<'_>) -> T) -> T {
        with(&self.text(), |resources| {
            see(resources.pods().next().unwrap().security())
        })
    }

    /// The checks that fail at a level, each with the minor versions in which it does; and where.
    pub(crate) fn history(&self, level: SecurityLevel) -> (String, Vec<String>) {
        const NEWEST: u32 = 38;
        let mut history: Vec<(&str, u32, u32)> = Vec::new();
        let mut places = Vec::new();
        let mut note = |security: &PodSecurity<'_>, minor: u32, version| {
            for violation in security.violations(level, version) {
                let place = violation.place.path.to_string();
                if !places.contains(&place) {
                    places.push(place);
                }
                let mut known = history.iter_mut().rev();
                match known.find(|(check, _, last)| *check == violation.check && *last + 1 >= minor)
                {
                    Some((_, _, last)) => *last = minor,
                    None => history.push((violation.check, minor, minor)),
                }
            }
        };
        self.see(|security| {
            for minor in 0..NEWEST {
                note(&security, minor, SecurityVersion::Minor(minor));
            }
            note(&security, NEWEST, SecurityVersion::Latest);
        });
        let show = |(check, first, last): &(&str, u32, u32)| {
            let last = match *last {
                NEWEST => String::new(),
                minor => minor.to_string(),
            };
            format!("{check} {first}-{last}")
        };
        let shown: Vec<String> = history.iter().map(show).collect();
        (shown.join(", "), places)
    }

    /// Asserts the [`history`](Self::history) of both levels, and that one place is at fault if any.
    #[track_caller]
    pub(crate) fn fails(&self, place: &str, baseline: &str, restricted: &str) {
        let text = self.text();
        for (level, expected) in [
            (SecurityLevel::Baseline, baseline),
            (SecurityLevel::Restricted, restricted),
        ] {
            let (history, places) = self.history(level);
            assert_eq!(history, expected, "{level}: {text}");
            if !expected.is_empty() {
                assert_eq!(places, [place], "{level}: {text}");
            }
        }
        assert_eq!(self.history(SecurityLevel::Privileged).0, "", "{text}");
    }

    /// Asserts that both levels let it in, in every version.
    #[track_caller]
    pub(crate) fn passes(&self) {
        self.fails("", "", "");
    }
}
