package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// configFile is a config file that was read: one YAML mapping from the names
// of settings to values.
type configFile struct {
	path   string
	values map[string]fileValue
}

// fileValue is the value of one key as it would stand on the command line, a
// list with commas between its items.
type fileValue struct {
	text string
	line int
}

// value returns the value of a key. A nil file has none.
func (f *configFile) value(key string) (fileValue, bool) {
	if f == nil {
		return fileValue{}, false
	}
	v, ok := f.values[key]
	return v, ok
}

// readConfigFile reads the file at path, in which only the given keys may
// occur. An error names the line, and there is one for each wrong key.
func readConfigFile(path string, keys []string) (*configFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the config file: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	f := &configFile{path: path, values: make(map[string]fileValue)}
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF): // empty, or nothing but comments
		return f, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: a second document is not read; remove the line ---", path, second.Line)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return f, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: want lines of the form 'key: value'", path, root.Line)
	}
	var wrong []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := f.add(root.Content[i], root.Content[i+1], keys); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", path, root.Content[i].Line, err))
		}
	}
	return f, errors.Join(wrong...)
}

// add takes one line of the mapping. A key without a value counts as absent.
func (f *configFile) add(key, value *yaml.Node, keys []string) error {
	name := key.Value
	if !slices.Contains(keys, name) {
		return unknownKey(name, keys)
	}
	if _, twice := f.values[name]; twice {
		return fmt.Errorf("%s is set a second time", name)
	}
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
		return nil
	case value.Kind == yaml.ScalarNode:
		f.values[name] = fileValue{value.Value, key.Line}
		return nil
	case value.Kind == yaml.SequenceNode:
		var items []string
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode {
				return fmt.Errorf("%s: want a list of plain values", name)
			}
			items = append(items, item.Value)
		}
		f.values[name] = fileValue{kong.JoinEscaped(items, ','), key.Line}
		return nil
	}
	return fmt.Errorf("%s: want a value or a list", name)
}

// unknownKey says so and names the key that was meant, if only its spelling
// (pingInterval, PING_INTERVAL) differs.
func unknownKey(name string, keys []string) error {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
	}
	for _, k := range keys {
		if plain(k) == plain(name) {
			return fmt.Errorf("unknown key %q; did you mean %q?", name, k)
		}
	}
	return fmt.Errorf("unknown key %q; 'parley config defaults' lists them", name)
}
