package backlog

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// skew is how far the tracker's clock may be from ours, where we ask for what was made since a time of ours.
const skew = 24 * time.Hour

const (
	pageSize = 100
	maxPages = 50 // of one look for a marker: 5 000 issues made since the action was filed
)

// markdown is the text of an issue on GitHub and GitLab. What stands between the two comments is ours; people may write around it.
func markdown(d Draft) string {
	var b strings.Builder
	b.WriteString(begins(d.Marker) + "\n")
	for _, p := range d.Text {
		b.WriteString(escape(p) + "\n\n")
	}
	b.WriteString("<" + d.Link + ">\n" + ends)
	return b.String()
}

const ends = "<!-- /safelight -->"

func begins(marker string) string { return "<!-- safelight " + marker + " -->" }

// rewritten puts our part of a text in the place of what it was, and leaves alone a text from which somebody has taken it.
func rewritten(body string, d Draft) (string, bool) {
	from := strings.Index(body, begins(d.Marker))
	if from < 0 {
		return body, false
	}
	length := strings.Index(body[from:], ends)
	if length < 0 {
		return body, false
	}
	then := body[:from] + markdown(d) + body[from+length+len(ends):]
	return then, then != body
}

// escape keeps a text from being read as Markdown, from calling people and from closing our comment.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\`*_{}[]()<>#+!|~&", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '@':
			b.WriteString("@\u2060") // a word joiner: no mention, and the same to the eye
		case r == '\n' || r == '\r':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shortened cuts a title to the characters that a tracker takes.
func shortened(title string) string {
	if utf8.RuneCountInString(title) <= maxTitle {
		return title
	}
	r := []rune(title)
	return string(r[:maxTitle-1]) + "…"
}

// maxTitle is the least of the trackers' limits: 255 of GitLab and Jira, 256 of GitHub.
const maxTitle = 255

// cursor is where a look for changes goes on.
type cursor struct {
	Since time.Time `json:"since"`
	Page  int       `json:"page,omitempty"`  // of those since then
	ETag  string    `json:"etag,omitempty"`  // of the first page
	Token string    `json:"token,omitempty"` // of the next page, where the tracker gives one
	Top   time.Time `json:"top,omitzero"`    // the newest change of a look that goes backwards
}

func readCursor(text string, now time.Time) cursor {
	var c cursor
	if json.Unmarshal([]byte(text), &c) != nil || c.Since.IsZero() {
		c = cursor{Since: now.Add(-skew)}
	}
	c.Page = max(c.Page, 1)
	return c
}

func (c cursor) text() string {
	data, err := json.Marshal(c)
	if err != nil {
		return "" // a year of more than four digits: the next look begins a day ago
	}
	return string(data)
}

// onwards is the cursor after a page that the tracker sorted by change, the oldest first. It goes on from the last change instead of counting
// pages: while one reads, issues change and move between pages.
func (c cursor) onwards(last time.Time, more bool, etag string) (cursor, bool) {
	switch {
	case last.After(c.Since):
		return cursor{Since: last}, more
	case more: // a page of issues that changed in one moment
		return cursor{Since: c.Since, Page: c.Page + 1}, true
	}
	return cursor{Since: c.Since, ETag: etag}, false
}

func tooMany(what string) error {
	return fmt.Errorf("%s: more than %d pages; nothing was done", what, maxPages)
}
