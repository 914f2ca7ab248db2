package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SignalsLimit is the greatest body of signals in bytes, packed and unpacked.
const SignalsLimit = 16 << 20

// maxSignalLine bounds one signal of a body: its text may be escaped, each byte as six.
const maxSignalLine = 256 << 10

// signalsAtOnce bounds the bodies of signals that are held in memory at a time.
const signalsAtOnce = 4

// TakeSignals serves POST /api/v1/signals: one JSON object, an array, or one
// object a line (application/x-ndjson), packed by gzip or not. What is good is
// taken also where the rest is not: the answer counts accepted, duplicate and
// refused signals and says why the first twenty were refused. It is 200 when
// anything was good, 422 when nothing was. With ?history=true the signals are all
// that came since the first of them.
func TakeSignals(taker SignalTaker, now func() time.Time, log *slog.Logger) http.Handler {
	places := make(chan struct{}, signalsAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-r.Context().Done():
			return
		}
		l := accepted(r, phrase.English)
		history, err := historyOf(r)
		if err != nil {
			signalsProblem(w, l, err)
			return
		}
		body, err := signalsBody(w, r)
		if err != nil {
			signalsProblem(w, l, err)
			return
		}
		told := received(signalsIn(r.Header.Get("Content-Type"), body), now(), history)
		taken, err := taker.TakeSignals(r.Context(), told)
		if err != nil {
			log.Error("signals could not all be stored; the sender may send them again", "error", err)
			signalsProblem(w, l, err)
			return
		}
		status := http.StatusOK
		if taken.Accepted+taken.Duplicate == 0 {
			status = http.StatusUnprocessableEntity
			if taken.Refused == 0 {
				taken.Refuse(1, phrase.Errorf("signal.fault.empty"))
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		writeJSON(w, taken.In(l))
	})
}

// historyOf tells whether the sender says that it tells all since the first signal.
func historyOf(r *http.Request) (bool, error) {
	text := r.URL.Query().Get("history")
	switch text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("read signals: history=%.20q: write true or leave it out: %w", text, journal.ErrInvalid)
}

// received gives signals that say no time that of their reception.
func received(all iter.Seq[intake.Told], at time.Time, history bool) iter.Seq[intake.Told] {
	return func(yield func(intake.Told) bool) {
		for t := range all {
			if t.History = history; t.At.IsZero() {
				t.At = at // also where something is wrong with another field
			}
			if !yield(t) {
				return
			}
		}
	}
}

func signalsProblem(w http.ResponseWriter, l phrase.Lang, err error) {
	m, l := problemOf(l, err)
	if m.Status >= http.StatusInternalServerError {
		w.Header().Set("Retry-After", "5")
	}
	writeProblem(w, m, l)
}

// signalsBody reads a whole body within the limit.
func signalsBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var from io.Reader = http.MaxBytesReader(w, r.Body, SignalsLimit)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, unreadable(err)
		}
		from = z
	default:
		return nil, fmt.Errorf("read signals: the encoding %.40q is not known: send gzip or none: %w", encoding, journal.ErrInvalid)
	}
	body, err := io.ReadAll(io.LimitReader(from, SignalsLimit+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if len(body) > SignalsLimit {
		return nil, fmt.Errorf("read signals: more than %d MB: send them in parts: %w", SignalsLimit>>20, journal.ErrTooLarge)
	}
	return body, nil
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("read signals: more than %d MB: send them in parts: %w", SignalsLimit>>20, journal.ErrTooLarge)
	}
	return fmt.Errorf("read signals: %w: %w", err, journal.ErrInvalid)
}

// signalsIn reads the signals of a body. One that says it is NDJSON is read
// line by line; else its first character tells an array from objects.
func signalsIn(contentType string, body []byte) iter.Seq[intake.Told] {
	kind, _, _ := mime.ParseMediaType(contentType)
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) > 0 && trimmed[0] == '[' && kind != "application/x-ndjson" {
		return arrayOf(body)
	}
	if kind != "application/x-ndjson" && json.Valid(body) {
		return func(yield func(intake.Told) bool) { yield(toldBy(1, body)) }
	}
	return LinesOfSignals(bytes.NewReader(body))
}

