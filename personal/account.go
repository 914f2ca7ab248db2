package personal

import (
	"crypto/sha256"
	"strings"
)

// issuers are the prefixes of card numbers (ISO/IEC 7812) as ranges of their first six digits, with the shortest and
// the longest length in use and the step between lengths.
var issuers = [...]struct{ from, until, shortest, longest, step int }{
	{180000, 180099, 15, 15, 1}, {213100, 213199, 15, 15, 1}, // JCB, old
	{220000, 220499, 16, 19, 1},                                                                                        // Mir
	{222100, 272099, 16, 16, 1},                                                                                        // Mastercard
	{300000, 305999, 14, 16, 1}, {309500, 309599, 14, 16, 1}, {360000, 369999, 14, 19, 1}, {380000, 399999, 14, 19, 1}, // Diners Club
	{340000, 349999, 15, 15, 1}, {370000, 379999, 15, 15, 1}, // American Express
	{352800, 358999, 16, 19, 1},                                                                                        // JCB
	{400000, 499999, 13, 19, 3},                                                                                        // Visa
	{500000, 509999, 12, 19, 1}, {560000, 589999, 12, 19, 1}, {630000, 639999, 12, 19, 1}, {670000, 679999, 12, 19, 1}, // Maestro
	{510000, 559999, 16, 16, 1},                              // Mastercard
	{601100, 601199, 16, 19, 1}, {644000, 659999, 16, 19, 1}, // Discover
	{620000, 629999, 16, 19, 1}, // UnionPay
}

// issued tells whether an issuer gives numbers of this prefix and length.
func issued(digits string) bool {
	prefix, n := atoi(digits[:6]), len(digits)
	for _, is := range issuers {
		if is.from <= prefix && prefix <= is.until {
			return is.shortest <= n && n <= is.longest && (n-is.shortest)%is.step == 0
		}
	}
	return false
}

// luhn tells whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

const (
	shortestCard = 12
	longestCard  = 19
)

// card finds the number of a payment card: in one piece, or in groups parted alike of which the first has four digits.
func (s *scan) card(groups []group) int {
	digits, n := 0, 0
	if start := groups[0].start; start > 0 && s.text[start-1] == '+' {
		return 0
	}
	for n < len(groups) && digits < longestCard && (n == 0 || groups[0].size() == 4 && groups[n].size() <= 6) {
		digits += groups[n].size()
		n++
	}
	for ; n > 0; n-- {
		if digits >= shortestCard && digits <= longestCard && s.isCard(groups[:n]) {
			s.add(Finding{CreditCard, groups[0].start, groups[n-1].end, s.cardLikelihood(groups[:n], digits)})
			return n
		}
		digits -= groups[n-1].size()
	}
	return 0
}

func (s *scan) isCard(groups []group) bool {
	sep, same := s.uniform(groups)
	if !same || sep == "/" || sep == "." || s.after(groups[len(groups)-1].end) {
		return false
	}
	digits := s.digitsOf(groups)
	if !luhn(digits) {
		return false
	}
	related := s.context(groups[0].start)
	// The French SIRET has 14 digits and the same check digit; barcodes pass by chance.
	return related == paid || issued(digits) && (len(groups) > 1 || len(digits) > 15 || related != labelled)
}

func (s *scan) cardLikelihood(groups []group, digits int) Likelihood {
	switch {
	case len(groups) > 1:
		return VeryLikely
	case digits >= 15:
		return Likely
	}
	return Possible
}

// ibanLengths are the lengths of account numbers by country (SWIFT, IBAN Registry).
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28,
	"CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
	"FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
	"IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
	"LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
	"NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
	"SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

const longestIBAN = 33

// iban finds an account number at the start of a word.
func (s *scan) iban(i int) bool {
	if i+15 > len(s.text) || !isLetter(s.text[i]) || !isLetter(s.text[i+1]) || !isDigit(s.text[i+2]) || !isDigit(s.text[i+3]) {
		return false
	}
	length := ibanLengths[strings.ToUpper(s.text[i:i+2])]
	if length == 0 {
		return false
	}
	var id [longestIBAN]byte
	at, n := i, 0
	for n < length && at < len(s.text) {
		if isAlnum(s.text[at]) {
			id[n] = s.text[at]
			n, at = n+1, at+1
			continue
		}
		next := s.gap(at)
		if next == at {
			return false
		}
		at = next
	}
	if n < length || s.after(at) {
		return false
	}
	switch {
	case mod97(id[4:length], id[:4]) == 1:
		s.add(Finding{IBAN, i, at, VeryLikely})
	case s.precededBy(i, []string{"iban", "bban", "rib"}):
		s.add(Finding{IBAN, i, at, Possible}) // mistyped, and still somebody's
	default:
		return false
	}
	return true
}

// mod97 is the remainder of the parts read as one number, letters as 10 to 35 (ISO 7064).
func mod97(parts ...[]byte) int {
	rest := 0
	for _, part := range parts {
		for _, c := range part {
			if isDigit(c) {
				rest = (10*rest + int(c-'0')) % 97
			} else {
				rest = (100*rest + int(c|0x20-'a') + 10) % 97
			}
		}
	}
	return rest
}

// Lengths of addresses of Bitcoin and Ethereum.
const (
	shortestBase58 = 26
	longestBase58  = 35
	ethereum       = 42
	longestBech32  = 90
)

// wallet finds an address of Bitcoin (Base58Check or Bech32) or Ethereum in the word from i to end.
func (s *scan) wallet(i, end int) bool {
	word := s.text[i:end]
	var ok bool
	switch {
	case len(word) == ethereum && word[0] == '0' && word[1] == 'x':
		ok = strings.Trim(word[2:], "0123456789abcdefABCDEF") == ""
	case len(word) >= shortestBase58 && len(word) <= longestBase58 && (word[0] == '1' || word[0] == '3'):
		ok = base58Check(word)
	case len(word) > shortestBase58 && len(word) <= longestBech32 && strings.EqualFold(word[:3], "bc1"):
		ok = bech32(strings.ToLower(word))
	}
	if ok {
		s.add(Finding{Crypto, i, end, VeryLikely})
	}
	return ok
}

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Check tells whether a word is 25 bytes in base 58 of which the last four begin the double SHA-256 of the rest.
func base58Check(word string) bool {
	var payload [25]byte
	for i := range len(word) {
		carry := strings.IndexByte(base58Digits, word[i])
		if carry < 0 {
			return false
		}
		for j := len(payload) - 1; j >= 0; j-- {
			carry += 58 * int(payload[j])
			payload[j] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	once := sha256.Sum256(payload[:21])
	twice := sha256.Sum256(once[:])
	return string(twice[:4]) == string(payload[21:])
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 tells whether the checksum of an address bc1… is right (BIP 173; BIP 350 from version 1 on).
func bech32(word string) bool {
	sum := 1
	step := func(v int) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ v
		for i, g := range [...]int{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, v := range [...]int{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		step(v)
	}
	for i := 3; i < len(word); i++ {
		v := strings.IndexByte(bech32Digits, word[i])
		if v < 0 {
			return false
		}
		step(v)
	}
	return sum == 1 || sum == 0x2bc830a3
}
