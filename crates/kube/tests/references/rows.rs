//! Rows of the user, and what providers provide.

use plimsoll_kube::{
    ConfigurationKind, ProviderRow, ReferenceRow, References, Referent, Resolver, Resources,
};
use serde_json::json;

use crate::names::formerly;
use crate::{built_in, found, found_with, kinds, read, stream, with};

#[test]
fn a_user_s_row_stands_beside_the_built_in_ones_or_replaces_one() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: grafana.acme.io, kind: Dashboard, path: spec.configMapRef.name, target: ConfigMap}\n\
         - {group: networking.k8s.io, kind: Ingress, path: 'spec.tls[*].secretName', target: Secret, optional: true}\n\
         - {group: '', kind: Pod, path: spec.acme.secret, target: Secret}\n",
    );
    let table = References::with(rows, Vec::new());
    let text = "\
{apiVersion: grafana.acme.io/v1, kind: Dashboard, metadata: {name: d}, spec: {configMapRef: {name: c}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {tls: [{secretName: tls}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {acme: {secret: s}}}}}
";
    assert_eq!(
        found_with(text, &table),
        [
            "Dashboard/d spec.configMapRef.name: ConfigMap default/c Other -> nothing",
            "Ingress/i spec.tls[0].secretName: Secret default/tls Other optional -> nothing",
            "Deployment/a spec.template.spec.acme.secret: Secret default/s Other -> nothing",
        ]
    );
}

#[test]
fn a_row_may_fix_the_namespace_or_say_that_only_the_cluster_knows() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: acme.io, kind: App, path: spec.fixed, target: Secret, namespace: acme}\n\
         - {group: acme.io, kind: App, path: spec.any, target: Secret, namespace: '*'}\n\
         - {group: acme.io, kind: App, path: spec.schemed, target: ConfigMap, prefix: 'configmap://'}\n\
         - {group: acme.io, kind: App, path: spec.schemed, target: Secret}\n",
    );
    let table = References::with(rows, Vec::new());
    let text = "\
{apiVersion: acme.io/v1, kind: App, metadata: {name: a}, spec: {fixed: s, any: s, schemed: 'configmap://c'}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: other}}
";
    assert_eq!(
        found_with(text, &table),
        [
            "App/a spec.any: Secret ?/s Other -> other/s",
            "App/a spec.fixed: Secret acme/s Other -> nothing",
            "App/a spec.schemed: ConfigMap default/c Other -> nothing",
        ]
    );
}

#[test]
fn providers_provide_in_their_own_namespace_or_the_one_they_name() {
    let providers: Vec<ProviderRow> = read(
        "- {group: acme.io, kind: Maker, path: spec.name, target: ConfigMap, namespaceKey: namespace}\n\
         - {group: acme.io, kind: Everywhere, target: Secret, namespace: '*'}\n",
    );
    let table = References::with(Vec::new(), providers);
    let text = "\
{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed, namespace: a}, spec: {template: {metadata: {name: open}}}}
---
{apiVersion: acme.io/v1, kind: Maker, metadata: {name: m, namespace: a}, spec: {name: made, namespace: b}}
---
{apiVersion: acme.io/v1, kind: Everywhere, metadata: {name: e, namespace: a}}
---
{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: local, namespace: a, annotations: {config.kubernetes.io/local-config: 'true'}}}
";
    with(text, &table, |resources| {
        let resolver = Resolver::new(resources, &table);
        let (secret, config) = (ConfigurationKind::Secret, ConfigurationKind::ConfigMap);
        assert!(resolver.is_provided(secret, "a", "sealed"));
        assert_eq!(
            resolver.provider(secret, "a", "sealed").unwrap().kind(),
            "SealedSecret"
        );
        assert!(!resolver.is_provided(secret, "b", "sealed"));
        assert!(!resolver.is_provided(config, "a", "sealed"));
        // The controller gives the Secret the name of its maker, whatever the template says.
        assert!(!resolver.is_provided(secret, "a", "open"));
        assert!(resolver.is_provided(config, "b", "made"));
        assert!(!resolver.is_provided(config, "a", "made"));
        assert!(resolver.is_provided(secret, "z", "e"));
        assert!(!resolver.is_provided(secret, "a", "local"));
        assert!(resolver.is_provided(config, "z", "kube-root-ca.crt"));
        assert!(resolver.provider(config, "z", "kube-root-ca.crt").is_none());
    });
}

