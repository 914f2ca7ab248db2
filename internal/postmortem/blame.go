package postmortem

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// blame looks for words that make people a cause: in hindsight ("should have"), by judging them ("careless"), by naming them as what failed
// ("X forgot"). Quotations, code and links are left out: they are somebody's words, or no words. What is denied ("no human error") is no
// blame either.
func (l *linter) blame() {
	named := namedPeople(l.facts.Names)
	line := 0
	for _, p := range pieces(l.doc, l.doc.Lang) {
		fence := ""
		for text := range strings.Lines(p.text + p.blank) {
			line++
			was := fence
			if fence = stepFence(fence, text); was != "" || fence != "" || strings.HasPrefix(strings.TrimSpace(text), ">") || spared[p.field] {
				continue
			}
			for _, s := range sentences(quiet(text)) {
				l.judge(p.field, line, s, named)
			}
		}
	}
}

// Blame finds the words of a text that make people a cause. Names are those of persons.
func Blame(text string, names []Name) []Problem {
	l := &linter{}
	named := namedPeople(names)
	line := 0
	for text := range strings.Lines(text) {
		line++
		for _, s := range sentences(quiet(text)) {
			l.judge("", line, s, named)
		}
	}
	return l.problems
}

// spared are the sections that hold no prose: names of files, figures, logins of owners.
var spared = map[Field]bool{FieldEvidence: true, FieldImpact: true, FieldLinks: true, FieldDetails: true}

// causal are the sections in which a person's name alone says that she is a cause.
var causal = map[Field]bool{FieldRCA: true, FieldSystemic: true, FieldCauses: true, FieldWhys: true}

// judge holds one sentence against the rules; of each rule the first that fits is said.
func (l *linter) judge(f Field, line int, s string, named *regexp.Regexp) {
	said := map[Rule]bool{}
	for _, r := range blameRules {
		at := r.words.FindStringSubmatchIndex(s)
		if at == nil || said[r.rule] {
			continue
		}
		quote := strings.TrimSpace(s[at[0]:at[1]])
		if len(at) > 2 && at[2] >= 0 { // what stands before may be a thing, of which one may say so
			before := s[at[2]:at[3]]
			if r.people && !human(before, named) || thing.MatchString(lastWords(before, 2)) {
				continue
			}
		}
		if r.deniable && denied.MatchString(lastWords(s[:at[0]], 5)) {
			continue
		}
		said[r.rule] = true
		l.say(r.rule, f, line, s, quote)
	}
	if named == nil || said[RulePerson] {
		return
	}
	if at := named.FindStringIndex(s); at != nil && (causal[f] || failing.MatchString(firstWords(s[at[1]:], 5)) || doing.MatchString(s[:at[0]])) {
		l.say(RulePerson, f, line, s, strings.TrimSpace(s[at[0]:at[1]]))
	}
}

// say adds a problem with its words.
func (l *linter) say(r Rule, f Field, line int, sentence, quote string) {
	quote = strings.Trim(oneLine(quote), " .,;:()|*")
	p := Problem{
		Rule: r, Section: f, Line: line, Quote: quote, Text: phrase.Of(phrase.Key("document.lint."+string(r)), quote),
		Why: phrase.Of(phrase.Key("document.lint." + string(r) + ".why")), Instead: phrase.Of(phrase.Key("document.lint." + string(r) + ".instead")),
	}
	l.problems = append(l.problems, p.pinned(sentence))
}

// blameRule finds words. Its first group, where it has one, is what stands before them.
type blameRule struct {
	rule     Rule
	words    *regexp.Regexp
	people   bool // only of people: the first group must name some
	deniable bool // "no human error" is no blame
}

