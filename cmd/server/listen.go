package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"github.com/rs/zerolog"
)

// address is one host and port to listen on.
type address struct {
	host string // a name, an IP address, or "" for every address of the machine
	port string // decimal
}

func (a address) String() string { return net.JoinHostPort(a.host, a.port) }

// loopback reports whether only this machine can connect. A name other than
// localhost may mean any address, so it counts as one that others can reach.
func (a address) loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.Unmap().IsLoopback()
}

// parseAddresses reads HOST:PORT or :PORT. localhost becomes both of its
// addresses, for a browser may try either.
func parseAddresses(texts []string) ([]address, error) {
	var all []address
	for _, text := range texts {
		host, port, err := net.SplitHostPort(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not HOST:PORT or :PORT", text)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, fmt.Errorf("%q: %q is not a port number", text, port)
		} else {
			port = strconv.FormatUint(n, 10)
		}
		if host == "localhost" {
			all = append(all, address{"127.0.0.1", port}, address{"::1", port})
			continue
		}
		all = append(all, address{host, port})
	}
	if len(all) == 0 {
		return nil, errors.New("no address to listen on")
	}
	return all, nil
}

// withPort returns the hosts of all on another port, each once.
func withPort(all []address, port string) []address {
	var moved []address
	for _, a := range all {
		if a.port = port; !slices.Contains(moved, a) {
			moved = append(moved, a)
		}
	}
	return moved
}

// An addressError says that an address to listen on could not be had.
type addressError struct {
	address address
	err     error
	// portCounts says that the variable PORT would change the address.
	portCounts bool
}

func (e *addressError) Unwrap() error { return e.err }

func (e *addressError) Error() string {
	switch {
	case inUse(e.err):
		other := address{e.address.host, nextPort(e.address.port)}
		advice := "--listen " + other.String()
		if e.portCounts {
			advice = fmt.Sprintf("PORT=%s or %s", other.port, advice)
		}
		return fmt.Sprintf("port %s is in use: another program listens on %s; try %s", e.address.port, e.address, advice)
	case errors.Is(e.err, syscall.EACCES):
		return fmt.Sprintf("no permission to listen on %s; ports below 1024 are often kept for root, try --listen %s",
			e.address, address{e.address.host, "3000"})
	}
	return fmt.Sprintf("listen on %s: %v", e.address, e.err)
}

// listen opens every address. The loopback address of IPv6 is left out on a
// machine without it, as long as there is another. With port 0 the first
// address gets a free port and the others the same, so that one URL serves all.
func listen(addresses []address, log zerolog.Logger) ([]net.Listener, error) {
	var open []net.Listener
	var absent *addressError
	for _, a := range addresses {
		if a.port == "0" && len(open) > 0 {
			_, a.port, _ = net.SplitHostPort(open[0].Addr().String())
		}
		l, err := net.Listen("tcp", a.String())
		switch {
		case err == nil:
			open = append(open, l)
		case a.host == "::1" && noSuchNetwork(err):
			log.Debug().Str("address", a.String()).Err(err).Msg("this machine does not have that address; going on without")
			absent = &addressError{address: a, err: err}
		default:
			closeAll(open)
			return nil, &addressError{address: a, err: err}
		}
	}
	if len(open) == 0 {
		return nil, absent
	}
	return open, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close() // nothing was accepted on it yet
	}
}

// noSuchNetwork reports whether an IP version is absent or has no such address.
func noSuchNetwork(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		isWindowsError(err, 10049) || isWindowsError(err, 10047)
}

func inUse(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || isWindowsError(err, 10048)
}

// isWindowsError reports whether err is that error of Windows' sockets. The
// numbers of package syscall there are inventions that no call returns.
func isWindowsError(err error, number syscall.Errno) bool {
	return runtime.GOOS == "windows" && errors.Is(err, number)
}

func nextPort(port string) string {
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		return "3000"
	}
	return strconv.Itoa(n + 1)
}

// pageURL returns the address to open in a browser on this machine.
func pageURL(listeners []net.Listener) string {
	addr := listeners[0].Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() || len(listeners) > 1 && addr.IP.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(addr.Port)) + "/"
}
