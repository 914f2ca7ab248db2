package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/cube"
)

// actAsValidator is the environment variable that makes this test binary "safelight lut check".
const actAsValidator = "SAFELIGHT_DEMO_TEST_VALIDATOR"

// TestActAsValidator is no test of its own: run by the hook with [actAsValidator] set, it keeps the contract of
// "safelight lut check NEW --against OLD --max-delta-e N".
func TestActAsValidator(t *testing.T) {
	if os.Getenv(actAsValidator) == "" {
		t.Skip("it acts only when the hook of another test runs it")
	}
	args := os.Args[len(os.Args)-7:] // lut check NEW --against OLD --max-delta-e N
	var tables [2]*cube.LUT
	for i, path := range []string{args[2], args[4]} {
		f, err := os.Open(path)
		if err == nil {
			tables[i], err = cube.Read(f)
		}
		if err != nil {
			fmt.Println("ERROR", err)
			os.Exit(2)
		}
	}
	limit, err := strconv.ParseFloat(args[6], 64)
	if err != nil {
		os.Exit(2)
	}
	c, err := cube.Compare(tables[1], tables[0], cube.CompareOptions{})
	if err != nil {
		os.Exit(2)
	}
	if c.Grid.P95 > limit {
		fmt.Printf("REJECT %s p95 ΔE00 %.2f > %.2f\n", args[2], c.Grid.P95, limit)
		os.Exit(1)
	}
	fmt.Printf("PASS %s p95 ΔE00 %.2f ≤ %.2f\n", args[2], c.Grid.P95, limit)
	os.Exit(0)
}

// validator writes a script that runs this test binary as the validator, and returns its path.
func validator(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "safelight")
	script := "#!/bin/sh\n" + actAsValidator + "=1 exec '" + program + "' -test.run='^TestActAsValidator$' -- \"$@\"\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

var night = time.Date(2025, 9, 27, 3, 58, 12, 0, time.UTC)

