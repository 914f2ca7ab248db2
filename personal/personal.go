// Package personal finds and masks personal data in text: addresses, telephone numbers, accounts, cards.
//
// It reads free text (a ticket, a post, a caption) and knows what can be told by form, by checksum and by the words
// beside it. [Find] says where, [Mask] replaces, [Redact] does both until nothing is left to find:
//
//	clean, findings := personal.Redact("Call 06 12 34 56 78", personal.Options{})
//	// clean is "Call [PHONE_NUMBER]"
//
// Names of people cannot be found by rules. What is masked as [Person] is where a text says itself that a name
// follows: an @handle, a signature below "Cordialement", "my name is". Everything else that identifies somebody in
// words (names in running text, postal addresses, dates of birth) stays, and a caller must not take masked text for
// anonymous text.
//
// Order, invoice and customer numbers are left alone: a team needs them.
package personal

// Entity is the kind of a finding. The names are those of Microsoft Presidio where it has the kind.
type Entity string

// The entities.
const (
	Email      Entity = "EMAIL_ADDRESS"
	Phone      Entity = "PHONE_NUMBER" // by the numbering plans of libphonenumber
	IBAN       Entity = "IBAN_CODE"    // ISO 13616, check digits by ISO 7064 mod 97-10
	CreditCard Entity = "CREDIT_CARD"  // ISO/IEC 7812: issuer's prefix, length, Luhn
	IP         Entity = "IP_ADDRESS"   // version 4 and 6
	URL        Entity = "URL"          // with a scheme, with www., or a bare domain name
	MAC        Entity = "MAC_ADDRESS"
	Crypto     Entity = "CRYPTO" // Bitcoin and Ethereum addresses
	NIR        Entity = "FR_NIR" // French social security number
	SSN        Entity = "US_SSN" // United States social security number
	Person     Entity = "PERSON" // a handle, or a name that its text announces
)

// Likelihood says how sure a finding is, on the scale of Google's Sensitive Data Protection. The zero value is no
// likelihood.
type Likelihood int

// The likelihoods, least first.
const (
	VeryUnlikely Likelihood = 1 + iota
	Unlikely
	Possible   // by form, without more
	Likely     // by form and by a rule that rules most else out, or by form and context
	VeryLikely // by checksum, or by a form that nothing else has
)

// String is the likelihood's name in that scale.
func (l Likelihood) String() string {
	switch l {
	case VeryUnlikely:
		return "VERY_UNLIKELY"
	case Unlikely:
		return "UNLIKELY"
	case Possible:
		return "POSSIBLE"
	case Likely:
		return "LIKELY"
	case VeryLikely:
		return "VERY_LIKELY"
	}
	return "LIKELIHOOD_UNSPECIFIED"
}

// Finding is one place of a text: bytes Start to End, on rune borders.
type Finding struct {
	Entity     Entity
	Start, End int
	Likelihood Likelihood
}

// Options say what to look for.
type Options struct {
	// Regions are the countries (ISO 3166, two capitals) in whose way a telephone number without + may be written.
	// None: FR, GB, US, DE.
	Regions []string
	// Least leaves findings out that are less likely. The zero value leaves none out.
	Least Likelihood
}
