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

// A log comes from outside: what is looked at is bounded, the latest first.
const (
	maxWalk    = 2000 // commits of one branch
	maxReviews = 100  // reviews compared with each other
	maxFiles   = 5000 // files of one review
)

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

// review is a commit in which somebody's judgement stands.
type review struct {
	commit
	places map[string]bool // the files, and their folders with a slash at the end
	holds  map[string]bool // the commits of the branch that a merge brings
}

// isReview tells a commit in which somebody's judgement stands.
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
func (h history) parallel() (a, b review, ok bool) {
	reviews := h.reviews()
	for i, a := range reviews {
		for _, b := range reviews[i+1:] {
			if b.date.Sub(a.date) > ReviewWindow {
				break
			}
			if areParallel(a, b) {
				return a, b, true
			}
		}
	}
	return review{}, review{}, false
}

// reviews lists the latest reviews, the earliest of them first.
func (h history) reviews() []review {
	commits := slices.DeleteFunc(slices.Clone(h.list), func(c commit) bool { return !c.isReview() || c.date.IsZero() })
	slices.SortStableFunc(commits, func(a, b commit) int { return a.date.Compare(b.date) })
	list := make([]review, 0, maxReviews)
	for _, c := range commits[max(0, len(commits)-maxReviews):] {
		r := review{commit: c}
		if len(c.parents) > 1 {
			r.holds = h.reach(c.parents[1])
			if len(c.files) == 0 {
				r.files = h.brought(r) // git names no files for a merge
			}
		}
		r.places = places(r.files[:min(len(r.files), maxFiles)])
		list = append(list, r)
	}
	return list
}

func areParallel(a, b review) bool {
	if !shareOne(a.places, b.places) || a.branch != "" && a.branch == b.branch ||
		slices.ContainsFunc(a.reviewers, func(s string) bool { return slices.Contains(b.reviewers, s) }) {
		return false
	}
	if len(a.reviewers) > 0 && len(b.reviewers) > 0 && a.branch != "" && b.branch != "" {
		return true
	}
	if len(a.parents) < 2 || len(b.parents) < 2 {
		return false
	}
	tipA, tipB := a.parents[1], b.parents[1]
	return !b.holds[tipA] && !a.holds[tipB] && !b.holds[a.hash] && tipA != tipB
}

func shareOne(a, b map[string]bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

// places lists files and their folders. The root is no folder in this sense: everything lies in it.
func places(files []string) map[string]bool {
	set := map[string]bool{}
	for _, f := range files {
		set[f] = true
		if dir := path.Dir(f); dir != "." {
			set[dir+"/"] = true
		}
	}
	return set
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

// brought lists files of the commits that a merge brings in.
func (h history) brought(r review) []string {
	before := h.reach(r.parents[0])
	var files []string
	for hash := range r.holds {
		if !before[hash] {
			files = append(files, h.list[h.by[hash]].files...)
		}
	}
	slices.Sort(files) // so that the same files are looked at each time
	return slices.Compact(files)
}
