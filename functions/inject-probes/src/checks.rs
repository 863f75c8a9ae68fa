//! What is wrong with the probes that a container ends up with, an author's and ours alike.

use std::fmt::Display;

use sdk::{Container, ContainerType, Node, Place, Plan, Severity, Value, json};

use crate::config::{Kind, port_name_mistake};
use crate::ports::Ports;
use crate::presets::Found;
use crate::probe::{Probe, Probes};

/// Reports everything that is wrong.
pub(crate) fn check(
    plan: &mut Plan,
    container: Container<'_>,
    probes: &Probes,
    ports: &Ports<'_>,
    found: Option<&Found>,
) {
    let mut check = Check { plan, container };
    if container.kind() == ContainerType::Init {
        check.init_container();
        return;
    }
    for probe in probes.iter() {
        check.refused(probe, ports);
        check.host(probe);
        check.numbers(probe);
        check.times(probe);
        check.exposure(probe, ports);
    }
    check.together(probes);
    check.deadline(probes);
    check.mesh(probes);
    check.peers(probes, found);
}

struct Check<'p, 'r> {
    plan: &'p mut Plan,
    container: Container<'r>,
}

impl Check<'_, '_> {
    fn report(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place,
        message: impl Display,
    ) {
        self.plan
            .report(rule, severity, self.container, place, message, None);
    }

    fn propose(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place,
        message: impl Display,
        proposed: &Value,
    ) {
        self.plan.report(
            rule,
            severity,
            self.container,
            place,
            message,
            Some(proposed),
        );
    }

    /// The API refuses probes on init containers that end.
    fn init_container(&mut self) {
        for kind in Kind::ALL {
            if self.container.get(kind.field()).is_some_and(Node::is_map) {
                let message = "an init container may have probes only with `restartPolicy: Always`; remove the probe, or make it a sidecar";
                let place = self.container.field(kind.field());
                self.report("probe-on-init-container", Severity::Error, &place, message);
            }
        }
    }

    /// What the API server or the kubelet would refuse.
    fn refused(&mut self, probe: &Probe, ports: &Ports<'_>) {
        let kind = probe.kind.name();
        let names: Vec<&str> = probe.handlers().map(|(name, _)| name).collect();
        match names.as_slice() {
            [] => self.report(
                "no-handler",
                Severity::Error,
                &probe.place,
                format!("the {kind} probe must have one of httpGet, grpc, tcpSocket and exec"),
            ),
            [_] => {}
            several => {
                let message = format!("the {kind} probe has {}; keep one", several.join(" and "));
                self.report("multiple-handlers", Severity::Error, &probe.place, message);
            }
        }
        if probe.kind == Kind::Readiness && probe.field("terminationGracePeriodSeconds").is_some() {
            let place = probe.place.field("terminationGracePeriodSeconds");
            self.report(
                "grace-on-readiness",
                Severity::Error,
                &place,
                "a readiness probe stops nothing, so it can't have a grace period",
            );
        }
        let success = probe.field("successThreshold").and_then(Value::as_i64);
        if probe.kind != Kind::Readiness && success.is_some_and(|success| success > 1) {
            let place = probe.place.field("successThreshold");
            self.propose(
                "success-threshold",
                Severity::Error,
                &place,
                format!("must be 1 in a {kind} probe"),
                &json!(1),
            );
        }
        for (name, handler) in probe.handlers() {
            self.port(probe, name, handler, ports);
        }
    }

