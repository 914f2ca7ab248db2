package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
)

// KnowledgeView keeps what is written of incidents for the search, and what they are compared by.
type KnowledgeView struct{}

// Name is said in errors.
func (KnowledgeView) Name() string { return "knowledge" }

// Tables are the view's own tables. The index follows its texts by triggers.
func (KnowledgeView) Tables() []string { return []string{"knowledge", "knowledge_texts"} }

// Wants the streams of incidents.
func (KnowledgeView) Wants(stream string) bool { return strings.HasPrefix(stream, "PM-") }

// Apply replaces the incident's rows. Texts that are as they were stay: most events of an incident change none of them, and
// the index is dear.
func (KnowledgeView) Apply(ctx context.Context, tx *sql.Tx, stream string, entries []journal.Entry) error {
	if _, err := tx.ExecContext(ctx, `delete from knowledge where incident = ?`, stream); err != nil {
		return err
	}
	inc, err := incident.Fold(entries)
	if err != nil {
		return err
	}
	pm, err := postmortem.Fold(entries)
	if err != nil {
		return err
	}
	p, err := prevention.Fold(entries)
	if err != nil || !inc.Exists() {
		return err
	}
	if err := insertKnowledge(ctx, tx, inc, pm); err != nil {
		return err
	}
	for _, l := range phrase.Langs() {
		if err := replaceText(ctx, tx, stream, l, knowledge.TextOf(inc, pm, p, l)); err != nil {
			return err
		}
	}
	return nil
}

func insertKnowledge(ctx context.Context, tx *sql.Tx, inc incident.State, pm postmortem.State) error {
	profile := knowledge.ProfileOf(inc, pm)
	text, err := json.Marshal(profile)
	if err != nil {
		return fmt.Errorf("encode the profile of %s: %w", inc.ID, err)
	}
	causes := " "
	for _, k := range profile.CauseKinds() {
		causes += string(k) + " "
	}
	var restricted sql.NullBool
	if profile.Restricted != nil {
		restricted = sql.NullBool{Bool: *profile.Restricted, Valid: true}
	}
	_, err = tx.ExecContext(ctx, `insert into knowledge
		(incident, severity, pipeline, title, detected_at, quarter, causes, restricted, profile, seq) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		inc.ID, string(inc.Severity), inc.Opened.Pipeline, inc.Opened.Title, inc.DetectedAt.UnixMicro(), knowledge.QuarterOf(inc.DetectedAt),
		causes, restricted, string(text), inc.Seq)
	return err
}

var partColumns = func() string {
	names := make([]string, len(knowledge.Parts()))
	for i, p := range knowledge.Parts() {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}()

// replaceText replaces the texts of an incident in a language where they have changed.
func replaceText(ctx context.Context, tx *sql.Tx, id string, l phrase.Lang, text knowledge.Text) error {
	parts := knowledge.Parts()
	row := textRow(id, l)
	values := make([]any, 0, len(parts)+3)
	values = append(values, row, id, string(l))
	for _, p := range parts {
		values = append(values, text[p])
	}
	old := make([]string, len(parts))
	targets := make([]any, len(parts))
	for i := range old {
		targets[i] = &old[i]
	}
	err := tx.QueryRowContext(ctx, `select `+partColumns+` from knowledge_texts where id = ?`, row).Scan(targets...)
	if err == nil && slices.EqualFunc(parts, old, func(p knowledge.Part, was string) bool { return text[p] == was }) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := tx.ExecContext(ctx, `delete from knowledge_texts where id = ?`, row); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into knowledge_texts (id, incident, lang, `+partColumns+`) values (?, ?, ?`+strings.Repeat(`, ?`, len(parts))+`)`, values...)
	return err
}

