package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/watch"
)

// scanWriter prints results as they come.
type scanWriter interface {
	check(watch.Result) error
	broken(watch.Result) error
	end(measure.Summary) error
	// stop is end of a scan that was ended before its time: what came is complete.
	stop() error
}

func (s scanFlags) writer(c *cli) scanWriter {
	switch {
	case s.asJSON:
		return jsonScan{json.NewEncoder(c.stdout), pipeline.Class(s.class)}
	case s.asCSV:
		w := csv.NewWriter(c.stdout)
		w.Write([]string{"path", "deltaE00P95", "deltaE00Mean", "deltaE00Max", "ssim", "palette", "bytes", "findings", "error", "lpips", "deltaE00Local",
			"metadata", "metadataReactions", "metadataFields"}) // its error is kept and checked at the end
		return csvScan{w}
	}
	return &tableScan{c: c, lang: c.lang(), class: pipeline.Class(s.class)}
}

type jsonScan struct {
	enc   *json.Encoder
	class pipeline.Class
}

func (s jsonScan) check(r watch.Result) error { return s.enc.Encode(r.Check) }

func (s jsonScan) broken(r watch.Result) error {
	return s.enc.Encode(struct {
		Path     string            `json:"path"`
		Error    string            `json:"error"`
		Metadata *measure.Metadata `json:"metadata,omitempty"`
		Findings []measure.Finding `json:"findings,omitempty"` // in the metadata
	}{r.Path, sentence(r.Err), r.Metadata, r.Metadata.Findings(s.class)})
}

func (jsonScan) stop() error { return nil }

func (s jsonScan) end(summary measure.Summary) error {
	return s.enc.Encode(struct {
		Summary measure.Summary `json:"summary"`
	}{summary})
}

type csvScan struct{ w *csv.Writer }

func (s csvScan) check(r watch.Result) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	c := r.Check
	ssim, palette, lpips := "", "", "" // what was not measured, or is not there, is left empty
	if c.SSIM != nil {
		ssim = strconv.FormatFloat(*c.SSIM, 'f', 6, 64)
	}
	if c.Branded() {
		palette = number(c.WorstPalette())
	}
	if c.LPIPS != nil {
		lpips = strconv.FormatFloat(c.LPIPS.Distance, 'f', 6, 64)
	}
	return s.w.Write(append([]string{r.Path, number(c.DeltaE00.P95), number(c.DeltaE00.Mean), number(c.DeltaE00.Max), ssim, palette,
		strconv.FormatInt(c.Bytes.Candidate, 10), strconv.Itoa(len(c.Findings)), "", lpips, number(c.DeltaE00.Local.Value)}, breachCells(r.Metadata)...))
}

// breachCells are the cells of what the metadata break: kinds, what each does, and fields.
func breachCells(m *measure.Metadata) []string {
	var kinds, reactions, fields []string
	if m != nil {
		for _, b := range m.Breaches {
			kinds, reactions, fields = append(kinds, string(b.Kind)), append(reactions, string(b.Reaction)), append(fields, b.Fields...)
		}
	}
	return []string{strings.Join(kinds, "|"), strings.Join(reactions, "|"), strings.Join(fields, "|")}
}

func (s csvScan) broken(r watch.Result) error {
	findings := "" // nothing is known of them
	if r.Metadata != nil {
		findings = strconv.Itoa(len(r.Metadata.Breaches))
	}
	return s.w.Write(append([]string{r.Path, "", "", "", "", "", "", findings, sentence(r.Err), "", ""}, breachCells(r.Metadata)...))
}

func (s csvScan) end(measure.Summary) error { return s.stop() }

func (s csvScan) stop() error {
	s.w.Flush()
	return s.w.Error()
}

// tableScan prints the images over budget as they come and the summary last.
type tableScan struct {
	c     *cli
	lang  phrase.Lang
	class pipeline.Class
}

func (s *tableScan) check(r watch.Result) error { return s.list(r.Path, r.Check.Findings) }

func (s *tableScan) list(path string, findings []measure.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintf(s.c.stdout, "%s: %s\n", path, f.In(s.lang)); err != nil {
			return err
		}
	}
	return nil
}

// broken says what was found in the metadata; why there is no check is said on standard error.
func (s *tableScan) broken(r watch.Result) error { return s.list(r.Path, r.Metadata.Findings(s.class)) }

func (*tableScan) stop() error { return nil }

func (s *tableScan) end(m measure.Summary) error {
	w, l := s.c.stdout, s.lang
	fmt.Fprintln(w, phrase.Say(l, "cli.scan.summary", m.Checked, m.Failed, m.Broken))
	if m.Checked > 0 { // figures of nothing would read as perfect
		fmt.Fprintln(w, strings.Join(overs(l, m), ", "))
	}
	for _, t := range m.Breaches {
		fmt.Fprintln(w, t.In(l))
	}
	if m.Checked == 0 {
		return nil
	}
	fmt.Fprintln(w, phrase.Say(l, "cli.scan.figures", phrase.Decimal(l, m.MedianP95, 2), phrase.Decimal(l, m.AverageSize/1000, 1)))
	for _, b := range m.Budget {
		fmt.Fprintln(w, b.In(l))
	}
	for _, g := range m.NotMeasured {
		fmt.Fprintln(w, g.In(l))
	}
	for i, one := range m.Worst {
		if i == 5 || one.P95 == 0 && !one.Over {
			break
		}
		line := phrase.Say(l, "cli.scan.worst", one.Path, phrase.Decimal(l, one.P95, 2), phrase.Decimal(l, one.Local, 2))
		if one.Branded {
			line += "  " + phrase.Say(l, "cli.scan.worst.palette", phrase.Decimal(l, one.Palette, 2))
		}
		fmt.Fprintln(w, line)
	}
	return nil
}

// overs says how many images break each budget. The common ones are said always, the others where there is something
// to say.
func overs(l phrase.Lang, m measure.Summary) []string {
	var all []string
	for _, o := range []struct {
		metric string
		n      int
		always bool
	}{
		{"ΔE00", m.OverDeltaE, true}, {phrase.Say(l, "cli.local"), m.OverLocal, false},
		{phrase.Say(l, "cli.scan.palette"), m.OverPalette, m.Branded()}, {"SSIM", m.UnderSSIM, true},
		{"MS-SSIM", m.UnderMSSSIM, false}, {"LPIPS", m.OverLPIPS, false}, {phrase.Say(l, "cli.scan.format"), m.OffFormat, false},
		{phrase.Say(l, "cli.scan.metadata"), m.OffMetadata, false},
	} {
		if o.always || o.n > 0 {
			all = append(all, phrase.Say(l, "cli.scan.count", o.metric, o.n))
		}
	}
	return all
}
