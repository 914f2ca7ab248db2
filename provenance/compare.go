package provenance

// Verdict is what became of the provenance of a reference in the image that was delivered.
type Verdict uint8

// The verdicts.
const (
	NeverThere Verdict = iota // neither has a manifest
	Kept                      // the reference's manifest is there, as the image's own or behind it, and all matches
	Added                     // the delivered image alone has one, and it is valid
	Replaced                  // it has a valid one of its own, which does not know the reference's
	Lost                      // the reference's manifest is gone
	Stale                     // there is one that no longer matches the image, or never did
)

// String is the verdict in words.
func (v Verdict) String() string {
	switch v {
	case NeverThere:
		return "never there"
	case Kept:
		return "kept"
	case Added:
		return "added"
	case Replaced:
		return "replaced"
	case Lost:
		return "lost"
	case Stale:
		return "stale"
	}
	return "unknown"
}

// MarshalText writes the verdict in words.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Compare says what became of the provenance of a reference in a delivered image. A manifest that is still there and
// does not match is Stale, whatever the reference had: it says what is not true.
func Compare(reference, candidate *Report) Verdict {
	switch {
	case candidate.State == Invalid:
		return Stale
	case candidate.State == Absent && reference.State == Absent:
		return NeverThere
	case candidate.State == Absent:
		return Lost
	case reference.State == Absent:
		return Added
	}
	for _, m := range candidate.Manifests {
		if m.Label == reference.Active {
			return Kept
		}
	}
	return Replaced
}
