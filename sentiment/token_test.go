package sentiment

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	faces := lexicons()[English]
	p := &pieces{faces: faces.faces, starts: faces.starts}
	for _, c := range []struct{ text, want string }{
		{"L’image n'est pas bonne.", "l'|image|n'|est|pas|bonne|."},
		{"Aujourd'hui, c’est flou !", "aujourd'hui|,|c'|est|flou|!"},
		{"I don't know, it's John's", "i|don't|know|,|it's|john's"},
		{"peut-être sous-exposée", "peut|être|sous|exposée"},
		{"de\u0301c\u0327u E\u0301te\u0301", "déçu|été"},
		{"sooooo baaad", "soo|baad"},
		{"merci:) <3 :-(", "merci|:)|<3|:-("},
		{"&lt;3 &amp; l&#39;image", "<3|&|l'|image"},
		{`can\u2019t \ud83d\ude21 \ud83d`, "can't|😡"},
		{"👍🏽 ❤️ 🤷\u200d♀️", "👍|❤|🤷"},
		{"voir (ici): 8) C:\\Users http://a.b/:( www.x.fr", "voir|(|ici|)|:|8|)|c|:|\\|users|http|http"},
		{"10:30, ratio 4:3", "10|:|30|,|ratio|4|:|3"},
		{"@user écrit à jean.dupont@example.com #Déçu", "@|écrit|à|jean|.|@|déçu"},
		{"C++ a_b 3,5", "c|a_b|3|,|5"},
		{"ça\u00a0va\u200b?!", "ça|va|?"},
		{"\xff\xfe\x00 x", "x"},
		{"", ""},
	} {
		p.cut(c.text)
		var got []string
		for i := range p.tokens {
			tok := &p.tokens[i]
			got = append(got, string(p.form(tok)))
			if tok.from > tok.to || int(tok.to) > len(c.text) {
				t.Errorf("%q: token %q lies at %d to %d", c.text, p.form(tok), tok.from, tok.to)
			}
		}
		if joined := strings.Join(got, "|"); joined != c.want {
			t.Errorf("%q is cut to %s, want %s", c.text, joined, c.want)
		}
		if want := strings.ReplaceAll(c.want, "|", " "); string(p.folded) != want {
			t.Errorf("%q is folded to %q, want %q", c.text, p.folded, want)
		}
	}
}

func TestRoute(t *testing.T) {
	s := New()
	for _, c := range []struct {
		text string
		want Language
	}{
		{"Les photos sont floues depuis hier", French},
		{"The photos are blurry since yesterday", English},
		{"pourquoi ça marche pas", French},
		{"why is this not working", English},
		{"l'image", French},
		{"image", Undecided},
		{"😡😡", Undecided},
		{"", Undecided},
		{"12345", Undecided},
		{"Depuis la mise à jour « Photo Sharing », les couleurs sont ternes", French},
		{"The résumé photo of Zoë is blurred", English},
	} {
		if got := s.Score(c.text).Lang; got != c.want {
			t.Errorf("%q is routed to %s, want %s", c.text, got, c.want)
		}
	}
}
