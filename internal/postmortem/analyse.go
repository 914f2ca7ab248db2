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
		return journal.Change{}, fmt.Errorf("add evidence to %s: %w", s.inc.ID, err)
	}
	for _, e := range s.Evidence {
		switch {
		case nested(e.Path, c.Path):
			return journal.Change{}, fmt.Errorf("add evidence %q to %s: %q is there, and one of them would be a folder; choose another name: %w",
				c.Path, s.inc.ID, e.Path, journal.ErrConflict)
		case e.Path != c.Path:
		case e.SHA256 == c.SHA256:
			return journal.Change{}, nil
		default:
			return journal.Change{}, fmt.Errorf("add evidence %q to %s: another file has that path; choose another name: %w",
				c.Path, s.inc.ID, journal.ErrConflict)
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
		return fmt.Errorf("size %d of %q is out of range: %w", c.Size, c.Path, journal.ErrInvalid)
	}
	if !slices.Contains(EvidenceKinds(), c.Kind) {
		return fmt.Errorf("kind %q of %q: use one of %v: %w", c.Kind, c.Path, EvidenceKinds(), journal.ErrInvalid)
	}
	if err := checkText("the source", c.Source, false); err != nil {
		return err
	}
	return checkText("the tool", c.Tool, false)
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
		return fmt.Errorf("evidence path %q: use a clean relative path such as ci-logs/hook.log: %w", p, journal.ErrInvalid)
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
		return journal.Change{}, fmt.Errorf("set cause %q of %s: %w", c.ID, s.inc.ID, err)
	}
	return s.event(TypeCauseSet, c.CauseFields), checkRoom("a cause", len(s.Causes))
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
		return fmt.Errorf("write the id as C1, C2, …: %w", journal.ErrInvalid)
	case !slices.Contains(CauseKinds(), c.Kind):
		return fmt.Errorf("kind %q: use one of %v: %w", c.Kind, CauseKinds(), journal.ErrInvalid)
	case !slices.Contains(Domains(), c.Domain):
		return fmt.Errorf("domain %q: use one of %v: %w", c.Domain, Domains(), journal.ErrInvalid)
	case len(c.LeadsTo) > maxList:
		return fmt.Errorf("it leads to %d causes, the limit is %d: %w", len(c.LeadsTo), maxList, journal.ErrTooLarge)
	}
	for _, id := range c.LeadsTo {
		if id == c.ID || s.cause(id) < 0 {
			return fmt.Errorf("it leads to %q, which is not another cause of the map: %w", id, journal.ErrInvalid)
		}
	}
	if err := checkText("the cause", c.Text, true); err != nil {
		return err
	}
	for to, paths := range c.Proofs {
		if !slices.Contains(c.LeadsTo, to) {
			return fmt.Errorf("evidence that it leads to %q, where it does not lead: %w", to, journal.ErrInvalid)
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
		return journal.Change{}, fmt.Errorf("remove cause %q of %s: %w", c.ID, s.inc.ID, journal.ErrNotFound)
	}
	for _, h := range s.Hypotheses {
		if h.Cause == c.ID {
			return journal.Change{}, fmt.Errorf("remove cause %s of %s: hypothesis %s is about it: %w", c.ID, s.inc.ID, h.ID, journal.ErrConflict)
		}
	}
	for _, o := range s.Causes {
		if slices.Contains(o.LeadsTo, c.ID) {
			return journal.Change{}, fmt.Errorf("remove cause %s of %s: cause %s leads to it: %w", c.ID, s.inc.ID, o.ID, journal.ErrConflict)
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
		return journal.Change{}, fmt.Errorf("answer why %d of %s: the next one is %d, the last is 5: %w",
			c.Level, s.inc.ID, min(len(s.Whys)+1, 5), journal.ErrInvalid)
	}
	for what, v := range map[string]string{"the question": c.Question, "the reason to stop": c.Stop} {
		if err := checkText(what, v, false); err != nil {
			return journal.Change{}, err
		}
	}
	if err := checkText("the answer", c.Answer, true); err != nil {
		return journal.Change{}, err
	}
	if c.Reaches != "" && !slices.Contains(Reaches(), c.Reaches) {
		return journal.Change{}, fmt.Errorf("answer why %d of %s: it reaches %q: use one of %v: %w", c.Level, s.inc.ID, c.Reaches, Reaches(), journal.ErrInvalid)
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
		return journal.Change{}, fmt.Errorf("state hypothesis %q: write the id as H1, H2, …: %w", c.ID, journal.ErrInvalid)
	}
	if s.cause(c.Cause) < 0 {
		return journal.Change{}, fmt.Errorf("state hypothesis %s on cause %q: %w", c.ID, c.Cause, journal.ErrNotFound)
	}
	if i := s.hypothesis(c.ID); i >= 0 && len(s.Hypotheses[i].Tests) > 0 {
		return journal.Change{}, fmt.Errorf("change hypothesis %s: it has been tested; state another one: %w", c.ID, journal.ErrConflict)
	}
	if err := checkText("the hypothesis", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("what would refute the hypothesis", c.RefutedIf, true); err != nil {
		return journal.Change{}, err
	}
	return s.event(TypeHypothesisStated, c.HypothesisFields), checkRoom("a hypothesis", len(s.Hypotheses))
}

// RecordTest records a run of a falsification test. One that could not tell opens a data gap; one that told closes those of its
// hypothesis.
type RecordTest struct{ TestFields }

func (c RecordTest) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "test"); err != nil {
		return journal.Change{}, err
	}
	if s.hypothesis(c.Hypothesis) < 0 {
		return journal.Change{}, fmt.Errorf("record a test of hypothesis %q of %s: %w", c.Hypothesis, s.inc.ID, journal.ErrNotFound)
	}
	if err := c.check(); err != nil {
		return journal.Change{}, fmt.Errorf("record a test of hypothesis %s: %w", c.Hypothesis, err)
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
		return journal.Change{}, fmt.Errorf("record a test of hypothesis %s of %s: add what it showed to the evidence and name it, or call it inconclusive: %w",
			c.Hypothesis, s.inc.ID, journal.ErrInvalid)
	}
	return RecordTest{TestFields{
		Hypothesis: c.Hypothesis, Method: c.Method, Result: c.Result, Numbers: c.Numbers, Evidence: c.Evidence, Text: c.Text,
		Missing: c.Missing, Request: &experiment.Request{Kind: experiment.ByHand},
	}}.decide(s)
}

