package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// newGallery is a ward whose images must state their rights and say nothing of persons.
func newGallery(t *testing.T) ward {
	t.Helper()
	return newWardWith(t, func(h *house) {
		p := h.config.Watch.Pipelines["catalogue"]
		p.Metadata = &pipeline.MetadataPolicy{Require: []pipeline.Selector{"rights"}, Personal: true, Allow: []pipeline.Selector{"rights"}}
		h.config.Watch.Pipelines["catalogue"] = p
	})
}

// credit delivers an image that says who made it.
func (w ward) credit(name string, level uint8) {
	w.t.Helper()
	w.described(name, level, `<dc:creator><rdf:Seq><rdf:li>Ana Lopez</rdf:li></rdf:Seq></dc:creator>`)
}

// findings says what is listed in a few words: path, kind, and for how long.
func (w ward) findings(q web.FindingQuery) []string {
	w.t.Helper()
	page, err := w.Findings(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	words := []string{}
	for _, f := range page.Findings {
		words = append(words, fmt.Sprintf("%s %s %s", f.Path, f.Kind, w.clock().Sub(f.Since)))
	}
	return words
}

func (w ward) wantsFindings(when string, want ...string) {
	w.t.Helper()
	if got := w.findings(web.FindingQuery{}); !slices.Equal(got, want) {
		w.t.Errorf("%s: listed are %q, want %q", when, got, want)
	}
}

// counted gives how many images are counted of a kind.
func (w ward) counted(kind pipeline.Breach) int {
	w.t.Helper()
	counts, err := w.countFindings(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range counts {
		if c.Kind == kind {
			return c.Images
		}
	}
	return 0
}

// TestFindingsOfSweeps: whoever counts a finding finds the image, measured or not, after a restart too; and an image that
// was mended is listed no more.
func TestFindingsOfSweeps(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	w.credit("0.png", 100)
	w.image("delivered/stray.png", 100) // has no reference
	w.sweep()
	w.wantsFindings("at first", "1.png missing 0s", "2.png missing 0s", "stray.png missing 0s")
	if n := w.counted(pipeline.MissingField); n != 3 {
		t.Errorf("%d are counted, want 3", n)
	}
	w.move(time.Hour)
	w.credit("1.png", 101)
	w.image("delivered/2.png", 102)
	w.sweep()
	w.wantsFindings("after a new version of both", "2.png missing 1h0m0s", "stray.png missing 1h0m0s")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.sweep()
	w.wantsFindings("after a restart", "2.png missing 1h0m0s", "stray.png missing 1h0m0s")
	page, err := w.Findings(t.Context(), web.FindingQuery{Pipeline: "catalogue", Kind: pipeline.MissingField, Limit: 1})
	if err != nil || len(page.Findings) != 1 || page.Findings[0].SHA256 != w.found("2.png").SHA256 || page.Findings[0].Says("en") != "what the policy requires is missing: rights" {
		t.Errorf("the page is %+v, %v", page, err)
	}
	after, err := web.ParseFindingPlace(page.Next)
	if err != nil {
		t.Fatal(err)
	}
	if page, err = w.Findings(t.Context(), web.FindingQuery{After: after, Limit: 1}); err != nil || len(page.Findings) != 1 || page.Findings[0].Path != "stray.png" || page.Next != "" {
		t.Errorf("the next page is %+v, %v", page, err)
	}
	if got := w.findings(web.FindingQuery{Pipeline: "elsewhere"}); len(got) != 0 {
		t.Errorf("of a pipeline that there is not, %q is listed", got)
	}
	if _, err := w.Findings(t.Context(), web.FindingQuery{Kind: "oddness"}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a kind that there is not gives %v, want ErrInvalid", err)
	}
}

// TestFindingsOfHeldImages: an image is listed by the quarantine or among the findings, never in both.
func TestFindingsOfHeldImages(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	w.credit("0.png", 100)
	w.credit("2.png", 100)
	w.sweep()
	w.wantsFindings("before", "1.png missing 0s")
	w.place("1.png", 100, true)
	w.sweep()
	w.wantsFindings("while it is held or about to be")
	w.idle()
	w.wantsFindings("while it is held")
	if n := w.counted(pipeline.MissingField); n != 0 {
		t.Errorf("%d are counted, want none", n)
	}
	list, err := w.Quarantine(t.Context(), web.HeldQuery{Active: true})
	if err != nil || len(list) != 1 {
		t.Fatalf("held are %+v, %v", list, err)
	}
	w.move(time.Minute)
	w.change("nora", list[0].ID, quarantine.Release{Reason: "a statue"})
	w.wantsFindings("when it was put back", "1.png missing 1m0s", "1.png personal 1m0s")
	page, err := w.Findings(t.Context(), web.FindingQuery{Kind: pipeline.PersonalData})
	if err != nil || len(page.Findings) != 1 || !page.Findings[0].Released || !slices.Contains(page.Findings[0].Entities, "LOCATION") {
		t.Errorf("the page is %+v, %v; want it released", page, err)
	}
	w.credit("1.png", 101)
	w.sweep()
	w.wantsFindings("after a version in order")
}

// TestFindingsOfImagesThatAreGone: what is delivered no more is not listed, and soon not counted; but images are not gone
// because their folder is away for a while.
func TestFindingsOfImagesThatAreGone(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	w.sweep()
	remove := func(name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(w.dir, "delivered", name)); err != nil {
			t.Fatal(err)
		}
	}
	remove("0.png")
	if got := w.findings(web.FindingQuery{Limit: 1}); !slices.Equal(got, []string{"1.png missing 0s"}) {
		t.Errorf("a page whose first image is gone lists %q", got)
	}
	if n := w.counted(pipeline.MissingField); n != 2 {
		t.Errorf("%d are counted after the list was read, want 2", n)
	}
	remove("1.png")
	w.sweep()
	if n := w.counted(pipeline.MissingField); n != 1 {
		t.Errorf("%d are counted after a sweep, want 1", n)
	}
	here, away := filepath.Join(w.dir, "delivered"), filepath.Join(w.dir, "away")
	if err := os.Rename(here, away); err != nil {
		t.Fatal(err)
	}
	w.wantsFindings("while the folder is away", "2.png missing 0s")
	if err := os.Rename(away, here); err != nil {
		t.Fatal(err)
	}
	w.wantsFindings("when the folder is back", "2.png missing 0s")
}

// TestListingStopsNoQuarantine: where findings cannot be stored, images are held and checked all the same, and what was
// found is listed when it can be.
func TestListingStopsNoQuarantine(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	w.credit("0.png", 100)
	w.credit("2.png", 100)
	w.place("3.png", 100, true)
	w.withoutTable("findings", func() {
		if n := w.sweep().Checked; n != 3 {
			t.Errorf("%d images were measured, want 3", n)
		}
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{Active: true})
		if err != nil || len(list) != 1 || list[0].Path != "3.png" || w.read("delivered/3.png") != "" {
			t.Errorf("held are %+v, %v; want 3.png, moved out", list, err)
		}
		if w.checks(w.found("1.png").SHA256) != 1 {
			t.Error("the check of 1.png is not stored")
		}
	})
	w.sweep()
	w.wantsFindings("after the next sweep", "1.png missing 0s")
}

