//! What a pod asks the scheduler for, of one resource, as Kubernetes sums it up.
//!
//! Sidecars run next to everything that starts after them, ordinary init containers one after the other
//! before the application. So the effective request is the larger of what runs in the end (application and
//! all sidecars) and of what runs during each init container (itself and the sidecars before it), plus the
//! pod's overhead. Where the pod has a request of its own, that stands for all its containers.

use yaml::Node;

use crate::quantity::{Quantity, QuantityError};
use crate::workload::{Container, ContainerType, Pod};

/// What a pod asks for, with `request_of` saying what its containers ask for: [`authored_request`] for what
/// is written, or what a function is about to write.
pub fn effective_request<'r>(
    pod: Pod<'r>,
    resource: &str,
    request_of: impl Fn(Container<'r>) -> Quantity,
) -> Quantity {
    let overhead = pod
        .get("overhead")
        .and_then(|overhead| Quantity::of(overhead.get(resource)?)?.ok())
        .unwrap_or(Quantity::ZERO);
    of_containers(pod, resource, None, &request_of) + overhead
}

/// How much an ordinary init container may ask for without raising what its pod asks for.
pub fn free_for_init<'r>(
    pod: Pod<'r>,
    init: Container<'r>,
    resource: &str,
    request_of: impl Fn(Container<'r>) -> Quantity,
) -> Quantity {
    let besides = of_containers(pod, resource, Some(init), &request_of);
    let sidecars_before: Quantity = pod
        .containers()
        .take_while(|container| !is_same(*container, init))
        .filter(|container| container.kind() == ContainerType::Sidecar)
        .map(request_of)
        .sum();
    (besides - sidecars_before).max(Quantity::ZERO)
}

/// What a container asks for as it is written: its request, or else its limit, which the API server takes for
/// the request. None also where the request can't be read.
pub fn authored_request(container: Container<'_>, resource: &str) -> Option<Quantity> {
    let resources = container.get("resources")?;
    let request = amount(resources, "requests", resource);
    let written = request.or_else(|| amount(resources, "limits", resource));
    written.and_then(Result::ok)
}

fn amount(
    resources: Node<'_>,
    list: &str,
    resource: &str,
) -> Option<Result<Quantity, QuantityError>> {
    Quantity::of(resources.at(&[list, resource])?)
}

/// What the pod asks for itself, or what its containers do, all but one.
fn of_containers<'r>(
    pod: Pod<'r>,
    resource: &str,
    except: Option<Container<'r>>,
    request_of: impl Fn(Container<'r>) -> Quantity,
) -> Quantity {
    let own = |list| amount(pod.get("resources")?, list, resource)?.ok();
    if let Some(request) = own("requests") {
        return request;
    }
    let peak = peak(pod, except, request_of);
    // Where no container asks for anything, the API server takes the pod's limit for its request.
    if peak.is_zero() {
        own("limits").unwrap_or(peak)
    } else {
        peak
    }
}

/// The most that runs at one time.
fn peak<'r>(
    pod: Pod<'r>,
    except: Option<Container<'r>>,
    request_of: impl Fn(Container<'r>) -> Quantity,
) -> Quantity {
    let mut running = Quantity::ZERO;
    let mut peak = Quantity::ZERO;
    // In the order in which they start: the application comes last.
    for container in pod.containers() {
        match container.kind() {
            ContainerType::Sidecar | ContainerType::App => {
                running = running + request_of(container);
            }
            ContainerType::Init if except.is_some_and(|except| is_same(container, except)) => {}
            ContainerType::Init => peak = peak.max(running + request_of(container)),
        }
    }
    peak.max(running)
}

