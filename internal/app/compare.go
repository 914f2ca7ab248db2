package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/suspect"
)

// compareBack is how long before an incident began good images are looked for: what was delivered in the week before was mostly
// made as everything was made then.
const compareBack = 7 * 24 * time.Hour

// traits are what is kept of an image for the comparison of good and bad ones, besides the columns of its check.
type traits struct {
	Format     string            `json:"format,omitempty"`
	Colour     string            `json:"colour,omitempty"`
	Chroma     string            `json:"chroma,omitempty"`
	Quality    string            `json:"quality,omitempty"`
	SourceType string            `json:"sourceType,omitempty"`
	Prompt     string            `json:"prompt,omitempty"` // its mark
	Inspected  bool              `json:"inspected,omitempty"`
	Breaches   []pipeline.Breach `json:"breaches,omitempty"` // of the metadata policy
}

// traitsOf gives the text of a check's traits, the same for equal ones.
func traitsOf(c measure.Check) (string, error) {
	f := c.Candidate
	t := traits{Format: f.Format, Colour: f.Colour, Chroma: f.Chroma, Quality: f.Quality}
	if m := c.Metadata; m != nil {
		t.Inspected, t.SourceType, t.Prompt = true, versionName(m.Provenance.SourceType), m.Provenance.Prompt
		for _, b := range m.Breaches {
			t.Breaches = append(t.Breaches, b.Kind)
		}
		slices.Sort(t.Breaches)
		t.Breaches = slices.Compact(t.Breaches)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("keep the traits of %s: %w", f.Path, err)
	}
	return string(text), nil
}

// Compare ranks what the bad images of an incident's pipeline have in common that the good ones have not.
func (r *Reader) Compare(ctx context.Context, id string, q suspect.Query) (suspect.Comparison, error) {
	return r.app.Compare(ctx, id, q)
}

// Compare is [Reader.Compare].
func (a *App) Compare(ctx context.Context, id string, q suspect.Query) (suspect.Comparison, error) {
	c, err := a.Case(ctx, id)
	if err != nil {
		return suspect.Comparison{}, err
	}
	q, err = a.comparing(c.Incident, q)
	if err != nil {
		return suspect.Comparison{}, fmt.Errorf("compare the images of %s: %w", id, err)
	}
	name, chosen := c.Incident.Opened.Pipeline, q.Harm == ""
	if chosen {
		q.Harm = suspect.Quality
		if aboutMetadata(c.Incident) {
			q.Harm = suspect.Metadata
		}
	}
	result, err := a.compare(ctx, name, q)
	if err != nil || !chosen || result.Bad > 0 {
		return result, err
	}
	// Nothing of the kind that was thought of: an incident that a person declared may be of the other.
	if q.Harm = suspect.Metadata; result.Harm == suspect.Metadata {
		q.Harm = suspect.Quality
	}
	other, err := a.compare(ctx, name, q)
	if err != nil || other.Bad == 0 {
		return result, err
	}
	return other, nil
}

// comparing fills in what a request leaves to the incident, but for the harm.
func (a *App) comparing(s incident.State, q suspect.Query) (suspect.Query, error) {
	if q.Since.IsZero() {
		q.Since = begin(s).Add(-compareBack)
	}
	if q.Until.IsZero() {
		q.Until = a.end(s)
	}
	if !q.Since.Before(q.Until) {
		return q, fmt.Errorf("from %s to %s is no time: name the earlier one first: %w", q.Since.Format(time.RFC3339), q.Until.Format(time.RFC3339), journal.ErrInvalid)
	}
	if q.Harm != "" && q.Harm != suspect.Quality && q.Harm != suspect.Metadata && !slices.Contains(pipeline.Breaches(), pipeline.Breach(q.Harm)) {
		return q, fmt.Errorf("harm %q: use quality, metadata or one of %v: %w", q.Harm, pipeline.Breaches(), journal.ErrInvalid)
	}
	return q, nil
}

// aboutMetadata tells whether an incident is about what images say rather than what they show.
func aboutMetadata(s incident.State) bool {
	return s.Opened.MetadataDrift || s.Opened.Quarantine || s.Opened.PersonalData
}

// seen are the limits of quality.
const seen = store.OverDeltaE | store.OverPalette | store.OverSSIM | store.OverLPIPS | store.OverFormat

// likeness is what images have in common that are counted together.
type likeness struct {
	traits                         int64
	class, software, model, folder string
	origin                         pipeline.Origin
}

