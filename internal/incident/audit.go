package incident

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
)

// Owners are the people who have taken the incident on: who acknowledged, who accepted to lead, who resolved it.
func (s State) Owners() []people.ID {
	var ids []people.ID
	for _, m := range []*Mark{s.Ack, s.Resolved} {
		if m != nil && !slices.Contains(ids, m.By) {
			ids = append(ids, m.By)
		}
	}
	if lead := s.LeadID(); lead != "" && !slices.Contains(ids, lead) {
		ids = append(ids, lead)
	}
	return ids
}

// UnsentPage is a planned page that still has its purpose, and the effects that are to send it.
type UnsentPage struct {
	Page    string // its key
	Effects []journal.Effect
}

// Keys are those of its effects.
func (p UnsentPage) Keys() []string {
	keys := make([]string, len(p.Effects))
	for i, e := range p.Effects {
		keys[i] = e.Key
	}
	return keys
}

// UnsentPages lists the pages of which nothing has come yet by one of their methods, and that still have a purpose: for each
// of them, by each such method, an effect must be on its way.
func (s State) UnsentPages() (list []UnsentPage) {
	for _, p := range s.Pages {
		unsent := UnsentPage{Page: p.Key}
		for _, m := range p.methods() {
			if s.PageWanted(p.Key, m) {
				unsent.Effects = append(unsent.Effects, s.pageEffect(p, m))
			}
		}
		if len(unsent.Effects) > 0 {
			list = append(list, unsent)
		}
	}
	return list
}

// methods are those that the page was planned by; a page of a version before, by all at once.
func (p Page) methods() []string {
	if len(p.Methods) == 0 {
		return anyMethod
	}
	return p.Methods
}

func (s State) pageEffect(p Page, method string) journal.Effect {
	key := p.Key
	if method != "" {
		key += ":" + method
	}
	d := decideOn(s.ID, Env{}).effect(EffectPage, key, PageEffect{s.ID, p.Key, p.To, method})
	return d.change.Effects[0]
}