#[test]
fn a_namespace_that_kustomize_calls_default_is_the_one_of_objects_without() {
    let text = [
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{configMap: {name: cfg}}]}}\n---\n".to_owned(),
        formerly("ConfigMap", "prod/cfg", "default/cfg", ""),
    ];
    let text = text.concat();
    for default_namespace in ["", "default", "team"] {
        let stream = stream(&text);
        let roots = stream.documents().filter_map(|document| document.root());
        let resources = Resources::new(roots, kinds(), default_namespace);
        let mut all = resources.references_to_configuration(built_in());
        let target = all.next().unwrap().target();
        assert_eq!(target.unwrap().namespace(), "prod", "{default_namespace:?}");
    }
}

#[test]
fn a_field_that_two_rows_are_about_is_one_reference() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: apps, kind: Deployment, path: 'spec.template.spec.volumes[*].configMap.name', target: ConfigMap}",
    );
    let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: \
                {volumes: [{configMap: {name: c}}, {configMap: {name: d}}]}}}}";
    let shown = found_with(text, &References::with(rows, Vec::new()));
    assert_eq!(shown.len(), 2, "{shown:?}");
}

#[test]
fn a_provider_whose_conditions_are_not_met_provides_nothing() {
    let provides = |create: &str| {
        let text = format!(
            "{{apiVersion: secrets.hashicorp.com/v1beta1, kind: VaultStaticSecret, metadata: {{name: v}}, \
             spec: {{destination: {{name: s, create: {create}}}}}}}"
        );
        with(&text, built_in(), |resources| {
            let resolver = Resolver::new(resources, built_in());
            resolver.is_provided(ConfigurationKind::Secret, "default", "s")
        })
    };
    assert!(provides("true"));
    assert!(!provides("false"));
}

#[test]
fn any_name_can_be_looked_up_as_a_referrer_means_it() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a}}\n---\n\
                {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}}\n---\n\
                {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: b}}\n";
    with(text, built_in(), |resources| {
        let resolver = Resolver::new(resources, built_in());
        let pod = resources.get(0).unwrap();
        let meant = |kind, name| match resolver.referent(pod, kind, name) {
            Referent::One(object) => Some(object.number),
            Referent::Absent | Referent::Several(_) => None,
        };
        assert_eq!(meant(ConfigurationKind::Secret, "s"), Some(1));
        assert_eq!(meant(ConfigurationKind::Secret, "t"), None);
        assert_eq!(meant(ConfigurationKind::ConfigMap, "s"), None);
    });
}

#[test]
fn a_user_s_row_needs_a_kind_a_path_and_a_target_alone() {
    let needed = |schema: schemars::Schema| schema.get("required").cloned().unwrap();
    assert_eq!(
        needed(schemars::schema_for!(ReferenceRow)),
        json!(["group", "kind", "path", "target"])
    );
    assert_eq!(
        needed(schemars::schema_for!(ProviderRow)),
        json!(["group", "kind", "target"])
    );
}

/// Fields that look like references and are none: a name of another thing, or of what the object makes.
#[test]
fn look_alikes_are_no_references() {
    for text in [
        "{apiVersion: cert-manager.io/v1, kind: Certificate, spec: {secretName: tls}}",
        "{apiVersion: cert-manager.io/v1, kind: Issuer, spec: {acme: {privateKeySecretRef: {name: key}}}}",
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, spec: {target: {name: s}, secretStoreRef: {name: store}}}",
        "{apiVersion: acme.io/v1, kind: Ingress, spec: {tls: [{secretName: tls}]}}",
        "{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, spec: {remoteWrite: [{name: write}]}}",
        "{apiVersion: external-secrets.io/v1, kind: SecretStore, spec: {provider: {aws: {auth: {jwt: {serviceAccountRef: {name: sa}}}}}}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {volumeClaimTemplates: [{metadata: {name: data}}], template: {spec: {containers: [{name: c, volumeMounts: [{name: data}]}]}}}}",
        "{apiVersion: v1, kind: Pod, spec: {serviceAccountName: sa, volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}}",
    ] {
        assert_eq!(found(text), Vec::<String>::new());
    }
}

#[test]
fn an_empty_namespace_beside_a_name_says_nothing() {
    let text = "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g, namespace: a}, spec: \
                {listeners: [{tls: {certificateRefs: [{name: s, namespace: ''}, {name: s, namespace: b}, \
                {name: s, kind: Other}]}}]}}";
    let path = "Gateway/g spec.listeners[0].tls.certificateRefs";
    assert_eq!(
        found(text),
        [
            format!("{path}[0].name: Secret a/s Other -> nothing"),
            format!("{path}[1].name: Secret b/s Other -> nothing"),
        ]
    );
}

