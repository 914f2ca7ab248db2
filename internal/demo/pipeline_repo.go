package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/cube"
)

// The branches of the night, reviewed side by side.
const (
	LUTBranch     = "review/lut-refresh"
	EncoderBranch = "review/encoder-flags"
)

// lutPath is where the look lies in the team's repository.
const lutPath = "luts/brand.cube"

// hookLog is where the hook keeps its decisions.
const hookLog = ".git/lut-hook.log"

// PipelineRepo is the Git repository of the fictional team whose pipeline drifts. It is a real one, made with git.
type PipelineRepo struct {
	git *gitRunner
}

// PipelineOptions says where and of what a [PipelineRepo] is built.
type PipelineOptions struct {
	Dir       string    // a new or empty folder
	Validator string    // the safelight executable, absolute: the hook runs "lut check" of it
	Look      *cube.LUT // in use before the night
	Night     time.Time // when the LUT will be committed; the history leads up to it
}

// change is one commit of the history.
type change struct {
	who      signature
	subject  string
	reviewer string // with e-mail; empty for none
	branch   string // under review; empty for none
	files    []repoFile
}

type repoFile struct {
	path, content string
	mode          os.FileMode
}

// People of the fictional team.
const (
	reviewerOfLUT     = "Ines Caron <ines.caron@oree.example>"
	reviewerOfEncoder = "Tomas Varga <tomas.varga@oree.example>"
)

func colourTeam(at time.Time) signature {
	return signature{"Colour team", "colour@oree.example", at}
}

func deliveryTeam(at time.Time) signature {
	return signature{"Delivery team", "delivery@oree.example", at}
}

// BuildPipelineRepo makes the team's repository: the history up to the night, its pre-commit hook, and two branches
// under review at once, of which [EncoderBranch] is merged and [LUTBranch] still open. Without git on the machine the
// error is [ErrNoGit].
func BuildPipelineRepo(ctx context.Context, o PipelineOptions) (*PipelineRepo, error) {
	if o.Look == nil || o.Night.IsZero() || !filepath.IsAbs(o.Validator) {
		return nil, errors.New("build the pipeline's repository: a look, the night's time and the validator's absolute path are needed")
	}
	if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("build the pipeline's repository: %s is not empty", o.Dir)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("build the pipeline's repository: %w", err)
	}
	git, err := newGitRunner(o.Dir, o.Validator)
	if err != nil {
		return nil, err
	}
	p := &PipelineRepo{git: git}
	if err := p.build(ctx, o); err != nil {
		return nil, fmt.Errorf("build the pipeline's repository: %w", err)
	}
	return p, nil
}

// build tells the history. Both branches fork from the same commit and are reviewed in the same half hour.
func (p *PipelineRepo) build(ctx context.Context, o PipelineOptions) error {
	before := func(d time.Duration) time.Time { return o.Night.Add(-d) }
	const day = 24 * time.Hour
	if _, err := p.git.run(ctx, colourTeam(o.Night), "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	first, err := p.firstChange(o.Look, before(23*day))
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return p.commit(ctx, first) },
		func() error { return p.installHook() },
		func() error {
			return p.commit(ctx, change{who: colourTeam(before(19 * day)), subject: "Compare a changed LUT with the one in use before each commit",
				reviewer: reviewerOfEncoder, files: []repoFile{{"hooks/pre-commit", hookScript, 0o755}}})
		},
		func() error { return p.branch(ctx, EncoderBranch, before(34*time.Minute)) },
		func() error {
			return p.commit(ctx, change{who: deliveryTeam(before(31 * time.Minute)), subject: "State chroma and scan order of the encoder",
				reviewer: reviewerOfEncoder, branch: EncoderBranch, files: []repoFile{{"luts/encoder.json", repoEncoderFlags, 0o644}}})
		},
		func() error { return p.branch(ctx, LUTBranch, before(28*time.Minute)) },
		func() error {
			return p.commit(ctx, change{who: colourTeam(before(26 * time.Minute)), subject: "Describe the season look",
				reviewer: reviewerOfLUT, branch: LUTBranch, files: []repoFile{{"luts/SEASON.md", repoSeason, 0o644}}})
		},
		func() error {
			return p.merge(ctx, EncoderBranch, change{who: deliveryTeam(before(6 * time.Minute)), reviewer: reviewerOfEncoder})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *PipelineRepo) firstChange(look *cube.LUT, at time.Time) (change, error) {
	var table bytes.Buffer
	if err := look.Write(&table); err != nil {
		return change{}, fmt.Errorf("write %s: %w", lutPath, err)
	}
	return change{who: colourTeam(at), subject: "Deliver pictures with the house look", files: []repoFile{
		{"README.md", repoReadme, 0o644},
		{".ci.yml", repoCI, 0o644},
		{"CODEOWNERS", repoCodeowners, 0o644},
		{"luts/encoder.json", repoEncoder, 0o644},
		{"scripts/validate-lut.mjs", validateScript, 0o644},
		{lutPath, table.String(), 0o644},
	}}, nil
}

// installHook puts the hook where git runs it, in a repository that may have been made without a folder for hooks.
func (p *PipelineRepo) installHook() error {
	return p.write(repoFile{".git/hooks/pre-commit", hookScript, 0o755})
}

func (p *PipelineRepo) write(f repoFile) error {
	path := filepath.Join(p.git.dir, filepath.FromSlash(f.path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if err := os.WriteFile(path, []byte(f.content), f.mode); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// branch makes a branch off main and goes there.
func (p *PipelineRepo) branch(ctx context.Context, name string, at time.Time) error {
	_, err := p.git.run(ctx, colourTeam(at), "checkout", "--quiet", "-b", name, "main")
	return err
}

func (p *PipelineRepo) commit(ctx context.Context, c change) error {
	for _, f := range c.files {
		if err := p.write(f); err != nil {
			return err
		}
		if _, err := p.git.run(ctx, c.who, "add", "--", f.path); err != nil {
			return err
		}
	}
	_, err := p.git.run(ctx, c.who, "commit", "--quiet", "--message", c.message())
	return err
}

// message is the commit's message with its trailers.
func (c change) message() string {
	var trailers []string
	if c.reviewer != "" {
		trailers = append(trailers, "Reviewed-by: "+c.reviewer)
	}
	if c.branch != "" {
		trailers = append(trailers, "Review-branch: "+c.branch)
	}
	if len(trailers) == 0 {
		return c.subject
	}
	return c.subject + "\n\n" + strings.Join(trailers, "\n")
}

// merge merges a branch into main by a merge commit and stays on main.
func (p *PipelineRepo) merge(ctx context.Context, branch string, c change) error {
	if _, err := p.git.run(ctx, c.who, "checkout", "--quiet", "main"); err != nil {
		return err
	}
	c.subject, c.branch = "Merge "+branch, branch
	_, err := p.git.run(ctx, c.who, "merge", "--quiet", "--no-ff", "--message", c.message(), branch)
	return err
}
