package collect

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// taken keeps what a collector hands over.
type taken map[string]File

func (k taken) take(f File) error {
	data, err := io.ReadAll(f.Data)
	if err != nil {
		return err
	}
	f.Data = strings.NewReader(string(data))
	k[f.Path] = f
	return nil
}

func (k taken) text(path string) string {
	f, ok := k[path]
	if !ok {
		return "no " + path
	}
	data, _ := io.ReadAll(f.Data)
	f.Data = strings.NewReader(string(data))
	k[path] = f
	return string(data)
}

// TestGitHub asks a server that is written from GitHub's documentation (REST API 2022-11-28, "Workflow jobs"): the log of a
// job is behind a redirect to another host, which must not see the token.
func TestGitHub(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_CI_TOKEN", "hush-hush")
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token was sent on to the host of the logs")
		}
		fmt.Fprintf(w, "2025-09-27T04:01:00.0000000Z validate-lut %s\n", r.URL.Path)
	}))
	defer storage.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hush-hush" || r.Header.Get("Accept") != "application/vnd.github+json" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"message": "Bad credentials"}`)
			return
		}
		switch r.URL.Path {
		case "/repos/studio/pipeline/actions/runs/42/jobs":
			fmt.Fprint(w, `{"total_count": 3, "jobs": [
				{"id": 1, "run_id": 42, "status": "completed", "conclusion": "success", "name": "validate lut", "started_at": "2025-09-27T04:00:10Z", "completed_at": "2025-09-27T04:01:10Z", "html_url": "https://github.com/studio/pipeline/actions/runs/42/job/1"},
				{"id": 2, "run_id": 42, "status": "completed", "conclusion": "failure", "name": "../../etc/passwd"},
				{"id": 3, "run_id": 42, "status": "queued", "conclusion": null, "name": "deploy"}]}`)
		case "/repos/studio/pipeline/actions/jobs/1/logs", "/repos/studio/pipeline/actions/jobs/2/logs":
			// The name "127.0.0.1" is another host than "localhost".
			http.Redirect(w, r, strings.Replace(storage.URL, "127.0.0.1", "localhost", 1)+r.URL.Path+"?sig=secret-signature", http.StatusFound)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message": "Not Found"}`)
		}
	}))
	defer api.Close()
	s := CISource{Kind: "github", URL: api.URL, Project: "studio/pipeline", TokenEnv: "SAFELIGHT_TEST_CI_TOKEN"}
	got := taken{}
	if err := CI(t.Context(), "build", s, "42", got.take); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || !strings.Contains(got.text("ci-logs/build-42/1-validate-lut.log"), "validate-lut /repos/studio/pipeline/actions/jobs/1/logs") ||
		!strings.HasPrefix(got.text("ci-logs/build-42/2-etc-passwd.log"), "2025") {
		t.Errorf("taken is %v", got)
	}
	var jobs []job
	if err := json.Unmarshal([]byte(got.text("ci-logs/build-42/jobs.json")), &jobs); err != nil || len(jobs) != 3 || jobs[1].Conclusion != "failure" {
		t.Errorf("the list of jobs is %+v, %v", jobs, err)
	}
	t.Setenv("SAFELIGHT_TEST_CI_TOKEN", "wrong-hush")
	for what, test := range map[string]struct {
		run  string
		kind error
	}{"a wrong token": {"42", journal.ErrForbidden}, "no run": {"../42", journal.ErrInvalid}} {
		if err := CI(t.Context(), "build", s, test.run, got.take); !errors.Is(err, test.kind) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: CI = %v, want %v without the token", what, err, test.kind)
		}
	}
}

