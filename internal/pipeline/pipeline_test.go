package pipeline

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

func TestBytesUnmarshal(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want Bytes
	}{
		{"0", 0}, {"512", 512}, {"512 B", 512}, {"25 KB", 25_000}, {"25KB", 25_000}, {"25 kb", 25_000},
		{" 1.5 KB ", 1500}, {"2 MB", 2_000_000}, {"1 KiB", 1024}, {"3MiB", 3 << 20}, {"1 GB", 1e9}, {"2 GiB", 2 << 30},
	} {
		var got Bytes
		if err := got.UnmarshalText([]byte(row.text)); err != nil || got != row.want {
			t.Errorf("%q reads as %d (%v), want %d", row.text, got, err, row.want)
		}
	}
	for _, text := range []string{"", "KB", "-1 KB", "25 TB", "1e12 GB", "25 K", "NaN", "NaN KB", "Inf", "1e13", "2 5 KB", "KB 25", "25 KBKB", "0x"} {
		var got Bytes
		if err := got.UnmarshalText([]byte(text)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%q reads as %d (%v), want an error of kind invalid", text, got, err)
		}
	}
}

// TestBytesString writes what UnmarshalText reads back to the same size.
func TestBytesString(t *testing.T) {
	t.Parallel()
	for size, want := range map[Bytes]string{0: "0 B", 999: "999 B", 1000: "1 KB", 1500: "1500 B", 25_000: "25 KB", 2_000_000: "2 MB", 3e9: "3 GB", 1024: "1024 B"} {
		var again Bytes
		if got := size.String(); got != want {
			t.Errorf("%d bytes are written %q, want %q", int64(size), got, want)
		} else if err := again.UnmarshalText([]byte(got)); err != nil || again != size {
			t.Errorf("%q reads back as %d (%v), want %d", got, int64(again), err, int64(size))
		}
	}
}

func FuzzBytes(f *testing.F) {
	for _, s := range []string{"25 KB", "NaN", "1e12 MiB", "-0", "0x1p3 KB"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b, again Bytes
		if b.UnmarshalText([]byte(s)) != nil {
			return
		}
		if b < 0 {
			t.Fatalf("%q reads as %d", s, int64(b))
		}
		if err := again.UnmarshalText([]byte(b.String())); err != nil && b <= 1e12 {
			t.Fatalf("%q reads as %d, which is written %q and not read back: %v", s, int64(b), b, err)
		}
	})
}

// TestDefaultBudgets holds the promised limits and the order of the classes.
func TestDefaultBudgets(t *testing.T) {
	t.Parallel()
	b := DefaultBudgets()
	if got := b[Thumbnail]; got.AverageBytes != 25_000 || got.SSIM != 0.98 || got.LPIPS != 0.08 {
		t.Errorf("thumbnail is %+v, want 25 KB average, SSIM 0.98, LPIPS 0.08", got)
	}
	if got := b[Hero]; got.AverageBytes != 180_000 {
		t.Errorf("hero is %+v, want 180 KB average", got)
	}
	if got := b[UI]; !got.Lossless || got.Chroma != "4:4:4" {
		t.Errorf("ui is %+v, want lossless 4:4:4", got)
	}
	if !(b[UI].DeltaE00 < b[Product].DeltaE00 && b[Product].DeltaE00 < b[Hero].DeltaE00 && b[Hero].DeltaE00 < b[Thumbnail].DeltaE00) {
		t.Errorf("the ΔE00 limits do not rise from ui over product and hero to thumbnail: %+v", b)
	}
	for class, budget := range b {
		if err := budget.validate(); err != nil || budget.DeltaE00 == 0 || budget.SSIM == 0 || budget.Palette == 0 || budget.Palette > budget.DeltaE00 {
			t.Errorf("%s: %+v is not a whole budget (%v)", class, budget, err)
		}
	}
	b[Hero] = Budget{}
	if DefaultBudgets()[Hero].AverageBytes == 0 {
		t.Error("changing the returned budgets changed the defaults")
	}
}

