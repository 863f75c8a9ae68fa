//! Which Service a host name means.

use super::Graph;
use super::service_node::ServiceNode;

impl<'r> Graph<'r> {
    /// The Service that a pod in `from_namespace` reaches under a host name: `svc`, `svc.ns`, `svc.ns.svc`, or
    /// with the domain of the cluster, where a dot may end it. Wildcards and names of single pods mean none.
    ///
    /// The shorter forms are what the search list of a pod completes; a dot at the end keeps it from that.
    pub fn host(&self, from_namespace: &str, host: &str) -> Option<&ServiceNode<'r>> {
        let host = host.to_ascii_lowercase();
        let (namespace, name) = self.parts(from_namespace, &host)?;
        self.service(namespace, name)
    }

    /// Namespace and name.
    fn parts<'h>(&self, from_namespace: &'h str, host: &'h str) -> Option<(&'h str, &'h str)> {
        let absolute = host.strip_suffix('.');
        let before_domain = absolute
            .unwrap_or(host)
            .strip_suffix(self.cluster_domain.as_str())
            .and_then(|before| before.strip_suffix(".svc."));
        if let Some(before) = before_domain {
            let (name, namespace) = before.split_once('.')?;
            return (!namespace.contains('.')).then_some((namespace, name));
        }
        if absolute.is_some() {
            return None;
        }
        let mut labels = host.split('.');
        let name = labels.next()?;
        match (labels.next(), labels.next(), labels.next()) {
            (None, _, _) => Some((from_namespace, name)),
            (Some(namespace), None, _) | (Some(namespace), Some("svc"), None) => {
                Some((namespace, name))
            }
            _ => None,
        }
    }
}
