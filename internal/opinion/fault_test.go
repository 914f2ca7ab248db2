package opinion

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// good answers as TEI does for one text.
const good = `[[{"label":"negative","score":1}]]`

// hang answers nothing. The server sees that the client has gone only when
// the body is read.
func hang(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func tei() Config { return Config{Kind: "tei", Batch: 1} }

// TestFallBack: whatever the service does, each text has a result that says
// who spoke, after a bounded time and a bounded number of requests.
func TestFallBack(t *testing.T) {
	answer := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			w.Write([]byte(body))
		}
	}
	faults := map[string]struct {
		handler  http.HandlerFunc
		requests int
		says     string
	}{
		"500":             {answer(500, good), 3, "it answered 500 Internal Server Error"},
		"429":             {answer(429, ""), 3, "it answered 429 Too Many Requests"},
		"401":             {answer(401, ""), 1, "it answered 401 Unauthorized"},
		"400":             {answer(400, "ada s3cret"), 1, "it answered 400 Bad Request"},
		"redirect":        {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, 1, "it answered 302 Found"},
		"broken JSON":     {answer(200, `[[{"label":`), 1, "its answer is not the JSON that was expected"},
		"other JSON":      {answer(200, `{"error":"loading"}`), 1, "its answer is not the JSON that was expected"},
		"empty":           {answer(200, ``), 1, "its answer is not the JSON that was expected"},
		"too few":         {answer(200, `[]`), 1, "it answered for 0 texts of 1"},
		"too many":        {answer(200, `[[{"label":"neg","score":1}],[{"label":"neg","score":1}]]`), 1, "it answered for 2 texts of 1"},
		"no class":        {answer(200, `[[]]`), 1, "the shares in its answer sum to 0"},
		"unknown label":   {answer(200, `[[{"label":"LABEL_7","score":1}]]`), 1, `the meaning of its label "LABEL_7" is not known: name it under labels`},
		"share above 1":   {answer(200, `[[{"label":"neg","score":7}]]`), 1, "its answer holds a share outside 0 to 1"},
		"share below 0":   {answer(200, `[[{"label":"neg","score":-1},{"label":"pos","score":1}]]`), 1, "its answer holds a share outside 0 to 1"},
		"shares sum to 2": {answer(200, `[[{"label":"neg","score":1},{"label":"pos","score":1}]]`), 1, "the shares in its answer sum to 2"},
		"endless answer":  {answer(200, "["+strings.Repeat(" ", maxAnswer)), 1, "its answer is longer than 1048576 bytes"},
		"hangs":           {hang, 1, "it did not answer within 10s"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("[["))
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 3, "read its answer: unexpected EOF"},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				c := serve(t, tei(), func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					f.handler(w, r)
				})
				start := time.Now()
				r := c.Score(t.Context(), texts("fr", "bonjour"))
				if len(r) != 1 || r[0] != (Result{}) || r[0].Answered() {
					t.Errorf("results = %+v, want one that nobody has given", r)
				}
				if n := int(requests.Load()); n != f.requests {
					t.Errorf("%d requests, want %d", n, f.requests)
				}
				if took := time.Since(start); took > defaultTimeout+3*time.Second {
					t.Errorf("it took %v", took)
				}
				s := c.Status()
				if s.LastError != f.says {
					t.Errorf("last error %q, want %q", s.LastError, f.says)
				}
				if s.Counts.FellBack != 1 || s.Counts.Answered != 0 {
					t.Errorf("counts = %+v", s.Counts)
				}
			})
		})
	}
}

// TestRetry: a service that stumbles once is asked again and speaks.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		c := serve(t, tei(), func(w http.ResponseWriter, _ *http.Request) {
			if requests.Add(1) == 1 {
				w.WriteHeader(503)
				return
			}
			w.Write([]byte(good))
		})
		if r := c.Score(t.Context(), texts("", "no")); r[0].Scorer.Name != "tei" || r[0].Negative != 1 {
			t.Errorf("result = %+v, want the service's", r[0])
		}
	})
}

// TestRetryAfter: a wait that the service asks for is kept, by all; where it
// is long, nobody waits for it and nobody asks meanwhile.
func TestRetryAfter(t *testing.T) {
	for after, want := range map[string]struct {
		name     string
		requests int64
	}{"3": {"tei", 2}, "90": {"", 1}} {
		synctest.Test(t, func(t *testing.T) {
			var requests atomic.Int64
			var last time.Time
			c := serve(t, tei(), func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) == 1 {
					last = time.Now()
					w.Header().Set("Retry-After", after)
					w.WriteHeader(429)
					return
				}
				if d := time.Since(last); d < 3*time.Second {
					t.Errorf("asked again after %v", d)
				}
				w.Write([]byte(good))
			})
			if r := c.Score(t.Context(), texts("", "no")); r[0].Scorer.Name != want.name {
				t.Errorf("Retry-After %s: %s spoke, want %s", after, r[0].Scorer.Name, want.name)
			}
			for range 20 {
				c.Score(t.Context(), texts("", "no")) // cached or withheld
			}
			if n := requests.Load(); n != want.requests {
				t.Errorf("Retry-After %s: %d requests, want %d", after, n, want.requests)
			}
			if after == "90" {
				if c.Status().NotBefore.IsZero() {
					t.Error("the status does not say until when the service is left alone")
				}
				time.Sleep(91 * time.Second)
				if r := c.Score(t.Context(), texts("", "no")); r[0].Scorer.Name != "tei" {
					t.Error("the service was not asked again when the time had passed")
				}
			}
		})
	}
}