func buildRepo(t *testing.T) (*PipelineRepo, Recipes) {
	t.Helper()
	recipes := newRecipes(t)
	p, err := BuildPipelineRepo(t.Context(), PipelineOptions{
		Dir: filepath.Join(t.TempDir(), "pipeline"), Validator: validator(t), Look: recipes.Good.LUT, Night: night,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, recipes
}

// The heart of the incident: the validator refuses, and the hook lets the commit pass all the same.
func TestHookLosesTheRejection(t *testing.T) {
	t.Parallel()
	p, recipes := buildRepo(t)
	done, err := p.CommitLUT(t.Context(), recipes.Drifted.LUT, night)
	if err != nil {
		t.Fatal(err)
	}
	log, err := p.HookLog()
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^2025-09-27T03:58:12Z validator: REJECT luts/brand\.cube p95 ΔE00 (\d+\.\d\d) > 2\.00
2025-09-27T03:58:12Z validator: exit status 1
2025-09-27T03:58:12Z hook: exit status 0
$`)
	if !want.Match(log) {
		t.Errorf("the hook's log is\n%swant a rejection that is lost", log)
	}
	if done.HookExit != 0 || done.Hash == "" || done.HookOutput != string(log) {
		t.Errorf("the commit is %+v, want one that passed and printed the log", done)
	}
	for _, revision := range []string{done.Hash, "main"} {
		table, err := cube.Read(strings.NewReader(p.show(t, "show", revision+":"+lutPath)))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := cube.Compare(table, recipes.Drifted.LUT, cube.CompareOptions{}); err != nil || c.Grid.Max > 0.01 {
			t.Errorf("the look at %s is ΔE00 %.3f from the drifted one (error %v), want it itself", revision, c.Grid.Max, err)
		}
	}
}

func TestHookPassesACorrectLook(t *testing.T) {
	t.Parallel()
	p, recipes := buildRepo(t)
	done, err := p.CommitLUT(t.Context(), recipes.Fixed.LUT, night)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(done.HookOutput, "validator: PASS luts/brand.cube p95 ΔE00 0.") || !strings.Contains(done.HookOutput, "validator: exit status 0\n") {
		t.Errorf("the hook said\n%swant a pass", done.HookOutput)
	}
}

// With the one option that it lacks, the same hook stops the same commit: the cause is the one we say.
func TestHookWithPipefailStops(t *testing.T) {
	t.Parallel()
	p, recipes := buildRepo(t)
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("this test runs a hook of bash: install it")
	}
	mended := strings.Replace(strings.Replace(hookScript, "#!/bin/sh", "#!"+shell, 1), "set -eu", "set -euo pipefail", 1)
	if err := p.write(repoFile{".git/hooks/pre-commit", mended, 0o755}); err != nil {
		t.Fatal(err)
	}
	before := p.show(t, "rev-parse", LUTBranch)
	done, err := p.CommitLUT(t.Context(), recipes.Drifted.LUT, night)
	if !errors.Is(err, ErrHookStopped) || done.HookExit != 1 || done.Hash != "" {
		t.Errorf("the commit is %+v, error %v, want it stopped with status 1", done, err)
	}
	if after := p.show(t, "rev-parse", LUTBranch); after != before {
		t.Errorf("%s moved from %s to %s", LUTBranch, before, after)
	}
}

func (p *PipelineRepo) show(t *testing.T, args ...string) string {
	t.Helper()
	out, err := p.git.output(context.Background(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestEvidenceShowsParallelReviews(t *testing.T) {
	t.Parallel()
	p, recipes := buildRepo(t)
	done, err := p.CommitLUT(t.Context(), recipes.Drifted.LUT, night)
	if err != nil {
		t.Fatal(err)
	}
	files, err := p.Evidence(t.Context(), done.Hash)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range files {
		content[f.Name] = string(f.Content)
	}
	for name, want := range map[string]string{
		"ci-logs/lut-hook.log": "REJECT luts/brand.cube",
		"git/lut-commit.diff":  "luts/brand.cube",
		"git/log.txt":          "commit " + done.Hash,
		"git/ci.yml":           "node scripts/validate-lut.mjs",
		"git/validate-lut.mjs": "LUT_3D_SIZE",
		"git/pre-commit":       "tee -a",
		"git/CODEOWNERS":       "/scripts/",
		"luts/before.cube":     "Oree house look",
		"luts/after.cube":      "Oree season look",
	} {
		if !strings.Contains(content[name], want) {
			t.Errorf("%s does not contain %q", name, want)
		}
	}
	if len(files) != 9 || len(content["git/lut-commit.diff"]) > MaxDiff+200 {
		t.Errorf("%d files, a diff of %d bytes; want 9 and a bounded diff", len(files), len(content["git/lut-commit.diff"]))
	}
	if regexp.MustCompile(`(?m)^(\*|/?luts/?\s|/?luts/\*|\S*\.cube)`).MatchString(content["git/CODEOWNERS"]) {
		t.Error("the looks have an owner, want the gap")
	}
	log := content["git/log.txt"]
	for _, want := range []string{
		"Reviewed-by: Ines Caron <ines.caron@oree.example>\nReview-branch: review/lut-refresh\n",
		"Reviewed-by: Tomas Varga <tomas.varga@oree.example>\nReview-branch: review/encoder-flags\n",
		"subject Merge review/lut-refresh\n", "subject Merge review/encoder-flags\n", "date 2025-09-27T03:58:12+00:00\n", "\nluts/brand.cube\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	// Parallel: neither branch contains the other, and both fork from one commit.
	if fork := p.show(t, "merge-base", EncoderBranch, LUTBranch); fork == p.show(t, "rev-parse", EncoderBranch) || fork == p.show(t, "rev-parse", LUTBranch) {
		t.Error("one branch contains the other: the reviews were not parallel")
	}
}

func TestPipelineRepoIsReproducible(t *testing.T) {
	t.Parallel()
	var hashes [2]string
	for i := range hashes {
		p, recipes := buildRepo(t)
		done, err := p.CommitLUT(t.Context(), recipes.Drifted.LUT, night)
		if err != nil {
			t.Fatal(err)
		}
		hashes[i] = done.Merge
	}
	if hashes[0] != hashes[1] {
		t.Errorf("two builds end in %s and %s, want the same commit: something of the machine leaked in", hashes[0], hashes[1])
	}
}

// The validator of the CI is honest about what it checks, and passes the drifted look.
func TestScriptChecksOnlyForm(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("this test runs the script of a CI: install Node.js (Debian: nodejs), as .ci/run does")
	}
	p, recipes := buildRepo(t)
	if _, err := p.CommitLUT(t.Context(), recipes.Drifted.LUT, night); err != nil {
		t.Fatal(err)
	}
	run := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), node, "scripts/validate-lut.mjs")
		cmd.Dir = p.git.dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || out != "luts/brand.cube: 4913 rows, size 17: ok\n" {
		t.Errorf("the script said %q (error %v) of the drifted look, want ok", out, err)
	}
	if err := p.write(repoFile{lutPath, "LUT_3D_SIZE 2\n0 0 0\n", 0o644}); err != nil {
		t.Fatal(err)
	}
	if out, err := run(); err == nil {
		t.Errorf("the script said %q of a table with one row, want it refused", out)
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	look, err := GoodLUT()
	if err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]PipelineOptions{
		"a used folder":        {Dir: used, Validator: "/bin/true", Look: look, Night: night},
		"no look":              {Dir: t.TempDir(), Validator: "/bin/true", Night: night},
		"no time":              {Dir: t.TempDir(), Validator: "/bin/true", Look: look},
		"a relative validator": {Dir: t.TempDir(), Validator: "safelight", Look: look, Night: night},
	} {
		if _, err := BuildPipelineRepo(t.Context(), o); err == nil {
			t.Errorf("%s: built, want an error", name)
		}
	}
}

// It changes the environment, and so does not run in parallel.
func TestMissingGitIsOneSentence(t *testing.T) {
	look, err := GoodLUT()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", t.TempDir())
	_, err = BuildPipelineRepo(t.Context(), PipelineOptions{Dir: filepath.Join(t.TempDir(), "p"), Validator: "/bin/true", Look: look, Night: night})
	if !errors.Is(err, ErrNoGit) || strings.Contains(err.Error(), "\n") {
		t.Errorf("without git: %v, want ErrNoGit in one line", err)
	}
}

func TestCutLines(t *testing.T) {
	t.Parallel()
	text := []byte("one\ntwo\nthree\n")
	if got := string(cutLines(text, len(text))); got != string(text) {
		t.Errorf("a text that fits became %q", got)
	}
	if got, want := string(cutLines(text, 9)), "one\ntwo\n… 1 more lines; both tables are kept in full\n"; got != want {
		t.Errorf("cut to %q, want %q", got, want)
	}
}
