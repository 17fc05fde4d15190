//go:build race

package engineio_test

// raceEnabled: the race detector has pools forget and allocates for itself.
const raceEnabled = true
