package app

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

func TestPasswordIsHashedUnderAFreshSalt(t *testing.T) {
	t.Parallel()
	const password = "correct horse"
	one, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	two, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if one == two {
		t.Error("one password hashed twice gave the same hash")
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=65536,t=3,p=1$") || strings.Contains(one, password) {
		t.Errorf("hash %q, want argon2id in the PHC format", one)
	}
	for name, c := range map[string]struct {
		hash, password string
		want           bool
	}{
		"right":                {one, password, true},
		"wrong":                {one, password + "!", false},
		"empty":                {one, "", false},
		"endless":              {one, strings.Repeat("x", maxPassword+1), false},
		"no hash":              {"", "", false},
		"hash of no algorithm": {"$$$$$", "", false},
		"bad salt":             {"$argon2id$v=19$m=65536,t=3,p=1$!$x", password, false},
		"weaker parameters":    {strings.Replace(one, "t=3", "t=1", 1), password, false},
	} {
		if got := checkPassword(c.hash, c.password); got != c.want {
			t.Errorf("%s: matches = %v, want %v", name, got, c.want)
		}
	}
	for _, bad := range []string{"", strings.Repeat("x", minPassword-1), strings.Repeat("x", maxPassword+1)} {
		if _, err := HashPassword(bad); !errors.Is(err, journal.ErrInvalid) || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("a password of %d bytes gave %v, want ErrInvalid without the password", len(bad), err)
		}
	}
}

// A sign-in must not tell by its time which logins exist.
func TestUnknownLoginTakesTheSlowPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "paul", Role: people.Viewer}, "long enough it is"); err != nil {
		t.Fatal(err)
	}
	quickest := func(login string) time.Duration {
		best := time.Hour
		for range 2 {
			begin := time.Now()
			if _, err := h.SignIn(t.Context(), login, "not the password"); !errors.Is(err, journal.ErrForbidden) {
				t.Fatalf("%s: %v, want ErrForbidden", login, err)
			}
			best = min(best, time.Since(begin))
		}
		return best
	}
	known := quickest("paul")
	for _, login := range []string{"nobody", "nora"} { // nora has no password
		if got := quickest(login); got < known/10 { // without the hash it is a thousandth
			t.Errorf("%s was refused after %v, a known login after %v", login, got, known)
		}
	}
}

func TestDisabledAccountDoesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const password = "long enough it is"
	p, err := h.AddPerson(t.Context(), people.Person{Login: "paul", Role: people.Viewer}, password)
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.AddToken(t.Context(), "paul", "ci", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.ByToken(t.Context(), token); err != nil || got.ID != p.ID {
		t.Fatalf("the token gave %+v, %v; want paul", got, err)
	}
	record, err := h.Store().Person(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	record.Disabled = true
	if err := h.Store().Update(t.Context(), func(tx *store.Tx) error { return tx.PutPerson(record) }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignIn(t.Context(), "paul", password); !errors.Is(err, journal.ErrForbidden) || err.Error() != errSignIn.Error() {
		t.Errorf("signing in gave %v, want the same refusal as for a wrong password", err)
	}
	if _, err := h.ByToken(t.Context(), token); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("the token gave %v, want ErrForbidden", err)
	}
	if _, err := h.Person(t.Context(), p.ID); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("the session's person gave %v, want ErrNotFound", err)
	}
	if _, err := h.AddToken(t.Context(), "nobody", "ci", time.Time{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a token for nobody gave %v, want ErrNotFound", err)
	}
}

// Of many who take one login at once, one gets it.
func TestLoginIsGivenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	errs := make([]error, 8)
	var tries sync.WaitGroup
	for i := range errs {
		tries.Go(func() {
			_, errs[i] = h.AddPerson(t.Context(), people.Person{Login: "paul", Role: people.Viewer}, "")
		})
	}
	tries.Wait()
	given := 0
	for _, err := range errs {
		if err == nil {
			given++
		} else if !errors.Is(err, journal.ErrConflict) {
			t.Errorf("a login that is taken gave %v, want ErrConflict", err)
		}
	}
	if given != 1 {
		t.Errorf("%d accounts were made with one login, want 1", given)
	}
	if _, err := h.AddPerson(t.Context(), people.Person{Login: "Paul!", Role: people.Viewer}, ""); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a bad login gave %v, want ErrInvalid", err)
	}
}

// A machine has tokens and no password, so nobody signs in as one.
func TestWatcherHasNoPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	robot := people.Person{Login: "robot", Role: people.Watcher}
	if _, err := h.AddPerson(t.Context(), robot, "long enough it is"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a watcher with a password gave %v, want ErrInvalid", err)
	}
	if _, err := h.AddPerson(t.Context(), robot, ""); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", "long enough it is"} {
		if _, err := h.SignIn(t.Context(), "robot", password); !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("signing in as a watcher with %q gave %v, want ErrForbidden", password, err)
		}
	}
}
