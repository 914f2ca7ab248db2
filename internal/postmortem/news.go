package postmortem

import (
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// News is a section that the journal would write differently now than when the document last took it in.
type News struct {
	Field  Field
	Mine   string // as the document has it, in Markdown; empty where it has no such section
	Theirs string // as the journal would write it now
	Merged string // what taking it in gives
	// Replaces says that people and the journal changed the same lines: taking it in replaces people's words.
	Replaces bool
}

// NewsSince compares what the journal said then and says now with the document that people have edited since.
func NewsSince(then, now, mine Document) []News {
	before, after, own := sectionTexts(then, mine.Lang), sectionTexts(now, mine.Lang), sectionTexts(mine, mine.Lang)
	var list []News
	for _, k := range kinds() {
		b, a, m := before[k.field], after[k.field], own[k.field]
		if k.heading == "" || a == b || a == m {
			continue
		}
		n := News{Field: k.field, Mine: m, Theirs: a}
		n.Merged, n.Replaces = takeIn(b, m, a)
		list = append(list, n)
	}
	return list
}

// takeIn merges a section.
func takeIn(then, mine, now string) (merged string, replaces bool) {
	var b strings.Builder
	for _, h := range Merge(then, mine, now) {
		if h.Conflict {
			var ok bool
			if h.Lines, ok = beside(h); !ok {
				return now, true
			}
		}
		b.WriteString(strings.Join(h.Lines, ""))
	}
	if mine == "" && then != "" { // somebody took the section out
		return now, true
	}
	return b.String(), false
}

// beside joins a hunk where one side only added lines before or behind those that the other changed: the journal mostly adds.
func beside(h Hunk) ([]string, bool) {
	n := len(h.Base)
	for _, s := range [][2][]string{{h.Mine, h.Theirs}, {h.Theirs, h.Mine}} {
		changed, added := s[0], s[1]
		switch {
		case len(added) < n:
		case slices.Equal(added[:n], h.Base):
			return slices.Concat(changed, added[n:]), true
		case slices.Equal(added[len(added)-n:], h.Base):
			return slices.Concat(added[:len(added)-n], changed), true
		}
	}
	return nil, false
}

// piece is a headed section of a text, or what stands before the first.
type piece struct {
	field Field // empty for a section of people's own
	text  string
	blank string // empty lines after it
}

// pieces splits the Markdown of a document at its sections, also at those whose text could not be read into fields.
func pieces(d Document, lang phrase.Lang) []piece {
	src := string(d.Authored().Markdown(lang))
	starts := append([]int{0}, headings(src)...)
	var list []piece
	for i, from := range starts {
		to := len(src)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		text := strings.TrimRight(src[from:to], "\n")
		if len(text) < to-from {
			text += "\n"
		}
		if from == to {
			continue
		}
		p := piece{text: text, blank: src[from+len(text) : to]}
		heading, _, _ := strings.Cut(text, "\n")
		for _, k := range kinds() {
			taken := slices.ContainsFunc(list, func(p piece) bool { return p.field == k.field })
			if k.heading != "" && heading == "## "+phrase.Say(lang, k.heading) && !taken {
				p.field = k.field
			}
		}
		list = append(list, p)
	}
	return list
}

func sectionTexts(d Document, lang phrase.Lang) map[Field]string {
	texts := map[Field]string{}
	for _, p := range pieces(d, lang) {
		if p.field != "" {
			texts[p.field] = p.text
		}
	}
	return texts
}

// TakeIn gives the document with the sections that the journal has news for. Now is what the journal would write, which has the
// sentences behind the new lines.
func (d Document) TakeIn(now Document, news []News) (Document, error) {
	list := pieces(d, d.Lang)
	for _, n := range news {
		i := slices.IndexFunc(list, func(p piece) bool { return p.field == n.Field })
		if i < 0 {
			i = placeOf(n.Field, list, now)
			list = slices.Insert(list, i, piece{field: n.Field})
		}
		list[i].text = n.Merged
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.text + p.blank)
	}
	taken, err := ParseIn([]byte(b.String()), d.Lang)
	if err != nil {
		return Document{}, err
	}
	return taken.Inherit(now).Inherit(d), nil
}

// placeOf is where a section comes that the document does not have: after the last of those that stand before it in the draft.
func placeOf(f Field, list []piece, now Document) int {
	at := 0
	for _, s := range now.Sections {
		if s.Field == f {
			break
		}
		if i := slices.IndexFunc(list, func(p piece) bool { return p.field == s.Field && s.Field != "" }); i >= at {
			at = i + 1
		}
	}
	return max(at, min(1, len(list)))
}
