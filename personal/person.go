package personal

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// announcement is a phrase after which a name stands.
type announcement struct {
	phrase string
	form   nameForm
}

type nameForm int

const (
	inSentence nameForm = iota // up to four words that begin with a capital
	afterTitle                 // the same, where a title alone says little: "Mme Dupont"
	below                      // a line of nothing but the name, on the same line or on the next
	farBelow                   // the same, on the next line only and at the end of the text: "Merci,"
)

// announcements by their first letter's order do not matter; the longest that fits is taken.
var announcements = [...]announcement{
	{"je m'appelle", inSentence}, {"je m’appelle", inSentence}, {"mon nom est", inSentence}, {"my name is", inSentence},
	{"my name's", inSentence}, {"mein name ist", inSentence}, {"ich heiße", inSentence}, {"nom :", below}, {"nom:", below},
	{"name:", below}, {"prénom :", below}, {"prénom:", below},
	{"mme", afterTitle}, {"mlle", afterTitle}, {"madame", afterTitle}, {"monsieur", afterTitle}, {"mr", afterTitle},
	{"mr.", afterTitle}, {"mrs", afterTitle}, {"mrs.", afterTitle}, {"ms", afterTitle}, {"ms.", afterTitle}, {"dr", afterTitle},
	{"dr.", afterTitle}, {"m.", afterTitle},
	{"cordialement", below}, {"bien cordialement", below}, {"bien à vous", below}, {"salutations", below},
	{"salutations distinguées", below}, {"sincères salutations", below}, {"best regards", below}, {"kind regards", below},
	{"regards", below}, {"sincerely", below}, {"yours sincerely", below}, {"yours faithfully", below}, {"yours truly", below},
	{"best wishes", below}, {"warm regards", below}, {"mit freundlichen grüßen", below}, {"viele grüße", below},
	{"thanks", farBelow}, {"thank you", farBelow}, {"cheers", farBelow}, {"merci", farBelow}, {"merci d'avance", farBelow},
	{"merci d’avance", farBelow}, {"bonne journée", farBelow}, {"à bientôt", farBelow}, {"best", farBelow},
}

// announced looks for a phrase at the word from i to end, and for the name after it.
func (s *scan) announced(i, end int) {
	if strings.IndexByte("jmnpcbsrykwvtdi", s.text[i]|0x20) < 0 {
		return
	}
	best := announcement{}
	for _, a := range announcements {
		if len(a.phrase) > len(best.phrase) && a.phrase[0] == s.text[i]|0x20 && foldPrefix(s.text[i:], a.phrase) &&
			!(isAlnum(a.phrase[len(a.phrase)-1]) && s.after(i+len(a.phrase))) {
			best = a
		}
	}
	if best.phrase == "" || strings.HasSuffix(best.phrase, ":") && !s.lineStarts(i) {
		return // "file name: Hero" names no person
	}
	start := s.nameStart(i+len(best.phrase), best.form)
	stop, words := s.name(start)
	if words == 0 || (best.form == below || best.form == farBelow) && !s.lineEnds(stop, best.form) {
		return
	}
	s.add(Finding{Person, start, stop, Possible})
}

// foldPrefix is strings.HasPrefix without regard to case; the phrase is in lower case.
func foldPrefix(text, phrase string) bool {
	return len(text) >= len(phrase) && strings.EqualFold(text[:len(phrase)], phrase)
}

// nameStart passes over what stands between a phrase and a name.
func (s *scan) nameStart(i int, form nameForm) int {
	lines := 0
	for i < len(s.text) {
		c := s.text[i]
		switch {
		case c == '\n':
			lines++
		case c == ' ' || c == '\r' || c == '\t':
		case strings.HasPrefix(s.text[i:], "\u00a0"):
			i++
		case (form == below || form == farBelow) && lines == 0 && strings.IndexByte(",.!:", c) >= 0:
		default:
			if lines > 3 || lines > 0 && form < below || lines == 0 && form == farBelow {
				return len(s.text)
			}
			return i
		}
		i++
	}
	return i
}

// particles join the parts of a name.
var particles = [...]string{"de", "du", "des", "la", "le", "van", "von", "der", "den", "di", "da", "dos", "el", "al", "bin",
	"ben", "ter", "zu", "y"}

// notNames begin with a capital in a letter and are no name.
var notNames = [...]string{"le", "la", "les", "un", "une", "the", "a", "i", "je", "votre", "vos", "your", "mon", "ma", "mes", "my",
	"madame", "monsieur", "mr", "mrs", "ms", "mme", "dr", "service", "sent", "envoyé", "tel", "tél", "not", "and", "et", "for",
	"pour", "but", "mais", "very", "this", "ce", "it", "il", "on", "nous", "we", "you", "vous"}

// longestName is the number of words of a name, particles left out.
const longestName = 4

// name reads words that begin with a capital from i and gives where the last ends and how many there were.
func (s *scan) name(i int) (end, words int) {
	end = i
	for words < longestName && i < len(s.text) {
		stop := i
		for stop < len(s.text) {
			r, n := utf8.DecodeRuneInString(s.text[stop:])
			if !unicode.IsLetter(r) && (stop == i || r != '-' && r != '\'' && r != '’' && (r != '.' || stop-i > 2)) {
				break
			}
			stop += n
		}
		word := strings.TrimRight(s.text[i:stop], "-'’")
		first, _ := utf8.DecodeRuneInString(word)
		lower := strings.ToLower(word)
		switch {
		case word == "", slices.Contains(notNames[:], lower) && (words == 0 || !slices.Contains(particles[:], lower)):
			return end, words
		case unicode.IsUpper(first):
			end = i + len(word)
			words++
		case words == 0 || !slices.Contains(particles[:], lower):
			return end, words
		}
		if stop >= len(s.text) || s.text[stop] != ' ' {
			return end, words
		}
		i = stop + 1
	}
	return end, words
}

// lineStarts tells whether nothing but blanks and bullets stands before i on its line.
func (s *scan) lineStarts(i int) bool {
	for i > 0 && strings.IndexByte(" \t-*>", s.text[i-1]) >= 0 {
		i--
	}
	return i == 0 || s.text[i-1] == '\n'
}

// lineEnds tells whether nothing but punctuation follows on the line; at the end of the text for a name that its
// phrase hardly announces.
func (s *scan) lineEnds(i int, form nameForm) bool {
	for i < len(s.text) && strings.IndexByte(" .,;!\r\t", s.text[i]) >= 0 {
		i++
	}
	if form == farBelow {
		return strings.TrimSpace(s.text[i:]) == ""
	}
	return i >= len(s.text) || s.text[i] == '\n'
}
