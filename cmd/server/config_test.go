package main_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	main "github.com/parley-go/parley/cmd/server"
)

// settings runs `config show` and returns what it prints: the value of each
// setting, and where it came from.
func settings(t *testing.T, env environment, args ...string) (values map[string]any, places map[string]string) {
	t.Helper()
	r := run(env, append([]string{"config", "show"}, args...)...)
	if r.code != 0 {
		t.Fatalf("config show %v: %+v", args, r)
	}
	if err := yaml.Unmarshal([]byte(r.stdout), &values); err != nil {
		t.Fatalf("%v in\n%s", err, r.stdout)
	}
	places = make(map[string]string)
	for line := range strings.Lines(r.stdout) {
		key, _, _ := strings.Cut(line, ":")
		_, place, _ := strings.Cut(line, "# ")
		places[key] = strings.TrimSpace(place)
	}
	return values, places
}

// TestPrecedence goes through every setting and each place it can be set in.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	list := func(items ...any) []any { return items }
	table := map[string][4]any{ // the default, and what file, environment and flag say
		"listen":           {list("127.0.0.1:3000", "[::1]:3000"), list("127.0.0.1:1"), list("127.0.0.1:2", ":3"), list("127.0.0.1:4")},
		"demo":             {nil, true, false, true},
		"origin":           {list(), list("https://a.example"), list("https://b.example", "https://c.example"), list("*")},
		"ping-interval":    {"25s", "1s", "2s", "3s"},
		"ping-timeout":     {"20s", "1s", "2s", "3s"},
		"connect-timeout":  {"10s", "1s", "2s", "3s"},
		"max-payload":      {1000000, 1, 2, 3},
		"shutdown-timeout": {"10s", "1s", "2s", "3s"},
		"shutdown-spread":  {"0s", "1s", "2s", "3s"},
		"web-dir":          {"", "a", "b", "c d"},
		"log-level":        {"info", "trace", "debug", "error"},
		"log-format":       {"auto", "json", "console", "json"},
	}
	text := func(v any) string {
		if items, ok := v.([]any); ok {
			v = strings.Trim(strings.Join(strings.Fields(fmt.Sprint(items)), ","), "[]")
		}
		return fmt.Sprint(v)
	}

	defaults, _ := settings(t, nil)
	for flag := range defaults {
		if _, ok := table[flag]; !ok {
			t.Errorf("--%s is not in the table", flag)
		}
	}
	for flag, want := range table {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			variable := "PARLEY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
			file := filepath.Join(t.TempDir(), "parley.yaml")
			line, err := yaml.Marshal(map[string]any{flag: want[1]})
			if err != nil {
				t.Fatal(err)
			}
			write(t, file, "# a comment\n"+string(line))
			env := environment{variable: text(want[2])}
			args := []string{"--" + flag + "=" + text(want[3])}
			inFile := []string{"--config", file}
			// What shutdown-spread must stay within.
			if flag == "shutdown-spread" {
				env["PARLEY_SHUTDOWN_TIMEOUT"] = "1m"
				inFile = append(inFile, "--shutdown-timeout=1m")
			}

			for _, tt := range []struct {
				name  string
				env   environment
				args  []string
				want  any
				place string
			}{
				{"default", nil, nil, want[0], "default"},
				{"file", nil, inFile, want[1], file + ":2: " + flag},
				{"environment", env, nil, want[2], variable},
				{"environment over file", env, inFile, want[2], variable},
				{"empty environment", environment{variable: ""}, inFile, want[1], file + ":2: " + flag},
				{"flag", nil, args, want[3], "--" + flag},
				{"flag over environment", env, args, want[3], "--" + flag},
				{"flag over file", nil, append(slices.Clone(inFile), args...), want[3], "--" + flag},
				{"flag over all", env, append(slices.Clone(inFile), args...), want[3], "--" + flag},
			} {
				values, places := settings(t, tt.env, tt.args...)
				if text(values[flag]) != text(tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, values[flag], tt.want)
				}
				if places[flag] != tt.place {
					t.Errorf("%s: from %q, want %q", tt.name, places[flag], tt.place)
				}
				for other := range defaults {
					if other != flag && other != "shutdown-timeout" && text(values[other]) != text(defaults[other]) {
						t.Errorf("%s: %s became %v", tt.name, other, values[other])
					}
				}
			}
		})
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "parley.yaml")
	write(t, file, "listen: ['127.0.0.1:1', '127.0.0.1:2', ':3']\n")
	for _, tt := range []struct {
		name  string
		env   environment
		args  []string
		want  string
		place string
	}{
		{"default", environment{"PORT": "4000"}, nil, "[127.0.0.1:4000 [::1]:4000]", "PORT"},
		{"empty", environment{"PORT": ""}, nil, "[127.0.0.1:3000 [::1]:3000]", "default"},
		{"over the file", environment{"PORT": "4000"}, []string{"-c", file}, "[127.0.0.1:4000 :4000]", "PORT"},
		{"under the variable", environment{"PORT": "4000", "PARLEY_LISTEN": ":5"}, nil, "[:5]", "PARLEY_LISTEN"},
		{"under the flag", environment{"PORT": "4000"}, []string{"--listen", ":5"}, "[:5]", "--listen"},
		{"localhost", nil, []string{"--listen", "localhost:5"}, "[127.0.0.1:5 [::1]:5]", "--listen"},
		{"config by variable", environment{"PARLEY_CONFIG": file}, nil, "[127.0.0.1:1 127.0.0.1:2 :3]", file + ":1: listen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values, places := settings(t, tt.env, tt.args...)
			if got := fmt.Sprint(values["listen"]); got != tt.want {
				t.Errorf("listen on %s, want %s", got, tt.want)
			}
			if places["listen"] != tt.place {
				t.Errorf("from %q, want %q", places["listen"], tt.place)
			}
		})
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		file string // FILE in what follows is its path
		env  environment
		args []string
		want []string // parts of the message
	}{
		{"unknown flag", "", nil, []string{"--ping-intervall=1s"}, []string{"--ping-intervall", "--ping-interval"}},
		{"unknown command", "", nil, []string{"server"}, []string{"server"}},
		{"flag", "", nil, []string{"--ping-interval=soon"}, []string{"--ping-interval", `"soon"`}},
		{"variable", "", environment{"PARLEY_PING_INTERVAL": "soon"}, nil, []string{"PARLEY_PING_INTERVAL: ", `"soon"`}},
		{"port variable", "", environment{"PORT": "tcp://10.0.0.1:80"}, nil, []string{`PORT: "tcp://10.0.0.1:80" is not a port number`}},
		{"no address", "", nil, []string{"--listen="}, []string{"--listen: no address"}},
		{"address without port", "", nil, []string{"--listen=127.0.0.1"}, []string{`--listen: "127.0.0.1" is not HOST:PORT`}},
		{"port of an address", "", nil, []string{"--listen=:http"}, []string{`--listen: ":http": "http" is not a port number`}},
		{"origin with a path", "", nil, []string{"--origin=https://a.example/"}, []string{`--origin: "https://a.example/" is not an origin`}},
		{"origin with the port that it implies", "", nil, []string{"--origin=https://a.example:443"}, []string{`--origin: "https://a.example:443" is not an origin`}},
		{"origin that is a pattern", "", nil, []string{"--origin=https://*.example"}, []string{`--origin: "https://*.example" is not an origin`}},
		{"origin without a scheme", "", environment{"PARLEY_ORIGIN": "a.example"}, nil, []string{`PARLEY_ORIGIN: "a.example" is not an origin`}},
		{"zero", "", nil, []string{"--ping-timeout=0s"}, []string{"--ping-timeout: 0s"}},
		{"negative", "", nil, []string{"--max-payload=-1"}, []string{"--max-payload: -1"}},
		{"spread", "", nil, []string{"--shutdown-spread=10s"}, []string{"--shutdown-spread: 10s"}},
		{"level", "", nil, []string{"--log-level=loud"}, []string{`--log-level: "loud" is none of trace, debug`}},
		{"format", "", nil, []string{"--log-format=xml"}, []string{`--log-format: "xml" is none of auto, console`}},
		{"no file", "", nil, []string{"--config=no-such-file"}, []string{"no-such-file"}},

		{"key", "\nmax-payloads: 1\n", nil, nil, []string{`FILE:2: unknown key "max-payloads"`}},
		{"spelling of a key", "pingInterval: 1s\n", nil, nil, []string{`FILE:1: unknown key "pingInterval"; did you mean "ping-interval"?`}},
		{"every wrong key", "a: 1\nb: 2\n", nil, nil, []string{`FILE:1: unknown key "a"`, `FILE:2: unknown key "b"`}},
		{"key of the command line", "config: other.yaml\n", nil, nil, []string{`FILE:1: unknown key "config"`}},
		{"twice", "demo: true\ndemo: false\n", nil, nil, []string{"FILE:2: demo is set a second time"}},
		{"value", "\n\nping-interval: soon\n", nil, nil, []string{"FILE:3: ping-interval: ", `"soon"`}},
		{"value out of range", "\n\nping-interval: 0s\n", nil, nil, []string{"FILE:3: ping-interval: 0s"}},
		{"value of another kind", "demo: {a: 1}\n", nil, nil, []string{"FILE:1: demo: want a value or a list"}},
		{"list of another kind", "origin: [[a]]\n", nil, nil, []string{"FILE:1: origin: want a list of plain values"}},
		{"address", "listen: here\n", nil, nil, []string{`FILE:1: listen: "here" is not HOST:PORT`}},
		{"no mapping", "- a\n", nil, nil, []string{"FILE:1: want lines of the form 'key: value'"}},
		{"no YAML", "demo: true\n  a: b: c\n", nil, nil, []string{"FILE: yaml: line 2"}},
		{"two documents", "demo: true\n---\ndemo: false\n", nil, nil, []string{"a second document is not read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args, path := tt.args, filepath.Join(t.TempDir(), "parley.yaml")
			if tt.file != "" {
				write(t, path, tt.file)
				args = append(args, "--config", path)
			}
			r := run(tt.env, args...)
			if r.code != main.ExitUsage {
				t.Errorf("exit code %d", r.code)
			}
			for _, w := range tt.want {
				if w = strings.ReplaceAll(w, "FILE", path); !strings.Contains(r.stderr, w) {
					t.Errorf("%q is not in %q", w, r.stderr)
				}
			}
		})
	}
}

