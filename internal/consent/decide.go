package consent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// EffectTell tells people that a consent ends soon. Its data is a [TellEffect].
const EffectTell = "consent.tell"

// TellEffect names the record and the end that is told of.
type TellEffect struct {
	Consent string    `json:"consent"`
	Until   time.Time `json:"until"`
	// To is the person of an effect that tells one; empty: it becomes one for each who is to hear.
	To people.ID `json:"to,omitempty"`
	// Method is the channel of an effect that tells by one; empty: it becomes one for each that reaches the person.
	Method string `json:"method,omitempty"`
}

// MayKeep tells whether somebody keeps the register: writes it and reads its
// values. Leads do, administrators, and the board's members for legal matters.
func MayKeep(a people.Actor) bool {
	return !a.System && (a.May(people.Author) || a.Role == people.Board && a.Domain == people.Legal)
}

// Keeps is [MayKeep] as an error of kind [journal.ErrForbidden].
func Keeps(a people.Actor) error {
	if a.ID == "" {
		return phrase.Refusal(journal.ErrForbidden, "consent.nobody")
	}
	if !MayKeep(a) {
		return forbidden(a)
	}
	return nil
}

// forbidden says which roles may, since what is to be done then is to ask one of them. The role of somebody who asks
// through a server may not be known here.
func forbidden(a people.Actor) error {
	said := phrase.Errorf("consent.forbidden.account", keepers())
	if a.Role != "" {
		said = phrase.Errorf("consent.forbidden", roleOf(a), keepers())
	}
	return fmt.Errorf("%w: %w", said, journal.ErrForbidden)
}

// keepers names the roles for which [MayKeep] holds.
func keepers() string {
	var list []string
	for _, role := range people.Roles() {
		domains := []people.Domain{""}
		if role == people.Board {
			domains = people.Domains()
		}
		for _, domain := range domains {
			if a := (people.Actor{ID: "?", Role: role, Domain: domain}); MayKeep(a) {
				list = append(list, roleOf(a))
			}
		}
	}
	return strings.Join(list, ", ")
}

// roleOf is a role as accounts are given it, a board member's with the domain.
func roleOf(a people.Actor) string {
	if a.Domain == "" {
		return string(a.Role)
	}
	return fmt.Sprintf("%s (%s)", a.Role, a.Domain)
}

// Unknown says that the register has no record of this id, as an error of kind [journal.ErrNotFound].
func Unknown(id string) error {
	return phrase.Refusal(journal.ErrNotFound, "consent.unknown", short(id))
}

// Env is what a decision may know besides the record: the time and the doer.
type Env struct {
	Now time.Time
	By  people.Actor
}

// Record is what is known of one agreement: the fold of its stream, and the
// values that stand beside it.
type Record struct {
	State
	Values Values
}

// Outcome is what follows from a command: events, effects, and the values to keep from now on.
type Outcome struct {
	journal.Change
	Values Values
}

// Command is something that is to happen to a record.
type Command interface {
	decide(Record, Env) (Outcome, error)
}

// Decide gives what follows from a command on a record, or why it may not be.
func Decide(r Record, c Command, env Env) (Outcome, error) {
	if _, giving := c.(Give); !giving && !r.Exists() {
		return Outcome{}, fmt.Errorf("find the consent: %w", journal.ErrNotFound)
	}
	if _, warning := c.(Warn); !warning {
		if err := Keeps(env.By); err != nil {
			return Outcome{}, err
		}
	}
	return c.decide(r, env)
}

func outcome(id, kind string, data any, env Env) Outcome {
	return Outcome{}.and(id, kind, data, env)
}

// and adds an event to what follows.
func (o Outcome) and(id, kind string, data any, env Env) Outcome {
	o.Events = append(o.Events, journal.Draft{
		Stream: id, Type: kind, Version: 1, OccurredAt: env.Now, Actor: string(env.By.ID), Data: data,
	})
	return o
}

// Give makes a record under an id that the store has allotted. The values bring their salt. Of a consent that was
// withdrawn elsewhere RevokedSince says since when; it is given and revoked in one, or refused.
type Give struct {
	ID string
	Terms
	Values       Values
	RevokedSince time.Time
}

