package container

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/safelight-dev/safelight/tiffdir"
)

// TestRewrite puts new data in the place of each kind that has one in a format, shorter ones and, where there is room
// for them, longer ones; the other parts are as they were.
func TestRewrite(t *testing.T) {
	exif := string(tiffOf(entry{0x010e, 2, "changed\x00"}))
	fresh := map[Kind]string{Exif: exif, XMP: "<x:xmpmeta xmlns:x='adobe:ns:meta/'>new</x:xmpmeta>", IIM: "\x1c\x02\x50\x00\x03New", ICC: "new profile", Comment: "new", Text: "new", XMPExtended: "new"}
	longer := bytes.Repeat([]byte("long "), 20_000)
	writable := map[Format][]Kind{
		JPEG: {Exif, XMP, XMPExtended, IIM, ICC, Comment}, PNG: {Exif, XMP, IIM, ICC, Text}, WebP: {Exif, XMP, ICC}, GIF: {XMP, IIM, ICC, Comment},
		JXL: {Exif, XMP}, SVG: {XMP}, AVIF: {Exif, XMP}, HEIC: {Exif}, TIFF: {XMP, IIM, ICC},
	}
	for name, data := range rich() {
		before, err := Parse(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range writable[before.Format] {
			for _, value := range [][]byte{[]byte(fresh[kind]), longer} {
				if before.Format == SVG {
					value = []byte("<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:i='ink'>new</x:xmpmeta>")
				}
				t.Run(fmt.Sprint(name, " ", kind, " ", len(value)), func(t *testing.T) {
					out, err := Rewrite(data, func(p Part) ([]byte, bool) {
						if p.Kind == kind {
							return value, true
						}
						return p.Data, true
					})
					hasRoom := !(before.Format == AVIF || before.Format == HEIC || before.Format == JPEG && (kind == XMP || kind == Comment)) || len(value) < 100
					if !hasRoom {
						if !errors.Is(err, ErrRemains) {
							t.Errorf("got %v, want that there is no room", err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					rewritten(t, before, out, kind, value)
				})
			}
		}
	}
}

// rewritten compares the parts of a result with those that were there.
func rewritten(t *testing.T, before *File, out []byte, kind Kind, value []byte) {
	t.Helper()
	after, err := Parse(out, Limits{})
	if err != nil || len(after.Problems) > 0 {
		t.Fatal(err, after.Problems)
	}
	was, now := byKind(before), byKind(after)
	for k, parts := range was {
		switch {
		case k == Photoshop || k == Trailer || k == Exif && before.Format == TIFF || k == Other && before.Format == JXL:
			continue
		case len(now[k]) != len(parts):
			t.Errorf("%d parts of kind %s, want %d", len(now[k]), k, len(parts))
			continue
		}
		for i, p := range parts {
			want := p.Data
			if k == kind {
				want = value
			}
			if got := now[k][i].Data; !bytes.HasPrefix(got, want) || len(bytes.Trim(got[len(want):], " \x00")) > 0 {
				t.Errorf("%s: got %.60q, want %.60q", k, got, want)
			}
		}
	}
}

// TestRewriteEntries takes one field out of a TIFF's own directories, and a packet with it.
func TestRewriteEntries(t *testing.T) {
	data := rich()["tiff"]
	edit := func(p Part) ([]byte, bool) {
		if p.Kind != Exif {
			return p.Data, p.Kind != XMP
		}
		dirs, err := tiffdir.Parse(p.Data, tiffdir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return dirs.Without(func(_ *tiffdir.Directory, e tiffdir.Entry) bool { return e.Tag == 0x010e }).Data, true
	}
	out, err := Rewrite(data, edit)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(out, Limits{})
	if err != nil || len(f.Problems) > 0 {
		t.Fatal(err, f.Problems)
	}
	dirs, _ := tiffdir.Parse(out, tiffdir.Limits{})
	if _, ok := dirs.Find("IFD0", 0x010e); ok {
		t.Error("the description is still there")
	}
	if _, ok := f.First(XMP); ok {
		t.Error("the packet is still there")
	}
	if p, ok := f.First(IIM); !ok || !bytes.Contains(p.Data, []byte(secret)) {
		t.Errorf("the datasets are %q", p.Data)
	}
}

// TestRewriteRefuses fails for parts that have no place for other data.
func TestRewriteRefuses(t *testing.T) {
	for name, data := range rich() {
		_, err := Rewrite(data, func(p Part) ([]byte, bool) {
			if p.Kind == C2PA || p.Kind == Preview {
				return []byte("new"), true
			}
			return p.Data, true
		})
		if !errors.Is(err, ErrRemains) && name != "tiff" {
			t.Errorf("%s: got %v, want ErrRemains", name, err)
		}
	}
}
