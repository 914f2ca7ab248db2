package sentiment

import "strings"

// The words that change others. VADER's constants (Hutto and Gilbert 2014, section 3.2) hold for both languages; the
// French words are of our own choice.
const (
	boost      = 0.293 // what a degree adverb adds or takes
	capitals   = 0.733 // what capitals add among words without
	negation   = -0.74 // what a negation multiplies with
	beforeBut  = 0.5
	afterBut   = 1.5
	exclaimed  = 0.292 // each of up to four !
	questioned = 0.18  // each ? of two or three
	asked      = 0.96  // four ? and more
	spread     = 15    // the α of compound = s / √(s² + α)
	reach      = 3     // how many words back a change is looked for
)

// fading is what is left of a booster one, two and three words away.
var fading = [reach + 1]float32{0, 1, 0.95, 0.9}

var englishWords = words(map[string]entry{
	"but": {role: contrasts}, "however": {role: contrasts}, "though": {role: contrasts},
}, `not never no no_longer none nobody nothing nowhere nor neither cannot cant dont doesnt didnt isnt wasnt arent
	werent wont wouldnt couldnt shouldnt hasnt havent hadnt mustnt neednt aint shant can't don't doesn't didn't isn't wasn't
	aren't weren't won't wouldn't couldn't shouldn't hasn't haven't hadn't mustn't needn't ain't shan't without rarely seldom
	nope hardly barely scarcely despite lack lacks lacking`, `absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially
	exceptionally extremely fabulously fully greatly highly hugely incredibly intensely majorly more most particularly purely
	quite really remarkably so such substantially thoroughly too totally tremendously uber unbelievably unusually utterly very
	fucking fricking frigging effing hella`, `almost kinda less little marginally occasionally partly slightly somewhat sorta kind_of sort_of
	just_enough a_bit a_little`)

var frenchWords = words(map[string]entry{
	"ne": {role: opensNe}, "n'": {role: opensNe}, "plus": {role: closesNe, boost: boost}, "personne": {role: closesNe},
	"mais": {role: contrasts}, "cependant": {role: contrasts}, "pourtant": {role: contrasts}, "toutefois": {role: contrasts},
}, `pas jamais aucun aucune sans ni rien guère non peu moins plus_du_tout plus_aucun plus_aucune plus_jamais
	même_pas loin_d'être cesser arrêter`, `très trop vraiment tellement extrêmement complètement totalement absolument particulièrement
	carrément vachement hyper ultra si tant énormément franchement entièrement parfaitement incroyablement profondément
	fortement beaucoup bien fort tout toute toutes méga`, `assez plutôt presque légèrement un_peu quelque_peu à_peine quasi quasiment à_peu_près plus_ou_moins
	relativement parfois moyennement`)

// words joins what needs saying by itself with three lists, in which _ stands for a blank.
func words(table map[string]entry, negators, boosters, dampeners string) map[string]entry {
	for _, l := range []struct {
		list string
		entry
	}{{negators, entry{role: negates}}, {boosters, entry{boost: boost}}, {dampeners, entry{boost: -boost}}} {
		for _, form := range strings.Fields(l.list) {
			table[strings.ReplaceAll(form, "_", " ")] = l.entry
		}
	}
	return table
}
