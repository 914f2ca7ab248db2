package metadata

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// manyEntries is a directory of as many entries as there can be, each the whole structure long.
func manyEntries(tag, kind uint16, size int) []byte {
	b := make([]byte, size)
	copy(b, "MM\x00*\x00\x00\x00\x08")
	const n = 65_000
	binary.BigEndian.PutUint16(b[8:], n)
	for i := range n {
		e := b[10+12*i:]
		binary.BigEndian.PutUint16(e, tag)
		binary.BigEndian.PutUint16(e[2:], kind)
		binary.BigEndian.PutUint32(e[4:], uint32(size-800_000))
		binary.BigEndian.PutUint32(e[8:], 800_000)
	}
	for i := 800_000; i < size; i++ {
		b[i] = 'a'
	}
	return b
}

func zipBomb(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	for range 48 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHostileFiles holds what files made to be slow or large may cost.
func TestHostileFiles(t *testing.T) {
	bomb := zipBomb(t)
	nested := madeJPEG(exifSegment(madeTIFF(binary.BigEndian, ascii(0x010f, "x"))))
	for range 200 {
		if len(nested) > 60_000 {
			break
		}
		nested = madeJPEG(exifSegment(madeTIFF(binary.BigEndian, points(0x8769, bytesEntry(0x927c, string(nested)), bytesEntry(0x927c, string(nested))))))
	}
	long := strings.Repeat("n", 1<<20)
	nestedNames := strings.Repeat("<dc:"+long[:60]+` rdf:parseType="Resource">`, 50) + "<dc:a>b</dc:a>" + strings.Repeat("</dc:"+long[:60]+">", 50)
	for name, file := range map[string][]byte{
		"overlapping texts":       manyEntries(0x010e, 2, 2<<20),
		"overlapping comments":    manyEntries(0x9286, 7, 2<<20),
		"overlapping numbers":     manyEntries(0x0111, 3, 2<<20),
		"overlapping maker notes": manyEntries(0x927c, 7, 2<<20),
		"a zip bomb of text":      madePNG(chunk("zTXt", "Comment\x00\x00"+bomb), chunk("zTXt", "Comment\x00\x00"+bomb)),
		"a zip bomb of XMP":       madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x01\x00\x00\x00"+bomb), chunk("iCCP", "icc\x00\x00"+bomb)),
		"pictures in pictures":    nested,
		"long packets":            madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description(strings.Repeat("<dc:a>b</dc:a>", 1_000_000)))),
		"languages":               madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description("<dc:a><rdf:Alt>"+strings.Repeat(`<rdf:li xml:lang="a">b</rdf:li>`, 90_000)+"</rdf:Alt></dc:a>"))),
		"a long name":             madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description("<dc:"+long+` rdf:parseType="Resource">`+strings.Repeat("<dc:a>b</dc:a>", 90_000)+"</dc:"+long+">"))),
		"names within names":      madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description(strings.Repeat(nestedNames, 1500)))),
		"pieces of a long text":   madePNG(chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+description("<dc:a>"+strings.Repeat("b", 8<<20)+strings.Repeat("<![CDATA[c]]>", 9000)+"</dc:a>"))),
		"small numbers":           madePNG(slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("1 ", 128<<10))}, 40)...),
		"pairs of numbers":        madePNG(slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("11 ", 80<<10))}, 40)...),
		"unknown numbers":         madePNG(slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("07 00 00 00 00; ", 16<<10))}, 40)...),
		"unknown numbers in many": madePNG(slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("07 00 00 00 00; ", 40))}, 3200)...),
		"calls in many":           madePNG(slices.Repeat([][]byte{chunk("tEXt", "Comment\x00"+strings.Repeat("call 555 123 4567 ", 30))}, 3200)...),
		"datasets":                madeTIFF(binary.BigEndian, bytesEntry(0x83bb, strings.Repeat("\x1c\x02\x19\x00\x00", 1_000_000))),
	} {
		runtime.GC() // what others left is not this file's
		cost(t, name, file)
	}
}

// most is what a file of a few MiB may take: the slowest takes a quarter of a second on a machine of 2026, and those that these limits were
// made against took minutes. It is no measure of speed, which bench/metadata.sh gives.
const most = slower * time.Second

// cost reads a file, says what is personal in it, compares it with itself and strips it, in 256 MiB.
func cost(t testing.TB, name string, file []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := userTime(t)
	d, err := Read(file, Limits{})
	if err != nil {
		return
	}
	d.Personal()
	took := userTime(t) - start
	runtime.ReadMemStats(&after)
	if took > most {
		t.Errorf("%s: reading took %v", name, took)
	}
	// The detector drops what pools hold, as those of regular expressions.
	if taken := after.TotalAlloc - before.TotalAlloc; taken > slower*256<<20 {
		t.Errorf("%s: reading took %d MiB", name, taken>>20)
	}
	start = userTime(t)
	Compare(d, d)
	if took := userTime(t) - start; took > most {
		t.Errorf("%s: comparing took %v", name, took)
	}
	start = userTime(t)
	_, _ = Strip(file, Rules{Keep: KeepClasses(Rights, Description)})
	if took := userTime(t) - start; took > most {
		t.Errorf("%s: stripping took %v", name, took)
	}
}

// userTime is the user CPU time of this process: on a busy machine that of the clock says nothing.
func userTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

// TestMutations changes files of others at random.
func TestMutations(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 7))
	n := 0
	err := filepath.WalkDir(corpora.Dir(t, "metadata"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.ReadFile(name)
		if err != nil || len(file) > 200_000 {
			return err
		}
		for range 30 {
			n++
			mutant := bytes.Clone(file)
			for range 1 + chance.IntN(20) {
				at := chance.IntN(min(len(mutant), 8192))
				mutant[at] = []byte{0, 0xff, 0x7f, byte(chance.IntN(256))}[chance.IntN(4)]
			}
			if chance.IntN(4) == 0 {
				mutant = mutant[:chance.IntN(len(mutant))]
			}
			cost(t, filepath.Base(name), mutant)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d files, error %v", n, err)
	}
	t.Logf("%d mutants", n)
}
