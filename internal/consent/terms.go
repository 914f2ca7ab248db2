package consent

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
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

// faults says what is wrong with what people write of terms.
func (t Terms) faults(now time.Time) (f Faults) {
	choice := func(column, value string, offered bool, options any) {
		if !offered {
			f.add(column, "consent.fault.choice", short(value), fmt.Sprint(options))
		}
	}
	word := func(column string, k phrase.Key, value string, grammar *regexp.Regexp) {
		if value != "" && !grammar.MatchString(value) {
			f.add(column, k, short(value))
		}
	}
	choice("kind", string(t.Kind), slices.Contains(Kinds(), t.Kind), Kinds())
	choice("level", string(t.Level), slices.Contains(Levels(), t.Level), Levels())
	choice("consent_type", string(t.Type), slices.Contains(TypesOfConsent(), t.Type), TypesOfConsent())
	f = append(f, t.scopeFaults()...)
	choice("ai_training", string(t.AI), slices.Contains(AIs(), t.AI), AIs()[1:])
	if t.Age != "" && !slices.Contains(Ages(), t.Age) {
		f.add("minor_age", "consent.fault.age", short(string(t.Age)))
	}
	f = append(f, t.periodFaults(now)...)
	word("privacy_notice", "consent.fault.notice", t.Notice, version)
	word("language", "consent.fault.language", t.Language, language)
	word("collection_method", "consent.fault.method", t.Method, token)
	return f
}

// short quotes so much of a text as tells which it is.
func short(s string) string { return fmt.Sprintf("%.40q", s) }

func (t Terms) periodFaults(now time.Time) (f Faults) {
	const first, last = 1900, 9000
	within := func(column string, at time.Time) {
		if !at.IsZero() && (at.Year() < first || at.Year() > last) {
			f.add(column, "consent.fault.year")
		}
	}
	within("given_at", t.GivenAt)
	if t.GivenAt.After(now.Add(24*time.Hour)) && len(f) == 0 {
		f.add("given_at", "consent.fault.future", t.GivenAt.Format(time.DateOnly))
	}
	within("valid_from", t.ValidFrom)
	within("valid_until", t.ValidUntil)
	if !t.ValidUntil.IsZero() && !t.ValidUntil.After(t.ValidFrom) && len(f) == 0 {
		f.add("valid_until", "consent.fault.end", t.ValidUntil.Format(time.DateOnly))
	}
	return f
}

func (t Terms) scopeFaults() (f Faults) {
	lists := []struct {
		column, name string
		list         []string
		grammar      *regexp.Regexp
	}{
		{"uses", "use", t.Uses, token}, {"channels", "channel", t.Channels, token}, {"territories", "territory", t.Territories, territory},
	}
	for _, l := range lists {
		bad := slices.IndexFunc(l.list, func(s string) bool { return s != Any && !l.grammar.MatchString(s) })
		switch {
		case len(l.list) > maxScope:
			f.add(l.column, "consent.fault.many", len(l.list), maxScope)
		case bad >= 0:
			f.add(l.column, phrase.Key("consent.fault."+l.name), short(l.list[bad]))
		case t.Level == Limited && len(l.list) == 0:
			f.add(l.column, phrase.Key("consent.fault.no-"+l.name))
		}
	}
	return f
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
