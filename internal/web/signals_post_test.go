package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
)

// taker keeps what it is told; signals with the text "refuse" are none to it.
type taker struct {
	told []intake.Told
	err  error
}

func (k *taker) TakeSignals(_ context.Context, told iter.Seq[intake.Told]) (intake.Taken, error) {
	var taken intake.Taken
	for t := range told {
		k.told = append(k.told, t)
		switch {
		case t.Err != nil:
			taken.Refuse(t.Line, t.Err)
		case t.Text == "refuse":
			taken.Refuse(t.Line, errors.New("it is refused"))
		default:
			taken.Accepted++
		}
	}
	return taken, k.err
}

var receivedAt = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

// TestSignalWithoutTime: it counts from its reception; a row of a file that has none is refused.
func TestSignalWithoutTime(t *testing.T) {
	t.Parallel()
	k := &taker{}
	_, taken := postSignals(t, k, strings.NewReader(`[{"source":"a","id":"1","text":"x"},{"source":"a","id":"2","text":"x","at":"0001-01-01T00:00:00Z"}]`))
	if taken.Accepted != 1 || taken.Refused != 1 || !k.told[0].At.Equal(receivedAt) {
		t.Errorf("taken = %+v of %+v, want the first at its reception", taken, k.told)
	}
}

func postSignals(t *testing.T, k *taker, body io.Reader, header ...string) (*httptest.ResponseRecorder, intake.Taken) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/v1/signals", body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	TakeSignals(k, func() time.Time { return receivedAt }, slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	var taken intake.Taken
	if w.Code == http.StatusOK || w.Code == http.StatusUnprocessableEntity {
		if err := json.Unmarshal(w.Body.Bytes(), &taken); err != nil {
			t.Fatalf("the answer is %q: %v", w.Body, err)
		}
	}
	return w, taken
}

const goodSignal = `{"source":"s","id":"1","at":"2025-09-27T04:12:00+02:00","text":"t","rating":2.5,"tags":["a"],"author":"who"}`

func TestTakeSignalsReadsAllForms(t *testing.T) {
	t.Parallel()
	lines := goodSignal + "\n\n{broken\n" + goodSignal + "\r\n{\"at\":\"yesterday\"}"
	tests := []struct {
		name, kind, body string
		status           int
		accepted         int
		refused          []int // lines
	}{
		{"one object", "application/json", goodSignal, 200, 1, nil},
		{"one object over lines", "", "{\n\"text\":\"t\"\n}", 200, 1, nil},
		{"an array", "application/json", "[" + goodSignal + "," + goodSignal + "]", 200, 2, nil},
		{"an array with a wrong element", "application/json", "[" + goodSignal + `,{"text":1},7,` + goodSignal + "]", 200, 2, []int{2, 3}},
		{"an array that is cut", "application/json", "[" + goodSignal + ",", 200, 1, []int{2}},
		{"lines", "application/x-ndjson", lines, 200, 2, []int{3, 5}},
		{"lines without a type", "", lines, 200, 2, []int{3, 5}},
		{"a byte order mark", "application/x-ndjson", "\ufeff" + goodSignal, 200, 1, nil},
		{"nothing", "application/json", "", 422, 0, []int{1}},
		{"an empty array", "application/json", "[]", 422, 0, []int{1}},
		{"no JSON", "text/plain", "hello", 422, 0, []int{1}},
		{"all refused", "application/json", `{"text":"refuse"}`, 422, 0, []int{1}},
		{"a line too long", "application/x-ndjson", `{"text":"` + strings.Repeat("x", maxSignalLine) + "\"}\n" + goodSignal, 200, 1, []int{1}},
	}
	for _, test := range tests {
		k := &taker{}
		w, taken := postSignals(t, k, strings.NewReader(test.body), "Content-Type", test.kind)
		if w.Code != test.status || taken.Accepted != test.accepted || taken.Refused != len(test.refused) {
			t.Errorf("%s: %d, %+v; want %d with %d accepted and %d refused", test.name, w.Code, taken, test.status, test.accepted, len(test.refused))
			continue
		}
		for i, line := range test.refused {
			if taken.Refusals[i].Line != line || taken.Refusals[i].Reason == "" {
				t.Errorf("%s: refusal %d is %+v, want line %d", test.name, i, taken.Refusals[i], line)
			}
		}
	}
	k := &taker{}
	postSignals(t, k, strings.NewReader(goodSignal))
	if s := k.told[0]; !s.At.Equal(time.Date(2025, 9, 27, 2, 12, 0, 0, time.UTC)) || *s.Rating != 2.5 || s.Tags[0] != "a" || s.SourceID != "1" {
		t.Errorf("the signal is read as %+v", s)
	}
}

func TestTakeSignalsTellsTwentyRefusals(t *testing.T) {
	t.Parallel()
	_, taken := postSignals(t, &taker{}, strings.NewReader(strings.Repeat("{broken\n", 50)+goodSignal), "Content-Type", "application/x-ndjson")
	if taken.Refused != 50 || len(taken.Refusals) != intake.MaxRefusals || taken.Accepted != 1 {
		t.Errorf("taken = %+v; want 50 refused of which 20 are told", taken)
	}
}

