package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthcheckCommand asks the server whether it is ready. A container without
// a shell or curl has it as its health check, with the same settings as the
// server to find it.
type healthcheckCommand struct {
	URL string `placeholder:"URL" help:"What to ask, instead of /readyz where the settings say the server listens."`
}

// healthcheckTime bounds the question. A server that takes longer is not well.
const healthcheckTime = 3 * time.Second

// Run asks and prints the answer. Any answer but 200 is an error.
func (h *healthcheckCommand) Run(m *Main, c *Config) error {
	url := h.URL
	if url == "" {
		url = readyURL(c.addresses[0])
	}
	client := http.Client{
		Timeout: healthcheckTime,
		// A proxy in the environment is for other people's servers.
		Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
	}
	answer, err := client.Get(url)
	if err != nil {
		return err // it names the URL
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxClientText))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", url, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %q", url, answer.Status, strings.TrimSpace(string(text)))
	}
	fmt.Fprintln(m.Stdout, strings.TrimSpace(string(text)))
	return nil
}

// readyURL returns where to ask a server that listens on a: the address itself
// or, where that stands for every address of the machine, its loopback.
func readyURL(a address) string {
	if ip := net.ParseIP(a.host); a.host == "" || ip != nil && ip.IsUnspecified() {
		a.host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			a.host = "::1"
		}
	}
	return "http://" + a.String() + "/readyz"
}
