// Tells what go-yaml v3 takes plain scalars for: a JSON list of texts on stdin, a JSON list of [tag, value] on
// stdout. A float is told by its bits, and what isn't one scalar as an error.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"go.yaml.in/yaml/v3"
)

func meaning(text string) [2]string {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return [2]string{"error", err.Error()}
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.ScalarNode {
		return [2]string{"error", "not one scalar"}
	}
	node := document.Content[0]
	tag := node.ShortTag()
	var value any
	if err := node.Decode(&value); err != nil {
		return [2]string{"error", err.Error()}
	}
	switch tag {
	case "!!float":
		var number float64
		if err := node.Decode(&number); err != nil {
			return [2]string{"error", err.Error()}
		}
		if math.IsNaN(number) {
			return [2]string{tag, "nan"}
		}
		return [2]string{tag, fmt.Sprint(math.Float64bits(number))}
	case "!!int", "!!bool":
		return [2]string{tag, fmt.Sprint(value)}
	case "!!null":
		return [2]string{tag, ""}
	default:
		return [2]string{tag, node.Value}
	}
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	meanings := make([][2]string, len(texts))
	for number, text := range texts {
		meanings[number] = meaning(text)
	}
	if err := json.NewEncoder(os.Stdout).Encode(meanings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
