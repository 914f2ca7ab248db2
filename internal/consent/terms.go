package consent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Kind says what a release is of.
type Kind string

// The kinds of PLUS: a person, or a thing that somebody owns.
const (
	Model    Kind = "model"
	Property Kind = "property"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Model, Property} }

// Level is how far an agreement goes.
type Level string

// The levels.
const (
	Unlimited Level = "unlimited" // every use, channel and territory; training of AI only where AI says so
	Limited   Level = "limited"   // what uses, channels and territories name
	Refused   Level = "refused"   // the subject was asked and said no
)

// Levels lists all levels.
func Levels() []Level { return []Level{Limited, Unlimited, Refused} }

// Type is how the will was expressed, after DPV.
type Type string

// The types.
const (
	Explicit  Type = "explicit"  // dpv:ExplicitlyExpressedConsent
	Expressed Type = "expressed" // dpv:ExpressedConsent
	Implied   Type = "implied"   // dpv:ImpliedConsent
)

// TypesOfConsent lists all types, the strongest first.
func TypesOfConsent() []Type { return []Type{Explicit, Expressed, Implied} }

// AI is what was agreed on training models.
type AI string

// What may be agreed. Unstated grants nothing.
const (
	AIUnstated     AI = ""
	AIAllowed      AI = "allowed"
	AINoGenerative AI = "no-generative"
	AIProhibited   AI = "prohibited"
)

// AIs lists all of them.
func AIs() []AI { return []AI{AIUnstated, AIAllowed, AINoGenerative, AIProhibited} }

// Any stands for every use, channel or territory.
const Any = "*"

// Training and Generative are the uses that [Terms.AI] is about.
const (
	Training   = "ai-training"
	Generative = "ai-generation"
)

// Terms are what was agreed, without a value that says who agreed. They are
// stored in events: fields may be added, none renamed.
type Terms struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"` // pseudonym: S- and random digits
	// Guardian is the pseudonym of who agreed in a minor's place; empty: nobody.
	Guardian string `json:"guardian,omitempty"`
	Level    Level  `json:"level"`
	Type     Type   `json:"type"`
	// Uses, Channels and Territories are what a limited consent grants. A channel covers those
	// below it: social covers social/instagram. Territories are ISO 3166-1 codes, EU, EEA or "*".
	Uses        []string `json:"uses,omitempty"`
	Channels    []string `json:"channels,omitempty"`
	Territories []string `json:"territories,omitempty"`
	AI          AI       `json:"ai,omitempty"`
	// Age is plus:MinorModelAgeDisclosure: the age when the picture was taken.
	Age        Age       `json:"age,omitempty"`
	GivenAt    time.Time `json:"givenAt"`
	ValidFrom  time.Time `json:"validFrom"`
	ValidUntil time.Time `json:"validUntil,omitzero"` // the first moment without consent; zero: until it is revoked
	Notice     string    `json:"notice,omitempty"`    // version of the notice that was shown
	Language   string    `json:"language,omitempty"`  // of the notice, BCP 47
	Method     string    `json:"method,omitempty"`    // paper, e-signature, web-form, …
}

// Limits of terms.
const maxScope = 64 // entries of one list

// The grammars leave no room for a name with blanks.
var (
	token     = regexp.MustCompile(`^[a-z0-9][a-z0-9._/-]{0,63}$`)
	territory = regexp.MustCompile(`^([A-Z]{2}|EEA)$`)
	version   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}$`)
	language  = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$`)
	pseudonym = regexp.MustCompile(`^S-[0-9a-f]{8,40}$`)
)

// IsSubject tells whether an id is the pseudonym of a subject.
func IsSubject(id string) bool { return pseudonym.MatchString(id) }

// normal fills in what may be left out, and sorts what is a set.
func (t Terms) normal(now time.Time) Terms {
	set := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	set((*string)(&t.Kind), string(Model))
	set((*string)(&t.Level), string(Limited))
	set((*string)(&t.Type), string(Expressed))
	if t.GivenAt.IsZero() {
		t.GivenAt = now
	}
	if t.ValidFrom.IsZero() {
		t.ValidFrom = t.GivenAt
	}
	for _, at := range []*time.Time{&t.GivenAt, &t.ValidFrom, &t.ValidUntil} {
		if !at.IsZero() {
			*at = at.UTC().Truncate(time.Second)
		}
	}
	t.Uses, t.Channels, t.Territories = setOf(t.Uses), setOf(t.Channels), setOf(t.Territories)
	return t
}

