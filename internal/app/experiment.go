package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/suspect"
	"github.com/safelight-dev/safelight/internal/web"
)

// testTime is how long a whole test may take, which somebody waits for. A replay that has not seen all images by then is judged by
// those it has seen.
const testTime = 90 * time.Second

// finding is what a test has found.
type finding struct {
	verdict experiment.Verdict
	method  string
	numbers []postmortem.Number
	text    string
	missing string // what it lacked, where it could not tell
	proof   any    // all that it has looked at, which is kept among the evidence; nil where there is no more to say
	// output is what a program wrote.
	output []byte
	names  []string // of the evidence that it used
}

// trial is a test on its way.
type trial struct {
	*App
	by      people.Actor
	c       web.Case
	request experiment.Request
	until   time.Time // by when it must have ended
	// metadata says that the harm is in what the images say, not in what they show.
	metadata bool
}

// RunTest runs a falsification test and records its outcome, with all that it has looked at among the evidence.
func (a *App) RunTest(ctx context.Context, by people.Actor, id string, t web.RunTest) (postmortem.Result, error) {
	if err := by.Require(people.Analyse); err != nil {
		return "", err
	}
	c, err := a.Case(ctx, id)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(c.Analysis.Hypotheses, func(h postmortem.Hypothesis) bool { return h.ID == t.Hypothesis })
	if i < 0 {
		return "", fmt.Errorf("test hypothesis %q of %s: %w", t.Hypothesis, id, journal.ErrNotFound)
	}
	if err := t.Request.Validate(); err != nil {
		return "", fmt.Errorf("test hypothesis %s of %s: %w", t.Hypothesis, id, err)
	}
	metadata, err := a.harmsMetadata(ctx, c.Incident)
	if err != nil {
		return "", err
	}
	found, err := trial{a, by, c, t.Request, time.Now().Add(testTime), metadata}.run(ctx)
	if err != nil {
		return "", fmt.Errorf("test hypothesis %s of %s by %s: %w", t.Hypothesis, id, t.Request, err)
	}
	fields := postmortem.TestFields{
		Hypothesis: t.Hypothesis, Method: found.method, Result: postmortem.Result(found.verdict), Numbers: found.numbers,
		Text: found.text, Missing: found.missing, Evidence: found.names, Request: &t.Request,
	}
	if fields.Result == postmortem.Inconclusive && fields.Missing == "" {
		fields.Missing = a.say("test.missing.between")
	}
	if fields.Result != postmortem.Inconclusive {
		fields.Missing = ""
	}
	kept, err := a.keepProof(ctx, by, c, len(c.Analysis.Hypotheses[i].Tests)+1, fields, found)
	if err != nil {
		return "", err
	}
	fields.Evidence = append(fields.Evidence, kept...)
	return fields.Result, a.Do(ctx, by, id, postmortem.RecordTest{TestFields: fields})
}

// harmsMetadata tells whether the harm is in what the images say: by what opened the incident, or because nothing is seen in them.
func (a *App) harmsMetadata(ctx context.Context, s incident.State) (bool, error) {
	if aboutMetadata(s) {
		return true, nil
	}
	visible, err := a.worst(ctx, s, 1)
	return len(visible) == 0, err
}

// keepProof keeps what a test has looked at. The names hold digests, so that two tests at a time do not meet.
func (a *App) keepProof(ctx context.Context, by people.Actor, c web.Case, number int, t postmortem.TestFields, f finding) (names []string, err error) {
	keep := func(kind postmortem.EvidenceKind, extension string, data []byte) error {
		name := fmt.Sprintf("tests/%s-%d-%s-%s%s", strings.ToLower(t.Hypothesis), number, t.Request.Kind, digestHex(data)[:8], extension)
		fields, free, err := a.keep(ctx, web.EvidenceUpload{Path: name, Kind: string(kind), Source: t.Request.String(), Tool: "safelight rca test", Data: bytes.NewReader(data)})
		if err != nil {
			return err
		}
		defer free()
		names = append(names, name)
		return a.addEvidence(ctx, by, c.Incident.ID, fields)
	}
	if f.proof != nil {
		data, err := json.MarshalIndent(struct {
			Incident   string             `json:"incident"`
			Hypothesis string             `json:"hypothesis"`
			Request    experiment.Request `json:"request"`
			At         time.Time          `json:"at"`
			Verdict    experiment.Verdict `json:"verdict"`
			Found      any                `json:"found"`
		}{c.Incident.ID, t.Hypothesis, *t.Request, a.now().UTC(), f.verdict, f.proof}, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("keep what the test has found: %w", err)
		}
		if err := keep(postmortem.Measurement, ".json", append(data, '\n')); err != nil {
			return nil, err
		}
	}
	if len(f.output) > 0 {
		err = keep(postmortem.Report, ".txt", f.output)
	}
	return names, err
}

