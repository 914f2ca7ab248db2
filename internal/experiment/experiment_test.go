package experiment

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func encode() Program {
	return Program{
		Name: "encode", Replay: []string{"./encode.sh", "{in}", "{out}", "-q={quality}", "{in}.txt"},
		Parameters: map[string]string{"quality": "[0-9]{1,3}"}, Output: ".jpg",
	}
}

func TestArgs(t *testing.T) {
	args, err := encode().Args(map[string]string{"quality": "40"}, map[string]string{In: "/x/in.png", Out: "/x/{quality}.jpg"})
	if want := []string{"./encode.sh", "/x/in.png", "/x/{quality}.jpg", "-q=40", "/x/in.png.txt"}; err != nil || !slices.Equal(args, want) {
		t.Fatalf("%q, %v; want %q", args, err, want)
	}
	option := encode()
	option.Parameters = map[string]string{"quality": "-?[a-z]+"}
	for name, c := range map[string]struct {
		program Program
		values  map[string]string
	}{
		"missing":              {encode(), nil},
		"does not fit":         {encode(), map[string]string{"quality": "forty"}},
		"fits in part":         {encode(), map[string]string{"quality": "40; rm"}},
		"unknown":              {encode(), map[string]string{"quality": "40", "speed": "1"}},
		"several lines":        {encode(), map[string]string{"quality": "40\n"}},
		"too long":             {encode(), map[string]string{"quality": strings.Repeat("4", MaxValue+1)}},
		"in is no parameter":   {encode(), map[string]string{"quality": "4", "in": "/etc/passwd"}},
		"an alternation's end": {Program{Command: []string{"x", "{a}"}, Parameters: map[string]string{"a": "b|c"}}, map[string]string{"a": "xc"}},
	} {
		if args, err := c.program.Args(c.values, map[string]string{In: "in", Out: "out"}); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %q, %v", name, args, err)
		}
	}
	if _, err := option.Args(map[string]string{"quality": "-rf"}, nil); err != nil {
		t.Errorf("a pattern that begins with a dash allows one: %v", err)
	}
	dashed := Program{Command: []string{"x", "{a}"}, Parameters: map[string]string{"a": ".*"}}
	if _, err := dashed.Args(map[string]string{"a": "--output=/etc/passwd"}, nil); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("an option got in by a pattern that allows everything: %v", err)
	}
	// What stands in a command that is no replay is a parameter or nothing.
	answer := Program{Command: []string{"x", "{in}"}, Parameters: map[string]string{}}
	if err := answer.validate(); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a command with {in}: %v", err)
	}
}

func TestConfigValidate(t *testing.T) {
	good := Config{"encode": encode(), "ask": {Command: []string{"/bin/true"}}, "old": {Measure: []string{"./old", "check", "{in}", "{delivered}"}}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	good.Resolve(func(p string) string { return "/home/" + strings.TrimPrefix(p, "./") })
	if p := good["encode"]; p.Name != "encode" || p.Replay[0] != "/home/encode.sh" || p.Kind() != Replay {
		t.Errorf("resolved: %+v", p)
	}
	args, err := good["old"].Args(nil, map[string]string{In: "a.png", Delivered: "b.jpg"})
	if want := []string{"/home/old", "check", "a.png", "b.jpg"}; err != nil || !slices.Equal(args, want) || good["old"].Kind() != Remeasure || good["ask"].Kind() != Command {
		t.Errorf("%q, %v; want %q", args, err, want)
	}
	for name, change := range map[string]func(*Program){
		"both":              func(p *Program) { p.Command = []string{"x"} },
		"neither":           func(p *Program) { p.Replay = nil },
		"a program to pick": func(p *Program) { p.Replay[0] = "{quality}" },
		"no {out}":          func(p *Program) { p.Replay = []string{"x", "{in}"} },
		"{out} measured":    func(p *Program) { p.Replay, p.Measure = nil, []string{"x", "{in}", "{out}", "{quality}"} },
		"nothing measured":  func(p *Program) { p.Replay, p.Measure = nil, []string{"x", "{in}", "{quality}"} },
		"undeclared":        func(p *Program) { p.Replay = append(p.Replay, "{speed}") },
		"no pattern":        func(p *Program) { p.Parameters["quality"] = "[" },
		"parameter in":      func(p *Program) { p.Parameters["in"] = "x" },
		"a long time":       func(p *Program) { p.Timeout = time.Hour },
		"no extension":      func(p *Program) { p.Output = "../x" },
		"many arguments":    func(p *Program) { p.Replay = append(p.Replay, make([]string, maxArguments)...) },
		"a NUL":             func(p *Program) { p.Replay = append(p.Replay, "a\x00b") },
	} {
		p := encode()
		p.Replay, p.Parameters = slices.Clone(p.Replay), maps.Clone(p.Parameters)
		change(&p)
		if err := (Config{"x": p}).Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Config{"Not A Name": encode()}).Validate(); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a bad name: %v", err)
	}
}

