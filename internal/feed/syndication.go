package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// maxElements bounds what the parser makes of a feed before it makes it: a
// feed of 5 MB may hold a million elements, each of which costs it a kilobyte in the end and twenty on the way.
const maxElements = 50_000

// syndication is one RSS, Atom or JSON feed.
type syndication struct {
	name   string
	config FeedConfig
	client *http.Client
}

// place is where a source was left.
type place struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // Last-Modified, as the server wrote it
	Last     string `json:"last,omitempty"`     // id of the newest status
	Account  string `json:"account,omitempty"`  // id of the account
}

// read forgets a place that cannot be read: the source is then read from its beginning, which is harmless.
func readPlace(cursor string) place {
	var p place
	if json.Unmarshal([]byte(cursor), &p) != nil {
		return place{}
	}
	return p
}

func (p place) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(b)
}

func (s *syndication) poll(ctx context.Context, cursor string) (batch, error) {
	at := readPlace(cursor)
	h := http.Header{"Accept": {"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"}}
	if at.ETag != "" {
		h.Set("If-None-Match", at.ETag)
	}
	if at.Modified != "" {
		h.Set("If-Modified-Since", at.Modified)
	}
	resp, body, err := get(ctx, s.client, s.config.URL, h)
	if err != nil {
		return batch{}, err
	}
	b := batch{cursor: cursor, until: heldUntil(resp.Header, time.Now())}
	if resp.StatusCode == http.StatusNotModified {
		return b, nil
	}
	at.ETag, at.Modified = short(resp.Header.Get("ETag")), short(resp.Header.Get("Last-Modified"))
	b.cursor = at.String()
	b.signals, err = s.read(body)
	return b, err
}

func (s *syndication) close() { s.client.CloseIdleConnections() }

// short keeps a header that is to be sent again within bounds.
func short(value string) string {
	if len(value) > 1000 {
		return ""
	}
	return value
}

// read gives the signals of a feed, oldest first as far as the feed is sorted
// as feeds are.
func (s *syndication) read(body []byte) ([]intake.Signal, error) {
	f, err := parse(body)
	if err != nil {
		return nil, err
	}
	var signals []intake.Signal
	for i := len(f.Items) - 1; i >= 0; i-- {
		if f.Items[i] == nil {
			continue
		}
		if sig := s.signal(f.Items[i], f.Language); sig.Text != "" {
			signals = append(signals, sig)
		}
	}
	return signals, nil
}

// parse keeps a fault of the parser to the feed that shows it.
func parse(body []byte) (f *gofeed.Feed, err error) {
	if n := bytes.Count(body, []byte("<")) + bytes.Count(body, []byte("{")); n > maxElements {
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.elements", n, maxElements), journal.ErrTooLarge)
	}
	defer func() {
		if recover() != nil {
			f, err = nil, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.unreadable"), journal.ErrInvalid)
		}
	}()
	f, err = gofeed.NewParser().Parse(bytes.NewReader(body))
	switch {
	case errors.Is(err, gofeed.ErrFeedTypeNotDetected):
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.no-feed"), journal.ErrInvalid)
	case err != nil || f == nil:
		return nil, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.broken", oneLine(fmt.Sprint(err))), journal.ErrInvalid)
	}
	return f, nil
}

func (s *syndication) signal(item *gofeed.Item, said string) intake.Signal {
	text := item.Content
	if text == "" {
		text = item.Description
	}
	sig := intake.Signal{
		Source: s.name, Kind: intake.Post, Pipeline: s.config.Pipeline, Lang: s.config.Lang,
		Text: both(plain(item.Title), plain(text)),
		URL:  link(item.Link), Tags: tags(item.Categories), Rating: appRating(item.Extensions),
	}
	if sig.Lang == "" {
		sig.Lang = lang(said)
	}
	if sig.Rating != nil {
		sig.Kind = intake.Review
	}
	switch {
	case item.PublishedParsed != nil:
		sig.At = item.PublishedParsed.UTC()
	case item.UpdatedParsed != nil:
		sig.At = item.UpdatedParsed.UTC()
	}
	switch {
	case item.GUID != "":
		sig.SourceID = sourceID(item.GUID)
	case item.Link != "":
		sig.SourceID = sourceID(item.Link)
	default:
		sig.SourceID = digest(item.Title, text, item.Published)
	}
	return sig
}

// appRating reads the stars of the review feeds of app stores.
func appRating(e ext.Extensions) *float64 {
	list := e["im"]["rating"]
	if len(list) == 0 {
		return nil
	}
	stars, err := strconv.ParseFloat(strings.TrimSpace(list[0].Value), 64)
	if err != nil || !(stars >= 1 && stars <= 5) {
		return nil
	}
	return &stars
}

// link keeps addresses that a browser may be sent to.
func link(address string) string {
	if len(address) > 2000 || !goodURL(address) {
		return ""
	}
	return address
}

const maxTag = 100 // bytes

// lang keeps what looks like a language.
func lang(said string) string {
	if !goodLang.MatchString(said) {
		return ""
	}
	return said
}

// tags keeps the first tags, without repetition.
func tags(list []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, t := range list {
		t = clip(oneLine(strings.TrimSpace(t)), maxTag)
		if t == "" || seen[t] {
			continue
		}
		if seen[t] = true; len(kept) < intake.MaxTags {
			kept = append(kept, t)
		}
	}
	return kept
}

// oneLine makes what a stranger wrote fit for one line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return clip(s, 300)
}
