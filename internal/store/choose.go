package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Choice says which delivered images of a pipeline are meant, by what the last check of each has recorded. What is named is
// joined by and; Paths and Digests each mean any of theirs.
type Choice struct {
	Pipeline string
	Paths    []string  // of images, or of folders, which end in a slash
	Digests  []string  // SHA-256 in hexadecimal
	Software string    // that an image says it was made with
	Model    string    // that it says it was made by
	Run      string    // of the pipeline, in which it was made
	LUT      string    // the version of the colour transform of that run
	Over     bool      // over any limit
	Since    time.Time // measured at or after
}

// Chosen is an image as its last check has found it.
type Chosen struct {
	Path     string
	SHA256   string // of the delivered file
	Bytes    int64
	Modified int64 // nanoseconds
	Over     Over
}

// Choose lists images by their paths, limit at most.
func (s *Store) Choose(ctx context.Context, c Choice, limit int) ([]Chosen, error) {
	where, args := c.where()
	rows, err := s.readers.QueryContext(ctx, `select path, candidate, bytes, modified, over from checks c where `+where+
		` and id = (select max(id) from checks where pipeline = c.pipeline and path = c.path) order by path limit ?`, append(args, limit)...)
	return collect(rows, err, "choose images of "+c.Pipeline, func(scan func(...any) error) (x Chosen, err error) {
		return x, scan(&x.Path, &x.SHA256, &x.Bytes, &x.Modified, &x.Over)
	})
}

func (c Choice) where() (string, []any) {
	terms, args := []string{`pipeline = ?`}, []any{c.Pipeline}
	if !c.Since.IsZero() {
		terms, args = append(terms, `at >= ?`), append(args, c.Since.UnixMicro())
	}
	if c.Over {
		terms = append(terms, `over <> 0`)
	}
	if c.Software != "" {
		terms, args = append(terms, `software = ?`), append(args, c.Software)
	}
	if c.Model != "" {
		terms, args = append(terms, `model = ?`), append(args, c.Model)
	}
	if c.Run != "" { // said so for the index, which has no check without a run
		terms, args = append(terms, `run <> '' and run = ?`), append(args, c.Run)
	}
	if c.LUT != "" {
		terms, args = append(terms, `lut <> '' and lut = ?`), append(args, c.LUT)
	}
	if len(c.Digests) > 0 {
		terms = append(terms, `candidate in (?`+strings.Repeat(`, ?`, len(c.Digests)-1)+`)`)
		for _, d := range c.Digests {
			args = append(args, d)
		}
	}
	var places []string
	for _, p := range c.Paths {
		if strings.HasSuffix(p, "/") {
			places, args = append(places, `path >= ? and path < ?`), append(args, p, p[:len(p)-1]+"0") // 0 follows the slash
		} else {
			places, args = append(places, `path = ?`), append(args, p)
		}
	}
	if len(places) > 0 {
		terms = append(terms, `(`+strings.Join(places, ` or `)+`)`)
	}
	return strings.Join(terms, ` and `), args
}

// CountChecked counts the images of a pipeline that have been checked.
func (s *Store) CountChecked(ctx context.Context, pipeline string) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, `select count(distinct path) from checks where pipeline = ?`, pipeline).Scan(&n)
	if err != nil {
		err = fmt.Errorf("count the images of %s: %w", pipeline, err)
	}
	return n, err
}
