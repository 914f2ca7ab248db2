package delivery

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// wantSaid tells whether an error says itself in French, to its end and without English, and goes on being what it is.
func wantSaid(t *testing.T, err error, kind error, en, fr string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %q", en)
	}
	if text := err.Error(); !strings.Contains(text, en) {
		t.Errorf("in English: %s; want %q", text, en)
	}
	text, known := phrase.Error(phrase.French, err)
	if !known || !strings.Contains(text, fr) {
		t.Errorf("in French: %s (%v); want %q", text, known, fr)
	}
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("%v is not %v any more", err, kind)
	}
}

// TestFailuresAreSaidInFrench meets a probe, a program, a management port and a state file that fail: whoever is on call reads
// why in the language of the page.
func TestFailuresAreSaidInFrench(t *testing.T) {
	s := open(t, "")
	s.control.Timeout = 100 * time.Millisecond
	s.control.URL = "http://127.0.0.1:1"
	_, err := s.control.Probe(t.Context(), "catalogue", true)
	wantSaid(t, err, nil, "probe route catalogue at http://127.0.0.1:1/", "sonder la route catalogue à http://127.0.0.1:1/")
	wantSaid(t, err, nil, "it is not proven after 0 s: the gateway does not answer", "ce n’est pas prouvé après 0 s : la passerelle ne répond pas ; safelight gateway tourne-t-il ?")

	own := newCommand("own", EdgeConfig{Command: []string{"/bin/sh", "-c", "echo the token is too old; exit 3"}})
	err = own.purge(t.Context(), Purge{})
	wantSaid(t, err, nil, "run its command at edge own: it ends with exit status 3: the token is too old",
		"exécuter sa commande (serveur frontal own) : la commande finit avec le code 3 : the token is too old")

	slow := newCommand("own", EdgeConfig{Command: []string{"/bin/sleep", "10"}, Timeout: 10 * time.Millisecond})
	var later *Later
	if err = slow.purge(t.Context(), Purge{}); !errors.As(err, &later) {
		t.Errorf("%v does not ask to be told again later", err)
	}

	port := &varnish{"cache", "127.0.0.1:1", "/nowhere"}
	wantSaid(t, port.purge(t.Context(), Purge{}), nil, "use the management port 127.0.0.1:1 at edge cache: ",
		"utiliser le port d’administration 127.0.0.1:1 (serveur frontal cache) : ")

	wantSaid(t, s.control.Disable(t.Context(), "other", "PM-1", "M1"), journal.ErrNotFound, `disable route other: the gateway has no route "other"`,
		`désactiver la route other : la passerelle n’a pas de route "other"`)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wantSaid(t, s.control.Lift(ended, "Q-1"), context.Canceled, "let go of held paths: ", "rendre des chemins retirés : ")
}
