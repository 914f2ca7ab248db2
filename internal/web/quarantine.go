package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// QuarantineService is what the pages and the API of the quarantine ask of the application.
type QuarantineService interface {
	// Quarantine lists held images: those that are not over first, then the newest first.
	Quarantine(ctx context.Context, q HeldQuery) ([]quarantine.Item, error)
	// QuarantineItem reads one, or gives journal.ErrNotFound.
	QuarantineItem(ctx context.Context, id string) (HeldItem, error)
	// CountQuarantine counts the images of an incident; all where it is empty.
	CountQuarantine(ctx context.Context, incident string) (HeldCount, error)
	// ChangeQuarantine carries out a person's decision about one.
	ChangeQuarantine(ctx context.Context, by people.Actor, id string, c quarantine.Command) error
	// ChangeQuarantineOf carries out a person's decision about all that are held
	// of an incident or a pipeline, and leaves those that it does not fit. None is journal.ErrNotFound.
	ChangeQuarantineOf(ctx context.Context, by people.Actor, q HeldQuery, c quarantine.Command) (HeldChange, error)
}

// HeldChange is what became of a decision about many held images.
type HeldChange struct {
	Changed int `json:"changed"`
	Left    int `json:"left"` // the decision does not fit them
}

// HeldQuery selects held images; zero fields select all.
type HeldQuery struct {
	Pipeline string
	Incident string
	Active   bool // only those that are not over
	Limit    int  // 0 is DefaultHeld
}

// DefaultHeld is how many held images one list has.
const DefaultHeld = 200

// HeldItem is a held image with the effects that are on their way or have failed.
type HeldItem struct {
	quarantine.Item
	Effects []Effect `json:"effects,omitempty"`
	// EraseAt is from when on the copy of a discarded image is erased.
	EraseAt *time.Time `json:"eraseAt,omitempty"`
	// NeededBy is an item of the same bytes for which it is kept beyond that; empty if there is none.
	NeededBy string `json:"neededBy,omitempty"`
}

// HeldCount is how many images there are.
type HeldCount struct {
	Items  int `json:"items"`
	Active int `json:"active"` // not over
	Public int `json:"public"` // that the public may have got
}

// ifQuarantine serves a page of the quarantine where there is one.
func (s *Server) ifQuarantine(serve func(http.ResponseWriter, *visit) error) func(http.ResponseWriter, *visit) error {
	return func(w http.ResponseWriter, v *visit) error {
		if s.quarantine == nil {
			return errNoPage
		}
		return serve(w, v)
	}
}

// quarantineModel is the list of held images.
type quarantineModel struct {
	frame
	Count      HeldCount
	Held, Past []heldRow
	Rest       int // of the held ones, beyond the list
	Public     int // of those listed
	Incident   string
	CanDecide  bool // about all of the incident
}

// Area gives a field for free text, by the form that it stands in.
func (m quarantineModel) Area(form string) field { return m.Field(form, "reason", "reason") }

// heldRow is a held image in a list.
type heldRow struct {
	quarantine.Item
	Kinds string
}

func (s *Server) quarantinePage(w http.ResponseWriter, v *visit) error {
	m := quarantineModel{frame: s.frame(v, phrase.Say(v.lang, "nav.quarantine")), Incident: v.URL.Query().Get("incident")}
	list, err := s.quarantine.Quarantine(v.Context(), HeldQuery{Incident: m.Incident})
	if err != nil {
		return err
	}
	if m.Count, err = s.quarantine.CountQuarantine(v.Context(), m.Incident); err != nil {
		return err
	}
	m.CanDecide = m.Incident != "" && m.Count.Active > 0 && m.May(string(people.Contain))
	for _, i := range list {
		row := heldRow{i, KindsOf(v.lang, i.Held)}
		if i.Active() {
			m.Held = append(m.Held, row)
		} else {
			m.Past = append(m.Past, row)
		}
	}
	for _, row := range m.Held {
		if row.Exposure.Public {
			m.Public++
		}
	}
	m.Rest = m.Count.Active - len(m.Held)
	return s.render(w, "quarantine", http.StatusOK, m)
}