// textRow names the row of an incident's texts in a language.
func textRow(id string, l phrase.Lang) int64 {
	sum := sha256.Sum256([]byte(id + "\x00" + string(l)))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// KnowledgeQuery is what somebody looks for.
type KnowledgeQuery struct {
	knowledge.Query
	Lang phrase.Lang // of the snippets, where the hit is in both
	// Public keeps restricted postmortems out, by what people decided or else by the policy: no hit, no count, no snippet.
	Public bool
	Policy postmortem.RestrictPolicy
}

// KnowledgeHit is an incident that was found.
type KnowledgeHit struct {
	Incident, Severity, Pipeline, Title string
	DetectedAt                          time.Time
	Snippets                            []KnowledgeSnippet
}

// KnowledgeSnippet is a place of a hit.
type KnowledgeSnippet struct {
	Part  knowledge.Part
	Spans []knowledge.Span
}

// maxSnippets is how many places of an incident are shown.
const maxSnippets = 3

// SearchKnowledge gives up to limit incidents after the first offset, the best first, or the newest where no words are looked
// for, and how many there are in all.
func (s *Store) SearchKnowledge(ctx context.Context, q KnowledgeQuery, offset, limit int) ([]KnowledgeHit, int, error) {
	if err := q.Validate(); err != nil {
		return nil, 0, err
	}
	from, args, err := q.from("bm25(knowledge_index, 10, 5, 4, 3, 2, 2, 2, 2, 1)")
	if err != nil {
		return nil, 0, err
	}
	uncounted, _, err := q.from("0") // the score of all is what takes time
	if err != nil {
		return nil, 0, err
	}
	var total int
	if err := s.readers.QueryRowContext(ctx, `with found (incident, score) as materialized (`+uncounted+`) select count(distinct incident) from found`, args...).Scan(&total); err != nil {
		return nil, 0, explain("search", err)
	}
	rows, err := s.readers.QueryContext(ctx, `with found (incident, score) as materialized (`+from+`)
		select incident, severity, pipeline, title, detected_at from knowledge
		join (select incident as it, min(score) as best from found group by incident) on incident = it
		order by best, detected_at desc, incident desc limit ? offset ?`, append(slices.Clone(args), max(limit, 0), max(offset, 0))...)
	hits, err := collect(rows, err, "search", func(scan func(...any) error) (KnowledgeHit, error) {
		var h KnowledgeHit
		var at int64
		err := scan(&h.Incident, &h.Severity, &h.Pipeline, &h.Title, &at)
		h.DetectedAt = time.UnixMicro(at).UTC()
		return h, err
	})
	if err != nil || !q.worded() {
		return hits, total, err
	}
	for i := range hits {
		if hits[i].Snippets, err = s.snippets(ctx, q, hits[i].Incident); err != nil {
			return nil, 0, err
		}
	}
	return hits, total, nil
}

func (q KnowledgeQuery) worded() bool { return len(knowledge.Terms(q.Words)) > 0 }

// from selects incident and score of what is found, in either language. What a restricted postmortem says is not looked at where
// it must not be: only the columns of the incident itself are.
func (q KnowledgeQuery) from(score string) (string, []any, error) {
	withheld, hide, err := withheldBy(q.Policy)
	if err != nil {
		return "", nil, err
	}
	where, args := q.filters()
	if !q.worded() {
		if q.Public && q.Cause != "" { // the kinds of cause are of the postmortem
			where, args = where+` and not `+withheld, append(args, hide...)
		}
		return `select incident, 0 as score from knowledge where ` + where, args, nil
	}
	one := `select knowledge.incident as incident, ` + score + ` as score from knowledge_index
		join knowledge_texts on knowledge_texts.id = knowledge_index.rowid join knowledge on knowledge.incident = knowledge_texts.incident
		where knowledge_index match ? and ` + where
	whole := append([]any{matching(q.Words, false)}, args...)
	if !q.Public {
		return one, whole, nil
	}
	whole = append(whole, hide...)
	if q.Cause != "" {
		return one + ` and not ` + withheld, whole, nil
	}
	public := append(append([]any{matching(q.Words, true)}, args...), hide...)
	return one + ` and not ` + withheld + ` union all ` + one + ` and ` + withheld, append(whole, public...), nil
}

// withheldBy is the condition of a restricted postmortem: as people decided, or else by a policy.
func withheldBy(policy postmortem.RestrictPolicy) (string, []any, error) {
	severities, err := json.Marshal(append([]pipeline.Severity{}, policy.Severities...))
	if err != nil {
		return "", nil, fmt.Errorf("read what is restricted: %w", err)
	}
	pipelines, err := json.Marshal(append([]string{}, policy.Pipelines...))
	if err != nil {
		return "", nil, fmt.Errorf("read what is restricted: %w", err)
	}
	return `coalesce(knowledge.restricted, knowledge.severity in (select value from json_each(?)) or knowledge.pipeline in (select value from json_each(?)))`,
		[]any{string(severities), string(pipelines)}, nil
}

func (q KnowledgeQuery) filters() (string, []any) {
	severity := strings.ToUpper(strings.TrimSpace(string(q.Severity)))
	return `(? = '' or knowledge.pipeline = ?) and (? = '' or knowledge.severity = ?) and (? = '' or knowledge.quarter = ?) and (? = '' or instr(knowledge.causes, ' ' || ? || ' ') > 0)`,
		[]any{q.Pipeline, q.Pipeline, severity, severity, q.Quarter, q.Quarter, string(q.Cause), string(q.Cause)}
}

// matching writes terms as FTS5 reads them: each is a quoted string, so that nothing of it is taken for an operator.
func matching(words string, open bool) string {
	var wanted, unwanted []string
	for _, t := range knowledge.Terms(words) {
		var spellings []string
		for _, s := range t.Spellings {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
			if t.Prefix {
				s += "*"
			}
			spellings = append(spellings, s)
		}
		text := "(" + strings.Join(spellings, " OR ") + ")"
		if t.Not {
			unwanted = append(unwanted, text)
		} else {
			wanted = append(wanted, text)
		}
	}
	text := "(" + strings.Join(wanted, " AND ") + ")"
	if len(unwanted) > 0 {
		text = "(" + text + " NOT (" + strings.Join(unwanted, " OR ") + "))"
	}
	if !open {
		return text
	}
	var columns []string
	for _, p := range knowledge.Parts() {
		if p.Open() {
			columns = append(columns, string(p))
		}
	}
	return "{" + strings.Join(columns, " ") + "} : " + text
}

// snippets gives the places of a hit, in the asker's language where it is in both.
func (s *Store) snippets(ctx context.Context, q KnowledgeQuery, id string) ([]KnowledgeSnippet, error) {
	open, err := s.openOnly(ctx, q, id)
	if err != nil {
		return nil, err
	}
	parts := knowledge.Parts()
	columns := make([]string, len(parts))
	for i := range parts {
		columns[i] = fmt.Sprintf(`snippet(knowledge_index, %d, '%s', '%s', ' … ', 24)`, i, knowledge.MarkBegin, knowledge.MarkEnd)
	}
	for _, l := range []phrase.Lang{q.Lang, q.Lang.Other()} {
		texts := make([]sql.NullString, len(parts))
		targets := make([]any, len(parts))
		for i := range texts {
			targets[i] = &texts[i]
		}
		err := s.readers.QueryRowContext(ctx, `select `+strings.Join(columns, ", ")+` from knowledge_index where knowledge_index match ? and rowid = ?`,
			matching(q.Words, open), textRow(id, l)).Scan(targets...)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, explain("search", err)
		}
		return shownSnippets(parts, texts), nil
	}
	return nil, nil
}

