package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ifConsents serves a page of the register of consents where there is one.
func (s *Server) ifConsents(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.consents == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

func (s *Server) consentRoutes() []route {
	return []route{
		{"GET /consents", person, 0, s.ifConsents(s.consentsPage)},
		{"GET /consents/new", person, 0, s.ifConsents(s.newConsentPage)},
		{"POST /consents", person, 0, s.ifConsents(s.addConsent)},
		{"GET /consents/{id}/change", person, 0, s.ifConsents(s.changeConsentPage)},
		{"POST /consents/{id}/change", person, 0, s.ifConsents(s.changeConsent)},
		{"GET /consents/{id}", person, 0, s.ifConsents(s.consentPage)},
		{"POST /consents/{id}/revoke", person, 0, s.ifConsents(s.revokeConsent)},
		{"POST /consents/{id}/erase", person, 0, s.ifConsents(s.eraseConsent)},
	}
}

// consentsShown bounds each part of the list.
const consentsShown = 200

// consentsModel is the list: what ends soon, what holds, what is over.
type consentsModel struct {
	frame
	Parts []consentPart
	None  bool
	Keeps bool // the visitor sees names
}

// consentPart is one part of the list.
type consentPart struct {
	ID, Title string
	Total     int
	Rows      []consentRow
	Rest      int
	Over      bool
}

// consentRow is a record in a list.
type consentRow struct {
	ListedConsent
	Name  string // for whoever keeps the register
	Words string // what it covers
	Until string
	Class string // of the mark of its standing
}

func (s *Server) consentsPage(w http.ResponseWriter, v *visit) error {
	list, err := s.consents.Consents(v.Context())
	if err != nil {
		return err
	}
	m := consentsModel{frame: s.frame(v, phrase.Say(v.lang, "nav.consents")), None: len(list) == 0, Keeps: consent.MayKeep(v.actor())}
	names := map[string]string{}
	if m.Keeps {
		records, err := s.consents.ExportConsents(v.Context(), v.actor())
		if err != nil {
			return err
		}
		for _, r := range records {
			names[r.ID] = r.Values.Name
		}
	}
	m.Parts = []consentPart{
		{ID: "ending", Title: m.Say("consent.part.ending")}, {ID: "holding", Title: m.Say("consent.part.holding")}, {ID: "over", Title: m.Say("consent.part.over"), Over: true},
	}
	for _, c := range list {
		m.Parts[partOf(c.Standing)].add(consentRowOf(m.frame, c, names[c.ID]))
	}
	return s.render(w, "consents", http.StatusOK, m)
}

// partOf says in which part of the list a record stands.
func partOf(s consent.Standing) int {
	switch s {
	case consent.Expiring, consent.Revoking:
		return 0
	case consent.Valid, consent.Pending:
		return 1
	}
	return 2
}

func (p *consentPart) add(r consentRow) {
	p.Total++
	if len(p.Rows) < consentsShown {
		p.Rows = append(p.Rows, r)
		return
	}
	p.Rest++
}

func consentRowOf(f frame, c ListedConsent, name string) consentRow {
	return consentRow{c, name, ConsentScopeOf(f.Lang, c.Terms), consentUntil(f, c), standingClass(c.Standing)}
}

// standingClass is how the mark of a standing looks.
func standingClass(s consent.Standing) string {
	switch s {
	case consent.Expiring, consent.Revoking:
		return "pending"
	case consent.Withdrawn, consent.Expired, consent.Denied:
		return "alarm"
	case consent.Valid:
		return "confirmed"
	}
	return ""
}

// ConsentScopeOf says what terms cover.
func ConsentScopeOf(l phrase.Lang, t consent.Terms) string {
	words := []string{phrase.Say(l, phrase.Key("consent.level."+string(t.Level)))}
	if t.Level == consent.Limited {
		for _, list := range [][]string{t.Uses, t.Channels, t.Territories} {
			words = append(words, strings.ReplaceAll(strings.Join(list, ", "), consent.Any, phrase.Say(l, "consent.any")))
		}
	}
	if t.AI != consent.AIUnstated {
		words = append(words, phrase.Say(l, phrase.Key("consent.ai."+string(t.AI))))
	}
	return strings.Join(words, " · ")
}

func consentUntil(f frame, c ListedConsent) string {
	switch {
	case c.Erased != nil:
		return f.Say("consent.erased-at", f.Time(c.Erased.At))
	case c.Revoked != nil:
		return f.Say("consent.revoked-at", f.Time(c.RevokedSince))
	case c.Level == consent.Refused:
		return f.Say("consent.refused-at", f.Time(c.GivenAt))
	case c.ValidUntil.IsZero():
		return f.Say("consent.open-ended")
	case c.ValidUntil.After(f.Now):
		return f.Say("consent.ends-in", f.Time(c.ValidUntil), c.ValidUntil.Sub(f.Now).Round(time.Hour))
	}
	return f.Say("consent.ended-at", f.Time(c.ValidUntil))
}

// consentModel is one record with its trail.
type consentModel struct {
	frame
	C                   ConsentCase
	Row                 consentRow
	Facts, Values       []figureView
	Link                string // of the evidence, where it is an address
	Trail               []trailLine
	CanRevoke, CanErase bool
	Grounds             []option
	Keeps               bool
}

// trailLine is one entry in words.
type trailLine struct {
	Seq            int64
	Time, Who      string
	What, Hash     string
	Fields, Reason string
}

func (s *Server) consentPage(w http.ResponseWriter, v *visit) error {
	c, err := s.consents.Consent(v.Context(), v.actor(), v.PathValue("id"))
	if err != nil {
		return err
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	m := consentModel{frame: s.frame(v, c.ID), C: c, Keeps: c.Values != nil}
	name := ""
	if c.Values != nil {
		name = c.Values.Name
		m.Values = ConsentValuesOf(v.lang, *c.Values)
		if u, err := url.Parse(c.Values.EvidenceLink); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			m.Link = c.Values.EvidenceLink
		}
	}
	m.Row, m.Facts = consentRowOf(m.frame, c.ListedConsent, name), ConsentFactsOf(v.lang, c.Terms, m.Time)
	m.Trail = trailOf(m.frame, c, namesOf(persons))
	m.CanRevoke, m.CanErase = m.Keeps && c.Revoked == nil && c.Erased == nil, m.Keeps && c.Erased == nil
	for _, g := range consent.Grounds() {
		m.Grounds = append(m.Grounds, option{Value: string(g), Label: m.Say("consent.ground." + string(g))})
	}
	return s.render(w, "consent", http.StatusOK, m)
}

// ConsentFactsOf says the terms of a record; times are written as time does.
func ConsentFactsOf(l phrase.Lang, t consent.Terms, time func(time.Time) string) []figureView {
	var facts []figureView
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, figureView{phrase.Say(l, phrase.Key("consent.field."+key)), value})
		}
	}
	add("kind", phrase.Say(l, phrase.Key("consent.kind."+string(t.Kind))))
	add("subject", t.Subject)
	add("scope", ConsentScopeOf(l, t))
	add("type", phrase.Say(l, phrase.Key("consent.type."+string(t.Type))))
	add("givenAt", time(t.GivenAt))
	add("validFrom", time(t.ValidFrom))
	add("guardian", t.Guardian)
	if t.Age != "" {
		add("age", ageOf(l, t.Age))
	}
	add("notice", t.Notice)
	add("method", t.Method)
	add("plus", strings.Join([]string{string(t.Release()), string(t.DataMining())}, " · "))
	return facts
}

