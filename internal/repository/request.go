package repository

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/safelight-dev/safelight/internal/journal"
)

const (
	maxFile = 100 << 20 // bytes; GitHub takes no push with a larger one
	maxPath = 1024      // bytes
	maxName = 255       // bytes of one name in a path, where file systems stop
	maxKey  = 512       // bytes

	keyTrailer = "Safelight-Key: "
)

// File is a file of a commit. Its path is relative to the repository, with
// slashes. Its bytes are Data, or come from at most one of the others.
type File struct {
	Path   string
	Data   []byte
	Source string // a regular file on this machine
	// Edit makes the bytes of those that the branch's last commit has, nil if
	// it has no such file. No other commit is made meanwhile, so that two
	// requests that add a row to one table both find it there.
	Edit func(committed []byte) ([]byte, error)

	executable bool // only what a revert brings back
}

// Person is the author or the committer of a commit.
type Person struct{ Name, Email string }

// CommitRequest says what to commit.
type CommitRequest struct {
	Branch  string // "main", or a name such as "draft/pm-2025-09-27-01"
	Files   []File // at least one, no path twice
	Message string
	Author  Person
	// Committer is the author where it names nobody.
	Committer Person
	When      time.Time // of author and committer, to the second
	// Key names the commit once and for all: a second request with the key of
	// a commit on the branch finds that one. One line, not empty.
	Key string
}

// validate gives every refusal that can be known without looking at the repository.
func (r CommitRequest) validate() error {
	if err := r.branch().Validate(); err != nil {
		return fmt.Errorf("branch %q: %v: %w", r.Branch, err, journal.ErrInvalid)
	}
	switch {
	case len(r.Files) == 0:
		return fmt.Errorf("no files: %w", journal.ErrInvalid)
	case strings.TrimSpace(r.Message) == "" || strings.ContainsRune(r.Message, 0):
		return fmt.Errorf("the message is empty or not text: %w", journal.ErrInvalid)
	case r.Key == "" || len(r.Key) > maxKey || r.Key != strings.TrimSpace(r.Key) || r.Key != printable(r.Key):
		return fmt.Errorf("key %q: not one short line: %w", r.Key, journal.ErrInvalid)
	case r.When.Unix() <= 0:
		return fmt.Errorf("time %s: git knows none before 1970: %w", r.When, journal.ErrInvalid)
	case r.Author.clean().Name == "":
		return fmt.Errorf("the author has neither name nor e-mail: %w", journal.ErrInvalid)
	}
	return validateFiles(r.Files)
}

func (r CommitRequest) branch() plumbing.ReferenceName {
	return plumbing.NewBranchReferenceName(r.Branch)
}

func validateFiles(files []File) error {
	seen := map[string]bool{}
	for _, f := range files {
		if err := validatePath(f.Path); err != nil {
			return err
		}
		if seen[f.Path] {
			return fmt.Errorf("path %q: twice: %w", f.Path, journal.ErrInvalid)
		}
		if f.Data != nil && (f.Source != "" || f.Edit != nil) || f.Source != "" && f.Edit != nil {
			return fmt.Errorf("file %s: its bytes come from two places: %w", f.Path, journal.ErrInvalid)
		}
		seen[f.Path] = true
	}
	for _, f := range files {
		for _, dir := range parents(f.Path) {
			if seen[dir] {
				return fmt.Errorf("path %q: %q is a file: %w", f.Path, dir, journal.ErrInvalid)
			}
		}
	}
	return nil
}

// validatePath refuses what is not a plain relative path on every system, and
// what git on some file system takes for its own folder (the "dotgit" names of git fsck).
func validatePath(name string) error {
	refuse := func(why string) error { return fmt.Errorf("path %q: %s: %w", name, why, journal.ErrInvalid) }
	if !fs.ValidPath(name) || name == "." {
		return refuse("not a clean relative path")
	}
	if len(name) > maxPath {
		return refuse("too long")
	}
	if strings.Contains(name, `\`) || strings.ContainsFunc(name, unicode.IsControl) {
		return refuse("a backslash or a control character")
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > maxName {
			return refuse("a name is too long")
		}
		// HFS+ ignores format characters and case; NTFS ignores dots and
		// spaces at the end and what follows a colon, and knows .git by a
		// short name too.
		plain := strings.Map(func(c rune) rune {
			if unicode.Is(unicode.Cf, c) {
				return -1
			}
			return unicode.ToLower(c)
		}, part)
		plain, _, _ = strings.Cut(plain, ":")
		if plain = strings.TrimRight(plain, ". "); plain == ".git" || plain == "git~1" || plain == "" {
			return refuse("reserved by git")
		}
	}
	return nil
}

// printable leaves out what would break a line of a commit.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
}

// clean gives a person as a commit can hold them.
func (p Person) clean() Person {
	plain := func(s string) string {
		return strings.TrimSpace(strings.NewReplacer("<", "", ">", "").Replace(printable(s)))
	}
	c := Person{Name: plain(p.Name), Email: plain(p.Email)}
	if c.Name == "" {
		c.Name = c.Email
	}
	return c
}

// trailer is a line such as "Approved-by: Ana".
var trailer = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*: `)

// fullMessage gives the message with the key as its last trailer. Trailers
// that the message ends with already and the key are one block, as git wants it.
func (r CommitRequest) fullMessage() string {
	text := strings.ReplaceAll(strings.ToValidUTF8(r.Message, "\uFFFD"), "\r\n", "\n")
	text = strings.TrimSpace(text)
	separator := "\n\n"
	if block, ok := lastParagraph(text); ok {
		separator = "\n"
		for line := range strings.SplitSeq(block, "\n") {
			if !trailer.MatchString(line) {
				separator = "\n\n"
			}
		}
	}
	return text + separator + keyTrailer + r.Key + "\n"
}

// lastParagraph gives the last paragraph of a message, if it is not the first.
func lastParagraph(text string) (string, bool) {
	text = strings.TrimRight(text, "\n")
	i := strings.LastIndex(text, "\n\n")
	if i < 0 {
		return "", false
	}
	return text[i+2:], true
}

// keyOf gives the key that a message ends with. The last one counts: ours is
// written after the caller's text, so no name or title can pose as a key.
func keyOf(message string) string {
	block, _ := lastParagraph(message)
	key := ""
	for line := range strings.SplitSeq(block, "\n") {
		if k, ok := strings.CutPrefix(line, keyTrailer); ok {
			key = k
		}
	}
	return key
}