// openOnly tells whether only the incident itself may be quoted, and not its postmortem.
func (s *Store) openOnly(ctx context.Context, q KnowledgeQuery, id string) (open bool, err error) {
	if !q.Public {
		return false, nil
	}
	withheld, args, err := withheldBy(q.Policy)
	if err != nil {
		return true, err
	}
	err = s.readers.QueryRowContext(ctx, `select `+withheld+` from knowledge where incident = ?`, append(args, id)...).Scan(&open)
	return open || err != nil, explain("search", err)
}

func shownSnippets(parts []knowledge.Part, texts []sql.NullString) (list []KnowledgeSnippet) {
	for i, p := range parts {
		if strings.Contains(texts[i].String, knowledge.MarkBegin) && len(list) < maxSnippets {
			list = append(list, KnowledgeSnippet{p, knowledge.Spans(texts[i].String)})
		}
	}
	return list
}

// Profiles gives what incidents are compared by, of those that have changed since an entry, and the last entry that they know.
func (s *Store) Profiles(ctx context.Context, since int64) ([]knowledge.Profile, int64, error) {
	rows, err := s.readers.QueryContext(ctx, `select profile, seq from knowledge where seq > ? order by seq`, since)
	list, err := collect(rows, err, "read what incidents are compared by", func(scan func(...any) error) (knowledge.Profile, error) {
		var text string
		var p knowledge.Profile
		if err := scan(&text, &since); err != nil {
			return p, err
		}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return p, fmt.Errorf("read a profile: %w", err)
		}
		return p, nil
	})
	return list, since, err
}

// maxQuarters is how many quarters are offered: ten years.
const maxQuarters = 40

// Quarters lists those in which incidents were detected, the last first.
func (s *Store) Quarters(ctx context.Context) ([]string, error) {
	rows, err := s.readers.QueryContext(ctx, `select distinct quarter from knowledge order by quarter desc limit ?`, maxQuarters)
	return collect(rows, err, "list quarters", func(scan func(...any) error) (string, error) {
		var q string
		err := scan(&q)
		return q, err
	})
}
