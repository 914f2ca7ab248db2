package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// board gives a house a control board.
func (h *house) board() {
	h.t.Helper()
	for login, domain := range map[string]people.Domain{"bruno": people.Brand, "sami": people.SRE} {
		p, err := h.AddPerson(h.t.Context(), people.Person{Login: login, Role: people.Board, Domain: domain, Email: login + "@house.example"}, "")
		if err != nil {
			h.t.Fatal(err)
		}
		h.persons[login] = p
	}
}

// submitted declares an incident and takes its postmortem to the board.
func (h *house) submitted() (id, hash string) {
	h.t.Helper()
	h.board()
	id = h.declare()
	h.do("nora", id, incident.Acknowledge{})
	err := h.AddEvidence(h.t.Context(), h.as("lea"), id, web.EvidenceUpload{Path: "ci-logs/hook.log", Kind: "hook-log", Data: strings.NewReader("exit 1")})
	if err != nil {
		h.t.Fatal(err)
	}
	h.do("nora", id, incident.Resolve{Text: "the old table is back"})
	if err := h.DraftPostmortem(h.t.Context(), h.as("lea"), id); err != nil {
		h.t.Fatal(err)
	}
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	h.do("lea", id, postmortem.Submit{SHA256: c.Analysis.SHA256})
	return id, c.Analysis.SHA256
}

func (h *house) approve(id, hash string) {
	h.t.Helper()
	h.do("bruno", id, postmortem.Approve{SHA256: hash})
	h.do("sami", id, postmortem.Approve{SHA256: hash})
}

