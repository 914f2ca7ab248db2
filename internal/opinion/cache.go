package opinion

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"unicode"
	"unicode/utf8"
)

// digest stands for a text as a certain service would be asked about it.
type digest [sha256.Size]byte

// key leaves texts out of memory: the cache holds digests and numbers.
func (c *Client) key(t Text) digest {
	h := sha256.New()
	for _, part := range []string{c.name, c.service.model(), t.Lang, t.Text} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return digest(h.Sum(nil))
}

// cache keeps the results asked for last, at most limit of them.
type cache struct {
	limit int

	mu     sync.Mutex
	recent *list.List // of entry; the newest in front
	at     map[digest]*list.Element
}

type entry struct {
	key    digest
	result Result
}

func newCache(limit int) *cache {
	return &cache{limit: limit, recent: list.New(), at: map[digest]*list.Element{}}
}

func (c *cache) get(key digest) (Result, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[key]
	if !ok {
		return Result{}, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(entry).result, true
}

func (c *cache) put(key digest, r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[key]; ok {
		e.Value = entry{key, r}
		c.recent.MoveToFront(e)
		return
	}
	c.at[key] = c.recent.PushFront(entry{key, r})
	for len(c.at) > c.limit {
		oldest := c.recent.Back()
		delete(c.at, oldest.Value.(entry).key)
		c.recent.Remove(oldest)
	}
}

// maxText is how much of a text goes out, in bytes: 5,000 is the least that
// the services take (Comprehend), and more says little more.
const maxText = 5000

// clip cuts a text to at most n bytes, between runes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// sayable tells whether a text holds anything but white space.
func sayable(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) {
			return true
		}
	}
	return false
}
