# Parley is built and checked with these words:
#
#   make          build bin/parley, with the pages and the browser client in it
#   make run      build it and start it; open the address it prints
#   make check    format, vet, staticcheck, unit tests: before every commit
#   make test     all that and the race detector, other systems, real clients
#                 and a real browser: before every merge, and what CI runs
#
# Needed: git, make, Go and Node 18 (the tests want Node 20). The rest is installed
# as it is needed.

GO  ?= go
NPM ?= npm

STATICCHECK = $(GO) tool -modfile=tools/go.mod staticcheck

# The last file that each npm step writes.
CLIENT    = web/static/npm/socket.io/package.json
WEB_DEPS  = web/node_modules/.package-lock.json
WEB_TOOLS = web/node_modules/.bin/tsc
E2E_DEPS  = e2e/node_modules/.package-lock.json

.PHONY: build run check fmt vet lint unit test race cross types e2e bench-room clean

build: $(CLIENT)
	$(GO) build -o bin/parley ./cmd/server

run: build
	@exec bin/parley serve

# -- the browser client and other npm packages ---------------------------------

$(CLIENT): $(WEB_DEPS) web/copy.mjs
	@.ci/npm "$(NPM)" web run --silent build

$(WEB_DEPS): web/package-lock.json
	@.ci/npm "$(NPM)" web ci --omit=dev

$(WEB_TOOLS): web/package-lock.json
	@.ci/npm "$(NPM)" web ci
	@touch $@

$(E2E_DEPS): e2e/package-lock.json
	@.ci/npm "$(NPM)" e2e ci

# -- checks --------------------------------------------------------------------

check: fmt vet lint unit

# Tracked files and new ones, but nothing of node_modules.
fmt:
	@bad=$$(git ls-files --cached --others --exclude-standard '*.go' | xargs -r gofmt -l) || exit 1; \
	if [ -n "$$bad" ]; then echo "gofmt -w these files:"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(STATICCHECK) ./...

unit:
	$(GO) test ./...

test: build check types race cross e2e

# The types in the pages' JavaScript.
types: $(WEB_TOOLS)
	@.ci/npm "$(NPM)" web run --silent check

race:
	@.ci/need cc
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -count=1 -timeout 10m ./...

# What is built for one system only still compiles on the others.
cross:
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) vet ./...

# Real clients and a real browser against the real program. Without a browser
# its tests are skipped, loudly; in CI that is an error.
e2e: build $(E2E_DEPS)
	@.ci/need chromium
	cd e2e && PARLEY_E2E=1 $(GO) test -count=1 -timeout 10m # with a list of packages go test would hide the SKIPPED lines

# Processor time and memory of a room of 1,000, beside the official server.
bench-room: build $(E2E_DEPS)
	cd e2e && PARLEY_BENCH_ROOM=1 $(GO) test -count=1 -timeout 30m -run '^TestRoomBench$$'

clean:
	rm -rf bin web/static/npm web/node_modules e2e/node_modules
