package main

import (
	"context"
	"fmt"

	"github.com/safelight-dev/safelight/internal/app"
)

// runInit writes a commented configuration and the postmortem templates, for documents in the language of whoever calls.
func runInit(c *cli, _ context.Context, args []string) error {
	f := newFlags("init [--dir D] [--json]")
	dir := f.String("dir", ".", "flag.init.dir")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	written, err := app.Init(*dir, c.lang())
	if *asJSON && err == nil {
		return printJSON(c.stdout, written)
	}
	for _, path := range written {
		fmt.Fprintln(c.stdout, path)
	}
	return err
}