#[test]
fn what_stands_beside_a_name_overrules_the_row_about_optional() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: acme.io, kind: App, path: 'spec.refs[*].name', target: Secret, optional: true}",
    );
    let text = "{apiVersion: acme.io/v1, kind: App, metadata: {name: a}, spec: {refs: [{name: s}, \
                {name: s, optional: false}]}}";
    assert_eq!(
        found_with(text, &References::with(rows, Vec::new())),
        [
            "App/a spec.refs[0].name: Secret default/s Other optional -> nothing",
            "App/a spec.refs[1].name: Secret default/s Other -> nothing",
        ]
    );
}

#[test]
fn a_provider_in_no_namespace_provides_in_all() {
    let text = "{apiVersion: trust.cert-manager.io/v1alpha1, kind: Bundle, metadata: {name: ca}, \
                spec: {target: {configMap: {key: ca.pem}, secret: null}}}";
    assert!(provides(text, ConfigurationKind::ConfigMap, "any/ca"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "any/cb"));
    // A map where the path leads stands for the maker's own name; without it nothing is made.
    assert!(!provides(text, ConfigurationKind::Secret, "any/ca"));
}

fn provides(text: &str, kind: ConfigurationKind, name: &str) -> bool {
    let (namespace, name) = name.split_once('/').unwrap();
    with(text, built_in(), |resources| {
        Resolver::new(resources, built_in()).is_provided(kind, namespace, name)
    })
}

#[test]
fn whatever_a_provider_of_crossplane_manages_makes_the_secret_it_says() {
    let text = "{apiVersion: rds.aws.upbound.io/v1beta1, kind: Instance, metadata: {name: db, namespace: a}, \
                spec: {writeConnectionSecretToRef: {name: s}}}";
    assert!(provides(text, ConfigurationKind::Secret, "a/s"));
    assert!(!provides(text, ConfigurationKind::Secret, "b/s"));
    assert!(!provides(text, ConfigurationKind::Secret, "a/db"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "a/s"));
    let told = text.replace("{name: s}", "{name: s, namespace: b}");
    assert!(provides(&told, ConfigurationKind::Secret, "b/s"));
    assert!(!provides(&told, ConfigurationKind::Secret, "a/s"));
}

#[test]
fn a_variable_for_a_namespace_is_any_namespace() {
    let text = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  rules:
  - context:
    - configMap: {name: known, namespace: '{{request.namespace}}'}
    - configMap: {name: plain}
    generate: {kind: Secret, name: made, namespace: '{{request.object.metadata.name}}'}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: known, namespace: team}}
";
    assert_eq!(
        found(text),
        [
            "ClusterPolicy/p spec.rules[0].context[0].configMap.name: ConfigMap ?/known Other -> team/known",
            "ClusterPolicy/p spec.rules[0].context[1].configMap.name: ConfigMap default/plain Other -> nothing",
        ]
    );
    assert!(provides(text, ConfigurationKind::Secret, "any/made"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "any/made"));
}

#[test]
fn a_slash_parts_namespace_and_name_only_where_the_referrer_takes_it_so() {
    let text = "\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: p}
spec: {virtualhost: {tls: {secretName: a/tls}, jwtProviders: [{localJWKS: {secretName: a/keys}}]}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec: {rules: [{verifyImages: [{imageRegistryCredentials: {secrets: [a/login, login]}}]}]}
";
    let base = "ClusterPolicy/p spec.rules[0].verifyImages[0].imageRegistryCredentials.secrets";
    assert_eq!(
        found(text),
        [
            "HTTPProxy/p spec.virtualhost.jwtProviders[0].localJWKS.secretName: \
             Secret default/a/keys Other -> nothing",
            "HTTPProxy/p spec.virtualhost.tls.secretName: Secret a/tls Other -> nothing",
            &format!("{base}[0]: Secret a/login Other -> nothing"),
            &format!("{base}[1]: Secret kyverno/login Other -> nothing"),
        ]
    );
}

#[test]
fn a_copy_names_its_original_and_an_original_makes_copies() {
    let text = "\
{apiVersion: v1, kind: ConfigMap, metadata: {name: copy, namespace: b, annotations: {reflector.v1.k8s.emberstack.com/reflects: a/original}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: original, namespace: a, annotations: {replicator.v1.mittwald.de/replicate-to: '.*'}}}
";
    assert_eq!(
        found(text),
        [
            "ConfigMap/copy metadata.annotations[\"reflector.v1.k8s.emberstack.com/reflects\"]: \
          ConfigMap a/original Other -> a/original"
        ]
    );
    assert!(provides(text, ConfigurationKind::ConfigMap, "c/original"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "c/copy"));
}
