package main

import "github.com/rs/zerolog"

// Process is what the operating system starts.
func Process() { main() }

// The exit codes.
const (
	ExitFailure = exitFailure
	ExitUsage   = exitUsage
	ExitAddress = exitAddress
)

// Version is the release in this source.
const Version = version

// Notice is what the log says about demo mode on these addresses.
func Notice(demo *bool, listen ...string) (zerolog.Level, string) {
	addresses, err := parseAddresses(listen)
	if err != nil {
		panic(err)
	}
	c := Config{Demo: demo, addresses: addresses}
	return c.notice()
}
