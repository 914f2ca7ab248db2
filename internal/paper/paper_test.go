package paper

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/safelight-dev/safelight/internal/causemap"
	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/internal/phrase"
)

func draftOf(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "postmortem", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func picture(t testing.TB, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 900, 600))
	for y := range 600 {
		for x := range 900 {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func page(t testing.TB, name string, lang phrase.Lang) Page {
	return Page{
		Title: "PM-2025-09-27-01", Lang: lang, Markdown: draftOf(t, name), Foot: "PM-2025-09-27-01 · révision 1 · sha256 ab12…", At: time.Date(2025, 9, 28, 9, 0, 0, 0, time.UTC),
		Pictures: []Picture{
			{"chaussures/0042.png", "Référence", picture(t, color.RGBA{200, 30, 40, 255})},
			{"chaussures/0042.png", "Diffusée", picture(t, color.RGBA{208, 64, 24, 255})},
			{"chaussures/0042.png", "Carte de chaleur", picture(t, color.RGBA{20, 20, 90, 255})},
			{"kaputt.png", "Référence", []byte("no picture")},
		},
	}
}

// TestHTMLIsCompleteInItself: nothing is loaded from anywhere, nothing runs, and the pictures are inside.
func TestHTMLIsCompleteInItself(t *testing.T) {
	t.Parallel()
	p := page(t, "draft.fr.fr.md", phrase.French)
	p.Markdown = append(p.Markdown, "\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n![y](https://elsewhere.example/y.png)\n"...)
	out, err := HTML(p)
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	inside := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "link" || n.Data == "iframe" {
			t.Errorf("the page has a %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "src" && strings.HasPrefix(a.Val, "data:image/jpeg;base64,") {
				inside++
			} else if a.Key == "src" || a.Key == "href" && strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("%s %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	if inside != 3 {
		t.Errorf("%d pictures are inside, want 3", inside)
	}
	for _, want := range []string{`<html lang="fr">`, "L’astreinte stoppe la diffusion via règle CDN", "Barrières anti-récurrence", "ΔE00", "@media print"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

// causes are those of the reference incident, one of them refuted.
func causes() Map {
	return Map{Label: "Carte causale", Nodes: []causemap.Node{
		{ID: causemap.Incident, Text: "Dérive de couleur chez un client", Note: "PM-2025-09-27-01"},
		{ID: "C1", Kind: "direct", Standing: "confirmed", Text: "Le hook perd son code de sortie", LeadsTo: []string{causemap.Incident}, Note: "directe · confirmée"},
		{ID: "C2", Kind: "contributing", Standing: "untested", Text: "lacune de tests CI", LeadsTo: []string{"C1"}, Note: "contributive · non testée"},
		{ID: "C3", Kind: "contributing", Standing: "refuted", Text: "revues parallèles", LeadsTo: []string{"C1", causemap.Incident}, Note: "contributive · réfutée"},
		{ID: "C4", Kind: "systemic", Standing: "accepted", Text: "CODEOWNERS n’exige pas d’approbateur marque pour luts/brand.cube <script>", LeadsTo: []string{"C2", "C3"}, Note: "systémique · acceptée"},
	}}
}

// TestMapIsDrawn: in HTML the drawing stands for the first Mermaid text, and only where there is a map.
func TestMapIsDrawn(t *testing.T) {
	t.Parallel()
	p := page(t, "draft.fr.fr.md", phrase.French)
	bare, err := HTML(p)
	if err != nil || !bytes.Contains(bare, []byte("graph RL")) || bytes.Contains(bare, []byte("<svg")) {
		t.Errorf("without a map the Mermaid text is not as it is, or drawn: %v", err)
	}
	p.Causes = causes()
	p.Markdown = append(p.Markdown, "\n```mermaid\ngraph TD\n```\n"...)
	drawn, err := HTML(p)
	if err != nil || bytes.Contains(drawn, []byte("graph RL")) || !bytes.Contains(drawn, []byte("graph TD")) || bytes.Count(drawn, []byte("<svg")) != 1 ||
		bytes.Contains(drawn, []byte("<script")) || !bytes.Contains(drawn, []byte("contributive · réfutée")) {
		t.Errorf("the map does not stand for its text alone: %v", err)
	}
}

// TestSamePDF: what was sealed once can be made again, byte by byte.
func TestSamePDF(t *testing.T) {
	t.Parallel()
	p := page(t, "draft.fr.fr.md", phrase.French)
	p.Causes = causes()
	first, err := PDF(p)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if again, err := PDF(p); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("another run gave other bytes (%d and %d), %v", len(first), len(again), err)
		}
	}
	p.Causes = Map{}
	if bare, err := PDF(p); err != nil || bytes.Equal(first, bare) {
		t.Errorf("the map left no trace, %v", err)
	}
}

// TestPDF sets every kind of block, the whole draft in both languages, and every public postmortem.
func TestPDF(t *testing.T) {
	t.Parallel()
	keep := os.Getenv("SAFELIGHT_PAPER") // a folder to look at the results in
	set := func(name string, p Page) {
		out, err := PDF(p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if !bytes.HasPrefix(out, []byte("%PDF-1.")) || !bytes.Contains(out, []byte("%%EOF")) {
			t.Errorf("%s: this is no PDF", name)
		}
		if keep != "" {
			if err := os.WriteFile(filepath.Join(keep, name+".pdf"), out, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("fr", page(t, "draft.fr.fr.md", phrase.French))
	set("en", page(t, "draft.en.en.md", phrase.English))
	drawn := page(t, "draft.fr.fr.md", phrase.French)
	drawn.Causes = causes()
	set("map", drawn)
	drawn.Causes.Nodes = drawn.Causes.Nodes[:2]
	set("small-map", drawn)
	blocks := page(t, "reference.md", phrase.French)
	blocks.Markdown = []byte(everyBlock)
	set("blocks", blocks)
	files, err := filepath.Glob(filepath.Join(corpora.Dir(t, "postmortems"), "*", "*"))
	if err != nil || len(files) < 25 {
		t.Fatalf("%d public postmortems, %v", len(files), err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set(strings.TrimSuffix(filepath.Base(file), ".md"), Page{Title: filepath.Base(file), Lang: phrase.English, Markdown: src})
	}
}

const everyBlock = "# Titre à l’accent, ΔE00 ≤ 2,0\n\nUn paragraphe avec **gras**, *italique*, `du code`, L*a*b*, [un lien](https://safelight.example/x) et <https://auto.example/>.\n" +
	"Une ligne  \nbrisée. 漢字 et \u202eretournés.\n\n## Listes\n\n- un\n- deux\n  - dedans\n  - encore, avec une phrase assez longue pour qu’elle doive passer à la ligne suivante sur une page de cette largeur-là\n\n1. premier\n2. second\n\n- [ ] à faire\n- [x] fait\n\n" +
	"> une citation\n> sur deux lignes\n\n---\n\n```go\nif metrics.deltaE00 > thresholds.deltaE00 {\n\tthrow()\n}\n```\n\n    indenté\n\n" +
	"### Tableau\n\n| Fichier | SHA-256 | Remarque |\n| --- | --- | --- |\n| a.png | e17f456d6ea430ed9a79d027e599737a2a6ff43dc4fffc6b49c233e476d51d68 | une remarque qui est longue et qui va sur plusieurs lignes de la cellule |\n| b\\|c | | |\n"

func FuzzPDF(f *testing.F) {
	f.Add([]byte(everyBlock))
	f.Add([]byte("| a |\n| - |\n| b | c |\n\n- \n- [ ]\n####### x\n![](y)"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		if _, err := PDF(Page{Title: "x", Lang: phrase.English, Markdown: src}); err != nil {
			t.Fatal(err)
		}
		if _, err := HTML(Page{Title: "x", Lang: phrase.English, Markdown: src}); err != nil {
			t.Fatal(err)
		}
	})
}