// Letters of both languages, and what is no letter: RE2 knows boundaries of ASCII words only.
const (
	edge   = `(?:^|[^\p{L}\p{N}])`
	behind = `(?:[^\p{L}\p{N}]|$)`
	word   = `[\p{L}\p{N}'’-]+`
	apos   = `['’]`

	// participle follows "should have"; a noun ("should have a gate") says no such thing.
	participle = `(?:been|\pL+ed|done|made|known|seen|gone|taken|given|caught|found|kept|left|put|run|read|set|sent|told|thought|understood|shown|built|brought|begun|written|chosen|spoken|held|met|paid|cut|shut|come|become|got|gotten)`
	staff      = `engineers?|developers?|devs?|operators?|admins?|administrators?|colleagues?|persons?|people|teams?|members?|interns?|trainees?|juniors?|contractors?|vendors?|consultants?|designers?|photographers?|authors?|reviewers?|approvers?|on-?call|leads?|managers?|owners?|users?|employees?|staff`
	personnel  = `ingénieure?s?|développeu(?:rs?|ses?)|opérateurs?|opératrices?|administrat(?:eurs?|rices?)|collègues?|personnes?|équipes?|membres?|stagiaires?|alternante?s?|prestataires?|consultante?s?|graphistes?|photographes?|auteure?s?|relecteurs?|relectrices?|astreinte|chefs?|utilisat(?:eurs?|rices?)|salariée?s?|employée?s?`
)

func blaming(r Rule, words string, people, deniable bool) blameRule {
	return blameRule{r, regexp.MustCompile(`(?i)` + words), people, deniable}
}

