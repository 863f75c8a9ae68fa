//! The hosts that destination rules name.

use core::net::IpAddr;
use std::borrow::Cow;

/// The host that a destination rule of `namespace` means by `host`: a name without a dot is a Service of the
/// rule's own namespace, whatever namespace its callers are in. `service.namespace` stays as it is, and so is
/// no Service's host.
///
/// istio: pilot/pkg/model/config.go, `ResolveShortnameToFQDN`.
pub(super) fn resolved<'r>(
    host: Cow<'r, str>,
    namespace: &str,
    cluster_domain: &str,
) -> Cow<'r, str> {
    let is_whole = host.is_empty() || host == "*" || host.contains('.');
    if is_whole || host.parse::<IpAddr>().is_ok() {
        return host;
    }
    Cow::Owned(format!("{host}.{namespace}.svc.{cluster_domain}"))
}

/// The ends of `host` that a wildcard may cover, the longest first: a wildcard of more characters comes before
/// one of fewer.
///
/// istio: pilot/pkg/model/config.go, `mostSpecificHostWildcardMatch`; pkg/config/host/names.go, `MoreSpecific`.
pub(super) fn ends(host: &str) -> impl Iterator<Item = &str> {
    let starts = host.char_indices().map(|(start, _)| start);
    let starts = starts.chain([host.len()]);
    starts.filter_map(|start| host.get(start..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_dot_is_a_service_of_the_rules_own_namespace() {
        for (host, expected) in [
            ("product", "product.shop.svc.cluster.local"),
            ("product.shop", "product.shop"),
            (
                "product.shop.svc.cluster.local",
                "product.shop.svc.cluster.local",
            ),
            ("*", "*"),
            ("*.local", "*.local"),
            ("::1", "::1"),
            ("", ""),
        ] {
            let found = resolved(Cow::Borrowed(host), "shop", "cluster.local");
            assert_eq!(found, expected, "{host}");
        }
    }

    #[test]
    fn longer_ends_come_first() {
        assert_eq!(ends("a.b").collect::<Vec<_>>(), ["a.b", ".b", "b", ""]);
    }
}
