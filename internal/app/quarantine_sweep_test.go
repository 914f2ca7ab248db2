package app

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// place writes an image of a grey level; located, it says in Exif where it was taken.
func (w ward) place(name string, level uint8, located bool) {
	w.t.Helper()
	w.image("delivered/."+name, level)
	picture := []byte(w.read("delivered/." + name))
	if located {
		picture = locate(picture)
	}
	w.deliver(name, string(picture))
}

// locate writes into a PNG where it was taken.
func locate(picture []byte) []byte {
	const ihdr = 8 + 25 // signature and header, which come first
	chunk := append([]byte("eXIf"), gpsExif()...)
	whole := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))
	whole = binary.BigEndian.AppendUint32(append(whole, chunk...), crc32.ChecksumIEEE(chunk))
	return slices.Insert(picture, ihdr, whole...)
}

// gpsExif is Exif with nothing but a latitude: 48° 51′ N.
func gpsExif() []byte {
	const gpsAt, valueAt = 26, 26 + 2 + 2*12 + 4
	b := []byte("MM\x00*\x00\x00\x00\x08")
	entry := func(tag, kind uint16, count uint32, value ...byte) {
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, tag), kind)
		b = append(binary.BigEndian.AppendUint32(b, count), value...)
	}
	b = append(b, 0, 1)
	entry(0x8825, 4, 1, 0, 0, 0, gpsAt)
	b = append(b, 0, 0, 0, 0, 0, 2)
	entry(1, 2, 2, 'N', 0, 0, 0)
	entry(2, 5, 3, 0, 0, 0, valueAt)
	b = append(b, 0, 0, 0, 0)
	for _, v := range []uint32{48, 1, 51, 1, 0, 1} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// TestDroppedImageIsQuarantined drops an image into a watched folder of a live
// house: within seconds it is out, its route answers with the reference
// and an incident is open.
func TestDroppedImageIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWardWith(t, func(h *house) { h.live, h.wall = true, true })
	w.until("the first sweep", func() bool {
		c, err := w.store.CheckTotals(t.Context(), store.CheckQuery{Pipeline: "catalogue"})
		return err == nil && c.Count >= 3
	})
	began := time.Now()
	w.place("1.png", 120, true)
	bad := w.read("delivered/1.png")
	w.until("the image is out", func() bool {
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		return err == nil && len(list) == 1 && list[0].Status == quarantine.StatusHeld && len(list[0].Proofs) > 0
	})
	took := time.Since(began)
	t.Logf("dropped, judged, held, moved and proven in %v", took)
	// The goal is 5 s; the race detector and a busy machine get four times that.
	if took > 20*time.Second {
		t.Errorf("it took %v, the goal is 5 s", took)
	}
	list, err := w.Quarantine(t.Context(), web.HeldQuery{})
	if err != nil {
		t.Fatal(err)
	}
	i := list[0]
	if state, body := w.ask("1.png"); state != "disabled" || body != w.read("reference/1.png") || w.read("delivered/1.png") != "" {
		t.Errorf("the public gets %d bytes in state %s", len(body), state)
	}
	if s := w.state(i.Incident); s.Phase() != incident.PhaseContained || s.Severity != pipeline.S1 {
		t.Errorf("the incident is %s, %s", s.Phase(), s.Severity)
	}
	w.change("nora", i.ID, quarantine.Release{Reason: "a statue"})
	if w.read("delivered/1.png") != bad {
		t.Error("the image is not back byte for byte")
	}
	w.place("1.png", 121, false)
	clean := w.found("1.png").SHA256
	w.until("the clean version is checked", func() bool { return w.checks(clean) > 0 })
	if n := w.checks(i.SHA256); n != 1 {
		t.Errorf("the image was checked %d times, also after it was put back; want once for its version", n)
	}
	if list, err := w.Quarantine(t.Context(), web.HeldQuery{Active: true}); err != nil || len(list) != 0 {
		t.Errorf("in the end %+v is held (%v)", list, err)
	}
}

// checks counts the checks of a version.
func (w ward) checks(digest string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(StateDir(w.dir), "safelight.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("select count(*) from checks where candidate = ?", digest).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestImageWithoutReferenceIsQuarantined: what cannot be measured is looked at all the same.
func TestImageWithoutReferenceIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.place("stray.png", 120, true)
	w.sweep()
	w.idle()
	list, err := w.Quarantine(t.Context(), web.HeldQuery{})
	if err != nil || len(list) != 1 || list[0].Path != "stray.png" || list[0].Status != quarantine.StatusHeld || !slices.Contains(list[0].Findings[0].Entities, "LOCATION") {
		t.Errorf("held are %+v, %v", list, err)
	}
	if _, body := w.ask("stray.png"); !strings.Contains(body, "<svg") {
		t.Errorf("without a reference the public gets %q, want the placeholder", body)
	}
}

// TestSameVersionDeliveredAgain: a held or discarded version that comes again
// with the very size and date that it had is taken out again, after a restart too.
func TestSameVersionDeliveredAgain(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.place("1.png", 120, true)
	bad := w.read("delivered/1.png")
	date := time.Date(2026, 11, 1, 12, 0, 0, 5000, time.UTC)
	again := func(when string, items int) {
		t.Helper()
		w.write("delivered/.1.png", []byte(bad))
		hidden := filepath.Join(w.dir, "delivered/.1.png")
		if err := errors.Join(os.Chtimes(hidden, date, date), os.Rename(hidden, filepath.Join(w.dir, "delivered/1.png"))); err != nil {
			t.Fatal(err)
		}
		w.sweep()
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		if err != nil || len(list) != items || list[0].Status != quarantine.StatusHeld || w.read("delivered/1.png") != "" {
			t.Fatalf("%s the quarantine is %+v, %v; the folder has %d bytes", when, list, err, len(w.read("delivered/1.png")))
		}
	}
	restart := func() {
		t.Helper()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.open()
	}
	again("delivered first", 1)
	again("delivered again", 1)
	restart()
	again("delivered again after a restart", 1)
	list, err := w.Quarantine(t.Context(), web.HeldQuery{})
	if err != nil {
		t.Fatal(err)
	}
	w.change("nora", list[0].ID, quarantine.Discard{Reason: "a new one is made"})
	again("delivered again after it was discarded", 2)
	if list, err = w.Quarantine(t.Context(), web.HeldQuery{}); err != nil {
		t.Fatal(err)
	}
	w.change("nora", list[0].ID, quarantine.Discard{Reason: "a new one is made"})
	restart()
	again("discarded, restarted, delivered again", 3)
}
