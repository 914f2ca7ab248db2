// Package audit proves that every open incident has a next deadline or an owner, and that what is kept agrees.
//
// It computes anew what the rest of the program has computed before, and from the journal alone. It changes nothing: it
// says what is wrong with what, and whoever asks mends it.
package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
)

// Kind tells findings.
type Kind string

// The kinds of findings.
const (
	Unreadable  Kind = "unreadable"  // the entries of an incident cannot be folded
	Unowned     Kind = "unowned"     // an open incident that no deadline and no person looks after
	Unpaged     Kind = "unpaged"     // nobody has acknowledged it, and nobody is paged next
	Missed      Kind = "missed"      // a deadline has passed and nothing was done
	Deadlines   Kind = "deadlines"   // those that are kept are not those of the journal
	View        Kind = "view"        // what lists and pages show is not what the journal says
	LostPage    Kind = "lost-page"   // one that is planned and wanted, and that nothing will send
	Orphan      Kind = "orphan"      // an effect that is to be performed, and no job does
	Late        Kind = "late"        // an effect whose time has come, and nothing begins it
	Unrehearsed Kind = "unrehearsed" // a containment whose rehearsal failed or was cut off
	Damaged     Kind = "damaged"     // an entry of the journal is not what was written
	Unsigned    Kind = "unsigned"    // the journal does not hold what its last checkpoint signed
	Exposed     Kind = "exposed"     // a disabled route that is not proven to serve references any more
	// ImageExposed is an isolation of which an image is not proven to be out of delivery any more; the subject is the mitigation.
	ImageExposed Kind = "image-exposed"
	Undrilled    Kind = "undrilled" // a channel that did not take an exercise in its time
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Stream  string `json:"stream,omitempty"`
	Subject string `json:"subject,omitempty"` // the name of the deadline, the key of the page or of the effect, the channel, the entry, the entry
}

// Matter names what a finding is about: two findings of one matter are told as one.
func (f Finding) Matter() string { return string(f.Kind) + " " + f.Stream + " " + f.Subject }

// Compare orders findings.
func (f Finding) Compare(g Finding) int { return strings.Compare(f.Matter(), g.Matter()) }

const (
	// missedAfter is how long a deadline may lie in the past. Whoever looks for them does so each second.
	missedAfter = time.Minute
	// lateAfter is how long an effect that is due may wait, behind others too.
	lateAfter = 5 * time.Minute
	// longestWait is more than any wait between two attempts: what a provider may ask for.
	longestWait = time.Hour + lateAfter
)

// Env is what the audit knows of the world.
type Env struct {
	Now   time.Time // of incidents
	Wall  time.Time // of effects, which are worked on the wall clock
	Since time.Time // of Now, from when on the machinery runs: what was due while it did not is not missed yet
	// Responds tells whether a person's account exists and may respond.
	Responds func(people.ID) bool
}

// Row is what lists show of an incident.
type Row struct {
	Severity, Phase, Pipeline, Title       string
	Detected, Contained, Published, Closed int64 // microseconds; 0 for never
	Fingerprint, Group                     string
	Active                                 int64
	State                                  string // in JSON
}

// RowOf computes the row of an incident.
func RowOf(s incident.State) (Row, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return Row{}, fmt.Errorf("encode incident %s: %w", s.ID, err)
	}
	r := Row{
		Severity: string(s.Severity), Phase: string(s.Phase()), Pipeline: s.Opened.Pipeline, Title: s.Opened.Title,
		Detected: s.DetectedAt.UnixMicro(), Fingerprint: s.Opened.Fingerprint, Group: s.Opened.Group, State: string(text),
	}
	for _, m := range []struct {
		to   *int64
		mark *incident.Mark
	}{{&r.Contained, s.Contained}, {&r.Published, s.PublishedAt}, {&r.Closed, s.Closed}} {
		if m.mark != nil {
			*m.to = m.mark.At.UnixMicro()
		}
	}
	if s.Opened.ActiveAt != nil {
		r.Active = s.Opened.ActiveAt.UnixMicro()
	}
	return r, nil
}

