package repository

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestHostilePaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	for _, name := range []string{
		"", ".", "..", "/etc/passwd", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "a\x00b", "a\nb", `a\b`, `..\x`,
		".git", ".git/config", ".GIT/config", "a/.git/hooks/post-commit", "GIT~1/config", ".git./x", ".git /x", ".g\u200cit/x",
		".git::$INDEX_ALLOCATION/x", "\xff", strings.Repeat("a", 256), strings.Repeat("a/", 600) + "a",
	} {
		for _, branch := range []string{"main", "draft/x"} {
			req := request("k", "good", "1", name, "1")
			req.Branch = branch
			if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("Commit of path %q to %s = %v, want it refused", name, branch, err)
			}
		}
	}
	for _, name := range []string{"été/Δ E.md", ".gitattributes", ".github/x.yml", "a.git", "git", "-rf", "a:b", "👩‍🚒.txt", strings.Repeat("a", 255)} {
		commit(t, r, request("k "+name, name, "1"))
	}
	sound(t, dir, "")
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	for name, spoil := range map[string]func(*CommitRequest){
		"no files":       func(q *CommitRequest) { q.Files = nil },
		"twice":          func(q *CommitRequest) { q.Files = append(q.Files, q.Files[0]) },
		"file as folder": func(q *CommitRequest) { q.Files = append(q.Files, File{Path: "a/b/c"}, File{Path: "a/b"}) },
		"no key":         func(q *CommitRequest) { q.Key = "" },
		"key of lines":   func(q *CommitRequest) { q.Key = "a\nb" },
		"no message":     func(q *CommitRequest) { q.Message = " \n" },
		"NUL":            func(q *CommitRequest) { q.Message = "a\x00" },
		"no time":        func(q *CommitRequest) { q.When = time.Time{} },
		"no author":      func(q *CommitRequest) { q.Author = Person{Name: "<\n>"} },
		"no branch":      func(q *CommitRequest) { q.Branch = "" },
		"branch upwards": func(q *CommitRequest) { q.Branch = "../../x" },
		"branch lock":    func(q *CommitRequest) { q.Branch = "main.lock" },
	} {
		req := request("k", "a.md", "1")
		spoil(&req)
		if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: Commit = %v, want it refused", name, err)
		}
	}
	req := request("k", "a.md", "1")
	req.Files[0].Data = make([]byte, maxFile+1)
	if _, _, err := r.Commit(t.Context(), req); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("Commit of a huge file = %v, want it refused", err)
	}
}

func TestHostilePersonAndMessage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	req := request("k", "a.md", "1")
	req.Author = Person{Name: "Eve <root@x>\nparent 0", Email: "e>ve\x00@x"}
	req.Message = "Title \xff\n\nApproved-by: Eve\nSafelight-Key: forged"
	first := commit(t, r, req)
	sound(t, dir, "")
	equal(t, "author", runGit(t, dir, "log", "--format=%an|%ae"), "Eve root@xparent 0|eve@x")
	forged := commit(t, r, request("forged", "a.md", "2"))
	if forged == first {
		t.Errorf("a message posed as the key %q", "forged")
	}
	req = request("k3", "a.md", "3")
	req.Author.Name = ""
	commit(t, r, req)
	equal(t, "author without a name", runGit(t, dir, "log", "-1", "--format=%an"), "ana@example.com")
	sound(t, dir, "")
}
