package sentiment

import "testing"

func TestScoreSmoke(t *testing.T) {
	s := New()
	for _, text := range []string{
		"Les couleurs sont délavées, c'est nul !!", "I love it :)", "I don't love it", "Je n'aime pas ces photos floues", "j'adore", "super",
		"Le site ne fonctionne plus depuis hier", "VADER is smart, handsome, and funny!", "VADER is not smart, handsome, nor funny.", "Today only kinda sux! But I'll get by, lol",
		"@user http://foo.bar/:( nothing", "😡😡", "sooooo baaaad", "C'est pas mal du tout", "image (voir ici): ok", "can\\u2019t complain \\ud83d\\ude21",
	} {
		r := s.Score(text)
		t.Logf("%-50s %s %.3f %.2f/%.2f/%.2f %s %v", text, r.Lang, r.Compound, r.Negative, r.Neutral, r.Positive, r.Label, r.Words)
	}
}
