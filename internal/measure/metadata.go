package measure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/container"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/metadata"
	"github.com/safelight-dev/safelight/personal"
	"github.com/safelight-dev/safelight/provenance"
)

// MethodMetadata is the version of how metadata are read and judged.
const MethodMetadata = "Exif 3.0, IPTC IIM 4.2, XMP (ISO 16684-1), C2PA 2.4, rules by field and text detectors, v1"

// MetricMetadata begins the metric of a finding in metadata, before a dot and the breach's kind.
const MetricMetadata = "metadata"

// Metadata is what a check says of an image's metadata. It names fields and never quotes them: values may be personal,
// and checks are kept.
type Metadata struct {
	Lost       []FieldChange   `json:"lost"`
	Added      []FieldChange   `json:"added"`
	Changed    []FieldChange   `json:"changed"`
	Personal   []PersonalField `json:"personal"`
	Provenance Provenance      `json:"provenance"`
	Breaches   []Breach        `json:"breaches"`
	Problems   []string        `json:"problems,omitempty"`
	// FacesUnsought says why a detector that was to look for faces in the picture did not.
	FacesUnsought *NotMeasured `json:"facesUnsought,omitempty"`
	// ReferenceToo says that the reference breaks the rules that quarantine, so that it cannot stand in.
	ReferenceToo bool `json:"referenceToo,omitempty"`
	// Claims are for the register of consents. They are personal, and not kept.
	Claims Claims `json:"-"`
}

