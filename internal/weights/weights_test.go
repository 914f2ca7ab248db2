package weights

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/corpora"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
)

var anyWeights = Options{Any: true}

// pair are two pictures.
func pair(side int) (a, b lpips.Picture) {
	a, b = lpips.Picture{Width: side, Height: side}, lpips.Picture{Width: side, Height: side}
	for i := range 3 * side * side {
		a.RGB8, b.RGB8 = append(a.RGB8, uint8(i*7)), append(b.RGB8, uint8(i*7+i%13))
	}
	return a, b
}

func measured(t *testing.T, s *Store, kind lpips.Kind) float64 {
	t.Helper()
	n, _, err := s.Load(kind)
	if err != nil {
		t.Fatal(err)
	}
	a, b := pair(40)
	d, err := n.Distance(new(lpips.Workspace), a, b)
	if err != nil {
		t.Fatal(err)
	}
	return d.Value
}

// TestImportOfBothParts: parts may come in either order and be replaced; until both are here the error says what to do.
func TestImportOfBothParts(t *testing.T) {
	t.Parallel()
	for _, kind := range []lpips.Kind{lpips.Alex, lpips.Squeeze} {
		s := Open(filepath.Join(t.TempDir(), "models"))
		wantMissing(t, s, kind, Convolutions, Distance)
		in, err := s.Import(head(t, kind, 1), anyWeights)
		if err != nil || in.Network != kind || !slices.Equal(in.Parts, []Part{Distance}) || !slices.Equal(in.Missing, []Part{Convolutions}) {
			t.Fatalf("import of the distance of %s: %+v, %v", kind, in, err)
		}
		wantMissing(t, s, kind, Convolutions)
		in, err = s.Import(backbone(t, kind, 2), anyWeights)
		if err != nil || in.Network != kind || !slices.Equal(in.Parts, []Part{Convolutions}) || len(in.Missing) > 0 {
			t.Fatalf("import of the convolutions of %s: %+v, %v", kind, in, err)
		}
		first := measured(t, s, kind)
		if _, err := s.Import(head(t, kind, 99), anyWeights); err != nil {
			t.Fatal(err)
		}
		if again := measured(t, s, kind); again == first || again <= 0 {
			t.Errorf("%s: other weights of the distance gave %v again", kind, again)
		}
	}
}

func wantMissing(t *testing.T, s *Store, kind lpips.Kind, parts ...Part) {
	t.Helper()
	_, _, err := s.Load(kind)
	var missing *MissingError
	if !errors.As(err, &missing) || missing.Kind != kind || !slices.Equal(missing.Parts, parts) || !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("load %s: %v, want a MissingError of %v", kind, err, parts)
		return
	}
	if want := "run `safelight models pull " + string(kind) + "`"; missing.Hint() != want {
		t.Errorf("hint %q, want %q", missing.Hint(), want)
	}
}

// TestVGG is recognised by names and shapes too; its weights are 60 MB.
func TestVGG(t *testing.T) {
	t.Parallel()
	s := Open(t.TempDir())
	if _, err := s.Import(head(t, lpips.VGG, 1), anyWeights); err != nil {
		t.Fatal(err)
	}
	in, err := s.Import(backbone(t, lpips.VGG, 1), anyWeights)
	if err != nil || in.Network != lpips.VGG || len(in.Missing) > 0 {
		t.Fatalf("import of VGG: %+v, %v", in, err)
	}
	if _, _, err := s.Load(lpips.VGG); err != nil {
		t.Error(err)
	}
}

// TestOnlyPublishedWeightsUnlessAny: what was measured by other weights could not be compared with anyone's figures.
func TestOnlyPublishedWeightsUnlessAny(t *testing.T) {
	t.Parallel()
	for _, file := range []string{head(t, lpips.Alex, 1), backbone(t, lpips.Squeeze, 1), head(t, lpips.VGG, 1)} {
		dir := t.TempDir()
		s := Open(dir)
		_, err := s.Import(file, Options{})
		if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "--any") {
			t.Errorf("%v, want a refusal that says how to insist", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("a refused import left %v, %v", left, err)
		}
	}
}