fn is_same(one: Container<'_>, other: Container<'_>) -> bool {
    one.node.is_same(other.node)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::{Kinds, Resources};

    /// Sees the pod of this `spec`, in flow style and without braces.
    fn with_pod<T>(spec: &str, see: impl FnOnce(Pod<'_>) -> T) -> T {
        let text =
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{{spec}}}}}");
        let stream = yaml::parse(text).unwrap();
        let roots = stream.documents().filter_map(|document| document.root());
        let resources = Resources::new(roots, &Kinds::with(Vec::new()), "");
        let pod = resources.pods().next().unwrap();
        see(pod)
    }

    fn authored(container: Container<'_>) -> Quantity {
        authored_request(container, "cpu").unwrap_or(Quantity::ZERO)
    }

    fn effective(spec: &str) -> String {
        with_pod(spec, |pod| {
            effective_request(pod, "cpu", authored).to_string()
        })
    }

    /// What the init container named `init` may ask for.
    fn free(spec: &str) -> String {
        with_pod(spec, |pod| {
            let init = pod
                .containers()
                .find(|container| container.name() == "init");
            free_for_init(pod, init.unwrap(), "cpu", authored).to_string()
        })
    }

    fn asking(cpu: &str) -> String {
        format!("{{resources: {{requests: {{cpu: {cpu}}}}}}}")
    }

    fn init(cpu: &str) -> String {
        format!("{{name: init, resources: {{requests: {{cpu: {cpu}}}}}}}")
    }

    fn sidecar(cpu: &str) -> String {
        format!("{{restartPolicy: Always, resources: {{requests: {{cpu: {cpu}}}}}}}")
    }

    fn spec(init: &[String], apps: &[String]) -> String {
        let (init, apps) = (init.join(", "), apps.join(", "));
        format!("initContainers: [{init}], containers: [{apps}]")
    }

    #[test]
    fn applications_run_at_the_same_time() {
        assert_eq!(
            effective(&spec(&[], &[asking("100m"), asking("1.5")])),
            "1600m"
        );
    }

    #[test]
    fn init_containers_run_one_after_the_other() {
        let apps = [asking("200m")];
        let small = [asking("150m"), asking("150m")];
        assert_eq!(effective(&spec(&small, &apps)), "200m");
        assert_eq!(
            effective(&spec(&[asking("150m"), asking("500m")], &apps)),
            "500m"
        );
    }

    #[test]
    fn sidecars_run_next_to_the_application() {
        let apps = [asking("200m")];
        assert_eq!(
            effective(&spec(&[sidecar("50m"), sidecar("30m")], &apps)),
            "280m"
        );
    }

    #[test]
    fn only_the_sidecars_before_an_init_container_run_next_to_it() {
        let apps = [asking("100m")];
        let before = [sidecar("50m"), asking("500m")];
        assert_eq!(effective(&spec(&before, &apps)), "550m");
        let after = [asking("500m"), sidecar("50m")];
        assert_eq!(effective(&spec(&after, &apps)), "500m");
        let between = [
            asking("500m"),
            sidecar("50m"),
            asking("460m"),
            sidecar("70m"),
        ];
        assert_eq!(effective(&spec(&between, &apps)), "510m");
    }

    #[test]
    fn overhead_comes_on_top_of_whatever_runs() {
        let overhead = "overhead: {cpu: 250m, memory: 1Gi}";
        let apps = spec(&[asking("1")], &[asking("500m")]);
        assert_eq!(effective(&format!("{apps}, {overhead}")), "1250m");
        let own = "resources: {requests: {cpu: 2}}";
        assert_eq!(effective(&format!("{apps}, {own}, {overhead}")), "2250m");
        assert_eq!(
            effective(&format!("{apps}, overhead: {{memory: 1Gi}}")),
            "1"
        );
    }

    #[test]
    fn a_request_of_the_pod_stands_for_all_containers() {
        let apps = spec(&[], &[asking("500m"), asking("500m")]);
        let own = |resources: &str| effective(&format!("{apps}, resources: {{{resources}}}"));
        assert_eq!(own("requests: {cpu: 3}"), "3");
        assert_eq!(own("requests: {cpu: 0}"), "0");
        assert_eq!(own("requests: {memory: 1Gi}"), "1");
    }

    #[test]
    fn a_limit_of_the_pod_counts_only_where_no_container_asks() {
        let limit = "resources: {limits: {cpu: 3}}";
        let silent = "containers: [{name: a}]";
        assert_eq!(effective(&format!("{silent}, {limit}")), "3");
        let apps = spec(&[], &[asking("500m")]);
        assert_eq!(effective(&format!("{apps}, {limit}")), "500m");
    }

    #[test]
    fn a_container_asks_for_its_limit_where_it_has_no_request() {
        let resources = |text: &str| effective(&format!("containers: [{{resources: {{{text}}}}}]"));
        assert_eq!(resources("limits: {cpu: 2}"), "2");
        assert_eq!(resources("limits: {cpu: 2}, requests: {cpu: 1}"), "1");
        assert_eq!(resources("limits: {cpu: 2}, requests: {cpu: 0}"), "0");
        assert_eq!(resources("limits: {cpu: 2}, requests: {cpu: null}"), "2");
        assert_eq!(resources("limits: {memory: 2Gi}"), "0");
        // What can't be read is not known, rather than the limit.
        assert_eq!(resources("limits: {cpu: 2}, requests: {cpu: x}"), "0");
    }

    #[test]
    fn values_about_to_be_written_can_stand_in_for_authored_ones() {
        let pod = spec(&[sidecar("50m")], &[asking("100m"), asking("100m")]);
        let effective = with_pod(&pod, |pod| {
            let request_of = |container: Container<'_>| match container.kind() {
                ContainerType::App => Quantity::parse("1").unwrap(),
                ContainerType::Sidecar | ContainerType::Init => authored(container),
            };
            effective_request(pod, "cpu", request_of).to_string()
        });
        assert_eq!(effective, "2050m");
    }

    #[test]
    fn an_init_container_is_free_up_to_what_the_others_need_anyway() {
        let apps = [asking("300m"), asking("200m")];
        assert_eq!(free(&spec(&[init("1m")], &apps)), "500m");
        assert_eq!(free(&spec(&[init("9")], &apps)), "500m");
        assert_eq!(free(&spec(&[init("1m"), asking("2")], &apps)), "2");
        // The sidecar before it runs at the same time, the one after it doesn't.
        assert_eq!(free(&spec(&[sidecar("50m"), init("1m")], &apps)), "500m");
        assert_eq!(free(&spec(&[init("1m"), sidecar("50m")], &apps)), "550m");
        let tight = [sidecar("50m"), asking("600m"), sidecar("100m"), init("1m")];
        assert_eq!(free(&spec(&tight, &apps)), "500m");
    }

    #[test]
    fn nothing_is_free_where_sidecars_take_everything() {
        let own = "resources: {requests: {cpu: 1}}";
        let pod = spec(&[sidecar("2"), init("1m")], &[asking("100m")]);
        assert_eq!(free(&format!("{pod}, {own}")), "0");
        let pod = spec(&[sidecar("200m"), init("1m")], &[asking("100m")]);
        assert_eq!(free(&format!("{pod}, {own}")), "800m");
    }

    /// What the documentation says, in thousandths: the larger of what each init container runs with, and of
    /// the application with all sidecars.
    fn documented(init: &[(bool, u32)], apps: &[u32]) -> u32 {
        let sidecars = |init: &[(bool, u32)]| -> u32 {
            let sidecars = init.iter().filter(|(is_sidecar, _)| *is_sidecar);
            sidecars.map(|(_, request)| request).sum()
        };
        let init_use = |index: usize| sidecars(&init[..index]) + init[index].1;
        let most_of_init = (0..init.len()).map(init_use).max().unwrap_or_default();
        most_of_init.max(sidecars(init) + apps.iter().sum::<u32>())
    }

    fn init_and_apps(init: &[(bool, u32)], apps: &[u32]) -> String {
        let init: Vec<String> = init
            .iter()
            .map(|(is_sidecar, request)| match is_sidecar {
                true => sidecar(&format!("{request}m")),
                false => asking(&format!("{request}m")),
            })
            .collect();
        let apps: Vec<String> = apps.iter().map(|app| asking(&format!("{app}m"))).collect();
        spec(&init, &apps)
    }

    fn containers() -> impl Strategy<Value = (Vec<(bool, u32)>, Vec<u32>)> {
        use proptest::collection::vec;
        (
            vec((any::<bool>(), 0..900_u32), 0..6),
            vec(0..900_u32, 0..4),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(1876),
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_documented_formula_holds((init, apps) in containers(), overhead in 0..500_u32) {
            let spec = init_and_apps(&init, &apps);
            let expected = Quantity::parse(&format!("{}m", documented(&init, &apps) + overhead));
            let found = effective(&format!("{spec}, overhead: {{cpu: {overhead}m}}"));
            prop_assert_eq!(found, expected.unwrap().to_string());
        }

        #[test]
        fn what_is_free_raises_nothing_and_anything_more_does((init, apps) in containers()) {
            let first = init.iter().position(|(is_sidecar, _)| !is_sidecar);
            let Some(index) = first else { return Ok(()); };
            with_pod(&init_and_apps(&init, &apps), |pod| {
                let init = pod.containers().nth(index).unwrap();
                let free = free_for_init(pod, init, "cpu", authored);
                let with_init = |request| {
                    let request_of = |container| if is_same(container, init) {
                        request
                    } else {
                        authored(container)
                    };
                    effective_request(pod, "cpu", request_of)
                };
                let least = with_init(Quantity::ZERO);
                prop_assert_eq!(with_init(free), least);
                prop_assert!(with_init(free + Quantity::parse("1n").unwrap()) > least);
                Ok(())
            })?;
        }
    }
}
