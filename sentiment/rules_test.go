package sentiment

import (
	"math"
	"testing"
)

// TestPublished holds the engine to the compounds that the README of VADER gives for its examples, where the rules are the
// same. They differ where a comma ends the reach of a negation or degree here ("not smart, handsome"), where emoticons
// are not negated nor capital, and where Safelight's own list has the phrase ("not bad").
func TestPublished(t *testing.T) {
	s := New()
	for _, c := range []struct {
		text string
		want float64
	}{
		{"VADER is smart, handsome, and funny.", 0.8316},
		{"VADER is smart, handsome, and funny!", 0.8439},
		{"The book was good.", 0.4404},
		{"At least it isn't a horrible book.", 0.4310},
		{"The book was only kind of good.", 0.3832},
		{"The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042},
		{"Today SUX!", -0.5461},
		{"Unbelievably bad acting!!", -0.6572},
		{"Poor direction.", -0.4767},
		{"VERY poor production.", -0.6281},
		{"The movie was bad.", -0.5423},
		{"Very bad movie.", -0.5849},
		{"VERY bad movie.", -0.6732},
		{"VERY BAD movie.", -0.7398},
		{"VERY BAD movie!", -0.7616},
	} {
		r := s.pool.Get().(*reading)
		r.cut(c.text)
		r.read(s.lexicons[English])
		if got := r.sum().compound; math.Abs(got-c.want) > 0.5e-4 {
			t.Errorf("%q: %.4f, VADER gives %.4f", c.text, got, c.want)
		}
	}
}

// TestOrder holds pairs of texts to their order: the first is the more negative one.
func TestOrder(t *testing.T) {
	s := New()
	for _, c := range []struct{ worse, better string }{
		// negation
		{"The photos are not good", "The photos are good"},
		{"The photos are bad", "The photos are not bad"},
		{"I don't love it", "I love it"},
		{"It is without charm", "It has charm"},
		{"Les photos ne sont pas belles", "Les photos sont belles"},
		{"Je n'aime pas le site", "J'aime le site"},
		{"Je ne l'aime plus", "Je l'aime plus"},
		{"Ce n'est plus beau", "C'est plus beau"},
		{"C'est jamais agréable", "C'est agréable"},
		{"Un service peu agréable", "Un service agréable"},
		{"Le site a un problème", "Le site n'a aucun problème"},
		{"Un site avec des problèmes", "Un site sans problème"},
		{"C'est mauvais", "C'est pas mal du tout"},
		{"ça marche pas", "ça marche bien"},
		{"Les photos sont floues", "Les photos ne sont plus floues"},
		{"I am no longer satisfied", "I am satisfied"},
		// the reach of a negation ends with the clause
		{"Pas content, c'est horrible", "Pas content, c'est agréable"},
		{"I am not happy, terrible service", "I am not happy, lovely service"},
		// degree
		{"The photos are very bad", "The photos are bad"},
		{"The photos are bad", "The photos are slightly bad"},
		{"Les photos sont très floues", "Les photos sont floues"},
		{"Les photos sont floues", "Les photos sont un peu floues"},
		{"Le rendu est joli", "Le rendu est vraiment très joli"},
		// stress
		{"The photos are BAD here", "The photos are bad here"},
		{"C'est NUL ce site", "C'est nul ce site"},
		{"The photos are bad!!!", "The photos are bad"},
		{"C'est nul !!", "C'est nul"},
		{"This is soooo baaaad", "This is so"},
		// contrast
		{"The site is nice but the photos are terrible", "The photos are terrible but the site is nice"},
		{"Le site est joli mais les photos sont horribles", "Les photos sont horribles mais le site est joli"},
		{"The site is nice. But the photos are terrible", "But the photos are terrible. The site is nice"},
		// faces
		{"photo :(", "photo :)"},
		{"photo 😡", "photo 😍"},
		{"I can't 😡", "I can't 😍"},
		// phrases of our own
		{"Le site ne fonctionne plus", "Le site fonctionne à nouveau"},
		{"The colors look washed out", "The colors look crisp"},
		{"The page doesn't load", "The page is back to normal"},
		{"C'est du grand n'importe quoi", "C'est du bon travail"},
		// an accent that was left out
		{"Je suis tres decu du resultat, c'est degueulasse", "Je suis au bureau du resultat"},
	} {
		if a, b := s.Score(c.worse), s.Score(c.better); a.Compound >= b.Compound {
			t.Errorf("%q %.3f (%v) is not below %q %.3f (%v)", c.worse, a.Compound, a.Words, c.better, b.Compound, b.Words)
		}
	}
}

// TestSilent holds texts that say nothing to 0.
func TestSilent(t *testing.T) {
	s := New()
	for _, text := range []string{
		"", " ", "@user http://example.com/bad/terrible", "horrible@example.com", "La réunion est à 10:30 (salle 8)", "ticket #4012",
		"Bonjour, cordialement", "!!!", "???", "kind regards", "sans doute",
	} {
		if r := s.Score(text); r.Compound != 0 || r.Label != Neutral || len(r.Words) > 0 || r.Neutral != 1 {
			t.Errorf("%q says %.3f %s %v, want nothing", text, r.Compound, r.Label, r.Words)
		}
	}
}
