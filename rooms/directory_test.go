package rooms_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/parley-go/parley/rooms"
)

func TestOwnRoom(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	a, b := enter(t, d, "a"), enter(t, d, "b")

	if got := d.Rooms(a); !slices.Equal(got, []string{"a"}) {
		t.Errorf("a is in %v, want its own room", got)
	}
	if !d.Has(a, "a") || d.Has(b, "a") || d.Count("a") != 1 {
		t.Error("a's room should hold a and nobody else")
	}
	if len(d.Sizes()) != 0 {
		t.Errorf("own rooms are listed: %v", d.Sizes())
	}

	// Somebody else may join it, and it outlives its owner then.
	if _, err := d.Join(b, "a"); err != nil {
		t.Fatal(err)
	}
	if got := ids(d.Members(rooms.Target{}.To("a"))); got != "a b" {
		t.Errorf("room a holds %q, want a and b", got)
	}
	if got := d.Sizes(); !maps.Equal(got, map[string]int{"a": 2}) {
		t.Errorf("sizes %v, want that of room a", got)
	}
	if got := d.Rooms(a); got[0] != "a" {
		t.Errorf("rooms of a %v, want its own first", got)
	}
	d.Remove(a)
	if d.Count("a") != 1 || !d.Has(b, "a") {
		t.Error("b lost a room when its owner left")
	}
	again := enter(t, d, "a")
	if got := ids(d.Members(rooms.Target{}.To("a"))); got != "a b" {
		t.Errorf("room a holds %q after its owner came back, want a and b", got)
	}

	// It can be left like any other.
	for _, m := range []*member{again, b} {
		if left, err := d.Leave(m, "a"); err != nil || len(left) != 1 {
			t.Errorf("%s left %v (%v), want room a", m.id, left, err)
		}
	}
	if d.Count("a") != 0 || len(d.Rooms(again)) != 0 || d.Len() != 2 {
		t.Error("room a is not empty, or its members have left the directory")
	}
	if joined, err := d.Join(again, "a", "a"); err != nil || len(joined) != 1 || !d.Has(again, "a") {
		t.Errorf("joined %v (%v), want room a once", joined, err)
	}
}

func TestJoinAndLeaveReportChanges(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	m := enter(t, d, "m", "x")

	joined, err := d.Join(m, "x", "y", "z", "y")
	if err != nil || sorted(joined) != "y z" {
		t.Errorf("joined %v (%v), want y and z", joined, err)
	}
	left, err := d.Leave(m, "y", "nowhere", "y")
	if err != nil || sorted(left) != "y" {
		t.Errorf("left %v (%v), want y", left, err)
	}
	if got := d.Remove(m); got[0] != "m" || sorted(got) != "m x z" {
		t.Errorf("removed from %v, want m, x and z", got)
	}
	if got := d.Remove(m); got != nil {
		t.Errorf("removed twice, from %v", got)
	}
	if len(d.Sizes()) != 0 || d.Len() != 0 || d.Get("m") != nil {
		t.Error("something is left of the only member")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	const limit = 8
	names := make([]string, limit+1)
	for i := range names {
		names[i] = fmt.Sprint("room", i)
	}
	long := strings.Repeat("x", rooms.MaxName+1)

	for _, ownShared := range []bool{false, true} {
		t.Run(fmt.Sprintf("own room shared %v", ownShared), func(t *testing.T) {
			d := rooms.NewDirectory(&rooms.Options{MaxRooms: limit})
			m := enter(t, d, "m")
			if ownShared {
				enter(t, d, "other", "m")
			}
			if _, err := d.Join(m, names...); !errors.Is(err, rooms.ErrFull) {
				t.Errorf("%d rooms: %v, want ErrFull", limit+1, err)
			}
			if _, err := d.Join(m, "fine", long); !errors.Is(err, rooms.ErrName) {
				t.Errorf("long name: %v, want ErrName", err)
			}
			if got := sorted(d.Rooms(m)); got != "m" {
				t.Fatalf("refused, but joined %s", got)
			}
			if _, err := d.Join(m, names[:limit]...); err != nil {
				t.Errorf("%d rooms: %v", limit, err)
			}
			if _, err := d.Join(m, names[0], "m", long[1:]); !errors.Is(err, rooms.ErrFull) {
				t.Errorf("one more: %v, want ErrFull", err)
			}
			if _, err := d.Join(m, names[0], "m"); err != nil {
				t.Errorf("rooms it is in: %v", err)
			}
		})
	}

	d := rooms.NewDirectory(&rooms.Options{MaxRooms: limit})
	m := &member{id: "m"}
	for _, refused := range [][]string{names, {"fine", long}} {
		if err := d.Add(m, refused...); err == nil {
			t.Errorf("entered with %d rooms", len(refused))
		}
		if d.Len() != 0 || len(d.Sizes()) != 0 {
			t.Error("something is left of a member that was refused")
		}
	}
}

func TestMembersAreComparedByIdentity(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	old := enter(t, d, "m", "x")
	other := &member{id: "m"}
	if err := d.Add(other); !errors.Is(err, rooms.ErrExists) {
		t.Errorf("second member with an id: %v, want ErrExists", err)
	}
	d.Remove(old)
	if err := d.Add(other, "y"); err != nil {
		t.Fatal(err)
	}

	if _, err := d.Join(old, "z"); !errors.Is(err, rooms.ErrNotMember) {
		t.Errorf("join of the one that was replaced: %v, want ErrNotMember", err)
	}
	if _, err := d.Leave(old, "y"); !errors.Is(err, rooms.ErrNotMember) {
		t.Errorf("leave of the one that was replaced: %v, want ErrNotMember", err)
	}
	if d.Has(old, "y") || d.Rooms(old) != nil || d.Remove(old) != nil {
		t.Error("the one that was replaced acts for the other")
	}
	if got := sorted(d.Rooms(other)); got != "m y" {
		t.Errorf("the other is in %q, want m and y", got)
	}
	if d.Get("m") != rooms.Member(other) {
		t.Error("Get does not return the member that is there")
	}
}

func TestMemoryOfLargeRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	d := rooms.NewDirectory(nil)
	var all []*member
	for i := range 4096 {
		all = append(all, enter(t, d, fmt.Sprint(i), "big"))
	}
	for _, m := range all[4:] {
		d.Remove(m)
	}
	if c := d.Capacity("big"); c > 64 {
		t.Errorf("a room of 4 has space for %d", c)
	}
	if got := d.Count("big"); got != 4 {
		t.Errorf("%d members left, want 4", got)
	}
}