// setOf sorts a list and leaves out blanks and repetitions; "*" swallows the rest.
func setOf(list []string) []string {
	var set []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			set = append(set, s)
		}
	}
	if slices.Contains(set, Any) {
		return []string{Any}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

func (t Terms) validate(now time.Time) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("record a consent: %s: %w", fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	switch {
	case !slices.Contains(Kinds(), t.Kind):
		return bad("kind %.40q: use one of %v", t.Kind, Kinds())
	case !IsSubject(t.Subject) || t.Guardian != "" && !IsSubject(t.Guardian):
		return bad("a pseudonym is S- and 8 to 40 hexadecimal digits")
	case !slices.Contains(Levels(), t.Level):
		return bad("level %.40q: use one of %v", t.Level, Levels())
	case !slices.Contains(TypesOfConsent(), t.Type):
		return bad("type %.40q: use one of %v", t.Type, TypesOfConsent())
	case !slices.Contains(AIs(), t.AI):
		return bad("AI training %.40q: use allowed, no-generative, prohibited, or leave it out", t.AI)
	case t.Age != "" && !slices.Contains(Ages(), t.Age):
		return bad("age %.40q: use a code of plus:MinorModelAgeDisclosure such as AG-U14 or AG-A25", t.Age)
	case t.Notice != "" && !version.MatchString(t.Notice):
		return bad("notice version %.40q: use up to 64 letters, digits and . _ / : -", t.Notice)
	case t.Method != "" && !token.MatchString(t.Method):
		return bad("method %.40q: use a word such as paper, e-signature or web-form", t.Method)
	case t.Language != "" && !language.MatchString(t.Language):
		return bad("language %.40q: use a tag such as fr or en-GB", t.Language)
	}
	if err := t.validatePeriod(now); err != nil {
		return bad("%s", err)
	}
	return t.validateScope(bad)
}

func (t Terms) validatePeriod(now time.Time) error {
	const day = 24 * time.Hour
	switch {
	case t.GivenAt.After(now.Add(day)):
		return fmt.Errorf("it is said to be given on %s, which is still to come", t.GivenAt.Format(time.DateOnly))
	case t.GivenAt.Year() < 1900 || t.ValidFrom.Year() < 1900 || t.ValidFrom.Year() > 9000 || t.ValidUntil.Year() > 9000:
		return fmt.Errorf("a date lies before 1900 or after 9000")
	case !t.ValidUntil.IsZero() && !t.ValidUntil.After(t.ValidFrom):
		return fmt.Errorf("it ends on %s, not after it begins", t.ValidUntil.Format(time.DateOnly))
	}
	return nil
}

func (t Terms) validateScope(bad func(string, ...any) error) error {
	lists := []struct {
		name    string
		list    []string
		grammar *regexp.Regexp
		hint    string
	}{
		{"use", t.Uses, token, "a word such as advertising or social/stories"},
		{"channel", t.Channels, token, "a word such as web or social/instagram"},
		{"territory", t.Territories, territory, "a country's two capital letters, EU, EEA or *"},
	}
	for _, l := range lists {
		if len(l.list) > maxScope {
			return bad("%d entries of %s, the limit is %d", len(l.list), l.name, maxScope)
		}
		for _, s := range l.list {
			if s != Any && !l.grammar.MatchString(s) {
				return bad("%s %.40q: use %s", l.name, s, l.hint)
			}
		}
		if t.Level == Limited && len(l.list) == 0 {
			return bad("a limited consent names at least one %s; %q is all of them", l.name, Any)
		}
	}
	return nil
}

// Minor tells whether the subject was under 18 when the picture was taken.
func (t Terms) Minor() bool { return t.Age.Minor() }

func (t Terms) equal(o Terms) bool {
	return t.Kind == o.Kind && t.Subject == o.Subject && t.Guardian == o.Guardian && t.Level == o.Level && t.Type == o.Type &&
		t.AI == o.AI && t.Age == o.Age && t.Notice == o.Notice && t.Language == o.Language && t.Method == o.Method &&
		t.GivenAt.Equal(o.GivenAt) && t.ValidFrom.Equal(o.ValidFrom) && t.ValidUntil.Equal(o.ValidUntil) &&
		slices.Equal(t.Uses, o.Uses) && slices.Equal(t.Channels, o.Channels) && slices.Equal(t.Territories, o.Territories)
}

// granted tells whether a list of tokens covers what is asked; a token covers those below it.
func granted(list []string, asked string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		return s == Any || s == asked || strings.HasPrefix(asked, s+"/")
	})
}

// union are the members of the European Union since 2020.
const union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

// grantedIn tells whether a list of territories covers one.
func grantedIn(list []string, asked string) bool {
	inUnion := strings.Contains(" "+union+" ", " "+asked+" ")
	inArea := inUnion || asked == "EU" || asked == "IS" || asked == "LI" || asked == "NO"
	return slices.ContainsFunc(list, func(s string) bool {
		return s == Any || s == asked || s == "EU" && inUnion || s == "EEA" && inArea
	})
}
