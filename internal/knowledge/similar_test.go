package knowledge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

var start = time.Date(2025, 1, 8, 4, 12, 0, 0, time.UTC)

// past is an incident with one direct cause, as the analysis leaves it; without a cause it has just been opened.
func past(n int, o incident.Opened, domain postmortem.Domain, cause string) Profile {
	inc := incident.State{ID: fmt.Sprintf("PM-2025-01-%02d-01", n), Opened: o, DetectedAt: start.AddDate(0, 0, n), Severity: "S1"}
	var pm postmortem.State
	if cause != "" {
		pm.Causes = []postmortem.Cause{{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Domain: domain, Text: cause}}}
	}
	return ProfileOf(inc, pm)
}

func opened(pipe, rule, title string, more ...func(*incident.Opened)) incident.Opened {
	o := incident.Opened{Pipeline: pipe, Rule: rule, Title: title, Class: "product", ColourDrift: strings.HasPrefix(rule, "deltaE")}
	for _, f := range more {
		f(&o)
	}
	return o
}

func metadata(o *incident.Opened) {
	o.MetadataDrift, o.Labels = true, map[string]string{"kind": "position"}
}
func leak(o *incident.Opened) { o.PersonalData = true }
func class(c pipeline.Class) func(*incident.Opened) {
	return func(o *incident.Opened) { o.Class = c }
}

// families are incidents of one kind each, told by different people.
func families() map[string][]Profile {
	return map[string][]Profile{
		"hook": {
			past(1, opened("catalogue", "deltaE-spike", "Dérive couleur marque (catalogue)"), postmortem.Operations, "Le hook Git perd le code de sortie du validateur : pipefail n’est pas activé"),
			past(9, opened("catalogue", "deltaE-spike", "Dérive couleur marque (catalogue)"), postmortem.Operations, "Hook Git sans pipefail : le code de sortie de la validation de la LUT est perdu"),
		},
		"strip": {
			past(2, opened("ugc", "metadata-leak", "Positions GPS publiées", metadata, leak, class("ui")), postmortem.Data, "The optimiser copies Exif since its flag --strip was dropped with version 4"),
			past(12, opened("ugc", "metadata-leak", "Exif positions in delivered images", metadata, leak, class("ui")), postmortem.Data, "Flag --strip of the optimiser was lost in the new container, Exif is copied"),
		},
		"encoder": {
			past(3, opened("thumbnails", "ssim-drop", "Blocking in thumbnails", class("thumbnail")), postmortem.Operations, "Encoder quality 35 instead of 75 after the migration to mozjpeg"),
			past(17, opened("thumbnails", "ssim-drop", "Thumbnails are blurred", class("thumbnail")), postmortem.Operations, "mozjpeg runs with quality 30, the encoder's default of the new image"),
		},
		"icc": {
			past(4, opened("heroes", "deltaE-spike", "Heroes too saturated", class("hero")), postmortem.Model, "Display P3 profile dropped on export, pixels are read as sRGB"),
			past(21, opened("heroes", "deltaE-spike", "Colours of heroes are off", class("hero")), postmortem.Model, "Export drops the ICC profile: Display P3 is taken for sRGB"),
		},
	}
}

func everybody(Profile) bool { return false }

func planted(t testing.TB) (*Corpus, map[string]string) {
	t.Helper()
	c, family := &Corpus{}, map[string]string{}
	for name, list := range families() {
		for _, p := range list {
			c.Put(p)
			family[p.ID] = name
		}
	}
	return c, family
}

// TestRelatives: the true relative is first, with its cause as a reason; what only happened at the same place is not told.
func TestRelatives(t *testing.T) {
	t.Parallel()
	c, family := planted(t)
	for id, name := range family {
		list := c.Similar(id, 5, everybody)
		if len(list) == 0 || family[list[0].ID] != name {
			t.Errorf("%s (%s): similar are %+v, want its relative first", id, name, list)
			continue
		}
		reasons := say(list[0], phrase.English)
		for _, want := range []string{"cause: ", "same rule", "same pipeline", "words in common"} {
			if !strings.Contains(reasons, want) {
				t.Errorf("%s: the reasons are %q, want %q among them", id, reasons, want)
			}
		}
		for _, other := range list[1:] {
			if c.of[other.ID].Rule != c.of[id].Rule {
				t.Errorf("%s (%s): %s (%s) is told with %.1f points (%s), want it left out", id, name, other.ID, family[other.ID], other.Points, say(other, phrase.English))
			}
		}
	}
}

func told(list []Likeness) (lines []string) {
	for _, l := range list {
		lines = append(lines, fmt.Sprintf("%s %.6f %s", l.ID, l.Points, say(l, phrase.French)))
	}
	return lines
}

func say(l Likeness, lang phrase.Lang) string {
	var words []string
	for _, r := range l.Reasons {
		words = append(words, r.In(lang))
	}
	return strings.Join(words, "; ")
}