func TestImportRefusesOthers(t *testing.T) {
	t.Parallel()
	s := Open(t.TempDir())
	other := filepath.Join(t.TempDir(), "other.pth")
	torchFile(t, other, []lpips.Spec{{Name: "conv1.weight", Shape: []int{2, 3}}, {Name: "fc.bias", Shape: []int{4}}}, 1)
	specs := specsOf(lpips.Alex, Distance)
	part := filepath.Join(t.TempDir(), "part.pth")
	torchFile(t, part, specs[:4], 1)
	broken := filepath.Join(t.TempDir(), "broken.pth")
	if err := os.WriteFile(broken, []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.cos\nsystem\n."), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{other: "conv1.weight, fc.bias", part: "none of the networks", broken: "os.system"} {
		if _, err := s.Import(file, anyWeights); !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a refusal that says %q", filepath.Base(file), err, want)
		}
	}
	if _, err := s.Import(filepath.Join(t.TempDir(), "none.pth"), anyWeights); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v, want os.ErrNotExist", err)
	}
	if _, err := Open().Import(head(t, lpips.Alex, 1), anyWeights); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a store without folders: %v, want journal.ErrInvalid", err)
	}
	if _, _, err := s.Load("none"); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("an unknown network: %v, want journal.ErrInvalid", err)
	}
}

