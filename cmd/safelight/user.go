package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// runUser adds and lists accounts and makes tokens. Whoever can open the
// folder owns it, so no sign-in is asked for.
func runUser(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "user", []verb{{"add", (*cli).userAdd}, {"list", (*cli).userList}, {"token", (*cli).userToken}}, args)
}

// account is the JSON of an account.
type account struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Role     string `json:"role"`
	Domain   string `json:"domain,omitempty"`
	Password string `json:"password,omitempty"` // where one was generated, this once
}

func accountOf(p people.Person) account {
	return account{ID: string(p.ID), Login: p.Login, Name: p.Name, Email: p.Email, Role: string(p.Role), Domain: string(p.Domain)}
}

// userAdd makes an account.
func (c *cli) userAdd(ctx context.Context, args []string) error {
	f := newFlags("user add LOGIN --role R [--name N] [--email E] [--domain D] [--password-stdin | --generate] [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	role := f.String("role", "", fmt.Sprint(people.Roles()))
	name := f.String("name", "", "flag.user.name")
	email := f.String("email", "", "flag.user.email")
	domain := f.String("domain", "", "flag.user.domain")
	fromStdin := f.Bool("password-stdin", false, "flag.user.password-stdin")
	generate := f.Bool("generate", false, "flag.user.generate")
	asJSON := f.Bool("json", false, "flag.json")
	logins, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	p := people.Person{Login: logins[0], Name: *name, Email: *email, Role: people.Role(*role), Domain: people.Domain(*domain)}
	if err := p.Validate(); err != nil {
		return err
	}
	password, err := c.password(p, *fromStdin, *generate)
	if err != nil {
		return err
	}
	if p, err = c.addPerson(ctx, *dir, p, password); err != nil {
		return err
	}
	made := accountOf(p)
	if *generate {
		made.Password = password
	}
	if *asJSON {
		return printJSON(c.stdout, made)
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.user.added", p.Login, string(p.Role)))
	if *generate {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.user.password", password))
	}
	return nil
}

// addPerson makes the account; the first one must be able to make the others.
func (c *cli) addPerson(ctx context.Context, dir string, p people.Person, password string) (people.Person, error) {
	a, err := c.openAlone(ctx, dir, "cli.user.add.held", p.Login)
	if err != nil {
		return p, err
	}
	persons, err := a.People(ctx)
	if err == nil && len(persons) == 0 && p.Role != people.Administrator {
		err = phrase.Refusal(journal.ErrInvalid, "refusal.person.first", p.Login)
	}
	if err == nil {
		p, err = a.AddPerson(ctx, p, password)
	}
	return p, errors.Join(err, a.Close())
}

// password reads, asks for or makes a password; a machine has none.
func (c *cli) password(p people.Person, fromStdin, generate bool) (string, error) {
	switch machine := p.Role == people.Watcher; {
	case machine && (fromStdin || generate):
		return "", misused("user add", "watcher", phrase.Of("misuse.watcher.hint", p.Login))
	case machine:
		return "", nil
	case fromStdin && generate:
		return "", misused("user add", "password.both", phrase.Of("misuse.password.hint"))
	case generate:
		return rand.Text(), nil
	case fromStdin:
		line, err := bufio.NewReader(io.LimitReader(c.stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", fmt.Errorf("read the password: standard input is empty: %w", errInput)
		}
		return line, nil
	}
	f, ok := c.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", misused("user add", "password.terminal", phrase.Of("misuse.password.hint"))
	}
	return c.askPassword(int(f.Fd()))
}

// askPassword asks twice, without echo.
func (c *cli) askPassword(terminal int) (string, error) {
	var typed [2]string
	for i, key := range []phrase.Key{"cli.user.ask", "cli.user.ask-again"} {
		fmt.Fprint(c.stderr, phrase.Say(c.lang(), key)+" ")
		line, err := term.ReadPassword(terminal)
		fmt.Fprintln(c.stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", fmt.Errorf("read the password: the two are not the same: %w", errInput)
	}
	if typed[0] == "" {
		return "", fmt.Errorf("read the password: it is empty: %w", errInput)
	}
	return typed[0], nil
}

// userList prints the accounts.
func (c *cli) userList(ctx context.Context, args []string) error {
	f := newReadFlags("user list [--dir D] [--json]")
	r, _, err := f.open(ctx, args, 0)
	if err != nil {
		return err
	}
	defer r.Close()
	persons, err := r.People(ctx)
	if err != nil {
		return err
	}
	rows := make([]account, 0, len(persons))
	for _, p := range persons {
		rows = append(rows, accountOf(p))
	}
	if *f.asJSON {
		return printJSON(c.stdout, rows)
	}
	return c.table(func(w io.Writer) {
		for _, a := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Login, a.Role, a.Domain, a.Name, a.Email)
		}
	})
}

// madeToken is the JSON of a new token.
type madeToken struct {
	Login   string     `json:"login"`
	Name    string     `json:"name"`
	Token   string     `json:"token"` // this once
	Expires *time.Time `json:"expires,omitempty"`
}

// tokenDays is how long a token lives unless told otherwise: long enough for
// a quarter, short enough that a forgotten one dies.
const tokenDays = 90

// userToken makes an API token and prints it, this once.
func (c *cli) userToken(ctx context.Context, args []string) error {
	f := newFlags("user token LOGIN --name N [--days D] [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.repository")
	name := f.String("name", "", "flag.token.name")
	days := f.Int("days", tokenDays, "flag.token.days")
	asJSON := f.Bool("json", false, "flag.json")
	logins, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *name == "" || *days < 0 {
		return misuse(f.usage, "token")
	}
	made := madeToken{Login: logins[0], Name: *name}
	var expires time.Time
	if *days > 0 {
		expires = time.Now().UTC().AddDate(0, 0, *days).Truncate(time.Second)
		made.Expires = &expires
	}
	a, err := c.openAlone(ctx, *dir, "cli.user.token.held", logins[0])
	if err != nil {
		return err
	}
	made.Token, err = a.AddToken(ctx, logins[0], *name, expires)
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(c.stdout, made)
	}
	_, err = fmt.Fprintln(c.stdout, made.Token)
	return err
}
