package postmortem

import (
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// AddEvidence adds a file that is already kept by its digest. Adding it again
// changes nothing; another content under the same path is a conflict, since
// evidence is never replaced.
type AddEvidence struct{ EvidenceFields }

func (c AddEvidence) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "evidence"); err != nil {
		return journal.Change{}, err
	}
	if err := c.check(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.evidence", s.inc.ID, err)
	}
	for _, e := range s.Evidence {
		switch {
		case nested(e.Path, c.Path):
			return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.evidence.nested", c.Path, s.inc.ID, e.Path)
		case e.Path != c.Path:
		case e.SHA256 == c.SHA256:
			return journal.Change{}, nil
		default:
			return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.evidence.taken", c.Path, s.inc.ID)
		}
	}
	return s.event(TypeEvidenceAdded, c.EvidenceFields), checkRoom("evidence", len(s.Evidence))
}

// nested tells whether one path lies below the other, or differs from it only in
// case: some systems cannot hold both.
func nested(a, b string) bool {
	x, y := strings.ToLower(a), strings.ToLower(b)
	return x == y && a != b || strings.HasPrefix(x, y+"/") || strings.HasPrefix(y, x+"/")
}

func (c AddEvidence) check() error {
	if err := CheckPath(c.Path); err != nil {
		return err
	}
	if _, err := journal.ParseHash(c.SHA256); err != nil {
		return err
	}
	if c.Size < 0 || c.Size >= 1<<53 {
		return phrase.Refusal(journal.ErrInvalid, "refusal.evidence.size", c.Size, c.Path)
	}
	if !slices.Contains(EvidenceKinds(), c.Kind) {
		return phrase.Refusal(journal.ErrInvalid, "refusal.evidence.kind", c.Kind, c.Path, EvidenceKinds())
	}
	if err := checkText("source", c.Source, false); err != nil {
		return err
	}
	return checkText("tool", c.Tool, false)
}

// CheckPath demands a path that stays below the evidence folder on every
// system and stands unchanged in a table of the document: relative, clean, with
// slashes, without control characters, backslashes, colons and commas, and not
// the manifest itself.
func CheckPath(p string) error {
	bad := p == "" || len(p) > 300 || path.Clean(p) != p || path.IsAbs(p) || p == "." ||
		strings.HasPrefix(p, "..") || strings.ContainsAny(p, `\:,`) ||
		strings.ContainsFunc(p, unicode.IsControl) || strings.EqualFold(strings.SplitN(p, "/", 2)[0], "manifest.json") || !utf8.ValidString(p)
	for _, part := range strings.Split(p, "/") {
		bad = bad || strings.TrimSpace(part) != part || strings.HasSuffix(part, ".") ||
			// Git takes these for its own folder on some systems.
			strings.EqualFold(part, ".git") || strings.HasPrefix(strings.ToLower(part), "git~")
	}
	if bad {
		return phrase.Refusal(journal.ErrInvalid, "refusal.evidence.path", p)
	}
	return nil
}

var (
	causeID      = regexp.MustCompile(`^C[1-9][0-9]{0,3}$`)
	hypothesisID = regexp.MustCompile(`^H[1-9][0-9]{0,3}$`)
)

// SetCause adds a cause or replaces the one with the same id. Without an id
// it gets the next free one.
type SetCause struct{ CauseFields }

func (c SetCause) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "cause"); err != nil {
		return journal.Change{}, err
	}
	if c.ID == "" {
		c.ID = freeID("C", func(id string) bool { return s.cause(id) >= 0 })
	}
	if i := s.cause(c.ID); i >= 0 {
		c.keep(s.Causes[i].CauseFields)
	}
	if err := errors.Join(c.check(s), s.checkCircle(c.CauseFields)); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.cause", c.ID, s.inc.ID, err)
	}
	return s.event(TypeCauseSet, c.CauseFields), checkRoom("cause", len(s.Causes))
}

// keep takes over from the cause as it was what a command without it does not mean to change: the evidence of arrows that stay, and
// the sentence of a text that stays.
func (c *SetCause) keep(was CauseFields) {
	if c.Proofs == nil {
		for to, paths := range was.Proofs {
			if slices.Contains(c.LeadsTo, to) {
				if c.Proofs == nil {
					c.Proofs = map[string][]string{}
				}
				c.Proofs[to] = paths
			}
		}
	}
	if c.Say == nil && c.Text == was.Text {
		c.Say = was.Say
	}
}

