package sentiment

import "strings"

// Language is the language of a text as BCP 47 names it.
type Language string

// The languages that are told apart. A text of which neither is clear, as most of one word, is Undecided.
const (
	English   Language = "en"
	French    Language = "fr"
	Undecided Language = "und"
)

// tongues says which language a word without content speaks for: 1 French, -1 English. Words that both have (on, a, me,
// plus, comment, pour in part) are left out.
var tongues = func() map[string]int8 {
	table := map[string]int8{}
	for _, w := range strings.Fields(`le la les un une des du de au aux ce cet cette ces et ou où qui que quoi dont je tu il elle nous
		vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs est sont était suis êtes sommes ai avez avons
		ont avait été être avoir fait pas ne plus jamais rien très trop bien mais donc car dans sur sous avec sans pour par chez vers
		depuis pendant comme quand si tout tous toute toutes même aussi encore déjà ça cela celui y en lui se c' d' j' l' m' n' s'
		t' qu' merci bonjour oui c'est quelle quel pourquoi parce alors peut faut va vais`) {
		table[w] = 1
	}
	for _, w := range strings.Fields(`the of and to in is are was were be been being it its it's he she they we you i i'm i've i'll you're
		that this these those there here what which who when where why how with from by for at as an my your his her our their has
		have had do does did don't doesn't didn't can't won't isn't not no will would can could should may might must just so but if
		or because about into after before over out up down than then them him us all any some more most very too also now get got
		please thanks hello`) {
		table[w] = -1
	}
	for _, w := range []string{"plus", "comment", "me", "on", "a", "sale", "as", "son", "but", "or", "si", "des", "y"} {
		delete(table, w)
	}
	return table
}()

// route tells the language of a text by its words without content and its accents.
func route(p *pieces) Language {
	balance := 0
	for i := range p.tokens {
		t := &p.tokens[i]
		if t.kind != word {
			continue
		}
		form := p.form(t)
		if vote := tongues[string(form)]; vote != 0 {
			balance += int(vote)
		} else if accented(form) {
			balance++
		}
	}
	switch {
	case balance > 0:
		return French
	case balance < 0:
		return English
	}
	return Undecided
}

// accented says whether a word has a letter that English does not.
func accented(form []byte) bool {
	for _, c := range form {
		if c >= 0x80 {
			for _, r := range string(form) {
				if r == 'œ' || r >= 0x80 && bare(r) != r {
					return true
				}
			}
			return false
		}
	}
	return false
}
