package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	main "github.com/parley-go/parley/cmd/server"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	r := run(nil, "version")
	if r.code != 0 || !strings.HasPrefix(r.stdout, "parley "+main.Version+" ") {
		t.Errorf("%+v", r)
	}
	changes, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(changes)
	if newest == nil || string(newest[1]) != main.Version {
		t.Errorf("CHANGELOG.md begins with %q, the version is %s", newest, main.Version)
	}
}
