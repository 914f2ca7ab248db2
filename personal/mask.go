package personal

import "strings"

// known are the entities that a placeholder may name.
var known = [...]Entity{Email, Phone, IBAN, CreditCard, IP, URL, MAC, Crypto, NIR, SSN, Person}

// Mask replaces each finding by the name of its entity in brackets: [EMAIL_ADDRESS]. Findings may come in any order;
// of overlapping ones the surer is taken, and what does not lie in the text is left out.
func Mask(text string, findings []Finding) string {
	inside := make([]Finding, 0, len(findings))
	for _, f := range findings {
		if 0 <= f.Start && f.Start < f.End && f.End <= len(text) {
			inside = append(inside, f)
		}
	}
	inside = resolve(inside)
	if len(inside) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 8*len(inside))
	from := 0
	for _, f := range inside {
		b.WriteString(text[from:f.Start])
		b.WriteByte('[')
		b.WriteString(string(f.Entity))
		b.WriteByte(']')
		from = f.End
	}
	b.WriteString(text[from:])
	return b.String()
}

// Redact finds and masks until nothing is left to find: the masked text has no findings, and redacting it again
// changes nothing. The findings are those of the text as given. A text without any comes back as it is.
func Redact(text string, o Options) (string, []Finding) {
	first := Find(text, o)
	for found := first; len(found) > 0; found = Find(text, o) {
		// It ends: each round turns text into placeholders, which are never found.
		text = Mask(text, found)
	}
	return text, first
}

// placeholders gives the places of a text that Mask may have written.
func placeholders(text string) []span {
	var masks []span
	for i := 0; i < len(text); i++ {
		if text[i] != '[' {
			continue
		}
		for _, e := range known {
			if end := i + len(e) + 2; strings.HasPrefix(text[i+1:], string(e)+"]") {
				masks = append(masks, span{i, end})
				i = end - 1
				break
			}
		}
	}
	return masks
}
