package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// importFlags are the flags of signals import.
type importFlags struct {
	writeFlags
	source, pipeline, columns, mapping *string
	partial                            *bool
}

// signalsImport takes signals from a file, row by row.
func (c *cli) signalsImport(ctx context.Context, args []string) error {
	w := newWriteFlags("signals import FILE.csv|FILE.ndjson [--source S] [--pipeline P] [--map text=body,at=created_at,id=ticket_id] [--mapping NAME] [--partial] [--dir D] [--as LOGIN] [--json]")
	f := importFlags{
		writeFlags: w, source: w.String("source", "", "flag.signals.source"), pipeline: w.String("pipeline", "", "flag.signals.pipeline"),
		columns: w.String("map", "", "flag.signals.map"), mapping: w.String("mapping", "", "flag.signals.mapping"),
		partial: w.Bool("partial", false, "flag.signals.partial"),
	}
	positional, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	file, err := os.Open(positional[0])
	if err != nil {
		return inputError(err)
	}
	defer file.Close() // only read
	told := &rows{}
	if told.seq, err = f.read(file, positional[0], &told.err); err != nil {
		return err
	}
	taken, err := c.takeSignals(ctx, f.writeFlags, told.seq)
	if err := errors.Join(err, told.err); err != nil {
		return err
	}
	return c.printTaken(*f.asJSON, taken)
}

// rows are the signals of a file; err is what ended the reading, if not its end.
type rows struct {
	seq iter.Seq[intake.Told]
	err error
}

// read tells the signals of a file by its kind, and fills in what its rows do not say.
func (f importFlags) read(file io.Reader, name string, broken *error) (iter.Seq[intake.Told], error) {
	var all iter.Seq[intake.Told]
	switch strings.ToLower(filepath.Ext(name)) {
	case ".ndjson", ".jsonl", ".json":
		all = web.LinesOfSignals(file)
	default:
		m, err := f.csvMapping()
		if err != nil {
			return nil, err
		}
		all = csvRows(file, m, broken)
	}
	source := cmp.Or(*f.source, *f.mapping, "import")
	return func(yield func(intake.Told) bool) {
		for t := range all {
			if t.Source == "" {
				t.Source = source
			}
			if t.Pipeline == "" {
				t.Pipeline = *f.pipeline
			}
			t.History = !*f.partial
			if !yield(t) {
				return
			}
		}
	}, nil
}

var errStopped = errors.New("stopped")

