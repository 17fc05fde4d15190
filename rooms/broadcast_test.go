package rooms_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-go/parley/rooms"
)

func TestBroadcast(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	members := map[string]*member{}
	for id, names := range map[string]string{
		"a": "red", "b": "red blue", "c": "blue", "d": "", "e": "red blue green",
	} {
		members[id] = enter(t, d, id, strings.Fields(names)...)
	}
	all := rooms.Target{}
	for _, test := range []struct {
		name   string
		target rooms.Target
		want   string
	}{
		{"everybody", all, "a b c d e"},
		{"one room", all.To("red"), "a b e"},
		{"union, each once", all.To("red", "blue"), "a b c e"},
		{"union in two steps", all.To("red").To("green", "d"), "a b d e"},
		{"own room", all.To("d"), "d"},
		{"own room and another", all.To("d", "green"), "d e"},
		{"no such room", all.To("void"), ""},
		{"empty name", all.To(""), ""},
		{"no rooms named", all.To(), "a b c d e"},
		{"all but one", all.Except("c"), "a b d e"},
		{"all but a room", all.Except("red"), "c d"},
		{"all but rooms", all.Except("red", "blue"), "d"},
		{"all but nobody", all.Except("void"), "a b c d e"},
		{"room but a member", all.To("red").Except("b"), "a e"},
		{"room but one who is not in it", all.To("red").Except("c"), "a b e"},
		{"room but another of one", all.To("red").Except("green"), "a b"},
		{"room but one twice", all.To("red").Except("green", "e"), "a b"},
		{"room but two", all.To("red").Except("a", "e"), "b"},
		{"room but itself", all.To("green").Except("green"), ""},
		{"own room but itself", all.To("d").Except("d"), ""},
		{"own room but another", all.To("d").Except("a"), "d"},
		{"union but a room", all.To("red", "c").Except("blue"), "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := d.Broadcast(test.target, packet, false)
			var got []string
			for id, m := range members {
				for range m.take() {
					got = append(got, id)
				}
			}
			if sorted(got) != test.want || n != len(got) {
				t.Errorf("delivered to %q and counted %d, want %q", sorted(got), n, test.want)
			}
			if got := ids(d.Members(test.target)); got != test.want {
				t.Errorf("Members returns %q, want %q", got, test.want)
			}
		})
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		members  int
		except   bool
		volatile bool
		want     rooms.Delivery
	}{
		{members: 8, want: 0},
		{members: 8, volatile: true, want: rooms.Volatile},
		{members: 9, want: rooms.Deferred},
		{members: 9, except: true, want: 0},
		{members: 10, except: true, want: rooms.Deferred},
		{members: 9, volatile: true, want: rooms.Deferred | rooms.Volatile},
	} {
		d := rooms.NewDirectory(nil)
		target := rooms.Target{}.To("r")
		var first *member
		for i := range test.members {
			m := enter(t, d, fmt.Sprint("m", i), "r")
			if i == 0 {
				first = m
			}
		}
		seen := enter(t, d, "seen", "s")
		if test.except {
			target = target.Except(first.id)
		}
		d.Broadcast(target, packet, test.volatile)
		last := d.Get(fmt.Sprint("m", test.members-1)).(*member)
		if got := last.take(); !slices.Equal(got, []rooms.Delivery{test.want}) {
			t.Errorf("%+v: delivered %b", test, got)
		}
		if len(seen.take()) != 0 {
			t.Errorf("%+v: delivered to one who is not in the room", test)
		}
	}
}

// TestTargetIsImmutable: targets made from one another share nothing that one
// of them could change, nor do they keep the caller's slice.
func TestTargetIsImmutable(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	for _, id := range []string{"a", "b", "c", "d"} {
		enter(t, d, id)
	}
	names := []string{"a"}
	base := rooms.Target{}.To(names...).To("void").To("b") // append makes room for four
	names[0] = "d"
	left, right := base.To("c"), base.To("d")
	for _, test := range []struct {
		target rooms.Target
		want   string
	}{
		{base, "a b"}, {left, "a b c"}, {right, "a b d"},
		{base.Except("a"), "b"}, {base.Except("b"), "a"},
	} {
		if got := ids(d.Members(test.target)); got != test.want {
			t.Errorf("%v means %q, want %q", test.target, got, test.want)
		}
	}
}

// TestMembershipChangesDuringTheWalk: whoever was meant gets its copy, and a
// delivery may change the room it is part of.
func TestMembershipChangesDuringTheWalk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(d *rooms.Directory, all []*member, i int)
	}{
		{"each leaves", func(d *rooms.Directory, all []*member, i int) { d.Leave(all[i], "r") }},
		{"the next leaves", func(d *rooms.Directory, all []*member, i int) { d.Leave(all[(i+1)%len(all)], "r") }},
		{"each is removed", func(d *rooms.Directory, all []*member, i int) { d.Remove(all[i]) }},
		{"all are removed by the first", func(d *rooms.Directory, all []*member, _ int) {
			for _, m := range all {
				d.Remove(m)
			}
		}},
		{"others join and leave", func(d *rooms.Directory, all []*member, i int) {
			d.Add(&member{id: fmt.Sprint("late", i)}, "r")
			d.Leave(all[i], "r")
			d.Join(all[i], "r")
		}},
	} {
		for _, target := range []rooms.Target{
			rooms.Target{}.To("r"), rooms.Target{}.To("r").Except("m3"), rooms.Target{}.To("r", "m3"), {},
		} {
			t.Run(test.name, func(t *testing.T) {
				d := rooms.NewDirectory(nil)
				var all []*member
				for i := range 10 {
					all = append(all, enter(t, d, fmt.Sprint("m", i), "r"))
				}
				meant := d.Members(target)
				for i, m := range all {
					m.during = func() { test.do(d, all, i) }
				}
				if n := d.Broadcast(target, packet, false); n != len(meant) {
					t.Errorf("delivered %d times, want %d", n, len(meant))
				}
				for _, m := range all {
					got, want := len(m.take()), 0
					if slices.Contains(meant, rooms.Member(m)) {
						want = 1
					}
					if got != want {
						t.Errorf("%s got %d copies, want %d", m.id, got, want)
					}
				}
			})
		}
	}
}

// TestConcurrentUse is for the race detector. A member that stays gets every
// broadcast.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	const rounds = 300
	d := rooms.NewDirectory(nil)
	stays := enter(t, d, "stays", "r")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range rounds {
				m := &member{id: fmt.Sprint(g, "-", i)}
				d.Add(m, "r", fmt.Sprint("r", i%3))
				d.Join(m, "x")
				d.Leave(m, "r")
				d.Rooms(m)
				d.Sizes()
				if i%2 == 0 {
					d.Remove(m)
				}
			}
		})
	}
	for g := range 3 {
		wg.Go(func() {
			target := []rooms.Target{rooms.Target{}.To("r"), {}, rooms.Target{}.To("r", "r1").Except("r2")}[g]
			for range rounds {
				d.Broadcast(target, packet, false)
			}
		})
	}
	wg.Wait()
	if got := len(stays.take()); got != 3*rounds {
		t.Errorf("%d broadcasts arrived, want %d", got, 3*rounds)
	}
}
