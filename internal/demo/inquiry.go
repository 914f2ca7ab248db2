package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/cube"
	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
	"github.com/safelight-dev/safelight/pixels"
)

// collect keeps what the team's repository, the series and the configuration
// show, and gives the text of what causes are looked for in.
func (s *stage) collect(ctx context.Context) ([]postmortem.EvidenceFile, error) {
	found, err := s.repo.Evidence(ctx, s.lut.Hash)
	if err != nil {
		return nil, err
	}
	series, err := s.series(ctx)
	if err != nil {
		return nil, err
	}
	config, err := os.ReadFile(filepath.Join(s.Dir, app.ConfigName))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	found = append(found, Evidence{"series/image_delta_e_over_threshold_total.csv", series}, Evidence{"config/safelight.yaml", config})
	var files []postmortem.EvidenceFile
	for _, f := range found {
		kind := kindOf(f.Name)
		err := s.app.AddEvidence(ctx, s.actor(analystLogin), s.id, web.EvidenceUpload{
			Path: f.Name, Kind: string(kind), Source: sourceOf(kind, f.Name), Tool: "safelight demo", Data: bytes.NewReader(f.Content),
		})
		if err != nil {
			return nil, err
		}
		files = append(files, postmortem.EvidenceFile{Path: f.Name, Kind: kind, Text: f.Content})
	}
	s.say("demo.evidence", len(files))
	return files, nil
}

// series exports the counter around the incident.
func (s *stage) series(ctx context.Context) ([]byte, error) {
	list, err := s.app.QueryRange(ctx, "image_delta_e_over_threshold_total", s.at(3, 50, 0), s.clock.now(), time.Minute)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write([]string{"time", "pipeline", "class", "value"}); err != nil {
		return nil, err
	}
	for _, one := range list {
		for _, p := range one.Points {
			row := []string{p.At.UTC().Format(time.RFC3339), one.Labels["pipeline"], one.Labels["class"], strconv.FormatFloat(p.Value, 'f', -1, 64)}
			if err := w.Write(row); err != nil {
				return nil, err
			}
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// whys records the five whys, each answer on its evidence.
func (s *stage) whys(ctx context.Context) error {
	if err := s.move(ctx, s.at(5, 20, 0)); err != nil {
		return err
	}
	for i, w := range []postmortem.WhyFields{
		{Question: "Pourquoi les images ont-elles dévié ?", Answer: "La LUT livrée à 04:01 tourne les teintes de la marque.", Evidence: []string{newLUTName}},
		{Question: "Pourquoi cette LUT a-t-elle été livrée ?", Answer: "Le hook l’a rejetée, mais son rejet n’a pas arrêté le commit.", Evidence: []string{hookLogName}},
		{Question: "Pourquoi le rejet n’a-t-il pas arrêté le commit ?", Answer: "Le hook passe par tee : son code de sortie est celui de tee, pas celui du validateur.", Evidence: []string{hookLogName}},
		{Question: "Pourquoi la CI ne l’a-t-elle pas vu ?", Answer: "L’étape de CI ne contrôle que la forme de la LUT, aucun ΔE.", Evidence: []string{ciName}},
		{Question: "Pourquoi personne de la marque n’a-t-il relu ?", Answer: "CODEOWNERS n’exige pas d’approbateur marque pour les LUT, et deux revues allaient en parallèle.", Evidence: []string{ownersName, gitLogName}, Reaches: postmortem.Process},
	} {
		w.Level = i + 1
		if err := s.do(ctx, leadLogin, postmortem.SetWhy{WhyFields: w}); err != nil {
			return err
		}
	}
	return nil
}

// gate makes the incident test and proves it on bad, fixed and unrelated changes.
func (s *stage) gate(ctx context.Context) error {
	if err := s.move(ctx, s.at(7, 30, 0)); err != nil {
		return err
	}
	test, err := s.app.WriteTest(ctx, s.actor(leadLogin), s.id, lutPath)
	if err != nil {
		return err
	}
	accepted := prevention.TestAccepted{Name: test.Name, SHA256: test.SHA256}
	if accepted.Bad, err = s.tryOn(ctx, test, s.recipes.Drifted); err != nil {
		return err
	}
	if accepted.Fix, err = s.tryOn(ctx, test, s.recipes.Fixed); err != nil {
		return err
	}
	for _, r := range s.recipes.Unrelated {
		run, err := s.tryOn(ctx, test, r)
		if err != nil {
			return err
		}
		accepted.Controls = append(accepted.Controls, run)
	}
	return s.do(ctx, leadLogin, prevention.AcceptTest{TestAccepted: accepted})
}

// tryOn runs the incident test on what a recipe would deliver.
func (s *stage) tryOn(ctx context.Context, test app.IncidentTest, r Recipe) (prevention.Run, error) {
	content, err := recipeContent(r)
	if err != nil {
		return prevention.Run{}, err
	}
	enc := NewEncoder(s.Size)
	run, err := s.app.TryTest(ctx, test, app.ChangeSubject(r.What, content, func(m *pixels.Image) ([]byte, error) { return enc.Deliver(nil, m.RGB8, r) }))
	if err != nil {
		return run, err
	}
	verdict := phrase.Key("demo.gate.pass")
	if !run.Passed() {
		verdict = "demo.gate.fail"
		s.say("demo.gate.why", run.Violations[0].String())
	}
	s.Say(s.clock.now(), phrase.Of(verdict, r.What))
	return run, nil
}

// recipeContent is what the digest of a tried change is taken of: the table and the settings.
func recipeContent(r Recipe) ([]byte, error) {
	var b bytes.Buffer
	if err := writeLUT(&b, r.LUT); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "quality %d\ncomment %q\n", r.Quality, r.Comment)
	return b.Bytes(), nil
}

func writeLUT(b *bytes.Buffer, l *cube.LUT) error {
	if err := l.Write(b); err != nil {
		return fmt.Errorf("write a colour table: %w", err)
	}
	return nil
}

// The names of the evidence that people refer to.
const (
	newLUTName  = "luts/after.cube"
	oldLUTName  = "luts/before.cube"
	hookLogName = "ci-logs/lut-hook.log"
	ciName      = "git/ci.yml"
	ownersName  = "git/CODEOWNERS"
	gitLogName  = "git/log.txt"
)

// sourceOf says where a piece of evidence came from.
func sourceOf(kind postmortem.EvidenceKind, name string) string {
	switch {
	case kind == postmortem.Series:
		return "embedded Prometheus"
	case strings.HasPrefix(name, "config/"):
		return "safelight.yaml"
	}
	return "pipeline repository"
}

func kindOf(name string) postmortem.EvidenceKind {
	switch name {
	case newLUTName, oldLUTName:
		return postmortem.LUT
	case hookLogName:
		return postmortem.HookLog
	case ciName, "git/validate-lut.mjs":
		return postmortem.CIConfig
	case ownersName:
		return postmortem.CodeOwners
	case gitLogName:
		return postmortem.GitLog
	case "git/lut-commit.diff":
		return postmortem.GitDiff
	case "series/image_delta_e_over_threshold_total.csv":
		return postmortem.Series
	}
	return postmortem.OtherKind
}
