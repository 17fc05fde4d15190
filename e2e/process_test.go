package e2e_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// usage is what the system says about a process.
type usage struct {
	cpu     time.Duration // user and system
	rss     int64         // resident memory in bytes
	files   int           // open descriptors
	threads int
}

// clockTick is the unit of times in /proc/<pid>/stat: USER_HZ, 100 a second on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// usage reads /proc, so it works on Linux only.
func (s *server) usage(t testing.TB) usage {
	t.Helper()
	var u usage
	proc := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	stat, err := os.ReadFile(proc + "stat")
	if err != nil {
		t.Fatal(err)
	}
	// The name of the program, in parentheses, may hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i-3], 10, 64) // fields count from 1, the state is the third
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	u.cpu = time.Duration(number(14)+number(15)) * clockTick
	u.threads = int(number(20))
	u.rss = number(24) * int64(os.Getpagesize())
	files, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	u.files = len(files)
	return u
}

// cpu is the processor time that the server has used.
func (s *server) cpu(t testing.TB) time.Duration { return s.usage(t).cpu }