func (c RecordTest) check() error {
	if !slices.Contains(Results(), c.Result) {
		return fmt.Errorf("result %q: use one of %v: %w", c.Result, Results(), journal.ErrInvalid)
	}
	if len(c.Numbers) > maxList {
		return fmt.Errorf("%d numbers, the limit is %d: %w", len(c.Numbers), maxList, journal.ErrTooLarge)
	}
	for _, n := range c.Numbers {
		if math.IsNaN(n.Value) || math.IsInf(n.Value, 0) || strings.TrimSpace(n.Name) == "" || len(n.Name)+len(n.Unit) > maxText {
			return fmt.Errorf("number %q = %g: it needs a name and a finite value: %w", n.Name, n.Value, journal.ErrInvalid)
		}
	}
	if err := checkText("the method", c.Method, true); err != nil {
		return err
	}
	// Whoever is to close the gap must know what to look for.
	if err := checkText("what is missing", c.Missing, c.Result == Inconclusive); err != nil {
		return err
	}
	return checkText("the remark", c.Text, false)
}

// AddLesson adds what was learned. Adding the same words again changes nothing.
type AddLesson struct{ LessonFields }

func (c AddLesson) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "lesson"); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("the lesson", c.Text, true); err != nil {
		return journal.Change{}, err
	}
	if err := CheckLink(c.Link, false); err != nil {
		return journal.Change{}, err
	}
	c.Source = "" // it is of the analysis
	if slices.ContainsFunc(s.Lessons, func(l Lesson) bool { return l.Text == c.Text }) {
		return journal.Change{}, nil
	}
	return s.event(TypeLessonAdded, c.LessonFields), checkRoom("a lesson", len(s.Lessons))
}

// IntegrateLesson links a lesson, counted from 1, to the training or the
// governance document that holds it now.
type IntegrateLesson struct{ LessonIntegrated }

func (c IntegrateLesson) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "lesson-done"); err != nil {
		return journal.Change{}, err
	}
	if c.Index < 1 || c.Index > len(s.Lessons) {
		return journal.Change{}, fmt.Errorf("integrate lesson %d of %s: %w", c.Index, s.inc.ID, journal.ErrNotFound)
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
		return fmt.Errorf("link %q: use https://… or a path of the repository: %w", link, journal.ErrInvalid)
	}
	return nil
}
