package suspect

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func told(key, value string) Attribute  { return Attribute{key, value, Told} }
func said(key, value string) Attribute  { return Attribute{key, value, Said} }
func trait(key, value string) Attribute { return Attribute{key, value, Trait} }
func run(value string) Attribute        { return Attribute{"run", value, Identity} }

// night is a catalogue in which table v8 spoils all that it touches, but for some flat pictures, in two runs on two hosts.
func night() []Group {
	return []Group{
		{[]Attribute{run("811"), told("lut", "v7"), told("host", "a"), trait("quality", "90")}, 0, 400, 0, 0},
		{[]Attribute{run("811"), told("lut", "v7"), told("host", "b"), trait("quality", "90")}, 0, 400, 0, 0},
		{[]Attribute{run("812"), told("lut", "v8"), told("host", "a"), trait("quality", "90")}, 190, 10, 0, 0},
		{[]Attribute{run("813"), told("lut", "v8"), told("host", "b"), trait("quality", "90")}, 195, 5, 0, 0},
	}
}

func TestRank(t *testing.T) {
	r := Rank(night())
	if r.Bad != 385 || r.Good != 815 {
		t.Fatalf("%d bad, %d good", r.Bad, r.Good)
	}
	first := r.Suspects[0]
	if first.Key != "lut" || first.Value != "v8" || first.Bad != 385 || first.Good != 15 || len(first.Same) != 0 {
		t.Errorf("the first suspect is %+v", first)
	}
	if want := 1 - 15.0/815; math.Abs(first.Score-want) > 1e-12 || first.P > 1e-50 {
		t.Errorf("score %g, want %g; p %g", first.Score, want, first.P)
	}
	for i, s := range r.Suspects[1:] {
		if s.Score > r.Suspects[i].Score || s.Score <= 0 {
			t.Errorf("suspect %d, %+v, is out of order or none", i+1, s)
		}
	}
	if text, err := json.Marshal(r); err != nil || !json.Valid(text) {
		t.Error(err)
	}
	var o Origin
	if err := o.UnmarshalText([]byte("identity")); err != nil || o != Identity || o.UnmarshalText([]byte("x")) == nil {
		t.Error("origins do not come back from text")
	}
}

// TestTellApart has a cause before its traces and its names where they split the images alike.
// TestSince has a host that has been good for long and that alone is bad since the harm began, beside images of a kind that nothing
// can spoil.
func TestSince(t *testing.T) {
	groups := []Group{
		{[]Attribute{told("host", "a"), told("lut", "v7"), trait("folder", "x/")}, 0, 300, 0, 0},
		{[]Attribute{told("host", "b"), told("lut", "v7"), trait("folder", "x/")}, 0, 300, 0, 0},
		{[]Attribute{told("host", "a"), told("lut", "v8"), trait("folder", "x/")}, 0, 40, 0, 40},
		{[]Attribute{told("host", "b"), told("lut", "v8"), trait("folder", "x/")}, 40, 0, 40, 0},
	}
	r := Rank(groups)
	if s := r.Suspects[0]; s.Key != "host" || s.Value != "b" || s.Among != Since || s.Score != 1 || s.Bad != 40 || s.Good != 0 {
		t.Errorf("the first suspect is %+v", s)
	}
	if j := r.Judge("host", "b"); j.Verdict != Undecided || j.Reason != Rivalled {
		t.Errorf("the host is %s because %s: all of the bad have the new table, too", j.Verdict, j.Reason)
	}
	// The same, where what cannot be spoilt came in a folder of its own: a cause comes before such a trait.
	r = Rank([]Group{
		{[]Attribute{told("lut", "v7"), trait("folder", "x/")}, 0, 300, 0, 0},
		{[]Attribute{told("lut", "v8"), trait("folder", "x/")}, 300, 0, 300, 0},
		{[]Attribute{told("lut", "v8"), trait("folder", "flat/")}, 0, 12, 0, 12},
	})
	if s := r.Suspects[0]; s.Key != "lut" || s.Value != "v8" || s.Among != All {
		t.Errorf("the first suspect is %+v", s)
	}
}

func TestOnset(t *testing.T) {
	for name, c := range map[string]struct {
		bad, good []int64
		at        int64
		ok        bool
	}{
		"all at once":        {[]int64{12, 10, 11}, []int64{1, 2, 3}, 10, true},
		"one stray before":   {[]int64{2, 20, 21, 22, 23}, []int64{1, 3, 4, 5, 6, 7, 8, 9, 21}, 20, true},
		"some good go on":    {[]int64{10, 12, 14}, []int64{1, 2, 3, 11, 13}, 10, true},
		"nothing good":       {[]int64{5, 6}, nil, 5, true},
		"nothing bad":        {nil, []int64{5, 6}, 0, false},
		"at the very moment": {[]int64{5, 5}, []int64{5, 4}, 5, true},
	} {
		if at, ok := Onset(c.bad, c.good); at != c.at || ok != c.ok {
			t.Errorf("%s: %d, %v; want %d, %v", name, at, ok, c.at, c.ok)
		}
	}
}

