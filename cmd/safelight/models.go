package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/weights"
	"github.com/safelight-dev/safelight/lpips"
)

// runModels imports, pulls or lists the weights of the LPIPS networks.
func runModels(c *cli, ctx context.Context, args []string) error {
	return c.choose(ctx, "models", []verb{{"list", (*cli).modelsList}, {"import", (*cli).modelsImport}, {"pull", (*cli).modelsPull}}, args)
}

// modelFlags are the flags that all of them have.
func modelFlags(usage string) (flags, *string) {
	f := newFlags(usage)
	return f, f.String("dir", ".", "flag.models.dir")
}

func openWeights(dir string) (*weights.Store, error) {
	folders, err := weights.Folders(dir)
	if err != nil {
		return nil, err
	}
	return weights.Open(folders...), nil
}

func (c *cli) modelsImport(_ context.Context, args []string) error {
	f, dir := modelFlags("models import FILE.pth… [--any]")
	other := f.Bool("any", false, "flag.models.any")
	files, err := f.parse(args, 1, -1)
	if err != nil {
		return err
	}
	store, err := openWeights(*dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		in, err := store.Import(file, weights.Options{Any: *other})
		if err != nil {
			return inputError(err)
		}
		c.sayImported(in)
	}
	return nil
}

// sayImported says what came, and what is missing still.
func (c *cli) sayImported(in weights.Imported) {
	l := c.lang()
	fmt.Fprintln(c.stdout, phrase.Say(l, "cli.models.imported", string(in.Network), partNames(l, in.Parts)))
	if len(in.Missing) > 0 {
		fmt.Fprintln(c.stdout, phrase.Say(l, "cli.models.lacks", string(in.Network), partNames(l, in.Missing)))
	}
}

// partNames joins the names of parts of a network.
func partNames(l phrase.Lang, parts []weights.Part) string {
	var names []string
	for _, p := range parts {
		switch p {
		case weights.Convolutions:
			names = append(names, phrase.Say(l, "cli.models.convolutions"))
		case weights.Distance:
			names = append(names, phrase.Say(l, "cli.models.distance"))
		}
	}
	return strings.Join(names, ", ")
}

func (c *cli) modelsPull(ctx context.Context, args []string) error {
	f, dir := modelFlags("models pull [alex | squeeze | vgg]… [--from URL] [--any]")
	from := f.String("from", "", "flag.models.from")
	other := f.Bool("any", false, "flag.models.any")
	names, err := f.parse(args, 0, -1)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{string(lpips.Alex)}
	}
	store, err := openWeights(*dir)
	if err != nil {
		return err
	}
	puller := weights.Puller{From: *from, Progress: pullProgress(c.stderr, c.lang())}
	for _, name := range names {
		in, err := puller.Pull(ctx, store, lpips.Kind(name), weights.Options{Any: *other})
		if err != nil {
			return err
		}
		if len(in.Parts) == 0 {
			fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.models.here", name))
			continue
		}
		c.sayImported(in)
	}
	return nil
}

// pullProgress says every tenth of a file, or every ten megabytes where its size is not known.
func pullProgress(w io.Writer, l phrase.Lang) func(name string, done, total int64) {
	said := map[string]int64{}
	return func(name string, done, total int64) {
		step := int64(10_000_000)
		if total > 0 {
			step = max(total/10, 1)
		}
		if done/step > said[name] {
			said[name] = done / step
			fmt.Fprintln(w, phrase.Say(l, "cli.models.progress", name, megabytes(l, done), megabytes(l, total)))
		}
	}
}

func megabytes(l phrase.Lang, n int64) string {
	if n == 0 {
		return "?"
	}
	return phrase.Decimal(l, float64(n)/1e6, 1)
}

func (c *cli) modelsList(_ context.Context, args []string) error {
	f, dir := modelFlags("models list [--json]")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	store, err := openWeights(*dir)
	if err != nil {
		return err
	}
	list := store.List()
	if *asJSON {
		return printJSON(c.stdout, list)
	}
	for _, s := range list {
		fmt.Fprintf(c.stdout, "%-8s %s\n", s.Network, modelText(c.lang(), s))
	}
	return nil
}

// modelText is what a line of the list says of a network.
func modelText(l phrase.Lang, s weights.Status) string {
	name := string(s.Network)
	switch {
	case s.Damage != "":
		return phrase.Say(l, "cli.models.damaged", s.Damage)
	case !s.Present:
		return phrase.Say(l, "cli.models.none", name)
	case !s.Complete:
		return phrase.Say(l, "cli.models.incomplete", partNames(l, s.Missing), name)
	}
	origin := phrase.Say(l, "cli.models.published")
	if !s.Published {
		origin = phrase.Say(l, "cli.models.other")
	}
	return phrase.Say(l, "cli.models.complete", origin, s.Digest[:12], strings.Join(s.From, ", "), s.Path)
}
