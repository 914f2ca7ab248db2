package postmortem

import (
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

func impactParts() []part[ImpactReport] {
	return []part[ImpactReport]{
		textPart("document.filed", func(v *ImpactReport) *string { return &v.Filed }).maybe(),
		enumPart("document.harm", "harm", []Harm{Ongoing, Stopped}, func(v *ImpactReport) *Harm { return &v.Harm }).maybe(),
		textPart("document.span", func(v *ImpactReport) *string { return &v.Span }).maybe(),
		intPart("document.checked", func(v *ImpactReport) *int { return &v.Checked }),
		intPart("document.images-over", func(v *ImpactReport) *int { return &v.Affected }),
		intPart("document.over-delta", func(v *ImpactReport) *int { return &v.OverDeltaE }),
		intPart("document.over-palette", func(v *ImpactReport) *int { return &v.OverPalette }),
		decimalPart("document.median-delta", func(v *ImpactReport) *float64 { return &v.MedianDelta }),
		decimalPart("document.worst-delta", func(v *ImpactReport) *float64 { return &v.WorstDelta }),
		textPart("document.worst-path", func(v *ImpactReport) *string { return &v.WorstPath }).maybe(),
		textPart("document.first-bad", func(v *ImpactReport) *string { return &v.FirstBad }).maybe(),
		textPart("document.last-bad", func(v *ImpactReport) *string { return &v.LastBad }).maybe(),
		listPart("document.pipelines", func(v *ImpactReport) *[]string { return &v.Pipelines }).maybe(),
		listPart("document.routes", func(v *ImpactReport) *[]string { return &v.Routes }).maybe(),
		countPart("document.quiet", func(v *ImpactReport) **int { return &v.Quiet }),
		countPart("document.deliveries", func(v *ImpactReport) **int { return &v.Deliveries }),
		countPart("document.unchanged", func(v *ImpactReport) **int { return &v.Unchanged }),
		textPart("document.method", func(v *ImpactReport) *string { return &v.Method }).maybe(),
		textPart("document.sheet", func(v *ImpactReport) *string { return &v.Sheet }).maybe(),
		textPart("document.remark", func(v *ImpactReport) *string { return &v.Text }).maybe(),
	}
}

func paletteParts() []part[ColourDrift] {
	return []part[ColourDrift]{
		textPart("document.colour", func(v *ColourDrift) *string { return &v.Name }),
		intPart("document.images", func(v *ColourDrift) *int { return &v.Images }),
		decimalPart("document.median-delta", func(v *ColourDrift) *float64 { return &v.Median }),
		decimalPart("document.worst", func(v *ColourDrift) *float64 { return &v.Worst }),
	}
}

func imageParts() []part[ImageRow] {
	return []part[ImageRow]{
		textPart("document.image", func(v *ImageRow) *string { return &v.Path }),
		decimalPart("document.delta-p95", func(v *ImageRow) *float64 { return &v.DeltaE00 }),
		decimalPart("document.ssim", func(v *ImageRow) *float64 { return &v.SSIM }),
		textPart("document.reference", func(v *ImageRow) *string { return &v.Reference }),
		textPart("document.candidate", func(v *ImageRow) *string { return &v.Candidate }),
		textPart("document.heatmap", func(v *ImageRow) *string { return &v.Heatmap }),
	}
}

// countPart is a number that may not be known, and then has no line.
func countPart[T any](label phrase.Key, at func(*T) **int) part[T] {
	return part[T]{
		label: label, optional: true,
		write: func(w *writer, v *T) string {
			if n := *at(v); n != nil {
				return phrase.Integer(w.lang, int64(*n))
			}
			return ""
		},
		read: func(lang phrase.Lang, s string, v *T) bool {
			n, ok := readInteger(lang, s)
			count := int(n)
			*at(v) = &count
			return ok
		},
	}
}

func struckParts() []part[StruckRow] {
	return []part[StruckRow]{
		textPart("document.pipeline", func(v *StruckRow) *string { return &v.Pipeline }),
		listPart("document.routes", func(v *StruckRow) *[]string { return &v.Routes }),
		intPart("document.images-checked", func(v *StruckRow) *int { return &v.Checked }),
		intPart("document.images-affected", func(v *StruckRow) *int { return &v.Affected }),
		decimalPart("document.share", func(v *StruckRow) *float64 { return &v.Share }),
		decimalPart("document.earlier", func(v *StruckRow) *float64 { return &v.Earlier }),
		enumPart("document.counted", "counted", []Counted{IsCounted, AsBefore}, func(v *StruckRow) *Counted { return &v.Counted }),
		decimalPart("document.median-delta", func(v *StruckRow) *float64 { return &v.Median }),
		decimalPart("document.worst", func(v *StruckRow) *float64 { return &v.Worst }),
		textPart("document.first-image", func(v *StruckRow) *string { return &v.FirstBad }),
		textPart("document.last-good", func(v *StruckRow) *string { return &v.LastGood }),
	}
}

func classParts() []part[ClassRow] {
	return []part[ClassRow]{
		textPart("document.class", func(v *ClassRow) *string { return &v.Class }),
		intPart("document.images-checked", func(v *ClassRow) *int { return &v.Checked }),
		intPart("document.images-affected", func(v *ClassRow) *int { return &v.Affected }),
		decimalPart("document.share", func(v *ClassRow) *float64 { return &v.Share }),
	}
}

func versionParts() []part[VersionRow] {
	return []part[VersionRow]{
		textPart("document.software", func(v *VersionRow) *string { return &v.Software }),
		textPart("document.model", func(v *VersionRow) *string { return &v.Model }),
		intPart("document.images-checked", func(v *VersionRow) *int { return &v.Checked }),
		intPart("document.images-affected", func(v *VersionRow) *int { return &v.Affected }),
		decimalPart("document.share", func(v *VersionRow) *float64 { return &v.Share }),
	}
}

func logParts() []part[LogRow] {
	return []part[LogRow]{
		textPart("document.log", func(v *LogRow) *string { return &v.Log }),
		textPart("document.route", func(v *LogRow) *string { return &v.Route }),
		intPart("document.answers-200", func(v *LogRow) *int { return &v.Full }),
		intPart("document.answers-206", func(v *LogRow) *int { return &v.Partial }),
		intPart("document.answers-304", func(v *LogRow) *int { return &v.Unchanged }),
		enumPart("document.counted", "counted", []Counted{IsCounted, Again, InPart}, func(v *LogRow) *Counted { return &v.Counted }),
		intPart("document.damaged", func(v *LogRow) *int { return &v.Damaged }),
		textPart("document.remark", func(v *LogRow) *string { return &v.Remark }),
	}
}

// impactTable is one of the tables of the section, told from the others by its first heading.
type impactTable struct {
	heading phrase.Key
	write   func(w *writer, v *ImpactReport)
	read    func(r *reader, v *ImpactReport) bool
}

func tableOf[T any](parts []part[T], at func(*ImpactReport) *[]T) impactTable {
	return impactTable{
		heading: parts[0].label,
		write: func(w *writer, v *ImpactReport) {
			if rows := *at(v); len(rows) > 0 {
				w.line()
				writeTable(w, parts, rows)
			}
		},
		read: func(r *reader, v *ImpactReport) (ok bool) {
			*at(v), ok = readTable(r, parts)
			return ok
		},
	}
}

func impactTables() []impactTable {
	return []impactTable{
		tableOf(struckParts(), func(v *ImpactReport) *[]StruckRow { return &v.ByPipeline }),
		tableOf(classParts(), func(v *ImpactReport) *[]ClassRow { return &v.ByClass }),
		tableOf(versionParts(), func(v *ImpactReport) *[]VersionRow { return &v.ByVersion }),
		tableOf(logParts(), func(v *ImpactReport) *[]LogRow { return &v.Logs }),
		tableOf(paletteParts(), func(v *ImpactReport) *[]ColourDrift { return &v.Palette }),
		tableOf(imageParts(), func(v *ImpactReport) *[]ImageRow { return &v.Images }),
	}
}

// writeImpact writes the figures, then the tables, each after an empty line and where it has rows.
func writeImpact(w *writer) {
	v := &w.doc.Impact
	writeLines(w, impactParts(), v)
	for _, t := range impactTables() {
		t.write(w, v)
	}
}

func readImpact(r *reader, d *Document) bool {
	v := &d.Impact
	if !readLines(r.lang, r.take(), impactParts(), v) {
		return false
	}
	for _, t := range impactTables() {
		heading := "| " + phrase.Say(r.lang, t.heading) + " |"
		if len(r.lines) < 2 || !strings.HasPrefix(r.lines[1], heading) {
			continue
		}
		if !r.next("") || !t.read(r, v) {
			return false
		}
	}
	return true
}
