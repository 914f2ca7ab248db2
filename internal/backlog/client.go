package backlog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Issue is an issue as the tracker shows it.
type Issue struct {
	Key, URL string
	Title    string
	Body     string
	// Assignees are the logins here of those who have it and are known here; Assigned tells whether anybody has it.
	Assignees []string
	Assigned  bool
	Due       string // a day as 2025-10-01, empty where there is none
	Closed    bool
	Updated   time.Time
	// ClosedBy is the login here of whoever closed it, where the tracker says so.
	ClosedBy string
}

// Draft is an issue to be made.
type Draft struct {
	Title    string
	Text     []string // paragraphs, in plain text
	Link     string   // back to the incident
	Marker   string   // by which it is found again: "PM-2025-09-27-01/A1"
	Assignee string   // a login here; nobody where it is not known there
	Due      string
	Labels   []string
}

// Edit is what is to become of an issue; what is nil stays.
type Edit struct {
	Title, Assignee, Due *string
	Closed               *bool
	// Draft is what the issue would be made from now, for trackers that have a part of it in the text alone.
	Draft Draft
}

// Page is a part of what has changed. Cursor is where to go on.
type Page struct {
	Issues []Issue
	Cursor string
	More   bool
}

// Notice is what a webhook told: which issue, and the login here of who changed it.
type Notice struct {
	Key string
	By  string
	// At tells one change of the issue from another.
	At string
}

// WaitError is a pause that the tracker asked for, or that we make after its failures.
type WaitError struct {
	Until  time.Time
	Reason string
}

// Error says why.
func (e *WaitError) Error() string { return e.Reason }

// RefusedError is a request that the tracker refused for what it said.
type RefusedError struct{ Text string }

// Error gives the tracker's words.
func (e *RefusedError) Error() string { return "the tracker refused it: " + e.Text }

// ErrGone is the error of an issue that is not found.
var ErrGone = errors.New("the issue is not found: it was deleted or moved, or the token may not see it")

// service is what each kind of tracker does its own way.
type service interface {
	find(ctx context.Context, marker string, since time.Time) (Issue, bool, error)
	create(ctx context.Context, d Draft) (Issue, error)
	get(ctx context.Context, key string) (Issue, error)
	update(ctx context.Context, now Issue, e Edit) (Issue, error)
	comment(ctx context.Context, c Comment) error
	changed(ctx context.Context, cursor string) (Page, error)
	// key reads the key of an issue as people write it; ok is false for what is none.
	key(text string) (key string, ok bool)
	url(key string) string
	// notice reads a webhook whose sender is known; an empty key is one about something else.
	notice(h http.Header, body []byte) (Notice, error)
	// check looks whether the token works, and gives whose it is or what it sees.
	check(ctx context.Context) (string, error)
}

// Client speaks to one project of one tracker. It is safe for concurrent use.
type Client struct {
	config  Config
	service service
	hook    string // the secret of webhooks
	lag     time.Duration
}

// jiraLag is how long Jira's search may need to show what was written: its index is built beside the database.
const jiraLag = time.Minute

// Open reads the secrets of a valid configuration. now is the wall clock.
func Open(c Config, now func() time.Time) (*Client, error) {
	c = c.whole()
	token, err := secret("tokenFile", c.TokenFile)
	if err != nil {
		return nil, err
	}
	client := &Client{config: c, service: kinds[c.Kind].open(c, newSender(c, token, now))}
	if c.WebhookSecretFile != "" {
		if client.hook, err = secret("webhookSecretFile", c.WebhookSecretFile); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(c.Kind, "jira") {
		client.lag = jiraLag
	}
	return client, nil
}

// Tracker is what the journal calls the tracker.
func (c *Client) Tracker() string { return c.config.Tracker() }

// Knows tells whether somebody here has a login there.
func (c *Client) Knows(login string) bool { return c.config.loginThere(login) != "" }

// MaxTitle is how many characters of a title the tracker keeps.
func (c *Client) MaxTitle() int { return maxTitle }

// HasDue tells whether the tracker's issues have a due day of their own; GitHub's have it in their text.
func (c *Client) HasDue() bool { return c.config.Kind != "github" }

// Lag is how long after a write [Client.Find] may not see it yet.
func (c *Client) Lag() time.Duration { return c.lag }

// Key reads the key of an issue as people write it: 42, #42, SHOP-7, or its address. It asks nobody.
func (c Config) Key(text string) (key, url string, err error) {
	if !c.Configured() {
		return "", "", phrase.Refusal(journal.ErrInvalid, "refusal.issue.no-tracker", text)
	}
	s := kinds[c.Kind].open(c.whole(), nil)
	key, ok := s.key(strings.TrimPrefix(strings.TrimSpace(text), "#"))
	if !ok {
		return "", "", phrase.Refusal(journal.ErrInvalid, "refusal.issue.key", text, c.Tracker())
	}
	return key, s.url(key), nil
}

// whole fills in the address.
func (c Config) whole() Config {
	if c.URL == "" {
		c.URL = kinds[c.Kind].url
	}
	c.URL = strings.TrimRight(c.URL, "/")
	return c
}

// Find looks for the issue that carries a marker, among those made since then.
func (c *Client) Find(ctx context.Context, marker string, since time.Time) (Issue, bool, error) {
	i, ok, err := c.service.find(ctx, marker, since)
	return i, ok, c.said("look for the issue of "+marker, err)
}

// Create makes an issue.
func (c *Client) Create(ctx context.Context, d Draft) (Issue, error) {
	i, err := c.service.create(ctx, d)
	return i, c.said("make the issue of "+d.Marker, err)
}

// Get reads an issue.
func (c *Client) Get(ctx context.Context, key string) (Issue, error) {
	i, err := c.service.get(ctx, key)
	return i, c.said("read issue "+key, err)
}

// Update changes an issue that was just read.
func (c *Client) Update(ctx context.Context, now Issue, e Edit) (Issue, error) {
	i, err := c.service.update(ctx, now, e)
	return i, c.said("change issue "+now.Key, err)
}

// Comment is said on an issue once for each marker; Since is when it can have been said first.
type Comment struct {
	Key, Marker, Text string
	Since             time.Time
}

// Comment says something on an issue unless it has been said.
func (c *Client) Comment(ctx context.Context, said Comment) error {
	return c.said("comment on issue "+said.Key, c.service.comment(ctx, said))
}

// Changed gives what has changed since a cursor, an empty one since a day ago; the page may hold issues that have not.
func (c *Client) Changed(ctx context.Context, cursor string) (Page, error) {
	p, err := c.service.changed(ctx, cursor)
	return p, c.said("ask what has changed", err)
}

// Check looks whether the token works, and says what it sees.
func (c *Client) Check(ctx context.Context) (string, error) {
	seen, err := c.service.check(ctx)
	return seen, c.said("look whether the token works", err)
}

func (c *Client) said(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", c.Tracker(), doing, err)
}
