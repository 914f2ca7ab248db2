package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Baseline is what was over its budget before the gate came. It holds for the very bytes alone: an image that changes is judged anew.
type Baseline struct {
	Schema int     `json:"schema"`
	Known  []Known `json:"known"`
	index  map[Known]bool
}

// Known is one finding of one image.
type Known struct {
	Path   string `json:"path"`
	Metric string `json:"metric"`
	SHA256 string `json:"sha256"`
}

const (
	baselineSchema = 1
	// MaxBaseline bounds a baseline's file, in bytes.
	MaxBaseline = 64 << 20
)

// ParseBaseline reads a baseline.
func ParseBaseline(data []byte) (Baseline, error) {
	var b Baseline
	if len(data) > MaxBaseline {
		return b, fmt.Errorf("read the baseline: it is larger than %d bytes: %w", MaxBaseline, journal.ErrTooLarge)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("read the baseline: %v: write it anew with --write-baseline: %w", err, journal.ErrInvalid)
	}
	if b.Schema != baselineSchema {
		return b, fmt.Errorf("read the baseline: schema %d, this version reads %d: write it anew with --write-baseline: %w", b.Schema, baselineSchema, journal.ErrInvalid)
	}
	b.index = make(map[Known]bool, len(b.Known))
	for _, k := range b.Known {
		b.index[k] = true
	}
	return b, nil
}

// Knows tells whether a finding was there before.
func (b Baseline) Knows(path, metric, sha256 string) bool {
	return sha256 != "" && b.index[Known{path, metric, sha256}]
}

// BaselineOf makes the baseline of what fails now, or is known already.
func BaselineOf(r Report) Baseline {
	b := Baseline{Schema: baselineSchema, Known: []Known{}}
	for _, res := range r.Results {
		for _, f := range res.Findings {
			if (f.Level == Fail || f.Known) && res.SHA256 != "" {
				b.Known = append(b.Known, Known{res.Path, f.Metric, res.SHA256})
			}
		}
	}
	slices.SortFunc(b.Known, func(a, b Known) int {
		return strings.Compare(a.Path+"\x00"+a.Metric, b.Path+"\x00"+b.Metric)
	})
	return b
}

// Bytes is its file.
func (b Baseline) Bytes() ([]byte, error) {
	data, err := json.MarshalIndent(b, "", "  ")
	return append(data, '\n'), err
}
