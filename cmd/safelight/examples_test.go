package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// shop is a team's repository with what examples/ has, in which the real git, node and npm work.
type shop struct {
	t   *testing.T
	dir string
	env []string
}

// openShop puts the program on PATH, and the examples into a repository with a branch on which a colour table has drifted.
func openShop(t *testing.T) shop {
	t.Helper()
	for _, program := range []string{"git", "node", "npm", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: .ci/run installs it", program)
		}
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "safelight"), ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s := shop{t, t.TempDir(), append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=ana", "GIT_AUTHOR_EMAIL=ana@example.org", "GIT_COMMITTER_NAME=ana", "GIT_COMMITTER_EMAIL=ana@example.org", "XDG_CACHE_HOME="+t.TempDir())}
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/node")); err != nil {
		t.Fatal(err)
	}
	s.put("safelight.yaml", "language: en\nguards: {luts: [{path: \"luts/*.cube\", maxDeltaE: 2}]}\n")
	s.table(1)
	s.good("git", "init", "-q", "-b", "main")
	s.good("git", "add", ".")
	s.good("git", "commit", "-qm", "base")
	s.good("git", "switch", "-qc", "season")
	s.table(0.8)
	s.good("git", "commit", "-qam", "season")
	return s
}

func (s shop) put(name, text string) {
	s.t.Helper()
	at := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// table writes a colour table that keeps a share of the green.
func (s shop) table(share float64) {
	var b strings.Builder
	b.WriteString("LUT_3D_SIZE 2\n")
	for i := range 8 {
		fmt.Fprintf(&b, "%d %g %d\n", i&1, float64(i>>1&1)*share, i>>2)
	}
	s.put("luts/brand.cube", b.String())
}

func (s shop) run(args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s shop) good(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// stopped runs what must be stopped, and wants the sentence of the gate.
func (s shop) stopped(args ...string) {
	s.t.Helper()
	out, err := s.run(args...)
	if err == nil || !regexp.MustCompile(`luts/brand\.cube: DeltaE00 \d+\.\d\d exceeds 2\.00`).MatchString(out) {
		s.t.Errorf("%v: %v, without the sentence:\n%s", args, err, out)
	}
}

// TestExampleOfNode runs the scripts of the example as a team would.
func TestExampleOfNode(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.stopped("node", "scripts/pre-merge-checks.mjs", "main")
	s.stopped("npm", "run", "-s", "pre-merge", "--", "main")
	s.good("git", "show", "main:luts/brand.cube")
	s.good("sh", "-c", "git show main:luts/brand.cube >old.cube")
	s.stopped("node", "scripts/validate-lut.mjs", "luts/brand.cube", "old.cube")
	s.good("node", "scripts/validate-lut.mjs", "old.cube", "old.cube")
	s.good("npm", "run", "-s", "test", "--", "--filter=incident")
	s.table(0.997)
	s.good("node", "scripts/pre-merge-checks.mjs", "main")
}

// TestExampleOfAHook: the hook of the example stops the merge.
func TestExampleOfAHook(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	hook, err := os.ReadFile("../../examples/pre-merge-commit")
	if err != nil {
		t.Fatal(err)
	}
	s.put(".git/hooks/pre-merge-commit", string(hook))
	s.good("git", "config", "merge.ff", "false")
	s.good("git", "switch", "-q", "main")
	s.stopped("git", "merge", "--no-edit", "season")
}

// TestExampleWorkflows runs the shell steps of the workflows as they stand, with what the forges set.
func TestExampleWorkflows(t *testing.T) {
	t.Parallel()
	var github struct {
		Jobs map[string]struct{ Steps []struct{ Name, Run string } }
	}
	var gitlab map[string]struct {
		Script      []string
		AfterScript []string `yaml:"after_script"`
	}
	for name, into := range map[string]any{"github.yml": &github, "gitlab.yml": &gitlab} {
		text, err := os.ReadFile("../../examples/workflows/" + name)
		if err == nil {
			err = yaml.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	s := openShop(t)
	s.good("git", "update-ref", "refs/remotes/origin/main", "main")
	s.env = append(s.env, "GITHUB_BASE_REF=main", "GITHUB_STEP_SUMMARY="+filepath.Join(s.dir, "summary.md"),
		"CI_MERGE_REQUEST_DIFF_BASE_SHA="+strings.TrimSpace(s.good("git", "rev-parse", "main")))
	ran := 0
	for _, step := range github.Jobs["gate"].Steps {
		switch step.Name {
		case "gate":
			s.stopped("bash", "-e", "-c", step.Run)
			ran++
		case "findings":
			s.good("bash", "-e", "-c", step.Run)
			ran++
		}
	}
	for _, line := range gitlab["images"].Script {
		s.stopped("bash", "-e", "-c", line)
		ran++
	}
	for _, line := range gitlab["images"].AfterScript {
		s.good("bash", "-e", "-c", line)
		ran++
	}
	if ran != 4 {
		t.Errorf("%d steps were run, want 4", ran)
	}
	for _, name := range []string{"safelight.html", "safelight.sarif", "summary.md", "safelight.json", "safelight.xml"} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}
