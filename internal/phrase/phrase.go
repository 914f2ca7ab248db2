// Package phrase says every sentence of pages, messages and documents in French and in English.
//
// A sentence has a [Key]; its texts stand side by side in a table, one file
// per area. Texts take their arguments by position ("%[1]s"), so that the two
// languages may order them differently. Free text of people is never translated.
package phrase

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
)

// Lang is a language that the product speaks.
type Lang string

// The languages.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Langs lists the languages, the default first.
func Langs() []Lang { return []Lang{French, English} }

// Parse reads a language tag such as "fr" or "en-GB"; what it does not know is French, the default.
func Parse(tag string) Lang {
	if strings.HasPrefix(strings.ToLower(tag), "en") {
		return English
	}
	return French
}

// Other is the language that l is not.
func (l Lang) Other() Lang {
	if l == English {
		return French
	}
	return English
}

// Key names a sentence, area first: "timeline.detected".
type Key string

// text is one sentence in both languages.
type text struct{ fr, en string }

type table map[Key]text

// tables joins the areas. A key that stands in two areas would be lost, so a test forbids it.
func tables() []table {
	return []table{
		incidentTexts(),
		documentTexts(),
		pageTexts(),
		messageTexts(),
		cliTexts(),
		scanTexts(),
		pictureTexts(),
		flagTexts(),
		incidentFlagTexts(),
		misuseTexts(),
		diagnoseTexts(),
		kpiTexts(),
		reviewTexts(),
		demoTexts(),
		doctorTexts(),
		rulesTexts(),
		alertTexts(),
		signalTexts(),
		quarantineTexts(),
		findingTexts(),
		metadataTexts(),
		consentTexts(),
		onCallTexts(),
		pagingTexts(),
		watchTexts(),
		watchPageTexts(),
		readyTexts(),
		containTexts(),
		edgeTexts(),
		rollBackTexts(),
		refusalTexts(), postmortemRefusalTexts(), preventionRefusalTexts(), dutyRefusalTexts(), inputRefusalTexts(), uploadRefusalTexts(),
		noticeTexts(),
		rehearsalTexts(),
		backlogTexts(),
		channelTexts(),
		impactTexts(),
		runbookTexts(),
		journalTexts(),
		experimentTexts(),
		publicationTexts(),
		gateTexts(), caughtTexts(),
		draftTexts(),
		knowledgeTexts(),
		lessonTexts(),
		retrospectiveTexts(),
	}
}

var texts = join(tables())

func join(areas []table) table {
	all := table{}
	for _, area := range areas {
		maps.Copy(all, area)
	}
	return all
}

// Known tells whether a key has a sentence.
func Known(k Key) bool {
	_, ok := texts[k]
	return ok
}

// Say gives the sentence k in the language l. Arguments are strings, integers,
// float64, time.Duration, another [Sentence] or what is [Spoken], an error or what is [Keyed]; numbers are written as the
// language writes them. An unknown key gives the key between exclamation
// marks, which the tests of pages look for.
func Say(l Lang, k Key, args ...any) string {
	t, ok := texts[k]
	if !ok {
		return "!" + string(k) + "!"
	}
	format := t.fr
	if l == English {
		format = t.en
	}
	if len(args) == 0 || !strings.Contains(format, "%[") { // a reason has arguments of which its remedy may say none
		return format
	}
	words := make([]any, len(args))
	for i, a := range args {
		words[i] = Word(l, a)
	}
	return fmt.Sprintf(format, words...)
}

// Spoken is what says itself in a language: a [Sentence], or words that came with both.
type Spoken interface{ In(l Lang) string }

// Word writes one argument as the language writes it.
func Word(l Lang, a any) string {
	switch a := a.(type) {
	case string:
		return a
	case Spoken:
		return a.In(l)
	case error:
		text, _ := Error(l, a)
		return text
	case Keyed:
		if text, known := keyed(l, a); known {
			return text
		}
	case int:
		return Integer(l, int64(a))
	case int64:
		return Integer(l, a)
	case float64:
		if a == math.Trunc(a) && math.Abs(a) < 1<<53 {
			return Integer(l, int64(a))
		}
		return Decimal(l, a, 2)
	case time.Duration:
		return Duration(l, a)
	}
	return fmt.Sprint(a)
}

// Integer groups thousands: "4 200" with a plain space in French, "4,200" in English.
func Integer(l Lang, n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	separator := " "
	if l == English {
		separator = ","
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return sign + digits
}

// Decimal writes f with the given decimals: "4,31" in French, "4.31" in English.
func Decimal(l Lang, f float64, decimals int) string {
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if l == French {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Duration writes d in its two largest units: "4 min 12 s", "1 d 3 h" ("1 j 3 h" in French).
func Duration(l Lang, d time.Duration) string {
	if d < 0 {
		return "-" + Duration(l, -d)
	}
	day := "j"
	if l == English {
		day = "d"
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, day}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var parts []string
	for _, u := range units {
		if n := d / u.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.size
		} else if len(parts) > 0 {
			break
		}
		if len(parts) == 2 {
			break
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// Latency writes a time that something took, with the milliseconds that matter below a minute: "1.204 s".
func Latency(l Lang, d time.Duration) string {
	if d >= 0 && d < time.Minute {
		return Decimal(l, d.Seconds(), 3) + " s"
	}
	return Duration(l, d)
}

// Sentence is a key with its arguments: a sentence that has not yet been said
// in a language. It may be stored; its arguments are then strings and numbers.
type Sentence struct {
	Key  Key   `json:"key"`
	Args []any `json:"args,omitempty"`
}

// Of makes a sentence.
func Of(k Key, args ...any) Sentence { return Sentence{Key: k, Args: args} }

// In says the sentence.
func (s Sentence) In(l Lang) string { return Say(l, s.Key, s.Args...) }

// IsZero tells a sentence that was never set.
func (s Sentence) IsZero() bool { return s.Key == "" }
