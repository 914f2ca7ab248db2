package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/tidwall/gjson"
)

const (
	// MaxHookBody is the greatest body of a webhook, in bytes.
	MaxHookBody = 1 << 20
	// maxHookSignals is the most signals of one body.
	maxHookSignals = 1000
)

// HookPattern is where [Hooks] is to be mounted, without a permission demanded
// before it: each hook has a secret of its own, or asks for the permission itself.
const HookPattern = "POST /api/v1/hooks/{name}"

// hook is one sender.
type hook struct {
	source, secret string
	config         HookConfig
	mappings       []Mapping
}

// Hooks serves the webhooks of a valid configuration, whose secrets it reads. now is
// the wall clock: senders sign by theirs.
func Hooks(c Config, now func() time.Time, take Take) (http.Handler, error) {
	hooks := map[string]*hook{}
	for name, h := range c.Hooks {
		s, err := secret(name, h.SecretEnv, h.SecretFile)
		if err != nil {
			return nil, err
		}
		if h.Source == "" {
			h.Source = name
		}
		opened := &hook{source: h.Source, secret: s, config: h, mappings: []Mapping{h.Mapping}}
		if h.Format == "zendesk" {
			opened.mappings, opened.config.Signature = zendeskMappings(), zendeskSignature()
			for i := range opened.mappings {
				opened.mappings[i].Pipeline.Default, opened.mappings[i].Lang.Default = h.Pipeline.Default, h.Lang.Default
			}
		}
		hooks[name] = opened
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := hooks[r.PathValue("name")]
		if h == nil {
			problem(w, http.StatusNotFound, "no webhook of this name is configured under sources.hooks")
			return
		}
		h.serve(w, r, now(), take)
	}), nil
}

func (h *hook) serve(w http.ResponseWriter, r *http.Request, now time.Time, take Take) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxHookBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes", large.Limit))
			return
		}
		problem(w, http.StatusBadRequest, "the body could not be read")
		return
	}
	if code, why := h.admit(r, body, now); code != 0 {
		problem(w, code, why)
		return
	}
	signals, passed, err := h.read(body)
	if err != nil {
		problem(w, codeOf(err), journal.Sentence(err))
		return
	}
	var n intake.Taken
	if len(signals) > 0 {
		if n, err = take(r.Context(), dated(signals, now)); err != nil {
			w.Header().Set("Retry-After", "30")
			problem(w, codeOf(err), "the signals could not be taken: "+journal.Sentence(err))
			return
		}
	}
	if n.Refused > 0 && n.Accepted+n.Duplicate == 0 && len(n.Refusals) > 0 {
		// Nothing of it is kept: whoever set the sender up must see that, in its log.
		problem(w, http.StatusUnprocessableEntity, "all signals were refused: "+n.Refusals[0].Reason)
		return
	}
	reply(w, http.StatusOK, "application/json", answer{n, passed})
}

// answer is what the sender is told: passed over are bodies that When leaves out.
type answer struct {
	intake.Taken
	PassedOver int `json:"passedOver"`
}

// admit says why a request is refused, or gives 0.
func (h *hook) admit(r *http.Request, body []byte, now time.Time) (code int, why string) {
	switch {
	case h.secret == "":
		by := people.FromContext(r.Context())
		if by.ID == "" {
			return http.StatusUnauthorized, "send an API token of Safelight, or configure the secret of this webhook"
		}
		if err := by.Require(people.Ingest); err != nil {
			return http.StatusForbidden, journal.Sentence(err)
		}
	case h.config.Signature != nil:
		if !h.config.Signature.holds(r.Header, body, h.secret, now) {
			return http.StatusUnauthorized, "the signature does not fit the body and the secret, or is too old"
		}
	default:
		name := h.config.Header
		if name == "" {
			name = defaultHeader
		}
		if !sameSecret(r.Header.Get(name), h.secret) {
			return http.StatusUnauthorized, "the header " + name + " does not hold the secret"
		}
	}
	return 0, ""
}

// read gives the signals of a body and how many things in it were passed
// over. A mistake in one of them refuses the body: the sender shows it to
// whoever set it up.
func (h *hook) read(body []byte) (signals []intake.Signal, passed int, err error) {
	if !json.Valid(body) { // gjson reads nonsense out of nonsense
		return nil, 0, fmt.Errorf("the body is not JSON: %w", journal.ErrInvalid)
	}
	all := gjson.ParseBytes(body)
	elements := []gjson.Result{all}
	if each := h.config.Each; each != "" {
		if elements = all.Get(each).Array(); len(elements) > maxHookSignals {
			return nil, 0, fmt.Errorf("the body holds %d signals, the limit is %d: %w", len(elements), maxHookSignals, journal.ErrTooLarge)
		}
	}
	for i, e := range elements {
		s, err := h.signal(jsonValues{e, all})
		if errors.Is(err, errPassed) {
			passed++
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("signal %d of %d: %w", i+1, len(elements), err)
		}
		s.Source = h.source
		signals = append(signals, s)
	}
	return signals, passed, nil
}

// signal reads an element by the first mapping that it is a signal for.
func (h *hook) signal(v values) (intake.Signal, error) {
	for _, m := range h.mappings {
		if s, err := m.signal(v); !errors.Is(err, errPassed) {
			return s, err
		}
	}
	return intake.Signal{}, errPassed
}

// jsonValues are the parts of an element. A name that begins with $. stands in
// the whole body.
type jsonValues struct{ element, all gjson.Result }

func (v jsonValues) at(name string) gjson.Result {
	if len(name) > 2 && name[:2] == "$." {
		return v.all.Get(name[2:])
	}
	return v.element.Get(name)
}

func (v jsonValues) get(name string) (string, bool) {
	r := v.at(name)
	switch r.Type {
	case gjson.String, gjson.True, gjson.False:
		return r.String(), true
	case gjson.Number:
		return r.Raw, true // as it was written: an id of twenty digits is no float
	}
	return "", false
}

func (v jsonValues) list(name string) []string {
	r := v.at(name)
	if !r.IsArray() {
		s, _ := v.get(name)
		return []string{s}
	}
	var list []string
	r.ForEach(func(_, e gjson.Result) bool {
		if e.Type == gjson.String || e.Type == gjson.Number {
			list = append(list, e.String())
		}
		return len(list) < 10*intake.MaxTags
	})
	return list
}

func (v jsonValues) whole() string { return v.element.Raw }

// codeOf is the status of an error's kind.
func codeOf(err error) int {
	switch {
	case errors.Is(err, journal.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, journal.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, journal.ErrForbidden):
		return http.StatusForbidden
	}
	return http.StatusServiceUnavailable
}

// problem answers as RFC 9457 has it.
func problem(w http.ResponseWriter, code int, detail string) {
	reply(w, code, "application/problem+json", map[string]any{"title": http.StatusText(code), "status": code, "detail": detail})
}

func reply(w http.ResponseWriter, code int, kind string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte("{}")
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	w.Write(b)
}
