package postmortem

import (
	"slices"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TypeEvidenceRedacted is the event of evidence whose original was replaced by a redacted copy.
const TypeEvidenceRedacted = "postmortem.evidence-redacted"

// EffectRedact asks for the original to be withdrawn; Data is a [RedactEffect].
const EffectRedact = "redact-evidence"

// EvidenceRedacted says that from now on a copy stands for the original under its path, and why. The original is withheld, or erased.
type EvidenceRedacted struct {
	Path   string `json:"path"`
	From   string `json:"from"`   // SHA-256 of what stood there
	SHA256 string `json:"sha256"` // of the redacted copy
	Size   int64  `json:"size"`
	Reason string `json:"reason"`
	Erase  bool   `json:"erase,omitempty"`
	Tool   string `json:"tool,omitempty"` // what made the copy
}

// Redaction is a redaction with who decided it and when.
type Redaction struct {
	EvidenceRedacted
	incident.Mark
}

// RedactEffect names a redaction by the digests.
type RedactEffect struct {
	Incident string `json:"incident"`
	Path     string `json:"path"`
	From     string `json:"from"`
	SHA256   string `json:"sha256"`
	Erase    bool   `json:"erase,omitempty"`
}

// RedactEvidence puts a redacted copy, which is already kept, in the place of evidence. From is what the decider has read.
type RedactEvidence struct{ EvidenceRedacted }

func (c RedactEvidence) decide(s situation) (journal.Change, error) {
	if err := s.allow(people.Author, "redact"); err != nil {
		return journal.Change{}, err
	}
	refuse := func(why phrase.Key, kind error) (journal.Change, error) {
		return journal.Change{}, phrase.Refusal(kind, "refusal.else", phrase.Of("refusal.do.redact-file", s.inc.ID, c.Path), phrase.Of("refusal.redact."+why))
	}
	i := slices.IndexFunc(s.Evidence, func(e Evidence) bool { return e.Path == c.Path })
	switch {
	case i < 0:
		return refuse("none", journal.ErrNotFound)
	case s.Evidence[i].SHA256 != c.From:
		return refuse("changed", journal.ErrConflict)
	case c.SHA256 == c.From:
		return refuse("same", journal.ErrInvalid)
	case c.Size < 0 || c.Size >= 1<<53:
		return refuse("size", journal.ErrInvalid)
	}
	if _, err := journal.ParseHash(c.SHA256); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("redaction", c.Reason, true); err != nil {
		return journal.Change{}, err
	}
	if err := checkText("tool", c.Tool, false); err != nil {
		return journal.Change{}, err
	}
	change := s.event(TypeEvidenceRedacted, c.EvidenceRedacted)
	change.Effects = append(change.Effects, s.effect(EffectRedact, c.From+"-"+c.SHA256, RedactEffect{s.inc.ID, c.Path, c.From, c.SHA256, c.Erase}))
	return change, nil
}

// redact takes a redaction over: the path names the copy from now on, and the row remembers where it came from.
func (s *State) redact(r Redaction) {
	for i := range s.Evidence {
		if e := &s.Evidence[i]; e.Path == r.Path {
			e.SHA256, e.Size = r.SHA256, r.Size
			e.Redactions = append(slices.Clone(e.Redactions), r)
		}
	}
}

// Withdrawn gives the digests of originals that redacted copies stand for, unless they are still evidence under another path.
func (s State) Withdrawn() []string {
	var list []string
	for _, e := range s.Evidence {
		for _, r := range e.Redactions {
			if !slices.ContainsFunc(s.Evidence, func(o Evidence) bool { return o.SHA256 == r.From }) {
				list = append(list, r.From)
			}
		}
	}
	return list
}
