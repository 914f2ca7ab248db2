package sentiment

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// invented gives samples in which words that no list knows decide the class, so that only learning can find it.
func invented(n int) []Sample {
	chance := rand.New(rand.NewPCG(1, 2))
	filler := strings.Fields("photo page produit galerie order screen lundi menu compte ticket paris london zoom liste album number")
	telling := [...][]string{strings.Fields("blorg grumf zwick"), strings.Fields("taplo minku serbo"), strings.Fields("yiffa lumou hooray")}
	samples := make([]Sample, n)
	for i := range samples {
		words := []string{telling[i%3][chance.IntN(3)]}
		for range 8 {
			words = append(words, filler[chance.IntN(len(filler))]+fmt.Sprint(chance.IntN(4)))
		}
		chance.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		samples[i] = Sample{strings.Join(words, " "), classes[i%3]}
	}
	return samples
}

var small = Options{Bits: 14}

func TestTrain(t *testing.T) {
	m, report, err := Train(invented(240), small)
	if err != nil {
		t.Fatal(err)
	}
	if report.Samples != 240 || report.Negative != 80 || report.Neutral != 80 || report.Positive != 80 || report.Repeated > 10 {
		t.Errorf("counts %+v", report)
	}
	if report.Model.AUC < 0.95 || report.Model.F1 < 0.85 || abs(report.Lexicon.AUC-0.5) > 0.1 {
		t.Errorf("the model has %+v, the lexicon %+v; only the model can know", report.Model, report.Lexicon)
	}
	r := New().WithModel(m).Score("photo2 zwick menu3")
	if r.Label != Negative || r.Scorer != "model" || r.Version != m.Version() || r.Words[0].Text != "zwick" || r.Words[0].Valence >= 0 {
		t.Errorf("scored %+v", r)
	}
	if r := New().WithModel(m).WithModel(nil).Score("bad"); r.Scorer != "lexicon" {
		t.Errorf("without a model again, scored by %s", r.Scorer)
	}
}

// TestTrainChance: where there is nothing to learn, the report must say so.
func TestTrainChance(t *testing.T) {
	samples := invented(600)
	chance := rand.New(rand.NewPCG(5, 6))
	for i := range samples {
		samples[i].Label = classes[chance.IntN(3)]
	}
	_, report, err := Train(samples, small)
	if err != nil || abs(report.Model.AUC-0.5) > 0.08 {
		t.Errorf("labels by chance give %+v, %v, want an AUC near 0.5", report.Model, err)
	}
	// Nor may repetitions lift it: every sample three times, a word apart.
	var repeated []Sample
	for _, s := range samples[:200] {
		for i := range 3 {
			repeated = append(repeated, Sample{s.Text + fmt.Sprintf(" extra%d", i), s.Label})
		}
	}
	_, report, err = Train(repeated, small)
	if err != nil || report.Repeated != 600 || abs(report.Model.AUC-0.5) > 0.1 {
		t.Errorf("repeated labels by chance give %+v, %v, want all seen as repeated and an AUC near 0.5", report, err)
	}
}

func TestTrainSame(t *testing.T) {
	a, one, err := Train(invented(150), small)
	if err != nil {
		t.Fatal(err)
	}
	b, two, _ := Train(invented(150), small)
	if a.Version() != b.Version() || !reflect.DeepEqual(one, two) {
		t.Errorf("the same samples give %s %+v and %s %+v", a.Version(), one, b.Version(), two)
	}
	c, _, _ := Train(invented(150), Options{Bits: 14, Seed: 1})
	if a.Version() == c.Version() {
		t.Error("another seed gives the same model")
	}
}

