// Package e2e holds the end-to-end tests: the real program, started as a process, driven by real clients. Those are
// socket.io-client from npm run by Node, raw connections that no client would make, and pages in Chromium. The official
// server from npm is the peer on which each scenario is proven right before it judges ours, and with which the room
// benchmark compares.
//
// The tests run on demand, since they need npm packages and a browser:
//
//	npm ci --prefix e2e
//	cd e2e && PARLEY_E2E=1 go test -count=1
//
// What is missing on the machine is said in lines that begin with SKIPPED; with CI=true a skip is a failure. In the
// environment, CHROMIUM names another browser than /usr/bin/chromium, PARLEY_SCREENSHOTS a folder for pictures of the
// pages. With -race the program is built with the race detector too.
//
// The scenarios are the scripts in scripts/, which print one line of JSON for each check; each becomes a subtest.
// official.mjs is the official server with the handlers of our default namespace.
//
// The room benchmark runs alone:
//
//	cd e2e && PARLEY_BENCH_ROOM=1 go test -count=1 -timeout 30m -run TestRoomBench
package e2e
