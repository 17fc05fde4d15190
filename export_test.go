package parley

import (
	"github.com/parley-go/parley/engineio"
	"github.com/parley-go/parley/namespaces"
)

// EngineOptions and MuxOptions are what NewServer hands down.
func EngineOptions(o *Options) *engineio.Options { return o.engine() }
func MuxOptions(o *Options) *namespaces.Options  { return o.mux() }
