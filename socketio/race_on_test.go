//go:build race

package socketio_test

// raceEnabled tells tests that count allocations that pools forget at random.
const raceEnabled = true
