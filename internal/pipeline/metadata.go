package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/metadata"
	"github.com/safelight-dev/safelight/personal"
)

// MetadataPolicy says what a delivered image may carry besides its picture. The zero policy limits nothing.
type MetadataPolicy struct {
	// Keep is what the image must still say as its reference does.
	Keep []Selector `yaml:"keep"`
	// Require is what must be there, whatever the reference says.
	Require []Selector `yaml:"require"`
	// Strip is what should have been taken out on the way.
	Strip []Selector `yaml:"strip"`
	// Forbid is what must not get out.
	Forbid []Selector `yaml:"forbid"`
	// Personal turns on that personal data are looked for; what Allow picks may be there.
	Personal bool `yaml:"personal"`
	// Allow is personal data that is wanted: a photographer's credit.
	Allow []Selector `yaml:"allow"`
	// Likelihood is the least at which something counts as personal: LIKELY where it is empty.
	Likelihood Likelihood `yaml:"likelihood"`
	// Thumbnails turns on that a picture within the picture must show the same.
	Thumbnails bool `yaml:"thumbnails"`
	// Provenance is what is asked of C2PA manifests.
	Provenance ProvenanceRule `yaml:"provenance"`
	// Trust names files of certificates (PEM) whose signers are trusted.
	Trust []string `yaml:"trust"`
	// Reactions by breach. Of those that are not named, personal data, a consent that was taken back or refused and a minor
	// without a guardian are quarantined, the others reported, but for UnsoughtFaces, which is ignored: no image is bad
	// because a detector is. What could not be read is treated as what it may hide: as personal data where they are looked
	// for, else as a forbidden field.
	Reactions map[Breach]Reaction `yaml:"reactions"`
}

// ProvenanceRule is what is asked of an image's C2PA manifest. Each rule asks what those before it do.
type ProvenanceRule string

// The rules. An empty one asks nothing.
const (
	KeepProvenance    ProvenanceRule = "keep"    // a manifest of the reference is there and matches the image
	RequireProvenance ProvenanceRule = "require" // there is a valid one
	TrustProvenance   ProvenanceRule = "trusted" // and its signer is trusted
)

// Breach is a kind of finding in metadata, and the label "kind" of image_metadata_findings_total.
type Breach string

// The breaches.
const (
	LostField         Breach = "lost"    // or changed, of what Keep picks
	MissingField      Breach = "missing" // of what Require picks
	UnstrippedField   Breach = "unstripped"
	ForbiddenField    Breach = "forbidden"
	PersonalData      Breach = "personal"
	UnreadMetadata    Breach = "unread" // part of the file was passed over, for a limit or damage: it may say anything
	StaleThumbnail    Breach = "thumbnail"
	UnsoughtFaces     Breach = "faces-unsought" // a detector was to look for faces and did not
	LostProvenance    Breach = "provenance-lost"
	StaleProvenance   Breach = "provenance-stale"
	InvalidProvenance Breach = "provenance-invalid"
	MissingProvenance Breach = "provenance-missing"
	UntrustedSigner   Breach = "provenance-untrusted"
	MissingConsent    Breach = "consent-missing"
	ExpiredConsent    Breach = "consent-expired"
	RevokedConsent    Breach = "consent-revoked"
	RefusedConsent    Breach = "consent-refused"
	ConsentScope      Breach = "consent-scope" // it was given for other uses, channels or territories
	UnguardedMinor    Breach = "minor-without-guardian"
	OverstatedRelease Breach = "release-overstated" // the image claims more than the register knows
)

// Breaches are all of them.
func Breaches() []Breach {
	return []Breach{
		LostField, MissingField, UnstrippedField, ForbiddenField, PersonalData, UnreadMetadata, StaleThumbnail, UnsoughtFaces,
		LostProvenance, StaleProvenance, InvalidProvenance, MissingProvenance, UntrustedSigner,
		MissingConsent, ExpiredConsent, RevokedConsent, RefusedConsent, ConsentScope, UnguardedMinor, OverstatedRelease,
	}
}

