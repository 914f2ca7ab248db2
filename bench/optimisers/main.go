// Command optimisers shows what image optimisers and resizers do to metadata.
//
//	optimisers -sharp FOLDER
//
// It makes a JPEG and a PNG file that have everything (Exif with a position and a thumbnail, IPTC, XMP, a profile, a
// signed C2PA manifest), sends them through the tools, and prints a table of what comes out. FOLDER is where npm put
// sharp and @contentauth/c2pa-wasm: see bench/optimisers.sh.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	node := flag.String("sharp", "", "the folder with node_modules/sharp and node_modules/@contentauth/c2pa-wasm")
	flag.Parse()
	if err := run(*node); err != nil {
		fmt.Fprintln(os.Stderr, "optimisers:", err)
		os.Exit(1)
	}
}

func run(node string) error {
	work, err := os.MkdirTemp("", "optimisers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, ext := range []string{"jpg", "png"} {
		source := filepath.Join(work, "in."+ext)
		if err := makeSource(source, node); err != nil {
			return fmt.Errorf("make the source: %w", err)
		}
		before, err := read(source)
		if err != nil {
			return err
		}
		fmt.Printf("\n### From %s: %s\n\n", strings.ToUpper(ext), before)
		fmt.Println("| tool | to | position | other Exif | IPTC | XMP | profile | C2PA | thumbnail |")
		fmt.Println("|---|---|---|---|---|---|---|---|---|")
		for _, t := range tools {
			for _, to := range t.to[ext] {
				out := filepath.Join(work, "out."+to)
				os.Remove(out) // of the tool before
				if err := t.run(node, source, out); err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				after, err := read(out)
				if err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				fmt.Printf("| %s | %s | %s |\n", t.name, to, strings.Join(compare(before, after), " | "))
			}
		}
	}
	return nil
}

// command runs a program; what it printed is part of the error.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not here: %w", name, err)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
