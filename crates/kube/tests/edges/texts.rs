//! What texts give away.

use plimsoll_kube::Edges;

use crate::{ALL, STATED, evidence, inferred, pods, service_in, shop, shown, topology, with};

#[test]
fn texts_give_calls_away_and_false_friends_do_not() {
    let product: &[&str] = &["caller -> product 8080"];
    let none: &[&str] = &[];
    let table: &[(&str, &str, &[&str])] = &[
        // Names in full count wherever they stand.
        ("X", "product.shop", product),
        ("X", "product.shop.svc", product),
        ("X", "product.shop.svc.cluster.local", product),
        ("X", "product.shop.svc.cluster.local.:80", product),
        ("X", "product.shop.svc.other.domain", none),
        ("X", "product.ops", none),
        // A bare name needs a port of the Service, a key that speaks of hosts, or a URL.
        ("X", "product", none),
        ("X", "product:80", product),
        ("X", "product:8080", none),
        ("PRODUCT_HOST", "product", product),
        ("product_addr", "product", product),
        ("PRODUCT_URL", "product:80", product),
        ("PRODUCT_URL", "product:81", none),
        ("X", "http://product", product),
        ("X", "http://product/v1", product),
        ("X", "http://product:81/", product),
        ("X", "http://PRODUCT/", product),
        (
            "ENDPOINTS",
            "order,product",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        (
            "BROKERS",
            "order product",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        (
            "X",
            "jdbc:pg://product:80,order:80/db",
            &["caller -> order 8080", "caller -> product 8080"],
        ),
        ("X", "amqp://user:pw@product:80/x", product),
        ("X", "user:pw@product", product),
        // False friends.
        ("LOG_LEVEL", "order", none),
        ("LOG", "order=debug,product=info", none),
        ("X", "localhost:80", none),
        ("X_URL", "http://localhost/product", none),
        ("X_URL", "http://api.example.com/product", none),
        ("VERSION", "1.2.3", none),
        ("X", "registry.example.com/product:80", none),
        ("SERVER_IMAGE", "product:1.2", none),
        ("X_URL", "/etc/product/order", none),
        ("X_URL", "http://$(PREFIX)product/", none),
        ("X_URL", "http://product-${ID}/", none),
        ("X_URL", "product_x my-product productive", none),
        ("X", "me@product", none),
    ];
    for (name, value, expected) in table {
        let environment = format!("[{{name: {name}, value: \"{value}\"}}]");
        assert_eq!(inferred(&environment), *expected, "{name}={value}");
    }
}

#[test]
fn a_bare_name_means_a_service_of_the_own_namespace() {
    let spec = "{containers: [{name: app, env: [{name: HOST, value: product}]}]}";
    assert!(shown(&(shop() + &pods("ops", "caller", "", spec)), ALL).is_empty());
}

#[test]
fn pods_of_sets_are_called_by_their_own_names() {
    let kafka = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: kafka, namespace: shop}\n\
                 spec: {template: {metadata: {labels: {app: bus}}, spec: {containers: []}}}\n";
    let bus = service_in("shop", "bus", ", clusterIP: None, ports: [{port: 9092}]");
    let table: &[(&str, &[&str])] = &[
        (
            "kafka-0.bus:9094,kafka-1.bus:9094",
            &["caller -> kafka 9094"],
        ),
        (
            "kafka-0.bus:9094,kafka-1.bus:9095",
            &["caller -> kafka 9094,9095"],
        ),
        ("kafka-0.bus:9094,kafka-1.bus", &["caller -> kafka all"]),
        (
            "kafka-0.bus.shop.svc.cluster.local",
            &["caller -> kafka all"],
        ),
        ("bus:9092", &["caller -> kafka 9092"]),
        ("other-0.bus:9092", &[]),
        ("kafka-x.bus:9092", &[]),
    ];
    for (value, expected) in table {
        let spec =
            format!("{{containers: [{{name: app, env: [{{name: X, value: \"{value}\"}}]}}]}}");
        let text = kafka.to_owned() + &bus + &pods("shop", "caller", "", &spec);
        assert_eq!(shown(&text, ALL), *expected, "{value}");
    }
}

#[test]
fn whatever_a_workload_consumes_counts_and_nothing_else() {
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: config, namespace: shop}\n\
                  data: {PRODUCT_HOST: product, name: order, order: \"order:80\", \"app.yaml\": \"level: order\\nurl: http://order/\\n\"}\n";
    let of = |rest: &str| {
        let spec = format!("{{{rest}}}");
        shown(&(shop() + config + &pods("shop", "caller", "", &spec)), ALL)
    };
    let both = ["caller -> order 8080", "caller -> product 8080"];
    let order = ["caller -> order 8080"];
    assert!(of("containers: []").is_empty());
    assert_eq!(
        of("containers: [{name: a, envFrom: [{configMapRef: {name: config}}]}]"),
        both
    );
    assert_eq!(
        of("containers: [], volumes: [{name: v, configMap: {name: config}}]"),
        both
    );
    assert_eq!(
        of(
            "containers: [], volumes: [{name: v, configMap: {name: config, items: [{key: app.yaml, path: x}]}}]"
        ),
        order
    );
    assert_eq!(
        of(
            "containers: [], volumes: [{name: v, projected: {sources: [{configMap: {name: config}}]}}]"
        ),
        both
    );
    let named = |name: &str, key: &str| {
        of(&format!(
            "initContainers: [{{name: a, env: [{{name: {name}, valueFrom: {{configMapKeyRef: {{name: config, key: {key}}}}}}}]}}]"
        ))
    };
    assert_eq!(named("X", "PRODUCT_HOST"), ["caller -> product 8080"]);
    assert_eq!(named("X", "order"), order);
    assert!(named("X", "absent").is_empty());
    assert!(named("X", "name").is_empty());
    assert_eq!(named("ORDER_HOST", "name"), order);
    assert_eq!(
        of("containers: [{name: a, envFrom: [{prefix: HOST_, configMapRef: {name: config}}]}]"),
        both
    );
    assert_eq!(
        of("containers: [{name: a, args: [--level, order, --product-host, product]}]"),
        ["caller -> product 8080"]
    );
    assert_eq!(
        of("containers: [{name: a, args: [--product-host=product]}]"),
        ["caller -> product 8080"]
    );
    assert_eq!(
        of("containers: [{name: a, command: [sh, -c, \"curl http://order/\"]}]"),
        order
    );
    assert!(of("containers: [{name: istio-proxy, args: [\"http://order/\"]}]").is_empty());
}

#[test]
fn evidence_says_where_and_never_shows_a_value() {
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                  stringData: {url: \"http://user:hidden@order/\"}\n";
    let spec = "{containers: [{name: a, env: [{name: PRODUCT_URL, value: \"http://product\"}, {name: DB, valueFrom: \
                {secretKeyRef: {name: db, key: url}}}]}]}";
    let found = evidence(&(shop() + secret + &pods("shop", "caller", "", spec)));
    assert_eq!(
        found,
        [
            "Inferred Deployment shop/caller: env DB, Secret db, key url @ stringData.url",
            "Inferred Deployment shop/caller: env PRODUCT_URL @ \
             spec.template.spec.containers[0].env[0].value",
        ]
    );
}

#[test]
fn the_strongest_evidence_of_a_call_comes_first() {
    let spec = "{containers: [{name: a, env: [{name: U, value: \"http://product\"}]}]}";
    let metadata = ", annotations: {plimsoll.dev/calls: \"product\"}";
    let text = shop()
        + &pods("shop", "caller", metadata, spec)
        + &topology("[{from: caller, to: product, ports: [web]}]");
    let strengths: Vec<_> = evidence(&text)
        .iter()
        .map(|text| text.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(strengths, ["Topology", "Annotation", "Inferred"]);
    assert_eq!(shown(&text, ALL), ["caller -> product 8080"]);
}

fn outgoing(environment: &str, more: &str) -> Vec<String> {
    let spec = format!("{{containers: [{{name: app, env: {environment}}}]}}");
    with(
        &(shop() + more + &pods("shop", "caller", "", &spec)),
        ALL,
        |_, edges| edges.outgoing.values().flatten().cloned().collect(),
    )
}

#[test]
fn hosts_outside_of_the_cluster_are_kept_apart() {
    let table: &[(&str, &str, &[&str])] = &[
        ("X", "https://api.stripe.com/v1", &["api.stripe.com"]),
        ("X", "https://API.Stripe.com./v1", &["api.stripe.com"]),
        ("SMTP_HOST", "smtp.example.com", &["smtp.example.com"]),
        ("SMTP_HOST", "smtp.example.com:587", &["smtp.example.com"]),
        ("DB_ADDR", "10.1.2.3:5432", &["10.1.2.3"]),
        ("X", "https://github.com/x", &["github.com"]),
        (
            "X",
            "postgres://u:p@db.example.com,db2.example.com/x",
            &["db.example.com", "db2.example.com"],
        ),
        ("X", "smtp.example.com", &[]),
        (
            "X",
            "http://localhost:80 http://127.0.0.1/ http://0.0.0.0",
            &[],
        ),
        ("X_URL", "http://vault.vault:8200", &[]),
        (
            "X_URL",
            "http://vault.vault.svc:8200 http://vault.vault.svc.cluster.local",
            &[],
        ),
        ("X_URL", "http://vault/", &[]),
        ("SERVER_CONFIG", "config.yaml run.sh /etc/x.y.conf", &[]),
        ("SERVER_CLASS", "com.example.server", &[]),
        ("IMAGE", "registry.example.com/app:1.0", &[]),
    ];
    for (name, value, expected) in table {
        let environment = format!("[{{name: {name}, value: \"{value}\"}}]");
        assert_eq!(outgoing(&environment, ""), *expected, "{name}={value}");
    }
}

#[test]
fn of_a_secret_only_hosts_of_urls_come_out() {
    let of = |value: &str| {
        let secret = format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\nstringData: {{DB_HOST: \"{value}\"}}\n"
        );
        outgoing(
            "[{name: DB_HOST, valueFrom: {secretKeyRef: {name: db, key: DB_HOST}}}]",
            &secret,
        )
    };
    assert_eq!(of("postgres://u:p@db.example.com/x"), ["db.example.com"]);
    for hidden in [
        "pass.word.com",
        "postgres://pa.ss.com/wo.rd.com@host/x",
        "u:p@ss.word.com",
    ] {
        assert!(of(hidden).is_empty(), "{hidden}");
    }
}

#[test]
fn another_name_for_a_host_leads_there() {
    let inside = "---\napiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: shop}\n\
                  spec: {type: ExternalName, externalName: product.shop.svc.cluster.local}\n";
    let url = "[{name: X, value: \"http://alias\"}]";
    let spec = format!("{{containers: [{{name: app, env: {url}}}]}}");
    assert_eq!(
        shown(&(shop() + inside + &pods("shop", "caller", "", &spec)), ALL),
        ["caller -> product 8080"]
    );
    let outside = inside.replace("product.shop.svc.cluster.local", "db.example.com");
    assert_eq!(outgoing(url, &outside), ["db.example.com"]);
    let circle = inside.replace("product.shop", "alias.shop");
    assert!(outgoing(url, &circle).is_empty());
}

#[test]
fn nothing_is_inferred_where_that_is_not_asked() {
    let spec = "{containers: [{name: app, env: [{name: X, value: \"http://product http://api.stripe.com\"}]}]}";
    with(
        &(shop() + &pods("shop", "caller", "", spec)),
        STATED,
        |_, edges| {
            assert_eq!(*edges, Edges::default());
        },
    );
}