func (t trial) run(ctx context.Context) (finding, error) {
	switch t.request.Kind {
	case experiment.ReplayLUT:
		return t.replayLUT(ctx)
	case experiment.Replay:
		return t.replayProgram(ctx)
	case experiment.Remeasure:
		return t.remeasure(ctx)
	case experiment.Compare:
		return t.compareRuns(ctx)
	case experiment.Series:
		return t.askSeries(ctx)
	}
	return t.askProgram(ctx)
}

// late tells whether the time of the test is up. It is the wall's: programs have no other.
func (t trial) late() bool { return time.Now().After(t.until) }

// say speaks the language of the documents.
func (a *App) say(key phrase.Key, args ...any) string {
	return phrase.Say(a.config.Language, key, args...)
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

// compareRuns counts whether an attribute separates the bad images from the good ones.
func (t trial) compareRuns(ctx context.Context) (finding, error) {
	q := suspect.Query{}
	if t.request.Since != nil {
		q.Since = *t.request.Since
	}
	if t.request.Until != nil {
		q.Until = *t.request.Until
	}
	r, err := t.Compare(ctx, t.c.Incident.ID, q)
	if err != nil {
		return finding{}, err
	}
	j := r.Judge(t.request.Attribute, t.request.Value)
	bad, good := r.Of(j.Suspect.Among)
	asked := suspect.Attribute{Key: t.request.Attribute, Value: t.request.Value}
	verdicts := map[suspect.Verdict]experiment.Verdict{
		suspect.Supported: experiment.Confirmed, suspect.Refuted: experiment.Refuted, suspect.Undecided: experiment.Inconclusive,
	}
	f := finding{
		verdict: verdicts[j.Verdict], method: t.say("test.method.compare", asked.String()), proof: r,
		text: t.say(phrase.Key("test.compare."+string(j.Reason)), names(j.Rivals), j.Missing.Bad, j.Missing.Good),
		numbers: []postmortem.Number{
			{Name: t.say("test.bad-with"), Value: float64(j.Suspect.Bad)}, {Name: t.say("test.bad"), Value: float64(bad)},
			{Name: t.say("test.good-with"), Value: float64(j.Suspect.Good)}, {Name: t.say("test.good"), Value: float64(good)},
			{Name: t.say("test.score"), Value: round(j.Suspect.Score)},
		},
	}
	if f.verdict == experiment.Inconclusive {
		f.missing = t.say(phrase.Key("test.compare."+string(j.Reason)+".missing"), names(j.Rivals), t.request.Attribute)
	}
	return f, nil
}

func names(list []suspect.Attribute) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

// askSeries asks how long a condition held.
func (t trial) askSeries(ctx context.Context) (finding, error) {
	from, to := begin(t.c.Incident), t.end(t.c.Incident)
	if t.request.Since != nil {
		from = *t.request.Since
	}
	if t.request.Until != nil {
		to = *t.request.Until
	}
	if !from.Before(to) {
		return finding{}, fmt.Errorf("from %s to %s is no time: %w", from.Format(time.RFC3339), to.Format(time.RFC3339), journal.ErrInvalid)
	}
	c, err := t.series.Hold(ctx, t.request.Expr, from, to)
	if err != nil {
		return finding{}, err
	}
	const layout = "2006-01-02 15:04:05"
	f := finding{
		verdict: experiment.Ballot{For: c.Held, Of: c.Moments}.OfMoments(), proof: c,
		method: t.say("test.method.series", t.request.Expr, from.UTC().Format(layout), to.UTC().Format(layout)),
		numbers: []postmortem.Number{
			{Name: t.say("test.held"), Value: float64(c.Held)}, {Name: t.say("test.moments"), Value: float64(c.Moments)},
			{Name: t.say("test.least"), Value: round(c.Least)}, {Name: t.say("test.most"), Value: round(c.Most)},
		},
	}
	switch {
	case !c.Known:
		f.verdict, f.missing = experiment.Inconclusive, t.say("test.missing.series")
	case f.verdict == experiment.Inconclusive:
		f.missing = t.say("test.missing.moments")
	}
	return f, nil
}

// program finds a program of the configuration that is of the wanted kind.
func (t trial) program() (experiment.Program, error) {
	p, ok := t.config.Tests[t.request.Program]
	if !ok || p.Kind() != t.request.Kind {
		return p, fmt.Errorf("program %q: none of that name is configured under tests that is a %s; there are %v: %w",
			t.request.Program, t.request.Kind, programs(t.config.Tests, t.request.Kind), journal.ErrInvalid)
	}
	return p, nil
}

func programs(c experiment.Config, k experiment.Kind) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c)), func(n string) bool { return c[n].Kind() != k })
}
