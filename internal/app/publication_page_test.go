package app

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// TestPageOfRevisions: a correction is published as a new revision, and the old one stays readable.
func TestPageOfRevisions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	h.approve(id, hash)
	h.idle()
	h.move(time.Hour)
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(c.Analysis.Document.Markdown(c.Analysis.Document.Lang)), "## Timeline\n", "## Note\n\nCORRECTED-BY-HAND\n\n## Timeline\n", 1)
	if err := h.EditPostmortem(t.Context(), h.as("lea"), id, web.EditPostmortem{Based: 1, Markdown: text}); err != nil {
		t.Fatal(err)
	}
	if c, err = h.Case(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.do("lea", id, postmortem.Submit{SHA256: c.Analysis.SHA256})
	h.approve(id, c.Analysis.SHA256)
	h.idle()

	r := h.visitor("rita", people.Responder)
	_, page := r.get("/postmortems/" + id)
	r.wants(page, "CORRECTED-BY-HAND", "Published revisions", "Revision 1, published at", "Revision 2, published at", "the latest")
	if strings.Contains(page, "A later one has been published") {
		t.Error("the latest revision is called an old one")
	}
	_, page = r.get("/postmortems/" + id + "?revision=1")
	r.wants(page, "This is revision 1. A later one has been published.", "?revision=1\" download")
	if strings.Contains(page, "CORRECTED-BY-HAND") {
		t.Error("revision 1 shows the correction")
	}
	for _, name := range []string{".md", ".fr.md", ".json"} {
		status, old := r.get("/postmortems/" + id + name + "?revision=1")
		if status != http.StatusOK || strings.Contains(old, "CORRECTED") {
			t.Errorf("revision 1 as %s gives %d and the text of another", name, status)
		}
		if _, latest := r.get("/postmortems/" + id + name); !strings.Contains(latest, "CORRECTED") {
			t.Errorf("the latest as %s lacks the correction", name)
		}
	}
	if status, _ := r.get("/postmortems/" + id + "?revision=3"); status != http.StatusNotFound {
		t.Errorf("a revision that was not published gives %d", status)
	}
	h.wantFeed(r, id)
}

// wantFeed reads the feed as feed readers do: by a token that they show as a password.
func (h *house) wantFeed(v *reader, id string) {
	h.t.Helper()
	const path = "/postmortems/feed.atom"
	if status, _ := v.get(path); status != http.StatusOK {
		h.t.Errorf("the feed in a session gives %d", status)
	}
	token, err := h.AddToken(h.t.Context(), "rita", "feed reader", time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	read := func(password string) (*http.Response, []byte) {
		h.t.Helper()
		req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, v.base+path, nil)
		if err != nil {
			h.t.Fatal(err)
		}
		if password != "" {
			req.SetBasicAuth("reader", password)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return resp, text
	}
	for _, password := range []string{"", "wrong"} {
		if resp, _ := read(password); resp.StatusCode != http.StatusUnauthorized {
			h.t.Errorf("the feed with the password %q gives %d", password, resp.StatusCode)
		}
	}
	resp, text := read(token)
	var feed struct {
		XMLName xml.Name  `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string    `xml:"id"`
		Updated time.Time `xml:"updated"`
		Entries []struct {
			ID        string    `xml:"id"`
			Title     string    `xml:"title"`
			Published time.Time `xml:"published"`
			Updated   time.Time `xml:"updated"`
			Link      []struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(text, &feed); err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/atom+xml") {
		h.t.Fatalf("the feed gives %d %s, %v\n%s", resp.StatusCode, resp.Header.Get("Content-Type"), err, text)
	}
	if len(feed.Entries) != 1 || !strings.Contains(feed.Entries[0].Title, id) || !feed.Entries[0].Updated.After(feed.Entries[0].Published) || feed.Updated != feed.Entries[0].Updated {
		h.t.Errorf("the feed is %+v, want one entry, updated after it was published", feed)
	}
}
