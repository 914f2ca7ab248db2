package main

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// ofEvidence marks a name as one of the evidence; any other is a file.
const ofEvidence = "evidence:"

// makeTestFlags are the flags of make-test.
type makeTestFlags struct {
	lut, images, generate, image, reference string
	bad, fix, controls, settings            list
}

// buildMakeTest makes an incident test and has it tried: on tables, on images, or on what the house's generator makes.
func buildMakeTest(f flags) func(given) (any, error) {
	var m makeTestFlags
	f.StringVar(&m.lut, "lut", "", "flag.make-test.lut")
	f.StringVar(&m.images, "images", "", "flag.make-test.images")
	f.StringVar(&m.generate, "generate", "", "flag.make-test.generate")
	f.Var(&m.settings, "set", "flag.make-test.set")
	f.StringVar(&m.image, "image", "", "flag.make-test.image")
	f.StringVar(&m.reference, "reference", "", "flag.make-test.reference")
	f.Var(&m.bad, "bad", "flag.make-test.bad")
	f.Var(&m.fix, "fix", "flag.make-test.fix")
	f.Var(&m.controls, "control", "flag.make-test.control")
	return func(g given) (any, error) { return m.build(g) }
}

func (m makeTestFlags) build(g given) (t web.MakeTest, err error) {
	t = web.MakeTest{LUT: m.lut, Images: m.images, Image: m.image}
	if m.generate != "" {
		settings, err := pairsOf(m.settings)
		if err != nil {
			return t, err
		}
		t.Generate = &prevention.Generation{Program: m.generate, Parameters: settings}
	} else if len(m.settings) > 0 {
		return t, misused("incident make-test", "set", phrase.Of("misuse.set.hint"))
	}
	if t.Reference, err = m.subject(g, "reference", m.reference); err != nil {
		return t, err
	}
	if t.Bad, err = m.subject(g, "bad", m.bad...); err != nil {
		return t, err
	}
	if t.Fix, err = m.subject(g, "fix", m.fix...); err != nil {
		return t, err
	}
	for _, c := range m.controls {
		one, err := m.subject(g, "control", c)
		if err != nil {
			return t, err
		}
		t.Controls = append(t.Controls, one)
	}
	return t, nil
}

// subject reads a file, names one of the evidence, or takes settings.
func (m makeTestFlags) subject(g given, role string, names ...string) (s web.TestSubject, err error) {
	if m.generate != "" && role != "reference" {
		s.Settings, err = pairsOf(names)
		return s, err
	}
	if len(names) == 0 || names[0] == "" {
		return s, nil
	}
	if len(names) > 1 {
		return s, misused("incident make-test", "twice", phrase.Of("misuse.twice.hint"), role)
	}
	if name, ok := strings.CutPrefix(names[0], ofEvidence); ok {
		return web.TestSubject{Path: name}, nil
	}
	s.Path = path.Join("luts", filepath.Base(names[0]))
	if m.lut == "" {
		s.Path = path.Join("images", role, filepath.Base(names[0]))
	}
	s.Data, err = g.cli.readInput(names[0], maxUpload)
	return s, err
}

// pairsOf reads NAME=VALUE.
func pairsOf(list []string) (map[string]string, error) {
	all := map[string]string{}
	for _, one := range list {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, misused("incident make-test", "setting", phrase.Of("misuse.setting.hint"), one)
		}
		all[name] = value
	}
	return all, nil
}
