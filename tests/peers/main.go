// Puts a readiness probe into each container that lacks one: the same work as inject-probes with the same
// configuration, as a function on kyaml's framework. What `make bench` compares with.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// injectProbes is the part of the configuration that says which probe it is.
type injectProbes struct {
	Spec struct {
		Overrides []struct {
			Readiness map[string]any `yaml:"readiness"`
		} `yaml:"overrides"`
	} `yaml:"spec"`
}

// workloads are the kinds whose pods stand in spec.template.
var workloads = map[string]bool{"DaemonSet": true, "Deployment": true, "StatefulSet": true}

// Filter gives every workload its probes.
func (config *injectProbes) Filter(items []*yaml.RNode) ([]*yaml.RNode, error) {
	if len(config.Spec.Overrides) != 1 {
		return nil, fmt.Errorf("`spec.overrides` must have one item, not %d", len(config.Spec.Overrides))
	}
	probe, err := yaml.FromMap(config.Spec.Overrides[0].Readiness)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if !workloads[item.GetKind()] {
			continue
		}
		if err := addProbes(item, probe); err != nil {
			return nil, fmt.Errorf("%s %s: %w", item.GetKind(), item.GetName(), err)
		}
	}
	return items, nil
}

func addProbes(workload, probe *yaml.RNode) error {
	containers, err := workload.Pipe(yaml.Lookup("spec", "template", "spec", "containers"))
	if err != nil || containers == nil {
		return err
	}
	return containers.VisitElements(func(container *yaml.RNode) error {
		if container.Field("readinessProbe") != nil {
			return nil
		}
		return container.PipeE(yaml.SetField("readinessProbe", probe.Copy()))
	})
}

func main() {
	config := &injectProbes{}
	processor := framework.SimpleProcessor{Config: config, Filter: kio.FilterFunc(config.Filter)}
	if err := framework.Execute(processor, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
