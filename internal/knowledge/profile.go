package knowledge

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// Profile is what an incident is compared by. It is kept as JSON in a view: after a change of its meaning the views are rebuilt.
type Profile struct {
	ID       string            `json:"id"`
	At       time.Time         `json:"at"` // of the detection
	Severity pipeline.Severity `json:"severity"`
	Pipeline string            `json:"pipeline"`
	Class    pipeline.Class    `json:"class,omitempty"`
	Rule     string            `json:"rule,omitempty"`
	Symptoms []string          `json:"symptoms,omitempty"` // sorted
	Words    []string          `json:"words,omitempty"`    // of title and updates, folded, sorted, each once
	Causes   []CauseProfile    `json:"causes,omitempty"`
	Beliefs  []string          `json:"beliefs,omitempty"` // words of hypotheses
	// Restricted is what people decided of the postmortem; nil leaves it to the policy.
	Restricted *bool `json:"restricted,omitempty"`
}

// CauseProfile is a cause of the analysis.
type CauseProfile struct {
	Kind   postmortem.CauseKind `json:"kind"`
	Domain postmortem.Domain    `json:"domain"`
	Text   string               `json:"text"`
	Say    *phrase.Sentence     `json:"say,omitempty"`
	Words  []string             `json:"words"`
}

// ProfileOf gives what an incident is compared by.
func ProfileOf(inc incident.State, pm postmortem.State) Profile {
	o := inc.Opened
	p := Profile{ID: inc.ID, At: inc.DetectedAt, Severity: inc.Severity, Pipeline: o.Pipeline, Class: o.Class, Rule: o.Rule, Symptoms: symptoms(inc)}
	open := []string{o.Title}
	for _, u := range inc.Updates {
		open = append(open, u.Situation)
	}
	p.Words = wordsOf(open...)
	for _, c := range pm.Causes {
		p.Causes = append(p.Causes, CauseProfile{Kind: c.Kind, Domain: c.Domain, Text: c.Text, Say: c.Say, Words: wordsOf(c.Text)})
	}
	var beliefs []string
	for _, h := range pm.Hypotheses {
		beliefs = append(beliefs, h.Text)
	}
	p.Beliefs = wordsOf(beliefs...)
	if n := len(pm.Restrictions); n > 0 {
		is := !pm.Restrictions[n-1].Restriction.Empty()
		p.Restricted = &is
	}
	return p
}

// CauseKinds lists the kinds of cause that the analysis has named.
func (p Profile) CauseKinds() []postmortem.CauseKind {
	var list []postmortem.CauseKind
	for _, k := range postmortem.CauseKinds() {
		if slices.ContainsFunc(p.Causes, func(c CauseProfile) bool { return c.Kind == k }) {
			list = append(list, k)
		}
	}
	return list
}

// Withheld tells whether not everybody reads the postmortem, by a policy where people have decided nothing.
func (p Profile) Withheld(policy postmortem.RestrictPolicy) bool {
	if p.Restricted != nil {
		return *p.Restricted
	}
	return slices.Contains(policy.Severities, p.Severity) || slices.Contains(policy.Pipelines, p.Pipeline)
}

// public is the profile without what its analysis says.
func (p Profile) public() Profile {
	p.Causes, p.Beliefs = nil, nil
	return p
}

// symptoms are what broke, as far as the incident says so: metrics, brand colours, what images were made with.
func symptoms(inc incident.State) []string {
	list := map[string]bool{}
	o := inc.Opened
	for name, is := range map[string]bool{"colour": o.ColourDrift, "metadata": o.MetadataDrift, "personal-data": o.PersonalData || inc.LeakAt != nil} {
		list[name] = is
	}
	for _, label := range [...]string{"kind", "metric", "source"} {
		if v := o.Labels[label]; v != "" {
			list[v] = true
		}
	}
	if i := inc.Impact; i != nil {
		list["deltaE00"], list["palette"] = i.OverDeltaE > 0, i.OverPalette > 0
		for _, c := range i.Palette {
			list["palette "+c.Name] = c.Images > 0
		}
		for _, v := range i.ByVersion {
			list[strings.TrimSpace(v.Software+" "+v.Model)] = v.Affected > 0 && !v.Others
		}
	}
	delete(list, "")
	var names []string
	for name, is := range list {
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// maxProfileWords bounds the words of a text that are compared.
const maxProfileWords = 400

// wordsOf folds texts to the words that are compared: without case, accents, plural endings and the words that every sentence has.
func wordsOf(texts ...string) []string {
	var list []string
	for _, text := range texts {
		for _, w := range strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if w = stem(w); utf8.RuneCountInString(w) >= minPrefix && !slices.Contains(common[:], w) {
				list = append(list, w)
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), maxProfileWords)]
}

// fold takes case and the accents of French away, as the index of the search does with all accents.
func fold(s string) string { return folding.Replace(strings.ToLower(s)) }

var folding = strings.NewReplacer(
	"à", "a", "â", "a", "ä", "a", "á", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i",
	"ô", "o", "ö", "o", "ó", "o", "ù", "u", "û", "u", "ü", "u", "ú", "u", "ÿ", "y", "ñ", "n", "œ", "oe", "æ", "ae",
	"\u0300", "", "\u0301", "", "\u0302", "", "\u0308", "", "\u0327", "", // the accents that are characters of their own
)

// common are the words that say nothing of what a sentence is about, stemmed and sorted by language.
var common = [...]string{
	"and", "are", "been", "but", "did", "for", "from", "had", "has", "have", "into", "its", "not", "the", "their", "then", "thi", "this", "that", "was", "were", "will", "with", "which", "when",
	"aux", "avec", "ces", "cette", "dan", "dans", "des", "est", "ete", "elle", "les", "leur", "mai", "mais", "nou", "par", "pas", "plu", "pour", "que", "qui", "san", "sans", "ses", "son", "sont", "sur", "une", "vou",
}
