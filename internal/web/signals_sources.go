package web

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SignalSources says how those are doing that tell signals when they are asked, and the outside scorer.
type SignalSources struct {
	Sources []SignalSource `json:"sources"`          // by name
	Scorer  *OutsideScorer `json:"scorer,omitempty"` // none: our own scorer alone
}

// SourceState is what a look at a source tells first.
type SourceState string

// The states of sources.
const (
	SourceWaiting SourceState = "waiting" // it has not been asked yet
	SourceHeard   SourceState = "heard"   // the last try succeeded
	SourceFailing SourceState = "failing" // the last try failed
)

// SignalSource is how one source is doing. Counts are since the start.
type SignalSource struct {
	Name        string      `json:"name"`
	Kind        string      `json:"kind"` // feed or mastodon
	State       SourceState `json:"state"`
	LastSuccess time.Time   `json:"lastSuccess,omitzero"`
	LastError   string      `json:"lastError,omitempty"` // in English, as all that follows
	Failure     error       `json:"-"`                   // what LastError says
	NextTry     time.Time   `json:"nextTry,omitzero"`
	Taken       int         `json:"taken"`
	Refused     int         `json:"refused"`
	LastRefusal string      `json:"lastRefusal,omitempty"`
	Refusal     error       `json:"-"` // what LastRefusal says
}

// OutsideScorer is how the outside scorer is doing. Counts are of texts, since the start.
type OutsideScorer struct {
	Service string `json:"service"`
	Model   string `json:"model,omitempty"`
	// Breaker is closed (it is asked), open (it is not) or half-open (one request is tried).
	Breaker     string    `json:"breaker"`
	Answered    int       `json:"answered"`
	Cached      int       `json:"cached"`
	FellBack    int       `json:"fellBack"`           // that our own scorer scored in its place
	NotBefore   time.Time `json:"notBefore,omitzero"` // until when it asked not to be asked
	LastError   string    `json:"lastError,omitempty"`
	LastErrorAt time.Time `json:"lastErrorAt,omitzero"`
	LastAnswer  time.Time `json:"lastAnswer,omitzero"`
}

// sourceView is one source, or the outside scorer, as the page says it.
type sourceView struct {
	Name, Kind, State string
	Marked            bool   // it wants a look by day
	Fault             string // of the last try
	Says              []string
}

// sourceViews puts the sources first, the scorer last.
func (f frame) sourceViews(all SignalSources) []sourceView {
	var views []sourceView
	for _, s := range all.Sources {
		views = append(views, f.sourceView(s))
	}
	if all.Scorer != nil {
		views = append(views, f.scorerView(*all.Scorer))
	}
	return views
}

// told says an error in the reader's language, else as it is written.
func (f frame) told(err error, written string) string {
	if err == nil {
		return written
	}
	text, known := phrase.Error(f.Lang, err)
	if !known {
		return written
	}
	return strings.ReplaceAll(journal.WithoutKind(text), "\n", "; ")
}

func (f frame) sourceView(s SignalSource) sourceView {
	v := sourceView{
		Name: s.Name, Kind: f.Say("signal.source.kind." + s.Kind), State: f.Say("signal.source.state." + string(s.State)), Marked: s.State == SourceFailing,
	}
	if s.State == SourceFailing {
		v.Fault = f.Say("signal.source.failing", f.told(s.Failure, s.LastError))
	}
	switch {
	case s.LastSuccess.IsZero():
		v.Says = append(v.Says, f.Say("signal.source.never"))
	case s.State == SourceFailing:
		v.Says = append(v.Says, f.Say("signal.source.unknown", f.Time(s.LastSuccess)))
	default:
		v.Says = append(v.Says, f.Say("signal.source.heard", f.Time(s.LastSuccess)))
	}
	if !s.NextTry.IsZero() {
		v.Says = append(v.Says, f.Say("signal.source.next", f.Time(s.NextTry)))
	}
	if s.State == SourceHeard || s.Taken+s.Refused > 0 {
		v.Says = append(v.Says, f.Say("signal.source.counts", s.Taken, s.Refused))
	}
	if s.LastRefusal != "" {
		v.Says = append(v.Says, f.Say("signal.source.refusal", f.told(s.Refusal, s.LastRefusal)))
	}
	return v
}

func (f frame) scorerView(s OutsideScorer) sourceView {
	failed := s.LastErrorAt.After(s.LastAnswer)
	v := sourceView{Name: s.Service, Kind: f.Say("signal.scorer"), Marked: s.Breaker != "closed" || failed}
	if s.Model != "" {
		v.Name += " · " + s.Model
	}
	state := phrase.Key("signal.scorer.state." + s.Breaker)
	if s.Breaker == "closed" && failed {
		state = "signal.scorer.state.failing"
	}
	v.State = f.Say(string(state))
	v.Says = append(v.Says, f.Say("signal.scorer."+s.Breaker))
	if failed && s.LastError != "" {
		v.Fault = f.Say("signal.scorer.error", f.Time(s.LastErrorAt), s.LastError)
	}
	if s.NotBefore.After(f.Now) {
		v.Says = append(v.Says, f.Say("signal.scorer.wait", f.Time(s.NotBefore)))
	}
	v.Says = append(v.Says, f.Say("signal.scorer.counts", s.Answered, s.Cached, s.FellBack))
	return v
}
