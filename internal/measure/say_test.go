package measure

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/pixels"
)

// worded is a check that has all its words to say, as it is read back from JSON.
func worded(t *testing.T) Check {
	t.Helper()
	ref, cand := flat(8, 8, grey, grey, 0, 0), flat(8, 8, red, red, 0, 0)
	cand.Chroma = "4:2:0"
	cand.Warnings = []pixels.Remark{{Kind: pixels.MorePictures, Args: []any{3}}}
	b := pipeline.Budget{SSIM: 0.9, LPIPS: 0.1, RequireLPIPS: true, Formats: []string{"webp", "gif"}, Lossless: true, Chroma: "4:4:4"}
	text, err := json.Marshal(measure(t, b, ref, cand))
	if err != nil {
		t.Fatal(err)
	}
	var c Check
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func words(l phrase.Lang, c Check) []string {
	all := c.WarningsIn(l)
	for _, f := range c.Findings {
		all = append(all, f.In(l))
	}
	for _, n := range c.NotMeasured {
		all = append(all, n.In(l))
	}
	return all
}

func TestChecksAreSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	c := worded(t)
	french := []string{
		"image livrée : le fichier contient 3 images ; seule la première a été lue",
		"HORS BUDGET lpips : elle n’a pas été mesurée, et la classe l’exige (classe product)",
		"HORS BUDGET format : png ne fait pas partie des formats webp, gif (classe product)",
		"HORS BUDGET chroma : la chrominance est codée en 4:2:0, la classe demande 4:4:4 (classe product)",
		"HORS BUDGET lossless : des pixels diffèrent de la référence (classe product)",
		"non mesuré : ssim (l’image est plus petite que la fenêtre de 11×11 pixels) ; comparez des images plus grandes",
		"non mesuré : lpips (cette mesure n’a pas de réseau) ; lancez `safelight models list`",
	}
	if got := words(phrase.French, c); !slices.Equal(got, french) {
		t.Errorf("French:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(french, "\n"))
	}
	if got, want := c.Warnings[0], "candidate: the file holds 3 pictures; only the first was read"; got != want {
		t.Errorf("the English contract says %q, want %q", got, want)
	}
	if got, want := c.Findings[0].Text, "it was not measured, and the class demands it"; got != want {
		t.Errorf("the English contract says %q, want %q", got, want)
	}
	if got, want := c.NotMeasured[0].Reason, "the image is smaller than the window of 11×11 pixels"; got != want {
		t.Errorf("the English contract says %q, want %q", got, want)
	}
	above, below := Finding{Metric: MetricDeltaE00, Value: 3.5, Limit: 2}, Finding{Metric: MetricSSIM, Value: 0.9, Limit: 0.95}
	if got := above.In(phrase.French) + "|" + below.In(phrase.English); got != "HORS BUDGET deltaE00.p95 : 3,50 dépasse 2,00 (classe )|OVER BUDGET ssim: 0.9000 is below 0.9500 (class )" {
		t.Errorf("numbers: %q", got)
	}
}

// TestChecksWithoutKeysAreShownInEnglish: what was stored before there were keys must still be readable, and so must
// what a later version will have stored.
func TestChecksWithoutKeysAreShownInEnglish(t *testing.T) {
	t.Parallel()
	old, later := worded(t), worded(t)
	old.Warned = nil
	later.Warned[0].Key = "pixels.of-tomorrow"
	for i := range old.Findings {
		old.Findings[i].Key, later.Findings[i].Key = "", "finding.of-tomorrow"
	}
	for i := range old.NotMeasured {
		old.NotMeasured[i].Key, later.NotMeasured[i].Key = "", "missing.of-tomorrow"
	}
	for name, c := range map[string]Check{"old": old, "later": later} {
		got := strings.Join(words(phrase.French, c), "\n")
		for _, want := range []string{"candidate: the file holds 3 pictures", "HORS BUDGET chroma : chroma is coded 4:2:0", "non mesuré : ssim (the image is smaller"} {
			if !strings.Contains(got, want) || strings.Contains(got, "!") {
				t.Errorf("%s: %q is missing from\n%s", name, want, got)
			}
		}
	}
}
