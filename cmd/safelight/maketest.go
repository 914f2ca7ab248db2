package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safelight-dev/safelight/internal/web"
)

// buildMakeTest makes an incident test and has it tried on tables: those of the evidence, or files, which become evidence.
func buildMakeTest(f flags) func(given) (any, error) {
	var controls list
	lut := f.String("lut", "", "flag.make-test.lut")
	bad := f.String("bad", "", "flag.make-test.bad")
	fix := f.String("fix", "", "flag.make-test.fix")
	f.Var(&controls, "control", "flag.make-test.control")
	return func(g given) (any, error) {
		m := web.MakeTest{LUT: *lut}
		var err error
		if m.Bad, err = testTable(g, *bad); err != nil {
			return nil, err
		}
		if m.Fix, err = testTable(g, *fix); err != nil {
			return nil, err
		}
		for _, name := range controls {
			t, err := testTable(g, name)
			if err != nil {
				return nil, err
			}
			m.Controls = append(m.Controls, t)
		}
		return m, nil
	}
}

// testTable reads a table where the name is a file; any other name is one of the evidence.
func testTable(g given, name string) (web.TestTable, error) {
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return web.TestTable{Path: name}, nil
	}
	data, err := g.cli.readInput(name, maxUpload)
	return web.TestTable{Path: "luts/" + filepath.Base(name), Data: data}, err
}