// TestNewlyOpened: an incident of which nothing is known but the alert finds those of its rule, and none elsewhere.
func TestNewlyOpened(t *testing.T) {
	t.Parallel()
	c, family := planted(t)
	c.Put(past(28, opened("catalogue", "deltaE-spike", "Dérive couleur marque (catalogue)"), "", ""))
	list := c.Similar("PM-2025-01-28-01", 5, everybody)
	if len(list) < 2 || family[list[0].ID] != "hook" || list[0].ID != "PM-2025-01-09-01" || family[list[1].ID] != "hook" {
		t.Fatalf("similar are %+v, want both of the hook, the newer one first", list)
	}
	if got := say(list[0], phrase.French); !strings.Contains(got, "même règle (deltaE-spike); même pipeline (catalogue)") {
		t.Errorf("the reasons are %q", got)
	}
	for _, l := range list {
		if n := family[l.ID]; n == "strip" || n == "encoder" {
			t.Errorf("%s of family %s is told: %s", l.ID, n, say(l, phrase.English))
		}
	}
	c.Put(past(29, opened("catalogue", "", "Broken links on the start page"), "", ""))
	if list := c.Similar("PM-2025-01-29-01", 5, everybody); len(list) != 0 {
		t.Errorf("an incident with nothing but the pipeline in common finds %+v", list)
	}
	if list := c.Similar("PM-1999-01-01-01", 5, everybody); list != nil {
		t.Errorf("an unknown incident finds %+v", list)
	}
}

// TestHidden: of a postmortem that the asker may not read neither cause nor words count, in either direction.
func TestHidden(t *testing.T) {
	t.Parallel()
	c, _ := planted(t)
	secret := "PM-2025-01-01-01"
	hidden := func(p Profile) bool { return p.ID == secret }
	for _, l := range c.Similar("PM-2025-01-09-01", 5, hidden) {
		if l.ID == secret && strings.Contains(say(l, phrase.English), "cause") {
			t.Errorf("the cause of a restricted postmortem is told: %s", say(l, phrase.English))
		}
	}
	for _, l := range c.Similar(secret, 5, hidden) {
		if strings.Contains(say(l, phrase.English), "cause") {
			t.Errorf("a restricted postmortem is compared by its cause: %s", say(l, phrase.English))
		}
	}
}

// TestPutAgain: a profile that is replaced leaves no words behind.
func TestPutAgain(t *testing.T) {
	t.Parallel()
	a, _ := planted(t)
	b, _ := planted(t)
	p, _ := a.Get("PM-2025-01-01-01")
	a.Put(past(1, opened("heroes", "other", "wholly other words"), postmortem.Model, "for a while"))
	a.Put(p)
	for id := range a.of {
		x, y := a.Similar(id, 9, everybody), b.Similar(id, 9, everybody)
		if fmt.Sprint(told(x)) != fmt.Sprint(told(y)) {
			t.Errorf("%s finds %v after a change was taken back, want %v", id, x, y)
		}
	}
}

// TestPointsAreBounded: whatever two incidents say, they have 0 to 100 points, the same in both directions.
func TestPointsAreBounded(t *testing.T) {
	t.Parallel()
	c, _ := crowd(40)
	for id := range c.of {
		for _, l := range c.Similar(id, 40, everybody) {
			if l.Points < Threshold || l.Points > 100.0001 {
				t.Fatalf("%s and %s have %f points", id, l.ID, l.Points)
			}
			back := c.Similar(l.ID, 40, everybody)
			i := slices.IndexFunc(back, func(m Likeness) bool { return m.ID == id })
			if i < 0 || back[i].Points-l.Points > 1e-9 || l.Points-back[i].Points > 1e-9 {
				t.Fatalf("%s and %s have %f points, and another number from the other side", id, l.ID, l.Points)
			}
		}
	}
}

// crowd is many incidents whose texts are put together of what the families say.
func crowd(n int) (*Corpus, []string) {
	r := rand.New(rand.NewPCG(1, 2))
	var seeds []Profile
	for _, list := range families() {
		seeds = append(seeds, list...)
	}
	slices.SortFunc(seeds, func(a, b Profile) int { return strings.Compare(a.ID, b.ID) })
	var words []string
	for _, s := range seeds {
		words = append(words, s.all()...)
	}
	c, ids := &Corpus{}, []string{}
	for i := range n {
		p := seeds[r.IntN(len(seeds))]
		p.ID, p.At = fmt.Sprintf("PM-2025-01-01-%05d", i), start.Add(time.Duration(i)*time.Hour)
		var text []string
		for range 30 {
			text = append(text, words[r.IntN(len(words))])
		}
		p.Words = wordsOf(strings.Join(text, " "))
		c.Put(p)
		ids = append(ids, p.ID)
	}
	return c, ids
}

func BenchmarkSimilar(b *testing.B) {
	c, ids := crowd(10_000)
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		c.Similar(ids[i%len(ids)], 5, everybody)
	}
}
