// Package web holds the pages that Parley serves about itself: a start page
// and a chat that uses the default namespace the way any client would.
//
// The pages live in static/ as they are sent: HTML, CSS and ES modules, no
// build step. [Pages] gives the files, [NewHandler] serves them with strict
// security headers. [Client] gives the official browser client, which is not
// committed: `make` installs it from the locked npm dependency and copies it
// to static/npm/, a folder ignored by git. Without it the package compiles and
// serves all the same; the pages then say which command is missing.
package web

import (
	"embed"
	"io/fs"
)

//go:embed static
var static embed.FS

// clientDir is where `make` puts the official client, below static.
const clientDir = "npm/socket.io"

// Pages returns the embedded pages with index.html at the root.
func Pages() fs.FS {
	pages, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the pattern above guarantees the folder
	}
	return pages
}

// Client returns the official client's bundles (socket.io.js,
// socket.io.min.js, socket.io.esm.min.js, socket.io.msgpack.min.js, their
// source maps) and its package.json. ok is false, and the file system nil,
// when the binary was built without them; BuildCommand makes them.
func Client() (bundles fs.FS, ok bool) {
	return clientIn(Pages())
}

// BuildCommand is what a reader must run, in the repository, to get a binary
// with the client bundles in it.
const BuildCommand = "make"

func clientIn(pages fs.FS) (fs.FS, bool) {
	// package.json is the last file the copy script writes: a copy that was
	// interrupted counts as none.
	if _, err := fs.Stat(pages, clientDir+"/package.json"); err != nil {
		return nil, false
	}
	bundles, err := fs.Sub(pages, clientDir)
	return bundles, err == nil
}
