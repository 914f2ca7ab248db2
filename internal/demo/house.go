package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
)

//go:embed safelight.yaml.tmpl
var configText string

// configFacts fills the configuration of the fictional house.
type configFacts struct {
	Gateway, Listen  string // addresses
	Red, Teal, Sand  string
	Reference        string // folders relative to the repository
	Delivered        string
	OnCall, LeadName string // logins
	Edge             *edgeFacts
}

func configOf(f configFacts) ([]byte, error) {
	t, err := template.New("safelight.yaml").Parse(configText)
	if err != nil {
		return nil, fmt.Errorf("read the demo's configuration: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, f); err != nil {
		return nil, fmt.Errorf("write the demo's configuration: %w", err)
	}
	return b.Bytes(), nil
}

// The logins of the fictional house.
const (
	onCallLogin  = "nora"
	analystLogin = "amir"
	leadLogin    = "paul"
	brandLogin   = "claire"
	sreLogin     = "sven"
	legalLogin   = "lena"
	adminLogin   = "ada"
)

// cast makes the accounts of the fictional house, all with one password.
func cast(ctx context.Context, a *app.App, password string) (map[string]people.Person, error) {
	persons := map[string]people.Person{}
	for _, p := range []people.Person{
		{Login: adminLogin, Name: "Ada Morel", Role: people.Administrator},
		{Login: onCallLogin, Name: "Nora Lindqvist", Role: people.Responder},
		{Login: analystLogin, Name: "Amir Haddad", Role: people.Responder},
		{Login: leadLogin, Name: "Paul Okafor", Role: people.Lead},
		{Login: brandLogin, Name: "Claire Dubois", Role: people.Board, Domain: people.Brand},
		{Login: sreLogin, Name: "Sven Aalto", Role: people.Board, Domain: people.SRE},
		{Login: legalLogin, Name: "Lena Brandt", Role: people.Board, Domain: people.Legal},
	} {
		p.Email = p.Login + "@oree.example"
		made, err := a.AddPerson(ctx, p, password)
		if err != nil {
			return nil, fmt.Errorf("make the demo's accounts: %w", err)
		}
		persons[p.Login] = made
	}
	return persons, nil
}
