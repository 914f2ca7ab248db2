package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// buildExempi builds the program that asks the Adobe XMP Toolkit.
func buildExempi(t *testing.T) string {
	t.Helper()
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "exempi-2.0").Output()
	if err != nil {
		t.Fatalf("the Adobe XMP Toolkit is missing: install Debian's pkg-config and libexempi-dev: %v", err)
	}
	program := filepath.Join(t.TempDir(), "exempi")
	args := append([]string{"-O1", "-o", program, "../peers/exempi.c"}, strings.Fields(string(flags))...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("build the program that asks the Adobe XMP Toolkit: %v: %s", err, out)
	}
	return program
}

// hold compares tallies with the goals, in tenths of a percent.
func hold(t *testing.T, j *judge) {
	t.Helper()
	all := j.total()
	for _, c := range []struct {
		name          string
		tally         tally
		recall, value int
	}{{"Exif", all.exif, 999, 995}, {"IPTC", all.iptc, 980, 980}, {"XMP", all.xmp, 995, 999}, {"personal tags", all.named, 1000, 0}} {
		if c.tally.all == 0 || 1000*c.tally.found < c.recall*c.tally.all || 1000*c.tally.equal < c.value*c.tally.found {
			t.Errorf("%s: of %d, %d are found and %d have the same value", c.name, c.tally.all, c.tally.found, c.tally.equal)
		}
	}
	if 100*all.beyond > all.xmp.all {
		t.Errorf("%d leaves of XMP are read that the toolkit has not", all.beyond)
	}
}

// TestMadeFiles holds the goals on files that ExifTool writes in every format, and that what is stripped is gone for it.
func TestMadeFiles(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	made, err := generate(filepath.Join(work, "made"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 18 {
		t.Errorf("%d files were made, want two of nine formats: install Debian's webp, libavif-bin, libheif-examples, libjxl-tools", len(made))
	}
	j, err := judged(made, work, options{exempi: buildExempi(t)})
	if err != nil {
		t.Fatal(err)
	}
	hold(t, j)
	s, err := stripAll(made, filepath.Join(work, "stripped"))
	if err != nil || s.lost > 0 || s.left > 0 {
		t.Errorf("%v, error %v", s, err)
	}
}

// TestFilesOfOthers holds the goals on files of cameras and editors.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	files, err := appendImages(nil, corpora.Dir(t, "metadata"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := judged(files, t.TempDir(), options{exempi: buildExempi(t)})
	if err != nil {
		t.Fatal(err)
	}
	hold(t, j)
}