func (c Give) decide(r Record, env Env) (Outcome, error) {
	if r.Exists() {
		return Outcome{}, phrase.Refusal(journal.ErrConflict, "consent.there", c.ID)
	}
	if c.GivenAt.IsZero() && c.RevokedSince.Before(env.Now) {
		c.GivenAt = c.RevokedSince // at the latest; zero where it is not revoked
	}
	terms, values := c.Terms.normal(env.Now), c.Values.normal()
	values.Reasons = nil
	if err := validate(terms, values, append(terms.faults(env.Now), values.firstFaults()...)); err != nil {
		return Outcome{}, err
	}
	o := outcome(c.ID, TypeGiven, Given{terms, values.Digests()}, env)
	o.Values = values
	return o.imported(c.ID, c.RevokedSince, terms.GivenAt, env)
}

// imported adds that a consent was withdrawn elsewhere, if it was.
func (o Outcome) imported(id string, since, given time.Time, env Env) (Outcome, error) {
	if since.IsZero() {
		return o, nil
	}
	return o.revoked(id, Revoke{since, "imported"}, given, env)
}

// Change puts other terms and values in the place of those of a record. What
// is the same already changes nothing. The salt stays. RevokedSince is as in [Give].
type Change struct {
	Terms
	Values       Values
	Reason       string
	RevokedSince time.Time
	// Seq is the last entry of the record that the change was written for; of another one it is refused. 0 asks nothing.
	Seq int64
}

func (c Change) decide(r Record, env Env) (Outcome, error) {
	if err := r.open("change"); err != nil {
		return Outcome{}, err
	}
	if c.Seq != 0 && c.Seq != r.Seq {
		return Outcome{}, phrase.Refusal(journal.ErrConflict, "consent.meantime", r.ID)
	}
	c.Values.Salt, c.Values.Reasons = r.Values.Salt, r.Values.Reasons
	if c.Subject == "" {
		c.Subject = r.Subject
	}
	if c.GivenAt.IsZero() {
		c.GivenAt = r.GivenAt
	}
	terms, values := c.Terms.normal(env.Now), c.Values.normal()
	if err := validate(terms, values, append(terms.faults(env.Now), values.faults()...)); err != nil {
		return Outcome{}, err
	}
	given := Given{terms, values.Digests()}
	o := Outcome{Values: r.Values}
	if !terms.equal(r.Terms) || !maps.Equal(given.Digests, r.Digests) {
		digest, values, err := values.remember(env.Now, "change", c.Reason)
		if err != nil {
			return Outcome{}, err
		}
		o = outcome(r.ID, TypeChanged, Changed{given, digest}, env)
		o.Values = values
	}
	return o.imported(r.ID, c.RevokedSince, terms.GivenAt, env)
}

// open demands a record that can still be changed.
func (r Record) open(doing string) error {
	switch {
	case r.Erased != nil:
		return phrase.Refusal(journal.ErrConflict, "consent.erased", doingTo(doing, r.ID))
	case r.Revoked != nil:
		return phrase.Refusal(journal.ErrConflict, "consent.is-revoked", doingTo(doing, r.ID))
	}
	return nil
}

func doingTo(doing string, what any) phrase.Sentence {
	return phrase.Of(phrase.Key("consent.do."+doing), what)
}

// remember keeps what a person wrote and gives its salted digest.
func (v Values) remember(at time.Time, doing, text string) (string, Values, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case text == "":
		return "", v, nil
	case !plain(text, maxNote, true):
		return "", v, phrase.Refusal(journal.ErrInvalid, "consent.why-bytes", doingTo(doing, phrase.Of("consent.a-consent")), maxNote)
	case len(v.Reasons) >= maxReasons:
		return "", v, phrase.Refusal(journal.ErrTooLarge, "consent.often", doingTo(doing, phrase.Of("consent.a-consent")), maxReasons)
	}
	v.Reasons = append(slices.Clip(v.Reasons), Reason{at.UTC().Truncate(time.Millisecond), doing, text})
	return v.digest("reason", text), v, nil
}

