package jpegdec

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// TestCorpora decodes every JPEG of the corpora as djpeg does. A file that djpeg decodes without a warning has to come
// out the same; of another, which we may refuse, nothing but the same may come out.
func TestCorpora(t *testing.T) {
	var d Decoder
	equal, refused := 0, 0
	err := filepath.WalkDir(corpora.Dir(t), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(file, []byte{0xff, markSOI, 0xff}) {
			return err
		}
		if compareWarned(t, &d, path, file) {
			equal++
		} else {
			refused++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files equal at 1/1, 1/2, 1/4 and 1/8, %d refused", equal, refused)
	if equal < 50 {
		t.Errorf("only %d files were compared", equal)
	}
}

// compareWarned says whether the file was decoded, and fails the test where it should have been or came out otherwise.
func compareWarned(t *testing.T, d *Decoder, path string, file []byte) bool {
	_, _, err := d.Decode(nil, file, Options{})
	warned := exec.Command("djpeg", "-pnm", "-outfile", os.DevNull, path).Run() != nil
	if err != nil {
		t.Logf("%s: %v", path, err)
		if !warned {
			t.Errorf("%s: djpeg has nothing against it", path)
		}
		return false
	}
	for _, denominator := range scales {
		same(t, d, path, file, denominator)
	}
	return true
}
