package phrase_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/pixels"
)

// TestEveryRemarkOfADecoderHasBothLanguages holds the table to the kinds of package pixels: a new kind needs a line
// here, and the English of both must be the same.
func TestEveryRemarkOfADecoderHasBothLanguages(t *testing.T) {
	t.Parallel()
	args := map[pixels.RemarkKind][]any{
		pixels.WrongName: {".png", "jpeg"}, pixels.MorePictures: {3}, pixels.OtherChannels: {"press", 4, 3},
		pixels.SpaceUnread: {"cICP 9/16", "why"}, pixels.NativeTime: {"avif", "30s"},
	}
	for _, k := range pixels.RemarkKinds() {
		r := pixels.Remark{Kind: k, Args: args[k]}
		if r.Args == nil && strings.Contains(r.String(), "%!") {
			r.Args = []any{"why"}
		}
		if english, want := phrase.Word(phrase.English, r), r.String(); english != want {
			t.Errorf("%s: the table says %q, the package %q", k, english, want)
		}
		if french := phrase.Word(phrase.French, r); strings.Contains(french, "%!") || k != pixels.Verbatim && french == r.String() {
			t.Errorf("%s: French is %q", k, french)
		}
	}
}

func TestErrorsAreSaidInFrench(t *testing.T) {
	t.Parallel()
	_, broken := pixels.DecodeBytes([]byte("GIF89a\x01"), pixels.Options{})
	_, empty := pixels.DecodeBytes(nil, pixels.Options{})
	_, large := pixels.DecodeBytes(make([]byte, 2000), pixels.Options{MaxBytes: 1200})
	fault := phrase.Errorf("picture.decode", phrase.Of("picture.delivered"), "a.gif", empty)
	for _, c := range []struct {
		err    error
		french string
		known  bool
	}{
		{empty, "le fichier est vide", true},
		{large, "le fichier dépasse la limite de 1 200 octets", true},
		{broken, "gif : le fichier est coupé : il finit avant ses pixels", true},
		{fault, "décoder l’image livrée a.gif : le fichier est vide", true},
		{fmt.Errorf("run test x: %w: %w", fault, fs.ErrInvalid), "run test x: décoder l’image livrée a.gif : le fichier est vide: invalid argument", true},
		{errors.New("a surprise"), "a surprise", false},
	} {
		if got, known := phrase.Error(phrase.French, c.err); got != c.french || known != c.known {
			t.Errorf("%v\n got %q (known %v)\nwant %q", c.err, got, known, c.french)
		}
		if got, _ := phrase.Error(phrase.English, c.err); got != c.err.Error() {
			t.Errorf("English is %q, want it as written: %q", got, c.err)
		}
	}
	if want := "decode the delivered image a.gif: the file is empty"; fault.Error() != want || !errors.Is(fault, pixels.ErrNotImage) {
		t.Errorf("the fault is %q, want %q and of its cause's kind", fault, want)
	}
}
