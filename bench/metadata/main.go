// Command metadata judges what package metadata reads by what ExifTool and the Adobe XMP Toolkit read.
//
//	metadata -exempi PROGRAM [-each N] [-keep FOLDER] [-missing] FOLDER…
//
// It looks at all images in the folders, and at a set that it makes with ExifTool in every format, and prints a table
// by format. -missing lists what is not found, or found with another value.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/metadata"
)

func main() {
	exempi := flag.String("exempi", "", "the program built of bench/peers/exempi.c")
	missing := flag.Bool("missing", false, "list what is missing or has another value")
	each := flag.Int("each", 40, "how many files to make in each format")
	keep := flag.String("keep", "", "a folder that the files made are left in")
	flag.Parse()
	if err := run(options{*exempi, *keep, *missing, *each}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "metadata:", err)
		os.Exit(1)
	}
}

type options struct {
	exempi, keep string
	missing      bool
	each         int
}

func run(o options, folders []string) error {
	work, err := os.MkdirTemp("", "metadata")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if o.keep == "" {
		o.keep = filepath.Join(work, "made")
	}
	made, err := generate(o.keep, o.each)
	if err != nil {
		return err
	}
	var found []string
	for _, folder := range folders {
		if found, err = appendImages(found, folder); err != nil {
			return err
		}
	}
	for _, set := range []struct {
		name  string
		files []string
	}{{"Files of others", found}, {"Files made by ExifTool for this table", made}} {
		if len(set.files) == 0 {
			continue
		}
		j, err := judged(set.files, work, o)
		if err != nil {
			return err
		}
		j.print(set.name)
	}
	all := append(found, made...)
	s, err := stripAll(all, filepath.Join(work, "stripped"))
	if err != nil {
		return err
	}
	fmt.Printf("\n%v\n", s)
	return speed(all)
}

// judged compares files with what the oracles say of them.
func judged(files []string, work string, o options) (*judge, error) {
	truth, err := readTruth(files, work, o.exempi)
	if err != nil {
		return nil, err
	}
	j := &judge{missing: o.missing}
	for _, name := range files {
		if err := j.file(name, truth[name]); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// appendImages adds the files of a folder that are images by their first bytes.
func appendImages(files []string, folder string) ([]string, error) {
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		if _, known := container.Detect(data); known && len(data) < 64<<20 {
			p, err = filepath.Abs(p)
			files = append(files, p)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

func (j *judge) file(name string, t *truth) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	d, err := metadata.Read(data, metadata.Limits{})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if t == nil {
		t = &truth{}
	}
	j.one(name, string(d.Format), t, d)
	return nil
}

func shorten(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 70 {
		s = s[:70] + "…"
	}
	return s
}