// TestDefaultPolicies is the table of the design.
func TestDefaultPolicies(t *testing.T) {
	t.Parallel()
	const h = time.Hour
	for s, row := range map[Severity]struct {
		paged                              int
		containment                        Containment
		contain, publish, prevent, law     time.Duration
		board, members                     int
		needsPostmortem, needsHandOver     bool
		oneApproval, brandAndSRE, everyone bool
	}{
		S0: {3, Automatic, h / 2, 48 * h, 24 * h, 72 * h, 3, 0, true, true, false, false, true},
		S1: {1, Suggested, h / 2, 48 * h, 24 * h, 0, 2, 0, true, true, false, true, true},
		S2: {1, Suggested, 4 * h, 120 * h, 0, 0, 0, 1, true, false, true, true, true},
		S3: {0, Manual, 0, 0, 0, 0, 0, 0, false, false, true, true, true},
	} {
		p := DefaultPolicies()[s]
		if err := p.validate(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if len(p.Page) != row.paged || p.Containment != row.containment || p.Postmortem != row.needsPostmortem || p.HandOver != row.needsHandOver {
			t.Errorf("%s: %+v, want %+v", s, p, row)
		}
		if p.Contain != row.contain || p.Publish != row.publish || p.Prevent != row.prevent || p.Legal != row.law {
			t.Errorf("%s has the clocks %v %v %v %v, want %+v", s, p.Contain, p.Publish, p.Prevent, p.Legal, row)
		}
		if len(p.Board.Domains) != row.board || p.Board.Members != row.members {
			t.Errorf("%s has the board %+v, want %+v", s, p.Board, row)
		}
		one, two, all := []people.Domain{people.Legal}, []people.Domain{people.SRE, people.Brand}, people.Domains()
		if got := [3]bool{p.Board.Met(one), p.Board.Met(two), p.Board.Met(all)}; got != [3]bool{row.oneApproval, row.brandAndSRE, row.everyone} {
			t.Errorf("%s: approvals of legal, of brand and SRE, of all suffice: %v, want %+v", s, got, row)
		}
	}
}

// TestQuorum needs as many persons as domains, and each domain.
func TestQuorum(t *testing.T) {
	t.Parallel()
	two := Quorum{Domains: []people.Domain{people.Brand}, Members: 2}
	for _, row := range []struct {
		given []people.Domain
		want  bool
	}{
		{nil, false}, {[]people.Domain{people.Brand}, false}, {[]people.Domain{people.SRE, people.Legal}, false},
		{[]people.Domain{people.SRE, people.Brand}, true}, {[]people.Domain{people.Brand, people.Brand}, true},
	} {
		if got := two.Met(row.given); got != row.want {
			t.Errorf("brand and two members: approvals %v suffice: %v, want %v", row.given, got, row.want)
		}
	}
}

func TestParseSeverity(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]Severity{"S0": S0, "s1": S1, " S3 ": S3} {
		if got, known := ParseSeverity(label); got != want || !known {
			t.Errorf("%q reads as %s, known %v; want %s", label, got, known, want)
		}
	}
	for _, label := range []string{"", "critical", "S4", "S 1", "SO"} {
		if got, known := ParseSeverity(label); got != S2 || known {
			t.Errorf("%q reads as %s, known %v; want S2 and not known, since an alert must not be lost", label, got, known)
		}
	}
}

func good() Config {
	return Config{
		Pipelines: map[string]Pipeline{
			"catalogue": {Reference: "ref", Delivered: "out", Class: Product, Routes: []string{"catalogue"}},
			"hero":      {Reference: "ref/hero", Delivered: "out/hero", Class: Hero, Routes: []string{"front", "catalogue"}},
		},
		Palette: []BrandColour{{"rouge", "#c8102e"}},
	}
}

// TestConfigMistakes gives each mistake one sentence that names its place.
func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	if err := good().WithDefaults().Validate(); err != nil {
		t.Fatalf("a good configuration: %v", err)
	}
	pipeline := func(change func(*Pipeline)) func(*Config) {
		return func(c *Config) { p := c.Pipelines["hero"]; change(&p); c.Pipelines["hero"] = p }
	}
	budget := func(b Budget) func(*Config) { return func(c *Config) { c.Classes = map[Class]Budget{"mine": b} } }
	policy := func(s Severity, p Policy) func(*Config) {
		return func(c *Config) { c.Severities = map[Severity]Policy{s: p} }
	}
	var nan Budget
	if err := yaml.Unmarshal([]byte("ssim: .nan"), &nan); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		change func(*Config)
		want   []string
	}{
		{func(c *Config) { c.Pipelines["Été"] = Pipeline{} }, []string{"Été", "a-z"}},
		{pipeline(func(p *Pipeline) { p.Reference = "" }), []string{"pipeline hero", "reference"}},
		{pipeline(func(p *Pipeline) { p.Delivered = "" }), []string{"pipeline hero", "delivered"}},
		{pipeline(func(p *Pipeline) { p.Delivered = "./ref/hero/" }), []string{"pipeline hero", "one folder"}},
		{pipeline(func(p *Pipeline) { p.Class = "heroe" }), []string{"pipeline hero", `"heroe"`, "thumbnail"}},
		{budget(Budget{DeltaE00: -1}), []string{"class mine", "between 0 and 100"}},
		{budget(Budget{Palette: 101}), []string{"class mine", "between 0 and 100"}},
		{budget(Budget{DeltaE00Local: 101}), []string{"class mine", "between 0 and 100"}},
		{budget(Budget{SSIM: 98}), []string{"class mine", "ssim 98"}},
		{budget(nan), []string{"class mine", "ssim NaN"}},
		{budget(Budget{LPIPS: 3}), []string{"class mine", "lpips 3"}},
		{budget(Budget{Chroma: "4:2:0"}), []string{"class mine", "4:4:4"}},
		{policy("S9", Policy{Containment: Manual}), []string{"S9", "S0, S1, S2 or S3"}},
		{policy("s1", Policy{Containment: Manual}), []string{"s1"}},
		{policy(S1, Policy{}), []string{"severity S1", "containment"}},
		{policy(S1, Policy{Containment: Manual, Contain: -1}), []string{"severity S1", "future"}},
		{policy(S1, Policy{Containment: Manual, Page: []people.Duty{"oncall"}}), []string{"severity S1", `"oncall"`}},
		{policy(S1, Policy{Containment: Manual, Board: Quorum{Domains: []people.Domain{"law"}}}), []string{"severity S1", `"law"`}},
		{func(c *Config) { c.Palette = []BrandColour{{"rouge", "red"}} }, []string{`"rouge"`}},
	} {
		c := good()
		row.change(&c)
		err := c.WithDefaults().Validate()
		if !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("want an invalid that speaks of %q, got %v", row.want, err)
			continue
		}
		for _, part := range row.want {
			if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one sentence with %q", err, part)
			}
		}
	}
}

