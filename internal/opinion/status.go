package opinion

import "time"

// Counts says what has become of the texts since the start.
type Counts struct {
	Requests int // tries over HTTP
	Answered int // texts that the service scored
	Cached   int // texts that it had scored before
	FellBack int // texts that were left to the embedded scorer
}

// Status is how the service is doing.
type Status struct {
	Service, Model string
	// Breaker is closed (asking), open (not asking) or half-open (trying one request).
	Breaker string
	Counts  Counts
	// NotBefore is until when the service asked not to be asked; zero if it did not.
	NotBefore time.Time
	// LastError is one sentence without secrets, empty if there was none.
	LastError   string
	LastErrorAt time.Time
	LastAnswer  time.Time
}

// Status says how the service is doing.
func (c *Client) Status() Status {
	s := c.line.status()
	s.Service, s.Model = c.name, c.service.model()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Counts = c.count
	return s
}
