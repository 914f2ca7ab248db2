package quarantine

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Limits of what one event carries.
const (
	maxPath     = 4096
	maxFindings = 64
	maxNames    = 64 // fields or entities of a finding
	maxName     = 256
	maxReasons  = 8 // of a finding, each a line of maxName bytes
	maxRoutes   = 100
)

// Hold takes a version of an image out of delivery under the given id, which
// the store has allotted. On an item that exists it says that the same bytes
// were delivered again. Only the system holds.
type Hold struct {
	ID string
	Held
}

func (c Hold) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("hold", Item{ID: c.Path}, env); err != nil {
		return journal.Change{}, err
	}
	if i.Exists() {
		return c.again(i, env)
	}
	h, err := c.Held.checked()
	if err != nil {
		return journal.Change{}, err
	}
	return decideOn(Item{ID: c.ID}, env).event(TypeHeld, h).effect(EffectMove).change, nil
}

// maxReturns bounds the events about one image that comes again and again:
// a pipeline that runs every minute must not fill the journal.
const maxReturns = 20

func (c Hold) again(i Item, env Env) (journal.Change, error) {
	if i.SHA256 != c.SHA256 || i.Pipeline != c.Pipeline || i.Name() != c.Name() {
		return journal.Change{}, &StatusError{i.ID, i.Status, "hold", "other"}
	}
	d := decideOn(i, env)
	switch {
	case i.Status == StatusMoving || i.Status == StatusReleasing: // it is on its way already
	case !i.Active():
		return journal.Change{}, &StatusError{i.ID, i.Status, "hold", "again"}
	case i.Returns >= maxReturns:
		// It is moved out all the same.
		d.keyed(EffectMove, "returned-"+fmt.Sprint(env.Now.UnixNano()))
	default:
		d.event(TypeReturned, struct{}{}).effect(EffectMove)
	}
	return d.change, nil
}

// checked demands what an item cannot do without, and bounds the rest.
func (h Held) checked() (Held, error) {
	bad := func(format string, args ...any) (Held, error) {
		return h, fmt.Errorf("hold %.200q: %s: %w", h.Path, fmt.Sprintf(format, args...), journal.ErrInvalid)
	}
	if !utf8.ValidString(h.Path) {
		h.PathBytes, h.Path = []byte(h.Path), strings.ToValidUTF8(h.Path, "\ufffd")
	}
	switch {
	case h.Pipeline == "":
		return bad("it names no pipeline")
	case len(h.Name()) > maxPath || !goodPath(h.Name()):
		return bad("the path leads out of the delivered folder, or is too long")
	case !isDigest(h.SHA256):
		return bad("%.80q is no SHA-256 in hexadecimal", h.SHA256)
	case h.Bytes < 0 || h.Bytes > 1<<53:
		return bad("%d bytes are no size", h.Bytes)
	case len(h.Findings) == 0 || len(h.Findings) > maxFindings:
		return bad("%d findings; name 1 to %d", len(h.Findings), maxFindings)
	case len(h.Routes) > maxRoutes:
		return bad("%d routes, the limit is %d", len(h.Routes), maxRoutes)
	}
	h.ModifiedAt = h.ModifiedAt.UTC()
	h.Findings = slices.Clone(h.Findings)
	for n, f := range h.Findings {
		if f.Kind == "" || len(f.Kind) > maxName {
			return bad("a finding without a kind, or with one of %d bytes", len(f.Kind))
		}
		h.Findings[n].Fields, h.Findings[n].Entities = bounded(f.Fields), bounded(f.Entities)
		h.Findings[n].Reasons = lines(bounded(f.Reasons[:min(len(f.Reasons), maxReasons)]))
	}
	return h, nil
}

// bounded keeps what can be kept of names that a file may have chosen.
func bounded(names []string) []string {
	names = slices.Clone(names[:min(len(names), maxNames)])
	for i, n := range names {
		if len(n) > maxName {
			n = n[:maxName] + "…"
		}
		names[i] = strings.ToValidUTF8(n, "\ufffd")
	}
	return names
}

// lines makes a line of each text.
func lines(texts []string) []string {
	for i, t := range texts {
		texts[i] = strings.Join(strings.Fields(t), " ")
	}
	return texts
}

// goodPath tells whether a path stays below its folder. Unlike [fs.ValidPath]
// it lets bytes be that are not UTF-8.
func goodPath(p string) bool {
	ascii := []byte(p)
	for i, b := range ascii {
		if b == 0 {
			return false
		}
		if b >= utf8.RuneSelf {
			ascii[i] = 'x'
		}
	}
	return p != "." && fs.ValidPath(string(ascii))
}

func isDigest(s string) bool {
	return len(s) == 64 && !slices.ContainsFunc([]byte(s), func(b byte) bool {
		return (b < '0' || b > '9') && (b < 'a' || b > 'f')
	})
}

// Retry tries again to move an image that could not be moved.
type Retry struct{}

func (Retry) decide(i Item, env Env) (journal.Change, error) {
	if err := byPerson("retry", i, env); err != nil {
		return journal.Change{}, err
	}
	if i.Status != StatusFailed {
		return journal.Change{}, &StatusError{i.ID, i.Status, "retry", "retry"}
	}
	return decideOn(i, env).event(TypeRetried, struct{}{}).effect(EffectMove).change, nil
}

// RecordMoved is the outcome of moving the image out.
type RecordMoved struct{ Moved }

func (c RecordMoved) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the move of", i, env); err != nil {
		return journal.Change{}, err
	}
	if i.Status != StatusMoving {
		return journal.Change{}, nil // the late report of a repeated effect
	}
	return decideOn(i, env).event(TypeMoved, c.Moved).probe(i).change, nil
}

// RecordFailure says why moving or restoring failed for good.
type RecordFailure struct{ Failed }

func (c RecordFailure) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the failure of", i, env); err != nil {
		return journal.Change{}, err
	}
	if c.Doing == Moving && i.Status != StatusMoving || c.Doing == Restoring && i.Status != StatusReleasing {
		return journal.Change{}, nil
	}
	c.Reason = short(c.Reason)
	said := phrase.Said{}
	for l, text := range c.Said {
		said[l] = short(text)
	}
	c.Said = said
	return decideOn(i, env).event(TypeFailed, c.Failed).change, nil
}

// short bounds a reason, which may quote others.
func short(reason string) string {
	const longest = 1000
	if len(reason) > longest {
		return strings.ToValidUTF8(reason[:longest], "") + "…"
	}
	return reason
}

// RecordProof is what the gateway served from outside, by route.
type RecordProof struct{ Proven }

func (c RecordProof) decide(i Item, env Env) (journal.Change, error) {
	if err := bySystem("record the proof of", i, env); err != nil {
		return journal.Change{}, err
	}
	if c.Held != i.Active() {
		return journal.Change{}, nil // it has changed since
	}
	return decideOn(i, env).event(TypeProven, c.Proven).change, nil
}
