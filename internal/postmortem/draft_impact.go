package postmortem

import (
	"strings"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ImpactDocument is the impact report by itself, before there is a draft: what is known of the incident, in one sentence
// and then in figures.
func ImpactDocument(draft Document, s incident.State) Document {
	draft.Sections = []Section{{Field: FieldTitle}, {Field: FieldContext}, {Field: FieldImpact}}
	draft.Context.Impact, draft.Context.Say = oneLine(s.Impact.Say(draft.Lang)), nil
	if n := len(s.Filings); n > 0 {
		draft.Impact.Filed = phrase.Say(draft.Lang, "document.filed.number", n, stamp(s.Filings[n-1].At))
	}
	return draft
}

func draftImpact(i incident.Impact) ImpactReport {
	r := ImpactReport{
		Checked: i.Checked, Affected: i.Affected, OverDeltaE: i.OverDeltaE, OverPalette: i.OverPalette,
		MedianDelta: round(i.MedianDelta, 2), WorstDelta: round(i.WorstDelta, 2), WorstPath: oneLine(i.WorstPath),
		Deliveries: i.Deliveries, Method: oneLine(i.Method), Text: oneLine(i.Text),
	}
	if i.FirstBad != nil {
		r.FirstBad = stamp(*i.FirstBad)
	}
	if i.LastBad != nil {
		r.LastBad = stamp(*i.LastBad)
	}
	for _, p := range i.Pipelines {
		r.Pipelines = append(r.Pipelines, item(p))
	}
	for _, p := range i.Routes {
		r.Routes = append(r.Routes, item(p))
	}
	for _, c := range i.Palette {
		r.Palette = append(r.Palette, ColourDrift{oneLine(c.Name), c.Images, round(c.Median, 2), round(c.Worst, 2)})
	}
	for _, p := range i.Images {
		r.Images = append(r.Images, ImageRow{oneLine(p.Path), round(p.DeltaE00, 2), round(p.SSIM, 4), p.Reference, p.Candidate, p.Heatmap})
	}
	r.addBlast(i)
	return r
}

// addBlast writes where the harm is.
func (r *ImpactReport) addBlast(i incident.Impact) {
	if i.Since != nil && i.Until != nil {
		r.Span = stamp(*i.Since) + " – " + stamp(*i.Until)
		r.Harm, r.Quiet = Stopped, &i.Quiet
		if i.Ongoing {
			r.Harm = Ongoing
		}
	}
	for _, p := range i.ByPipeline {
		row := StruckRow{
			Pipeline: oneLine(p.Pipeline), Checked: p.Checked, Affected: p.Affected, Share: percent(p.Affected, p.Checked),
			Earlier: percent(p.EarlierAffected, p.EarlierChecked), Counted: IsCounted, Median: round(p.MedianDelta, 2), Worst: round(p.WorstDelta, 2),
			FirstBad: imageText(p.FirstBad), LastGood: imageText(p.LastGood),
		}
		if p.AsBefore {
			row.Counted = AsBefore
		}
		for _, route := range p.Routes {
			row.Routes = append(row.Routes, item(route))
		}
		r.ByPipeline = append(r.ByPipeline, row)
	}
	for _, c := range i.ByClass {
		r.ByClass = append(r.ByClass, ClassRow{named(c.Class, c.Others), c.Checked, c.Affected, percent(c.Affected, c.Checked)})
	}
	for _, v := range i.ByVersion {
		r.ByVersion = append(r.ByVersion, VersionRow{named(v.Software, v.Others), named(v.Model, v.Others), v.Checked, v.Affected, percent(v.Affected, v.Checked)})
	}
	r.Unchanged, r.Sheet = i.Unchanged, i.Sheet
	for _, l := range i.Logs {
		row := LogRow{Log: oneLine(l.Log), Route: oneLine(l.Route), Full: l.Full, Partial: l.Partial, Unchanged: l.Unchanged, Counted: CountedOf(l), Damaged: l.Damaged, Remark: oneLine(l.Problem)}
		if l.Begins != nil {
			row.Remark = strings.TrimPrefix(row.Remark+"; begins "+stamp(*l.Begins), "; ")
		}
		if l.Silent {
			row.Remark = strings.TrimPrefix(row.Remark+"; no line since", "; ")
		}
		if l.Inner {
			row.Remark = strings.TrimPrefix(row.Remark+"; behind a cache", "; ")
		}
		r.Logs = append(r.Logs, row)
	}
}

// CountedOf tells whether a log is part of the sum.
func CountedOf(l incident.DeliveryLog) Counted {
	switch {
	case l.Counted:
		return IsCounted
	case l.Partly():
		return InPart
	}
	return Again
}

// named is what stands for a name: in every language the same.
func named(name string, others bool) string {
	switch name = oneLine(name); {
	case others:
		return "…"
	case name == "":
		return "–"
	}
	return name
}

func imageText(i *incident.ImageAt) string {
	if i == nil {
		return ""
	}
	return oneLine(stamp(i.At) + " " + i.Path)
}

// percent is a share as people say it, to a tenth.
func percent(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return round(100*float64(part)/float64(of), 1)
}
