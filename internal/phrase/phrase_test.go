package phrase

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
)

var verb = regexp.MustCompile(`%(\[\d\])?[a-z%]`)

func TestBothLanguagesTakeTheSameArguments(t *testing.T) {
	t.Parallel()
	for key, text := range texts {
		if text.fr == "" || text.en == "" {
			t.Errorf("%s: one language is empty", key)
		}
		fr, en := verb.FindAllString(text.fr, -1), verb.FindAllString(text.en, -1)
		slices.Sort(fr)
		slices.Sort(en)
		fr, en = slices.Compact(fr), slices.Compact(en)
		if !slices.Equal(fr, en) {
			t.Errorf("%s: French takes %v, English %v", key, fr, en)
		}
		for _, v := range fr {
			if v != "%%" && !regexp.MustCompile(`^%\[\d\]s$`).MatchString(v) {
				t.Errorf("%s: argument %s is not written %%[n]s", key, v)
			}
		}
	}
}

func TestNoKeyStandsInTwoAreas(t *testing.T) {
	t.Parallel()
	n := 0
	for _, area := range tables() {
		n += len(area)
	}
	if n != len(texts) {
		t.Errorf("the areas hold %d keys, their union %d: a key stands twice", n, len(texts))
	}
}

func TestNumbersAreWrittenAsTheLanguageWritesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arg    any
		fr, en string
	}{
		{4200, "4 200", "4,200"},
		{int64(-1234567), "-1 234 567", "-1,234,567"},
		{999, "999", "999"},
		{4.31, "4,31", "4.31"},
		{float64(4200), "4 200", "4,200"},
		{252 * time.Second, "4 min 12 s", "4 min 12 s"},
		{27 * time.Hour, "1 j 3 h", "1 d 3 h"},
		{time.Hour + time.Second, "1 h", "1 h"},
		{-90 * time.Second, "-1 min 30 s", "-1 min 30 s"},
		{time.Duration(0), "0 s", "0 s"},
	} {
		if got := Word(French, c.arg); got != c.fr {
			t.Errorf("Word(fr, %v) = %q, want %q", c.arg, got, c.fr)
		}
		if got := Word(English, c.arg); got != c.en {
			t.Errorf("Word(en, %v) = %q, want %q", c.arg, got, c.en)
		}
	}
}

func TestSayUnknownKeyIsVisible(t *testing.T) {
	t.Parallel()
	if got := Say(French, "no.such"); got != "!no.such!" {
		t.Errorf("Say of an unknown key = %q, want it between exclamation marks", got)
	}
	if got, want := Of("impact.palette", 4200).In(French), "4 200 images déviées de la palette de marque"; got != want {
		t.Errorf("sentence = %q, want %q", got, want)
	}
}

// TestErrorSaysAllJoinedParts says each of several errors, within what is written around them.
func TestErrorSaysAllJoinedParts(t *testing.T) {
	t.Parallel()
	one, other := Errorf("edge.lift", errors.New("EOF")), Errorf("edge.house", "p", Errorf("edge.move.taken"))
	err := fmt.Errorf("first: %w", errors.Join(one, errors.New("plain"), fmt.Errorf("%w: kind", other)))
	for _, row := range []struct {
		lang Lang
		want string
	}{
		{English, "first: let go of held paths: EOF\nplain\nroll pipeline p back: another version lies in its place: kind"},
		{French, "first: rendre des chemins retirés : EOF\nplain\nramener le pipeline p : une autre version est à sa place: kind"},
	} {
		if got, known := Error(row.lang, err); got != row.want || !known {
			t.Errorf("in %s: %q (%v), want %q", row.lang, got, known, row.want)
		}
	}
	if got, known := Error(French, errors.New("plain")); got != "plain" || known {
		t.Errorf("what has no sentence: %q (%v)", got, known)
	}
}