// Kept is what the store keeps of an incident beside its entries.
type Kept struct {
	Row       *Row                // nil: none
	Deadlines []incident.Deadline // by name
	Pending   map[string]bool     // the keys of its effects that are to be performed
	Changed   time.Time           // when its last entry occurred, which may set a deadline that is over already
}

// Incident looks at one incident.
func Incident(id string, s incident.State, k Kept, env Env) []Finding {
	if !s.Exists() {
		if k.Row != nil || len(k.Deadlines) > 0 {
			return []Finding{{Kind: View, Stream: id}}
		}
		return nil
	}
	list := append(obligations(s, k.Changed, env), agreement(s, k)...)
	for _, p := range s.UnsentPages() {
		lost := func(key string) bool { return !k.Pending[key] }
		if slices.ContainsFunc(p.Keys(), lost) {
			list = append(list, Finding{LostPage, s.ID, p.Page})
		}
	}
	return list
}

// obligations holds an open incident to the invariant: it has a next deadline to come, or a person who owns it.
func obligations(s incident.State, changed time.Time, env Env) (list []Finding) {
	if s.Closed != nil {
		return nil
	}
	deadlines := s.Deadlines()
	for _, d := range deadlines {
		from := d.At
		for _, later := range []time.Time{env.Since, changed} {
			if from.Before(later) {
				from = later
			}
		}
		if env.Now.After(from.Add(missedAfter)) {
			list = append(list, Finding{Missed, s.ID, d.Name})
		}
	}
	wakes := len(s.Escalation.Policy.Steps) > 0
	if wakes && s.Ack == nil && s.Resolved == nil && s.Escalation.NextAt == nil {
		list = append(list, Finding{Kind: Unpaged, Stream: s.ID})
	}
	// A severity that pages nobody and has no clocks asks for nobody.
	p := s.Policy
	asks := wakes || max(p.Contain, p.Publish, p.Prevent, p.Legal) > 0
	if len(deadlines) == 0 && asks && !slices.ContainsFunc(s.Owners(), env.Responds) {
		list = append(list, Finding{Kind: Unowned, Stream: s.ID})
	}
	return list
}

// agreement compares what is kept with what the journal says.
func agreement(s incident.State, k Kept) (list []Finding) {
	if want, err := RowOf(s); err != nil || k.Row == nil || *k.Row != want {
		list = append(list, Finding{Kind: View, Stream: s.ID})
	}
	want, got := map[string]time.Time{}, map[string]time.Time{}
	for _, d := range s.Deadlines() {
		if at, there := want[d.Name]; !there || d.At.Before(at) {
			want[d.Name] = d.At
		}
	}
	for _, d := range k.Deadlines {
		got[d.Name] = d.At
	}
	names := map[string]bool{}
	for name, at := range want {
		names[name] = got[name].UnixMicro() != at.UnixMicro()
	}
	for name := range got {
		if _, there := want[name]; !there {
			names[name] = true
		}
	}
	for name, differs := range names {
		if differs {
			list = append(list, Finding{Deadlines, s.ID, name})
		}
	}
	slices.SortFunc(list, Finding.Compare)
	return list
}

// Job is where the job of an effect stands.
type Job string

// The states of a job, as far as they matter here.
const (
	NoJob   Job = ""
	Waiting Job = "waiting" // for its time
	Ready   Job = "ready"   // for a worker
	Working Job = "working"
)

// Effect is one that is to be performed.
type Effect struct {
	Key, Kind, Stream string
	Job               Job
	At                time.Time // when the job is due; when it was begun, of one that is working
}

// Effects looks at all effects that are to be performed.
func Effects(pending []Effect, env Env) (list []Finding) {
	for _, e := range pending {
		switch {
		case e.Job == NoJob:
			list = append(list, Finding{Orphan, e.Stream, e.Key})
		case env.Wall.Sub(e.At) > lateAfter, e.Job == Waiting && e.At.Sub(env.Wall) > longestWait:
			list = append(list, Finding{Late, e.Stream, e.Key})
		}
	}
	return list
}