// TestDefaultsYield proves that a class or severity of the user's replaces its default and no other.
func TestDefaultsYield(t *testing.T) {
	t.Parallel()
	c := Config{Classes: map[Class]Budget{Hero: {SSIM: 0.5}}, Severities: map[Severity]Policy{S3: {Containment: Suggested}}}
	got := c.WithDefaults()
	if got.Classes[Hero].SSIM != 0.5 || got.Classes[UI].SSIM == 0 || got.Severities[S3].Containment != Suggested || !got.Severities[S1].Postmortem {
		t.Errorf("with defaults: %+v", got)
	}
	if len(c.Classes) != 1 || len(c.Severities) != 1 {
		t.Error("WithDefaults changed the configuration that it was called on")
	}
}

func TestByRoute(t *testing.T) {
	t.Parallel()
	for route, want := range map[string][]string{"catalogue": {"catalogue", "hero"}, "front": {"hero"}, "unknown": nil} {
		if got := good().ByRoute(route); !reflect.DeepEqual(got, want) {
			t.Errorf("route %s carries %v, want %v", route, got, want)
		}
	}
}

// TestYAML reads the configuration as a person writes it.
func TestYAML(t *testing.T) {
	t.Parallel()
	text := `
pipelines:
  catalogue:
    reference: approved
    delivered: out
    class: product
    routes: [catalogue]
    stakeholders: [Marketing, Legal, SRE]
    lead: grace
classes:
  product: {deltaE00P95: 1.5, ssim: 0.97, averageBytes: 40 KB, formats: [jpeg]}
severities:
  S3: {containment: manual, page: [on-call], ackWithin: 15m, board: {domains: [SRE], members: 2}}
palette:
  - {name: rouge, hex: "#c8102e"}
`
	var c Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := c.WithDefaults().Validate(); err != nil {
		t.Fatal(err)
	}
	if p := c.Pipelines["catalogue"]; p.Lead != "grace" || len(p.Stakeholders) != 3 || c.Classes[Product].AverageBytes != 40_000 ||
		c.Severities[S3].AckWithin != 15*time.Minute || c.Severities[S3].Board.Members != 2 {
		t.Errorf("read %+v", c)
	}
	swatches, err := c.Swatches()
	if err != nil || len(swatches) != 1 || swatches[0].Name != "rouge" || swatches[0].Lab.A < 40 {
		t.Errorf("the palette is %+v (%v), want one red", swatches, err)
	}
}

func TestRollbackFromYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"keep: 2":  "",
		"keep: 21": "keep 21",
		"keep: -1": "keep -1",
		"command: [/usr/local/bin/back, --last]\nundo: [/usr/local/bin/forth]\nenv: [DEPLOY_TOKEN]\nwithin: 10m": "",
		"command: [back]":                                          "absolute path",
		"undo: [/bin/forth]":                                       "beside command",
		"command: [/bin/back]\nundo: [forth]":                      "beside command",
		"command: [/bin/back]\nenv: [A=b]":                         "names of environment variables",
		"webhook: https://deploy.example/back\nsecretEnv: S":       "",
		"webhook: https://user:pass@deploy.example/\nsecretEnv: S": "without user and password",
		"webhook: file:///etc/passwd\nsecretEnv: S":                "http or https",
		"webhook: https://deploy.example/back":                     "secretEnv",
		"git: {repository: ../pipeline}":                           "",
		"git: {branch: main}":                                      "name the folder",
		"git: {repository: p}\ncommand: [/bin/back]":               "name one of",
		"within: 25h": "within 25h",
	} {
		var r Rollback
		err := yaml.UnmarshalWithOptions([]byte(text), &r, yaml.Strict())
		if err == nil {
			err = r.validate()
		}
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !errors.Is(err, journal.ErrInvalid)) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
	if p := (Rollback{}).Patience(); p != 15*time.Minute {
		t.Errorf("the images may take %v", p)
	}
	if b := (GitRollback{}).Line(); b != "main" {
		t.Errorf("the branch is %q", b)
	}
}