func (a *App) compare(ctx context.Context, name string, q suspect.Query) (suspect.Comparison, error) {
	c := suspect.Comparison{Pipeline: name, Since: q.Since.UTC(), Until: q.Until.UTC(), Harm: q.Harm}
	known, err := a.store.Runs(ctx, name, store.MaxRuns)
	if err != nil {
		return c, err
	}
	texts, err := a.store.Traits(ctx)
	if err != nil {
		return c, err
	}
	runs, kept := pipeline.NewRuns(known), map[int64]traits{}
	for id, text := range texts {
		var t traits
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			return c, fmt.Errorf("read the traits of images: %w", err)
		}
		kept[id] = t
	}
	groups := map[likeness]*arrivals{}
	err = a.store.EachTrait(ctx, name, q.Since, q.Until, func(row store.TraitRow) error {
		came := a.came(stamp{mod: row.Modified, changed: row.Changed}, row.At)
		key := likeness{row.Traits, row.Class, row.Software, row.Model, topFolder(row.Path), runs.Find(came, row.Path)}
		g := groups[key]
		if g == nil {
			g = &arrivals{}
			groups[key] = g
		}
		if bad(q.Harm, row, kept[row.Traits]) {
			g.bad = append(g.bad, came.UnixNano())
		} else {
			g.good = append(g.good, came.UnixNano())
		}
		return ctx.Err()
	})
	if err != nil {
		return c, err
	}
	var allBad, allGood []int64
	for _, g := range groups {
		allBad, allGood = append(allBad, g.bad...), append(allGood, g.good...)
	}
	onset, any := suspect.Onset(allBad, allGood)
	if any {
		c.Onset = time.Unix(0, onset).UTC()
	}
	list := make([]suspect.Group, 0, len(groups))
	for key, g := range groups {
		run := runs.Of(key.origin)
		if len(run.All()) == 0 {
			c.Untold += len(g.bad) + len(g.good)
		}
		list = append(list, suspect.Group{
			Attributes: attributes(key, kept[key.traits], run, q.Harm), Bad: len(g.bad), Good: len(g.good),
			SinceBad: since(g.bad, onset), SinceGood: since(g.good, onset),
		})
	}
	c.Ranking = suspect.Rank(list)
	return c, nil
}

// arrivals are when the images of one likeness came, in nanoseconds.
type arrivals struct{ bad, good []int64 }

func since(times []int64, onset int64) (n int) {
	for _, t := range times {
		if t >= onset {
			n++
		}
	}
	return n
}

func bad(h suspect.Harm, row store.TraitRow, t traits) bool {
	switch h {
	case suspect.Quality:
		return row.Over&seen != 0
	case suspect.Metadata:
		return len(t.Breaches) > 0
	}
	return slices.Contains(t.Breaches, pipeline.Breach(h))
}

// topFolder is the folder below the delivered one.
func topFolder(image string) string {
	folder, _, nested := strings.Cut(image, "/")
	if !nested {
		return ""
	}
	return folder + "/"
}

// attributes names what is known of images that are alike. What an image could say and does not is an attribute, too: a stripper
// takes it away; but where the harm is in what images say, that is the harm itself and none of its causes. What only a run can say,
// and none has said, is not known.
func attributes(k likeness, t traits, r pipeline.Run, harm suspect.Harm) []suspect.Attribute {
	list := []suspect.Attribute{
		{Key: "class", Value: k.class, Origin: suspect.Trait},
		{Key: "folder", Value: k.folder, Origin: suspect.Trait},
	}
	told := r.All()
	for _, key := range slices.Sorted(maps.Keys(told)) {
		origin := suspect.Told
		if key == pipeline.AttributeRun {
			origin = suspect.Identity
		}
		list = append(list, suspect.Attribute{Key: key, Value: told[key], Origin: origin})
	}
	add := func(known bool, origin suspect.Origin, key, value string) {
		if _, said := told[key]; said {
			key = path.Join("image", key) // both are told apart: what the pipeline says, and what the image says
		}
		if known {
			list = append(list, suspect.Attribute{Key: key, Value: value, Origin: origin})
		}
	}
	says := t.Inspected && harm == suspect.Quality
	add(says, suspect.Said, "software", k.software)
	add(says, suspect.Said, "model", k.model)
	add(says, suspect.Said, "source-type", t.SourceType)
	add(says, suspect.Said, "prompt", t.Prompt)
	add(t.Format != "", suspect.Trait, "format", t.Format)
	add(t.Format != "", suspect.Trait, "colour", t.Colour)
	add(t.Format != "", suspect.Trait, "chroma", t.Chroma)
	add(t.Format != "", suspect.Trait, "quality", t.Quality)
	return list
}
