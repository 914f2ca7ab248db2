package suspect

// Verdict is what counting says of "this attribute made them bad".
type Verdict string

// The verdicts.
const (
	Supported Verdict = "supported"
	Refuted   Verdict = "refuted"
	Undecided Verdict = "undecided"
)

// Reason says why.
type Reason string

// The reasons.
const (
	Separates  Reason = "separates"  // it is almost all of the bad and almost none of the good
	Everywhere Reason = "everywhere" // good images have it as often
	Few        Reason = "few"        // too few good or bad images to tell
	Unknown    Reason = "unknown"    // it was not recorded on enough of them
	Confounded Reason = "confounded" // another cause changed with it, on the very same images
	Rivalled   Reason = "rivalled"   // another attribute separates as well or better
	Partly     Reason = "partly"     // it goes with the harm and does not account for it
)

// What it takes. A split that is right for nine images of ten in both heaps scores 0.8; one that is 0.2 would be drawn by an
// attribute that a fifth more of the bad images have, which one other cause beside it makes easily.
const (
	enough      = 10 // images of each heap
	separates   = 0.8
	everywhere  = 0.2
	margin      = 0.1   // by which a rival must be beaten
	significant = 0.001 // of P
	mayBeMissed = 0.1   // of the images of either heap may have no record of it
)

// Judgement is a verdict with what it rests on.
type Judgement struct {
	Verdict Verdict
	Reason  Reason
	Suspect Suspect     // of the attribute
	Rivals  []Attribute // that keep it from being supported
	Missing Unrecorded  // of the attribute
}

// Judge says what the comparison says of one value.
func (r Ranking) Judge(key, value string) Judgement {
	j := Judgement{Verdict: Undecided, Missing: r.missing(key)}
	s, seen := r.scores[[2]string{key, value}]
	j.Suspect = s
	j.Suspect.Key, j.Suspect.Value = key, value
	switch {
	case r.Bad < enough || r.Good < enough:
		j.Reason = Few
	case !r.recorded(key) || share(j.Missing.Bad, r.Bad) > mayBeMissed || share(j.Missing.Good, r.Good) > mayBeMissed:
		j.Reason = Unknown
	case !seen || s.Score <= everywhere:
		j.Verdict, j.Reason = Refuted, Everywhere
	case !s.Separates():
		j.Reason = Partly
	default:
		if j.Rivals, j.Reason = r.rivals(s, key); len(j.Rivals) == 0 {
			j.Verdict, j.Reason = Supported, Separates
		}
	}
	return j
}

func (r Ranking) missing(key string) Unrecorded {
	for _, u := range r.Unrecorded {
		if u.Key == key {
			return u
		}
	}
	return Unrecorded{Key: key}
}

func (r Ranking) recorded(key string) bool {
	for k := range r.scores {
		if k[0] == key {
			return true
		}
	}
	return false
}

// rivals are the other causes that went with the harm as well. The name of a run, and what is only read off the file, are none:
// the one stands for whatever changed, the other follows from it. A trait is rivalled by every cause.
func (r Ranking) rivals(s Suspect, key string) ([]Attribute, Reason) {
	var same, better []Attribute
	for _, a := range append([]Attribute{s.Attribute}, s.Same...) {
		if a.Key != key && causal(a) {
			same = append(same, a)
		}
	}
	if len(same) > 0 {
		return same, Confounded
	}
	for _, o := range r.Suspects {
		if o.Key == s.Key && o.Value == s.Value || o.Score < s.Score-margin {
			continue
		}
		for _, a := range append([]Attribute{o.Attribute}, o.Same...) {
			if a.Key != key && causal(a) {
				better = append(better, a)
			}
		}
	}
	return better, Rivalled
}

func causal(a Attribute) bool { return a.Origin == Told || a.Origin == Said }
