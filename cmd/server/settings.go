package main

import (
	"bufio"
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// configCommand prints settings as a config file.
type configCommand struct {
	Defaults defaultsCommand `cmd:"" default:"1" help:"A config file with every setting, its meaning and its default."`
	Show     showCommand     `cmd:"" help:"The settings in force and where each comes from. Checks the config file on the way."`
}

type defaultsCommand struct{}

// Run prints each setting as a comment, so that a copy of the file does not
// pin the defaults of one version.
func (defaultsCommand) Run(m *Main, ctx *kong.Context) error {
	w := bufio.NewWriter(m.Stdout)
	fmt.Fprintf(w, "# Parley's settings and their defaults. Take out the # before the ones you change.\n")
	for _, f := range settingsOf(ctx.Model) {
		fmt.Fprintf(w, "\n# %s\n# --%s, %s\n", strings.Join(wrap(f.Help, 76), "\n# "), f.Name, envName(f.Name))
		value := reflect.Zero(f.Target.Type())
		if f.HasDefault {
			var err error
			if value, err = decode(f, f.Default); err != nil {
				return err
			}
		}
		text, err := inYAML(value.Interface())
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "#%s: %s\n", f.Name, text)
	}
	return w.Flush()
}

type showCommand struct{}

// Run prints every setting with its value and, as a comment, its source.
func (showCommand) Run(m *Main, ctx *kong.Context, found *sources) error {
	w := bufio.NewWriter(m.Stdout)
	for _, f := range settingsOf(ctx.Model) {
		place := found.of(f.Name)
		if found.isDefault(f.Name) {
			place = "default"
		}
		text, err := inYAML(f.Target.Interface())
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s # %s\n", f.Name, text, place)
	}
	return w.Flush()
}

// inYAML returns a value as it stands on one line of a config file.
func inYAML(value any) (string, error) {
	var n yaml.Node
	if err := n.Encode(value); err != nil {
		return "", fmt.Errorf("write %v as YAML: %w", value, err)
	}
	if n.Kind == yaml.SequenceNode {
		n.Style = yaml.FlowStyle
	}
	text, err := yaml.Marshal(&n)
	return strings.TrimSpace(string(text)), err
}

// wrap breaks a text into lines of at most width bytes, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
