package personal

import (
	"slices"
	"strings"
)

// words goes over the text once and looks at the start of each word.
func (s *scan) words() {
	inside := false
	for i := 0; i < len(s.text); {
		if !wordStart(s.text[i:]) {
			inside = s.text[i] == ']' && s.masked(i)
			i++
			continue
		}
		if inside {
			i++
			continue
		}
		inside = true
		i = s.word(i)
	}
}

// word looks at the word that begins at i and gives where to go on, at least one byte further.
func (s *scan) word(i int) int {
	end := i + 1
	for end < len(s.text) && isAlnum(s.text[end]) {
		end++
	}
	if s.digits >= 2 {
		switch {
		case end-i == 2 && s.hyphenMAC(i), s.iban(i), end-i >= shortestBase58 && s.wallet(i, end):
			return end
		case isDigit(s.text[i]):
			return s.number(i)
		}
	}
	if isLetter(s.text[i]) {
		s.announced(i, end)
	}
	return end
}

// How far back words are looked at.
const (
	backWords = 6
	backBytes = 60
)

// back calls yes with the words before i, the nearest first, in lower case, until it answers true.
func (s *scan) back(i int, yes func(word string) bool) bool {
	least := max(0, i-backBytes)
	for range backWords {
		for i > least && !wordEnd(s.text[:i]) {
			if i--; s.text[i] == ']' && s.masked(i) {
				return false // what was masked says nothing: PHONE_NUMBER is no word of the text
			}
		}
		end := i
		for i > least && wordEnd(s.text[:i]) {
			i--
		}
		if i == end || i == least && least > 0 {
			return false
		}
		if yes(strings.ToLower(s.text[i:end])) {
			return true
		}
	}
	return false
}

// precededBy tells whether one of the two words before i is among these.
func (s *scan) precededBy(i int, words []string) bool {
	n := 0
	found := false
	s.back(i, func(word string) bool {
		n++
		for _, w := range words {
			found = found || w == word
		}
		return found || n == 2
	})
	return found
}

// relation is what the words before a number say of it.
type relation int

const (
	unsaid   relation = iota
	dialled           // it is a telephone number
	labelled          // it is the number of something else: an order, a customer
	paid              // it is the number of a payment card
)

// paying are beginnings of words that announce a card.
var paying = [...]string{"card", "carte", "visa", "mastercard", "amex", "karte", "kredit"}

// dialling are beginnings of words that announce a telephone number, in English, French and German.
var dialling = [...]string{"phone", "tel", "tél", "mobil", "portable", "cell", "fax", "gsm", "whatsapp", "signal", "sms",
	"call", "dial", "ring", "reach", "appele", "rappel", "joindre", "joign", "contact", "desk", "answering", "message", "handy",
	"ruf", "registered"}

// labels are beginnings of words that announce the number of a thing.
var labels = [...]string{"order", "command", "cmd", "ref", "réf", "invoice", "factur", "client", "customer", "ticket",
	"dossier", "tracking", "colis", "suivi", "parcel", "sku", "isbn", "ean", "gtin", "upc", "serial", "série", "lot", "contrat",
	"contract", "siret", "siren", "tva", "vat", "article", "produit", "product", "incident", "bug", "case", "issue", "id",
	"identifi", "bestell", "kunden", "rechnung", "asset", "image", "photo", "build", "version", "commit", "transaction"}

// context tells what the words before i say of a number there; the nearest word that says something decides.
func (s *scan) context(i int) relation {
	r := unsaid
	if i > 0 && s.text[i-1] == '#' {
		return labelled
	}
	s.back(i, func(word string) bool {
		switch {
		case isDigit(word[0]): // no word of these begins with one
		case word == "id", word == "n", word == "no":
			if word == "id" {
				r = labelled
			}
		case hasPrefix(word, dialling[:]):
			r = dialled
		case word == "cc", hasPrefix(word, paying[:]):
			r = paid
		case word != "idea" && hasPrefix(word, labels[:]):
			r = labelled
		}
		return r != unsaid
	})
	return r
}

// afterDialling are words that say behind a number what it was: "0341 8387176 office".
var afterDialling = [...]string{"office", "fax", "mobile", "cell", "desk", "home", "work", "phone", "tel", "bureau", "portable",
	"domicile", "mobil", "privat"}

// dialledAfter tells whether the word after i says that a telephone number ends there.
func (s *scan) dialledAfter(i int) bool {
	for n := 0; n < 2 && i < len(s.text) && strings.IndexByte(" -(:", s.text[i]) >= 0; n++ {
		i++
	}
	end := i
	for end < len(s.text) && isLetter(s.text[end]) && end-i < 10 {
		end++
	}
	return end > i && !s.after(end) && slices.Contains(afterDialling[:], strings.ToLower(s.text[i:end]))
}

// contextOf is context before the first of the groups. Far enough into a run, all words before are groups themselves,
// which say nothing: lists of numbers need not be gone back over from each.
func (s *scan) contextOf(groups []group) relation {
	if len(s.run)-len(groups) >= backWords {
		return unsaid
	}
	return s.context(groups[0].start)
}

func hasPrefix(word string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.HasPrefix(word, b) {
			return true
		}
	}
	return false
}