// FieldChange names a field that was lost, added or changed.
type FieldChange struct {
	Field string `json:"field"` // as metadata.Field.Key has it
	Class string `json:"class"`
	// Elsewhere says of a lost field that another standard still says the same.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// PersonalField names a place that says something of a person.
type PersonalField struct {
	Field      string          `json:"field"`
	Entity     personal.Entity `json:"entity"`
	Likelihood string          `json:"likelihood"`       // VERY_UNLIKELY to VERY_LIKELY
	Within     string          `json:"within,omitempty"` // the picture within the picture
	Allowed    bool            `json:"allowed,omitempty"`
}

// Provenance is what an image claims of its origin, and what became of its reference's claim. What a generator was
// asked for is left out but for a mark, since it is free text.
type Provenance struct {
	State      string            `json:"state"`   // Absent, Invalid, Valid, Trusted
	Verdict    string            `json:"verdict"` // never there, kept, added, replaced, lost, stale
	Failures   []provenance.Code `json:"failures,omitempty"`
	SourceType string            `json:"digitalSourceType,omitempty"`
	Software   string            `json:"software,omitempty"`
	Model      string            `json:"model,omitempty"`
	Seed       string            `json:"seed,omitempty"`
	// Prompt is a mark by which equal prompts are known: the first 12 digits of the SHA-256 of its text.
	Prompt string `json:"promptMark,omitempty"`
}

// Breach is one rule of the policy that the image breaks.
type Breach struct {
	Kind     pipeline.Breach   `json:"kind"`
	Reaction pipeline.Reaction `json:"reaction"`
	Fields   []string          `json:"fields,omitempty"`
	Entities []string          `json:"entities,omitempty"`
	Reasons  []string          `json:"reasons,omitempty"` // why a part could not be read, in English
}

// Claims are what an image says of the persons and properties that it shows, with whose consent.
type Claims struct {
	Persons        []string // names
	ModelReleases  []string // identifiers
	Properties     []string // identifiers of property releases
	ModelStatus    string   // PLUS: MR-NON, MR-NAP, MR-UMR, MR-LMR
	PropertyStatus string   // PLUS: PR-NON …
	MinorAge       string   // PLUS: AG-U14 …
	DataMining     string   // PLUS: DMI-…
}

// Quarantined gives the breaches for which the image is taken out of delivery.
func (m *Metadata) Quarantined() []Breach {
	var grave []Breach
	for _, b := range m.Breaches {
		if b.Reaction == pipeline.Quarantine {
			grave = append(grave, b)
		}
	}
	return grave
}

// Inspector judges metadata by one policy.
type Inspector struct {
	Policy pipeline.MetadataPolicy
	Trust  *provenance.TrustList // nil trusts nobody
	// TrustDigest stands for the content of Trust: kept checks depend on it.
	TrustDigest string
	Now         time.Time // what certificates without a time-stamp are held against
}

// read is one file, read. There is no document where it is no image that could be taken apart.
type read struct {
	document *metadata.Document
	report   *provenance.Report
	problems []string
	unread   []metadata.Passed // by the kind of part, as XMP or Exif, or by the file's format
}

// Inspect judges an image against its reference, whose data are nil where there is none. Of the image its data are needed;
// the decoded picture, where there is one, is what thumbnails must show, and Faces is what was found in it. A file that is
// no image gives a problem, and no breach besides what a detector found.
func (i Inspector) Inspect(reference, candidate Source) *Metadata {
	m := &Metadata{Lost: []FieldChange{}, Added: []FieldChange{}, Changed: []FieldChange{}, Personal: []PersonalField{}, Breaches: []Breach{}}
	i.judgeFaces(m, candidate.Faces)
	ref := i.read(reference)
	m.ReferenceToo = reference.Data != nil && i.refuses(ref, candidate.Faces)
	cand := i.read(candidate)
	m.Problems = cand.problems
	i.judgeUnread(m, cand)
	if cand.document == nil {
		return m
	}
	if ref.document == nil {
		ref = nil
	}
	m.Claims = claims(cand.document)
	changes := m.compare(ref, cand)
	m.describe(ref, cand)
	i.judge(m, cand, ref, changes)
	i.judgeThumbnails(m, cand, candidate.Image)
	return m
}

// read reads a file. One that is no image and shows none says nothing.
func (i Inspector) read(s Source) *read {
	r := &read{}
	format, _ := container.Detect(s.Data)
	if s.Cut {
		reason := fmt.Sprintf("the file has %d bytes, of which %d are read", s.Bytes, len(s.Data))
		r.unread = append(r.unread, metadata.Passed{Place: cmp.Or(string(format), "file"), Reason: reason})
		r.problems = append(r.problems, reason)
	}
	f, err := container.Parse(s.Data, container.Limits{})
	if err != nil {
		if s.Image != nil || !errors.Is(err, container.ErrFormat) {
			r.unread = append(r.unread, metadata.Passed{Place: cmp.Or(string(format), "file"), Reason: err.Error()})
		}
		r.problems = append(r.problems, err.Error())
		return r
	}
	r.document = metadata.ReadFile(f, metadata.Limits{})
	for _, p := range r.document.Unread() {
		p.Place = cmp.Or(p.Place, string(format))
		r.unread = append(r.unread, p)
	}
	for _, p := range r.document.Problems {
		r.problems = append(r.problems, p.Reason)
	}
	r.report = provenance.Validate(s.Data, f, provenance.Options{Trust: i.Trust, Now: i.Now})
	return r
}

// refuses tells whether a reference must not be served in an image's place. It shows the same picture, so it is taken to
// show the same faces.
func (i Inspector) refuses(ref *read, f *Faces) bool {
	var alone Metadata
	i.judgeFaces(&alone, f)
	i.judgeUnread(&alone, ref)
	if ref.document != nil {
		i.judge(&alone, ref, nil, metadata.Changes{})
	}
	return len(alone.Quarantined()) > 0
}

// compare names what changed since the reference.
func (m *Metadata) compare(ref, cand *read) metadata.Changes {
	if ref == nil {
		return metadata.Changes{}
	}
	c := metadata.Compare(ref.document, cand.document)
	m.Lost, m.Added, m.Changed = fieldChanges(c.Lost), fieldChanges(c.Added), fieldChanges(c.Changed)
	return c
}

// maxFields bounds the fields that a check names in one list: it is kept.
const maxFields = 100

func fieldChanges(changes []metadata.Change) []FieldChange {
	list := []FieldChange{}
	for _, c := range changes {
		f := FieldChange{c.Key(), c.Class.String(), c.Elsewhere}
		if len(list) < maxFields && !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// describe says where the image comes from by its own word.
func (m *Metadata) describe(ref, cand *read) {
	origin := provenance.Generation(cand.document, cand.report)
	m.Provenance = Provenance{
		State: cand.report.State.String(), Verdict: provenance.Compare(reportOf(ref), cand.report).String(),
		SourceType: origin.First(provenance.SourceType), Software: origin.First(provenance.Software),
		Model: origin.First(provenance.Model), Seed: origin.First(provenance.Seed), Prompt: mark(origin.First(provenance.Prompt)),
	}
	for _, s := range cand.report.Failures() {
		if !slices.Contains(m.Provenance.Failures, s.Code) && len(m.Provenance.Failures) < maxFields {
			m.Provenance.Failures = append(m.Provenance.Failures, s.Code)
		}
	}
}

// mark tells equal texts from others and quotes none of them.
func mark(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// The fields of PLUS and IPTC that consents are looked up by.
const (
	keyPersonShown    = "XMP:Iptc4xmpExt:PersonInImage"
	keyPersonDetails  = "XMP:Iptc4xmpExt:PersonInImageWDetails/Iptc4xmpExt:PersonName"
	keyModelRelease   = "XMP:plus:ModelReleaseID"
	keyPropRelease    = "XMP:plus:PropertyReleaseID"
	keyModelStatus    = "XMP:plus:ModelReleaseStatus"
	keyPropertyStatus = "XMP:plus:PropertyReleaseStatus"
	keyMinorAge       = "XMP:plus:MinorModelAgeDisclosure"
	keyDataMining     = "XMP:plus:DataMining"
)

func claims(d *metadata.Document) Claims {
	var c Claims
	for _, f := range d.Fields {
		value := strings.TrimSpace(f.Value)
		if f.Standard != metadata.XMP || value == "" || strings.Contains(f.Name, "?") {
			continue
		}
		switch f.Key() {
		case keyPersonShown, keyPersonDetails:
			c.Persons = appendNew(c.Persons, value)
		case keyModelRelease:
			c.ModelReleases = appendNew(c.ModelReleases, value)
		case keyPropRelease:
			c.Properties = appendNew(c.Properties, value)
		case keyModelStatus:
			c.ModelStatus = term(value)
		case keyPropertyStatus:
			c.PropertyStatus = term(value)
		case keyMinorAge:
			c.MinorAge = term(value)
		case keyDataMining:
			c.DataMining = term(value)
		}
	}
	for _, r := range d.Regions {
		if r.Kind == "Face" && r.Name != "" {
			c.Persons = appendNew(c.Persons, r.Name)
		}
	}
	return c
}

// term is the last part of a term of the PLUS vocabulary, which is written as such or as an address.
func term(value string) string { return value[strings.LastIndexByte(value, '/')+1:] }

func appendNew(list []string, value string) []string {
	if len(list) >= maxFields || slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}
