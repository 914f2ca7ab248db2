package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/metadata"
	"github.com/safelight-dev/safelight/provenance"
)

// seen is what stands in a file.
type seen struct {
	document  *metadata.Document
	report    *provenance.Report
	thumbnail []byte
}

func read(file string) (*seen, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, err := container.Parse(data, container.Limits{})
	if err != nil {
		return nil, err
	}
	s := &seen{document: metadata.ReadFile(f, metadata.Limits{}), report: provenance.Validate(data, f, provenance.Options{Now: time.Now()})}
	for _, p := range s.document.Pictures {
		if p.Where == "IFD1" {
			s.thumbnail = p.Data
		}
	}
	return s, nil
}

// columns of the table that are fields.
var columns = []struct {
	name string
	is   func(metadata.Standard, string) bool
}{
	{"position", func(s metadata.Standard, group string) bool { return s == metadata.Exif && group == "GPS" }},
	{"other Exif", func(s metadata.Standard, group string) bool {
		return s == metadata.Exif && slices.Contains([]string{"IFD0", "ExifIFD"}, group)
	}},
	{"IPTC", func(s metadata.Standard, _ string) bool { return s == metadata.IIM }},
	{"XMP", func(s metadata.Standard, _ string) bool { return s == metadata.XMP }},
}

// String says how much of each kind there is.
func (s *seen) String() string {
	var said []string
	for _, c := range columns {
		n := 0
		for _, f := range s.document.Fields {
			if c.is(f.Standard, f.Group) {
				n++
			}
		}
		said = append(said, fmt.Sprintf("%s %d", c.name, n))
	}
	profile := "none"
	if s.document.Profile != nil {
		profile = s.document.Profile.Description
	}
	return fmt.Sprintf("%s values; profile %s; C2PA %v; thumbnail %d bytes", strings.Join(said, ", "), profile, s.report.State, len(s.thumbnail))
}

// compare writes the cells of a row.
func compare(before, after *seen) (cells []string) {
	changes := metadata.Compare(before.document, after.document)
	for _, c := range columns {
		count := func(list []metadata.Change) (n int) {
			for _, x := range list {
				if c.is(x.Standard, x.Group) {
					n++
				}
			}
			return n
		}
		cells = append(cells, verdict(count(changes.Kept), count(changes.Changed), count(changes.Lost)))
	}
	return append(cells, profile(before, after), manifest(before, after), thumbnail(before, after))
}

func verdict(kept, changed, lost int) string {
	switch all := kept + changed + lost; {
	case all == 0:
		return "–"
	case kept == all:
		return "kept"
	case kept+changed == 0:
		return "**lost**"
	case lost == 0:
		return fmt.Sprintf("%d of %d changed", changed, all)
	default:
		return fmt.Sprintf("%d of %d kept", kept+changed, all)
	}
}

// profile compares the profiles. That of JPEG XL stands in the codestream, coded as pixels are.
func profile(before, after *seen) string {
	switch b, a := before.document.Profile, after.document.Profile; {
	case b == nil:
		return "–"
	case after.document.Format == container.JXL:
		return "not read"
	case a == nil:
		return "**lost**"
	case a.Description != b.Description:
		return a.Description
	}
	return "kept"
}

func manifest(before, after *seen) string {
	switch b, a := before.report.State, after.report.State; {
	case b == provenance.Absent:
		return "–"
	case a == provenance.Absent:
		return "**lost**"
	case a == provenance.Invalid:
		return "**stale**"
	}
	return "kept"
}

func thumbnail(before, after *seen) string {
	switch {
	case before.thumbnail == nil:
		return "–"
	case after.thumbnail == nil:
		return "lost"
	case bytes.Equal(before.thumbnail, after.thumbnail):
		return "**the old one**"
	}
	return "another"
}
