// Command server is Parley as a program: the Socket.IO server with the stock
// namespaces, the pages, health checks and an orderly shutdown. `make` builds
// it as bin/parley; `parley --help` lists what it takes.
//
// [Main] is the program, main only connects it to the process. The files are
// named by concern: config.go, source.go and file.go find out what is wanted,
// listen.go gets the addresses, serve.go runs and shuts down, http.go answers.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
)

// The exit codes. A program that was asked to stop and did exits with 0.
const (
	exitFailure = 1 // it did not start, broke while running, or was stopped by a second signal
	exitUsage   = 2 // the flags, the environment or the config file are wrong
	exitAddress = 3 // an address to listen on could not be had
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	m := NewMain()
	m.Signals = signals
	os.Exit(m.Run(os.Args[1:]))
}

// Main is the program, with what it takes from its process as fields, so that
// a test runs the real one. Set the fields before Run.
type Main struct {
	// Stdout takes what a command was asked to print, Stderr the log and errors.
	Stdout, Stderr io.Writer
	// Terminal says that Stderr is read by a person.
	Terminal bool
	// LookupEnv reads the environment.
	LookupEnv func(key string) (string, bool)
	// Signals delivers the signals to stop: the first asks for an orderly
	// shutdown, the second for an end at once. Nil never delivers any.
	Signals <-chan os.Signal
}

// NewMain returns a program on the process's streams and environment.
func NewMain() *Main {
	return &Main{
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Terminal:  isatty.IsTerminal(os.Stderr.Fd()) || isatty.IsCygwinTerminal(os.Stderr.Fd()),
		LookupEnv: os.LookupEnv,
	}
}

// commands is the command line. The settings belong to every command: a health
// check needs the address, config prints them all.
type commands struct {
	ConfigFile string `name:"config" short:"c" placeholder:"FILE" help:"Config file in YAML; 'parley config defaults' prints one. The environment and flags override it."`
	Config

	Serve       serveCommand       `cmd:"" default:"1" help:"Run the server. The default command."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the server on this machine whether it is ready; exit 0 if it is."`
	Settings    configCommand      `cmd:"" name:"config" help:"Print the settings."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// Run does what the arguments (without the program's name) ask for, and
// returns the exit code when that is done.
func (m *Main) Run(args []string) int {
	err := m.run(args)
	if err == nil {
		return 0
	}
	fmt.Fprintf(m.Stderr, "parley: %v\n", err)
	var usage *usageError
	var address *addressError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &address):
		return exitAddress
	}
	return exitFailure
}

func (m *Main) run(args []string) error {
	var c commands
	found := &sources{lookupEnv: m.LookupEnv}
	helped := false
	parser, err := kong.New(&c,
		kong.Name("parley"),
		kong.Description("A Socket.IO server. Every flag is also an environment variable and a key of the config file; "+
			"a flag counts before the environment, the environment before the file. An empty variable counts as unset."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ValueFormatter(helpWithEnv),
		kong.Bind(found),
	)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err) // a wrong struct tag
	}
	ctx, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		return parseError(err)
	}
	if err := c.Config.complete(found); err != nil {
		return err
	}
	return ctx.Run(m, &c.Config, found)
}

// A usageError says that what the user asked for cannot be done as it stands.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// parseError drops kong's mention of the flag from errors that name the place
// of the value themselves.
func parseError(err error) error {
	var source *sourceError
	if errors.As(err, &source) {
		return &usageError{source}
	}
	return &usageError{fmt.Errorf("%w\ntry 'parley --help'", err)}
}