// Revoke withdraws a consent, at once unless Since says when. A person says why.
type Revoke struct {
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason"`
}

func (c Revoke) decide(r Record, env Env) (Outcome, error) {
	if err := r.open("revoke"); err != nil {
		return Outcome{}, err
	}
	if c.Since.IsZero() {
		c.Since = env.Now
	}
	if strings.TrimSpace(c.Reason) == "" {
		return Outcome{}, phrase.Refusal(journal.ErrInvalid, "consent.why", r.ID)
	}
	return Outcome{Values: r.Values}.revoked(r.ID, c, r.GivenAt, env)
}

// revoked adds a revocation to what follows for a consent that was given at a time.
func (o Outcome) revoked(id string, c Revoke, given time.Time, env Env) (Outcome, error) {
	if c.Since.Before(given.Add(-time.Second)) {
		return Outcome{}, phrase.Refusal(journal.ErrInvalid, "consent.given-on", id, given.Format(time.DateOnly))
	}
	digest, values, err := o.Values.remember(env.Now, "revoke", c.Reason)
	if err != nil {
		return Outcome{}, err
	}
	o.Values = values
	return o.and(id, TypeRevoked, Revoked{c.Since.UTC(), digest}, env), nil
}

// Expire sets an earlier end, now unless Until says when.
type Expire struct {
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

func (c Expire) decide(r Record, env Env) (Outcome, error) {
	if err := r.open("expire"); err != nil {
		return Outcome{}, err
	}
	if c.Until.IsZero() {
		c.Until = env.Now
	}
	c.Until = c.Until.UTC().Truncate(time.Second)
	switch {
	case c.Until.Before(r.ValidFrom):
		return Outcome{}, phrase.Refusal(journal.ErrInvalid, "consent.begins-on", r.ID, r.ValidFrom.Format(time.DateOnly))
	case !r.ValidUntil.IsZero() && !c.Until.Before(r.ValidUntil):
		return Outcome{}, phrase.Refusal(journal.ErrConflict, "consent.ends-on", r.ID, r.ValidUntil.Format(time.DateOnly))
	}
	digest, values, err := r.Values.remember(env.Now, "expire", c.Reason)
	if err != nil {
		return Outcome{}, err
	}
	o := outcome(r.ID, TypeEnded, Ended{c.Until, digest}, env)
	o.Values = values
	return o, nil
}

// Warn tells people that a consent ends soon, once for each end. Only the system does.
type Warn struct{}

func (Warn) decide(r Record, env Env) (Outcome, error) {
	if !env.By.System {
		return Outcome{}, fmt.Errorf("warn of %s: %w", r.ID, journal.ErrForbidden)
	}
	if at := r.WarnAt(); at.IsZero() || at.After(env.Now) || !r.ValidUntil.After(env.Now) {
		return Outcome{Values: r.Values}, nil
	}
	o := outcome(r.ID, TypeWarned, Warned{r.ValidUntil}, env)
	o.Values = r.Values
	o.Effects = []journal.Effect{{
		Kind: EffectTell, Key: fmt.Sprintf("%s/%s/%d", r.ID, EffectTell, r.ValidUntil.Unix()), Stream: r.ID, Data: TellEffect{Consent: r.ID, Until: r.ValidUntil},
	}}
	return o, nil
}

// Erase forgets all values of a record but the digests of images. A consent
// whose values are erased holds no longer.
type Erase struct {
	Ground Ground `json:"ground"`
}

func (c Erase) decide(r Record, env Env) (Outcome, error) {
	if !slices.Contains(Grounds(), c.Ground) {
		return Outcome{}, phrase.Refusal(journal.ErrInvalid, "consent.ground", r.ID, fmt.Sprintf("%.40q", c.Ground), fmt.Sprint(Grounds()))
	}
	kept := Values{Images: r.Values.Images}
	if r.Erased != nil {
		return Outcome{Values: kept}, nil
	}
	o := outcome(r.ID, TypeErased, Erased(c), env)
	o.Values = kept
	return o, nil
}
