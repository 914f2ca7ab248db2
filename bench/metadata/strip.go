package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/metadata"
)

// stripped counts what became of files of which only rights and technical fields were to stay.
type stripped struct{ files, lost, left int }

func (s stripped) String() string {
	return fmt.Sprintf("Stripped of all but rights and technical fields: %d files; %d such values lost, %d lines of what ExifTool still finds of places, "+
		"persons, serial numbers and descriptions", s.files, s.lost, s.left)
}

// personalArgs are what ExifTool is asked for after stripping.
var personalArgs = []string{"-q", "-q", "-S", "-GPS:all", "-XMP-exif:GPS*", "-SerialNumber", "-LensSerialNumber", "-OwnerName", "-PersonInImage", "-RegionInfo",
	"-XMP-iptcExt:Location*", "-City", "-Sub-location", "-Title", "-Description", "-Caption-Abstract", "-Keywords", "-Subject", "-UserComment", "-MakerNotes:all",
	"-ThumbnailImage", "-History"}

// stripAll strips all files into a folder, counts lost values, and asks ExifTool for those that were to go.
func stripAll(files []string, folder string) (s stripped, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return s, err
	}
	var written []string
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return s, err
		}
		out, err := metadata.Strip(data, metadata.Rules{Keep: metadata.KeepClasses(metadata.Rights, metadata.Technical), Others: true})
		if err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
		to := filepath.Join(folder, fmt.Sprintf("%04d%s", i, filepath.Ext(name)))
		if err := os.WriteFile(to, out, 0o644); err != nil {
			return s, err
		}
		written = append(written, to)
		before, err := metadata.Read(data, metadata.Limits{})
		if err != nil {
			return s, err
		}
		after, err := metadata.Read(out, metadata.Limits{})
		if err != nil {
			return s, err
		}
		c := metadata.Compare(before, after)
		s.files++
		s.lost += len(c.Of(metadata.Rights).Lost) + len(c.Of(metadata.Technical).Lost)
	}
	out, err := exifTool(append(personalArgs, written...)...)
	for line := range bytes.Lines(out) {
		if !bytes.HasPrefix(line, []byte("====")) {
			s.left++
		}
	}
	return s, err
}
