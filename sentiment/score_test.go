package sentiment

import (
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// tickets are support tickets and posts that were written for this test.
var tickets = []struct {
	text string
	want Label
	lang Language
}{
	{"Bonjour, depuis ce matin les photos produits sont toutes délavées, on dirait un vieux journal. Merci de corriger.", Negative, French},
	{"Impossible d'ouvrir ma galerie, l'appli plante à chaque fois. Je suis très déçue.", Negative, French},
	{"Je demande un remboursement : l'article reçu n'a rien à voir avec la photo.", Negative, French},
	{"C'est inadmissible, troisième ticket et toujours aucune réponse !!", Negative, French},
	{"Les images ne s'affichent plus sur mobile depuis la mise à jour", Negative, French},
	{"le rouge tire sur le verdâtre, c'est moche et franchement pas sérieux", Negative, French},
	{"Bonjour, comment puis-je changer l'adresse de livraison de ma commande ?", Neutral, French},
	{"Je souhaite recevoir une facture au nom de mon entreprise.", Neutral, French},
	{"La photo du produit 4412 mesure 1200 pixels de large.", Neutral, French},
	{"Merci beaucoup, tout est rentré dans l'ordre, les couleurs sont superbes !", Positive, French},
	{"Service client au top, réponse rapide, je recommande 👍", Positive, French},
	{"J'adore la nouvelle galerie, les photos sont magnifiques", Positive, French},

	{"Since the last update all my pictures look washed out and pixelated.", Negative, English},
	{"The app keeps crashing when I open a photo, this is so frustrating!!", Negative, English},
	{"I want a refund, the dress looks nothing like the photo.", Negative, English},
	{"Third ticket, still no reply. Unacceptable.", Negative, English},
	{"Images don't load on my phone anymore :(", Negative, English},
	{"skin tones went green on the homepage, looks terrible", Negative, English},
	{"Hi, how do I change the delivery address of my order?", Neutral, English},
	{"The image of product 4412 is 1200 pixels wide.", Neutral, English},
	{"Which file formats can I upload?", Neutral, English},
	{"Thank you so much, everything works great again!", Positive, English},
	{"Quick response and the colours are beautiful now :)", Positive, English},
	{"love the new gallery, the photos are gorgeous", Positive, English},
}

func TestTickets(t *testing.T) {
	s := New()
	wrong := 0
	for _, c := range tickets {
		r := s.Score(c.text)
		if r.Lang != c.lang {
			t.Errorf("%q is routed to %s", c.text, r.Lang)
		}
		if r.Label != c.want {
			t.Logf("%q: %s %.3f %v, want %s", c.text, r.Label, r.Compound, r.Words, c.want)
			wrong++
		}
		if (r.Label == Negative) != (c.want == Negative) {
			t.Errorf("%q: %s %.3f %v, want %s", c.text, r.Label, r.Compound, r.Words, c.want)
		}
	}
	if wrong > 2 {
		t.Errorf("%d of %d tickets are labelled wrong, want at most 2", wrong, len(tickets))
	}
}

func TestWords(t *testing.T) {
	text := "Les photos sont TRÈS floues, mais le site est joli 😡"
	r := New().Score(text)
	if len(r.Words) != 3 || r.Words[0].Text != "😡" && r.Words[0].Text != "floues" {
		t.Fatalf("words %v", r.Words)
	}
	for i, w := range r.Words {
		if text[w.From:w.From+len(w.Text)] != w.Text {
			t.Errorf("word %q does not stand at %d", w.Text, w.From)
		}
		if i > 0 && abs(w.Valence) > abs(r.Words[i-1].Valence) {
			t.Errorf("words %v are not sorted by strength", r.Words)
		}
	}
	if r := New().Score(strings.Repeat("bad good ", 40)); len(r.Words) != MaxWords {
		t.Errorf("%d words, want %d", len(r.Words), MaxWords)
	}
}

func TestLongText(t *testing.T) {
	s := New()
	filler := strings.Repeat("the picture is there and ", MaxText/20)
	if r := s.Score(filler + " horrible"); r.Compound != 0 {
		t.Errorf("what stands behind %d bytes counts: %v", MaxText, r.Words)
	}
	// What takes long if a rule looks further than it must.
	for _, part := range []string{"but good ", "ne ", "bad not very ", "a", "!?", "((", "ne fonctionne ", ":", "\\ud83d", "&", "e\u0301"} {
		text := strings.Repeat(part, MaxText/len(part))
		checkResult(t, text, s.Score(text))
	}
}

func TestConcurrent(t *testing.T) {
	s := New()
	var want []Result
	for _, c := range tickets {
		want = append(want, s.Score(c.text))
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				for i, c := range tickets {
					if got := s.Score(c.text); !reflect.DeepEqual(got, want[i]) {
						t.Errorf("%q: %v, alone %v", c.text, got, want[i])
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func checkResult(t *testing.T, text string, r Result) {
	t.Helper()
	if sum := r.Negative + r.Neutral + r.Positive; math.Abs(sum-1) > 1e-6 || !(min(r.Negative, r.Neutral, r.Positive) >= -1e-9) {
		t.Errorf("%.60q: shares %v", text, r)
	}
	if !(abs(r.Compound) <= 1) {
		t.Errorf("%.60q: compound %v", text, r.Compound)
	}
	for _, w := range r.Words {
		if w.From < 0 || w.From+len(w.Text) > len(text) || math.IsNaN(w.Valence) || math.IsInf(w.Valence, 0) {
			t.Errorf("%.60q: word %v", text, w)
		}
	}
}

func FuzzScore(f *testing.F) {
	for _, c := range tickets {
		f.Add(c.text)
	}
	f.Add("\\ud83d\\ude21 &lt;3 l’été e\u0301 :-)) \xff <3<3 @a@b.c http://x")
	s := New()
	withModel := s.WithModel(noise())
	f.Fuzz(func(t *testing.T, text string) {
		r := s.Score(text)
		if len(text) <= MaxText {
			checkResult(t, text, r)
			checkResult(t, text, withModel.Score(text))
		}
		if utf8.ValidString(text) && !reflect.DeepEqual(r, s.Score(text)) {
			t.Errorf("%q is scored differently the second time", text)
		}
	})
}

// TestThresholds: the label of the lexicon is what its thresholds say; a model has none.
func TestThresholds(t *testing.T) {
	s := New()
	for _, text := range []string{"ok", "Les couleurs sont horribles", "I love these pictures", "Which size is shown?", "bof", "pas mal"} {
		r := s.Score(text)
		negative, positive, ok := s.Thresholds(r.Lang)
		want := Neutral
		switch {
		case r.Compound <= negative:
			want = Negative
		case r.Compound >= positive:
			want = Positive
		}
		if !ok || negative >= positive || r.Label != want {
			t.Errorf("%q: %s at %.3f between %.2f and %.2f (%v), want %s", text, r.Label, r.Compound, negative, positive, ok, want)
		}
	}
	if _, _, ok := s.WithModel(&Model{}).Thresholds(French); ok {
		t.Error("a scorer with a model names thresholds")
	}
}
