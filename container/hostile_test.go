package container

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostile reads and strips files that are made to take long, or memory: none takes a second of the processor, or
// more memory than is promised.
func TestHostile(t *testing.T) {
	rep := func(s string) string { return strings.Repeat(s, 4<<20/len(s)) }
	bomb := brotlied(strings.Repeat("x", 16<<20))
	blocks, things, entries := make([]block, 30), make([]thing, 30), make([]entry, 60_000)
	for i := range blocks {
		blocks[i] = block{"zTXt", "Raw profile type 8bim\x00\x00" + deflated("\niptc\n 1\n"+strings.Repeat("384249", 1<<19))}
		things[i] = thing{"mime", "application/rdf+xml", "br", bomb}
	}
	for i := range entries {
		entries[i] = entry{0x02bc, 1, "x"}
	}
	pointers := tiffOf(entries...)
	for i := range entries {
		copy(pointers[8+2+i*12:], "\x4a\x01\x04\x00\xff\xff\x00\x00\x08\x00\x00\x00")
	}
	strips := tiffOf(entries...)
	for i := range entries {
		copy(strips[8+2+i*12:], "\x44\x01\x04\x00\xff\xff\x00\x00\x08\x00\x00\x00")
	}
	for name, data := range map[string]string{
		"segments without length": "\xff\xd8\xff" + rep("\xff\xe1\x00\x01"),
		"segments of two bytes":   "\xff\xd8\xff\xe1\x00\x02" + rep("\xff\xdb\x00\x02"),
		"pieces of Exif":          "\xff\xd8" + rep("\xff\xe1\x00\x08Exif\x00\x00"),
		"resources":               "\xff\xd8" + rep("\xff\xed\x7f\xff"+(headPhotoshop + rep("8BIM\x04\x05\x00\x00\xff\xff\xff\xff"))[:0x7ffd]),
		"records of FotoStation":  string(jpegOf()) + rep("\x00\x01\x00\x00\x00\x0a\xa1\xb2\xc3\xd4"),
		"addresses":               string(jpegOf()) + rep("a@"),
		"TIFF headers":            string(jpegOf()) + rep("II*\x00\x08\x00\x00\x00"),
		"chunks behind the end":   string(pngOf()) + rep("\x00\x00\x00\x00tExt\x00\x00\x00\x00"),
		"chunks":                  pngSignature + rep("\x00\x00\x00\x00IDAT\x00\x00\x00\x00"),
		"compressed profiles":     string(pngOf(blocks...)),
		"RIFF chunks":             "RIFF\xff\xff\xff\x7fWEBP" + rep("VP8 \x00\x00\x00\x00"),
		"blocks":                  "GIF89a\x01\x00\x01\x00\x00\x00\x00" + rep("\x21\xf9\x00"),
		"boxes":                   boxOf("ftyp", "avif\x00\x00\x00\x00avif") + rep("\x00\x00\x00\x08moov"),
		"boxes within boxes":      boxOf("ftyp", "avif\x00\x00\x00\x00avif") + rep("\x00\x00\x00\x00moov"),
		"compressed items":        string(heifOf("avif", "", things...)),
		"compressed boxes":        string(jxlOf(strings.Repeat(boxOf("brob", "xml ", bomb), 30))),
		"elements":                "<svg>" + rep("<g/>"),
		"attributes":              "<svg " + rep("a='' ") + ">",
		"one attribute for ever":  "<svg " + rep("data-a='1' ") + "/>",
		"attributes of one tag":   "<svg " + manyNames(2000) + rep("a='' ") + "/>",
		"pictures without data":   "<svg>" + rep("<image href='data:,'/>") + "</svg>",
		"prefixes":                "<svg " + rep("xmlns:a='b' ") + ">" + strings.Repeat("<RDF/>", 4000),
		"escapes":                 "<svg><title>" + rep("&amp;") + "</title></svg>",
		"entries over one value":  string(tiffOf(entries...)),
		"pointers":                string(pointers) + rep("\x01\x00\x00\x00"),
		"strips":                  string(strips) + rep("\x01\x00\x00\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := processorTime(t)
			_, err := Parse([]byte(data), Limits{})
			parsed := processorTime(t)
			runtime.ReadMemStats(&after)
			if err != nil && !errors.Is(err, ErrTooLarge) {
				t.Error(err)
			}
			if took, allocated := parsed-start, after.TotalAlloc-before.TotalAlloc; took > slower*time.Second || allocated > 256<<20 {
				t.Errorf("reading takes %v and %d MB", took, allocated>>20)
			}
			// What is refused or cannot be written is an error, which FuzzStrip holds to its meaning.
			Strip([]byte(data), func(Part) bool { return false })
			if took := processorTime(t) - parsed; took > 2*slower*time.Second {
				t.Errorf("stripping takes %v", took)
			}
		})
	}
}

// manyNames is a list of attributes for data.
func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "data-%d='1' ", i)
	}
	return b.String()
}

// TestManyUnreadPlaces keeps few of the places that cannot be read, and calls no file clean where there are more.
func TestManyUnreadPlaces(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 64, 65, 10_000} {
		data := []byte("<svg>" + strings.Repeat("<image href='data:,'/>", n) + "<desc>x</desc></svg>")
		r, err := parse(data, Limits{})
		if err != nil || len(r.unread) > 65 {
			t.Fatalf("of %d places %d are kept, error %v", n, len(r.unread), err)
		}
		if _, err := Strip(data, func(Part) bool { return false }); !errors.Is(err, ErrRemains) {
			t.Errorf("with %d places that cannot be read it is stripped: %v", n, err)
		}
	}
}

// processorTime is what this process has used: on a busy machine it grows as slowly as its work.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