// TestGitLab asks a server that is written from GitLab's documentation ("Jobs API": list pipeline jobs, get a job's log).
func TestGitLab(t *testing.T) {
	t.Setenv("SAFELIGHT_TEST_CI_TOKEN", "hush-hush")
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hush-hush" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.URL.EscapedPath() {
		case "/api/v4/projects/studio%2Fimage%2Fpipeline/pipelines/7/jobs":
			if r.URL.Query().Get("page") == "2" {
				fmt.Fprint(w, `[{"id": 1100, "name": "last", "stage": "deploy", "status": "success"}]`)
				return
			}
			var page []string
			for i := range 100 {
				page = append(page, fmt.Sprintf(`{"id": %d, "name": "job %d", "stage": "test", "status": "success", "finished_at": "2025-09-27T04:01:10Z", "web_url": "https://gitlab.example/j/%d"}`, 1000+i, i, i))
			}
			fmt.Fprint(w, "["+strings.Join(page, ",")+"]")
		case "/api/v4/projects/studio%2Fimage%2Fpipeline/jobs/1100/trace":
			fmt.Fprint(w, "\x1b[0KRunning with gitlab-runner 17.4\n")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer api.Close()
	got := taken{}
	s := CISource{Kind: "gitlab", URL: api.URL + "/api/v4", Project: "studio/image/pipeline", TokenEnv: "SAFELIGHT_TEST_CI_TOKEN"}
	if err := CI(t.Context(), "build", s, "7", got.take); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !strings.Contains(got.text("ci-logs/build-7/1100-last.log"), "gitlab-runner") {
		t.Errorf("taken is %v, want the list and the one log that there is", got)
	}
}

func TestLongLog(t *testing.T) {
	t.Parallel()
	endless := &limited{r: endless{}, left: 1 << 20, what: "the log"}
	if _, err := io.Copy(io.Discard, endless); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("an endless log gives %v, want too large", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestGit makes a history with the real git and compares what is collected with what git says.
func TestGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=Ana Ruiz", "GIT_AUTHOR_EMAIL=a@x",
			"GIT_COMMITTER_NAME=Ana Ruiz", "GIT_COMMITTER_EMAIL=a@x", "GIT_COMMITTER_DATE=2025-09-26T12:00:00+02:00", "GIT_AUTHOR_DATE=2025-09-26T12:00:00+02:00")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	run("init", "-q", "-b", "main")
	put("luts/brand.cube", "old\n")
	put("README.md", "hello\n")
	put(".github/CODEOWNERS", "/luts/ @studio/brand\n")
	run("add", ".")
	run("commit", "-qm", "first")
	run("tag", "good")
	run("switch", "-qc", "warm")
	put("luts/brand.cube", "new\n")
	put("README.md", "hello, world\n")
	run("add", ".")
	run("commit", "-qm", "Warm the table\n\nReviewed-by: Bob\nReview-branch: warm")
	run("switch", "-q", "main")
	run("merge", "-q", "--no-ff", "-m", "Merge branch 'warm'", "warm")
	got := taken{}
	if err := Git(t.Context(), "pipeline", GitSource{Repository: dir, Paths: []string{"luts/"}, Files: []string{".github/CODEOWNERS", "CODEOWNERS"}}, "good", "main", got.take); err != nil {
		t.Fatal(err)
	}
	base := fmt.Sprintf("git/pipeline-%.10s-%.10s", run("rev-parse", "good"), run("rev-parse", "main"))
	diff := got.text(base + ".diff")
	for _, want := range []string{"--- a/luts/brand.cube", "+++ b/luts/brand.cube", "-old", "+new"} {
		if !strings.Contains(diff, want) {
			t.Errorf("the difference lacks %q:\n%s", want, diff)
		}
	}
	if strings.Contains(diff, "README") {
		t.Errorf("the difference shows what does not matter:\n%s", diff)
	}
	for name, want := range map[string]string{
		"/before/luts/brand.cube": "old\n", "/after/luts/brand.cube": "new\n", "/github/CODEOWNERS": "/luts/ @studio/brand\n",
	} {
		if text := got.text(base + name); text != want {
			t.Errorf("%s is %q, want %q", name, text, want)
		}
	}
	if len(got) != 5 {
		t.Errorf("taken is %v, want difference, log, both tables and the one file that there is", got)
	}
	// The form that causes are looked for in, as git writes it.
	want := run("log", "--format=commit %H%nparents %P%nauthor %an%ndate %cI%nsubject %s%n%(trailers:key=Reviewed-by,key=Review-branch)", "--name-only", "good..main")
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if log := got.text(base + ".log"); squeeze(log) != squeeze(want) {
		t.Errorf("the log is\n%s\nwant\n%s", log, want)
	}
	for _, bad := range []string{"", "--all", "nowhere"} {
		if err := Git(t.Context(), "pipeline", GitSource{Repository: dir}, bad, "main", got.take); err == nil {
			t.Errorf("Git from %q is taken", bad)
		}
	}
}

