package consent

import (
	"cmp"
	"slices"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Image is what a delivered image claims, and which it is.
type Image struct {
	Releases   []string // plus:ModelReleaseID
	Properties []string // plus:PropertyReleaseID
	Persons    []string // Iptc4xmpExt:PersonInImage and the names of PersonInImageWDetails
	// The PLUS terms, as files write them; see [Code]. Empty: not said.
	ModelRelease    string // plus:ModelReleaseStatus
	PropertyRelease string // plus:PropertyReleaseStatus
	MinorAge        string // plus:MinorModelAgeDisclosure
	DataMining      string // plus:DataMining
	ModelAges       []int  // Iptc4xmpExt:ModelAge, in years
	Pipeline        string
	Path            string // below the delivered folder, with slashes
	SHA256          string
}

// Delivery is what is done with an image. Empty fields are not asked about.
type Delivery struct {
	Use         string
	Channel     string
	Territories []string // all of them must be granted
	At          time.Time
	// Required says that an image without any link to a record is a finding.
	Required bool
}

// FindingKind is what is wrong.
type FindingKind string

// The kinds of finding, the gravest first.
const (
	MinorWithoutGuardian FindingKind = "minor-without-guardian"
	ConsentRevoked       FindingKind = "consent-revoked"
	ConsentRefused       FindingKind = "consent-refused"
	ConsentMissing       FindingKind = "consent-missing"
	ConsentExpired       FindingKind = "consent-expired"
	ConsentScope         FindingKind = "consent-scope"
	ReleaseOverstated    FindingKind = "release-overstated"
)

// FindingKinds lists all kinds, the gravest first.
func FindingKinds() []FindingKind {
	return []FindingKind{MinorWithoutGuardian, ConsentRevoked, ConsentRefused, ConsentMissing, ConsentExpired, ConsentScope, ReleaseOverstated}
}

// Finding is one thing that is wrong with an image. It names no person.
type Finding struct {
	Kind   FindingKind `json:"kind"`
	Record string      `json:"record,omitempty"` // C-2026-11-26-01; none where none was found
	Field  string      `json:"field,omitempty"`  // that linked image and record: "plus:ModelReleaseID"
	Number int         `json:"number,omitempty"` // of the claim in its field, from 1
	Lacks  string      `json:"lacks,omitempty"`  // of a scope: "channel social/instagram"
}

// Sentence says the finding.
func (f Finding) Sentence() phrase.Sentence {
	if f.Kind == ConsentScope {
		return phrase.Of("consent.finding.consent-scope", f.Record, f.Lacks)
	}
	if f.Record == "" {
		return phrase.Of(phrase.Key("consent.finding."+string(f.Kind)+".none"), cmp.Or(f.Field, "—"))
	}
	return phrase.Of(phrase.Key("consent.finding."+string(f.Kind)), f.Record)
}

// The fields that link an image to a record.
const (
	fieldRelease  = "plus:ModelReleaseID"
	fieldProperty = "plus:PropertyReleaseID"
	fieldPerson   = "Iptc4xmpExt:PersonInImage"
	fieldModel    = "plus:ModelReleaseStatus"
	fieldOwner    = "plus:PropertyReleaseStatus"
	fieldMinor    = "plus:MinorModelAgeDisclosure"
	fieldFile     = "file"
)

// trial is one image before the register.
type trial struct {
	*Register
	image    Image
	delivery Delivery
	model    ReleaseStatus
	property ReleaseStatus
	mining   DataMining
	minor    bool            // the image says so
	linked   map[int]bool    // records that answer a claim
	specific map[int]bool    // those of them that name the file or its release
	judged   map[string]bool // by subject and kind
	found    []Finding
}

// Judge says what is wrong with delivering an image, the gravest first.
//
// A record is linked to the image by a release id, by the name of a person, by
// a path or by the digest of the file. Each subject that is linked must have
// one record that grants the delivery: among the linked ones, and those that
// name no image at all. A claim that no record answers is missing a consent. An
// image that claims nothing and is linked to nothing has no finding, unless the
// delivery requires a consent.
func (g *Register) Judge(i Image, d Delivery) []Finding {
	t := trial{
		Register: g, image: i, delivery: d, linked: map[int]bool{}, specific: map[int]bool{}, judged: map[string]bool{},
		model: ReleaseStatus(Code(i.ModelRelease)), property: ReleaseStatus(Code(i.PropertyRelease)), mining: DataMining(Code(i.DataMining)),
	}
	t.minor = Age(Code(i.MinorAge)).Minor() || slices.ContainsFunc(i.ModelAges, func(years int) bool { return years >= 0 && years < 18 })
	links := t.links()
	for _, l := range links {
		for _, r := range l.records {
			t.linked[r] = true
			t.specific[r] = t.specific[r] || l.field != fieldPerson
		}
	}
	for _, l := range links {
		t.try(l)
	}
	t.claims()
	rank := func(f Finding) int { return slices.Index(FindingKinds(), f.Kind) }
	slices.SortStableFunc(t.found, func(a, b Finding) int { return cmp.Compare(rank(a), rank(b)) })
	return slices.Compact(t.found)
}

// link is one claim of the image with the records that answer it.
type link struct {
	field   string
	number  int
	kind    Kind
	records []int
}

func (t *trial) links() []link {
	var links []link
	of := func(kind Kind, records []int) []int {
		return slices.DeleteFunc(slices.Clone(records), func(r int) bool { return t.records[r].Kind != kind })
	}
	for n, id := range t.image.Releases {
		links = append(links, link{fieldRelease, n + 1, Model, of(Model, t.releases[id])})
	}
	for n, id := range t.image.Properties {
		links = append(links, link{fieldProperty, n + 1, Property, of(Property, t.releases[id])})
	}
	for n, name := range t.image.Persons {
		links = append(links, link{fieldPerson, n + 1, Model, of(Model, t.byName(name))})
	}
	byFile := t.byFile(t.image)
	for _, kind := range Kinds() {
		if list := of(kind, byFile); len(list) > 0 {
			links = append(links, link{fieldFile, 0, kind, list})
		}
	}
	return links
}

// try judges the subjects of a link, each once.
func (t *trial) try(l link) {
	if len(l.records) == 0 {
		t.found = append(t.found, Finding{Kind: ConsentMissing, Field: l.field, Number: l.number})
		return
	}
	for _, r := range l.records {
		subject := t.records[r].Subject
		if key := string(l.kind) + subject; !t.judged[key] {
			t.judged[key] = true
			t.found = append(t.found, t.subject(subject, l)...)
		}
	}
}

// subject gives what is wrong with the best record of a subject: the one that
// grants most, the youngest of equals. Where all that name this very file or
// its release are withdrawn, no other record makes up for it.
func (t *trial) subject(subject string, l link) []Finding {
	var all, specific choice
	for _, r := range t.subjects[subject] {
		record := &t.records[r]
		if record.Kind != l.kind || !t.linked[r] && record.named() {
			continue
		}
		found := t.weigh(record)
		all.offer(found, record.GivenAt)
		if t.specific[r] {
			specific.offer(found, record.GivenAt)
		}
	}
	best := all.found
	if specific.made && gravest(specific.found) <= slices.Index(FindingKinds(), ConsentRefused) {
		best = specific.found
	}
	for i := range best {
		best[i].Field, best[i].Number = l.field, l.number
	}
	return best
}

// choice is the best of the records that were offered.
type choice struct {
	found []Finding
	age   time.Time
	made  bool
}

func (c *choice) offer(found []Finding, age time.Time) {
	now, before := gravest(found), gravest(c.found)
	if !c.made || now > before || now == before && age.After(c.age) {
		*c = choice{found, age, true}
	}
}

// named tells whether a record is for certain images only.
func (r *Record) named() bool {
	return len(r.Values.Releases)+len(r.Values.Paths)+len(r.Values.Images) > 0
}

// gravest ranks findings; none ranks highest.
func gravest(list []Finding) int {
	rank := len(FindingKinds())
	for _, f := range list {
		rank = min(rank, slices.Index(FindingKinds(), f.Kind))
	}
	return rank
}

// weigh says what one record lacks for the delivery.
func (t *trial) weigh(r *Record) []Finding {
	kind := FindingKind("")
	switch r.Standing(t.delivery.At) {
	case Gone, Withdrawn:
		kind = ConsentRevoked
	case Denied:
		kind = ConsentRefused
	case Expired:
		kind = ConsentExpired
	}
	if kind != "" {
		return []Finding{{Kind: kind, Record: r.ID}}
	}
	var found []Finding
	if r.Kind == Model && r.Guardian == "" && r.Minor() {
		found = append(found, Finding{Kind: MinorWithoutGuardian, Record: r.ID})
	}
	for _, lacks := range t.lacks(r) {
		found = append(found, Finding{Kind: ConsentScope, Record: r.ID, Lacks: lacks})
	}
	if r.Level == Limited && (r.Kind == Model && t.model == ModelUnlimited || r.Kind == Property && t.property == PropertyUnlimited) {
		found = append(found, Finding{Kind: ReleaseOverstated, Record: r.ID})
	}
	return found
}

// lacks names the parts of the delivery that a record in force does not grant.
func (t *trial) lacks(r *Record) []string {
	var lacks []string
	d := t.delivery
	if d.At.Before(r.ValidFrom) {
		lacks = append(lacks, "before "+r.ValidFrom.Format(time.DateOnly))
	}
	training, generative := t.mining.allows()
	training, generative = training || d.Use == Training || d.Use == Generative, generative || d.Use == Generative
	if training && r.AI != AIAllowed && r.AI != AINoGenerative || generative && r.AI != AIAllowed {
		lacks = append(lacks, Training)
	}
	if r.Level == Unlimited {
		return lacks
	}
	if d.Use != "" && d.Use != Training && d.Use != Generative && !granted(r.Uses, d.Use) {
		lacks = append(lacks, "use "+d.Use)
	}
	if d.Channel != "" && !granted(r.Channels, d.Channel) {
		lacks = append(lacks, "channel "+d.Channel)
	}
	for _, where := range d.Territories {
		if !grantedIn(r.Territories, where) {
			lacks = append(lacks, "territory "+where)
		}
	}
	return lacks
}

// claims judges what the image says of releases and minors without a link to a record.
func (t *trial) claims() {
	has := func(kind Kind) bool {
		for r := range t.linked {
			if t.records[r].Kind == kind {
				return true
			}
		}
		return false
	}
	missing := func(field string) { t.found = append(t.found, Finding{Kind: ConsentMissing, Field: field}) }
	models := len(t.image.Releases)+len(t.image.Persons) > 0
	switch {
	case has(Model) || models: // judged by try
	case t.model == ModelNone || t.model == ModelUnlimited || t.model == ModelLimited:
		missing(fieldModel)
	}
	switch {
	case has(Property) || len(t.image.Properties) > 0:
	case t.property == PropertyNone || t.property == PropertyUnlimited || t.property == PropertyLimited:
		missing(fieldOwner)
	}
	// The age is that of the youngest in the picture.
	if t.minor && !t.guarded() {
		t.found = append(t.found, Finding{Kind: MinorWithoutGuardian, Field: fieldMinor})
	}
	if t.delivery.Required && len(t.linked) == 0 && len(t.found) == 0 {
		missing("")
	}
}

// guarded tells whether a guardian agreed to one of the linked records, and that one is in force.
func (t *trial) guarded() bool {
	for r := range t.linked {
		record := &t.records[r]
		if record.Kind == Model && record.Guardian != "" && record.Standing(t.delivery.At).inForce() {
			return true
		}
	}
	return false
}