// KindsOf says why an image is held.
func KindsOf(l phrase.Lang, h quarantine.Held) string {
	words := h.Kinds()
	for i, k := range words {
		words[i] = KindOf(l, k)
	}
	return strings.Join(words, ", ")
}

// KindOf says a kind of finding; one that has no words speaks for itself.
func KindOf(l phrase.Lang, kind string) string {
	if key := phrase.Key("quarantine.kind." + kind); phrase.Known(key) {
		return phrase.Say(l, key)
	}
	return kind
}

// heldModel is the page of one held image.
type heldModel struct {
	frame
	I                       HeldItem
	Kinds                   string
	Exposure, Course, Proof []string
	CanRelease, CanDiscard  bool
	CanRetry                bool
	who                     names
}

func (s *Server) heldPage(w http.ResponseWriter, v *visit) error {
	i, err := s.quarantine.QuarantineItem(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	m := heldModel{frame: s.frame(v, i.ID), I: i, Kinds: KindsOf(v.lang, i.Held), who: namesOf(persons)}
	may := m.May(string(people.Contain))
	m.CanRelease = may && (i.Status == quarantine.StatusHeld || i.Status == quarantine.StatusFailed)
	m.CanDiscard, m.CanRetry = may && i.Status == quarantine.StatusHeld, may && i.Status == quarantine.StatusFailed
	told := heldTeller{v.lang, i, m.Time}
	m.Exposure, m.Course, m.Proof = told.exposure(), told.course(), told.proof()
	if by := told.decision(m.who.Of(i.DecidedBy)); by != "" {
		m.Course = append(m.Course, by)
	}
	return s.render(w, "held", http.StatusOK, m)
}

// Kind says a kind of finding.
func (m heldModel) Kind(kind string) string { return KindOf(m.Lang, kind) }

// Area gives a field for free text, by the form that it stands in.
func (m heldModel) Area(form string) field { return m.Field(form, "reason", "reason") }

// heldTeller says what has become of a held image.
type heldTeller struct {
	lang phrase.Lang
	i    HeldItem
	time func(time.Time) string
}

// HeldCourse says of a held image whether the public has got it and what has
// become of it, a sentence each; times are written as time does.
func HeldCourse(l phrase.Lang, i HeldItem, time func(time.Time) string) []string {
	t := heldTeller{l, i, time}
	return slices.Concat(t.exposure(), t.course(), t.proof())
}

func (t heldTeller) say(key phrase.Key, args ...any) string { return phrase.Say(t.lang, key, args...) }

func (t heldTeller) exposure() (list []string) {
	for _, r := range t.i.Exposure.Routes {
		key := phrase.Key("quarantine.sight." + string(r.Sight))
		switch {
		case r.Sight == quarantine.NoRoute:
			list = append(list, t.say(key))
		case r.At != nil:
			list = append(list, t.say(key, r.Route, t.time(*r.At)))
		default:
			list = append(list, t.say(key, r.Route))
		}
	}
	return list
}

// course says what has become of the file.
func (t heldTeller) course() (list []string) {
	i := t.i
	switch {
	case i.MovedAt == nil:
	case i.ErasedAt != nil:
		list = append(list, t.say("quarantine.moved", t.time(*i.MovedAt)), t.say("quarantine.erased", t.time(*i.ErasedAt)))
	case i.Kept:
		list = append(append(list, t.say("quarantine.kept", t.time(*i.MovedAt))), t.erasing()...)
	default:
		list = append(list, t.say("quarantine.not-kept", t.time(*i.MovedAt)))
	}
	if i.Status == quarantine.StatusDiscarded {
		list = append(list, t.say("quarantine.let-go"))
	}
	if i.Returns > 0 {
		list = append(list, t.say("quarantine.returns", i.Returns))
	}
	if i.Placeholder && i.Active() {
		list = append(list, t.say("quarantine.placeholder"))
	}
	if i.Superseded != nil && i.Superseded.Item == "" {
		list = append(list, t.say("quarantine.superseded"))
	}
	return list
}

// erasing says when the copy of a discarded image is erased, or why it is not.
func (t heldTeller) erasing() []string {
	switch {
	case t.i.Retained != nil:
		return []string{t.say("quarantine.retained", t.i.Retained.By)}
	case t.i.EraseAt == nil:
		return nil
	case t.i.NeededBy != "":
		return []string{t.say("quarantine.needed", t.time(*t.i.EraseAt), t.i.NeededBy)}
	}
	return []string{t.say("quarantine.kept-until", t.time(*t.i.EraseAt))}
}

// decision says who decided, and why; nothing where nobody has.
func (t heldTeller) decision(who string) string {
	switch {
	case t.i.DecidedAt == nil:
		return ""
	case t.i.Status == quarantine.StatusDiscarded:
		return t.say("quarantine.dropped-by", who, t.time(*t.i.DecidedAt), t.i.Reason)
	}
	return t.say("quarantine.released-by", who, t.time(*t.i.DecidedAt), t.i.Reason)
}

// proof says what the gateway serves there.
func (t heldTeller) proof() (list []string) {
	key := phrase.Key("quarantine.proof.open")
	if t.i.Active() {
		key = "quarantine.proof"
	}
	for _, p := range t.i.Proofs {
		list = append(list, t.say(key, p.Route, p.Probe.Status, t.time(provenAt(t.i.Item))))
	}
	switch {
	case len(t.i.Proofs) > 0 || !t.i.Active():
	case len(t.i.Routes) == 0:
		list = append(list, t.say("quarantine.no-gateway"))
	default:
		list = append(list, t.say("quarantine.unproven"))
	}
	return list
}

func provenAt(i quarantine.Item) time.Time {
	if i.ProvenAt == nil {
		return time.Time{}
	}
	return *i.ProvenAt
}

// changeHeld carries out a person's decision and comes back to the image's page.
func (s *Server) changeHeld(done phrase.Key, command func(fields) quarantine.Command) func(http.ResponseWriter, *visit) error {
	return s.ifQuarantine(func(w http.ResponseWriter, v *visit) error {
		id := v.PathValue("id")
		if err := s.quarantine.ChangeQuarantine(v.Context(), v.actor(), id, command(fields{v.PostForm})); err != nil {
			return err
		}
		return s.back(w, v, "/quarantine/"+url.PathEscape(id), done)
	})
}

// changeAllHeld carries out a person's decision about all held images of an
// incident and comes back to their list.
func (s *Server) changeAllHeld(done phrase.Key, command func(fields) quarantine.Command) func(http.ResponseWriter, *visit) error {
	return s.ifQuarantine(func(w http.ResponseWriter, v *visit) error {
		f := fields{v.PostForm}
		incident := f.text("incident")
		if _, err := s.quarantine.ChangeQuarantineOf(v.Context(), v.actor(), HeldQuery{Incident: incident}, command(f)); err != nil {
			return err
		}
		return s.back(w, v, "/quarantine?incident="+url.QueryEscape(incident), done)
	})
}

func releaseOf(f fields) quarantine.Command { return quarantine.Release{Reason: f.text("reason")} }

func discardOf(f fields) quarantine.Command { return quarantine.Discard{Reason: f.text("reason")} }

func (s *Server) quarantineRoutes() []route {
	return []route{
		{"GET /quarantine", person, 0, s.ifQuarantine(s.quarantinePage)},
		{"GET /quarantine/{id}", person, 0, s.ifQuarantine(s.heldPage)},
		{"POST /quarantine/{id}/release", person, 0, s.changeHeld("quarantine.done.release", releaseOf)},
		{"POST /quarantine/{id}/discard", person, 0, s.changeHeld("quarantine.done.discard", discardOf)},
		{"POST /quarantine/release", person, 0, s.changeAllHeld("quarantine.done.release.all", releaseOf)},
		{"POST /quarantine/discard", person, 0, s.changeAllHeld("quarantine.done.discard.all", discardOf)},
		{"POST /quarantine/{id}/retry", person, 0, s.changeHeld("quarantine.done.retry", func(fields) quarantine.Command { return quarantine.Retry{} })},
	}
}
