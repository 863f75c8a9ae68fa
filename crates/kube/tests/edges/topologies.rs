//! What ServiceTopologies state.

use crate::{mistakes, shop, stated, topology};

#[test]
fn a_topology_states_who_calls_whom_at_which_ports_for_what() {
    let edges = "[{from: order, to: product, ports: [web], http: {methods: [POST, GET], paths: [/v1/*]}}, \
                 {from: ops/report, to: shop/product}, {from: product, to: order, ports: [80]}]";
    assert_eq!(
        stated(&(shop() + &topology(edges))),
        [
            "order -> product 8080 GET,POST/v1/*",
            "product -> order 8080",
            "report -> product all"
        ]
    );
}

#[test]
fn a_topology_may_name_container_ports_and_callers_that_are_no_workloads() {
    let edges = "[{from: \"ns:reporting\", to: product, ports: [http]}, \
                 {from: \"gateway:edge/gw\", to: product, ports: [9090]}, {from: \"sa:ops/backup\", to: order}]";
    assert_eq!(
        stated(&(shop() + &topology(edges))),
        [
            "ns:reporting -> product 8080",
            "sa:ops/backup -> order all",
            "gateway:edge/gw -> product 9090"
        ]
    );
}

#[test]
fn every_mistake_of_a_topology_is_told_with_its_place() {
    let edges = "[{from: Order, to: product}, {from: order, to: \"a b\"}, {from: order}, \
                 {from: order, to: product, port: 80}, {from: order, to: product, ports: [0]}, \
                 {from: order, to: product, http: {}}, {from: order, to: product, http: {methods: [get]}}, \
                 {from: order, to: product, http: {paths: [v1]}}, {from: order, to: product, http: {paths: [/a*b]}}]";
    let told = mistakes(&(shop() + &topology(edges)));
    let places: Vec<_> = told
        .iter()
        .map(|text| text.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "broken spec.edges[0].from",
            "broken spec.edges[1].to",
            "broken spec.edges[2]",
            "broken spec.edges[3].port",
            "broken spec.edges[4].ports[0]",
            "broken spec.edges[5].http",
            "broken spec.edges[6].http",
            "broken spec.edges[7].http",
            "broken spec.edges[8].http",
        ],
        "{told:#?}"
    );
    assert_eq!(
        told.first().unwrap(),
        "broken spec.edges[0].from: \"Order\" is no caller; write `name`, `namespace/name`, `ns:namespace`, \
         `sa:namespace/account` or `gateway:namespace/account`"
    );
}

#[test]
fn what_a_topology_names_but_the_input_lacks_may_be_right_all_the_same() {
    let edges = "[{from: basket, to: product}, {from: order, to: stock}, {from: order, to: product, ports: [admin]}]";
    assert_eq!(
        mistakes(&(shop() + &topology(edges))),
        [
            "unknown spec.edges[0].from: the input has no workload or Service \"basket\" in namespace \"shop\"; \
             if it is in another one, write `namespace/basket`",
            "unknown spec.edges[1].to: the input has no workload or Service \"stock\" in namespace \"shop\"; \
             if it is in another one, write `namespace/stock`",
            "unknown spec.edges[2].ports[0]: no Service in front of the callee and none of its containers has a \
             port \"admin\"; write the name or the number of one",
        ]
    );
}

#[test]
fn a_topology_that_would_reach_a_cluster_or_is_of_another_version_is_a_mistake() {
    let right = topology("[{from: order, to: product}]");
    let reaches = right.replace("\"true\"", "\"false\"");
    let told = mistakes(&(shop() + &reaches));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told.first()
            .unwrap()
            .contains("a cluster doesn't know this kind"),
        "{told:?}"
    );
    assert_eq!(stated(&(shop() + &reaches)), ["order -> product all"]);
    for (from, to) in [
        ("v1alpha1", "v1"),
        ("kind: ServiceTopology", "kind: Topology"),
    ] {
        let wrong = right.replace(from, to);
        assert_eq!(mistakes(&(shop() + &wrong)).len(), 1, "{to}");
        assert!(stated(&(shop() + &wrong)).is_empty(), "{to}");
    }
}