// ConsentValuesOf says the values of a record.
func ConsentValuesOf(l phrase.Lang, v consent.Values) []figureView {
	var list []figureView
	add := func(key, value string) {
		if value != "" {
			list = append(list, figureView{phrase.Say(l, phrase.Key("consent.field."+key)), value})
		}
	}
	add("name", v.Name)
	add("aliases", strings.Join(v.Aliases, ", "))
	add("contact", v.Contact)
	add("guardianName", v.GuardianName)
	add("guardianContact", v.GuardianContact)
	add("controller", v.Controller)
	add("evidenceLink", v.EvidenceLink)
	add("evidenceSHA256", v.EvidenceSHA256)
	add("external", v.External)
	add("releases", strings.Join(v.Releases, ", "))
	var paths []string
	for _, p := range v.Paths {
		paths = append(paths, p.Pipeline+":"+p.Pattern)
	}
	add("paths", strings.Join(paths, ", "))
	add("images", strings.Join(v.Images, ", "))
	add("note", v.Note)
	return list
}

// ConsentStepOf says what an entry of a record's trail did, and which fields it changed.
func ConsentStepOf(l phrase.Lang, s consent.Step) (what, fields string) {
	what = phrase.Say(l, phrase.Key("consent.step."+strings.TrimPrefix(s.Type, "consent.")))
	if s.Ground != "" {
		what += " (" + phrase.Say(l, phrase.Key("consent.ground."+string(s.Ground))) + ")"
	}
	if s.Type != consent.TypeChanged {
		return what, ""
	}
	words := make([]string, len(s.Fields))
	for i, field := range s.Fields {
		words[i] = phrase.Say(l, phrase.Key("consent.field."+field))
	}
	return what, strings.Join(words, ", ")
}

// trailOf says the entries of a record, the newest first, with what was
// written about them where that is to be read.
func trailOf(f frame, c ConsentCase, who names) []trailLine {
	var lines []trailLine
	for _, s := range c.Trail {
		line := trailLine{Seq: s.Seq, Time: f.Time(s.At), Who: who.Of(s.By), Hash: s.Hash}
		line.What, line.Fields = ConsentStepOf(f.Lang, s)
		if c.Values != nil {
			for _, r := range c.Values.Reasons {
				if r.At.Equal(s.At) && r.Doing == doingOf(s.Type) {
					line.Reason = r.Text
				}
			}
		}
		lines = append([]trailLine{line}, lines...)
	}
	return lines
}

// doingOf is what a reason of an entry is kept under.
func doingOf(kind string) string {
	return map[string]string{consent.TypeChanged: "change", consent.TypeEnded: "expire", consent.TypeRevoked: "revoke"}[kind]
}

func (s *Server) revokeConsent(w http.ResponseWriter, v *visit) error {
	id := v.PathValue("id")
	c := consent.Revoke{Reason: fields{v.PostForm}.text("reason")}
	if err := s.consents.DecideConsent(v.Context(), v.actor(), id, c); err != nil {
		return err
	}
	return s.back(w, v, "/consents/"+url.PathEscape(id), "consent.done.revoked")
}

func (s *Server) eraseConsent(w http.ResponseWriter, v *visit) error {
	id := v.PathValue("id")
	if _, err := s.consents.EraseConsents(v.Context(), v.actor(), id, consent.Ground(fields{v.PostForm}.text("ground"))); err != nil {
		return err
	}
	return s.back(w, v, "/consents/"+url.PathEscape(id), "consent.done.erased")
}
