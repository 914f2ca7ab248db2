package watch

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

// TestSettling looks at files until size and date have not changed for long enough.
func TestSettling(t *testing.T) {
	t.Parallel()
	const quiet = 100 * time.Millisecond
	start := time.Date(2026, 11, 26, 4, 12, 0, 0, time.UTC)
	files := fstest.MapFS{}
	stat := func(p place) (fs.FileInfo, error) { return files.Stat(p.path) }
	write := func(name, text string, at int) {
		files[name] = &fstest.MapFile{Data: []byte(text), ModTime: start.Add(time.Duration(at) * time.Millisecond)}
	}
	s := newSettling(quiet)
	touch := func(name string, at int) { s.touch(place{"out", name}, start.Add(time.Duration(at)*time.Millisecond)) }
	for _, step := range []struct {
		at   int // milliseconds
		do   func()
		want []string
	}{
		{0, func() { write("a", "h", 0); touch("a", 0) }, nil},
		{90, func() { write("a", "ha", 90); touch("a", 90) }, nil}, // still being written
		{150, func() { write("b", "whole", 1); touch("b", 150); touch("gone", 150) }, nil},
		{190, func() {}, nil}, // the first look at a
		{289, func() {}, nil}, // it has not been quiet for long enough
		{290, func() {}, []string{"a"}},
		{350, func() { write("b", "another", 350) }, nil}, // changed without an event since the first look
		{450, func() {}, nil},
		{550, func() {}, []string{"b"}},
		{900, func() {}, nil},
	} {
		step.do()
		var got []string
		for _, p := range s.settled(start.Add(time.Duration(step.at)*time.Millisecond), stat) {
			got = append(got, p.path)
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("after %d ms %v have settled, want %v", step.at, got, step.want)
		}
	}
	if !s.next().IsZero() || len(s.files) != 0 {
		t.Errorf("in the end %d files wait, want none", len(s.files))
	}
	touch("a", 1000)
	s.touch(place{"other", "a"}, start)
	s.forget("out")
	if got := s.settled(start.Add(time.Hour), func(place) (fs.FileInfo, error) { return nil, errors.New("looked at") }); len(got) != 0 || len(s.queue) != 0 {
		t.Errorf("forgotten, %v have settled and %d wait", got, len(s.queue))
	}
}
