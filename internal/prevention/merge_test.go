package prevention

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

func system() incident.Env {
	e := lead()
	e.By = people.Monitor()
	return e
}

// linked is a stream whose action A1 has an issue that agrees with it.
func linked(t *testing.T) *stream {
	t.Helper()
	s := &stream{t: t}
	if err := s.do(good, lead()); err != nil {
		t.Fatal(err)
	}
	v := s.state().Actions[0].Values()
	if err := s.do(NoteIssue{ID: "A1", Tracker: "github acme/shop", Key: "7", URL: "https://example.org/7", Ours: v, Theirs: v}, system()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMerge: each way in which two sides can come to differ.
func TestMerge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ours     Command // what was done here since
		theirs   Values  // what differs there
		by       people.Actor
		want     Values // what the action is then, where it differs
		conflict Reason
		out      Values
	}{
		"nothing":                 {},
		"their title":             {theirs: Values{TitleField: "new"}, want: Values{TitleField: "new"}},
		"their owner":             {theirs: Values{OwnerField: "u-ops"}, want: Values{OwnerField: "u-ops"}},
		"their day":               {theirs: Values{DueField: "2026-01-02"}, want: Values{DueField: "2026-01-02"}},
		"our title":               {ours: ChangeAction{ID: "A1", Title: "ours"}, want: Values{TitleField: "ours"}, out: Values{TitleField: "ours"}},
		"both alike":              {ours: ChangeAction{ID: "A1", Title: "same"}, theirs: Values{TitleField: "same"}, want: Values{TitleField: "same"}},
		"both, different fields":  {ours: ChangeAction{ID: "A1", Title: "ours"}, theirs: Values{OwnerField: "u-ops"}, want: Values{TitleField: "ours", OwnerField: "u-ops"}, out: Values{TitleField: "ours"}},
		"both, the same field":    {ours: ChangeAction{ID: "A1", Title: "ours"}, theirs: Values{TitleField: "theirs"}, want: Values{TitleField: "ours"}, conflict: BothChanged},
		"closed there":            {theirs: Values{StateField: Shut}, conflict: NoProof},
		"closed here":             {ours: CloseAction{ID: "A1", Proof: "commit 1234567"}, want: Values{StateField: Shut}, out: Values{StateField: Shut}},
		"closed on both":          {ours: CloseAction{ID: "A1", Proof: "commit 1234567"}, theirs: Values{StateField: Shut}, want: Values{StateField: Shut}},
		"nobody":                  {theirs: Values{OwnerField: ""}, conflict: NoOwner},
		"a stranger":              {theirs: Values{OwnerField: Stranger}, conflict: NoAccount},
		"no title":                {theirs: Values{TitleField: " "}, conflict: BadValue},
		"an endless title":        {theirs: Values{TitleField: strings.Repeat("é", 400)}, conflict: BadValue},
		"no day":                  {theirs: Values{DueField: ""}, conflict: BadValue},
		"somebody who may not":    {theirs: Values{TitleField: "new"}, by: people.Actor{ID: "u-v", Role: people.Viewer}, conflict: NotAllowed},
		"somebody who may":        {theirs: Values{TitleField: "new"}, by: people.Actor{ID: "u-l", Role: people.Lead}, want: Values{TitleField: "new"}},
		"a field nobody knows of": {theirs: Values{"colour": "red"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := linked(t)
			was := s.state().Actions[0].Values()
			if test.ours != nil {
				if err := s.do(test.ours, lead()); err != nil {
					t.Fatal(err)
				}
				if _, closes := test.ours.(CloseAction); closes {
					if err := s.do(ConfirmAction{ID: "A1"}, second()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 2 { // a second look at the same issue changes nothing
				if err := s.do(TakeIssue{ID: "A1", Key: "7", Seen: was.with(test.theirs), By: test.by}, system()); err != nil {
					t.Fatal(err)
				}
			}
			a := s.state().Actions[0]
			if got, want := fmt.Sprint(a.Values()), fmt.Sprint(was.with(test.want)); got != want {
				t.Errorf("the action is %s, want %s", got, want)
			}
			if got := fmt.Sprint(a.Outgoing()); got != fmt.Sprint(Values{}.with(test.out)) {
				t.Errorf("outgoing %s, want %v", got, test.out)
			}
			switch {
			case test.conflict == "" && len(a.Conflicts) > 0, test.conflict != "" && (len(a.Conflicts) != 1 || a.Conflicts[0].Why != test.conflict):
				t.Errorf("conflicts %+v, want %q", a.Conflicts, test.conflict)
			}
			if n := strings.Count(fmt.Sprint(types(s)), TypeActionConflict); n > 1 {
				t.Errorf("the conflict was noted %d times", n)
			}
		})
	}
}

func types(s *stream) (list []string) {
	for _, e := range s.entries {
		list = append(list, e.Type)
	}
	return list
}

// TestMergeWalk: whatever two sides do to an action and its issue, in whatever order they are brought together, no value is lost: both end with
// the same values, or with a conflict that shows both; and once somebody has chosen, they agree.
func TestMergeWalk(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		s := linked(t)
		issue := s.state().Actions[0].Values()
		act := func(c Command, env incident.Env) {
			if err := s.do(c, env); err != nil && !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrInvalid) {
				t.Fatalf("seed %d: %T: %v", seed, c, err)
			}
		}
		for step := range 30 {
			switch r.IntN(8) {
			case 0:
				act(ChangeAction{ID: "A1", Title: fmt.Sprint("ours ", step)}, lead())
			case 1:
				issue[TitleField] = fmt.Sprint("theirs ", step)
			case 2:
				issue[OwnerField] = []string{"u-dev", "u-ops", "", Stranger}[r.IntN(4)]
			case 3:
				act(CloseAction{ID: "A1", Proof: "commit 1234567"}, lead())
				act(ConfirmAction{ID: "A1"}, second())
			case 4:
				act(ReopenAction{"A1", "again"}, lead())
			case 5:
				issue[StateField] = []string{Open, Shut}[r.IntN(2)]
			default:
				act(TakeIssue{ID: "A1", Key: "7", Seen: Values{}.with(issue)}, system())
				if out := s.state().Actions[0].Outgoing(); len(out) > 0 {
					issue = issue.with(out)
					if r.IntN(3) > 0 { // or the answer is lost
						act(NoteSync{ID: "A1", Key: "7", Ours: out, Theirs: out}, system())
					}
				}
			}
		}
		settle := func() Action {
			act(TakeIssue{ID: "A1", Key: "7", Seen: Values{}.with(issue)}, system())
			out := s.state().Actions[0].Outgoing()
			issue = issue.with(out)
			act(NoteSync{ID: "A1", Key: "7", Ours: out, Theirs: out}, system())
			return s.state().Actions[0]
		}
		a := settle()
		for _, f := range Fields() {
			_, shown := a.conflict(f, FromTracker)
			if a.Values()[f] != issue[f] && !shown {
				t.Fatalf("seed %d: %s is %q here and %q there, and no conflict shows it: %+v", seed, f, a.Values()[f], issue[f], a)
			}
		}
		for range 3 {
			for _, c := range s.state().Actions[0].Conflicts {
				act(ResolveConflict{ID: "A1", Field: c.Field, Keep: []string{KeepOurs, KeepTheirs}[r.IntN(2)], Proof: "commit 1234567"}, lead())
				act(ConfirmAction{ID: "A1"}, second())
			}
			for _, c := range s.state().Actions[0].Conflicts { // what cannot be taken
				act(ResolveConflict{ID: "A1", Field: c.Field, Keep: KeepOurs}, lead())
			}
			a = settle()
		}
		if got, want := fmt.Sprint(a.Values()), fmt.Sprint(issue); got != want || len(a.Conflicts) > 0 {
			t.Fatalf("seed %d: after choosing the action is %s, the issue %s, conflicts %+v", seed, got, want, a.Conflicts)
		}
	}
}

// TestLinks: an issue belongs to one action, and only the system speaks for the tracker.
func TestLinks(t *testing.T) {
	t.Parallel()
	s := linked(t)
	if err := s.do(good, lead()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		c    Command
		want error
	}{
		"another's issue":         {LinkAction{ID: "A2", Key: "7", Tracker: "github acme/shop"}, journal.ErrConflict},
		"a second issue":          {LinkAction{ID: "A1", Key: "8", Tracker: "github acme/shop"}, journal.ErrConflict},
		"no such action":          {LinkAction{ID: "A9", Key: "8", Tracker: "github acme/shop"}, journal.ErrNotFound},
		"a person as the tracker": {TakeIssue{ID: "A1", Key: "7"}, journal.ErrForbidden},
		"a conflict that is none": {ResolveConflict{ID: "A1", Field: TitleField, Keep: KeepOurs}, journal.ErrConflict},
	} {
		if err := s.do(test.c, lead()); !errors.Is(err, test.want) {
			t.Errorf("%s gave %v, want %v", name, err, test.want)
		}
	}
	if err := s.do(LinkAction{ID: "A2", Key: "8", Tracker: "github acme/shop", URL: "https://example.org/8"}, lead()); err != nil {
		t.Fatal(err)
	}
	// Nobody has compared the two yet: what differs is for people, what the issue does not say is ours.
	if err := s.do(TakeIssue{ID: "A2", Key: "8", Seen: Values{TitleField: "other", OwnerField: "", DueField: "", StateField: Open}}, system()); err != nil {
		t.Fatal(err)
	}
	a := s.state().Actions[1]
	if len(a.Conflicts) != 1 || a.Conflicts[0].Field != TitleField || len(a.Outgoing()) != 2 {
		t.Errorf("conflicts %+v, outgoing %v", a.Conflicts, a.Outgoing())
	}
	if err := s.do(UnlinkAction{"A2"}, lead()); err != nil {
		t.Fatal(err)
	}
	if a := s.state().Actions[1]; a.Link != nil || len(a.Conflicts) != 0 || !a.Unlinked {
		t.Errorf("unlinked it is %+v", a)
	}
}
