package main

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/safelight-dev/safelight/sentiment"
)

// scriptLately dates files: lately FILE... writes yesterday in place of @DAY@,
// since signals of long ago are refused.
func scriptLately(ts *testscript.TestScript, _ bool, args []string) {
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	for _, name := range args {
		path := ts.MkAbs(name)
		text := strings.ReplaceAll(ts.ReadFile(name), "@DAY@", yesterday)
		ts.Check(os.WriteFile(path, []byte(text), 0o644))
	}
}

func TestMeasureGuesses(t *testing.T) {
	list := []guess{
		{score: -0.9, negative: true, said: true, right: true}, {score: -0.2, negative: true, right: false},
		{score: -0.2, negative: false, right: true}, {score: 0.5, negative: false, said: true},
	}
	// Of the four pairs three are in order and one is a tie; of the negatives one
	// was found, and one of two calls was right.
	want := sentiment.Measures{Samples: 4, AUC: 3.5 / 4, F1: 0.5, Accuracy: 0.5}
	if got := measureGuesses(list); math.Abs(got.AUC-want.AUC) > 1e-12 || got.F1 != want.F1 || got.Accuracy != want.Accuracy || got.Samples != 4 {
		t.Errorf("measureGuesses = %+v, want %+v", got, want)
	}
	if got := measureGuesses(nil); got != (sentiment.Measures{}) {
		t.Errorf("of no texts the figures are %+v", got)
	}
}
