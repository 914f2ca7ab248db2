package opinion

import (
	"context"
	"fmt"
	"sync"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Text is what is to be scored.
type Text struct {
	Text string
	Lang string // "fr", "en" …; empty where it is not known
}

// Result is the sentiment of one text. The three shares are within 0 and 1
// and sum to 1. The zero Result is of a text that the service did not score.
type Result struct {
	Negative, Neutral, Positive float64
	Lang                        string // as the scorer understood it; may be empty
	Scorer                      Scorer // who spoke
}

// Answered tells whether the service scored the text.
func (r Result) Answered() bool { return r.Scorer.Name != "" }

// Score is the sentiment as one number, −1 (negative) to 1 (positive).
func (r Result) Score() float64 { return r.Positive - r.Negative }

// Scorer names what gave a result, so that two results can be compared or
// told apart later.
type Scorer struct {
	Name    string // the kind of service: "azure" …
	Model   string
	Version string
}

// atOnce bounds the requests of one call to Score that are under way together.
const atOnce = 4

// Client asks one service. It is safe for concurrent use.
type Client struct {
	service service
	name    string
	mask    func(string) string
	batch   int
	line    *line
	cache   *cache

	mu    sync.Mutex
	count Counts
}

// New makes the client of a service. It reads the secrets that the
// configuration names. The error wraps [journal.ErrInvalid]. mask, which is
// needed, takes personal data out of a text; masking twice must change nothing.
func New(c Config, mask func(string) string) (*Client, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if mask == nil {
		return nil, fmt.Errorf("open the opinion service %s: it needs a mask: %w", c.Kind, journal.ErrInvalid)
	}
	key, err := c.secret()
	if err != nil {
		return nil, err
	}
	s, err := c.open(key)
	if err != nil {
		return nil, err
	}
	return &Client{
		service: s, name: c.Kind, mask: mask, batch: c.batch(), line: newLine(c), cache: newCache(c.cacheSize()),
	}, nil
}

// Score gives one result for each text, in order: the zero Result where the
// service did not answer. ctx cuts the waiting for it short.
func (c *Client) Score(ctx context.Context, texts []Text) []Result {
	results := make([]Result, len(texts))
	asked := c.look(texts, results)
	var wait sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for _, batch := range c.batches(asked) {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			c.ask(ctx, batch, results)
		})
	}
	wait.Wait()
	left := 0
	for _, r := range results {
		if !r.Answered() {
			left++
		}
	}
	c.note(func(n *Counts) { n.FellBack += left })
	return results
}

// question is a masked text on its way to the service.
type question struct {
	at   int // its place among the results
	key  digest
	text Text
}

// look masks the texts and answers what it can from the cache. What is left is
// sorted by language where the service takes one language a request.
func (c *Client) look(texts []Text, results []Result) []question {
	var left []question
	cached := 0
	for i, t := range texts {
		t.Text = clip(c.mask(t.Text), maxText)
		if !sayable(t.Text) {
			continue // nothing to ask: services refuse empty texts, and the batch with them
		}
		key := c.key(t)
		if r, ok := c.cache.get(key); ok {
			results[i], cached = r, cached+1
			continue
		}
		left = append(left, question{i, key, t})
	}
	c.note(func(n *Counts) { n.Cached += cached })
	return left
}

// batches cuts the questions into requests. A request holds one language, since
// some services take but one for all texts, and the others lose nothing by it.
func (c *Client) batches(asked []question) [][]question {
	byLang := map[string][]question{}
	var langs []string
	for _, q := range asked {
		if byLang[q.text.Lang] == nil {
			langs = append(langs, q.text.Lang)
		}
		byLang[q.text.Lang] = append(byLang[q.text.Lang], q)
	}
	var batches [][]question
	for _, lang := range langs {
		for rest := byLang[lang]; len(rest) > 0; {
			n := min(c.batch, len(rest))
			batches, rest = append(batches, rest[:n]), rest[n:]
		}
	}
	return batches
}

// ask sends one batch and writes the results that came. Batches write to
// different places of results.
func (c *Client) ask(ctx context.Context, batch []question, results []Result) {
	texts := make([]Text, len(batch))
	for i, q := range batch {
		texts[i] = q.text
	}
	var answers []Result
	reached, err := c.line.call(ctx, func(ctx context.Context, send sender) error {
		var err error
		answers, err = c.service.ask(ctx, texts, send)
		if err == nil {
			err = check(answers, len(texts))
		}
		return err
	})
	c.note(func(n *Counts) { n.Requests += reached })
	if err != nil {
		return
	}
	for i, q := range batch {
		answers[i].Scorer.Name = c.name
		results[q.at] = answers[i]
		c.cache.put(q.key, answers[i])
	}
	c.note(func(n *Counts) { n.Answered += len(batch) })
}

// Close gives the connections to the service back.
func (c *Client) Close() { c.line.client.CloseIdleConnections() }

func (c *Client) note(change func(*Counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.count)
}
