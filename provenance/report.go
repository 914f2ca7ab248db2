package provenance

import (
	"time"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/jumbf"
)

// Limits bound what is read. Zero fields mean the defaults.
type Limits struct {
	CBOR      cbor.Limits // of one assertion, claim or signature
	JUMBF     jumbf.Limits
	Unpacked  int // bytes of all compressed manifests; 16 MiB
	Manifests int // that are validated, ingredients included; 100
	Statuses  int // that are reported; 10 000
}

func (l Limits) orDefault() Limits {
	if l.Unpacked <= 0 {
		l.Unpacked = 16 << 20
	}
	if l.Manifests <= 0 {
		l.Manifests = 100
	}
	if l.Statuses <= 0 {
		l.Statuses = 10_000
	}
	return l
}

// Options say how to validate.
type Options struct {
	Trust  *TrustList // nil: nobody is trusted, and the best state is Valid
	Now    time.Time  // what certificates without a time-stamp are held against
	Limits Limits
}

// Report is the result of a validation.
type Report struct {
	State     State       `json:"state"`
	Statuses  []Status    `json:"statuses,omitempty"`
	Active    string      `json:"active,omitempty"` // label of the active manifest
	Manifests []*Manifest `json:"manifests,omitempty"`
	// Remote is where the image says that its manifest is kept, if it holds none itself. It is not fetched.
	Remote string `json:"remote,omitempty"`
}

// Failures are the statuses that say what is wrong.
func (r *Report) Failures() []Status {
	var failures []Status
	for _, s := range r.Statuses {
		if s.Kind == Failure {
			failures = append(failures, s)
		}
	}
	return failures
}

// ActiveManifest is the manifest of the image itself, nil without one that can be read.
func (r *Report) ActiveManifest() *Manifest {
	for _, m := range r.Manifests {
		if m.Label == r.Active {
			return m
		}
	}
	return nil
}

// Manifest is what a manifest says. In an Invalid report it is what somebody wrote, and must not be shown as the
// signer's word (C2PA 2.4, 15.3).
type Manifest struct {
	Label        string        `json:"label"`
	ClaimVersion int           `json:"claim_version"`
	Update       bool          `json:"update,omitempty"`
	Generator    string        `json:"claim_generator,omitempty"`
	Title        string        `json:"title,omitempty"`
	Format       string        `json:"format,omitempty"`
	InstanceID   string        `json:"instance_id,omitempty"`
	Signature    Signature     `json:"signature"`
	Assertions   []string      `json:"assertions,omitempty"` // labels
	Redacted     []string      `json:"redacted,omitempty"`   // URIs in other manifests
	Actions      []Action      `json:"actions,omitempty"`
	Ingredients  []Ingredient  `json:"ingredients,omitempty"`
	Authors      []string      `json:"authors,omitempty"` // of CreativeWork and metadata assertions: personal data
	SourceType   string        `json:"digital_source_type,omitempty"`
	Mining       []MiningEntry `json:"training_mining,omitempty"`
	Identities   []string      `json:"identities,omitempty"` // labels of CAWG identity assertions, not verified
	metadata     []namedValue
	evidence     []Evidence // of ingredients that are prompts and models
}

// Signature says who signed a claim and when, as its certificate and time-stamp have it.
type Signature struct {
	Algorithm  string    `json:"algorithm,omitempty"`
	Issuer     string    `json:"issuer,omitempty"`
	CommonName string    `json:"common_name,omitempty"`
	Serial     string    `json:"serial,omitempty"` // decimal
	NotAfter   time.Time `json:"not_after,omitzero"`
	Time       time.Time `json:"time,omitzero"` // of a time-stamp that was validated
}

// Action is one step of an actions assertion.
type Action struct {
	Action        string `json:"action"`
	When          string `json:"when,omitempty"`
	SoftwareAgent string `json:"software_agent,omitempty"`
	SourceType    string `json:"digital_source_type,omitempty"`
	Description   string `json:"description,omitempty"`
	parameters    cbor.Value
}

// Ingredient is a picture that another one was made of.
type Ingredient struct {
	Label        string `json:"label"` // of the ingredient assertion
	Title        string `json:"title,omitempty"`
	Format       string `json:"format,omitempty"`
	Relationship string `json:"relationship"` // parentOf, componentOf, inputTo
	Manifest     string `json:"manifest,omitempty"`
	SourceType   string `json:"digital_source_type,omitempty"`
}

// MiningEntry says whether a use for data mining or training is allowed (CAWG training and data mining assertion).
type MiningEntry struct {
	Use        string `json:"use"`        // cawg.ai_generative_training, cawg.ai_training, cawg.ai_inference, cawg.data_mining
	Permission string `json:"permission"` // allowed, notAllowed, constrained
	Constraint string `json:"constraint,omitempty"`
}

// namedValue is a value of a metadata assertion, for Generation.
type namedValue struct{ name, value string }