func csvRows(file io.Reader, m feed.Mapping, broken *error) iter.Seq[intake.Told] {
	return func(yield func(intake.Told) bool) {
		err := feed.ReadCSV(file, m, func(t intake.Told) error {
			if !yield(t) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			*broken = err
		}
	}
}

// csvMapping is the one that the configuration names, or the usual names of
// columns, with those of --map in their place.
func (f importFlags) csvMapping() (feed.Mapping, error) {
	m := feed.DefaultCSV()
	if *f.mapping != "" {
		config, err := app.LoadWatch(*f.dir)
		if err != nil {
			return m, err
		}
		named, ok := config.Sources.CSV[*f.mapping]
		if !ok {
			return m, fmt.Errorf("import signals: sources.csv has no mapping %q: %w", *f.mapping, journal.ErrInvalid)
		}
		m = named
	}
	if *f.columns == "" {
		return m, nil
	}
	fields := map[string]*feed.Field{
		"id": &m.ID, "text": &m.Text, "at": &m.At, "rating": &m.Rating, "tags": &m.Tags, "url": &m.URL, "lang": &m.Lang, "pipeline": &m.Pipeline, "kind": &m.Kind,
	}
	for pair := range strings.SplitSeq(*f.columns, ",") {
		key, column, ok := strings.Cut(pair, "=")
		field := fields[strings.TrimSpace(key)]
		if !ok || field == nil || strings.TrimSpace(column) == "" {
			return m, misuse(f.usage, "map", strconv.Quote(pair))
		}
		field.Names = []string{strings.TrimSpace(column)}
	}
	return m, nil
}

// takeSignals gives signals to the folder itself, or to the server that holds it.
func (c *cli) takeSignals(ctx context.Context, f writeFlags, told iter.Seq[intake.Told]) (intake.Taken, error) {
	w, err := c.writer(ctx, f)
	if err != nil {
		return intake.Taken{}, err
	}
	var taken intake.Taken
	switch w := w.(type) {
	case *local:
		if err = w.by.Require(people.Ingest); err == nil {
			taken, err = w.app.TakeSignals(people.NewContext(ctx, w.by), told)
		}
	case *remote:
		taken, err = w.takeSignals(ctx, told)
	}
	return taken, errors.Join(err, w.close())
}

// sendPart is about how many bytes of signals are posted at once, well below [web.SignalsLimit].
const sendPart = 4 << 20

// takeSignals posts signals in parts. Their lines are those of the file.
func (r *remote) takeSignals(ctx context.Context, told iter.Seq[intake.Told]) (intake.Taken, error) {
	var taken intake.Taken
	var body bytes.Buffer
	var lines []int
	path := "/api/v1/signals"
	send := func() error {
		part, err := r.postSignals(ctx, path, body.Bytes())
		taken.Accepted, taken.Duplicate = taken.Accepted+part.Accepted, taken.Duplicate+part.Duplicate
		taken.Refused += part.Refused - len(part.Refusals)
		for _, refusal := range part.Refusals {
			if i := refusal.Line - 1; i >= 0 && i < len(lines) {
				taken.Refuse(lines[i], errors.New(refusal.Reason)) // in our language already
			}
		}
		body.Reset()
		lines = lines[:0]
		return err
	}
	for t := range told {
		if t.Err != nil {
			taken.Refuse(t.Line, t.Check(time.Now()))
			continue
		}
		text, err := json.Marshal(t.Signal)
		if err != nil {
			return taken, fmt.Errorf("encode the signal of line %d: %w", t.Line, err)
		}
		if t.History { // as all others of the file
			path = "/api/v1/signals?history=true"
		}
		body.Write(append(text, '\n'))
		if lines = append(lines, t.Line); body.Len() > sendPart {
			if err := send(); err != nil {
				return taken, err
			}
		}
	}
	if body.Len() == 0 {
		return taken, nil
	}
	return taken, send()
}

// postSignals posts one part. That none of it was good is an answer, too.
func (r *remote) postSignals(ctx context.Context, path string, body []byte) (intake.Taken, error) {
	var taken intake.Taken
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+path, bytes.NewReader(body))
	if err != nil {
		return taken, fmt.Errorf("ask the server at %s: %w", r.address, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Accept-Language", r.lang)
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := r.client.Do(request)
	if err != nil {
		return taken, fmt.Errorf("ask the server that holds the folder: %w: %w", err, journal.ErrConflict)
	}
	defer response.Body.Close() // only read
	answer, err := io.ReadAll(io.LimitReader(response.Body, remoteLimit))
	if err != nil {
		return taken, fmt.Errorf("read the answer of the server at %s: %w", r.address, err)
	}
	refused := response.StatusCode == http.StatusUnprocessableEntity && response.Header.Get("Content-Type") == "application/json"
	if response.StatusCode != http.StatusOK && !refused {
		return taken, problem(response.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, &taken); err != nil {
		return taken, fmt.Errorf("read the answer of the server at %s: %w", r.address, err)
	}
	return taken, nil
}

// printTaken says what became of the signals; where nothing was good the command fails.
func (c *cli) printTaken(asJSON bool, taken intake.Taken) error {
	if asJSON {
		if err := printJSON(c.stdout, taken); err != nil {
			return err
		}
	} else {
		l := c.lang()
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.taken", taken.Accepted, taken.Duplicate, taken.Refused))
		for _, r := range taken.In(l).Refusals {
			fmt.Fprintln(c.stdout, phrase.Say(l, "cli.signals.refused", r.Line, r.Reason))
		}
	}
	if taken.Accepted+taken.Duplicate == 0 && taken.Refused > 0 {
		return errFailed
	}
	return nil
}