func TestTrainRefuses(t *testing.T) {
	good := invented(150)
	oneClass := slices.DeleteFunc(invented(150), func(s Sample) bool { return s.Label == Negative })
	for _, c := range []struct {
		name    string
		samples []Sample
		o       Options
		want    error
		says    string
	}{
		{"none", nil, Options{}, ErrTooFew, "0 different negative samples"},
		{"few", good[:30], Options{}, ErrTooFew, "10 different negative samples and 20 others"},
		{"no negative", oneClass, Options{}, ErrTooFew, "0 different negative samples and 100 others"},
		{"all the same", slices.Repeat([]Sample{{"bad photo", Negative}, {"photo", Neutral}}, 100), Options{}, ErrTooFew, "1 different negative"},
		{"label", append(slices.Clone(good), Sample{"x", "angry"}), Options{}, ErrInvalid, `label "angry" of sample 151`},
		{"no label", append(slices.Clone(good), Sample{Text: "x"}), Options{}, ErrInvalid, "sample 151"},
		{"too many", make([]Sample, MaxSamples+1), Options{}, ErrTooLarge, "give at most 100000"},
		{"too long", slices.Repeat([]Sample{{strings.Repeat("a", MaxText), Negative}}, MaxTrained/MaxText+1), Options{}, ErrTooLarge, "bytes"},
		{"bits", good, Options{Bits: 30}, ErrInvalid, "30 bits"},
		{"epochs", good, Options{Epochs: -1}, ErrInvalid, "-1 epochs"},
		{"folds", good, Options{Folds: 1}, ErrInvalid, "1 folds"},
		{"rate", good, Options{Rate: -1}, ErrInvalid, "rate -1"},
	} {
		m, _, err := Train(c.samples, c.o)
		if m != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q of kind %q", c.name, err, c.says, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	p := &pieces{}
	texts := []string{
		"Bonjour, ma commande 1201 est arrivée avec une photo floue et des couleurs fausses",
		"Bonjour, ma commande 777 est arrivée avec une photo floue et des couleurs fausses, merci",
		"Bonjour, je voudrais changer mon adresse de livraison avant demain midi",
		"RT @user: Bonjour, je voudrais changer mon adresse de livraison avant demain midi http://x.fr",
		"bad", "BAD!", "good", "",
	}
	g := newGrouping(len(texts))
	for i, text := range texts {
		p.cut(text)
		g.add(i, p)
	}
	for _, c := range []struct {
		a, b int
		same bool
	}{{0, 1, true}, {2, 3, true}, {0, 2, false}, {4, 5, true}, {4, 6, false}, {6, 7, false}} {
		if same := g.of(c.a) == g.of(c.b); same != c.same {
			t.Errorf("%q and %q are in one group: %v", texts[c.a], texts[c.b], same)
		}
	}
}

func trained(t testing.TB) (*Model, []byte) {
	t.Helper()
	m, _, err := Train(invented(120), Options{Bits: minBits, Epochs: 2, Folds: 2})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Save(&b); err != nil {
		t.Fatal(err)
	}
	return m, b.Bytes()
}

func TestSaveLoad(t *testing.T) {
	m, file := trained(t)
	again, err := Load(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, again) {
		t.Errorf("what is loaded differs: %s, saved %s", again.version, m.version)
	}
	for _, c := range tickets {
		if a, b := New().WithModel(m).Score(c.text), New().WithModel(again).Score(c.text); !reflect.DeepEqual(a, b) {
			t.Fatalf("%q: saved %v, loaded %v", c.text, a, b)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	_, file := trained(t)
	for i := 0; i < len(file); i += 1 + i/100 { // each of the first bytes, then ever fewer
		bad := slices.Clone(file)
		bad[i] ^= 0x10
		// The header of gzip has bytes that mean nothing for what is in it: time, system.
		if m, err := Load(bytes.NewReader(bad)); err == nil && !sameWeights(t, m, file) || err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("byte %d turned: %v", i, err)
		}
	}
	for n := 0; n < len(file); n += 1 + n/100 {
		if _, err := Load(bytes.NewReader(file[:n])); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
	}
}

func sameWeights(t *testing.T, m *Model, file []byte) bool {
	t.Helper()
	whole, err := Load(bytes.NewReader(file))
	return err == nil && reflect.DeepEqual(m, whole)
}

// FuzzParse gets behind the checksum.
func FuzzParse(f *testing.F) {
	m, _ := trained(f)
	held, err := m.held()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(held)
	f.Add([]byte{featuresVersion, 18, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, '{', '}', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &Model{}
		if err := m.parse(b); err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("error of no kind: %v", err)
			}
			return
		}
		checkResult(t, tickets[0].text, New().WithModel(m).Score(tickets[0].text))
	})
}

func FuzzLoad(f *testing.F) {
	_, file := trained(f)
	f.Add(file)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Load(bytes.NewReader(b)); err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("error of no kind: %v", err)
		}
	})
}