// Unseen tells a breach which says that nobody could look: what stands there may be harmless.
func (b Breach) Unseen() bool { return b == UnreadMetadata || b == UnsoughtFaces }

// OfConsent lists the breaches that are found by the register of consents.
func OfConsent() []Breach {
	return []Breach{MissingConsent, ExpiredConsent, RevokedConsent, RefusedConsent, ConsentScope, UnguardedMinor, OverstatedRelease}
}

// OfFaces lists the breaches that a detector of faces has a part in.
func OfFaces() []Breach { return []Breach{PersonalData, ForbiddenField, UnsoughtFaces} }

// Reaction is what a breach does.
type Reaction string

// The reactions.
const (
	Report     Reaction = "report"     // it is a finding
	Quarantine Reaction = "quarantine" // and the image is taken out of delivery at once
	Ignore     Reaction = "ignore"
)

// To gives the reaction to a breach.
func (p MetadataPolicy) To(b Breach) Reaction {
	if r, ok := p.Reactions[b]; ok {
		return r
	}
	switch b {
	case PersonalData, RevokedConsent, RefusedConsent, UnguardedMinor:
		return Quarantine
	case UnsoughtFaces:
		return Ignore
	case UnreadMetadata:
		if p.Personal {
			return p.To(PersonalData)
		}
		return p.To(ForbiddenField)
	}
	return Report
}

// Refusing tells whether there is anything that must not be in an image, so that it matters what could not be read.
func (p MetadataPolicy) Refusing() bool { return p.Personal || len(p.Forbid)+len(p.Strip) > 0 }

// DefaultMetadata is the policy of the classes that come with the product. Credits and consents survive, manifests
// stay whole, and personal data beyond the credits do not get out: such an image, and one whose subject took the consent
// back or never gave it, is quarantined at once.
func DefaultMetadata() MetadataPolicy {
	return MetadataPolicy{
		Keep: []Selector{"rights", "consent"}, Personal: true, Allow: []Selector{"rights"}, Thumbnails: true, Provenance: KeepProvenance,
	}
}

// Resolve makes the names of files absolute by a function.
func (p *MetadataPolicy) Resolve(abs func(string) string) {
	if p == nil {
		return
	}
	for i, name := range p.Trust {
		p.Trust[i] = abs(name)
	}
}

// Allows tells whether what a field says of a person is wanted.
func (p MetadataPolicy) Allows(f metadata.Finding) bool {
	return Any(p.Allow, f, f.Class, f.Entity)
}

// Counts tells whether it is sure enough that a finding is personal.
func (p MetadataPolicy) Counts(f metadata.Finding) bool { return f.Likelihood >= p.Likelihood.Least() }

// Refuses tells whether what a field says of a person must not get out.
func (p MetadataPolicy) Refuses(f metadata.Finding) bool {
	return p.Personal && p.Counts(f) && !p.Allows(f)
}

// KeyFace names a face that a detector found in the picture, as keys of fields do those that metadata record.
const KeyFace = "pixels:face"

// ShownFace is the finding that a picture shows a face.
func ShownFace(l personal.Likelihood) metadata.Finding {
	return metadata.Finding{Name: KeyFace, Class: metadata.Personal, Entity: metadata.Face, Likelihood: l}
}

// SeeksFaces tells whether anything would follow from a face in the picture. Where nothing does, nobody needs to be shown it.
func (p MetadataPolicy) SeeksFaces() bool {
	f := ShownFace(personal.VeryLikely)
	return p.Refuses(f) || Any(p.Forbid, f, f.Class, f.Entity)
}

