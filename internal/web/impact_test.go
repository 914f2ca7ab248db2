package web

import (
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"golang.org/x/net/html"
)

// blast is an impact report with all that it may say.
func blast() incident.Impact {
	at := func(minutes int) *time.Time { t := night().Add(time.Duration(minutes) * time.Minute); return &t }
	deliveries := 13001
	return incident.Impact{
		Checked: 12000, Affected: 4200, OverDeltaE: 4187, OverPalette: 4200, MedianDelta: 5.21, WorstDelta: 9.4, WorstPath: "shoes/0042.jpg",
		FirstBad: at(-74), LastBad: at(5), Pipelines: []string{"catalogue", "thumbs"}, Routes: []string{"shop", "small"}, Deliveries: &deliveries,
		Method: "CIEDE2000", Sheet: strings.Repeat("d", 64), Since: at(-80), Until: at(10), Ongoing: true, Quiet: 3,
		ByPipeline: []incident.PipelineImpact{
			{Pipeline: "catalogue", Routes: []string{"shop"}, Checked: 8000, Affected: 3000, MedianDelta: 5.1, WorstDelta: 9.4,
				FirstBad: &incident.ImageAt{Path: "shoes/0001.jpg", At: *at(-74)}, LastGood: &incident.ImageAt{Path: "shoes/0000.jpg", At: *at(-75)}},
			{Pipeline: "thumbs", Routes: []string{"small"}, Checked: 4000, Affected: 1200, MedianDelta: 5.6, WorstDelta: 8},
			{Pipeline: "hero", Checked: 100, Affected: 7, EarlierChecked: 100, EarlierAffected: 6, AsBefore: true},
		},
		Logs: []incident.DeliveryLog{
			{Log: "gateway", Route: "shop", Full: 40, Problem: "read <it>"},
			{Log: "front", Route: "shop", Full: 13000, Partial: 1, Unchanged: 412, Counted: true, Damaged: 3, Begins: at(-60)},
		},
		ByClass:   []incident.Share{{Class: "product", Checked: 8000, Affected: 3000}, {Class: "thumbnail", Checked: 4000, Affected: 1200}},
		ByVersion: []incident.Share{{Model: "diffusion <2>", Checked: 9000, Affected: 4200}, {Checked: 2000}, {Others: true, Checked: 1000}},
		Images:    []incident.ImageProof{{Path: "shoes/0042.jpg", DeltaE00: 9.4, SSIM: 0.99, Reference: strings.Repeat("a", 64), Candidate: strings.Repeat("b", 64), Heatmap: strings.Repeat("c", 64)}},
	}
}

// textOf gives the words of an element of a page, each run of space as one.
func textOf(t *testing.T, page, id string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			var words []string
			for d := range n.Descendants() {
				if d.Type == html.TextNode {
					words = append(words, strings.Fields(d.Data)...)
				}
			}
			return strings.Join(words, " ")
		}
	}
	t.Fatalf("the page has no %q", id)
	return ""
}

// TestImpactSection says it all in its first sentence, and then in figures, in both languages.
func TestImpactSection(t *testing.T) {
	t.Parallel()
	m := tell(t, 2)
	m.do(10*time.Minute, "ana", incident.FileImpact{Impact: blast()})
	m.do(20*time.Minute, "ana", incident.FileImpact{Impact: incident.Impact{Checked: 12500, Affected: 4300, WorstDelta: 9.4}})
	m.do(21*time.Minute, "ana", incident.FileImpact{Impact: blast()})
	if err := m.Do(t.Context(), people.Monitor(), theIncident, incident.RecordImpactCommitted{ImpactCommitted: incident.ImpactCommitted{Number: 1, Commit: "0123456789abcdef", Path: "run/_/postmortems/" + theIncident + ".impact.md"}}); err != nil {
		t.Fatal(err)
	}
	ana := open(t, m).as("ana")
	for lang, want := range map[string][]string{
		"en": {
			"Over budget since 02:58 UTC: 4,200 of 12,000 images checked, worst ΔE00 9.40, on 2 routes. At least 13,001 answers carried an affected image: the logs that were read do not tell all. Harm goes on: nothing is contained.",
			"catalogue shop 3,000 / 8,000 37.5 %", "02:58:00 shoes/0001.jpg", "02:57:00 shoes/0000.jpg", "hero as before (6.0 %), not counted 7 / 100 7.0 %",
			"Other pipelines checked, without this harm: 3.", "thumbnail 1,200 / 4,000 30.0 %", "– diffusion <2> 4,200 / 9,000", "… … 0 / 1,000",
			"gateway read <it> shop 40 0 0 no, only a part", "front unreadable lines: 3 begins at 03:12:00 shop 13,000 1 412 yes", "neither a run of the pipeline nor a colour table", "no. 1 at 04:22:00 by Ana Lopez: 4,200 of 12,000 images, worst ΔE00 9.40 · affected answers: 13,001 · commit 0123456789ab", "commit 0123456789ab", "no. 2 at 04:32:00", "4,300 of 12,500 images", "commit on its way", "Measure and file again",
		},
		"fr": {
			"Hors budget depuis 02:58 UTC : 4 200 sur 12 000 images contrôlées, pire ΔE00 9,40, sur 2 routes. Au moins 13 001 réponses ont porté une image touchée : les journaux lus ne disent pas tout. Le dommage continue : rien n’est contenu.",
			"comme avant (6,0 %), non compté", "Autres pipelines contrôlés, sans ce défaut : 3.", "n° 1 à 04:22:00 par", "Mesurer et déposer à nouveau",
		},
	} {
		page := ana.get("/incidents/" + theIncident + "?lang=" + lang).body
		text := textOf(t, page, "impact")
		if !strings.HasPrefix(text, "Impact "+want[0]) {
			t.Errorf("%s: the section begins %.300q, want %q", lang, text, want[0])
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the section lacks %q:\n%s", lang, w, text)
			}
		}
		if !strings.Contains(page, `<img src="/incidents/`+theIncident+`/blobs/`+strings.Repeat("d", 64)+`" alt="`) {
			t.Errorf("%s: the page lacks the contact sheet", lang)
		}
		if n := strings.Count(page, `type="radio" name="compare-0"`); n != 11 || strings.Count(page, `name="compare-0" id="compare-0-50" checked`) != 1 {
			t.Errorf("%s: %d stops between before and after, want 11, the middle chosen", lang, n)
		}
	}
}
