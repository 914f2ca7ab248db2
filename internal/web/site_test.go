package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

// site is a server on loopback over the domain in memory.
type site struct {
	t       testing.TB
	service *memory
	url     string
	log     *bytes.Buffer
}

func open(t testing.TB, m *memory) *site {
	t.Helper()
	var log bytes.Buffer
	s, err := New(Options{
		Service: m, Sessions: sessions{memstore.NewWithCleanupInterval(0)}, Log: slog.New(slog.NewTextHandler(&log, nil)), InsecureCookies: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return &site{t, m, server.URL, &log}
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	*site
	client *http.Client
	header http.Header
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// as gives the browser of somebody who has signed in, or of a visitor.
func (s *site) as(login string) *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, http.Header{}}
	b.header.Set("Accept-Language", "fr")
	if login != "" {
		if r := b.signIn(login, login); r.status != http.StatusSeeOther {
			s.t.Fatalf("sign in as %s: %d %s", login, r.status, r.body)
		}
	}
	return b
}

func (b *browser) signIn(login, password string) reply {
	return b.form("/sign-in", "/sign-in", url.Values{"login": {login}, "password": {password}})
}

func (b *browser) get(path string) reply { return b.send(http.MethodGet, path, nil, "") }

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// token reads the CSRF token of a page.
func (b *browser) token(page string) string {
	b.t.Helper()
	m := tokenField.FindStringSubmatch(b.get(page).body)
	if m == nil {
		b.t.Fatalf("%s has no form", page)
	}
	return m[1]
}

// form posts a form as the given page would.
func (b *browser) form(page, action string, fields url.Values) reply {
	b.t.Helper()
	fields.Set("csrf", b.token(page))
	return b.send(http.MethodPost, action, strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded")
}

// act posts a form of the reference incident.
func (b *browser) act(verb string, pairs ...string) reply {
	b.t.Helper()
	fields := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return b.form("/incidents", "/incidents/"+theIncident+"/"+verb, fields)
}

func (b *browser) send(method, path string, body io.Reader, kind string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range b.header {
		r.Header[k] = v
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// sessions makes the memory store one that takes contexts.
type sessions struct{ *memstore.MemStore }

func (s sessions) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }
func (s sessions) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}
func (s sessions) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	return s.Commit(token, b, expiry)
}
