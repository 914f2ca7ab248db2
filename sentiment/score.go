package sentiment

import "sync"

// Label is one of three classes.
type Label string

// The classes of a text.
const (
	Negative Label = "negative"
	Neutral  Label = "neutral"
	Positive Label = "positive"
)

// Version names the rules and lists of the lexicon scorer; a figure is comparable with another of the same version only.
const Version = "lexicon-1"

// Result is what a text is taken for.
type Result struct {
	Lang Language // of the text; where it is Undecided, the stronger of both languages' scores is given

	// By the lexicon, the shares of words that are negative, neutral and positive, each counted by its strength; by a
	// model, the probabilities of the classes. They sum to 1.
	Negative, Neutral, Positive float64

	Compound float64 // -1 (most negative) to 1
	Label    Label
	Scorer   string // lexicon or model
	Version  string // of the scorer: rules and lists, or digest of the model
	Words    []Word // what decided, strongest first; at most MaxWords
}

// MaxWords is how many words a result gives at most.
const MaxWords = 8

// Word is a word or phrase that moved the score.
type Word struct {
	Text    string  `json:"text"`    // as it stands in the text
	From    int     `json:"from"`    // its first byte in the text
	Valence float64 `json:"valence"` // lexicon: -4 to 4 after negation, degree and stress; model: what it adds to the log-odds of positive against negative
}

// Scorer scores texts. It may be used by many goroutines at once.
type Scorer struct {
	lexicons map[Language]*lexicon
	model    *Model
	pool     *sync.Pool // of *reading
}

// New gives the scorer by word lists and rules.
func New() *Scorer {
	s := &Scorer{lexicons: lexicons()}
	faces := s.lexicons[English]
	s.pool = &sync.Pool{New: func() any {
		return &reading{pieces: &pieces{faces: faces.faces, starts: faces.starts}}
	}}
	return s
}

// Score scores a text; of one longer than [MaxText] its beginning.
func (s *Scorer) Score(text string) Result {
	r := s.pool.Get().(*reading)
	defer s.pool.Put(r)
	r.cut(text)
	lang := route(r.pieces)
	if s.model != nil {
		return s.byModel(text, r, lang)
	}
	return s.byLexicon(text, r, lang)
}

// settle reads a text that has been cut by the lexicon of its language, which it names: of both, where that is undecided,
// the one that says more.
func (s *Scorer) settle(r *reading, lang Language) (shares, Language) {
	if lang != Undecided {
		r.read(s.lexicons[lang])
		return r.sum(), lang
	}
	r.read(s.lexicons[French])
	french := r.sum()
	r.read(s.lexicons[English])
	english := r.sum()
	if abs(french.compound) <= abs(english.compound) {
		return english, English
	}
	r.read(s.lexicons[French])
	return french, French
}

func abs(x float64) float64 { return max(x, -x) }

// thresholds are the compounds up to which a text is negative and from which it is positive: those of -0.4 to 0.2 and 0.05
// to 0.5 that gave the best F1 of the negatives, and then the best accuracy, on the training part of the corpus of the tests.
var thresholds = map[Language][2]float64{English: {-0.05, 0.4}, French: {-0.07, 0.2}, Undecided: {-0.05, 0.4}}

// Thresholds gives the compounds up to which a text of a language is negative and from which it is positive. They are the
// lexicon's: a model has none, since its labels do not hang on the compound alone, and ok is false.
func (s *Scorer) Thresholds(l Language) (negative, positive float64, ok bool) {
	limit, known := thresholds[l]
	return limit[0], limit[1], known && s.model == nil
}

func byThreshold(compound float64, lang Language) Label {
	switch limit := thresholds[lang]; {
	case compound <= limit[0]:
		return Negative
	case compound >= limit[1]:
		return Positive
	}
	return Neutral
}

func (s *Scorer) byLexicon(text string, r *reading, lang Language) Result {
	sum, _ := s.settle(r, lang)
	return Result{
		Lang: lang, Negative: sum.negative, Neutral: sum.neutral, Positive: sum.positive, Compound: sum.compound,
		Label: byThreshold(sum.compound, lang), Scorer: "lexicon", Version: Version, Words: r.words(text),
	}
}

// words gives the strongest hits.
func (r *reading) words(text string) []Word {
	if len(r.hits) == 0 {
		return nil
	}
	strongest := make([]Word, 0, min(len(r.hits), MaxWords))
	for _, h := range r.hits {
		from, to := r.tokens[h.token].from, r.tokens[h.token+h.span-1].to
		strongest = insert(strongest, Word{text[from:to], int(from), float64(h.valence)})
	}
	return strongest
}

// insert keeps words sorted by strength and no more than fit.
func insert(words []Word, w Word) []Word {
	at := len(words)
	for at > 0 && abs(words[at-1].Valence) < abs(w.Valence) {
		at--
	}
	if at == cap(words) {
		return words
	}
	if len(words) < cap(words) {
		words = words[:len(words)+1]
	}
	copy(words[at+1:], words[at:])
	words[at] = w
	return words
}