    fn port(&mut self, probe: &Probe, name: &str, handler: &Value, ports: &Ports<'_>) {
        let Some(port) = handler.get("port") else {
            return;
        };
        let place = probe.place.field(name).field("port");
        match port {
            Value::String(text) if name == "grpc" => {
                let message =
                    format!("the port of a gRPC probe must be a number, not the name \"{text}\"");
                self.report("grpc-named-port", Severity::Error, &place, message);
            }
            Value::String(text) => match port_name_mistake(text) {
                Some(mistake) => self.report(
                    "bad-port",
                    Severity::Error,
                    &place,
                    format!("\"{text}\" is no port; {mistake}"),
                ),
                None if !ports.names().contains(&text.as_str()) => {
                    self.report(
                        "unknown-port-name",
                        Severity::Error,
                        &place,
                        self.unknown_port(probe.kind, text, &ports.names()),
                    );
                }
                None => {}
            },
            Value::Number(number)
                if !number
                    .as_i64()
                    .is_some_and(|number| (1..=65535).contains(&number)) =>
            {
                self.report(
                    "bad-port",
                    Severity::Error,
                    &place,
                    format!("must be from 1 to 65535, not {number}"),
                );
            }
            _ => {}
        }
    }

    /// The kubelet looks names up in this container alone; what a miss does depends on the probe.
    fn unknown_port(&self, kind: Kind, port: &str, names: &[&str]) -> String {
        let effect = match kind {
            Kind::Readiness => "it never gets ready",
            Kind::Startup => "it never counts as started",
            Kind::Liveness => "it is never checked",
        };
        let there = if names.is_empty() {
            "it names none".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        format!(
            "container \"{}\" has no port called \"{port}\", so {effect}; {there}",
            self.container.name()
        )
    }

    fn numbers(&mut self, probe: &Probe) {
        const ZERO_IS_DEFAULT: [&str; 4] = [
            "periodSeconds",
            "timeoutSeconds",
            "successThreshold",
            "failureThreshold",
        ];
        for field in [
            "initialDelaySeconds",
            "periodSeconds",
            "timeoutSeconds",
            "successThreshold",
            "failureThreshold",
            "terminationGracePeriodSeconds",
        ] {
            let Some(value) = probe.field(field).filter(|value| !value.is_null()) else {
                continue;
            };
            let place = probe.place.field(field);
            match value.as_i64() {
                None => self.report(
                    "bad-number",
                    Severity::Error,
                    &place,
                    format!("must be a whole number, not {value}"),
                ),
                Some(number) if number < 0 => self.report(
                    "bad-number",
                    Severity::Error,
                    &place,
                    format!("must not be negative, but is {number}"),
                ),
                Some(0) if field == "terminationGracePeriodSeconds" => {
                    self.report("bad-number", Severity::Error, &place, "must be at least 1");
                }
                Some(0) if ZERO_IS_DEFAULT.contains(&field) => {
                    self.report(
                        "zero-number",
                        Severity::Info,
                        &place,
                        "0 means the default here; say what is meant, or leave it out",
                    );
                }
                Some(_) => {}
            }
        }
    }

    /// What the numbers come to together.
    fn times(&mut self, probe: &Probe) {
        if probe.timeout() > probe.period() {
            let message = format!(
                "a try may take {} s, but the next one starts after {} s",
                probe.timeout(),
                probe.period()
            );
            self.report(
                "timeout-exceeds-period",
                Severity::Warning,
                &probe.place,
                message,
            );
        }
        let handler = probe.handler().map(|(name, _)| name);
        if handler == Some("exec") && probe.period() < 5 {
            let message = format!(
                "a command every {} s costs processor time in every pod; 5 s or more will do",
                probe.period()
            );
            self.propose(
                "exec-period",
                Severity::Warning,
                &probe.place.field("periodSeconds"),
                message,
                &json!(5),
            );
        }
        let is_slow_to_answer = probe.timeout() == 1 && matches!(handler, Some("exec" | "httpGet"));
        if probe.kind == Kind::Liveness && probe.budget() < 10 {
            let message = format!(
                "restarts the container after {} s without an answer; give it 10 s or more",
                probe.budget()
            );
            self.report(
                "aggressive-liveness",
                Severity::Warning,
                &probe.place,
                message,
            );
        } else if probe.kind == Kind::Liveness && is_slow_to_answer {
            let place = probe.place.field("timeoutSeconds");
            self.propose(
                "aggressive-liveness",
                Severity::Warning,
                &place,
                "one slow second counts as a failure; allow 5 s",
                &json!(5),
            );
        }
    }

    /// Pod Security refuses a host from version 1.34 on, in baseline and in restricted.
    fn host(&mut self, probe: &Probe) {
        for (name, handler) in probe.handlers() {
            let Some(host) = handler
                .get("host")
                .and_then(Value::as_str)
                .filter(|host| !host.is_empty())
            else {
                continue;
            };
            let place = probe.place.field(name).field("host");
            if let Some(level) = self.enforced_level() {
                let message = format!(
                    "the namespace enforces Pod Security \"{level}\", which refuses a probe of another host; remove `host: {host}`"
                );
                self.report("probe-host", Severity::Error, &place, message);
            } else {
                let message = format!(
                    "a probe of \"{host}\" says nothing about this pod, and Pod Security refuses it from version 1.34 on; remove it"
                );
                self.report("probe-host", Severity::Warning, &place, message);
            }
        }
    }

    /// The Pod Security level that the pod's Namespace enforces, in a version that knows the check.
    fn enforced_level(&self) -> Option<String> {
        let pod = self.container.pod;
        let namespace = pod.resources().namespace_object(pod.template_owner()?)?;
        let label = |key| {
            namespace
                .labels()
                .get(key)
                .map(std::borrow::Cow::into_owned)
        };
        let level =
            label("pod-security.kubernetes.io/enforce").filter(|level| level != "privileged")?;
        let version = label("pod-security.kubernetes.io/enforce-version")
            .unwrap_or_else(|| "latest".to_owned());
        let minor = version
            .strip_prefix("v1.")
            .and_then(|minor| minor.parse::<u32>().ok());
        (version == "latest" || minor.is_some_and(|minor| minor >= 34)).then_some(level)
    }

    /// A port that isn't declared works, but nobody who reads the manifest knows of it.
    fn exposure(&mut self, probe: &Probe, ports: &Ports<'_>) {
        for (name, handler) in probe.handlers() {
            let Some(number) = handler.get("port").and_then(Value::as_i64) else {
                continue;
            };
            let is_assumed = probe.is_ours && ports.is_empty();
            if (1..=65535).contains(&number) && !ports.exposes(number) && !is_assumed {
                let place = probe.place.field(name).field("port");
                let message = format!(
                    "container \"{}\" does not declare port {number}",
                    self.container.name()
                );
                self.report("probe-port-not-exposed", Severity::Warning, &place, message);
            }
        }
    }

    fn together(&mut self, probes: &Probes) {
        let Some(liveness) = &probes.liveness else {
            return;
        };
        if !liveness.is_ours && liveness.delay() > 0 && probes.startup.is_none() {
            let place = liveness.place.field("initialDelaySeconds");
            let message = format!(
                "waits {} s whether the start takes that long or not; a startup probe would watch it",
                liveness.delay()
            );
            self.report("prefer-startup-probe", Severity::Info, &place, message);
        }
        let Some(readiness) = &probes.readiness else {
            return;
        };
        let (live, ready) = (liveness.budget(), readiness.budget());
        let asks_alike = liveness.asks_like(readiness, self.container);
        if asks_alike && live >= 2 * ready {
            let message = "asks the same as readiness, with twice its patience or more";
            self.report(
                "liveness-equals-readiness",
                Severity::Info,
                &liveness.place,
                message,
            );
        } else if asks_alike && live == ready {
            let message = format!(
                "asks the same as readiness and gives up after the same {live} s, so a busy container is killed instead of spared"
            );
            self.report(
                "liveness-equals-readiness",
                Severity::Warning,
                &liveness.place,
                message,
            );
        } else if live <= ready {
            let message = format!(
                "restarts after {live} s, but traffic stops only after {ready} s; let liveness wait longer than readiness"
            );
            self.report(
                "liveness-before-readiness",
                Severity::Warning,
                &liveness.place,
                message,
            );
        }
    }

    /// A rollout is given up when its pods take longer than the deadline.
    fn deadline(&mut self, probes: &Probes) {
        let Some(startup) = &probes.startup else {
            return;
        };
        let Some(owner) = self.container.pod.scale_owner() else {
            return;
        };
        if !owner.is("apps", "Deployment") && !owner.is("argoproj.io", "Rollout") {
            return;
        }
        let number = |field: &str, default| {
            owner
                .node
                .at(&["spec", field])
                .and_then(Node::as_i64)
                .unwrap_or(default)
        };
        let deadline = number("progressDeadlineSeconds", 600);
        let needed = startup
            .budget()
            .saturating_add(startup.delay())
            .saturating_add(number("minReadySeconds", 0));
        if needed >= deadline {
            let message = format!(
                "a start may take {needed} s, but the rollout counts as failed after {deadline} s; raise `progressDeadlineSeconds`"
            );
            self.report(
                "startup-exceeds-progress-deadline",
                Severity::Warning,
                &startup.place,
                message,
            );
        }
    }

    /// With a sidecar the mesh has to answer probes in the container's place.
    fn mesh(&mut self, probes: &Probes) {
        let pod = self.container.pod;
        let is_off = pod
            .annotations()
            .get("sidecar.istio.io/rewriteAppHTTPProbers")
            .is_some_and(|value| value == "false");
        if !is_off || !self.is_meshed() {
            return;
        }
        for probe in probes.iter() {
            if let Some((name @ ("httpGet" | "tcpSocket"), _)) = probe.handler() {
                let message = "the sidecar's mTLS refuses the kubelet, and `rewriteAppHTTPProbers: \"false\"` keeps it from answering instead; remove the annotation";
                self.report(
                    "mesh-rewrite-disabled",
                    Severity::Warning,
                    &probe.place.field(name),
                    message,
                );
            }
        }
    }

    fn is_meshed(&self) -> bool {
        let pod = self.container.pod;
        let own = pod
            .labels()
            .get("sidecar.istio.io/inject")
            .or_else(|| pod.annotations().get("sidecar.istio.io/inject"));
        if let Some(own) = own {
            return own == "true";
        }
        let namespace = pod
            .template_owner()
            .and_then(|owner| pod.resources().namespace_object(owner));
        namespace.is_some_and(|namespace| {
            let labels = namespace.labels();
            labels
                .get("istio-injection")
                .is_some_and(|value| value == "enabled")
                || labels.get("istio.io/rev").is_some()
        })
    }

    /// Members that aren't ready have no name in DNS, unless their Service publishes it.
    fn peers(&mut self, probes: &Probes, found: Option<&Found>) {
        let pod = self.container.pod;
        let is_gated = probes
            .readiness
            .as_ref()
            .is_some_and(|readiness| readiness.is_ours);
        let Some(owner) = pod
            .scale_owner()
            .filter(|_| is_gated && found.is_some_and(|found| found.row.peers))
        else {
            return;
        };
        let several = owner
            .node
            .at(&["spec", "replicas"])
            .and_then(Node::as_i64)
            .is_some_and(|replicas| replicas > 1);
        let name = owner
            .node
            .at(&["spec", "serviceName"])
            .and_then(Node::text)
            .unwrap_or_default();
        let resources = pod.resources();
        let service = resources
            .referent(owner, "", "Service", &name)
            .map(|resource| sdk::Service { resource });
        if let Some(service) = service
            .filter(|service| several && service.is_headless() && !service.publishes_not_ready())
        {
            let message = format!(
                "its members find each other by Service \"{}\", which hides those that aren't ready; set `publishNotReadyAddresses: true` there",
                service.resource.name()
            );
            let place = self.container.field(Kind::Readiness.field());
            self.report("unpublished-peers", Severity::Warning, &place, message);
        }
    }
}
