# Every image from one compilation: `docker buildx bake`. A release sets the variables from its own environment;
# nothing here names a registry.

variable "REGISTRY" { default = "localhost/plimsoll" }
variable "VERSION" { default = "0.1.0" }
variable "REVISION" { default = "" }
variable "SOURCE" { default = "" }
# The time of all files, and of the image itself where BuildKit writes it.
variable "SOURCE_DATE_EPOCH" { default = "0" }

group "default" {
  targets = ["programs", "plimsoll-ci"]
}

target "all" {
  args = { SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH }
  labels = {
    "org.opencontainers.image.version"  = VERSION
    "org.opencontainers.image.revision" = REVISION == "" ? null : REVISION
    "org.opencontainers.image.source"   = SOURCE == "" ? null : SOURCE
  }
}

target "programs" {
  inherits = ["all"]
  name     = image.name
  matrix = {
    image = [
      { name = "add-mtls-policies", description = "Say who may talk to whom inside a service mesh, and find what would cut a call off." },
      { name = "harden-pods", description = "Give pods the security contexts of the Pod Security Standards, and report what keeps them from passing." },
      { name = "hash-configmaps", description = "Name ConfigMaps after their content, so that a change rolls out and a rollback finds what it had." },
      { name = "inject-probes", description = "Add readiness, liveness and startup probes to containers that have none, and check the ones they have." },
      { name = "set-availability", description = "Set replicas, autoscalers, disruption budgets, spread, rollouts and graceful shutdown, each fit for the others." },
      { name = "set-resources", description = "Set what containers request and may take, for each environment, and check what they have." },
      { name = "plimsoll", description = "Make Kubernetes workloads fit for each environment: every function in one program." },
    ]
  }
  args   = { FUNCTION = image.name }
  labels = { "org.opencontainers.image.description" = image.description }
  tags   = ["${REGISTRY}/${image.name}:${VERSION}"]
}

target "plimsoll-ci" {
  inherits = ["all"]
  target   = "ci"
  labels   = { "org.opencontainers.image.description" = "A job image for CI systems: every function in one program, and a shell." }
  tags     = ["${REGISTRY}/plimsoll-ci:${VERSION}"]
}
