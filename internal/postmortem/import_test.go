package postmortem

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// published lists the postmortems of others that tests may read.
func published(t testing.TB) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(corpora.Dir(t, "postmortems"), func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "LICENSE" {
			files = append(files, p)
		}
		return err
	})
	if err != nil || len(files) < 25 {
		t.Fatalf("%d public postmortems found, want 25 at least: %v", len(files), err)
	}
	return files
}

// TestPublishedPostmortemsRoundTrip reads every public postmortem as it is, and writes it again byte for byte, from Markdown and from JSON.
func TestPublishedPostmortemsRoundTrip(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	for _, file := range published(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := mustParse(t, string(src))
		if got := d.Markdown(d.Lang); !bytes.Equal(got, src) {
			t.Errorf("%s: writes %d bytes, want the %d that were read", filepath.Base(file), len(got), len(src))
		}
		checkJSON(t, d)
		if err := fits(t, s, d); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

// TestImportLosesNoWord imports every public postmortem: each word is in a field or stands verbatim, and what is written can be read.
func TestImportLosesNoWord(t *testing.T) {
	t.Parallel()
	for _, file := range published(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		im, err := Import(src, ImportOptions{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if err := im.Document.Validate(); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		text := bag(string(im.Document.Markdown(im.Document.Lang)))
		for word, n := range bag(string(src)) {
			if text[word] < n && !mappedAway[word] {
				t.Errorf("%s: %q stands %d times, %d after the import", filepath.Base(file), word, n, text[word])
			}
		}
		checkJSON(t, im.Document)
	}
}

// mappedAway are the words of headings that give way to ours.
var mappedAway = map[string]bool{}

func init() {
	for _, names := range []map[string]string{englishHeadings, frenchHeadings} {
		for h := range names {
			for w := range bag(h) {
				mappedAway[w] = true
			}
		}
	}
	for _, w := range []string{"who", "what", "when", "time", "event", "x", "findings"} {
		mappedAway[w] = true
	}
}

func bag(s string) map[string]int {
	words := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r <= ' ' || strings.ContainsRune("|#*-–—:,.`()[]\u00a0\ufeff", r) }) {
		words[w]++
	}
	return words
}

// TestImportOfDFDS reads a published postmortem: its timeline, its factors, its actions and its lesson are fields, the rest stands below.
func TestImportOfDFDS(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile(filepath.Join(corpora.Dir(t, "postmortems"), "dfds", "PM2022-006 - ALB 502 errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	im, err := Import(src, ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := im.Document
	if im.Form != FormGeneric || d.Lang != phrase.English {
		t.Errorf("read as %s in %s, want generic in en", im.Form, d.Lang)
	}
	if len(d.Timeline) != 10 || d.Timeline[1].Event != "Traefik v2 went live in its own namespace" || len(d.RCA.Contributing) != 4 || len(d.Actions) != 4 || len(d.Lessons) != 1 {
		t.Errorf("timeline %d, contributing %d, actions %d, lessons %d; want 10, 4, 4, 1", len(d.Timeline), len(d.RCA.Contributing), len(d.Actions), len(d.Lessons))
	}
	if !strings.HasPrefix(d.Context.Impact, "A team reports small amount of randomly distributed HTTP 502 errors") {
		t.Errorf("impact = %q", d.Context.Impact)
	}
	if want := []string{"ALB 502 Errors", "Timeline", "Contributing Factors", "Attendees", "Stats"}; !slices.Equal(im.Kept, want) {
		t.Errorf("kept %q, want %q", im.Kept, want)
	}
}

const sreExample = `# Shakespeare Sonnet++ Postmortem (incident #465)

### Date
2015-10-21

### Authors
jennifer, martym, agoogler

### Status
Complete, action items in progress

### Summary
Shakespeare Search down for 66 minutes during period of very high interest in Shakespeare due to discovery of a new sonnet.

### Impact
Estimated 1.21B queries lost, no revenue impact.

### Root Causes
Cascading failure due to combination of exceptionally high load and a resource leak when searches failed due to terms not being in the Shakespeare corpus.

### Trigger
Latent bug triggered by sudden increase in traffic.

### Resolution
Directed traffic to sacrificial cluster and added 10x capacity to mitigate cascading failure.

### Detection
Borgmon detected high level of HTTP 500s and paged on-call.

## Action Items
| Action Item | Type | Owner | Bug |
| --- | --- | --- | --- |
| Update playbook with instructions for responding to cascading failure | mitigate | jennifer | n/a |
| Plug file descriptor leak in search ranking subsystem | prevent | agoogler | 5554825 |

## Lessons Learned

### What went well
* Monitoring quickly alerted us to high rate of HTTP 500s

### What went wrong
* We are out of practice in responding to cascading failure

### Where we got lucky
* Mailing list of Shakespeare aficionados had a copy of new sonnet available

## Timeline
All times UTC

* 14:51 News reports that a new Shakespearean sonnet has been discovered
* 14:54 OUTAGE BEGINS
* **15:36** Lots of traffic is directed to the sacrificial cluster

## Supporting information
Monitoring dashboard
`

// TestImportOfGoogleSRE reads a postmortem in the form of the SRE book.
func TestImportOfGoogleSRE(t *testing.T) {
	t.Parallel()
	im, err := Import([]byte(sreExample), ImportOptions{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	d := im.Document
	if im.Form != FormGoogleSRE || d.ID != id || d.Context.Detected != "2015-10-21" || d.Context.Impact != "Estimated 1.21B queries lost, no revenue impact." {
		t.Errorf("form %s, id %s, context %+v", im.Form, d.ID, d.Context)
	}
	if !strings.HasPrefix(d.RCA.Direct.Text, "Cascading failure") || len(d.Timeline) != 3 || d.Timeline[2].Time != "15:36" {
		t.Errorf("direct %q, timeline %+v", d.RCA.Direct.Text, d.Timeline)
	}
	if len(d.Actions) != 2 || len(d.Details) != 2 || d.Details[1] != (ActionDetail{Line: 2, Owner: "agoogler", Ticket: "5554825"}) {
		t.Errorf("actions %+v, details %+v", d.Actions, d.Details)
	}
	if len(d.Lessons) != 3 || d.Lessons[2] != "Where we got lucky: Mailing list of Shakespeare aficionados had a copy of new sonnet available" {
		t.Errorf("lessons %q", d.Lessons)
	}
	for _, h := range []string{"Status", "Authors", "Summary", "Trigger", "Resolution", "Detection", "Supporting information"} {
		if !slices.Contains(im.Kept, h) {
			t.Errorf("kept %q, want %q in it", im.Kept, h)
		}
	}
	if text := string(d.Markdown(d.Lang)); !strings.Contains(text, "### Trigger\nLatent bug triggered by sudden increase in traffic.\n") || !strings.Contains(text, "All times UTC\n") {
		t.Errorf("what has no field is not kept verbatim:\n%s", text)
	}
}

func TestImportOfOurOwnChangesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"reference.md", "reference.en.md", "draft.fr.fr.md", "draft.en.en.md"} {
		src := read(t, name)
		im, err := Import(src, ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := im.Document.Markdown(im.Document.Lang); im.Form != FormSafelight || !bytes.Equal(got, src) {
			t.Errorf("%s: read as %s, writes\n%s", name, im.Form, got)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(sreExample))
	f.Add(read(f, "reference.md"))
	f.Add([]byte("# T\n\n## Chronologie\n- 04:12 : début\n- 2025-01-02 05:00 - fin\n\n## Causes racines\n1. a, b\n2. c\n## Actions\n- [X] x — @y — 2025-01-02\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		im, err := Import(src, ImportOptions{ID: id})
		if err != nil {
			return
		}
		md := im.Document.Markdown(im.Document.Lang)
		again, err := ParseIn(md, im.Document.Lang)
		if err != nil {
			t.Fatalf("what was imported cannot be read: %v", err)
		}
		if got := again.Markdown(again.Lang); !bytes.Equal(got, md) {
			t.Fatalf("renders as %q, want %q", got, md)
		}
	})
}
