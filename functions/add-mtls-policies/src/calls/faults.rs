//! What is wrong about calls, one finding for each cause however many calls it is the cause of.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Path, Place, Plan, Resource, Severity, Subject, Value};

use super::words;
use crate::istio::{Cause, Verdict};

/// All faults, by the field that is wrong.
#[derive(Default)]
pub(super) struct Faults<'r>(BTreeMap<Key, Fault<'r>>);

/// Object, field, rule, and what is wrong there.
type Key = (usize, Path, &'static str, Kind);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Clients send plain text.
    Plaintext(Cause),
    /// Clients send plain text, since they have no use for the rule's `credentialName`.
    Credential,
    /// Clients send plain text, since an entry for the port replaces the policy and has no `tls`.
    Dropped,
    /// Clients send plain text, since their own sidecar lets them pass by.
    Bypass,
    /// Clients send TLS that isn't the mesh's.
    OwnTls,
    /// Clients send mutual TLS to those who don't take it.
    Mutual,
    /// The same, by themselves.
    AutoMutual,
    /// Not all pods of a headless Service are in the mesh.
    PartlyMeshed,
    /// The caller with this number is outside the mesh.
    OutsideCaller(usize),
    /// A rule for a headless Service.
    Headless,
    /// A rule that keeps clients of its namespace from seeing another one.
    Shadowing,
}

/// Where something is wrong.
pub(super) struct Site<'r> {
    pub(super) subject: Subject<'r>,
    pub(super) place: Place,
}

impl<'r> Site<'r> {
    pub(super) fn new(subject: impl Into<Subject<'r>>, place: Place) -> Self {
        Self {
            subject: subject.into(),
            place,
        }
    }
}

/// Something that is wrong at one field.
pub(super) struct Fault<'r> {
    subject: Subject<'r>,
    severity: Severity,
    /// Ports by what is called.
    pub(super) ports: BTreeMap<String, BTreeSet<u16>>,
    /// Who calls, and how that is known.
    pub(super) callers: BTreeSet<String>,
    /// Whom else it is about.
    pub(super) others: BTreeSet<String>,
    /// The value that would do.
    pub(super) proposed: Option<&'static str>,
}

/// How bad something is, and under which name it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
}

impl Code {
    pub(super) fn new(rule: &'static str, severity: Severity) -> Self {
        Self { rule, severity }
    }

    /// The same where a call is no more than a guess.
    pub(super) fn guessed(self) -> Self {
        Self {
            severity: self.severity.min(Severity::Warning),
            ..self
        }
    }
}

impl<'r> Faults<'r> {
    /// The fault of this kind at this place, to be told more about.
    pub(super) fn at(&mut self, site: Site<'r>, code: Code, kind: Kind) -> &mut Fault<'r> {
        let Site { subject, place } = site;
        let key = (place.resource, place.path, code.rule, kind);
        let fault = self.0.entry(key).or_insert_with(|| Fault {
            subject,
            severity: code.severity,
            ports: BTreeMap::new(),
            callers: BTreeSet::new(),
            others: BTreeSet::new(),
            proposed: None,
        });
        fault.severity = fault.severity.max(code.severity);
        fault
    }

    /// Says what would do for faults of an object, where nothing is said yet.
    pub(super) fn propose(
        &mut self,
        resource: usize,
        is_meant: impl Fn(Kind) -> bool,
        value: &'static str,
    ) {
        let first = (resource, Path::default(), "", Kind::Plaintext(Cause::Rule));
        let own = self
            .0
            .range_mut(first..)
            .take_while(|(key, _)| key.0 == resource);
        for ((_, _, _, kind), fault) in own {
            if is_meant(*kind) {
                fault.proposed.get_or_insert(value);
            }
        }
    }

    /// Reports each one.
    pub(super) fn report(self, plan: &mut Plan, is_wanted: impl Fn(usize) -> bool) {
        for ((resource, path, rule, kind), fault) in self.0 {
            if !is_wanted(resource) {
                continue;
            }
            let proposed = fault.proposed.map(Value::from);
            let place = Place { resource, path };
            let message = words::message(rule, kind, &fault);
            plan.report(
                rule,
                fault.severity,
                fault.subject,
                &place,
                message,
                proposed.as_ref(),
            );
        }
    }
}

impl Fault<'_> {
    /// Tells one more thing that is called.
    pub(super) fn of(&mut self, called: String, port: Option<u16>) -> &mut Self {
        self.ports.entry(called).or_default().extend(port);
        self
    }

    /// Tells one more caller.
    pub(super) fn by(&mut self, caller: Option<&str>) -> &mut Self {
        self.callers.extend(caller.map(str::to_owned));
        self
    }
}

/// What a verdict says is wrong; nothing for those that fit.
pub(super) fn kind(verdict: Verdict, is_credential_ignored: bool) -> Option<Kind> {
    Some(match verdict {
        Verdict::Fits | Verdict::PlaintextOnly | Verdict::Unknown | Verdict::UnmeshedRefused => {
            return None;
        }
        Verdict::PlaintextAvoidable(Cause::Rule) | Verdict::PlaintextRefused(Cause::Rule)
            if is_credential_ignored =>
        {
            Kind::Credential
        }
        Verdict::PlaintextAvoidable(Cause::PartlyMeshed) => return None,
        Verdict::PlaintextAvoidable(cause) | Verdict::PlaintextRefused(cause) => {
            Kind::Plaintext(cause)
        }
        Verdict::TlsUnexpected | Verdict::TlsRefused => Kind::OwnTls,
        Verdict::MutualToDisabled | Verdict::MutualToUnmeshed => Kind::Mutual,
        Verdict::HeadlessPartlyMeshed => Kind::PartlyMeshed,
        Verdict::HeadlessMutualToDisabled => Kind::AutoMutual,
    })
}

/// `Kind namespace/name`.
pub(super) fn label(resource: &Resource<'_>, namespace: &str) -> String {
    format!("{} {namespace}/{}", resource.kind(), resource.name())
}
