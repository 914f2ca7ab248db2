package provenance

// Code is a status code of the specification (C2PA 2.4, 15.2.2).
type Code string

// The codes that Validate gives.
const (
	// Success.
	BMFFHashMatch          Code = "assertion.bmffHash.match"
	BoxesHashMatch         Code = "assertion.boxesHash.match"
	DataHashMatch          Code = "assertion.dataHash.match"
	HashedURIMatch         Code = "assertion.hashedURI.match"
	InsideValidity         Code = "claimSignature.insideValidity"
	SignatureValidated     Code = "claimSignature.validated"
	IngredientSigValidated Code = "ingredient.claimSignature.validated"
	IngredientValidated    Code = "ingredient.manifest.validated"
	OCSPNotRevoked         Code = "signingCredential.ocsp.notRevoked"
	CredentialTrusted      Code = "signingCredential.trusted"
	TimeStampTrusted       Code = "timeStamp.trusted"
	TimeStampValidated     Code = "timeStamp.validated"

	// Informational.
	BMFFExclusions     Code = "assertion.bmffHash.additionalExclusionsPresent"
	UnknownProvenance  Code = "ingredient.unknownProvenance"
	OCSPSkipped        Code = "signingCredential.ocsp.skipped"
	OCSPUnknown        Code = "signingCredential.ocsp.unknown"
	TimeStampMalformed Code = "timeStamp.malformed"
	TimeStampMismatch  Code = "timeStamp.mismatch"
	TimeStampOutside   Code = "timeStamp.outsideValidity"
	TimeStampUntrusted Code = "timeStamp.untrusted"
	TimeStampInvalid   Code = "timeStamp.credentialInvalid"

	// Failure.
	AlgorithmUnsupported  Code = "algorithm.unsupported"
	ActionIngredient      Code = "assertion.action.ingredientMismatch"
	ActionMalformed       Code = "assertion.action.malformed"
	ActionRedacted        Code = "assertion.action.redacted"
	ActionRedaction       Code = "assertion.action.redactionMismatch"
	ActionSoftBinding     Code = "assertion.action.softBindingMissing"
	BMFFHashMalformed     Code = "assertion.bmffHash.malformed"
	BMFFHashMismatch      Code = "assertion.bmffHash.mismatch"
	BoxesHashMalformed    Code = "assertion.boxesHash.malformed"
	BoxesHashMismatch     Code = "assertion.boxesHash.mismatch"
	BoxesHashUnknown      Code = "assertion.boxesHash.unknownBox"
	AssertionCBOR         Code = "assertion.cbor.invalid"
	AssertionJSON         Code = "assertion.json.invalid"
	CloudDataHardBinding  Code = "assertion.cloud-data.hardBinding"
	CloudDataMalformed    Code = "assertion.cloud-data.malformed"
	DataHashMalformed     Code = "assertion.dataHash.malformed"
	DataHashMismatch      Code = "assertion.dataHash.mismatch"
	HardBindingRedacted   Code = "assertion.hardBinding.redacted"
	HashedURIMismatch     Code = "assertion.hashedURI.mismatch"
	TimeStampAssertion    Code = "assertion.timestamp.malformed"
	IngredientMalformed   Code = "assertion.ingredient.malformed"
	AssertionMissing      Code = "assertion.missing"
	MultipleHardBindings  Code = "assertion.multipleHardBindings"
	NotRedacted           Code = "assertion.notRedacted"
	OutsideManifest       Code = "assertion.outsideManifest"
	SelfRedacted          Code = "assertion.selfRedacted"
	Undeclared            Code = "assertion.undeclared"
	ClaimCBOR             Code = "claim.cbor.invalid"
	HardBindingsMissing   Code = "claim.hardBindings.missing"
	ClaimMalformed        Code = "claim.malformed"
	ClaimMissing          Code = "claim.missing"
	ClaimMultiple         Code = "claim.multiple"
	SignatureMissing      Code = "claimSignature.missing"
	SignatureMismatch     Code = "claimSignature.mismatch"
	OutsideValidity       Code = "claimSignature.outsideValidity"
	GeneralError          Code = "general.error"
	ReferenceMissing      Code = "hashedURI.missing"
	ReferenceMismatch     Code = "hashedURI.mismatch"
	IngredientSigMissing  Code = "ingredient.claimSignature.missing"
	IngredientSigMismatch Code = "ingredient.claimSignature.mismatch"
	IngredientMissing     Code = "ingredient.manifest.missing"
	IngredientMismatch    Code = "ingredient.manifest.mismatch"
	CompressedInvalid     Code = "manifest.compressed.invalid"
	MultipleParents       Code = "manifest.multipleParents"
	UpdateInvalid         Code = "manifest.update.invalid"
	UpdateWrongParents    Code = "manifest.update.wrongParents"
	CredentialInvalid     Code = "signingCredential.invalid"
	OCSPRevoked           Code = "signingCredential.ocsp.revoked"
	CredentialUntrusted   Code = "signingCredential.untrusted"
)

// Kind is what a code says: success, information or failure.
type Kind uint8

// The kinds.
const (
	Failure Kind = iota
	Informational
	Success
)

// String is the kind's name in the specification.
func (k Kind) String() string {
	switch k {
	case Success:
		return "success"
	case Informational:
		return "informational"
	}
	return "failure"
}

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Kind is the kind of a code: failure, unless the specification lists it elsewhere.
func (c Code) Kind() Kind {
	switch c {
	case BMFFHashMatch, BoxesHashMatch, DataHashMatch, HashedURIMatch, InsideValidity, SignatureValidated, IngredientSigValidated,
		IngredientValidated, OCSPNotRevoked, CredentialTrusted, TimeStampTrusted, TimeStampValidated:
		return Success
	case BMFFExclusions, UnknownProvenance, OCSPSkipped, OCSPUnknown,
		TimeStampMalformed, TimeStampMismatch, TimeStampOutside, TimeStampUntrusted, TimeStampInvalid:
		return Informational
	}
	return Failure
}

// Status is one thing that validation found.
type Status struct {
	Code        Code   `json:"code"`
	Kind        Kind   `json:"kind"`
	URI         string `json:"uri,omitempty"` // the JUMBF box that it is about
	Explanation string `json:"explanation,omitempty"`
	// Ingredient is the ingredient assertion under which it was found, empty for the active manifest.
	Ingredient string `json:"ingredient,omitempty"`
}

// State is what all statuses come to.
type State uint8

// The states. Valid means that bytes and claim are as they were signed, by somebody; Trusted, by somebody on the trust
// list.
const (
	Absent State = iota // no manifest
	Invalid
	Valid
	Trusted
)

// String is the state's name.
func (s State) String() string {
	return [...]string{"Absent", "Invalid", "Valid", "Trusted"}[min(int(s), 3)]
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
