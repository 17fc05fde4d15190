package rooms

// Capacity returns how many members a room has space for.
func (d *Directory) Capacity(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cap(d.rooms[name].members)
}
