package app

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/store"
)

// blast adds up the images of one pipeline. A million of them take 16 MB: eight bytes for the path and eight for the check
// of each that is affected.
type blast struct {
	checked, affected, colour, palette int
	over                               store.Over
	deltas                             histogram
	worst                              float64
	worstPath                          string
	first, last                        store.CheckRef
	classes, versions                  groups
	drifted                            []int64 // checks to read the brand colours of
	paths                              paths
}

func newBlast() *blast {
	return &blast{classes: groups{}, versions: groups{}, paths: paths{seed: maphash.MakeSeed()}}
}

func (b *blast) add(i store.CheckedImage) error {
	bad := i.Over != 0
	b.checked++
	b.classes.add(incident.Share{Class: i.Class}, bad)
	b.versions.add(incident.Share{Software: i.Software, Model: i.Model}, bad)
	if !bad {
		return nil
	}
	if b.affected++; b.affected == 1 || i.First.Before(b.first) {
		b.first = i.First
	}
	if b.last.Before(i.Last) {
		b.last = i.Last
	}
	if i.Over&store.OverDeltaE != 0 {
		b.colour++
	}
	if i.Over&store.OverPalette != 0 {
		b.palette++
		b.drifted = append(b.drifted, i.Drifted)
	}
	if !math.IsNaN(i.DeltaE) {
		b.deltas.add(i.DeltaE)
		if i.DeltaE > b.worst {
			b.worst, b.worstPath = i.DeltaE, i.Path
		}
	}
	b.over |= i.Over
	b.paths.add(i.Path)
	return nil
}

// join takes in what another pipeline adds; each keeps its own paths.
func (b *blast) join(o *blast) {
	b.checked, b.affected, b.colour, b.palette = b.checked+o.checked, b.affected+o.affected, b.colour+o.colour, b.palette+o.palette
	b.deltas.join(&o.deltas)
	b.classes.join(o.classes)
	b.versions.join(o.versions)
	if o.worst > b.worst {
		b.worst, b.worstPath = o.worst, o.worstPath
	}
	if o.affected > 0 && (b.first == store.CheckRef{} || o.first.Before(b.first)) {
		b.first = o.first
	}
	if b.last.Before(o.last) {
		b.last = o.last
	}
}

// histogram counts colour differences by hundredths, as they are told: so a median costs no memory for each image.
type histogram struct {
	counts [15_001]int32 // up to 150, beyond which two colours do not lie
	n      int
}

func (h *histogram) add(v float64) {
	h.counts[min(max(int(math.Round(100*v)), 0), len(h.counts)-1)]++
	h.n++
}

func (h *histogram) join(o *histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
}

// median is the lower of the two in the middle, 0 of none.
func (h *histogram) median() float64 {
	left := (h.n + 1) / 2
	for i, n := range h.counts {
		if left -= int(n); left <= 0 {
			return float64(i) / 100
		}
	}
	return 0
}

// maxTallied bounds what is told apart: the names of versions come from the images' own metadata, which anybody may write.
const (
	maxTallied = 1000
	maxShares  = 20
)

// groups counts images by what they have in common.
type groups map[incident.Share]*incident.Share

func (g groups) add(of incident.Share, bad bool) {
	one := incident.Share{Checked: 1}
	if bad {
		one.Affected = 1
	}
	g.put(of, one)
}

func (g groups) put(of, n incident.Share) {
	sum, ok := g[of]
	if !ok && len(g) >= maxTallied {
		of = incident.Share{Others: true}
		sum, ok = g[of]
	}
	if !ok {
		v := of
		sum = &v
		g[of] = sum
	}
	sum.Checked, sum.Affected = sum.Checked+n.Checked, sum.Affected+n.Affected
}

func (g groups) join(o groups) {
	for of, n := range o {
		g.put(of, *n)
	}
}

// shares lists them, those with the most affected images first, and the rest together.
func (g groups) shares() []incident.Share {
	var list []incident.Share
	rest := incident.Share{Others: true}
	for _, s := range slices.SortedFunc(maps.Values(g), func(a, b *incident.Share) int {
		return cmp.Or(cmp.Compare(b.Affected, a.Affected), cmp.Compare(b.Checked, a.Checked),
			strings.Compare(a.Class, b.Class), strings.Compare(a.Software, b.Software), strings.Compare(a.Model, b.Model))
	}) {
		if s.Others || len(list) == maxShares {
			rest.Checked, rest.Affected = rest.Checked+s.Checked, rest.Affected+s.Affected
			continue
		}
		list = append(list, *s)
	}
	if rest.Checked > 0 {
		list = append(list, rest)
	}
	return list
}

// paths is a set of names of which only a digest of 64 bits is kept, under a seed that nobody knows: of a million names, a
// foreign one is taken for one of them once in 10^13 times.
type paths struct {
	seed   maphash.Seed
	sums   []uint64
	sorted bool
}

func (p *paths) add(name string) {
	p.sums, p.sorted = append(p.sums, maphash.String(p.seed, name)), false
}

func (p *paths) has(name string) bool {
	if !p.sorted {
		slices.Sort(p.sums)
		p.sorted = true
	}
	_, found := slices.BinarySearch(p.sums, maphash.String(p.seed, name))
	return found
}

// blastOf adds up one pipeline.
func (a *App) blastOf(ctx context.Context, q store.BlastQuery) (*blast, error) {
	b := newBlast()
	return b, a.store.EachImage(ctx, q, b.add)
}

// struck is a pipeline whose images are counted, and they.
type struck struct {
	pipeline string
	*blast
}

// maxStruck bounds how many other pipelines are listed.
const maxStruck = 50