// endless is a body of as many bytes as one likes.
type endless struct{ left, read int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), e.left)
	clear(b[:n])
	e.left, e.read = e.left-n, e.read+n
	return int(n), nil
}

func TestTakeSignalsBoundsBodies(t *testing.T) {
	t.Parallel()
	body := &endless{left: 100 << 20}
	w, _ := postSignals(t, &taker{}, body)
	if w.Code != http.StatusRequestEntityTooLarge || body.read > SignalsLimit+1<<20 {
		t.Errorf("a body of 100 MB gives %d after %d bytes, want 413 after 16 MB", w.Code, body.read)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.Copy(z, &endless{left: 100 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if w, _ := postSignals(t, &taker{}, &packed, "Content-Encoding", "gzip"); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a bomb gives %d, want 413", w.Code)
	}
	packed.Reset()
	z.Reset(&packed)
	fmt.Fprint(z, goodSignal)
	z.Close()
	if w, taken := postSignals(t, &taker{}, bytes.NewReader(packed.Bytes()), "Content-Encoding", "gzip"); w.Code != 200 || taken.Accepted != 1 {
		t.Errorf("a packed signal gives %d, %+v", w.Code, taken)
	}
	if w, _ := postSignals(t, &taker{}, bytes.NewReader(packed.Bytes()[:20]), "Content-Encoding", "gzip"); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusBadRequest {
		t.Errorf("a packed body that is cut gives %d", w.Code)
	}
	if w, _ := postSignals(t, &taker{}, strings.NewReader("x"), "Content-Encoding", "br"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown encoding gives %d", w.Code)
	}
	if w, _ := postSignals(t, &taker{err: errors.New("the disk is full")}, strings.NewReader(goodSignal)); w.Code != http.StatusInternalServerError || w.Header().Get("Retry-After") == "" {
		t.Errorf("a store that fails gives %d %v, want 500 and Retry-After", w.Code, w.Header())
	}
}

func TestPlaceOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 9, 27, 4, 12, 0, 123000, time.UTC)
	next := nextPage([]intake.Heard{{Signal: intake.Signal{At: at}, ID: 42}}, 1)
	if p, err := placeOf(next); err != nil || !p.At.Equal(at) || p.ID != 42 {
		t.Errorf("placeOf(%q) = %+v, %v", next, p, err)
	}
	for _, bad := range []string{"x", "!!", "MTIz", ""} {
		if p, err := placeOf(bad); err == nil {
			t.Errorf("placeOf(%q) = %+v, want an error", bad, p)
		}
	}
}

func FuzzSignalsIn(f *testing.F) {
	for _, seed := range []string{goodSignal, "[" + goodSignal + "]", goodSignal + "\n" + goodSignal, "[1,", "{\"at\":1}", "\ufeff\n\n", "[[[["} {
		f.Add("application/json", []byte(seed))
		f.Add("application/x-ndjson", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		last := 0
		for told := range signalsIn(kind, body) {
			if told.Line < last || told.Line < 1 {
				t.Fatalf("line %d after line %d", told.Line, last)
			}
			last = told.Line
			// Whatever it says, validating it ends well.
			if told.Err == nil {
				_ = told.Signal.Clean().Validate(time.Unix(1_750_000_000, 0))
			}
		}
	})
}

// TestTakeSignalsNamesAllFaults: of a line whose fields are of other kinds, in the language that is asked for.
func TestTakeSignalsNamesAllFaults(t *testing.T) {
	t.Parallel()
	lines := `{"source":5,"id":"1","text":["x"],"rating":"good","tags":[1],"at":"yesterday","kind":"post"}
{"Source":"a","id":"2","text":"x","at":"2025-09-27T04:12:00Z"}
"hello"
`
	for lang, want := range map[string][]string{
		"": {`the field "source" is no text; the field "rating" is no number; the field "tags" is no list of texts; the field "text" is no text; the time "yesterday" is not as 2025-09-27T04:12:00Z`,
			"it is no JSON object"},
		"fr": {`le champ "source" n’est pas un texte ; le champ "rating" n’est pas un nombre ; le champ "tags" n’est pas une liste de textes ; le champ "text" n’est pas un texte ; l’heure "yesterday" n’est pas comme 2025-09-27T04:12:00Z`,
			"ce n’est pas un objet JSON"},
	} {
		k := &taker{}
		_, taken := postSignals(t, k, strings.NewReader(lines), "Content-Type", "application/x-ndjson", "Accept-Language", lang)
		if taken.Accepted != 1 || len(taken.Refusals) != 2 {
			t.Fatalf("%q: taken = %+v, want one and two refusals", lang, taken)
		}
		for i, text := range want {
			if taken.Refusals[i].Reason != text {
				t.Errorf("%q: line %d is refused with\n%s\nwant\n%s", lang, taken.Refusals[i].Line, taken.Refusals[i].Reason, text)
			}
		}
		if s := k.told[0].Signal; s.SourceID != "1" || s.Kind != intake.Post {
			t.Errorf("%q: what could be read is %+v, want id and kind", lang, s)
		}
	}
}