// TestBreaker: a service that is down is asked five times, then once every
// half minute, for a whole hour of calls; when it is back it speaks again.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		var up atomic.Bool
		c := serve(t, tei(), func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			if !up.Load() {
				w.WriteHeader(500)
				return
			}
			w.Write([]byte(good))
		})
		text := func(i int) []Text { return texts("", fmt.Sprintf("no %d", i)) }
		for i := range 2 {
			c.Score(t.Context(), text(i))
		}
		if s := c.Status(); s.Breaker != "open" || requests.Load() != 5 {
			t.Fatalf("after two texts the breaker is %s and %d requests went out, want open and 5", s.Breaker, requests.Load())
		}
		for i := range 100 {
			if r := c.Score(t.Context(), text(i)); r[0].Answered() {
				t.Fatal("somebody else spoke while the breaker was open")
			}
		}
		if n := requests.Load(); n != 5 {
			t.Errorf("%d requests went out while the breaker was open", n-5)
		}
		for i := range 3600 {
			time.Sleep(time.Second)
			c.Score(t.Context(), text(i))
		}
		if n := requests.Load() - 5; n < 100 || n > 120 {
			t.Errorf("%d requests in an hour, want one each half minute", n)
		}
		if s := c.Status(); s.LastError != "it answered 500 Internal Server Error" || s.LastErrorAt.IsZero() {
			t.Errorf("status = %+v, want the service's last error", s)
		}
		up.Store(true)
		time.Sleep(openFor + time.Second)
		if r := c.Score(t.Context(), text(0)); r[0].Scorer.Name != "tei" || c.Status().Breaker != "closed" {
			t.Errorf("the service is back and %s spoke, breaker %s", r[0].Scorer.Name, c.Status().Breaker)
		}
	})
}

// TestBlameless: a text that the service refuses does not close the line to others.
func TestBlameless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, tei(), func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(body(t, r), "poison") {
				w.WriteHeader(422)
				return
			}
			w.Write([]byte(good))
		})
		for range 50 {
			c.Score(t.Context(), texts("", "poison"))
		}
		if r := c.Score(t.Context(), texts("", "no")); r[0].Scorer.Name != "tei" {
			t.Errorf("%s spoke after refused texts, breaker %s", r[0].Scorer.Name, c.Status().Breaker)
		}
	})
}

// TestCancelled: a caller that gives up waits no longer, has its results, and is no failure of the service.
func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, tei(), hang)
		for range 10 {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			if r := c.Score(ctx, texts("", "no")); r[0].Answered() || time.Since(start) != time.Second {
				t.Errorf("%s spoke after %v", r[0].Scorer.Name, time.Since(start))
			}
		}
		if s := c.Status(); s.Breaker != "closed" || s.LastError != "" {
			t.Errorf("status = %+v, want a service without blame", s)
		}
	})
}

// TestBatches: many texts of two languages arrive whole and in order, in
// batches of one language, never more than four requests at once; empty texts
// are not sent.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, sent atomic.Int64
		config := Config{Kind: "json", URL: "http://localhost/", Batch: 7, JSON: &JSONConfig{
			Body: `{"t": {{json .Texts}}, "l": {{json .Lang}}}`, Each: "r", Score: "s"}}
		c := serve(t, config, func(w http.ResponseWriter, r *http.Request) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(10 * time.Millisecond)
			now.Add(-1)
			text := body(t, r)
			n := strings.Count(text, "plus") + strings.Count(text, "minus")
			if n > 7 || strings.Contains(text, "plus") && strings.Contains(text, "minus") {
				t.Errorf("a batch holds too much: %s", text)
			}
			sent.Add(int64(n))
			score := `{"s":0.5}`
			if strings.Contains(text, "minus") {
				score = `{"s":-0.5}`
			}
			fmt.Fprintf(w, `{"r":[%s]}`, strings.TrimSuffix(strings.Repeat(score+",", n), ","))
		})
		var list []Text
		for i := range 100 {
			word, lang := "plus", "fr"
			if i%3 == 0 {
				word, lang = "minus", "en"
			}
			list = append(list, Text{fmt.Sprintf("%s %d", word, i), lang})
		}
		list = append(list, Text{" \n\t", "fr"})
		r := c.Score(t.Context(), list)
		for i := range 100 {
			want := 0.5
			if i%3 == 0 {
				want = -0.5
			}
			if r[i].Score() != want || r[i].Lang != list[i].Lang {
				t.Errorf("text %d: %+v, want %v", i, r[i], want)
			}
		}
		if r[100].Answered() || sent.Load() != 100 {
			t.Errorf("%s spoke on an empty text, %d texts were sent", r[100].Scorer.Name, sent.Load())
		}
		if m := most.Load(); m != atOnce {
			t.Errorf("%d requests at once, want %d", m, atOnce)
		}
	})
}
