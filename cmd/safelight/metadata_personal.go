package main

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// shownPerson is a personal finding in JSON.
type shownPerson struct {
	Field      string `json:"field"`
	Entity     string `json:"entity"`
	Likelihood string `json:"likelihood"`
	Class      string `json:"class"`
	Value      string `json:"value"`
	Within     string `json:"within,omitempty"`
	Allowed    bool   `json:"allowed"`
}

// metadataPersonal lists what an image says of persons. It ends with 1 where something of that is not allowed.
func (c *cli) metadataPersonal(_ context.Context, args []string) error {
	f := newFlags("metadata personal FILE [--class C] [--json]")
	dir, class := f.String("dir", ".", "flag.dir"), f.String("class", string(pipeline.Product), "flag.class")
	asJSON := f.Bool("json", false, "flag.json")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	_, _, d, err := readMetadata(files[0])
	if err != nil {
		return err
	}
	inspector, err := inspectorOf(*dir, *class)
	if err != nil {
		return err
	}
	policy := inspector.Policy
	shown, refused := []shownPerson{}, false
	for _, p := range d.Personal() {
		refused = refused || policy.Refuses(p.Key(), p)
		shown = append(shown, shownPerson{p.Key(), string(p.Entity), p.Likelihood.String(), p.Class.String(), p.Value, p.Within, policy.Allows(p.Key(), p)})
	}
	if *asJSON {
		err = printJSON(c.stdout, shown)
	} else {
		c.printPersons(shown)
	}
	if err == nil && refused {
		return errFailed
	}
	return err
}

func (c *cli) printPersons(shown []shownPerson) {
	for _, p := range shown {
		mark := " "
		if p.Allowed {
			mark = phrase.Say(c.lang(), "metadata.allowed")
		}
		fmt.Fprintf(c.stdout, "%-13s %-14s %-42s %s %s\n", p.Entity, p.Likelihood, p.Field, legible(p.Value), mark)
	}
	if len(shown) == 0 {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.no-person"))
	}
}