// effect gives what the pages show of one kind of effect; nil where it is done.
func (h *house) effect(id, kind string) *web.Effect {
	h.t.Helper()
	c, err := h.Case(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range c.Effects {
		if e.Kind == kind {
			return &e
		}
	}
	return nil
}

// publications counts the commits on main that publish an incident, and gives the last.
func (h *house) publications(id string) (n int, last string) {
	h.t.Helper()
	r, err := git.PlainOpen(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	ref, err := r.Reference(plumbing.NewBranchReferenceName(mainBranch), true)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return 0, ""
	}
	if err != nil {
		h.t.Fatal(err)
	}
	log, err := r.Log(&git.LogOptions{From: ref.Hash()})
	if err != nil {
		h.t.Fatal(err)
	}
	err = log.ForEach(func(c *object.Commit) error {
		if strings.HasPrefix(c.Message, id+": publish the postmortem") {
			if n++; n == 1 {
				last = c.Hash.String()
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n, last
}

// leftovers names the files of a publication that are in the work tree.
func (h *house) leftovers() []string {
	h.t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(h.dir, filepath.FromSlash(h.config.Root)), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return names
}

// wantPublished checks the published files of an incident against each other.
func (h *house) wantPublished(id string) {
	h.t.Helper()
	s := h.state(id)
	n, commit := h.publications(id)
	if s.Publication == nil || n != 1 || s.Publication.Commit != commit {
		h.t.Fatalf("the journal names %+v, main has %d publications, the last %s; want one and the same", s.Publication, n, commit)
	}
	for _, name := range []string{id + ".md", id + ".fr.md", id + ".json", "reports.csv"} {
		if data, err := h.Published(h.t.Context(), name, ""); err != nil || len(data) == 0 {
			h.t.Errorf("published file %s: %d bytes, %v", name, len(data), err)
		}
	}
	reports, err := csv.NewReader(bytes.NewReader(h.read(h.config.Root + "/reports.csv"))).ReadAll()
	if err != nil || len(reports) != 2 || !strings.Contains(strings.Join(reports[1], ","), id) {
		h.t.Errorf("reports.csv = %v, %v; want a header and one row", reports, err)
	}
	dir := evidenceDir(id)
	var manifest struct {
		Files []struct{ Path, SHA256 string }
	}
	if err := json.Unmarshal(h.read(dir+"/manifest.json"), &manifest); err != nil || len(manifest.Files) != 1 {
		h.t.Fatalf("manifest %+v, %v; want one file", manifest, err)
	}
	for _, f := range manifest.Files {
		if got := digestOf(h.read(dir + "/" + f.Path)); got != f.SHA256 {
			h.t.Errorf("%s has digest %s, the manifest says %s", f.Path, got, f.SHA256)
		}
	}
}

// A repository that cannot be written delays the publication and shows why;
// nobody is held up, nothing is half there, and then it is published once.
func TestDamagedRepositoryDelaysPublication(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(h *house) (mend func()){
		"its HEAD is damaged": func(h *house) func() {
			head := h.read(".git/HEAD")
			h.write(".git/HEAD", []byte("\x00garbage"))
			return func() { h.write(".git/HEAD", head) }
		},
		"a file lies where the folder of postmortems should be": func(h *house) func() {
			h.write("run", nil)
			return func() {
				if err := os.Remove(filepath.Join(h.dir, "run")); err != nil {
					h.t.Fatal(err)
				}
			}
		},
		"reports.csv is damaged": func(h *house) func() {
			if err := os.MkdirAll(filepath.Join(h.dir, "run/_/postmortems/reports.csv"), 0o755); err != nil {
				h.t.Fatal(err)
			}
			return func() {
				if err := os.RemoveAll(filepath.Join(h.dir, "run")); err != nil {
					h.t.Fatal(err)
				}
			}
		},
		"another git process is at work": func(h *house) func() {
			h.write(".git/index.lock", []byte("of a person's git"))
			return func() {
				if err := os.Remove(filepath.Join(h.dir, ".git/index.lock")); err != nil {
					h.t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			id, hash := h.submitted()
			h.idle()
			mend := damage(h)
			h.approve(id, hash)
			h.until("the failed publication to show", func() bool {
				e := h.effect(id, postmortem.EffectPublish)
				return e != nil && e.LastError != ""
			})
			h.do("nora", id, incident.AddNote{Text: "the core goes on"})
			if s := h.state(id); s.PublishedAt != nil {
				t.Error("it counts as published while the repository is damaged")
			}
			if names := h.leftovers(); len(names) != 0 {
				t.Errorf("a publication that failed left %v", names)
			}
			mend()
			h.until("the publication", func() bool { return h.state(id).PublishedAt != nil })
			h.idle()
			h.wantPublished(id)
		})
	}
}

// The process may die between the commit and its entry in the journal: the
// effect comes again and finds its commit.
func TestPublishingTwiceIsOneCommit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	h.idle()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	var err error // opened, but its effects wait
	h.App, err = New(t.Context(), Options{Dir: h.dir, Config: h.config, Now: h.clock, Replayed: true, Log: h.log})
	if err != nil {
		t.Fatal(err)
	}
	stopped := h.App
	h.approve(id, hash)
	e := postmortem.PublishEffect{Incident: id, Revision: 1, SHA256: hash}
	first, err := h.publish(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	h.move(1e9)
	second, err := h.publish(t.Context(), e)
	if err != nil || first.command != second.command {
		t.Errorf("published again it gave %+v, %v; want %+v", second, err, first)
	}
	if err := stopped.Close(); err != nil { // the process dies
		t.Fatal(err)
	}
	h.open()
	h.idle()
	h.wantPublished(id)
}

func TestPublicationOfAnEditedRevisionIsDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id, hash := h.submitted()
	h.idle()
	_, err := h.publish(context.Background(), postmortem.PublishEffect{Incident: id, Revision: 1, SHA256: hash})
	if dropped := (*store.DroppedError)(nil); !errors.As(err, &dropped) {
		t.Errorf("publishing what the board has not approved gave %v, want it dropped", err)
	}
	if n, _ := h.publications(id); n != 0 {
		t.Errorf("main has %d publications, want none", n)
	}
}

// Closing computes the checklist itself, whatever the caller says is open.
func TestCloseComputesTheChecklist(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.board()
	id, err := h.Declare(t.Context(), h.as("nora"), web.Declaration{Pipeline: "catalogue", Severity: "S3", Title: "a shade off"})
	if err != nil {
		t.Fatal(err)
	}
	h.do("nora", id, incident.Resolve{Text: "gone"})
	c, err := h.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	waive := map[string]string{}
	for _, line := range c.Checklist(h.clock()) {
		if !line.Done {
			waive[line.Name] = "minor"
		}
	}
	if _, open := waive[postmortem.LineRCA]; !open || len(waive) == 5 {
		t.Fatalf("open lines are %v, want the RCA among them and what is done not", waive)
	}
	err = h.Do(t.Context(), h.as("bruno"), id, incident.Close{Open: nil})
	if !errors.Is(err, journal.ErrConflict) {
		t.Errorf("closing over open lines gave %v, want ErrConflict", err)
	}
	if err = h.Do(t.Context(), h.as("lea"), id, incident.Close{Waive: waive}); !errors.Is(err, journal.ErrForbidden) {
		t.Errorf("a waiver by who is not of the board gave %v, want ErrForbidden", err)
	}
	h.do("bruno", id, incident.Close{Open: []string{"invented"}, Waive: waive})
	if s := h.state(id); s.Closed == nil || len(s.Waived) != len(waive) || s.Waived["invented"] != "" {
		t.Errorf("closed = %+v with waivers %v, want %v", s.Closed, s.Waived, waive)
	}
}

func TestDeclarationIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, d := range map[string]web.Declaration{
		"an unknown pipeline": {Pipeline: "nowhere", Severity: "S1", Title: "x"},
		"an unknown severity": {Pipeline: "catalogue", Severity: "S9", Title: "x"},
		"no title":            {Pipeline: "catalogue", Severity: "S1"},
	} {
		if _, err := h.Declare(t.Context(), h.as("nora"), d); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s gave %v, want ErrInvalid", name, err)
		}
	}
	if err := h.Do(t.Context(), h.as("nora"), h.declare(), "no command"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a command that nobody owns gave %v, want ErrInvalid", err)
	}
	if err := h.Do(t.Context(), h.as("nora"), "PM-2025-09-27-77", incident.Acknowledge{}); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a command on no incident gave %v, want ErrNotFound", err)
	}
}
