package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

//go:embed templates
var templateFiles embed.FS

// pageNames lists the pages; each has templates/NAME.html and may have parts in templates/NAME_*.html.
func pageNames() []string {
	return []string{"sign-in", "incidents", "incident", "declare", "conflict", "postmortems", "postmortem", "kpis", "error", "signals", "verifications", "verification", "rules", "rule", "alerts", "silence", "maintenance", "quarantine", "held", "findings", "consents", "consent", "consentform", "ack", "acks", "seen", "oncall", "watch", "ledger", "escalation", "clocks", "contain", "analysis", "compare", "test", "runbook", "runbooks", "rehearsals", "rehearsal", "actions", "reviews", "review", "knowledge", "lessons", "retrospectives"}
}

// parsedPages gives every page, read once however many servers there are: the
// files are part of the program, and forty pages take megabytes.
var parsedPages = sync.OnceValues(parsePages)

// parsePages reads every template. Each page is a set of its own, so that two
// pages may use one name for a part.
func parsePages() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range pageNames() {
		parts, err := fs.Glob(templateFiles, "templates/"+name+"_*.html")
		if err != nil {
			return nil, fmt.Errorf("list the parts of page %s: %w", name, err)
		}
		files := append([]string{"templates/layout.html", "templates/fields.html", "templates/" + name + ".html"}, parts...)
		t, err := template.New("layout.html").Option("missingkey=error").ParseFS(templateFiles, files...)
		if err != nil {
			return nil, fmt.Errorf("read the templates of page %s: %w", name, err)
		}
		pages[name] = t
	}
	return pages, unclaimed()
}

// unclaimed refuses a template file that belongs to no page.
func unclaimed() error {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return fmt.Errorf("list the templates: %w", err)
	}
	known := append(pageNames(), "layout", "fields")
	for _, f := range files {
		page, _, _ := strings.Cut(strings.TrimSuffix(path.Base(f), ".html"), "_")
		if !slices.Contains(known, page) {
			return fmt.Errorf("template %s belongs to no page", f)
		}
	}
	return nil
}

// render writes a whole page; it is complete before the first byte goes out.
func (s *Server) render(w http.ResponseWriter, page string, status int, data any) error {
	return s.renderPart(w, page, "layout.html", status, data)
}

func (s *Server) renderPart(w http.ResponseWriter, page, part string, status int, data any) error {
	var b bytes.Buffer
	if err := s.pages[page].ExecuteTemplate(&b, part, data); err != nil {
		return fmt.Errorf("write page %s: %w", page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client may have gone
	return nil
}

func writeJSON(w http.ResponseWriter, v any) {
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}

// frame is what every page has: the head, the navigation, the language.
type frame struct {
	Lang     phrase.Lang
	Title    string
	URL      url.URL // of this page, for the switch of languages
	Here     string  // the entry of the navigation that this page belongs to; see [frame.InRest]
	Who      people.Person
	CSRF     string
	Flash    string
	Now      time.Time
	Replayed bool
	Signals  bool // there is a page of user signals
	Rules    bool // there is a page of rules
	Alerts   bool // there is a page of alerts
	// Consents says that there is a page of consents.
	Consents bool
	// Quarantine says that there is a page of held images.
	Quarantine bool
	// Findings says that there is a page of findings in metadata.
	Findings bool
	// OnCall says that there is a page of schedules.
	OnCall bool
	// Rehearses says that there is a page of rehearsals.
	Rehearses bool
	Watched   bool   // there is a page on Safelight itself
	Version   string // of the static files
}

func (s *Server) frame(v *visit, title string) frame {
	now, replayed := s.service.Now()
	f := frame{
		Lang: v.lang, Title: title, URL: *v.URL, Who: v.who, CSRF: v.csrf,
		Now: now, Replayed: replayed, Signals: s.signals != nil, Rules: s.rules != nil, Alerts: s.alerts != nil, Consents: s.consents != nil, Quarantine: s.quarantine != nil, Findings: s.findings != nil, OnCall: s.onCall != nil, Watched: s.watch != nil, Rehearses: s.rehearsals != nil, Version: s.assets.version,
	}
	f.Here, _, _ = strings.Cut(strings.TrimPrefix(v.URL.Path, "/"), "/")
	if v.loaded && v.Method == http.MethodGet && !strings.HasSuffix(v.URL.Path, "/live") {
		if k := phrase.Key(s.sessions.PopString(v.Context(), sessionFlash)); k != "" {
			f.Flash = phrase.Say(v.lang, k)
		}
	}
	return f
}

// SignedIn tells whether somebody is signed in.
func (f frame) SignedIn() bool { return f.Who.ID != "" }

// May tells whether the visitor's role has a permission, by its name.
func (f frame) May(p string) bool {
	return f.SignedIn() && f.Who.Actor().May(people.Permission(p))
}

// Say says a sentence in the page's language.
func (f frame) Say(key string, args ...any) string {
	return phrase.Say(f.Lang, phrase.Key(key), args...)
}

// In says a sentence that was made elsewhere.
func (f frame) In(s phrase.Sentence) string { return s.In(f.Lang) }

// Other is the language that the page could also be read in.
func (f frame) Other() phrase.Lang { return f.Lang.Other() }

// InOther is the address of this page in the other language, with all that was asked for.
func (f frame) InOther() string {
	query := f.URL.Query()
	query.Set("lang", string(f.Other()))
	return f.URL.EscapedPath() + "?" + query.Encode()
}

// Number writes an integer as the language does.
func (f frame) Number(n int) string { return phrase.Integer(f.Lang, int64(n)) }

// Decimal writes a measured value with two decimals.
func (f frame) Decimal(v float64) string { return phrase.Decimal(f.Lang, v, 2) }

// Time writes a moment: "2025-09-27 04:12 UTC".
func (f frame) Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// ISO writes a moment for the datetime attribute.
func (f frame) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// field is one labelled control of a form.
type field struct {
	ID, Name, Label, Value, Hint string
	Required                     bool
	Must                         string // the word that marks a required control among others
	Fault                        string // what is wrong with the value
	Options                      []option
}

// DescribedBy names the parts that say more of the control.
func (c field) DescribedBy() string {
	var ids []string
	if c.Hint != "" {
		ids = append(ids, c.ID+"-hint")
	}
	if c.Fault != "" {
		ids = append(ids, c.ID+"-fault")
	}
	return strings.Join(ids, " ")
}

type option struct {
	Value, Label string
	Selected     bool
}

// Field is a control that must be filled in. Its id joins form and name, so
// that it is unique on the page; the label is the sentence form.KEY.
func (f frame) Field(form, name, key string) field {
	return field{ID: form + "-" + name, Name: name, Label: f.Say("form." + key), Required: true}
}

// Optional is a control that may stay empty.
func (f frame) Optional(form, name, key string) field {
	c := f.Field(form, name, key)
	c.Required = false
	return c
}

// With gives the control a value.
func (c field) With(value string) field {
	c.Value = value
	return c
}

// Hinted puts a sentence below the label.
func (c field) Hinted(hint string) field {
	c.Hint = hint
	return c
}

// Of gives the control options to choose from.
func (c field) Of(options []option) field {
	c.Options = options
	return c
}

// InRest tells whether the page belongs to an entry that is folded away in the navigation: those that nobody needs at night.
func (f frame) InRest() bool {
	return slices.Contains([]string{"signals", "rules", "consents", "knowledge", "lessons", "actions", "kpis"}, f.Here)
}
