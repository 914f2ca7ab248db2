// Package people says who may do what: persons, roles, domains, duties, tokens.
//
// Personal values (name, e-mail) live in erasable records only; the journal
// knows a person by [ID].
package people

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// ID names a person in the journal. It is random, never derived from a name.
type ID string

// Role is what an account is for; it bounds what its person may do.
type Role string

// The roles of an account, in rising order of trust except that board and
// lead stand beside each other.
const (
	Watcher       Role = "watcher" // a machine that sends series, alerts and signals
	Viewer        Role = "viewer"
	Responder     Role = "responder"
	Lead          Role = "lead"
	Board         Role = "board"
	Administrator Role = "administrator"
)

// Roles lists all roles as a person would be offered them.
func Roles() []Role { return []Role{Watcher, Viewer, Responder, Lead, Board, Administrator} }

// Domain is the matter that a member of the control board speaks for.
type Domain string

// The domains of the control board.
const (
	Brand Domain = "brand"
	Legal Domain = "legal"
	SRE   Domain = "SRE"
)

// Domains lists all domains.
func Domains() []Domain { return []Domain{Brand, Legal, SRE} }

// Duty is the part that somebody plays in one incident. Documents print it
// where the journal holds the id.
type Duty string

// The duties of an incident.
const (
	MonitorBot Duty = "monitor"
	OnCall     Duty = "on-call"
	Analyst    Duty = "analyst"
	LeadDuty   Duty = "lead"
	Member     Duty = "board"
	Admin      Duty = "administrator"
)

// Person is an account.
type Person struct {
	ID     ID
	Login  string
	Name   string
	Email  string
	Role   Role
	Domain Domain // of a board member; empty for everybody else
}

// Actor gives the person as the doer of a command.
func (p Person) Actor() Actor { return Actor{ID: p.ID, Role: p.Role, Domain: p.Domain} }

var login = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,31}$`)

// Validate says in one sentence what is wrong with a person, or nil.
func (p Person) Validate() error {
	switch {
	case !login.MatchString(p.Login):
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.login", strconv.Quote(p.Login))
	case strings.ContainsAny(p.Email, "\r\n<>, ") || p.Email != "" && !strings.Contains(p.Email, "@"):
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.email", strconv.Quote(p.Email), p.Login)
	case len(p.Name) > 200 || strings.ContainsAny(p.Name, "\r\n"):
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.name", p.Login)
	case !slices.Contains(Roles(), p.Role):
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.role", strconv.Quote(string(p.Role)), p.Login, fmt.Sprint(Roles()))
	case p.Role == Board && !slices.Contains(Domains(), p.Domain):
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.domain", strconv.Quote(string(p.Domain)), p.Login, fmt.Sprint(Domains()))
	case p.Role != Board && p.Domain != "":
		return phrase.Refusal(journal.ErrInvalid, "refusal.person.no-domain", p.Login)
	}
	return nil
}

// Actor is who issues a command: a person with a role, or the system itself.
type Actor struct {
	ID     ID
	Role   Role
	Domain Domain
	System bool
}

// Monitor is the system as an actor: it opens incidents, ticks clocks and
// records the outcome of effects.
func Monitor() Actor { return Actor{ID: "monitor", System: true} }

// Loopback is whoever reaches a machine endpoint from this very machine
// without credentials, where the configuration leaves that open.
func Loopback() Actor { return Actor{ID: "loopback", Role: Responder} }

type actorKey struct{}

// NewContext gives a context that knows who asks: edges that serve machines
// find their caller in it.
func NewContext(ctx context.Context, by Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, by)
}

// FromContext gives who asks, or the zero Actor, which may nothing.
func FromContext(ctx context.Context) Actor {
	by, _ := ctx.Value(actorKey{}).(Actor)
	return by
}

// Permission is a kind of command that roles are granted.
type Permission string

// The permissions. What a permission covers stands beside the command that asks for it.
const (
	Ingest     Permission = "send series, alerts and signals"
	Read       Permission = "read"
	Respond    Permission = "respond"
	Contain    Permission = "contain"
	Analyse    Permission = "analyse"
	Author     Permission = "write the postmortem"
	Approve    Permission = "approve"
	CloseCase  Permission = "close"
	Roster     Permission = "put others on call"
	ManageUser Permission = "manage users"
)

// sentence is the permission in words.
func (p Permission) sentence() phrase.Sentence { return phrase.Of(phrase.Key("permission." + p)) }

// grants is the one table of roles and permissions.
func grants(r Role) []Permission {
	switch r {
	case Watcher:
		return []Permission{Ingest}
	case Viewer:
		return []Permission{Read}
	case Responder:
		return []Permission{Ingest, Read, Respond, Contain, Analyse}
	case Lead:
		return []Permission{Ingest, Read, Respond, Contain, Analyse, Author, CloseCase, Roster}
	case Board:
		return []Permission{Read, Approve, CloseCase}
	case Administrator:
		return []Permission{Ingest, Read, Respond, Contain, Analyse, Author, CloseCase, Roster, ManageUser}
	}
	return nil
}

// May tells whether the actor has a permission. The system has all but
// approval: no machine approves a postmortem.
func (a Actor) May(p Permission) bool {
	if a.System {
		return p != Approve
	}
	return slices.Contains(grants(a.Role), p)
}

// Require is [Actor.May] as an error of kind [journal.ErrForbidden].
func (a Actor) Require(p Permission) error {
	if a.ID == "" {
		return fmt.Errorf("%w: %w", phrase.Errorf("refusal.nobody", p.sentence()), journal.ErrForbidden)
	}
	if !a.May(p) {
		return fmt.Errorf("%w: %w", phrase.Errorf("refusal.role", p.sentence(), string(a.Role)), journal.ErrForbidden)
	}
	return nil
}
