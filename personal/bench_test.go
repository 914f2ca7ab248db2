package personal

import (
	"strconv"
	"strings"
	"testing"
)

// BenchmarkFind times a post without findings, one with some, and texts made to be slow, at two lengths each: the time
// of a byte must not grow with the length.
func BenchmarkFind(b *testing.B) {
	post := "La nouvelle version de l'appli est nulle, les photos de mes produits sortent toutes vertes depuis hier, vous avez le même problème ?"
	dated := "@user Les photos de mes produits sortent toutes vertes depuis le 12/03/2025 à 14:30, commande n° 100234567, merci de corriger ça !"
	ticket := "Bonjour, mon numéro est le 06 12 34 56 78 et mon adresse jean.dupont@exemple.fr, voir https://shop.example/p/4.\nCordialement,\nJean Dupont"
	texts := map[string]string{"post": post, "dated": dated, "ticket": ticket}
	for name, part := range map[string]string{"phones": "06 12 34 56 78 ", "zeros": "0 ", "ones": "1 ", "unknown": "07 00 00 00 00; ", "calls": "call 123 4567 ", "plus": "+12 ",
		"ats": "a@", "dots": "a.", "dashes": "1-", "colons": "a:", "names": "Mr A de ", "ibans": "FR12 ", "brackets": "[URL]", "letters": "é"} {
		for _, size := range []int{2 << 10, 64 << 10} {
			texts[name+strconv.Itoa(size)] = strings.Repeat(part, size/len(part))
		}
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Find(text, Options{})
			}
		})
	}
}
