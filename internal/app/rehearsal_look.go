package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/telemetry"
)

const (
	ruleTime   = time.Hour        // of harm, on a clock of its own, within which a rule has to fire
	ruleSample = 30 * time.Second // between two samples of it
)

// rule evaluates the rules over series of its own, in which the harmful images are delivered again and again on a clock that is
// moved on. It tells the first rule that fires for the pipeline.
func (st *rehearsalStage) rule(ctx context.Context) (f rehearsal.Facts, err error) {
	config := st.app.config
	if config.Series.Prometheus != nil {
		return f, skippedError{phrase.Errorf("rehearsal.rules.elsewhere")}
	}
	groups, _, err := config.heldGroups()
	if err != nil {
		return f, err
	}
	if len(groups) == 0 {
		return f, skippedError{phrase.Errorf("rehearsal.rules.none")}
	}
	at := st.app.now().Add(-ruleTime).Truncate(time.Minute)
	series, err := telemetry.Open(telemetry.Options{Dir: filepath.Join(st.dir, "series"), Groups: groups, Now: func() time.Time { return at }, Log: quiet(st.app.log)})
	if err != nil {
		return f, err
	}
	f, err = st.fires(ctx, series, at)
	return f, errors.Join(err, series.Close())
}

func (st *rehearsalStage) fires(ctx context.Context, series *telemetry.Engine, began time.Time) (f rehearsal.Facts, err error) {
	class := st.app.config.Watch.Pipelines[st.pipeline].Class
	meter := telemetry.NewMeter()
	meter.Declare(st.pipeline, string(class), reactions(st.app.config.Watch.MetadataPolicy(st.pipeline)))
	for passed := time.Duration(0); passed <= ruleTime; passed += ruleSample {
		if passed > 0 {
			for _, c := range st.checks {
				meter.Observe(observation(st.pipeline, class, c))
			}
		}
		if err := series.Append(ctx, began.Add(passed), meter.Samples()); err != nil {
			return f, err
		}
		alerts, err := series.Evaluate(ctx, began.Add(passed))
		if err != nil {
			return f, err
		}
		for _, x := range alerts {
			name, labelled := x.Labels["pipeline"]
			if x.State == telemetry.Firing && (name == st.pipeline || !labelled && st.app.watches(x.Rule, "image_delta_e")) {
				return rehearsal.Facts{Rule: x.Rule, Severity: x.Labels["severity"], Fires: int64(passed / time.Second)}, nil
			}
		}
	}
	return f, phrase.Errorf("rehearsal.rules.silent", ruleTime)
}

// onCall looks whether somebody is on call who can be reached and may contain. Nobody is paged.
func (st *rehearsalStage) onCall(ctx context.Context) (f rehearsal.Facts, err error) {
	a := st.app
	records, err := a.store.Persons(ctx)
	if err != nil {
		return f, err
	}
	r := readiness{a.config, a.schedule.all(), records, a.methods, a.config.Notify.Unusable(), a.now()}
	why := phrase.Errorf("rehearsal.nobody", journal.ErrNotFound)
	for _, s := range r.schedules {
		login, _ := s.Who(r.now)
		if login == "" {
			continue
		}
		if err := r.unreachable(login); err != nil {
			why = phrase.Errorf("rehearsal.unreachable", login, err)
			continue
		}
		i := slices.IndexFunc(records, func(p store.PersonRecord) bool { return p.Login == login })
		if !slices.ContainsFunc(a.methods(records[i].Person), func(m string) bool { return m != console }) {
			why = phrase.Errorf("rehearsal.unreachable", login, phrase.Errorf("ready.no-channel", login))
			continue
		}
		if records[i].Actor().May(people.Contain) {
			return rehearsal.Facts{Person: records[i].ID}, nil
		}
		why = phrase.Errorf("rehearsal.may-not", login)
	}
	return f, why
}

// edges asks for the real routes of the pipeline, and whether their edges can be reached with the credentials that are
// configured. What they serve is not changed.
func (st *rehearsalStage) edges(ctx context.Context) (f rehearsal.Facts, err error) {
	a := st.app
	f.Routes = a.gatewayRoutes(a.config.Watch.Pipelines[st.pipeline])
	if len(f.Routes) == 0 {
		return f, skippedError{phrase.Errorf("rehearsal.no-route")}
	}
	behind := delivery.Config{Edges: map[string]delivery.EdgeConfig{}}
	var wrong []error
	for _, route := range f.Routes {
		_, err := a.edge.Look(ctx, route)
		wrong = append(wrong, err)
		for _, name := range a.config.Gateway.Routes[route].Edges {
			behind.Edges[name] = a.config.Gateway.Edges[name]
			if !slices.Contains(f.Edges, name) {
				f.Edges = append(f.Edges, name)
			}
		}
	}
	found := behind.CheckEdges(ctx)
	for _, name := range f.Edges {
		wrong = append(wrong, found[name])
	}
	return f, errors.Join(wrong...)
}
