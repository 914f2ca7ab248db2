package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Finding is one rule of its policy that a delivered image breaks. It names fields and never quotes them.
type Finding struct {
	Kind     string
	Reaction string
	Fields   []string
	Entities []string
}

// FileFindings is what a look at one delivered file has found.
type FileFindings struct {
	Pipeline string
	Path     string // below the delivered folder, to the byte
	SHA256   string
	At       time.Time
	Findings []Finding
	// Sought are the kinds that the look could have found; nil are all. What is known of the others stays.
	Sought []string
}

// FileName is a place in a pipeline's delivered folder.
type FileName struct{ Pipeline, Path string }

// FindingPlace is where a page of findings ends.
type FindingPlace struct{ Pipeline, Path, Kind string }

// FindingRow is a finding as it is kept.
type FindingRow struct {
	FileName
	Finding
	SHA256 string
	Since  time.Time // first seen in this place
	At     time.Time // last seen
	// Released tells that a person has released this version from quarantine.
	Released bool
}

// Place is the row's place in the order.
func (r FindingRow) Place() FindingPlace { return FindingPlace{r.Pipeline, r.Path, r.Kind} }

// FindingQuery selects findings; zero fields select all. What the quarantine holds is never selected: it is not delivered.
type FindingQuery struct {
	Pipelines []string // nil are all
	Kind      string
	After     FindingPlace
}

// FindingCount is how many images break a rule.
type FindingCount struct {
	Pipeline, Kind string
	Images         int
}

// PutFindings replaces what is known of files, in one transaction and in the order of the list. A file of which nothing
// is found loses what it had; a kind that stays keeps its Since.
func (s *Store) PutFindings(ctx context.Context, files []FileFindings) error {
	if len(files) == 0 {
		return nil
	}
	return s.Update(ctx, func(t *Tx) error {
		drop, err := t.tx.PrepareContext(ctx, `delete from findings where pipeline = ? and path = ?
			and kind not in (select value from json_each(?)) and (? = 'null' or kind in (select value from json_each(?)))`)
		if err != nil {
			return fmt.Errorf("save findings: %w", err)
		}
		defer drop.Close()
		put, err := t.tx.PrepareContext(ctx, `insert into findings (pipeline, path, kind, reaction, fields, entities, sha256, since, at)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (pipeline, path, kind) do update set
			reaction = excluded.reaction, fields = excluded.fields, entities = excluded.entities, sha256 = excluded.sha256, at = excluded.at`)
		if err != nil {
			return fmt.Errorf("save findings: %w", err)
		}
		defer put.Close()
		for _, f := range files {
			if err := f.put(ctx, drop, put); err != nil {
				return fmt.Errorf("save findings of %s: %w", f.Path, err)
			}
		}
		return nil
	})
}

func (f FileFindings) put(ctx context.Context, drop, put *sql.Stmt) error {
	kinds := []string{}
	for _, one := range f.Findings {
		kinds = append(kinds, one.Kind)
	}
	stay, sought := list(kinds), list(f.Sought)
	if _, err := drop.ExecContext(ctx, f.Pipeline, []byte(f.Path), stay, sought, sought); err != nil {
		return err
	}
	for _, one := range f.Findings {
		_, err := put.ExecContext(ctx, f.Pipeline, []byte(f.Path), one.Kind, one.Reaction, list(append([]string{}, one.Fields...)),
			list(append([]string{}, one.Entities...)), f.SHA256, f.At.UnixMicro(), f.At.UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

// list is a list of names in JSON, null for nil.
func list(names []string) string {
	text, _ := json.Marshal(names) // strings cannot fail
	return string(text)
}

// DropFindings forgets all that is known of files that are gone.
func (s *Store) DropFindings(ctx context.Context, files []FileName) error {
	if len(files) == 0 {
		return nil
	}
	return s.Update(ctx, func(t *Tx) error {
		for _, f := range files {
			if _, err := t.exec("forget findings of "+f.Path, `delete from findings where pipeline = ? and path = ?`, f.Pipeline, []byte(f.Path)); err != nil {
				return err
			}
		}
		return nil
	})
}

// where is the condition of a query without its place.
func (q FindingQuery) where() (string, []any) {
	text := ` where not exists (select 1 from quarantine where quarantine.pipeline = findings.pipeline and quarantine.path = findings.path and active)`
	var args []any
	if q.Pipelines != nil {
		// The plus keeps SQLite from walking each pipeline from its beginning: pages go on from a place.
		text, args = text+` and +pipeline in (select value from json_each(?))`, append(args, list(q.Pipelines))
	}
	if q.Kind != "" {
		text, args = text+` and kind = ?`, append(args, q.Kind)
	}
	return text, args
}

// Findings gives up to limit findings behind a place, by pipeline, path and kind.
func (s *Store) Findings(ctx context.Context, q FindingQuery, limit int) ([]FindingRow, error) {
	if q.Pipelines != nil && len(q.Pipelines) == 0 {
		return nil, nil
	}
	where, args := q.where()
	if q.Pipelines != nil {
		if first := slices.Min(q.Pipelines); q.After.Pipeline < first {
			q.After = FindingPlace{Pipeline: first}
		}
		where, args = where+` and pipeline <= ?`, append(args, slices.Max(q.Pipelines))
	}
	path := []byte(q.After.Path)
	args = append(args, q.After.Pipeline, path, q.After.Pipeline, path, q.After.Kind, max(limit, 0))
	rows, err := s.readers.QueryContext(ctx, `select pipeline, path, kind, reaction, fields, entities, sha256, since, at,
		exists (select 1 from quarantine where quarantine.pipeline = findings.pipeline and quarantine.path = findings.path
			and quarantine.sha256 = findings.sha256 and status = 'restored')
		from findings`+where+` and (pipeline, path) >= (?, ?) and (pipeline, path, kind) > (?, ?, ?) order by pipeline, path, kind limit ?`, args...)
	return collect(rows, err, "read the findings", readFinding)
}

func readFinding(scan func(...any) error) (FindingRow, error) {
	var r FindingRow
	var path, fields, entities []byte
	var since, at int64
	err := scan(&r.Pipeline, &path, &r.Kind, &r.Reaction, &fields, &entities, &r.SHA256, &since, &at, &r.Released)
	if err != nil {
		return r, err
	}
	r.Path, r.Since, r.At = string(path), time.UnixMicro(since).UTC(), time.UnixMicro(at).UTC()
	if err := json.Unmarshal(fields, &r.Fields); err != nil {
		return r, err
	}
	return r, json.Unmarshal(entities, &r.Entities)
}

// CountFindings counts the images of each pipeline by kind.
func (s *Store) CountFindings(ctx context.Context, q FindingQuery) ([]FindingCount, error) {
	where, args := q.where()
	rows, err := s.readers.QueryContext(ctx, `select pipeline, kind, count(*) from findings`+where+` group by kind, pipeline order by pipeline, kind`, args...)
	return collect(rows, err, "count the findings", func(scan func(...any) error) (FindingCount, error) {
		var c FindingCount
		err := scan(&c.Pipeline, &c.Kind, &c.Images)
		return c, err
	})
}