func (p MetadataPolicy) validate() error {
	for _, list := range [...][]Selector{p.Keep, p.Require, p.Strip, p.Forbid, p.Allow} {
		for _, s := range list {
			if err := s.validate(); err != nil {
				return err
			}
		}
	}
	switch p.Provenance {
	case "", KeepProvenance, RequireProvenance, TrustProvenance:
	default:
		return fmt.Errorf("provenance %q: write keep, require or trusted: %w", p.Provenance, journal.ErrInvalid)
	}
	if p.Provenance == TrustProvenance && len(p.Trust) == 0 {
		return fmt.Errorf("provenance trusted: name files of trusted certificates under trust: %w", journal.ErrInvalid)
	}
	for _, b := range slices.Sorted(maps.Keys(p.Reactions)) {
		if !slices.Contains(Breaches(), b) {
			return fmt.Errorf("reaction to %q: the breaches are %v: %w", b, Breaches(), journal.ErrInvalid)
		}
		if r := p.Reactions[b]; r != Report && r != Quarantine && r != Ignore {
			return fmt.Errorf("reaction %q to %s: write report, quarantine or ignore: %w", r, b, journal.ErrInvalid)
		}
	}
	return nil
}

// Likelihood is how sure it must be that something is personal, as Google's Sensitive Data Protection says it.
type Likelihood string

// UnmarshalText reads "LIKELY".
func (l *Likelihood) UnmarshalText(text []byte) error {
	if _, ok := likelihoods[string(text)]; !ok {
		return fmt.Errorf("likelihood %q: write POSSIBLE, LIKELY or VERY_LIKELY: %w", text, journal.ErrInvalid)
	}
	*l = Likelihood(text)
	return nil
}

var likelihoods = map[string]personal.Likelihood{
	"POSSIBLE": personal.Possible, "LIKELY": personal.Likely, "VERY_LIKELY": personal.VeryLikely,
}

// Least is the likelihood that counts.
func (l Likelihood) Least() personal.Likelihood {
	if least, ok := likelihoods[string(l)]; ok {
		return least
	}
	return personal.Likely
}

// Selector picks fields of metadata: by class (rights, description, technical, personal, provenance, consent), by what
// is personal in them (LOCATION, PERSON, EMAIL_ADDRESS), or by key (Exif:GPSLatitude, IPTC:By-line, XMP:dc:creator), in
// which * stands for any text. A name of no vocabulary is known by the key that is recorded of it (Text:other#3fa91c02)
// and as the file has it.
type Selector string

func (s Selector) validate() error {
	text := string(s)
	byKey := strings.Contains(text, ":")
	switch {
	case byKey && len(text) <= 500:
		standard, _, _ := strings.Cut(text, ":")
		if strings.Contains(standard, "*") || slices.Contains([]string{"Exif", "IPTC", "XMP", "ICC", "Photoshop", "Text", "Comment", "C2PA", "pixels"}, standard) {
			return nil
		}
		return fmt.Errorf("field %q: begin with Exif:, IPTC:, XMP:, ICC:, Photoshop:, Text:, Comment:, C2PA: or pixels:: %w", text, journal.ErrInvalid)
	case text != "" && text == strings.ToUpper(text) && !strings.ContainsAny(text, " *"):
		return nil
	}
	for _, c := range metadata.Classes {
		if c.String() == text {
			return nil
		}
	}
	return fmt.Errorf("field %q: write a class (rights, personal …), an entity (LOCATION, PERSON …) or a key such as Exif:GPS*: %w", text, journal.ErrInvalid)
}

// Picks tells whether a field is meant: by its key, its class and, where it is a personal finding, the entity.
func (s Selector) Picks(key string, class metadata.Class, entity personal.Entity) bool {
	text := string(s)
	if !strings.Contains(text, ":") {
		return text == class.String() || entity != "" && text == string(entity)
	}
	return globbed(text, key)
}

// Named is a field by its names: what is recorded of it, and what the file calls it.
type Named interface {
	Key() string
	Path() string
}

// Any tells whether one of the selectors picks a field by one of its names.
func Any(selectors []Selector, field Named, class metadata.Class, entity personal.Entity) bool {
	if len(selectors) == 0 {
		return false
	}
	key, path := field.Key(), field.Path()
	return slices.ContainsFunc(selectors, func(s Selector) bool { return s.Picks(key, class, entity) || s.Picks(path, class, entity) })
}

// globbed matches a pattern whose stars stand for any text, in time linear in both for each star.
func globbed(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for {
		piece, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(text, piece)
		}
		_, after, found := strings.Cut(text, piece)
		if !found {
			return false
		}
		text, rest = after, more
	}
}
