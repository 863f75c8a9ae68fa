//! `plimsoll run`: what it reads, what it writes and where, and what it says.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

mod arguments;
mod check;
mod diff;
mod findings;
mod folder;
mod in_place;
mod inputs;
mod output;
mod readme;
mod terminal;

/// What all of these runs are configured by: requests and probes.
pub(crate) const CONFIG: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: Pipeline
metadata: {name: production}
spec:
  steps:
  - path: resources.yaml
  - apiVersion: fn.plimsoll.dev/v1alpha1
    kind: InjectProbes
    metadata: {name: probes}
    spec: {environment: production}
";

/// The step that stands in a file of its own.
pub(crate) const RESOURCES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: SetResources
metadata: {name: resources}
spec: {environment: production, defaults: {size: small}}
";

/// Gets requests and a probe.
pub(crate) const WEB: &str = "\
# the shop's front
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web   # the name
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: \"shop/web:1\"
        ports: [{name: http, containerPort: 8080}]
";

/// Makes the probe of `WEB` look for the port that the Service leads to.
pub(crate) const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

/// Refused by the second step: the container has no port of that name.
pub(crate) const BROKEN: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: broken, namespace: shop}
spec:
  containers:
  - name: app
    image: shop/app
    ports: [{name: http, containerPort: 8080}]
    readinessProbe: {httpGet: {path: /ready, port: htpp}}
";
