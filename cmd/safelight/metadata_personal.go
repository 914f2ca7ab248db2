package main

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/metadata"
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

// shownPersons is what one image of several says of persons.
type shownPersons struct {
	File     string        `json:"file"`
	Personal []shownPerson `json:"personal"`
}

// judgeFlags are those of a command that judges metadata by the policy of a class.
type judgeFlags struct {
	imageFlags
	dir, class *string
}

func newJudgeFlags(usage string) judgeFlags {
	f := newImageFlags(usage)
	return judgeFlags{f, f.String("dir", ".", "flag.dir"), f.String("class", string(pipeline.Product), "flag.class")}
}

// inspector gives the inspector of the class.
func (f judgeFlags) inspector() (*measure.Inspector, error) {
	config, err := app.LoadWatch(*f.dir)
	if err != nil {
		return nil, err
	}
	engine := app.NewEngine(*f.dir, config)
	defer engine.Close()
	o, err := engine.Meter(pipeline.Class(*f.class), false)
	return o.Inspector, err
}

// metadataPersonal lists what images say of persons. It ends with 1 where something of that is not allowed.
func (c *cli) metadataPersonal(ctx context.Context, args []string) error {
	f := newJudgeFlags("metadata personal FILE|DIR… [--class C] [--json]")
	names, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	inspector, err := f.inspector()
	if err != nil {
		return err
	}
	return f.run(ctx, c, names, func(r *imageRun, path string) error {
		_, _, d, err := readMetadata(path)
		if err != nil {
			return err
		}
		c.warn(path, d.Problems) // what was not read may name persons
		shown, refused := personsOf(d, inspector.Policy)
		switch {
		case r.asJSON && r.several:
			err = r.json(shownPersons{path, shown})
		case r.asJSON:
			err = r.json(shown)
		default:
			r.head(path)
			c.printPersons(shown)
		}
		if err == nil && refused {
			return errFailed
		}
		return err
	})
}

// personsOf lists what an image says of persons, and tells whether the policy refuses any of it.
func personsOf(d *metadata.Document, policy pipeline.MetadataPolicy) (shown []shownPerson, refused bool) {
	shown = []shownPerson{}
	for _, p := range d.Personal() {
		refused = refused || policy.Refuses(p)
		shown = append(shown, shownPerson{p.Path(), string(p.Entity), p.Likelihood.String(), p.Class.String(), p.Value, p.Within, policy.Allows(p)})
	}
	return shown, refused
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