func TestRequestValidate(t *testing.T) {
	now := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	then := now.Add(-time.Hour)
	for _, r := range []Request{
		{Kind: ReplayLUT, LUT: "luts/v8.cube"}, {Kind: Replay, Program: "encode", Parameters: map[string]string{"quality": "40"}},
		{Kind: Remeasure, Sample: MaxSample}, {Kind: Compare, Attribute: "lut", Value: "v8"}, {Kind: Compare, Attribute: "software"},
		{Kind: Series, Expr: "up > 0", Since: &then, Until: &now}, {Kind: Command, Program: "ask"},
	} {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r, err)
		}
	}
	for name, r := range map[string]Request{
		"nothing": {}, "by hand": {Kind: ByHand}, "no table": {Kind: ReplayLUT}, "no program": {Kind: Replay, LUT: "x"}, "no attribute": {Kind: Compare, Value: "v8"},
		"no condition": {Kind: Series, Expr: " "}, "backwards": {Kind: Series, Expr: "up > 0", Since: &now, Until: &then},
		"too many": {Kind: Remeasure, Sample: MaxSample + 1}, "negative": {Kind: Remeasure, Sample: -1}, "long": {Kind: Series, Expr: strings.Repeat("x", maxField+1)},
	} {
		if err := r.Validate(); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := (Request{Kind: Replay, Program: "encode", Parameters: map[string]string{"quality": "40", "a": "b"}}).String(); got != "replay encode a=b quality=40" {
		t.Errorf("it is called %q", got)
	}
}

func TestVerdicts(t *testing.T) {
	all := func(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }
	for name, c := range map[string]struct{ got, want Verdict }{
		"nothing remains":    {Reproduction{all(0.1, 5), all(6, 5)}.Verdict(), Confirmed},
		"all remains":        {Reproduction{all(6, 5), all(6, 5)}.Verdict(), Refuted},
		"more than before":   {Reproduction{all(9, 5), all(6, 5)}.Verdict(), Refuted},
		"half remains":       {Reproduction{all(3, 5), all(6, 5)}.Verdict(), Inconclusive},
		"two images":         {Reproduction{all(0, 2), all(6, 2)}.Verdict(), Inconclusive},
		"nothing to explain": {Reproduction{all(0, 5), all(0, 5)}.Verdict(), Inconclusive},
		"one odd image":      {Reproduction{[]float64{0, 0, 9, 0, 0}, all(6, 5)}.Verdict(), Confirmed},
		"nine of ten":        {Ballot{9, 10}.OfImages(), Confirmed},
		"one of ten":         {Ballot{1, 10}.OfImages(), Refuted},
		"half":               {Ballot{5, 10}.OfImages(), Inconclusive},
		"of nothing":         {Ballot{0, 0}.OfImages(), Inconclusive},
		"of nine moments":    {Ballot{9, 9}.OfMoments(), Inconclusive},
		"of ten moments":     {Ballot{10, 10}.OfMoments(), Confirmed},
		"exit 0":             {OfExit(0), Confirmed}, "exit 1": {OfExit(1), Refuted}, "exit 2": {OfExit(2), Inconclusive}, "exit -1": {OfExit(-1), Inconclusive},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	if m := Median([]float64{4, 1, 3, 2}); m != 2.5 {
		t.Errorf("median %g", m)
	}
}