// blameRules in the order in which they are tried.
var blameRules = []blameRule{
	// English: hindsight.
	blaming(RuleCounterfactual, `((?:`+word+`\s+){0,4})(?:really |probably |never )?(?:should|ought to)(?:`+apos+`ve|(?: not|n`+apos+`t| never)? (?:also |simply |really )?have) (?:also |at least |never |simply |all )?`+participle+behind, false, false),
	blaming(RuleCounterfactual, `((?:`+word+`\s+){1,4})(?:could|might) (?:easily |simply )?have (?:been )?(?:`+word+` )?(?:avoided|prevented|checked|tested|noticed|seen|caught|known|asked|reviewed|spotted)`+behind, true, false),
	// French: hindsight. "L'alerte aurait dû sonner" is said of a thing.
	blaming(RuleCounterfactual, `((?:`+word+`\s+){0,4})(?:n`+apos+`)?aur(?:ais|ait|ions|iez|aient)(?:-(?:je|tu|il|elle|on|nous|vous|ils|elles))?(?: pas| jamais| plutôt| aussi| bien)* d[ûu]e?s?`+behind, false, false),
	blaming(RuleCounterfactual, edge+`il aurait (?:\pL+ )?fallu`+behind, false, false),
	blaming(RuleCounterfactual, `((?:`+word+`\s+){0,4})(?:n`+apos+`)?aur(?:ais|ait|ions|iez|aient)(?: pas| facilement| simplement)* pu (?:`+word+` )?(?:éviter|vérifier|tester|remarquer|voir|savoir|demander|relire|prévenir|anticiper)`+behind, true, false),
	// Judgements of both languages.
	blaming(RuleJudgement, edge+`(?:human|operator|user|pilot|employee) errors?`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:erreurs?|fautes?) (?:humaines?|d`+apos+`inattention|de l`+apos+`opérat(?:eur|rice)|de manipulation|d`+apos+`étourderie|de débutante?|professionnelles?)`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:careless(?:ly|ness)?|negligen(?:t|tly|ce)|incompeten(?:t|ce)|slopp(?:y|ily|iness)|lazy|laziness|stupid(?:ly|ity)?|reckless(?:ly|ness)?|irresponsibl[ey]|unprofessional|clumsy|thoughtless(?:ly)?|inattenti(?:ve|on)|complacen(?:t|cy)|rookie mistake|dumb mistake)`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:négligen(?:ce|ces|t|te|ts|tes)|incompéten(?:ce|t|te|ts|tes)|imprudence|imprudent(?:e|s|es)?|maladresse|maladroit(?:e|s|es)?|étourderie|inattention|laxisme|laxistes?|irresponsables?|bâclée?s?|je-m`+apos+`en-foutisme)`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:manque|défaut|absence) (?:d`+apos+`attention|de (?:rigueur|vigilance|sérieux|professionnalisme|compétence|sérieux|concentration))`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:to blame|at fault|guilty party)`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:(?:the |his |her |their |my |our )?fault (?:of|lies with)|(?:his|her|their|my|our|whose) fault)`+behind, false, true),
	blaming(RuleJudgement, edge+`(?:(?:par|de|à) (?:la |sa |leur |ma )?faute (?:de l|de|du|des|d`+apos+`)|c`+apos+`(?:est|était) (?:la|de sa|sa|leur|de leur) faute|(?:sa|leur) faute|coupables?)`+behind, false, true),
	// People who failed, in English.
	blaming(RulePerson, edge+`(?:forgot|(?:had|has|have) forgotten|neglected)(?: to)?`+behind, false, true),
	blaming(RulePerson, edge+`(?:was|were|been|got) (?:simply |just )?(?:forgotten|neglected)`+behind, false, true),
	blaming(RulePerson, `((?:`+word+`\s+){1,4})(?:simply |just |also |apparently |again |then )?(?:failed to|omitted|overlooked|ignored|made (?:a|an|the|some|another) (?:\pL+ )?(?:mistakes?|errors?)|messed up|screwed up|misconfigured|mistyped|broke|(?:did not|didn`+apos+`t|never) (?:bother|think|realise|realize|pay attention|double-check|follow|read|check|verify|test|notice|ask|care))`+behind, true, false),
	blaming(RulePerson, edge+`(?:caused|broken|forgotten|missed|introduced|deleted|overlooked) by (?:the|an?|our|one) (?:`+word+`\s+){0,2}(?:`+staff+`)`+behind, false, true),
	blaming(RulePerson, edge+`(?:the|an?|our) (?:new |junior )*(?:intern|trainee|newbie|new hire|junior (?:developer|engineer|admin|operator))`+behind, false, true),
	// And in French.
	blaming(RulePerson, edge+`(?:a|ont|avait|avaient|avons|avez|ai|as|ayant|avoir) (?:encore |simplement |tout simplement |probablement |malheureusement )?(?:oublié|omis|négligé)e?s? (?:de |d`+apos+`|la |le |les |l`+apos+`|une? |son |sa |ses )`, false, false),
	blaming(RulePerson, edge+`(?:a|ont) été (?:oublié|négligé)e?s?`+behind, false, true),
	blaming(RulePerson, edge+`par (?:simple |pure )?(?:oubli|mégarde|paresse|ignorance)`+behind, false, true),
	blaming(RulePerson, `((?:`+word+`\s+){1,4})(?:a|ont|avait|avaient|avons|avez|ai) (?:encore |simplement |malheureusement )?(?:ignoré|cassé|provoqué|causé|commis|fait (?:une|des) (?:\pL+ )?erreurs?|raté|bâclé|mal (?:fait|configuré|saisi|lu|compris|testé|relu))e?s?`+behind, true, false),
	blaming(RulePerson, `((?:`+word+`\s+){1,4})n(?:`+apos+`|e )(?:a|ont|avait|avaient|avons|ai|avez) (?:pas|jamais|rien) (?:\pL+ment |même )?(?:vérifié|testé|relu|suivi|respecté|vu|remarqué|lu|pensé|prévenu|contrôlé|regardé|fait attention|pris la peine)e?s?`+behind, true, false),
	blaming(RulePerson, `((?:`+word+`\s+){0,4})s(?:`+apos+`|e )(?:est|sont|était|étaient) trompée?s?`+behind, false, false),
	blaming(RulePerson, edge+`(?:le|la|un|une|notre|nos|des|les) (?:nouve(?:au|lle) |jeune )*(?:stagiaires?|alternante?s?|débutante?s?|novices?)`+behind, false, true),
}

