package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// RunTaker notes that a run of a pipeline begins.
type RunTaker interface {
	BeginRun(ctx context.Context, r pipeline.Run) (pipeline.Run, error)
}

// RunLimit bounds what a pipeline says of a run, in bytes.
const RunLimit = 256 << 10

// BegunRun is what a pipeline says: POST /api/v1/pipelines/{pipeline}/runs.
type BegunRun struct {
	Run string `json:"run,omitempty"`
	LUT string `json:"lut,omitempty"`
	// Attributes are what else it works by: host, encoder, quality, model, prompt.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Paths are the images that are the run's own, where several hosts work side by side; none are all.
	Paths []string   `json:"paths,omitempty"`
	At    *time.Time `json:"at,omitempty"` // now where it is nil
}

// TakeRun lets a pipeline say that a run of it begins.
func TakeRun(taker RunTaker) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		run, err := runIn(r)
		if err == nil {
			run, err = taker.BeginRun(r.Context(), run)
		}
		if err != nil {
			signalsProblem(w, accepted(r, phrase.English), err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, run)
	})
}

func runIn(r *http.Request) (pipeline.Run, error) {
	var said BegunRun
	d := json.NewDecoder(io.LimitReader(r.Body, RunLimit))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil && !errors.Is(err, io.EOF) {
		return pipeline.Run{}, fmt.Errorf("read what begins: %w: %w", err, journal.ErrInvalid)
	}
	run := pipeline.Run{Pipeline: r.PathValue("pipeline"), ID: said.Run, LUT: said.LUT, Attributes: said.Attributes, Paths: said.Paths}
	if said.At != nil {
		run.At = said.At.UTC()
	}
	return run, nil
}
