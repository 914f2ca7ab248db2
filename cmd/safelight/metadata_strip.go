package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/metadata"
)

// metadataStrip writes the same picture with fewer metadata: those of the classes that are to stay.
func (c *cli) metadataStrip(_ context.Context, args []string) error {
	f := newFlags("metadata strip FILE --out FILE [--keep CLASSES] [--overwrite]")
	out, keep := f.String("out", "", "flag.metadata.out"), f.String("keep", "rights,consent", "flag.metadata.keep")
	overwrite := f.Bool("overwrite", false, "flag.metadata.overwrite")
	files, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *out == "" {
		return misuse(f.usage, "strip")
	}
	classes, err := classesOf(*keep)
	if err != nil {
		return err
	}
	data, err := readImage(files[0])
	if err != nil {
		return err
	}
	if err := notAnInput(*out, files); err != nil {
		return err
	}
	if _, err := os.Lstat(*out); err == nil && !*overwrite {
		return fmt.Errorf("%w: %w", phrase.Errorf("metadata.exists", *out), errInput)
	}
	stripped, err := metadata.Strip(data, metadata.Rules{Keep: metadata.KeepClasses(classes...)})
	if err != nil {
		return fmt.Errorf("%w: %w", phrase.Errorf("metadata.unstripped", files[0], err), errInput)
	}
	if err := app.WriteFile(*out, stripped); err != nil {
		return err
	}
	if d, err := metadata.Read(data, metadata.Limits{}); err == nil {
		c.warn(files[0], d.Problems)
	}
	fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "metadata.stripped", *out, len(data)-len(stripped)))
	return nil
}

// classesOf reads "rights,consent"; "none" and nothing keep no class.
func classesOf(text string) ([]metadata.Class, error) {
	var classes []metadata.Class
	for _, name := range strings.Split(text, ",") {
		found := name == "" || name == "none"
		for _, class := range metadata.Classes {
			if class.String() == strings.TrimSpace(name) {
				classes, found = append(classes, class), true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: %w", phrase.Errorf("metadata.class.unknown", name), errInput)
		}
	}
	return classes, nil
}
