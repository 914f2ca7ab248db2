package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// perPage is the most statuses that Mastodon gives at once.
const perPage = 40

// mastodon is one hashtag or account, by the REST API of Mastodon 3 and later.
//
// What is new since the last status is asked for by min_id, which gives the
// statuses that follow it immediately: since_id gives the newest ones and
// skips what lies between when there are more than a page.
type mastodon struct {
	name   string
	config MastodonConfig
	token  string
	client *http.Client
}

type status struct {
	ID         string          `json:"id"`
	CreatedAt  time.Time       `json:"created_at"`
	Content    string          `json:"content"`
	Spoiler    string          `json:"spoiler_text"`
	Language   string          `json:"language"`
	URL        string          `json:"url"`
	Visibility string          `json:"visibility"`
	Reblog     json.RawMessage `json:"reblog"`
	Tags       []struct {
		Name string `json:"name"`
	} `json:"tags"`
}

func (m *mastodon) poll(ctx context.Context, cursor string) (batch, error) {
	at := readPlace(cursor)
	if m.config.Account != "" && at.Account == "" {
		id, err := m.lookUp(ctx)
		if err != nil {
			return batch{}, err
		}
		at.Account = id
	}
	body, until, err := m.get(ctx, m.timeline(at))
	if err != nil {
		return batch{}, err
	}
	signals, last, n, err := m.read(body)
	if err != nil {
		return batch{}, err
	}
	// The first page of a source is its newest: what is older stays unread. A
	// server that does not go forward does not know min_id.
	forward := newer(last, at.Last)
	more := n >= perPage && at.Last != "" && forward
	if forward {
		at.Last = last
	}
	return batch{signals: signals, cursor: at.String(), until: until, more: more}, nil
}

func (m *mastodon) close() { m.client.CloseIdleConnections() }

// timeline is the path of the statuses after a place.
func (m *mastodon) timeline(at place) string {
	q := url.Values{"limit": {fmt.Sprint(perPage)}}
	if at.Last != "" {
		q.Set("min_id", at.Last)
	}
	path := "/api/v1/timelines/tag/" + url.PathEscape(m.config.Hashtag)
	if m.config.Account != "" {
		path = "/api/v1/accounts/" + url.PathEscape(at.Account) + "/statuses"
		q.Set("exclude_reblogs", "true")
	}
	return path + "?" + q.Encode()
}

// lookUp finds the id of the account on this server.
func (m *mastodon) lookUp(ctx context.Context) (string, error) {
	acct := strings.TrimPrefix(m.config.Account, "@")
	body, _, err := m.get(ctx, "/api/v1/accounts/lookup?"+url.Values{"acct": {acct}}.Encode())
	if err != nil {
		return "", phrase.Errorf("source.fault.account", acct, err)
	}
	var account struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &account); err != nil || account.ID == "" || len(account.ID) > 100 {
		return "", fmt.Errorf("%w: %w", phrase.Errorf("source.fault.account.none", acct), journal.ErrInvalid)
	}
	return account.ID, nil
}

func (m *mastodon) get(ctx context.Context, path string) (body []byte, until time.Time, err error) {
	h := http.Header{"Accept": {"application/json"}}
	if m.token != "" {
		h.Set("Authorization", "Bearer "+m.token)
	}
	resp, body, err := get(ctx, m.client, strings.TrimRight(m.config.Server, "/")+path, h)
	if err != nil {
		return nil, time.Time{}, err
	}
	return body, heldUntil(resp.Header, time.Now()), nil
}

// read gives the signals of a page, oldest first, the greatest id in it, and
// how many statuses it held.
func (m *mastodon) read(body []byte) (signals []intake.Signal, last string, n int, err error) {
	var page []status
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, "", 0, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.statuses"), journal.ErrInvalid)
	}
	if len(page) > 2*perPage {
		return nil, "", 0, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.statuses.many", len(page), perPage), journal.ErrTooLarge)
	}
	for i := len(page) - 1; i >= 0; i-- {
		s := page[i]
		if s.ID == "" || len(s.ID) > 100 {
			return nil, "", 0, fmt.Errorf("%w: %w", phrase.Errorf("source.fault.status.id"), journal.ErrInvalid)
		}
		if newer(s.ID, last) {
			last = s.ID
		}
		if sig := m.signal(s); sig.Text != "" && wanted(s) {
			signals = append(signals, sig)
		}
	}
	return signals, last, len(page), nil
}

// wanted leaves out what is somebody else's word (a reblog) and what was not
// said in public: a token may show that too.
func wanted(s status) bool {
	own := len(s.Reblog) == 0 || string(s.Reblog) == "null"
	return own && (s.Visibility == "" || s.Visibility == "public" || s.Visibility == "unlisted")
}

func (m *mastodon) signal(s status) intake.Signal {
	var names []string
	for _, t := range s.Tags {
		names = append(names, t.Name)
	}
	sig := intake.Signal{
		Source: m.name, SourceID: s.ID, Kind: intake.Post, Pipeline: m.config.Pipeline, Lang: m.config.Lang,
		Text: both(plain(s.Spoiler), plain(s.Content)), URL: link(s.URL), At: s.CreatedAt.UTC(), Tags: tags(names),
	}
	if l := lang(s.Language); l != "" {
		sig.Lang = l
	}
	return sig
}

// newer compares ids of one server: numbers without leading zeros, or ULIDs.
func newer(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}
