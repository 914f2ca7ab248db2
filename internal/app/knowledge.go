package app

import (
	"context"
	"sync"

	"github.com/safelight-dev/safelight/internal/knowledge"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// knowledgeDesk keeps what incidents are compared by: reading thousands of them takes longer than comparing.
type knowledgeDesk struct {
	mu     sync.Mutex
	corpus knowledge.Corpus
	seq    int64 // of the last entry that it knows
}

// Search finds incidents by what is written of them, as far as somebody may read it.
func (a *App) Search(ctx context.Context, by people.Actor, q web.Search) (web.Found, error) {
	query := store.KnowledgeQuery{Query: q.Query, Lang: q.Lang, Public: !web.ReadsWhole(by), Policy: a.config.Restricted}
	hits, total, err := a.store.SearchKnowledge(ctx, query, (max(q.Page, 1)-1)*web.FoundLimit, web.FoundLimit)
	if err != nil {
		return web.Found{}, err
	}
	found := web.Found{Total: total, Incidents: make([]web.FoundIncident, len(hits)), Withheld: query.Public}
	for i, h := range hits {
		found.Incidents[i] = web.FoundIncident{ID: h.Incident, Title: h.Title, Pipeline: h.Pipeline, Severity: h.Severity, DetectedAt: h.DetectedAt}
		for _, s := range h.Snippets {
			found.Incidents[i].Snippets = append(found.Incidents[i].Snippets, web.Snippet{Part: s.Part, Spans: s.Spans})
		}
	}
	found.Quarters, err = a.store.Quarters(ctx)
	return found, err
}

// Similar gives the incidents that are most like another, the likest first, as somebody may see them.
func (a *App) Similar(ctx context.Context, by people.Actor, id string) ([]web.Similar, error) {
	alike, err := a.alike(ctx, by, id)
	if err != nil {
		return nil, err
	}
	list := make([]web.Similar, len(alike))
	for i, l := range alike {
		c, err := a.Case(ctx, l.ID)
		if err != nil {
			return nil, err
		}
		if c, err = c.For(by); err != nil {
			return nil, err
		}
		list[i] = web.SimilarOf(c, l)
	}
	return list, nil
}

func (a *App) alike(ctx context.Context, by people.Actor, id string) ([]knowledge.Likeness, error) {
	a.knowledge.mu.Lock()
	defer a.knowledge.mu.Unlock()
	changed, seq, err := a.store.Profiles(ctx, a.knowledge.seq)
	if err != nil {
		return nil, err
	}
	for _, p := range changed {
		a.knowledge.corpus.Put(p)
	}
	a.knowledge.seq = seq
	hidden := func(p knowledge.Profile) bool { return !web.ReadsWhole(by) && p.Withheld(a.config.Restricted) }
	return a.knowledge.corpus.Similar(id, web.MostSimilar, hidden), nil
}
