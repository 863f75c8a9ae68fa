//! Ports of workloads that have another mode than the rest.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Mesh, Order as _, Place, Plan, Severity, Value, Workload};

use super::overlaps::Overlaps;
use super::policy::OfWorkload;
use super::{
    CONFLICTING_POLICIES, Exposure, PORT_EXCEPTIONS, TAKEN_PEER_AUTHENTICATION, declared, may_make,
    remembered, scrapes, takes_part, word,
};
use crate::config::Scope;
use crate::evidence::{self, Evidence};
use crate::istio::{Mode, PeerAuthentication};
use crate::making;
use crate::survey::Survey;

const REASON: &str = "plimsoll.dev/reason";
const EXPIRES: &str = "plimsoll.dev/expires";

/// What is wanted for the ports of a workload.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) modes: BTreeMap<u16, Mode>,
    /// Whether the configuration wants some of it.
    pub(super) is_declared: bool,
    pub(super) reasons: BTreeSet<String>,
    pub(super) expires: Option<String>,
    /// What is known of scrapes.
    pub(super) evidence: Evidence,
}

/// By the numbers of workloads.
pub(super) type Wishes = BTreeMap<usize, Wish>;

/// Makes a policy for each workload that has such ports.
pub(super) fn plan(plan: &mut Plan, survey: &mut Survey<'_, '_>) {
    let made = decide_all(plan, survey);
    survey.servers.of_ports.extend(made);
}

/// Modes by the number of the workload and the port.
type Modes = BTreeMap<(usize, u16), Mode>;

fn decide_all<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) -> Modes {
    let exposure = Exposure::new(survey.graph);
    let mut wishes = Wishes::new();
    declared::add(plan, survey, &exposure, &mut wishes);
    scrapes::add(plan, survey, &exposure, &mut wishes);
    remembered::add(plan, survey, &mut wishes);
    let mut made = Modes::new();
    if wishes.is_empty() {
        return made;
    }
    let all = Wanted {
        overlaps: Overlaps::new(survey),
        names: names(survey, &wishes),
        taken: taken(survey),
        exposure,
        wishes,
    };
    for (number, wish) in &all.wishes {
        let Some(workload) = survey.graph.workload(*number) else {
            continue;
        };
        if all.decide(plan, survey, workload, wish) {
            let modes = wish.modes.iter();
            made.extend(modes.map(|(port, mode)| ((*number, *port), *mode)));
        }
    }
    made
}

/// The mode that the policy of a workload passes on to its other ports; none where the input doesn't tell.
pub(super) fn inherited<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>) -> Option<Mode> {
    let (servers, namespace) = (&survey.servers, workload.namespace);
    let is_told = servers.of_namespaces.contains_key(namespace)
        || servers.of_mesh.is_some()
        || servers.authored.inferred(namespace).decided_by.is_some();
    is_told.then(|| servers.inferred(namespace))
}

/// `<workload>-ports`; where several workloads go by one name, with their kind in it and, for several templates of
/// one owner, a number.
fn names<'r>(survey: &Survey<'r, 'r>, wishes: &Wishes) -> BTreeMap<usize, String> {
    let workloads = wishes.keys();
    let workloads = workloads.filter_map(|number| survey.graph.workload(*number));
    let mut sorted: Vec<_> = workloads.collect();
    sorted.order_by_key(|workload| (workload.name(), workload.owner.kind(), workload.number));
    let mut count: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for workload in &sorted {
        *count
            .entry((workload.namespace, workload.name()))
            .or_default() += 1;
    }
    let mut taken: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut names = BTreeMap::new();
    for workload in sorted {
        let (namespace, name) = (workload.namespace, workload.name());
        let kind = workload.owner.kind().to_lowercase();
        let is_alone = count.get(&(namespace, name)) == Some(&1);
        let first = if is_alone {
            format!("{name}-ports")
        } else {
            format!("{name}-{kind}-ports")
        };
        let more = (2_usize..).map(|number| format!("{name}-{kind}-ports-{number}"));
        let mut free = std::iter::once(first).chain(more);
        let free = free.find(|name| taken.insert((namespace, name.clone())));
        names.insert(workload.number, free.unwrap_or_default());
    }
    names
}

/// Authors' policies by namespace and name.
type Taken<'s, 'r> = BTreeMap<(&'s str, &'s str), &'s PeerAuthentication<'r>>;