func (c SetCause) check(s situation) error {
	switch {
	case !causeID.MatchString(c.ID):
		return phrase.Refusal(journal.ErrInvalid, "refusal.cause.id")
	case !slices.Contains(CauseKinds(), c.Kind):
		return phrase.Refusal(journal.ErrInvalid, "refusal.kind", c.Kind, CauseKinds())
	case !slices.Contains(Domains(), c.Domain):
		return phrase.Refusal(journal.ErrInvalid, "refusal.domain", c.Domain, Domains())
	case len(c.LeadsTo) > maxList:
		return phrase.Refusal(journal.ErrTooLarge, "refusal.cause.leads", len(c.LeadsTo), maxList)
	}
	for _, id := range c.LeadsTo {
		if id == c.ID || s.cause(id) < 0 {
			return phrase.Refusal(journal.ErrInvalid, "refusal.cause.leads.else", id)
		}
	}
	if err := checkText("a-cause", c.Text, true); err != nil {
		return err
	}
	for to, paths := range c.Proofs {
		if !slices.Contains(c.LeadsTo, to) {
			return phrase.Refusal(journal.ErrInvalid, "refusal.cause.leads.not", to)
		}
		if err := s.checkEvidence(paths); err != nil {
			return err
		}
	}
	return s.checkEvidence(c.Evidence)
}

func freeID(prefix string, taken func(string) bool) string {
	for n := 1; ; n++ {
		if id := fmt.Sprint(prefix, n); !taken(id) {
			return id
		}
	}
}

// RemoveCause takes a cause out of the map, unless a hypothesis or another cause needs it.
type RemoveCause struct {
	ID string `json:"id"`
}

func (c RemoveCause) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "cause-remove"); err != nil {
		return journal.Change{}, err
	}
	if s.cause(c.ID) < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.cause.remove.none", c.ID, s.inc.ID)
	}
	for _, h := range s.Hypotheses {
		if h.Cause == c.ID {
			return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.cause.remove.hypothesis", c.ID, s.inc.ID, h.ID)
		}
	}
	for _, o := range s.Causes {
		if slices.Contains(o.LeadsTo, c.ID) {
			return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.cause.remove.led", c.ID, s.inc.ID, o.ID)
		}
	}
	return s.event(TypeCauseRemoved, CauseRemoved(c)), nil
}

// SetWhy gives or replaces the answer of one level of the why chain. The
// levels are answered in their order.
type SetWhy struct{ WhyFields }

func (c SetWhy) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "why"); err != nil {
		return journal.Change{}, err
	}
	if c.Level < 1 || c.Level > 5 || c.Level > len(s.Whys)+1 {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.why.next", c.Level, s.inc.ID, min(len(s.Whys)+1, 5))
	}
	for what, v := range map[string]string{"question": c.Question, "stop": c.Stop} {
		if err := checkText(what, v, false); err != nil {
			return journal.Change{}, err
		}
	}
	if err := checkText("answer", c.Answer, true); err != nil {
		return journal.Change{}, err
	}
	if c.Reaches != "" && !slices.Contains(Reaches(), c.Reaches) {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.why.reaches", c.Level, s.inc.ID, c.Reaches, Reaches())
	}
	return s.event(TypeWhySet, c.WhyFields), s.checkEvidence(c.Evidence)
}

// StateHypothesis says a cause so that it can be refuted. What would refute it
// may not be changed once it has been tested.
type StateHypothesis struct{ HypothesisFields }

func (c StateHypothesis) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "hypothesis"); err != nil {
		return journal.Change{}, err
	}
	if c.ID == "" {
		c.ID = freeID("H", func(id string) bool { return s.hypothesis(id) >= 0 })
	}
	if !hypothesisID.MatchString(c.ID) {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.hypothesis.id", c.ID)
	}
	if s.cause(c.Cause) < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.hypothesis.cause", c.ID, c.Cause)
	}
	if i := s.hypothesis(c.ID); i >= 0 && len(s.Hypotheses[i].Tests) > 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrConflict, "refusal.hypothesis.tested", c.ID)
	}
	if err := checkText("hypothesis", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("refute", c.RefutedIf, true); err != nil {
		return journal.Change{}, err
	}
	return s.event(TypeHypothesisStated, c.HypothesisFields), checkRoom("hypothesis", len(s.Hypotheses))
}

// RecordTest records a run of a falsification test. One that could not tell opens a data gap; one that told closes those of its
// hypothesis.
type RecordTest struct{ TestFields }

