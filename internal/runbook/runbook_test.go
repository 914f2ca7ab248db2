package runbook

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestDefault: ours is as good as one that is configured, in both languages, and survives being stored.
func TestDefault(t *testing.T) {
	t.Parallel()
	d := Default()
	if err := (Config{"default": d}).Validate(nil); err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, s := range d.Steps {
		for _, w := range []Words{s.Text, s.More} {
			if w.FR == "" || w.EN == "" || w.FR == w.EN || strings.Contains(w.FR+w.EN, "!runbook") {
				t.Errorf("step %s says %q and %q", s.Name, w.FR, w.EN)
			}
		}
		if s.Within.From < last || s.Within.To > 30 {
			t.Errorf("step %s is due in %s, after one of %d", s.Name, s.Within, last)
		}
		last = s.Within.From
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again Runbook
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, d) {
		t.Errorf("stored and read again it is\n%+v (%v), want\n%+v", again, err, d)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		step   Step
		kind   Kind
		needs  people.Permission
		byHand bool
	}{
		{Step{Check: Images}, KindCheck, people.Respond, false},
		{Step{Command: []string{"x"}}, KindCommand, people.Contain, false},
		{Step{Contain: Isolate}, KindContainment, people.Contain, false},
		{Step{Message: &Message{}}, KindMessage, people.Respond, false},
		{Step{}, KindManual, people.Respond, true},
		{Step{DoneBy: Rated}, KindManual, people.Respond, true},
		{Step{DoneBy: Contained}, KindManual, people.Respond, false},
	} {
		if got := row.step; got.Kind() != row.kind || got.Needs() != row.needs || got.ByHand() != row.byHand {
			t.Errorf("%+v is a %s, needs %q, by hand %v", got, got.Kind(), got.Needs(), got.ByHand())
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		w      Words
		fr, en string
	}{{Words{"a", "b"}, "a", "b"}, {Words{FR: "a"}, "a", "a"}, {Words{EN: "b"}, "b", "b"}, {Words{}, "", ""}} {
		if fr, en := row.w.In(phrase.French), row.w.In(phrase.English); fr != row.fr || en != row.en {
			t.Errorf("%+v says %q and %q", row.w, fr, en)
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{"0-5": true, " 5 - 15 ": true, "15-5": false, "5-5": false, "-1-5": false, "5": false, "a-b": false, "0-99999": false, "": false} {
		var w Window
		if err := w.UnmarshalText([]byte(text)); (err == nil) != good {
			t.Errorf("%q is read as %+v, %v", text, w, err)
		}
	}
	night := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)
	w := Window{5, 15}
	if w.String() != "5-15" || !w.Begins(night).Equal(night.Add(5*time.Minute)) || !w.Ends(night).Equal(night.Add(15*time.Minute)) {
		t.Errorf("%s is from %v to %v", w, w.Begins(night), w.Ends(night))
	}
}

// TestNamed: which runbook an annotation means, and which lies elsewhere.
func TestNamed(t *testing.T) {
	t.Parallel()
	const base = "https://safelight.example.org"
	for _, row := range []struct{ annotation, named, elsewhere string }{
		{"drift", "drift", ""}, {" /runbooks/drift ", "drift", ""}, {base + "/runbooks/drift", "drift", ""},
		{"https://runbooks/ui/color-drift", "", "https://runbooks/ui/color-drift"}, {"http://wiki/drift?a=b#c", "", "http://wiki/drift?a=b#c"},
		{"", "", ""}, {"See the wiki", "", ""}, {"javascript:alert(1)", "", ""}, {"https://x/\" onclick=\"y", "", ""}, {"ftp://x/y", "", ""},
		{"/runbooks/../users", "", ""}, {"https://" + strings.Repeat("x", 3000), "", ""},
	} {
		if named, elsewhere := Named(row.annotation, base), Elsewhere(row.annotation, base); named != row.named || elsewhere != row.elsewhere {
			t.Errorf("%.60q names %q and lies at %q, want %q and %q", row.annotation, named, elsewhere, row.named, row.elsewhere)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	facts := map[string]string{"pipeline": "{severity}", "severity": "S1"}
	if got := Fill("{pipeline} is {severity}, {none}, {", facts); got != "{severity} is S1, {none}, {" {
		t.Errorf("it says %q: a fact is no text to fill", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	own := Runbook{Name: "default", Steps: []Step{{Name: "a", Text: Words{EN: "b"}, Command: []string{"tools/x", "tools/y"}}, {Name: "c", Text: Words{EN: "d"}, Command: []string{"rsync"}}}}
	c := Config{"default": own, "b": {}, "a": {}}
	c.Resolve(func(p string) string { return "/srv/" + p })
	if got := c["default"].Steps; strings.Join(got[0].Command, " ") != "/srv/tools/x tools/y" || got[1].Command[0] != "rsync" {
		t.Errorf("resolved, the commands are %v and %v", got[0].Command, got[1].Command)
	}
	var names []string
	for _, r := range c.List() {
		names = append(names, r.Name)
	}
	if strings.Join(names, " ") != "default a b" || len(c.List()[0].Steps) != 2 {
		t.Errorf("they are listed as %v", names)
	}
	if r, ok := (Config{}).Get(DefaultName); !ok || len(r.Steps) != len(Default().Steps) {
		t.Error("where none is configured, ours is not the default")
	}
	if _, ok := c.Get("none"); ok {
		t.Error("there is one that is not")
	}
	many := Config{}
	for i := range maxRunbooks + 1 {
		many[strings.Repeat("x", i%30+1)+string(rune('a'+i%26))+strings.Repeat("y", i/30)] = Runbook{}
	}
	if err := many.Validate(nil); err == nil {
		t.Error("any number of runbooks is taken")
	}
}