fn taken<'s, 'r>(survey: &'s Survey<'r, 'r>) -> Taken<'s, 'r> {
    let policies = survey.servers.authored.policies().iter();
    policies
        .map(|policy| ((policy.namespace, policy.resource.name()), policy))
        .into_map()
}

/// Everything that is wanted.
struct Wanted<'s, 'r> {
    wishes: Wishes,
    names: BTreeMap<usize, String>,
    taken: Taken<'s, 'r>,
    overlaps: Overlaps<'r>,
    exposure: Exposure<'s, 'r>,
}

/// What becomes of a wish.
enum Fate<'s, 'r> {
    /// A policy is made that selects by these labels.
    Made(BTreeMap<String, String>),
    Skipped(&'static str, &'static str),
    /// The author's policy for the workload decides.
    Authored(&'s PeerAuthentication<'r>),
    /// The author's policy for something else has the name.
    Taken(&'s PeerAuthentication<'r>),
    Impossible(String),
}

impl<'s, 'r> Wanted<'s, 'r> {
    /// Whether the policy is made.
    fn decide(
        &self,
        plan: &mut Plan,
        survey: &'s Survey<'r, 'r>,
        workload: &Workload<'r>,
        wish: &Wish,
    ) -> bool {
        let fate = self.fate(survey, workload);
        if let Fate::Made(selector) = fate {
            let is_open = may_make(plan, PORT_EXCEPTIONS, workload.pod);
            if is_open {
                let object = self.object(survey, workload, wish, selector);
                let otherwise = "as `peerAuthentication.exceptions` asks";
                making::generate(plan, object, workload.owner, otherwise);
            }
            return is_open;
        }
        let Some(decision) = plan.decide(PORT_EXCEPTIONS, workload.pod) else {
            return false;
        };
        match fate {
            Fate::Made(_) => {}
            Fate::Skipped(reason, message) => decision.skip(reason, message),
            Fate::Impossible(problem) => decision.refuse(wish.severity(), problem),
            Fate::Authored(policy) => {
                let message = "its author's own policy says what its ports accept";
                decision.skip("authored", message);
                tell_conflict(plan, survey, (workload, wish), policy);
            }
            Fate::Taken(policy) => {
                decision.skip(
                    "name-taken",
                    "gets no policy, since another one has its name",
                );
                tell_taken(plan, survey, workload, policy);
            }
        }
        false
    }

    fn fate(&self, survey: &'s Survey<'r, 'r>, workload: &Workload<'r>) -> Fate<'s, 'r> {
        if !takes_part(survey, workload) {
            return match survey.mesh(workload) {
                Mesh::Unknown => Fate::Skipped(
                    "unknown-mesh",
                    "gets no policy, since its Namespace isn't in the input to say whether it is in the mesh",
                ),
                _ => Fate::Skipped("not-in-mesh", "gets no policy, since it isn't in the mesh"),
            };
        }
        if survey.run.peer_authentication.scope == Scope::Off {
            return Fate::Skipped(
                "switched-off",
                "gets no policy, as `peerAuthentication.scope: off` asks",
            );
        }
        let authored = &survey.servers.authored;
        let mut selecting = authored.selecting(workload.namespace, workload.pod.labels());
        if let Some(policy) = selecting.next() {
            return Fate::Authored(policy);
        }
        let labels = workload.stable_labels();
        if let Some(problem) = self.problem(survey, workload, &labels) {
            return Fate::Impossible(problem);
        }
        let name = self.name(workload);
        let namesake = self.taken.get(&(workload.namespace, name)).copied();
        namesake.map_or(Fate::Made(labels), Fate::Taken)
    }

    fn name(&self, workload: &Workload<'r>) -> &str {
        self.names.get(&workload.number).map_or("", String::as_str)
    }