func (c RecordTest) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "test"); err != nil {
		return journal.Change{}, err
	}
	if s.hypothesis(c.Hypothesis) < 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.test.none", c.Hypothesis, s.inc.ID)
	}
	if err := c.check(); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.test", c.Hypothesis, err)
	}
	change := s.event(TypeTestRun, c.TestFields)
	if c.Result == Inconclusive {
		if g, ok := s.openGap(c.TestFields); ok {
			change.Events = append(change.Events, s.event(TypeGapOpened, g).Events...)
		}
		return change, s.checkEvidence(c.Evidence)
	}
	for _, g := range s.OpenGaps() {
		if g.Hypothesis == c.Hypothesis {
			change.Events = append(change.Events, s.event(TypeGapClosed, GapClosed{ID: g.ID, Result: c.Result}).Events...)
		}
	}
	return change, s.checkEvidence(c.Evidence)
}

// NoteTest records a test that a person ran elsewhere. What it showed is among the evidence, or it shows nothing.
type NoteTest struct {
	Hypothesis string   `json:"hypothesis"`
	Method     string   `json:"method"`
	Result     Result   `json:"result"`
	Numbers    []Number `json:"numbers,omitempty"`
	Evidence   []string `json:"evidence,omitempty"`
	Text       string   `json:"text,omitempty"`
	Missing    string   `json:"missing,omitempty"`
}

func (c NoteTest) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "test"); err != nil {
		return journal.Change{}, err
	}
	if c.Result != Inconclusive && len(c.Evidence) == 0 {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.test.shown", c.Hypothesis, s.inc.ID)
	}
	return RecordTest{TestFields{
		Hypothesis: c.Hypothesis, Method: c.Method, Result: c.Result, Numbers: c.Numbers, Evidence: c.Evidence, Text: c.Text,
		Missing: c.Missing, Request: &experiment.Request{Kind: experiment.ByHand},
	}}.decide(s)
}

func (c RecordTest) check() error {
	if !slices.Contains(Results(), c.Result) {
		return phrase.Refusal(journal.ErrInvalid, "refusal.test.result", c.Result, Results())
	}
	if len(c.Numbers) > maxList {
		return phrase.Refusal(journal.ErrTooLarge, "refusal.test.numbers", len(c.Numbers), maxList)
	}
	for _, n := range c.Numbers {
		if math.IsNaN(n.Value) || math.IsInf(n.Value, 0) || strings.TrimSpace(n.Name) == "" || len(n.Name)+len(n.Unit) > maxText {
			return phrase.Refusal(journal.ErrInvalid, "refusal.test.number", n.Name, n.Value)
		}
	}
	if err := checkText("method", c.Method, true); err != nil {
		return err
	}
	// Whoever is to close the gap must know what to look for.
	if err := checkText("missing", c.Missing, c.Result == Inconclusive); err != nil {
		return err
	}
	return checkText("remark", c.Text, false)
}

// AddLesson adds what was learned. Adding the same words again changes nothing.
type AddLesson struct{ LessonFields }

func (c AddLesson) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "lesson"); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("lesson", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	if err := CheckLink(c.Link, false); err != nil {
		return journal.Change{}, err
	}
	c.Source = "" // it is of the analysis
	if slices.ContainsFunc(s.Lessons, func(l Lesson) bool { return l.Text == c.Text }) {
		return journal.Change{}, nil
	}
	return s.event(TypeLessonAdded, c.LessonFields), checkRoom("lesson", len(s.Lessons))
}

// IntegrateLesson links a lesson, counted from 1, to the training or the
// governance document that holds it now.
type IntegrateLesson struct{ LessonIntegrated }

func (c IntegrateLesson) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "lesson-done"); err != nil {
		return journal.Change{}, err
	}
	if c.Index < 1 || c.Index > len(s.Lessons) {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.lesson-done.none", c.Index, s.inc.ID)
	}
	if err := CheckLink(c.Link, true); err != nil {
		return journal.Change{}, err
	}
	return s.event(TypeLessonIntegrated, c.LessonIntegrated), nil
}

// CheckLink allows web addresses and paths of the repository; pages make
// links of them, so no other scheme may pass.
func CheckLink(link string, required bool) error {
	if link == "" && !required {
		return nil
	}
	scheme, _, hasScheme := strings.Cut(strings.SplitN(link, "/", 2)[0], ":")
	web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
	bad := link == "" || len(link) > 2000 || hasScheme && !web || strings.ContainsFunc(link, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>"\`, r)
	})
	if bad {
		return phrase.Refusal(journal.ErrInvalid, "refusal.link", link)
	}
	return nil
}
