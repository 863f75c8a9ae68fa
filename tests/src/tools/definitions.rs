//! The definitions of custom resources, from the Go modules of the projects that have them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::{Missing, go, one_line};

/// Files of a Go module, which the module proxy keeps.
#[derive(Clone, Copy, Debug)]
pub struct Definitions {
    module: &'static str,
    /// In the versions of base/prerequisites, as far as the proxy has them.
    pub version: &'static str,
    files: &'static [&'static str],
}

/// What custom resources must look like.
pub const DEFINITIONS: [Definitions; 7] = [
    Definitions {
        module: "istio.io/api",
        version: "v1.30.3",
        files: &["kubernetes/customresourcedefinitions.gen.yaml"],
    },
    Definitions {
        module: "github.com/argoproj/argo-rollouts",
        version: "v1.9.1",
        files: &[
            "manifests/crds/analysis-template-crd.yaml",
            "manifests/crds/rollout-crd.yaml",
        ],
    },
    Definitions {
        module: "github.com/cert-manager/cert-manager",
        version: "v1.21.1",
        files: &[
            "deploy/crds/cert-manager.io_certificates.yaml",
            "deploy/crds/cert-manager.io_clusterissuers.yaml",
        ],
    },
    // Later versions are no modules: their major version isn't in the path. What base/ uses is the same in v2.9.0.
    Definitions {
        module: "github.com/external-secrets/external-secrets",
        version: "v1.3.2",
        files: &[
            "config/crds/bases/external-secrets.io_clustersecretstores.yaml",
            "config/crds/bases/external-secrets.io_externalsecrets.yaml",
            "config/crds/bases/generators.external-secrets.io_passwords.yaml",
        ],
    },
    Definitions {
        module: "github.com/prometheus-operator/prometheus-operator",
        version: "v0.93.0",
        files: &[
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        ],
    },
    Definitions {
        module: "github.com/fluxcd/kustomize-controller",
        version: "v1.9.6",
        files: &["config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"],
    },
    Definitions {
        module: "github.com/fluxcd/source-controller",
        version: "v1.9.6",
        files: &["config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml"],
    },
];

impl Definitions {
    /// The text of each file, once the module is downloaded.
    pub fn get(&self) -> Result<Vec<String>, Missing> {
        let folder = self.folder()?;
        let read = |file: &&str| {
            let text = fs::read_to_string(folder.join(file));
            text.map_err(|error| self.missing(&format!("{file}: {error}")))
        };
        self.files.iter().map(read).collect()
    }

    fn folder(&self) -> Result<PathBuf, Missing> {
        let output = Command::new(go().map_err(|why| self.missing(&why))?)
            .args(["mod", "download", "-json"])
            .arg(format!("{}@{}", self.module, self.version))
            // Outside of any module of ours, whose requirements would count.
            .current_dir(env::temp_dir())
            .output()
            .map_err(|error| self.missing(&error.to_string()))?;
        let told: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| self.missing(&one_line(&output.stderr)))?;
        let text = |key: &str| told.get(key).and_then(serde_json::Value::as_str);
        match text("Dir") {
            Some(folder) => Ok(Path::new(folder).to_owned()),
            None => Err(self.missing(text("Error").unwrap_or_default())),
        }
    }

    fn missing(&self, why: &str) -> Missing {
        Missing(format!("{} {}: {why}", self.module, self.version))
    }
}