    /// Why labels can't select the workload alone. Others that they select are no problem as long as they have
    /// none of the ports and no policy of their own.
    fn problem(
        &self,
        survey: &Survey<'r, 'r>,
        workload: &Workload<'r>,
        labels: &BTreeMap<String, String>,
    ) -> Option<String> {
        if labels.is_empty() {
            let message =
                "its pods have no labels that a policy could select them by; give them some";
            return Some(message.to_owned());
        }
        let others = self.overlaps.of(survey, workload, labels).into_iter();
        let spilled = others.filter(|other| self.is_spilled(survey, workload, other));
        let spilled: Vec<String> = spilled
            .map(|other| format!("{} \"{}\"", other.owner.kind(), other.name()))
            .collect();
        (!spilled.is_empty()).then(|| {
            format!(
                "a policy that selects its pods selects those of {} too; give its pods a label that no others have, \
                 in their selector as well",
                spilled.join(", ")
            )
        })
    }

    fn is_spilled(
        &self,
        survey: &Survey<'r, 'r>,
        workload: &Workload<'r>,
        other: &Workload<'r>,
    ) -> bool {
        let wish = self.wishes.get(&workload.number);
        let ports = wish.into_iter().flat_map(|wish| wish.modes.keys());
        let has = |port: u16| {
            let mut declared = other.ports();
            declared.any(|own| own.port() == Some(port))
                || !self.exposure.of(other.number, port).is_empty()
        };
        let mut own = survey
            .servers
            .authored
            .selecting(other.namespace, other.pod.labels());
        takes_part(survey, other)
            && (self.wishes.contains_key(&other.number)
                || own.next().is_some()
                || ports.copied().any(has))
    }

    fn object(
        &self,
        survey: &Survey<'r, 'r>,
        workload: &Workload<'r>,
        wish: &Wish,
        selector: BTreeMap<String, String>,
    ) -> Value {
        let policy = OfWorkload {
            name: self.name(workload),
            namespace: workload.namespace,
            annotations: wish.annotations(),
            selector,
            mode: inherited(survey, workload),
            ports: &wish.modes,
        };
        policy.object(survey.run)
    }
}

impl Wish {
    /// What can't be had although the configuration asks for it is an error.
    fn severity(&self) -> Severity {
        if self.is_declared {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    fn annotations(&self) -> BTreeMap<&'static str, String> {
        let reasons: Vec<&str> = self.reasons.iter().map(String::as_str).collect();
        let texts = [
            (REASON, reasons.join("; ")),
            (EXPIRES, self.expires.clone().unwrap_or_default()),
            (evidence::ANNOTATION, self.evidence.text()),
        ];
        let texts = texts.into_iter();
        texts.filter(|(_, text)| !text.is_empty()).into_map()
    }
}

/// Two policies for the same pods would be one too many, so the author's must say what is wanted.
fn tell_conflict<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    (workload, wish): (&Workload<'r>, &Wish),
    policy: &PeerAuthentication<'r>,
) {
    let missing = missing(survey, workload, wish);
    if missing.is_empty() {
        return;
    }
    let why = if wish.is_declared {
        "`peerAuthentication.exceptions` asks for them"
    } else {
        "a Prometheus outside of the mesh scrapes them"
    };
    let message = format!(
        "selects the pods of {} \"{}\", for which no second policy counts; add {}, since {why}",
        workload.owner.kind(),
        workload.name(),
        missing.join(", ")
    );
    let place = policy.resource.place().field("spec").field("portLevelMtls");
    plan.report(
        CONFLICTING_POLICIES,
        wish.severity(),
        (policy.resource, survey.resources),
        &place,
        message,
        None,
    );
}

/// The entries that an author's policy lacks, as they would stand in it.
fn missing<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>, wish: &Wish) -> Vec<String> {
    let labels = workload.pod.labels();
    let authored = &survey.servers.authored;
    let told = |port| {
        authored
            .server_mode(workload.namespace, labels, Some(port))
            .mode
    };
    let missing = wish.modes.iter();
    let missing = missing.filter(|(port, mode)| told(**port) != **mode);
    missing
        .map(|(port, mode)| format!("`\"{port}\": {{mode: {}}}`", word(*mode)))
        .collect()
}

fn tell_taken<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    workload: &Workload<'r>,
    policy: &PeerAuthentication<'r>,
) {
    let message = format!(
        "has the name of the policy for the ports of {} \"{}\", which it doesn't select; give it another name",
        workload.owner.kind(),
        workload.name()
    );
    let place: Place = policy.resource.place().field("metadata").field("name");
    plan.report(
        TAKEN_PEER_AUTHENTICATION,
        Severity::Error,
        (policy.resource, survey.resources),
        &place,
        message,
        None,
    );
}