// TestFoldersAreSearchedInOrder: what is new goes into the first, and a complete network beats an incomplete one.
func TestFoldersAreSearchedInOrder(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	back := Open(second)
	for _, file := range []string{head(t, lpips.Squeeze, 1), backbone(t, lpips.Squeeze, 1)} {
		if _, err := back.Import(file, anyWeights); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(first).Import(head(t, lpips.Squeeze, 7), anyWeights); err != nil {
		t.Fatal(err)
	}
	both := Open(first, second)
	if got, want := measured(t, both, lpips.Squeeze), measured(t, back, lpips.Squeeze); got != want {
		t.Errorf("distance %v, want that of the complete network, %v", got, want)
	}
	if _, err := both.Import(head(t, lpips.Squeeze, 7), anyWeights); err != nil {
		t.Fatal(err)
	}
	if got, want := measured(t, Open(first), lpips.Squeeze), measured(t, both, lpips.Squeeze); got != want {
		t.Errorf("the first folder alone gives %v, both %v: what was there of the second was not taken along", got, want)
	}
}

func TestFolders(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	dir := t.TempDir()
	folders, err := Folders(dir)
	if err != nil || len(folders) != 1 || !strings.HasPrefix(folders[0], cache) {
		t.Errorf("without a state: %v, %v, want the user's cache", folders, err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".safelight"), 0o700); err != nil {
		t.Fatal(err)
	}
	folders, err = Folders(dir)
	if err != nil || len(folders) != 2 || folders[0] != filepath.Join(dir, ".safelight", "models") {
		t.Errorf("with a state: %v, %v, want it first", folders, err)
	}
}

// TestListTellsDamage: a flipped bit anywhere in the file is found, and an import mends it.
func TestListTellsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := Open(dir)
	file := head(t, lpips.Alex, 1)
	if _, err := s.Import(file, anyWeights); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alex.weights")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := s.List()[0].Digest
	for bit := 0; bit < 8*len(good); bit += 13 {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		p, err := decode(bytes.NewReader(bad), int64(len(bad)), lpips.Alex)
		if err == nil && p.digest() == digest && slices.Equal(p.from(), []string{"alex.pth"}) {
			t.Fatalf("bit %d was flipped and nobody noticed", bit)
		}
	}
	if err := os.WriteFile(path, good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if st := s.List()[0]; st.Damage == "" || st.Present {
		t.Errorf("a file without its last byte: %+v, want damage", st)
	}
	for n := range len(good) / 16 {
		if _, err := decode(bytes.NewReader(good[:16*n]), int64(16*n), lpips.Alex); err == nil {
			t.Errorf("a file cut to %d bytes was read", 16*n)
		}
	}
	if _, err := s.Import(file, anyWeights); err != nil {
		t.Fatal(err)
	}
	if st := s.List()[0]; st.Damage != "" || st.Digest != digest || !st.Present || st.Complete || st.Published {
		t.Errorf("after another import: %+v", st)
	}
}

// TestDigestIsOfTheTensors: the container and the name of a file do not matter.
func TestDigestIsOfTheTensors(t *testing.T) {
	t.Parallel()
	a, b := Open(t.TempDir()), Open(t.TempDir())
	file := head(t, lpips.Alex, 1)
	renamed := filepath.Join(t.TempDir(), "renamed.pth")
	torchFile(t, renamed, append(specsOf(lpips.Alex, Distance), lpips.Spec{Name: "more", Shape: []int{3}}), 1)
	for s, path := range map[*Store]string{a: file, b: renamed} {
		if _, err := s.Import(path, anyWeights); err != nil {
			t.Fatal(err)
		}
	}
	if x, y := a.List()[0], b.List()[0]; x.Digest != y.Digest || x.Digest == "" || slices.Equal(x.From, y.From) {
		t.Errorf("equal tensors have digests %s and %s, from %v and %v", x.Digest, y.Digest, x.From, y.From)
	}
}

// TestPublishedWeights imports the authors' own files, which must be what is pinned here.
func TestPublishedWeights(t *testing.T) {
	t.Parallel()
	s := Open(t.TempDir())
	for kind, st := range map[lpips.Kind]int{lpips.Alex: 0, lpips.Squeeze: 1, lpips.VGG: 2} {
		in, err := s.Import(corpora.Models(t, string(kind)+".pth"), Options{})
		if err != nil || in.Network != kind {
			t.Errorf("%s: %+v, %v", kind, in, err)
		}
		if got := s.List()[st]; !got.Published || !got.Present {
			t.Errorf("%s: %+v, want published", kind, got)
		}
	}
}

// TestPinnedDigestsAreComplete: every tensor of the two smaller networks is pinned, and of VGG the distance.
func TestPinnedDigestsAreComplete(t *testing.T) {
	t.Parallel()
	for _, kind := range lpips.Kinds() {
		for _, s := range kind.Specs() {
			pinned := len(digests[kind][s.Name]) == 64
			if want := kind != lpips.VGG || partOf(s.Name) == Distance; pinned != want {
				t.Errorf("%s %s is pinned: %v, want %v", kind, s.Name, pinned, want)
			}
		}
		for name := range digests[kind] {
			if !slices.ContainsFunc(kind.Specs(), func(s lpips.Spec) bool { return s.Name == name }) {
				t.Errorf("%s has a digest of %s, which it does not need", kind, name)
			}
		}
		if len(sources[kind]) != 2 || sources[kind][0].part != Convolutions || sources[kind][1].part != Distance {
			t.Errorf("%s has sources %v, want one of each part", kind, sources[kind])
		}
	}
}

func FuzzDecode(f *testing.F) {
	dir := f.TempDir()
	if _, err := Open(dir).Import(head(f, lpips.Alex, 1), anyWeights); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "alex.weights"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(magic + "\x40\x00\x00\x00" + `{"network":"alex","tensors":[{"name":"x","shape":[1]}]}         `))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := decode(bytes.NewReader(data), int64(len(data)), lpips.Alex)
		if err != nil {
			return
		}
		again, err := p.encode()
		if err != nil {
			t.Fatal(err)
		}
		if q, err := decode(bytes.NewReader(again), int64(len(again)), lpips.Alex); err != nil || q.digest() != p.digest() {
			t.Errorf("what was read does not write and read alike: %v", err)
		}
	})
}
