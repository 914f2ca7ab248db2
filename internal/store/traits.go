package store

import (
	"context"
	"time"
)

// noTraits is the number of no traits at all, as of what was checked before they were kept.
const noTraits = 0

// traits gives the number of a text, a new one where it was never seen. Known are those of this transaction.
func (t *Tx) traits(text string, known map[string]int64) (int64, error) {
	if text == "" {
		return noTraits, nil
	}
	if id, ok := known[text]; ok {
		return id, nil
	}
	const doing = "keep the traits of an image"
	if _, err := t.exec(doing, `insert into traits (text) values (?) on conflict (text) do nothing`, text); err != nil {
		return 0, err
	}
	var id int64
	if err := t.tx.QueryRowContext(t.ctx, `select id from traits where text = ?`, text).Scan(&id); err != nil {
		return 0, explain(doing, err)
	}
	known[text] = id
	return id, nil
}

// Traits gives all texts by their numbers.
func (s *Store) Traits(ctx context.Context) (map[int64]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select id, text from traits`)
	if err != nil {
		return nil, explain("read the traits of images", err)
	}
	defer rows.Close()
	all := map[int64]string{}
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, explain("read the traits of images", err)
		}
		all[id] = text
	}
	return all, explain("read the traits of images", rows.Err())
}

// TraitRow is what the comparison of good and bad images looks at in a check.
type TraitRow struct {
	Path, Class, Software, Model string
	Over                         Over
	Modified, Changed            int64     // as in [FileVersion]
	Traits                       int64     // a key of [Store.Traits], or 0
	At                           time.Time // of the check
}

// EachTrait yields the last check of each version of each image of a pipeline between two times, both included, in the order of
// paths. A version is told from the next by its file's stamps. It reads an index alone.
func (s *Store) EachTrait(ctx context.Context, pipeline string, since, until time.Time, yield func(TraitRow) error) error {
	doing := "compare the images of " + pipeline
	rows, err := s.readers.QueryContext(ctx, `select path, class, over, software, model, modified, changed, traits, at from checks
		where pipeline = ? and at >= ? and at <= ? order by path, at, id`, pipeline, since.UnixMicro(), until.UnixMicro())
	if err != nil {
		return explain(doing, err)
	}
	defer rows.Close()
	var last TraitRow
	for begun := false; rows.Next(); begun = true {
		var r TraitRow
		var at int64
		if err := rows.Scan(&r.Path, &r.Class, &r.Over, &r.Software, &r.Model, &r.Modified, &r.Changed, &r.Traits, &at); err != nil {
			return explain(doing, err)
		}
		r.At = time.UnixMicro(at).UTC()
		if begun && (r.Path != last.Path || r.Modified != last.Modified || r.Changed != last.Changed) {
			if err := yield(last); err != nil {
				return err
			}
		}
		last = r
	}
	if err := rows.Err(); err != nil || last.Path == "" {
		return explain(doing, err)
	}
	return yield(last)
}