// TestUnset reads files that set nothing.
func TestUnset(t *testing.T) {
	t.Parallel()
	defaults, _ := settings(t, nil)
	for _, text := range []string{"", "# nothing\n", "---\n", "demo:\norigin: ~\n", "origin: []\n"} {
		path := filepath.Join(t.TempDir(), "parley.yaml")
		write(t, path, text)
		if values, _ := settings(t, nil, "-c", path); fmt.Sprint(values) != fmt.Sprint(defaults) {
			t.Errorf("%q: %v, want %v", text, values, defaults)
		}
	}
}

// TestDefaultsAreAConfigFile takes the # away and reads the file.
func TestDefaultsAreAConfigFile(t *testing.T) {
	t.Parallel()
	r := run(nil, "config", "defaults")
	text := regexp.MustCompile(`(?m)^#([a-z])`).ReplaceAllString(r.stdout, "$1")
	path := filepath.Join(t.TempDir(), "parley.yaml")
	write(t, path, text)
	want, _ := settings(t, nil)
	got, _ := settings(t, nil, "-c", path)
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got) == 0 {
		t.Errorf("read back as %v, want %v", got, want)
	}
	for flag := range want {
		if !strings.Contains(text, "\n"+flag+":") {
			t.Errorf("%s is not in the file:\n%s", flag, text)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	r := run(nil, "--help")
	if r.code != 0 || r.stderr != "" {
		t.Errorf("%+v", r)
	}
	values, _ := settings(t, nil)
	for flag := range values {
		if !strings.Contains(strings.ReplaceAll(r.stdout, "[no-]", ""), "--"+flag) {
			t.Errorf("--%s is not in the help", flag)
		}
	}
}