// arrayOf reads a JSON array. What is wrong with one element does not hold up the next; a broken array ends there.
func arrayOf(body []byte) iter.Seq[intake.Told] {
	return func(yield func(intake.Told) bool) {
		d := json.NewDecoder(bytes.NewReader(body))
		if _, err := d.Token(); err != nil {
			yield(intake.Told{Line: 1, Err: broken(err)})
			return
		}
		place := 1
		for ; d.More(); place++ {
			var element json.RawMessage
			if err := d.Decode(&element); err != nil {
				yield(intake.Told{Line: place, Err: broken(err)})
				return
			}
			if !yield(toldBy(place, element)) {
				return
			}
		}
		if _, err := d.Token(); err != nil {
			yield(intake.Told{Line: place, Err: broken(err)})
		}
	}
}

// LinesOfSignals reads one JSON object a line; empty lines count and say nothing.
func LinesOfSignals(r io.Reader) iter.Seq[intake.Told] {
	return func(yield func(intake.Told) bool) {
		lines := bufio.NewReaderSize(r, 64<<10)
		for n := 1; ; n++ {
			line, err := boundedLine(lines)
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			told, some := intake.Told{Line: n, Err: err}, err != nil && !errors.Is(err, io.EOF)
			if len(bytes.TrimSpace(line)) > 0 && !some {
				told, some = toldBy(n, line), true
			}
			if some && !yield(told) || errors.Is(err, io.EOF) || err != nil && !errors.Is(err, journal.ErrTooLarge) {
				return
			}
		}
	}
}

// boundedLine reads a line; of one that is too long nothing is kept, and the error says so.
func boundedLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxSignalLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long:
			return nil, fmt.Errorf("%w: %w", phrase.Errorf("signal.fault.line", maxSignalLine), journal.ErrTooLarge)
		}
		return line, err
	}
}

// wireSignal is a signal as machines write it. Times are RFC 3339.
type wireSignal struct {
	intake.Signal
	At string `json:"at"`
}

// toldBy reads one signal. Fields that are not known are left alone: the
// author, which is never kept, is among them most of the time.
func toldBy(line int, text []byte) intake.Told {
	s, faults, err := signalOf(text)
	t := intake.Told{Line: line, Signal: s.Signal, Err: err}
	if err != nil {
		return t
	}
	if s.At != "" {
		if t.At, err = time.Parse(time.RFC3339, s.At); err != nil {
			faults = append(faults, intake.FaultOf("at", "signal.fault.at", fmt.Sprintf("%.40q", s.At)))
		} else if t.At.IsZero() { // a row of an import that is passed on
			faults = append(faults, intake.FaultOf("at", "signal.fault.at.none"))
		}
	}
	t.Err = faults.OrNil()
	return t
}

// signalOf reads a signal, and says which of its fields are not of their kind.
func signalOf(text []byte) (s wireSignal, faults intake.Faults, err error) {
	for {
		s = wireSignal{}
		err := json.Unmarshal(text, &s)
		if err == nil {
			return s, faults, nil
		}
		var kind *json.UnmarshalTypeError
		if !errors.As(err, &kind) || kind.Field == "" {
			return s, nil, broken(err)
		}
		field := kind.Field[strings.LastIndexByte(kind.Field, '.')+1:]
		is := phrase.Key("signal.fault.is-no." + kind.Type.Kind().String())
		if field == "tags" {
			is = "signal.fault.is-no.slice" // one of the list may be meant
		}
		faults = append(faults, intake.FaultOf(field, is, strconv.Quote(field)))
		if text = without(text, field); text == nil {
			return s, faults, nil
		}
	}
}

// without leaves a field out of a JSON object, nil if there is none of the name.
func without(text []byte, field string) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	n := len(all)
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return strings.EqualFold(name, field) })
	if len(all) == n {
		return nil
	}
	rest, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	return rest
}

// broken says what is wrong with a text that is no signal.
func broken(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%w: %w", phrase.Errorf("signal.fault.object"), journal.ErrInvalid)
	}
	return fmt.Errorf("%w: %w", phrase.Errorf("signal.fault.json", err), journal.ErrInvalid)
}
