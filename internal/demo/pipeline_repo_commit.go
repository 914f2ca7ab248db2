package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/cube"
)

// LUTCommit is what became of committing a look.
type LUTCommit struct {
	Hash       string // of the commit on [LUTBranch]; empty where the hook stopped it
	Merge      string // of the merge into main
	HookOutput string // what the commit printed: the hook's lines
	HookExit   int    // the hook's exit status, from its own log
}

// mergeDelay is how long after its commit the look is merged.
const mergeDelay = 75 * time.Second

// ErrHookStopped says that the pre-commit hook refused a look.
var ErrHookStopped = errors.New("the pre-commit hook stopped the commit")

// CommitLUT commits a look to [LUTBranch] at a time, through the team's hook, and merges the branch into main a little
// later, by the team's habit. Where the hook stops it the error is [ErrHookStopped] and the result says what the hook said.
func (p *PipelineRepo) CommitLUT(ctx context.Context, look *cube.LUT, at time.Time) (LUTCommit, error) {
	c := change{who: colourTeam(at), subject: "Refresh the brand LUT for the season", reviewer: reviewerOfLUT, branch: LUTBranch}
	if err := p.stage(ctx, look, c.who); err != nil {
		return LUTCommit{}, err
	}
	var done LUTCommit
	var stopped error
	if done.HookOutput, stopped = p.git.run(ctx, c.who, "commit", "--quiet", "--message", c.message()); stopped != nil {
		return p.explain(done, stopped)
	}
	var err error
	if done.Hash, err = p.head(ctx); err != nil {
		return done, err
	}
	if done.HookExit, err = p.hookExit(); err != nil {
		return done, err
	}
	c.who.at = at.Add(mergeDelay)
	if err := p.merge(ctx, LUTBranch, c); err != nil {
		return done, err
	}
	done.Merge, err = p.head(ctx)
	return done, err
}

// stage goes to [LUTBranch] and puts the look into its index.
func (p *PipelineRepo) stage(ctx context.Context, look *cube.LUT, who signature) error {
	if _, err := p.git.run(ctx, who, "checkout", "--quiet", LUTBranch); err != nil {
		return err
	}
	var table bytes.Buffer
	if err := look.Write(&table); err != nil {
		return fmt.Errorf("write %s: %w", lutPath, err)
	}
	if err := p.write(repoFile{lutPath, table.String(), 0o644}); err != nil {
		return err
	}
	_, err := p.git.run(ctx, who, "add", "--", lutPath)
	return err
}

// explain tells a commit that the hook stopped from one that git could not make.
func (p *PipelineRepo) explain(done LUTCommit, cause error) (LUTCommit, error) {
	status, err := p.hookExit()
	if err != nil || status == 0 {
		return done, cause
	}
	done.HookExit = status
	return done, fmt.Errorf("commit %s: %w with status %d", lutPath, ErrHookStopped, status)
}

func (p *PipelineRepo) head(ctx context.Context) (string, error) {
	out, err := p.git.output(ctx, "rev-parse", "HEAD")
	return strings.TrimSpace(string(out)), err
}

// hookExit reads the hook's last exit status from its log.
func (p *PipelineRepo) hookExit() (int, error) {
	log, err := p.HookLog()
	if err != nil {
		return 0, err
	}
	_, text, found := strings.Cut(lastLine(string(log)), " hook: exit status ")
	status, err := strconv.Atoi(text)
	if !found || err != nil {
		return 0, fmt.Errorf("read the hook's log: its last line %q has no exit status of the hook", lastLine(string(log)))
	}
	return status, nil
}

// HookLog returns what the hook has logged. It fails with [os.ErrNotExist] where no look was committed yet.
func (p *PipelineRepo) HookLog() ([]byte, error) {
	log, err := os.ReadFile(filepath.Join(p.git.dir, filepath.FromSlash(hookLog)))
	if err != nil {
		return nil, fmt.Errorf("read the hook's log: %w", err)
	}
	return log, nil
}

// Evidence is a file for the incident's evidence: its name in the evidence tree, and its bytes.
type Evidence struct {
	Name    string
	Content []byte
}

// MaxDiff bounds the diff of a look, which is thousands of lines of numbers; both tables are evidence in full.
const MaxDiff = 32 << 10

// logFormat gives each commit with its parents, author, time, subject and the trailers of its review.
const logFormat = "commit %H%nparents %P%nauthor %an%ndate %cI%nsubject %s%n%(trailers:key=Reviewed-by,key=Review-branch)"

// Evidence collects what the repository shows about the commit of a look: the hook's log, the diff, the history with its
// reviews, the CI configuration and what it runs, the owners, and both looks.
func (p *PipelineRepo) Evidence(ctx context.Context, commit string) ([]Evidence, error) {
	log, err := p.HookLog()
	if err != nil {
		return nil, err
	}
	files := []Evidence{{"ci-logs/lut-hook.log", log}}
	for _, want := range []struct {
		name string
		args []string
	}{
		{"git/lut-commit.diff", []string{"show", "--no-color", "--stat", "--patch", commit}},
		{"git/log.txt", []string{"log", "--all", "--format=" + logFormat, "--name-only"}},
		{"git/ci.yml", []string{"show", commit + ":.ci.yml"}},
		{"git/validate-lut.mjs", []string{"show", commit + ":scripts/validate-lut.mjs"}},
		{"git/pre-commit", []string{"show", commit + ":hooks/pre-commit"}},
		{"git/CODEOWNERS", []string{"show", commit + ":CODEOWNERS"}},
		{"luts/before.cube", []string{"show", commit + "^:" + lutPath}},
		{"luts/after.cube", []string{"show", commit + ":" + lutPath}},
	} {
		content, err := p.git.output(ctx, want.args...)
		if err != nil {
			return nil, fmt.Errorf("collect %s: %w", want.name, err)
		}
		if want.name == "git/lut-commit.diff" {
			content = cutLines(content, MaxDiff)
		}
		files = append(files, Evidence{want.name, content})
	}
	return files, nil
}

// cutLines keeps whole lines up to a number of bytes and says what it left off.
func cutLines(text []byte, most int) []byte {
	if len(text) <= most {
		return text
	}
	kept := text[:bytes.LastIndexByte(text[:most], '\n')+1]
	rest := bytes.Count(text[len(kept):], []byte{'\n'})
	return fmt.Appendf(bytes.Clone(kept), "… %d more lines; both tables are kept in full\n", rest)
}
