package people

import (
	"errors"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		person Person
		want   string // part of the sentence; empty for a good person
	}{
		{"responder", Person{Login: "ada", Role: Responder, Email: "ada@example.org", Name: "Ada Lovelace"}, ""},
		{"board member", Person{Login: "g.hopper-2_x", Role: Board, Domain: SRE}, ""},
		{"no login", Person{Role: Viewer}, "login"},
		{"capital", Person{Login: "Ada", Role: Viewer}, "login"},
		{"digit first", Person{Login: "1ada", Role: Viewer}, "login"},
		{"long login", Person{Login: strings.Repeat("a", 33), Role: Viewer}, "login"},
		{"line break in login", Person{Login: "ada\n", Role: Viewer}, "login"},
		{"header injection", Person{Login: "ada", Role: Viewer, Email: "a@b\r\nBcc: c@d"}, "not one address"},
		{"two addresses", Person{Login: "ada", Role: Viewer, Email: "a@b,c@d"}, "not one address"},
		{"no at sign", Person{Login: "ada", Role: Viewer, Email: "ada"}, "not one address"},
		{"name of two lines", Person{Login: "ada", Role: Viewer, Name: "Ada\nLovelace"}, "one line"},
		{"long name", Person{Login: "ada", Role: Viewer, Name: strings.Repeat("é", 101)}, "one line"},
		{"no role", Person{Login: "ada"}, "role"},
		{"unknown role", Person{Login: "ada", Role: "root"}, "role"},
		{"board without domain", Person{Login: "ada", Role: Board}, "domain"},
		{"board of an unknown domain", Person{Login: "ada", Role: Board, Domain: "sre"}, "domain"},
		{"domain without board", Person{Login: "ada", Role: Lead, Domain: Brand}, "domain"},
	} {
		err := row.person.Validate()
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s: %v, want no error", row.name, err)
		case row.want != "" && (err == nil || !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want an invalid that speaks of %q", row.name, err, row.want)
		}
	}
}

// TestGrants is the whole table of roles and permissions.
func TestGrants(t *testing.T) {
	t.Parallel()
	permissions := []Permission{Ingest, Read, Respond, Contain, Analyse, Author, Approve, CloseCase, Roster, ManageUser}
	for _, row := range []struct {
		by   Actor
		want string
	}{
		//                                     ingest read respond contain analyse author approve close roster users
		{Actor{ID: "w", Role: Watcher}, "y n n n n n n n n n"},
		{Loopback(), "y y y y y n n n n n"},
		{Actor{ID: "v", Role: Viewer}, "n y n n n n n n n n"},
		{Actor{ID: "r", Role: Responder}, "y y y y y n n n n n"},
		{Actor{ID: "l", Role: Lead}, "y y y y y y n y y n"},
		{Actor{ID: "b", Role: Board, Domain: Legal}, "n y n n n n y y n n"},
		{Actor{ID: "a", Role: Administrator}, "y y y y y y n y y y"},
		{Monitor(), "y y y y y y n y y y"}, // no machine approves
		{Actor{ID: "x", Role: "unknown"}, "n n n n n n n n n n"},
		{Actor{Role: Administrator}, "n n n n n n n n n n"}, // nobody is signed in
	} {
		got := ""
		for _, p := range permissions {
			err := row.by.Require(p)
			switch {
			case err == nil:
				got += " y"
			case errors.Is(err, journal.ErrForbidden):
				got += " n"
			default:
				t.Errorf("%+v asks for %s: %v, want an error of kind forbidden", row.by, p, err)
			}
		}
		if got[1:] != row.want {
			t.Errorf("%+v:\n got %s\nwant %s\n(ingest read respond contain analyse author approve close roster users)", row.by, got[1:], row.want)
		}
	}
}

// TestActor proves that a person acts with the own id, role and domain, and never as the system.
func TestActor(t *testing.T) {
	t.Parallel()
	p := Person{ID: "7f", Login: "ada", Name: "Ada", Role: Board, Domain: Brand}
	if got, want := p.Actor(), (Actor{ID: "7f", Role: Board, Domain: Brand}); got != want {
		t.Errorf("actor of %+v is %+v, want %+v", p, got, want)
	}
}

// TestRolesAreGranted proves that every role that is offered may at least read, but for machines, which only send.
func TestRolesAreGranted(t *testing.T) {
	t.Parallel()
	for _, r := range Roles() {
		needs := Read
		if r == Watcher {
			needs = Ingest
		}
		if !(Actor{ID: "x", Role: r}).May(needs) {
			t.Errorf("the role %s is offered but may not even %s", r, needs)
		}
	}
}

// TestRefusedInFrench says what is wrong with an account.
func TestRefusedInFrench(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		p    Person
		want string
	}{
		{Person{Login: "Ana"}, "login \"Ana\" : de 1 à 32 caractères"},
		{Person{Login: "ana", Email: "ana"}, "l’adresse électronique \"ana\" de ana n’en est pas une"},
		{Person{Login: "ana", Role: "queen"}, "rôle \"queen\" de ana : prenez un de ceux-ci : ["},
		{Person{Login: "ana", Role: Viewer, Domain: Legal}, "ana a un domaine sans être membre du comité"},
	} {
		err := row.p.Validate()
		if said, known := phrase.Error(phrase.French, err); !known || !strings.HasPrefix(said, row.want) || !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%+v: %q, want %q", row.p, said, row.want)
		}
	}
}