// TestFindingsOfConsents: what the register finds by itself is listed and taken off the list, and the rest stays.
func TestFindingsOfConsents(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	if _, err := w.AddConsent(t.Context(), w.as("lea"), janes(w.house)); err != nil {
		t.Fatal(err)
	}
	w.credit("0.png", 100)
	w.credit("2.png", 100)
	w.released("1.png", 120, "MR-ZABRISKIE-1")
	w.sweep()
	w.wantsFindings("while the consent holds", "1.png missing 0s")
	w.move(61 * 24 * time.Hour)
	if err := w.rejudgeConsents(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantsFindings("after its end", "1.png consent-expired 0s", "1.png missing 1464h0m0s")
	d := janes(w.house)
	d.Values.External = "crm-zabriskie-2"
	if _, err := w.AddConsent(t.Context(), w.as("lea"), d); err != nil {
		t.Fatal(err)
	}
	w.consentsWithdrawn()
	if err := w.rejudgeConsents(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantsFindings("after a new consent", "1.png missing 1464h0m0s")
}

// TestListedIsTheVersionThatIsThere: of a version that was replaced before it could be listed nothing is said.
func TestListedIsTheVersionThatIsThere(t *testing.T) {
	t.Parallel()
	old, now := stamp{1, 1, 1}, stamp{1, 2, 2}
	of := func(path string, v stamp) looked { return looked{store.FileFindings{Path: path}, v} }
	s := &sweep{seen: map[string]stamp{"replaced": now, "same": now, "put-back": {1, 2, unknownChange}}}
	s.notListed([]looked{of("replaced", old), of("same", now)}, errors.New("the disk is full"))
	var paths []string
	for _, l := range s.toList([]looked{of("put-back", now), of("moved", now)}) {
		paths = append(paths, l.Path)
	}
	if want := []string{"same", "put-back", "moved"}; !slices.Equal(paths, want) {
		t.Errorf("listed are %q, want %q", paths, want)
	}
	if more := s.toList(nil); len(more) != 0 {
		t.Errorf("%d are listed twice", len(more))
	}
	for range 3 {
		s.notListed(make([]looked, maxUnlisted/2), errors.New("the disk is full"))
	}
	if n := len(s.toList(nil)); n != maxUnlisted {
		t.Errorf("%d wait, want %d", n, maxUnlisted)
	}
}

// TestPageOfFindings counts by kind, filters, turns pages and says what is wrong without a value.
func TestPageOfFindings(t *testing.T) {
	t.Parallel()
	w := newGallery(t)
	w.credit("0.png", 100)
	w.credit("1.png", 100)
	w.credit("2.png", 100)
	r := w.visitor("vera", people.Viewer)
	w.sweep()
	_, page := r.get("/findings")
	r.wants(page, "Nothing to report: no delivered image breaks its policy.", `href="/quarantine"`)
	if strings.Contains(page, "<form method=\"get\"") {
		t.Error("there is a filter of nothing")
	}
	_, page = r.get("/quarantine")
	r.wants(page, `href="/findings"`)
	_, page = r.get("/signals")
	r.wants(page, `href="/findings"`)

	for i := range 2 * web.DefaultFindings {
		w.image(fmt.Sprintf("delivered/<b>%03d.png", i), 100)
	}
	w.sweep()
	_, page = r.get("/findings")
	r.wants(page, "required field missing: 400", "<b>000.png", "<b>199.png", "what the policy requires is missing: rights", "since 2025-09-27 04:00 UTC", "Next page")
	if strings.Contains(page, "<b>200.png") || strings.Contains(page, "Ana Lopez") {
		t.Error("the page says too much")
	}
	_, next, ok := strings.Cut(page, `class="button" href="/findings?`)
	if !ok {
		t.Fatal("there is no address of the next page")
	}
	next, _, _ = strings.Cut(next, `"`)
	_, page = r.get("/findings?" + next)
	r.wants(page, "<b>200.png", "<b>399.png", "First page")
	if strings.Contains(page, "<b>199.png") || strings.Contains(page, "Next page") {
		t.Error("the second page repeats the first, or has one behind it")
	}
	_, page = r.get("/findings?kind=missing&pipeline=catalogue")
	r.wants(page, `<option value="missing" selected>`, `<option value="catalogue" selected>`, `aria-current="true"`, "Show all")
	_, page = r.get("/findings?kind=thumbnail")
	r.wants(page, "No image of this choice.", "required field missing: 400")
	for _, bad := range []string{"kind=oddness", "after=???", "after=" + url.QueryEscape("bm9uZQ")} {
		if status, page := r.get("/findings?" + bad); status < 400 || status >= 500 {
			t.Errorf("%s gives %d\n%s", bad, status, page)
		}
		if status, text := r.get("/api/v1/findings?" + bad); status < 400 || status >= 500 {
			t.Errorf("the API answers %s with %d %s", bad, status, text)
		}
	}
	status, text := r.get("/api/v1/findings?limit=1&kind=missing")
	if status != http.StatusOK || !strings.Contains(text, `"counts":[{"pipeline":"catalogue","kind":"missing","images":400}]`) ||
		!strings.Contains(text, `"kind":"missing","reaction":"report","fields":["rights"]`) || !strings.Contains(text, `"next":"`) || strings.Count(text, `"path"`) != 1 {
		t.Errorf("the API gives %d %s", status, text)
	}
	if status, text := r.get("/api/v1/findings?kind=lost"); status != http.StatusOK || !strings.Contains(text, `"findings":[]`) {
		t.Errorf("the API gives %d %s of nothing", status, text)
	}
}
