package opinion

import (
	"context"
	"math"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzAnswer: whatever a service answers, an adapter gives whole results
// within their ranges or an error, and never more than one a text.
func FuzzAnswer(f *testing.F) {
	f.Setenv("OPINION_TEST_KEY", "s3cret")
	for _, s := range services() {
		f.Add([]byte(s.answer))
	}
	for _, s := range []string{"", "null", "[]", "{}", `[[{}]]`, `[[{"label":"neg","score":1e400}]]`, `{"score":null}`, `{"results":{"documents":[{"id":"-1"}]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		list := texts("fr", "un", "deux")
		for name, s := range services() {
			service, err := s.config.open("s3cret")
			if err != nil {
				t.Fatal(err)
			}
			asked := list
			if s.single {
				asked = list[:1]
			}
			results, err := service.ask(context.Background(), asked, func(*http.Request) ([]byte, error) { return answer, nil })
			if err != nil || check(results, len(asked)) != nil {
				continue
			}
			for _, r := range results {
				for _, x := range []float64{r.Negative, r.Neutral, r.Positive, (r.Score() + 1) / 2} {
					if !(x >= 0 && x <= 1) {
						t.Errorf("%s: %q gives %+v", name, answer, r)
					}
				}
			}
		}
	})
}

// FuzzRetryAfter: the wait is never negative and never longer than an hour.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "120", "-1", "1e9", "99999999999", "Wed, 21 Oct 2037 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := retryAfter(s, time.Unix(1.7e9, 0)); d < 0 || d > maxHold {
			t.Errorf("Retry-After %q: %v", s, d)
		}
	})
}

// FuzzClip: a cut text is a prefix within the limit that keeps whole runes.
func FuzzClip(f *testing.F) {
	f.Add("é", 1)
	f.Add("abc", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = int(math.Abs(float64(n % 100)))
		got := clip(s, n)
		if len(got) > n || s[:len(got)] != got || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("clip(%q, %d) = %q", s, n, got)
		}
	})
}
