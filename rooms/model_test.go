package rooms_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-go/parley/rooms"
)

// A model is a directory as sets of sets.
type model map[string]map[string]bool // the rooms of each member

func (m model) members(target func(in map[string]bool) bool) string {
	var list []string
	for id, in := range m {
		if target(in) {
			list = append(list, id)
		}
	}
	return sorted(list)
}

// TestModel compares a directory with sets of sets under random use. Room
// names overlap with the ids of members.
func TestModel(t *testing.T) {
	t.Parallel()
	const limit = 4
	name := rapid.SampledFrom([]string{"m0", "m1", "m2", "m3", "r0", "r1", "r2", "r3", "r4"})
	names := rapid.SliceOfN(name, 0, 5)
	id := rapid.IntRange(0, 3)

	rapid.Check(t, func(t *rapid.T) {
		d := rooms.NewDirectory(&rooms.Options{MaxRooms: limit})
		want := model{}
		var members [4]*member
		for i := range members {
			members[i] = &member{id: fmt.Sprint("m", i)}
		}
		// put adds names to the rooms that a member is in, if the limit allows.
		put := func(in map[string]bool, id string, names []string) (map[string]bool, bool) {
			out := map[string]bool{}
			maps.Copy(out, in)
			for _, n := range names {
				out[n] = true
			}
			others := len(out)
			if out[id] {
				others--
			}
			return out, others <= limit
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				m, names := members[id.Draw(t, "member")], names.Draw(t, "rooms")
				in, fits := put(map[string]bool{m.id: true}, m.id, names)
				_, exists := want[m.id]
				err := d.Add(m, names...)
				if (err == nil) != (fits && !exists) {
					t.Fatalf("Add: %v", err)
				}
				if err == nil {
					want[m.id] = in
				}
			},
			"remove": func(t *rapid.T) {
				m := members[id.Draw(t, "member")]
				got := d.Remove(m)
				if g, w := sorted(got), sorted(slices.Collect(maps.Keys(want[m.id]))); g != w {
					t.Fatalf("removed from %q, want %q", g, w)
				}
				delete(want, m.id)
			},
			"join": func(t *rapid.T) {
				m, names := members[id.Draw(t, "member")], names.Draw(t, "rooms")
				before, member := want[m.id]
				after, fits := put(before, m.id, names)
				joined, err := d.Join(m, names...)
				if (err == nil) != (member && fits) {
					t.Fatalf("Join: %v", err)
				}
				if err != nil {
					return
				}
				if len(joined) != len(after)-len(before) {
					t.Fatalf("joined %v, was in %v", joined, before)
				}
				want[m.id] = after
			},
			"leave": func(t *rapid.T) {
				m, names := members[id.Draw(t, "member")], names.Draw(t, "rooms")
				left, err := d.Leave(m, names...)
				in, member := want[m.id]
				if (err == nil) != member {
					t.Fatalf("Leave: %v", err)
				}
				var n int
				for _, name := range names {
					if in[name] {
						n++
						delete(in, name)
					}
				}
				if len(left) != n {
					t.Fatalf("left %v, want %d rooms", left, n)
				}
			},
			"broadcast": func(t *rapid.T) {
				to, except := names.Draw(t, "to"), names.Draw(t, "except")
				target := rooms.Target{}.To(to...).Except(except...)
				n := d.Broadcast(target, packet, false)
				var got []string
				for _, m := range members {
					for range m.take() {
						got = append(got, m.id)
					}
				}
				meant := want.members(func(in map[string]bool) bool {
					is := func(name string) bool { return in[name] }
					return (len(to) == 0 || slices.ContainsFunc(to, is)) && !slices.ContainsFunc(except, is)
				})
				if sorted(got) != meant || n != len(got) {
					t.Fatalf("delivered to %q and counted %d, want %q", sorted(got), n, meant)
				}
			},
			"": func(t *rapid.T) {
				if d.Len() != len(want) {
					t.Fatalf("%d members, want %d", d.Len(), len(want))
				}
				sizes := map[string]int{}
				for _, m := range members {
					in := want[m.id]
					if g, w := sorted(d.Rooms(m)), sorted(slices.Collect(maps.Keys(in))); g != w {
						t.Fatalf("%s is in %q, want %q", m.id, g, w)
					}
					for name := range in {
						sizes[name]++
						if !d.Has(m, name) {
							t.Fatalf("%s is not in %s", m.id, name)
						}
					}
				}
				for name, n := range sizes {
					if got := d.Count(name); got != n {
						t.Fatalf("%d members in %s, want %d", got, name, n)
					}
				}
				for name, n := range d.Sizes() {
					if sizes[name] != n {
						t.Fatalf("size of %s is %d, want %d", name, n, sizes[name])
					}
				}
			},
		})
	})
}