// measureImpact counts over everything that was measured in the time of the incident; it also gives the pipelines that are
// counted, the incident's own first.
func (a *App) measureImpact(ctx context.Context, s incident.State) (incident.Impact, []struck, error) {
	since, until := begin(s), a.end(s)
	impact := incident.Impact{Method: measure.MethodDeltaE00, Since: &since, Until: &until, Ongoing: s.Contained == nil, Routes: []string{}}
	q := store.BlastQuery{Pipeline: s.Opened.Pipeline, Since: since, Until: until, Over: store.AnyOver}
	own, err := a.blastOf(ctx, q)
	if err != nil {
		return impact, nil, err
	}
	list := []struck{{q.Pipeline, own}}
	if err := a.addPipeline(ctx, &impact, list[0], incident.PipelineImpact{}); err != nil {
		return impact, nil, err
	}
	if own.over != 0 {
		q.Over = own.over // the same harm, not any
	}
	others, err := a.alsoStruck(ctx, &impact, q)
	if err != nil {
		return impact, nil, err
	}
	list = append(list, others...)
	return impact, list, a.sumUp(ctx, &impact, list)
}

// alsoStruck looks for the same harm in the other pipelines.
func (a *App) alsoStruck(ctx context.Context, impact *incident.Impact, q store.BlastQuery) ([]struck, error) {
	names, err := a.store.CheckedPipelines(ctx)
	if err != nil {
		return nil, err
	}
	var list []struck
	own := q.Pipeline
	for _, name := range names {
		if q.Pipeline = name; name == own {
			continue
		}
		b, err := a.blastOf(ctx, q)
		if err != nil {
			return nil, err
		}
		if b.affected == 0 || len(impact.ByPipeline) > maxStruck {
			if b.checked > 0 {
				impact.Quiet++
			}
			continue
		}
		before := q
		before.Since, before.Until = q.Since.Add(-q.Until.Sub(q.Since)), q.Since.Add(-time.Microsecond)
		earlier, err := a.blastOf(ctx, before)
		if err != nil {
			return nil, err
		}
		one := struck{name, b}
		if err := a.addPipeline(ctx, impact, one, incident.PipelineImpact{EarlierChecked: earlier.checked, EarlierAffected: earlier.affected}); err != nil {
			return nil, err
		}
		if !impact.ByPipeline[len(impact.ByPipeline)-1].AsBefore {
			list = append(list, one)
		}
	}
	return list, nil
}

// addPipeline writes one pipeline into the list, with its first bad image and the last good one before it.
func (a *App) addPipeline(ctx context.Context, impact *incident.Impact, s struck, p incident.PipelineImpact) error {
	p.Pipeline, p.Routes = s.pipeline, a.config.Watch.Pipelines[s.pipeline].Routes
	p.Checked, p.Affected, p.MedianDelta, p.WorstDelta = s.checked, s.affected, s.deltas.median(), s.worst
	p.AsBefore = p.SameAsBefore()
	if s.affected > 0 {
		first, err := a.store.Check(ctx, s.first.ID)
		if err != nil {
			return err
		}
		p.FirstBad = imageAt(first)
		good, err := a.store.LastGood(ctx, s.pipeline, s.first)
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			return err
		}
		if err == nil {
			p.LastGood = imageAt(good)
		}
	}
	impact.ByPipeline = append(impact.ByPipeline, p)
	return nil
}

func imageAt(c store.CheckRow) *incident.ImageAt {
	return &incident.ImageAt{Path: c.Path, SHA256: c.Candidate, At: c.At}
}

// sumUp adds the pipelines up that are counted.
func (a *App) sumUp(ctx context.Context, impact *incident.Impact, list []struck) error {
	all, drifts := newBlast(), drifts{}
	for _, s := range list {
		all.join(s.blast)
		p := a.config.Watch.Pipelines[s.pipeline]
		impact.Pipelines = append(impact.Pipelines, s.pipeline)
		for _, r := range p.Routes {
			if !slices.Contains(impact.Routes, r) {
				impact.Routes = append(impact.Routes, r)
			}
		}
		limit := a.config.Watch.Classes[p.Class].Palette
		if err := a.store.EachCheck(ctx, s.drifted, func(text []byte) error {
			swatches, err := measure.Swatches(text)
			drifts.add(swatches, limit)
			return err
		}); err != nil {
			return err
		}
	}
	impact.Checked, impact.Affected, impact.OverDeltaE, impact.OverPalette = all.checked, all.affected, all.colour, all.palette
	impact.MedianDelta, impact.WorstDelta, impact.WorstPath = all.deltas.median(), all.worst, all.worstPath
	if all.affected > 0 {
		impact.FirstBad, impact.LastBad = &all.first.At, &all.last.At
	}
	impact.ByClass, impact.ByVersion, impact.Palette = all.classes.shares(), all.versions.shares(), drifts.impacts()
	return nil
}

// drift is what became of one brand colour over the affected images.
type drift struct {
	histogram
	worst float64
}

// drifts collects the drift of each brand colour.
type drifts map[string]*drift

func (d drifts) add(palette []measure.Swatch, limit float64) {
	for _, s := range palette {
		if limit <= 0 || s.DeltaE00 <= limit {
			continue
		}
		one, ok := d[s.Name]
		if !ok && len(d) >= maxTallied {
			continue
		}
		if !ok {
			one = &drift{}
			d[s.Name] = one
		}
		one.histogram.add(s.DeltaE00)
		one.worst = max(one.worst, s.DeltaE00)
	}
}

func (d drifts) impacts() []incident.ColourImpact {
	var list []incident.ColourImpact
	for _, name := range slices.Sorted(maps.Keys(d)) {
		list = append(list, incident.ColourImpact{Name: name, Images: d[name].n, Median: d[name].median(), Worst: d[name].worst})
	}
	return list
}
