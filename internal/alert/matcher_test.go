package alert

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestParseMatcher(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Matcher{
		`alertname=a`:                {Name: "alertname", Op: Equal, Value: "a"},
		` alertname = "a b" `:        {Name: "alertname", Op: Equal, Value: "a b"},
		`a=~"b|c"`:                   {Name: "a", Op: Regexp, Value: "b|c"},
		`a!~b.*`:                     {Name: "a", Op: NotRegexp, Value: "b.*"},
		`a!=b`:                       {Name: "a", Op: NotEqual, Value: "b"},
		`a=`:                         {Name: "a", Op: Equal},
		`a=""`:                       {Name: "a", Op: Equal},
		`a==b`:                       {Name: "a", Op: Equal, Value: "=b"},
		`a="\"quoted\" \\ \n \d"`:    {Name: "a", Op: Equal, Value: "\"quoted\" \\ \n \\d"},
		`a=trailing\`:                {Name: "a", Op: Equal, Value: `trailing\`},
		`a=x,y`:                      {Name: "a", Op: Equal, Value: "x,y"},
		`"service.name"="été"`:       {Name: "service.name", Op: Equal, Value: "été"},
		`service.name=x`:             {Name: "service.name", Op: Equal, Value: "x"},
		`"odd name!"=~"x"`:           {Name: "odd name!", Op: Regexp, Value: "x"},
		"a\n=~\t\"multi\nline\"\r\n": {Name: "a", Op: Regexp, Value: "multi\nline"},
	} {
		got, err := ParseMatcher(text)
		if err != nil || !got.Same(want) {
			t.Errorf("ParseMatcher(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "a", "=b", `a="b`, `a=b"`, `a="b"c"`, `a~b`, `a!b`, `"a=b`, `""=b`, "a=\xff", `a=~"("`, `a=~")("`, `a!~"a{1001}"`,
		"a=~" + strings.Repeat("x", maxPattern+1), "a=" + strings.Repeat("x", MaxValue+1), strings.Repeat("x", MaxName+1) + "=a",
	} {
		if got, err := ParseMatcher(text); err == nil || !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("ParseMatcher(%.60q) = %+v, %v; want it refused as invalid or too large", text, got, err)
		}
	}
}

func TestMatchersMatchTheWholeValue(t *testing.T) {
	t.Parallel()
	l := Labels{"alertname": "deltaE-spike", "pipeline": "catalogue"}
	for text, want := range map[string]bool{
		`alertname="deltaE-spike"`: true, `alertname=deltaE`: false, `alertname=~"deltaE.*"`: true, `alertname=~"spike"`: false,
		`alertname=~"a|deltaE-spike"`: true, `gone=""`: true, `gone!=""`: false, `gone!=x`: true, `gone=~".*"`: true, `gone!~".+"`: true,
		`{pipeline="catalogue", alertname!~"other.*",}`: true, `pipeline=catalogue,alertname=x`: false,
	} {
		ms, err := ParseMatchers(text)
		if err != nil || ms.Match(l) != want {
			t.Errorf("%s matches %v: %v, %v; want %v", text, l, ms.Match(l), err, want)
		}
	}
	if ms, err := ParseMatchers(`{a="x,y",b="{\"z\"}"}`); err != nil || len(ms) != 2 || ms[0].Value != "x,y" || ms[1].Value != `{"z"}` {
		t.Errorf("a list with commas and braces in quotes = %v, %v; want two matchers", ms, err)
	}
	if _, err := ParseMatchers(strings.Repeat("a=b,", MaxMatchers+1)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("%d matchers gave %v, want too large", MaxMatchers+1, err)
	}
	for text, want := range map[string]bool{"": false, `a=~".*"`: false, `a!="x"`: false, `a=~".*",b="x"`: true, `a=~".+"`: true} {
		ms, err := ParseMatchers(text)
		if got := err == nil && ms.Validate() == nil; got != want {
			t.Errorf("matchers %q may select: %v, want %v: they must demand a label", text, got, want)
		}
	}
}

func TestMatcherJSONIsThatOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Equal, NotEqual, Regexp, NotRegexp} {
		m, err := NewMatcher("a", op, "b")
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again Matcher
		if err := json.Unmarshal(text, &again); err != nil || !again.Same(m) || again.Matches(Labels{"a": "b"}) != m.Matches(Labels{"a": "b"}) {
			t.Errorf("%s → %s → %v, %v", m, text, again, err)
		}
	}
	var m Matcher
	if err := json.Unmarshal([]byte(`{"name":"a","value":"b","isRegex":false}`), &m); err != nil || m.Op != Equal {
		t.Errorf("without isEqual it is %v, %v; want an equality", m, err)
	}
	if err := json.Unmarshal([]byte(`{"name":"a","value":"(","isRegex":true}`), &m); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a broken expression gave %v, want invalid", err)
	}
}

func FuzzParseMatchers(f *testing.F) {
	for _, seed := range []string{`{foo = "bar", dings != "bums", }`, `statuscode=~"5.."`, `"a b"!~"\\\"\n"`, `a=b,c=~"(x|y)`, "\xff=\"", `a="`, `,`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseMatchers(text)
		if err != nil {
			if !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) {
				t.Errorf("%q gave %v, which is of no kind", text, err)
			}
			return
		}
		again, err := ParseMatchers(list.String())
		if err != nil && !errors.Is(err, journal.ErrTooLarge) { // what is written may be longer than what was read
			t.Fatalf("%q is written as %s, which gives %v", text, list, err)
		}
		for i := range again {
			if !again[i].Same(list[i]) {
				t.Errorf("%q: %v is read again as %v", text, list[i], again[i])
			}
		}
	})
}