func TestTellApart(t *testing.T) {
	r := Rank([]Group{
		{[]Attribute{run("1"), trait("quality", "90"), said("software", "enc 1"), told("encoder", "q90")}, 0, 50, 0, 0},
		{[]Attribute{run("2"), trait("quality", "40"), said("software", "enc 2"), told("encoder", "q40")}, 50, 0, 0, 0},
	})
	s := r.Suspects[0]
	if len(r.Suspects) != 1 || s.Key != "encoder" || s.Score != 1 {
		t.Fatalf("suspects %+v", r.Suspects)
	}
	if want := []Attribute{said("software", "enc 2"), trait("quality", "40"), run("2")}; !slices.Equal(s.Same, want) {
		t.Errorf("with it go %+v, want %+v", s.Same, want)
	}
}

func TestJudge(t *testing.T) {
	confounded := []Group{
		{[]Attribute{told("lut", "v7"), told("model", "m1"), trait("quality", "90")}, 0, 50, 0, 0},
		{[]Attribute{told("lut", "v8"), told("model", "m2"), trait("quality", "40")}, 50, 0, 0, 0},
	}
	for name, c := range map[string]struct {
		groups     []Group
		key, value string
		verdict    Verdict
		reason     Reason
	}{
		"the cause":                {night(), "lut", "v8", Supported, Separates},
		"a bystander":              {night(), "host", "a", Refuted, Everywhere},
		"on all of them":           {night(), "quality", "90", Refuted, Everywhere},
		"the good one":             {night(), "lut", "v7", Refuted, Everywhere},
		"a value nobody has":       {night(), "lut", "v9", Refuted, Everywhere},
		"one run of two":           {night(), "run", "812", Undecided, Partly},
		"nobody recorded it":       {night(), "moon", "full", Undecided, Unknown},
		"two changed at once":      {confounded, "lut", "v8", Undecided, Confounded},
		"a trait of what changed":  {confounded, "quality", "40", Undecided, Confounded},
		"few":                      {[]Group{{[]Attribute{told("lut", "v8")}, 9, 0, 0, 0}, {[]Attribute{told("lut", "v7")}, 0, 900, 0, 0}}, "lut", "v8", Undecided, Few},
		"nothing at all":           {nil, "lut", "v8", Undecided, Few},
		"recorded on half of them": {append(night(), Group{nil, 400, 0, 0, 0}), "lut", "v8", Undecided, Unknown},
		"a rival as good": {[]Group{
			{[]Attribute{told("lut", "v7"), told("host", "a")}, 0, 100, 0, 0},
			{[]Attribute{told("lut", "v8"), told("host", "b")}, 100, 0, 0, 0},
			{[]Attribute{told("lut", "v8"), told("host", "a")}, 2, 0, 0, 0},
		}, "lut", "v8", Undecided, Rivalled},
		"a trait alone": {[]Group{{[]Attribute{trait("quality", "40"), run("2")}, 50, 0, 0, 0}, {[]Attribute{trait("quality", "90"), run("1")}, 0, 50, 0, 0}}, "quality", "40", Supported, Separates},
	} {
		j := Rank(c.groups).Judge(c.key, c.value)
		if j.Verdict != c.verdict || j.Reason != c.reason {
			t.Errorf("%s: %s because %s, want %s because %s; %+v", name, j.Verdict, j.Reason, c.verdict, c.reason, j)
		}
		if (j.Reason == Confounded || j.Reason == Rivalled) != (len(j.Rivals) > 0) {
			t.Errorf("%s: rivals %v", name, j.Rivals)
		}
	}
}

// TestChanceIsNoSuspect holds that what is drawn by lot is not supported, whatever is drawn.
func TestChanceIsNoSuspect(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 300 {
		var groups []Group
		for range 60 {
			g := Group{Bad: r.IntN(3), Good: r.IntN(3)}
			for _, key := range []string{"a", "b", "c", "d", "e"} {
				g.Attributes = append(g.Attributes, told(key, string(rune('0'+r.IntN(4)))))
			}
			groups = append(groups, g)
		}
		ranking := Rank(groups)
		bad, good := 0, 0
		for _, g := range groups {
			bad, good = bad+g.Bad, good+g.Good
		}
		if ranking.Bad != bad || ranking.Good != good {
			t.Fatal("images are lost")
		}
		for _, s := range ranking.Suspects {
			if s.Score < -1 || s.Score > 1 || s.P < 0 || s.P > 1 || s.Bad > bad || s.Good > good {
				t.Fatalf("suspect %+v", s)
			}
			if j := ranking.Judge(s.Key, s.Value); j.Verdict == Supported {
				t.Errorf("chance convicts %+v", s)
			}
		}
	}
}

// TestChance compares the G-test with a table worked by hand: 30 of 40 against 10 of 40, G = 20.93, and one without any difference.
func TestChance(t *testing.T) {
	if p := chance(30, 40, 10, 40); math.Abs(p-4.76e-6) > 5e-8 {
		t.Errorf("p %g", p)
	}
	if p := chance(10, 40, 10, 40); p != 1 {
		t.Errorf("p %g of no difference", p)
	}
	if p := chance(0, 0, 0, 0); p != 1 {
		t.Errorf("p %g of nothing", p)
	}
}
