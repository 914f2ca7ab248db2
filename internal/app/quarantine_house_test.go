package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/quarantine"
)

// ward is a house whose gateway logs what it delivers, and whose images may be held.
type ward struct{ *house }

func newWard(t testing.TB) ward {
	t.Helper()
	return newWardWith(t, func(*house) {})
}

func newWardWith(t testing.TB, change func(*house)) ward {
	t.Helper()
	return ward{newHouseWith(t, func(h *house) {
		h.accessLog = AccessLog(h.dir)
		change(h)
	})}
}

// read gives the bytes of a file of the house, "" if there is none.
func (w ward) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return string(b)
}

// deliver writes a version of an image as most tools do: beside it, then renamed over it.
func (w ward) deliver(name, text string) {
	w.t.Helper()
	w.write("delivered/."+name, []byte(text))
	if err := os.Rename(filepath.Join(w.dir, "delivered", "."+name), filepath.Join(w.dir, "delivered", name)); err != nil {
		w.t.Fatal(err)
	}
}

// ask gives what a client gets for an image, and what the gateway says of its state.
func (w ward) ask(name string) (state, body string) {
	w.t.Helper()
	res, err := http.Get(w.edge.URL + "/catalogue/" + name)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	_, state, _ = strings.Cut(res.Header.Get(delivery.RouteHeader), "; ")
	return state, string(b)
}

// found describes the present version of a delivered image as held.
func (w ward) found(name string) quarantine.Held {
	w.t.Helper()
	text := w.read("delivered/" + name)
	info, err := os.Stat(filepath.Join(w.dir, "delivered", name))
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	return quarantine.Held{
		Pipeline: "catalogue", Path: name, SHA256: hex.EncodeToString(sum[:]), Bytes: info.Size(), ModifiedAt: info.ModTime(),
		Findings: []quarantine.Finding{{Kind: "personal", Fields: []string{"GPS:GPSLatitude"}, Entities: []string{"LOCATION"}}},
	}
}

func (w ward) hold(name string) string {
	w.t.Helper()
	id, err := w.Hold(w.t.Context(), w.found(name))
	if err != nil || id == "" {
		w.t.Fatalf("holding %s gives %q, %v", name, id, err)
	}
	return id
}

// held is an image that was delivered and has been taken out.
func (w ward) held(name, text string) string {
	w.t.Helper()
	w.deliver(name, text)
	id := w.hold(name)
	w.idle()
	return id
}

func (w ward) item(id string) quarantine.Item {
	w.t.Helper()
	i, err := w.QuarantineItem(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return i.Item
}

func (w ward) change(login, id string, c quarantine.Command) {
	w.t.Helper()
	if err := w.ChangeQuarantine(w.t.Context(), w.as(login), id, c); err != nil {
		w.t.Fatalf("%s: %T: %v", login, c, err)
	}
	w.idle()
}
