package main

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"

	"github.com/alecthomas/kong"
)

// sources finds the values of the flags that the command line leaves open, in
// the environment and then in the config file, and keeps where each came from.
//
// Kong has environment variables of its own, but its resolvers, which is what
// a config file is to it, override them. Hence one resolver for both.
type sources struct {
	lookupEnv func(key string) (string, bool)
	file      *configFile       // nil without one
	places    map[string]string // by flag: the variable, or file and line
	flags     map[string]bool   // those on the command line
}

// BeforeResolve reads the config file, if one is named, once kong knows the
// flags that were given, and takes over the search for the others.
func (c *commands) BeforeResolve(ctx *kong.Context, s *sources) error {
	s.places = make(map[string]string)
	s.flags = make(map[string]bool)
	path, _ := s.lookupEnv(envName("config"))
	for _, p := range ctx.Path {
		if p.Flag == nil {
			continue
		}
		s.flags[p.Flag.Name] = true
		if p.Flag.Name == "config" {
			path = ctx.FlagValue(p.Flag).(string)
		}
	}
	if path != "" {
		var settings []string
		for _, f := range settingsOf(ctx.Model) {
			settings = append(settings, f.Name)
		}
		file, err := readConfigFile(path, settings)
		if err != nil {
			return &sourceError{err}
		}
		s.file = file
	}
	ctx.AddResolver(s)
	return nil
}

// Validate is part of kong.Resolver. The file was checked when it was read.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve is part of kong.Resolver. It returns the text of a flag's value, or
// nil to leave the default.
func (s *sources) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if parent.App == nil || !isSetting(flag) {
		return nil, nil
	}
	text, place := "", ""
	if v, _ := s.lookupEnv(envName(flag.Name)); v != "" {
		text, place = v, envName(flag.Name)
	} else if v, ok := s.file.value(flag.Name); ok {
		text, place = v.text, fmt.Sprintf("%s:%d: %s", s.file.path, v.line, flag.Name)
	} else {
		return nil, nil
	}
	// Kong would name the flag in its error; the user has to look elsewhere.
	if _, err := decode(flag, text); err != nil {
		return nil, &sourceError{fmt.Errorf("%s: %w", place, err)}
	}
	s.places[flag.Name] = place
	return text, nil
}

// decode returns what a text means as the value of a flag.
func decode(flag *kong.Flag, text string) (reflect.Value, error) {
	value := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, value)
	return value, err
}

// of says where the value of a setting came from, or could have come from if
// nobody has set it.
func (s *sources) of(flag string) string {
	return cmp.Or(s.places[flag], "--"+flag)
}

// isDefault reports whether nobody has set the value of a setting.
func (s *sources) isDefault(flag string) bool {
	return !s.flags[flag] && s.places[flag] == ""
}

// portCounts reports whether the variable PORT has a say in the addresses.
// Platforms set it for whatever program they start, so it yields to Parley's
// own flag and variable; it overrides the config file, as any variable does.
func (s *sources) portCounts() bool {
	return !s.flags["listen"] && s.places["listen"] != envName("listen")
}

// port returns the port that the variable PORT asks for.
func (s *sources) port() (port string, ok bool, err error) {
	text, _ := s.lookupEnv("PORT")
	if text == "" || !s.portCounts() {
		return "", false, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", false, fmt.Errorf("PORT: %q is not a port number", text)
	}
	return strconv.FormatUint(n, 10), true, nil
}

// A sourceError is about a value outside the command line and names its place.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }
