package postmortem

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/causemap"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Leads gives what a cause leads to in the map: where it was said to lead, else the causes of the kind before its own, and of direct
// ones nothing but the incident.
func (s State) Leads(c Cause) []string {
	if len(c.LeadsTo) > 0 {
		return c.LeadsTo
	}
	before := map[CauseKind][]CauseKind{Contributing: {Direct}, Systemic: {Contributing, Direct}}
	for _, kind := range before[c.Kind] {
		var ids []string
		for _, o := range s.CausesOf(kind) {
			// A cause that leads to this one, by what somebody has said, cannot be what it leads to.
			if o.ID != c.ID && !s.reaches(o.ID, c.ID) {
				ids = append(ids, o.ID)
			}
		}
		if len(ids) > 0 {
			return ids
		}
	}
	return nil
}

// reaches tells whether one cause leads to another by the arrows that people have drawn.
func (s State) reaches(from, to string) bool {
	seen := map[string]bool{}
	var walk func(id string) bool
	walk = func(id string) bool {
		i := s.cause(id)
		if i < 0 || seen[id] {
			return false
		}
		seen[id] = true
		return slices.ContainsFunc(s.Causes[i].LeadsTo, func(next string) bool { return next == to || walk(next) })
	}
	return walk(from)
}

// checkCircle demands that a cause, as it is to be set, closes no circle.
func (s State) checkCircle(set ...CauseFields) error {
	nodes := make([]causemap.Node, 0, len(s.Causes)+len(set))
	for _, c := range s.Causes {
		if !slices.ContainsFunc(set, func(f CauseFields) bool { return f.ID == c.ID }) {
			nodes = append(nodes, causemap.Node{ID: c.ID, LeadsTo: c.LeadsTo})
		}
	}
	for _, f := range set {
		nodes = append(nodes, causemap.Node{ID: f.ID, LeadsTo: f.LeadsTo})
	}
	if circle := causemap.Cycle(nodes); circle != nil {
		return phrase.Refusal(journal.ErrInvalid, "refusal.cause.circle", strings.Join(circle, " → "))
	}
	return nil
}

// LinkCauses says that one cause leads to another, with the evidence that it does. Evidence that is named replaces what was.
type LinkCauses struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Evidence []string `json:"evidence,omitempty"`
}

func (c LinkCauses) decide(s situation) (journal.Change, error) {
	fields, err := s.ends("link", c.From, c.To)
	if err != nil {
		return journal.Change{}, err
	}
	if !slices.Contains(fields.LeadsTo, c.To) {
		fields.LeadsTo = append(slices.Clone(fields.LeadsTo), c.To)
	}
	fields.Proofs = without(fields.Proofs, c.To)
	if len(c.Evidence) > 0 {
		fields.Proofs[c.To] = c.Evidence
	}
	return SetCause{fields}.decide(s)
}

// UnlinkCauses takes an arrow away.
type UnlinkCauses struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (c UnlinkCauses) decide(s situation) (journal.Change, error) {
	fields, err := s.ends("unlink", c.From, c.To)
	if err != nil {
		return journal.Change{}, err
	}
	if !slices.Contains(fields.LeadsTo, c.To) {
		return journal.Change{}, nil
	}
	fields.LeadsTo = slices.DeleteFunc(slices.Clone(fields.LeadsTo), func(id string) bool { return id == c.To })
	fields.Proofs = without(fields.Proofs, c.To)
	return SetCause{fields}.decide(s)
}

// ends finds both ends of an arrow and gives the first.
func (s situation) ends(doing, from, to string) (CauseFields, error) {
	if err := s.allow(people.Analyse, doing); err != nil {
		return CauseFields{}, err
	}
	for _, id := range []string{from, to} {
		if s.cause(id) < 0 {
			return CauseFields{}, phrase.Refusal(journal.ErrNotFound, "refusal.arrow", s.doing(doing), id)
		}
	}
	return s.Causes[s.cause(from)].CauseFields, nil
}

func without(proofs map[string][]string, to string) map[string][]string {
	rest := map[string][]string{}
	for id, paths := range proofs {
		if id != to {
			rest[id] = paths
		}
	}
	return rest
}

// TakeMap takes over a map that was drawn elsewhere: new causes are set, those that it knows by their ids are changed where they differ. Their evidence
// stays. Causes that it does not show stay, too: what is gone from a drawing may have been cut off.
type TakeMap struct {
	Causes []CauseFields `json:"causes"`
}

func (c TakeMap) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "map"); err != nil {
		return journal.Change{}, err
	}
	var set []CauseFields
	for _, f := range c.Causes {
		if i := s.cause(f.ID); i >= 0 {
			was := s.Causes[i].CauseFields
			if f.Domain == "" {
				f.Domain = was.Domain
			}
			if f.Text == was.Text {
				f.Say = was.Say
			}
			f.Evidence, f.Proofs = was.Evidence, was.Proofs
			if sameCause(f, was) {
				continue
			}
		} else if f.Domain == "" {
			f.Domain = Operations
		}
		set = append(set, f)
	}
	if len(s.Causes)+len(set) > maxItems {
		return journal.Change{}, phrase.Refusal(journal.ErrTooLarge, "refusal.map.many", s.inc.ID, len(set), maxItems)
	}
	after := s
	for _, f := range set { // arrows may lead to what comes later in the list
		after.Causes = append(slices.Clone(after.Causes), Cause{CauseFields: f})
	}
	change := journal.Change{}
	for _, f := range set {
		if err := (SetCause{f}).check(after); err != nil {
			return journal.Change{}, phrase.Errorf("refusal.map.cause", s.inc.ID, f.ID, err)
		}
		change.Events = append(change.Events, s.event(TypeCauseSet, f).Events...)
	}
	if err := s.checkCircle(set...); err != nil {
		return journal.Change{}, phrase.Errorf("refusal.map", s.inc.ID, err)
	}
	return change, nil
}

func sameCause(a, b CauseFields) bool {
	return a.Kind == b.Kind && a.Domain == b.Domain && a.Text == b.Text && slices.Equal(slices.Sorted(slices.Values(a.LeadsTo)), slices.Sorted(slices.Values(b.LeadsTo)))
}

// BoardLinked is a drawing board elsewhere, as Miro's, with a picture of it among the evidence.
type BoardLinked struct {
	URL      string `json:"url"`
	Text     string `json:"text,omitempty"`
	Snapshot string `json:"snapshot,omitempty"` // path among the evidence
}

// Whiteboard is a board with who linked it and when.
type Whiteboard struct {
	BoardLinked
	incident.Mark
}

// LinkBoard links a drawing board. Linking it again changes what was said of it.
type LinkBoard struct{ BoardLinked }

func (c LinkBoard) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Analyse, "board"); err != nil {
		return journal.Change{}, err
	}
	if !strings.HasPrefix(c.URL, "https://") {
		return journal.Change{}, phrase.Refusal(journal.ErrInvalid, "refusal.board.address", s.inc.ID, fmt.Sprintf("%.60q", c.URL))
	}
	if err := CheckLink(c.URL, true); err != nil {
		return journal.Change{}, err
	}
	if c.Snapshot != "" && !s.hasEvidence(c.Snapshot) {
		return journal.Change{}, phrase.Refusal(journal.ErrNotFound, "refusal.board.picture", s.inc.ID, c.Snapshot)
	}
	if err := checkText("shows", c.Text, false); err != nil {
		return journal.Change{}, err
	}
	return s.event(TypeBoardLinked, c.BoardLinked), checkRoom("board", len(s.Boards))
}

func (s *State) linkBoard(b Whiteboard) {
	if i := slices.IndexFunc(s.Boards, func(o Whiteboard) bool { return o.URL == b.URL }); i >= 0 {
		s.Boards[i] = b
		return
	}
	s.Boards = append(s.Boards, b)
}

// MapCommand makes the command that takes over the nodes of a map. An id that is none of ours is replaced by the next free one.
func MapCommand(s State, nodes []causemap.Node) TakeMap {
	ids := map[string]string{}
	for _, n := range nodes {
		if causeID.MatchString(n.ID) {
			ids[n.ID] = n.ID
		}
	}
	taken := func(id string) bool {
		for _, used := range ids {
			if used == id {
				return true
			}
		}
		return s.cause(id) >= 0
	}
	for _, n := range nodes {
		if ids[n.ID] == "" {
			ids[n.ID] = freeID("C", taken)
		}
	}
	var c TakeMap
	for _, n := range nodes {
		f := CauseFields{ID: ids[n.ID], Kind: CauseKind(n.Kind), Domain: Domain(n.Domain), Text: n.Text}
		for _, to := range n.LeadsTo {
			f.LeadsTo = append(f.LeadsTo, ids[to])
		}
		c.Causes = append(c.Causes, f)
	}
	return c
}