const day = `[{"type":"message","user":"U1","text":"the palette is off, <@U2>","ts":"1758946380.000200","user_profile":{"real_name":"Ana Ruiz"}},
{"type":"message","user":"U2","text":"looking\nnow","ts":"1758946440.000100"},
{"type":"message","subtype":"bot_message","bot_id":"B7","text":"deploy done","ts":"1758946320.0"},
{"type":"message","user":"U1","text":"private matters of the week before","ts":"1758346440.000100"},
{"type":"channel_join","user":"U3","ts":"1758946445.0"}]`

// TestSlack reads an export as Slack writes it, and keeps nothing from outside of the time.
func TestSlack(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range map[string]string{
		"users.json": `[{"id":"U1","name":"ana","real_name":"Ana Ruiz"},{"id":"U2","name":"bob","real_name":""}]`, "channels.json": `[]`,
		"incident-1/2025-09-27.json": day, "random/2025-09-27.json": `[{"type":"message","user":"U1","text":"lunch","ts":"1758946390.0"}]`,
	} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC), time.Date(2025, 9, 27, 6, 0, 0, 0, time.UTC)
	const path = "chat/incident-1-20250927T0400Z-20250927T0600Z.txt"
	const want = `# #incident-1, 2025-09-27T04:00:00Z to 2025-09-27T06:00:00Z, 3 messages
2025-09-27T04:12:00Z B7: deploy done
2025-09-27T04:13:00Z Ana Ruiz: the palette is off, @bob
2025-09-27T04:14:00Z bob: looking
    now
`
	got := taken{}
	if err := SlackExport(bytes.NewReader(archive.Bytes()), int64(archive.Len()), "incident-1", from, to, got.take); err != nil {
		t.Fatal(err)
	}
	if text := got.text(path); text != want {
		t.Errorf("the chat is\n%s\nwant\n%s", text, want)
	}
	for _, text := range []string{day, `{"ok":true,"messages":` + day + `,"has_more":false}`} {
		got = taken{}
		if err := SlackChannel(strings.NewReader(text), "incident-1", from, to, got.take); err != nil {
			t.Fatal(err)
		}
		if text := got.text(path); !strings.Contains(text, "Ana Ruiz: the palette is off") || strings.Contains(text, "private") {
			t.Errorf("the chat is\n%s", text)
		}
	}
	if err := SlackExport(bytes.NewReader(archive.Bytes()), int64(archive.Len()), "no-such", from, to, got.take); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("an unknown channel = %v, want not found", err)
	}
	if err := SlackExport(strings.NewReader("x"), 1, "a", from, to, got.take); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("no zip = %v, want invalid", err)
	}
}

func FuzzSlack(f *testing.F) {
	f.Add([]byte(day))
	f.Add([]byte(`{"messages":[{"ts":"1e99"},{"ts":"NaN"},{"ts":"-1"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		err := SlackChannel(bytes.NewReader(text), "a/b", time.Unix(0, 0), time.Unix(1<<40, 0), func(file File) error {
			n++
			if strings.Contains(file.Path, "..") || strings.Count(file.Path, "/") != 1 {
				t.Errorf("the chat is kept as %q", file.Path)
			}
			_, err := io.Copy(io.Discard, file.Data)
			return err
		})
		if err == nil && n != 1 {
			t.Errorf("%d files were kept, want one", n)
		}
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, bad := range []Config{
		{Git: map[string]GitSource{"A": {Repository: "x"}}}, {Git: map[string]GitSource{"a": {}}}, {CI: map[string]CISource{"a": {Kind: "jenkins", Project: "a/b"}}},
		{CI: map[string]CISource{"a": {Kind: "github", Project: "b"}}}, {CI: map[string]CISource{"a": {Kind: "gitlab", Project: "b", URL: "https://me:hush@x"}}},
	} {
		if err := bad.Validate(); !errors.Is(err, journal.ErrInvalid) || strings.Contains(err.Error(), "hush") {
			t.Errorf("Validate of %+v = %v, want it refused", bad, err)
		}
	}
	good := Config{Git: map[string]GitSource{"a": {Repository: "x"}}, CI: map[string]CISource{"a": {Kind: "github", Project: "o/r"}, "b": {Kind: "gitlab", Project: "12"}}}
	if err := good.Validate(); err != nil {
		t.Errorf("Validate = %v", err)
	}
}
