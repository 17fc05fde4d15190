// Package rooms knows who is in which room, and delivers to them.
//
// A room is a name that members share; it exists while somebody is in it.
//
// # Types
//
//   - A [Directory] holds the members of one namespace and their rooms.
//   - A [Member] is whoever can be in a room: a socket.
//   - A [Target] says who is meant: a union of rooms, without those in certain
//     others. It is an immutable value.
//
// # Guarantees
//
//   - A member is in the room named by its own id from the moment it enters,
//     and enters with all its first rooms at once: nobody sees it half way in.
//   - A broadcast reaches each member that its target meant when the broadcast
//     began, once, however many of the rooms the member is in.
//   - While a broadcast is delivered no lock is held: a member may join, leave
//     or vanish during the walk, also from within [Member.Deliver].
//   - A broadcast to one room, less one member at most, allocates nothing and
//     copies nothing.
//
// # How a walk goes without a lock
//
// The members of a room lie in one slice. A broadcast takes the slice as it
// is and marks it shared. Joining appends, which a walk over the shorter slice
// cannot see. Leaving moves the last member into the gap, so it copies the
// slice first if it is shared, and then owns an unshared one again: a room
// that thousands leave is copied once for each broadcast in between, not once
// for each of them.
//
// # Caveats
//
//   - Order holds for one sender. Two broadcasts that run at the same time may
//     reach two members in different order.
//   - Delivering means handing over to the member's outbox, not sending.
package rooms
