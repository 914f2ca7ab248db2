package delivery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// book is an access log that a test writes.
type book struct {
	t    *testing.T
	name string
	d    *Deliveries
}

func openBook(t *testing.T) *book {
	name := filepath.Join(t.TempDir(), "access.jsonl")
	d := NewDeliveries(name)
	t.Cleanup(func() { d.Close() })
	return &book{t, name, d}
}

func minute(n int) time.Time { return time.Date(2026, 11, 26, 4, n, 0, 500, time.UTC) }

// line is an answer of a minute.
func line(at int, path, source string, status, bytes int) string {
	return fmt.Sprintf(`{"at":%q,"route":"r","path":%q,"status":%d,"source":%q,"bytes":%d}`+"\n", minute(at).Format(time.RFC3339Nano), path, status, source, bytes)
}

func delivered(at int, path string) string { return line(at, path, sourceOrigin, 200, 9) }

func (b *book) write(lines ...string) {
	b.t.Helper()
	f, err := os.OpenFile(b.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(lines, "")); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) rotate() {
	b.t.Helper()
	if err := os.Rename(b.name, b.name+".1"); err != nil {
		b.t.Fatal(err)
	}
}

// want asks for a path since a minute; at -1 is none.
func (b *book) want(what, path string, since, at int, covered bool) {
	b.t.Helper()
	if err := b.d.Refresh(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	var last time.Time
	if at >= 0 {
		last = minute(at)
	}
	if got, ok := b.d.Last(path, minute(since)); !got.Equal(last) || ok != covered {
		b.t.Errorf("%s: %s since minute %d was delivered %v, covered %v; want %v, %v", what, path, since, got, ok, last, covered)
	}
}

// TestDeliveries tells which answers put an origin into a client's hands.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	b.want("without a log", "/r/a", 0, -1, false)
	b.write(delivered(1, "/r/a"), line(2, "/r/part", sourceOrigin, 206, 3), line(2, "/r/had", sourceOrigin, 304, 0),
		line(2, "/r/head", sourceOrigin, 200, 0), line(2, "/r/none", sourceOrigin, 404, 9), line(2, "/r/ref", sourceFallback, 200, 9),
		line(2, "/r/grey", sourcePlaceholder, 200, 9), delivered(5, "/r/b")[:30])
	b.want("delivered", "/r/a", 1, 1, true)
	b.want("delivered before", "/r/a", 2, -1, true)
	b.want("in part", "/r/part", 2, 2, true)
	b.want("the client had it", "/r/had", 2, 2, true)
	for _, p := range []string{"head", "none", "ref", "grey", "b"} {
		b.want("no delivery", "/r/"+p, 0, -1, true)
	}
	b.write(delivered(5, "/r/b")[30:], delivered(6, "/r/a"))
	b.want("its line is whole now", "/r/b", 5, 5, true)
	b.want("the last of two", "/r/a", 0, 6, true)
}

// TestDeliveriesRotated reads on over rotations, and knows what it cannot know.
func TestDeliveriesRotated(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	b.write(delivered(1, "/r/a"))
	b.want("first", "/r/a", 0, 1, true)
	b.write(delivered(2, "/r/b"))
	b.rotate()
	b.want("moved aside, no new one yet", "/r/b", 0, 2, true)
	b.write(delivered(3, "/r/c"))
	b.want("the old part", "/r/b", 0, 2, true)
	b.want("the new part", "/r/c", 0, 3, true)
	b.want("never lost a line", "/r/none", 0, -1, true)

	fresh := &book{t, b.name, NewDeliveries(b.name)} // after a new start
	defer fresh.d.Close()
	fresh.want("both parts", "/r/a", 0, 1, true)
	fresh.want("since the parts begin", "/r/none", 1, -1, true)
	fresh.want("before they begin", "/r/none", 0, -1, false)

	if err := os.Remove(b.name); err != nil { // somebody clears away
		t.Fatal(err)
	}
	b.write(delivered(9, "/r/d"))
	b.want("what came after", "/r/d", 0, 9, true)
	b.want("what was before is gone", "/r/none", 5, -1, false)
}

// TestDeliveriesCutOff: a log that was cut off tells nothing of the time before.
func TestDeliveriesCutOff(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	b.write(delivered(1, "/r/a"), delivered(2, "/r/b"))
	b.want("whole", "/r/b", 0, 2, true)
	if err := os.Truncate(b.name, 0); err != nil {
		t.Fatal(err)
	}
	b.want("cut off", "/r/b", 0, -1, false)
}

// TestDeliveriesDamaged: a damaged line may hide a delivery until shortly after the next line.
func TestDeliveriesDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"torn": `{"at":"2026` + "\n", "garbage": "x\n", "too long": strings.Repeat("x", 3*maxLine) + "\n", "no time": "{}\n",
	} {
		b := openBook(t)
		b.write(delivered(1, "/r/a"), damage)
		b.want(name+", the last line", "/r/none", 9, -1, false)
		b.write("\n", delivered(5, "/r/a"))
		b.want(name+", since before", "/r/none", 1, -1, false)
		b.want(name+", since after", "/r/none", 6, -1, true)
		b.want(name+", found all the same", "/r/a", 1, 5, true)
	}
}

// TestDeliveriesBounded: beyond the limit it does not know, and does not grow.
func TestDeliveriesBounded(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	b.d.paths = 2
	b.write(delivered(1, "/r/a"), delivered(1, "/r/b"), delivered(1, "/r/c"), delivered(2, "/r/a"))
	b.want("remembered", "/r/a", 2, 2, true)
	b.want("remembered, before", "/r/b", 2, -1, true)
	b.want("left out", "/r/c", 0, -1, false)
	if len(b.d.last) != 2 {
		t.Errorf("%d paths are remembered, the limit is 2", len(b.d.last))
	}
}

// TestDeliveriesOfGateway reads what a real gateway writes.
func TestDeliveriesOfGateway(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	d := NewDeliveries(s.path("access.jsonl"))
	defer d.Close()
	began := time.Now()
	s.get("GET", "/catalogue/a1.png")
	s.hold("a2.png", false)
	s.get("GET", "/catalogue/a2.png")
	s.control.Settle(t.Context())
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if at, ok := d.Last("/catalogue/a1.png", began); at.Before(began) || !ok {
		t.Errorf("the delivered path: %v, %v", at, ok)
	}
	if at, ok := d.Last("/catalogue/a2.png", began); !at.IsZero() || !ok {
		t.Errorf("the held path: %v, %v; want no delivery", at, ok)
	}
}

// TestLatest names what was delivered last, the latest first.
func TestLatest(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	b.write(delivered(1, "/r/a"), delivered(5, "/r/b"), delivered(3, "/r/c"), delivered(9, "/other/x"), delivered(4, "/r/a"), delivered(2, "/r/d"))
	if err := b.d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.d.Latest("/r/", 3), " "); got != "/r/b /r/a /r/c" {
		t.Errorf("the latest three are %s", got)
	}
	if got := b.d.Latest("/r/", 9); len(got) != 4 {
		t.Errorf("of four paths %q are named", got)
	}
}
