package namespaces

import "time"

// The attachments of a packet follow it as messages of their own, and until
// the last has come the decoder holds all of them. A client that never sends
// it must not make the server hold them for ever.

// assemble notes that attachments are awaited.
func (c *conn) assemble() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || !c.assembling.IsZero() {
		return
	}
	c.assembling = time.Now()
	if c.assembly == nil {
		c.assembly = time.AfterFunc(c.mux.opts.AttachmentTimeout, c.assemblyExpired)
	} else {
		c.assembly.Reset(c.mux.opts.AttachmentTimeout)
	}
}

// assembled notes that all have come.
func (c *conn) assembled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assembling = time.Time{}
	if c.assembly != nil {
		c.assembly.Stop()
	}
}

// assemblyExpired may run late, when the packet it was for is complete and
// another has begun, so it looks at the time again.
func (c *conn) assemblyExpired() {
	c.mu.Lock()
	since := c.assembling
	c.mu.Unlock()
	if !since.IsZero() && time.Since(since) >= c.mux.opts.AttachmentTimeout {
		c.violate(errAttachments)
	}
}
