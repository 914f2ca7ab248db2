package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// remote carries out commands through the server that holds the folder.
type remote struct {
	address, token, lang string
	client               *http.Client
	incident             string // of the last command
}

const (
	remoteTimeout = 2 * time.Minute // measuring an impact takes a while
	remoteLimit   = 8 << 20         // bytes of an answer that are read
)

// remote gives the server that holds a folder.
func (c *cli) remote(dir, as string) (*remote, error) {
	address, err := heldBy(dir)
	if err != nil {
		return nil, err
	}
	if as != "" {
		return nil, fmt.Errorf("act as %s: --as works only while no server runs, and one holds the folder at %s; set SAFELIGHT_TOKEN instead: %w",
			as, address, journal.ErrConflict)
	}
	return &remote{
		address: address, token: c.env("SAFELIGHT_TOKEN"), lang: string(c.lang()),
		// A proxy of the environment must not see the token.
		client: &http.Client{Timeout: remoteTimeout, Transport: &http.Transport{}},
	}, nil
}

// heldBy gives the address of the server that holds a folder's lock.
func heldBy(dir string) (string, error) {
	address, err := app.ServedAt(dir)
	if err == nil && address == "" {
		err = fmt.Errorf("change %s: another command is writing to it; try again in a moment: %w", dir, journal.ErrConflict)
	}
	return address, err
}

// perform posts a command of [web.Verbs].
func (r *remote) perform(ctx context.Context, id string, command any) error {
	name, ok := web.NameOf(command)
	if !ok {
		return fmt.Errorf("ask the server at %s: it has no address for %T: %w", r.address, command, journal.ErrInvalid)
	}
	r.incident = id
	_, err := r.post(ctx, "/api/v1/incidents/"+url.PathEscape(id)+"/"+name, command)
	return err
}

// declare opens an incident and gives its id.
func (r *remote) declare(ctx context.Context, d web.Declaration) (string, error) {
	var declared web.Declared
	err := r.decode(ctx, "/api/v1/incidents", d, &declared)
	r.incident = declared.ID
	return declared.ID, err
}

// settle waits until the server has done, or tried once, what followed from the last command: what cannot be done now must not hold up
// who is on call. Whoever changes what is delivered waits for its end.
func (r *remote) settle(ctx context.Context, trying func(web.Effect)) error {
	if r.incident == "" {
		return nil
	}
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	heard := map[string]bool{}
	for {
		var report struct {
			Effects []web.Effect `json:"effects"`
		}
		if err := r.read(ctx, "/api/v1/incidents/"+url.PathEscape(r.incident), &report); err != nil {
			return err
		}
		awaited := false
		for _, e := range pendingOf(report.Effects) {
			insisted := trying != nil && incident.Mitigates(e.Kind)
			awaited = awaited || e.LastError == "" || insisted
			if insisted && e.LastError != "" && e.Attempts > 0 && !heard[e.Key] {
				heard[e.Key] = true
				trying(e)
			}
		}
		if !awaited {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (r *remote) close() error { return nil }

// read asks the server and reads the answer into v.
func (r *remote) read(ctx context.Context, path string, v any) error {
	answer, err := r.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return r.unmarshal(answer, v)
}

// decode posts a command and reads the answer into v, which may be nil.
func (r *remote) decode(ctx context.Context, path string, command, v any) error {
	answer, err := r.post(ctx, path, command)
	if err != nil || v == nil {
		return err
	}
	return r.unmarshal(answer, v)
}

func (r *remote) unmarshal(answer []byte, v any) error {
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("read the answer of the server at %s: %w", r.address, err)
	}
	return nil
}

func (r *remote) post(ctx context.Context, path string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode the command: %w", err)
	}
	return r.ask(ctx, http.MethodPost, path, body)
}

func (r *remote) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the server at %s: %w", r.address, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept-Language", r.lang)
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the server that holds the folder: %w: %w", err, journal.ErrConflict)
	}
	defer response.Body.Close() // only read
	answer, err := io.ReadAll(io.LimitReader(response.Body, remoteLimit))
	if err != nil {
		return nil, fmt.Errorf("read the answer of the server at %s: %w", r.address, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, said{problem(response.StatusCode, answer), phrase.Lang(response.Header.Get("Content-Language"))}
	}
	return answer, nil
}

// said is what the server answered, in the language that it has said it in.
type said struct {
	error
	lang phrase.Lang
}

func (s said) Unwrap() error { return s.error }

// problem turns an RFC 9457 problem into an error of its kind, with the
// server's own sentence.
func problem(status int, answer []byte) error {
	var p struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	text := http.StatusText(status)
	_ = json.Unmarshal(answer, &text) // Alertmanager's API answers with a sentence alone
	if json.Unmarshal(answer, &p) == nil {
		for _, t := range []string{p.Title, p.Detail} {
			if t != "" {
				text = t
			}
		}
	}
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	text = sentence(errors.New(text))
	if kind := kindOf(status); kind != nil {
		return fmt.Errorf("%s: %w", text, kind)
	}
	return fmt.Errorf("the server answered %d: %s", status, text)
}

// kindOf gives the kind of error that a status stands for, nil for an error of the server.
func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return journal.ErrForbidden
	case http.StatusNotFound:
		return journal.ErrNotFound
	case http.StatusConflict, http.StatusServiceUnavailable:
		return journal.ErrConflict
	case http.StatusRequestEntityTooLarge:
		return journal.ErrTooLarge
	}
	if status < http.StatusInternalServerError {
		return journal.ErrInvalid
	}
	return nil
}

// locked tells whether an error says that another process holds the folder.
func locked(err error) bool {
	var l *store.LockedError
	return errors.As(err, &l)
}
