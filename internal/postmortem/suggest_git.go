package postmortem

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// ReviewWindow is how close two reviews are to count as parallel.
const ReviewWindow = 24 * time.Hour

// maxWalk bounds the walk over a branch; a longer one is looked at in part.
const maxWalk = 2000

// commit is one commit of a git log, as far as it matters here.
type commit struct {
	hash      string
	parents   []string
	date      time.Time
	reviewers []string
	branch    string // of the review, if it is named
	files     []string
	lines     []Support // that say who reviewed what
}

// isReview tells whether somebody's judgement stands in the commit.
func (c commit) isReview() bool { return len(c.reviewers) > 0 || len(c.parents) > 1 }

// suggestReviews finds reviews that happened in parallel.
func suggestReviews(files []EvidenceFile) (Suggestion, bool) {
	s := Suggestion{Kind: Contributing, Domain: Operations, Say: phrase.Of("cause.reviews")}
	for _, f := range ofKind(files, GitLog) {
		h := readHistory(f)
		a, b, ok := h.parallel()
		if !ok {
			continue
		}
		s.Evidence = append(s.Evidence, f.Path)
		s.Lines = append(append(s.Lines, a.lines...), b.lines...)
	}
	s.Lines = s.Lines[:min(len(s.Lines), maxSupport)]
	return s, len(s.Evidence) > 0
}

// history is a git log by hash.
type history struct {
	list []commit
	by   map[string]int
}

func readHistory(f EvidenceFile) history {
	h := history{by: map[string]int{}}
	for i, line := range textLines(f.Text) {
		if hash, ok := strings.CutPrefix(line, "commit "); ok && commitHash.MatchString(hash) {
			h.by[hash] = len(h.list)
			h.list = append(h.list, commit{hash: hash, lines: []Support{quote(f.Path, i, line)}})
			continue
		}
		if n := len(h.list); n > 0 {
			h.list[n-1].read(line, quote(f.Path, i, line))
		}
	}
	return h
}

var (
	commitHash = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	// merged finds the branch that a merge names, in the words of git and of the forges.
	merged = regexp.MustCompile(`^Merge (?:remote-tracking )?(?:branch|pull request \S+ from|branches?) '?([^' ]+)`)
)

// read takes one line of a commit: a field of the format, a trailer, or a file name.
func (c *commit) read(line string, support Support) {
	key, value, _ := strings.Cut(line, " ")
	switch key {
	case "parents":
		c.parents = strings.Fields(value)
	case "date":
		c.date, _ = time.Parse(time.RFC3339, strings.TrimSpace(value))
	case "author":
	case "subject":
		c.lines = append(c.lines, support)
		if m := merged.FindStringSubmatch(value); m != nil && c.branch == "" {
			c.branch = m[1]
		}
	case "Reviewed-by:":
		c.reviewers = append(c.reviewers, strings.ToLower(strings.TrimSpace(value)))
		c.lines = append(c.lines, support)
	case "Review-branch:":
		c.branch = strings.TrimSpace(value)
		c.lines = append(c.lines, support)
	default:
		if name := strings.TrimSpace(line); name != "" {
			c.files = append(c.files, strings.Trim(name, `"`))
		}
	}
}

// parallel finds the first two reviews that were parallel.
func (h history) parallel() (a, b commit, ok bool) {
	var reviews []commit
	for _, c := range h.list {
		if !c.isReview() || c.date.IsZero() {
			continue
		}
		if len(c.parents) > 1 && len(c.files) == 0 {
			c.files = h.brought(c) // git names no files for a merge
		}
		reviews = append(reviews, c)
	}
	slices.SortStableFunc(reviews, func(a, b commit) int { return a.date.Compare(b.date) })
	for i, a := range reviews {
		for _, b := range reviews[i+1:] {
			if b.date.Sub(a.date) > ReviewWindow {
				break
			}
			if h.areParallel(a, b) {
				return a, b, true
			}
		}
	}
	return commit{}, commit{}, false
}

func (h history) areParallel(a, b commit) bool {
	if !touchTheSame(a.files, b.files) || a.branch != "" && a.branch == b.branch || shareOne(a.reviewers, b.reviewers) {
		return false
	}
	if len(a.reviewers) > 0 && len(b.reviewers) > 0 && a.branch != "" && b.branch != "" {
		return true
	}
	if len(a.parents) < 2 || len(b.parents) < 2 {
		return false
	}
	tipA, tipB := a.parents[1], b.parents[1]
	return tipA != tipB && !h.contains(tipB, tipA) && !h.contains(tipA, tipB) && !h.contains(tipB, a.hash)
}

func shareOne(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// touchTheSame tells whether two reviews are about the same file or folder.
// The root is no folder in this sense: everything lies in it.
func touchTheSame(a, b []string) bool {
	seen := map[string]bool{}
	for _, f := range a {
		seen[f] = true
		seen[path.Dir(f)+"/"] = path.Dir(f) != "."
	}
	return slices.ContainsFunc(b, func(f string) bool { return seen[f] || seen[path.Dir(f)+"/"] })
}

// reach lists what a commit contains, itself included, up to [maxWalk] commits.
func (h history) reach(from string) map[string]bool {
	seen, queue := map[string]bool{}, []string{from}
	for len(queue) > 0 && len(seen) < maxWalk {
		hash := queue[0]
		queue = queue[1:]
		i, known := h.by[hash]
		if !known || seen[hash] {
			continue
		}
		seen[hash] = true
		queue = append(queue, h.list[i].parents...)
	}
	return seen
}

func (h history) contains(tip, hash string) bool { return h.reach(tip)[hash] }

// brought lists the files of the commits that a merge brings in.
func (h history) brought(c commit) []string {
	before := h.reach(c.parents[0])
	var files []string
	for hash := range h.reach(c.parents[1]) {
		if !before[hash] {
			files = append(files, h.list[h.by[hash]].files...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
