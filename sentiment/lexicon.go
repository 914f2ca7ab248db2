package sentiment

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed vader_en.txt
var vaderEnglish string

//go:embed pattern_fr.txt
var patternFrench string

//go:embed vader_fr.txt
var vaderFrench string

//go:embed emoji.txt
var emoji string

//go:embed tickets_en.txt
var ticketsEnglish string

//go:embed tickets_fr.txt
var ticketsFrench string

// role is what a word does to those around it.
type role uint8

const (
	negates   role = 1 << iota // turns what follows: not, pas, sans
	closesNe                   // turns only as the second half of ne … plus
	opensNe                    // ne, n'
	contrasts                  // but, mais: what follows counts for more
)

// entry is what a lexicon knows of a word or phrase.
type entry struct {
	valence float32 // -4 to 4
	boost   float32 // what it adds to the strength of a word that it stands before
	role    role
	known   bool  // has a valence, which may be 0: a phrase that says nothing
	longest uint8 // words of the longest phrase that begins with it
}

// lexicon is the words of one language, in their folded form.
type lexicon struct {
	entries map[string]entry
	faces   map[string]float32
	starts  [128]bool
}

// lexicons are read once and never change after.
var lexicons = sync.OnceValue(readLexicons)

func readLexicons() map[Language]*lexicon {
	return map[Language]*lexicon{
		English: newLexicon(englishWords, list{vaderEnglish, 1}, list{ticketsEnglish, 1}),
		French:  newLexicon(frenchWords, list{patternFrench, patternScale}, list{vaderFrench, 1}, list{ticketsFrench, 1}),
	}
}

// patternScale takes the polarity of pattern-fr, -1 to 1, to the scale of valence: to half of it, since what its words say
// beyond vader-fr's is weaker (AUC on the training part 0.782, by the full scale 0.778).
const patternScale = 2

// list is the text of a word list and what its values are multiplied by.
type list struct {
	text  string
	scale float32
}

// newLexicon joins lists, of which a later one overrules those before, and the words that change others.
func newLexicon(changing map[string]entry, lists ...list) *lexicon {
	l := &lexicon{entries: map[string]entry{}, faces: map[string]float32{}}
	p := &pieces{}
	for _, list := range append(lists, list{emoji, 1}) {
		for line := range strings.Lines(list.text) {
			form, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			valence, err := strconv.ParseFloat(value, 32)
			if !ok || err != nil {
				continue // the comments at the head
			}
			l.add(p, form, float32(valence)*list.scale)
		}
	}
	l.forgive()
	for form, e := range changing {
		l.change(p, form, e)
	}
	return l
}

// forgive adds the words without their accents, which many leave out, unless that is another word.
func (l *lexicon) forgive() {
	const shortest = 4 // letters; shorter ones are too often something else
	without := map[string]entry{}
	for form, e := range l.entries {
		if !e.known || len(form) <= shortest || !accented([]byte(form)) {
			continue
		}
		other := strings.Map(bare, form)
		if before, taken := without[other]; !taken || abs(float64(e.valence)) < abs(float64(before.valence)) {
			without[other] = entry{valence: e.valence, known: true}
		}
	}
	for form, e := range without {
		if before := l.entries[form]; !before.known {
			e.longest = before.longest
			l.entries[form] = e
		}
	}
}

// add takes in one form, as the texts will have it when they are taken apart.
func (l *lexicon) add(p *pieces, form string, valence float32) {
	if strings.ContainsFunc(form, func(r rune) bool { return !isWord(r) && r != ' ' && r != '-' && r != '\'' }) {
		l.faces[form] = valence
		if form[0] < 0x80 {
			l.starts[form[0]|0x20] = true
		}
		return
	}
	key := l.key(p, form)
	if len(key) < 2 || strings.Trim(key, "0123456789") == "" {
		return // letters and numbers have their own meaning in a ticket
	}
	e := l.entries[key]
	e.valence, e.known = valence, true
	l.entries[key] = e
}

func (l *lexicon) change(p *pieces, form string, change entry) {
	key := l.key(p, form)
	e := l.entries[key]
	e.boost, e.role = change.boost, change.role
	if change.boost != 0 || change.role&^negates != 0 { // says how much, not what
		e.valence, e.known = 0, false
	}
	l.entries[key] = e
}

// key folds a form and notes, where it has several words, how long the phrase is that the first of them begins.
func (l *lexicon) key(p *pieces, form string) string {
	if strings.HasSuffix(form, "'") {
		return form // elided: nothing follows here that it could be cut from
	}
	p.cut(form)
	if n := len(p.tokens); n > 1 {
		head := string(p.form(&p.tokens[0]))
		e := l.entries[head]
		e.longest = max(e.longest, uint8(n))
		l.entries[head] = e
	}
	return string(p.folded)
}