var (
	// failing are the verbs of failure behind a name.
	failing = regexp.MustCompile(`(?i)` + edge + `(?:failed|caused|broke|missed|deleted|forgot|mistakenly|wrongly|overlooked|ignored|did not|didn` + apos + `t|never|oublié|omis|négligé|cassé|provoqué|causé|raté|supprimé par erreur|trompée?|n` + apos + `a pas|mal)` + behind)
	// denied takes a judgement back.
	denied = regexp.MustCompile(`(?i)` + edge + `(?:no|not|never|without|nor|neither|nobody|rather than|instead of|isn` + apos + `t|wasn` + apos + `t|aren` + apos + `t|weren` + apos + `t|avoids?|pas|aucune?|sans|ni|jamais|plutôt qu(?:e|` + apos + `)|évite[rz]?|personne)` + behind)
	// thing is what may be said of in hindsight: it has no feelings, and "the alert should have fired" finds a gap.
	thing = regexp.MustCompile(`(?i)` + edge + `(?:alerts?|alarms?|monitor(?:s|ing)?|checks?|tests?|systems?|services?|servers?|pods?|nodes?|clusters?|jobs?|scripts?|hooks?|metrics?|probes?|gates?|pipelines?|caches?|deployments?|rules?|tools?|images?|requests?|traffic|pages?|dashboards?|it|this|alertes?|alarmes?|contrôles?|systèmes?|sondes?|règles?|outils?|requêtes?|seuils?|barrières?|tableaux?|cela|ça|ce)(?:,? (?:that|which|qui))?\s*$`)
	// person names people by what they are.
	person = regexp.MustCompile(`(?i)` + edge + `(?:I|we|he|she|someone|somebody|everyone|everybody|nobody|je|j|nous|on|il|elle|ils|elles|quelqu` + apos + `un|` + staff + `|` + personnel + `)\s*$`)
	// doing are the participles before a name that did it.
	doing = regexp.MustCompile(`(?i)(?:caused|broken|forgotten|missed|introduced|deleted|overlooked|provoquée?s?|cassée?s?|supprimée?s?|introduite?s?|oubliée?s?) (?:by|par)\s*$`)
	// pronoun may stand for things too.
	pronoun = regexp.MustCompile(`(?i)^(?:il|elle|ils|elles)$`)
)

// human tells whether the words end with people.
func human(words string, named *regexp.Regexp) bool {
	last := lastWords(words, 2)
	if named != nil && named.MatchString(last) {
		return true
	}
	return person.MatchString(last) && !pronoun.MatchString(strings.TrimSpace(lastWords(words, 1)))
}

func lastWords(s string, n int) string {
	list := strings.Fields(s)
	return " " + strings.Join(list[max(0, len(list)-n):], " ")
}

func firstWords(s string, n int) string {
	list := strings.Fields(s)
	return " " + strings.Join(list[:min(len(list), n)], " ")
}

// namedPeople finds the names of accounts: whole names, and their parts where those are no common words, beginning with a capital; logins
// only behind an @, since they are often the names of duties.
func namedPeople(names []Name) *regexp.Regexp {
	var list []string
	for _, n := range names {
		if n.Login != "" {
			list = append(list, "@"+regexp.QuoteMeta(n.Login))
		}
		full := strings.Fields(n.Full)
		for i, part := range append([]string{strings.Join(full, " ")}, full...) {
			first := []rune(part + " ")[0]
			if len([]rune(part)) >= 3 && unicode.IsUpper(first) && (i > 0 || len(full) > 0) && !roleName[strings.ToLower(part)] {
				list = append(list, regexp.QuoteMeta(part))
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) }) // the longest first
	return regexp.MustCompile(edge + `(?:` + strings.Join(list, "|") + `)` + behind)
}

// roleName are words that accounts are called by and documents use for duties.
var roleName = map[string]bool{"sre": true, "lead": true, "legal": true, "brand": true, "marketing": true, "robot": true, "bot": true, "monitor": true, "admin": true, "root": true, "team": true, "the": true, "studio": true}

var (
	codeSpan  = regexp.MustCompile("`[^`]*`")
	quoted    = regexp.MustCompile(`«[^»]*»|“[^”]*”|"[^"]*"`)
	linkURL   = regexp.MustCompile(`\]\([^)]*\)|https?://\S+|<!--.*?-->|<[^>]*>`)
	sentenceS = regexp.MustCompile(`[.!?;]\s+|\|`)
)

// quiet blanks out code, quotations and links, so that the places of the other words stay.
func quiet(line string) string {
	for _, re := range []*regexp.Regexp{codeSpan, linkURL, quoted} {
		line = re.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat(" ", len(s)) })
	}
	return line
}

// sentences splits a line at the ends of sentences and the bars of tables.
func sentences(line string) []string {
	var list []string
	for _, s := range sentenceS.Split(strings.TrimLeft(line, " #-*+\t"), -1) {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}
