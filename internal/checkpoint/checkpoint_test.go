package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/safelight-dev/safelight/internal/journal"
)

var night = time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC)

// chain seals n entries; variant makes another history.
func chain(t testing.TB, n int, variant string) []journal.Entry {
	t.Helper()
	var list []journal.Entry
	var head journal.Head
	for i := range n {
		e, err := journal.Seal(journal.Draft{
			Stream: "PM-2025-09-27-01", Type: "incident.noted", Version: 1, OccurredAt: night, Actor: "p1",
			Data: map[string]any{"n": i, "text": variant},
		}, head, night.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		head = journal.Head{Size: e.Seq, Hash: e.Hash}
		list = append(list, e)
	}
	return list
}

func tree(t testing.TB, entries []journal.Entry) *Tree {
	t.Helper()
	var tr Tree
	for _, e := range entries {
		tr.Add(e.Hash)
	}
	return &tr
}

func key(t testing.TB) Key {
	t.Helper()
	k, err := OpenKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t testing.TB, k Key, tr *Tree, size int64) Checkpoint {
	t.Helper()
	root, err := tr.Root(size)
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.Sign(size, root)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rfcRoot is RFC 6962, section 2.1, word by word.
func rfcRoot(leaves [][]byte) tlog.Hash {
	switch n := len(leaves); n {
	case 0:
		panic("the tests ask for no empty tree")
	case 1:
		return tlog.RecordHash(leaves[0])
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		return tlog.NodeHash(rfcRoot(leaves[:k]), rfcRoot(leaves[k:]))
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	entries := chain(t, 70, "a")
	tr := tree(t, entries)
	var leaves [][]byte
	for i, e := range entries {
		leaves = append(leaves, bytes.Clone(e.Hash[:]))
		got, err := tr.Root(int64(i + 1))
		if err != nil || got != rfcRoot(leaves) {
			t.Fatalf("the root of %d entries is %s, %v; want %s", i+1, got, err, rfcRoot(leaves))
		}
	}
	if _, err := tr.Root(71); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("the root of more entries than there are = %v, want not found", err)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ReadKey(dir); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("ReadKey of an empty folder = %v, want not found", err)
	}
	k, err := OpenKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, KeyName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file has mode %v, %v; want 0600", info.Mode(), err)
	}
	again, err := OpenKey(dir)
	if err != nil || again.Public != k.Public {
		t.Errorf("opened again the key is %q, %v; want %q", again.Public, err, k.Public)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := key(t)
	secret, _, _ := strings.Cut(string(text), "\n")
	for _, test := range []struct{ name, text string }{
		{"empty", ""}, {"cut", string(text[:20])}, {"public of another", secret + "\n" + other.Public + "\n"}, {"public missing", secret + "\n"},
	} {
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadKey(dir)
		if !errors.Is(err, journal.ErrInvalid) || strings.Contains(err.Error(), secret[len(secret)-20:]) {
			t.Errorf("%s: ReadKey = %v, want invalid, and no word of the secret", test.name, err)
		}
	}
	if err := errors.Join(os.WriteFile(path, text, 0o600), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(dir); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a key that others may read = %v, want a refusal", err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	k, tr := key(t), tree(t, chain(t, 9, "a"))
	c := sign(t, k, tr, 7)
	got, err := Parse(c.Text, []string{key(t).Public, k.Public})
	if err != nil || got.Size != 7 || got.Root != c.Root || !strings.HasPrefix(k.Public, got.Signer+"+") {
		t.Fatalf("Parse = %+v, %v; want the checkpoint that was signed", got, err)
	}
	if _, err := Parse(c.Text, []string{key(t).Public}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a checkpoint by an unknown key = %v, want invalid", err)
	}
	if _, err := Parse(c.Text, nil); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("without any key = %v, want invalid", err)
	}
	if _, err := Parse(make([]byte, MaxText+1), []string{k.Public}); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("a long text = %v, want too large", err)
	}
	witness, _ := note.NewSigner(mustSecret(t))
	n, err := note.Open(c.Text, note.VerifierList(mustVerifier(t, k.Public)))
	if err != nil {
		t.Fatal(err)
	}
	witnessed, err := note.Sign(n, witness)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Parse(witnessed, []string{k.Public}); err != nil || got.Size != 7 {
		t.Errorf("with a witness's signature beside = %+v, %v; want it taken", got, err)
	}
	for _, body := range []string{
		"other\n7\n" + c.Root.String() + "\n", c.Origin + "\n07\n" + c.Root.String() + "\n", c.Origin + "\n-1\n" + c.Root.String() + "\n",
		c.Origin + "\n7\n" + c.Root.String()[:40] + "\n", c.Origin + "\n7\n", "\n", c.Origin + "\n99999999999999999999\n" + c.Root.String() + "\n",
	} {
		text, err := note.Sign(&note.Note{Text: body}, k.signer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text, []string{k.Public}); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("Parse of a signed %q = %v, want invalid", body, err)
		}
	}
	for i := range c.Text {
		for bit := range 8 {
			flipped := bytes.Clone(c.Text)
			flipped[i] ^= 1 << bit
			// The last digit of a signature in base64 has bits that mean nothing.
			if got, err := Parse(flipped, []string{k.Public}); err == nil && (i < len(c.Text)-4 || got.Size != 7 || got.Root != c.Root) {
				t.Fatalf("bit %d of byte %d flipped: Parse = %+v, want an error", bit, i, got)
			}
		}
	}
}

func mustSecret(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := OpenKey(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, KeyName))
	if err != nil {
		t.Fatal(err)
	}
	secret, _, _ := strings.Cut(string(text), "\n")
	return secret
}

func mustVerifier(t testing.TB, public string) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestJudge: whatever was done to a journal after checkpoints were taken away from it is named.
func TestJudge(t *testing.T) {
	t.Parallel()
	k := key(t)
	entries := chain(t, 40, "a")
	whole := tree(t, entries)
	at := func(sizes ...int64) (list []Checkpoint) {
		for _, n := range sizes {
			list = append(list, sign(t, k, whole, n))
		}
		return list
	}
	rewritten := func(n int) *Tree { // all from entry n on, the chain whole
		head := journal.Head{Size: int64(n - 1), Hash: entries[n-2].Hash}
		list := append([]journal.Entry{}, entries[:n-1]...)
		for i := n; i <= 40; i++ {
			e, err := journal.Seal(journal.Draft{Stream: "a", Type: "incident.noted", Version: 1, OccurredAt: night, Actor: "p2", Data: map[string]int{"n": i}}, head, night)
			if err != nil {
				t.Fatal(err)
			}
			head = journal.Head{Size: e.Seq, Hash: e.Hash}
			list = append(list, e)
		}
		return tree(t, list)
	}
	other := tree(t, chain(t, 40, "b"))
	for _, test := range []struct {
		name string
		tree *Tree
		list []Checkpoint
		seq  int64 // 0: nothing is wrong
		say  string
		fork bool
	}{
		{name: "whole", tree: whole, list: at(40, 1, 17)},
		{name: "grown since", tree: whole, list: at(12)},
		{name: "empty checkpoint", tree: whole, list: at(0)},
		{name: "no checkpoint", tree: whole},
		{name: "cut tail", tree: tree(t, entries[:30]), list: at(20, 35), seq: 31, say: "cut off: a checkpoint was signed at entry 35"},
		{name: "cut to nothing", tree: &Tree{}, list: at(35), seq: 1, say: "cut off"},
		{name: "rewritten", tree: rewritten(25), list: at(10, 20, 30, 40), seq: 21, say: "up to entry 30"},
		{name: "rewritten at one", tree: rewritten(25), list: at(24, 25), seq: 25, say: "it is not what"},
		{name: "rewritten whole", tree: other, list: at(40), seq: 1, say: "up to entry 40"},
		{name: "rewritten and cut", tree: tree(t, chain(t, 15, "b")), list: at(10, 20), seq: 1, say: "up to entry 10"},
		{name: "fork of a size", tree: whole, list: append(at(20), sign(t, k, other, 20)), fork: true},
		{name: "fork of two sizes", tree: whole, list: append(at(30), sign(t, k, other, 20)), fork: true},
		{name: "fork beyond the end", tree: tree(t, entries[:10]), list: append(at(20), sign(t, k, other, 20)), fork: true},
	} {
		err := Judge(test.tree, test.list)
		var damage *journal.DamageError
		var fork *ForkError
		switch {
		case test.fork:
			if !errors.As(err, &fork) || !errors.Is(err, journal.ErrConflict) {
				t.Errorf("%s: Judge = %v, want a fork", test.name, err)
			}
		case test.seq == 0:
			if err != nil {
				t.Errorf("%s: Judge = %v, want nothing", test.name, err)
			}
		case !errors.As(err, &damage) || damage.Seq != test.seq || !strings.Contains(damage.Reason, test.say):
			t.Errorf("%s: Judge = %v, want damage at entry %d that says %q", test.name, err, test.seq, test.say)
		}
	}
}

// TestProofs: every entry of every size and every growth is proven, and nothing else.
func TestProofs(t *testing.T) {
	t.Parallel()
	k := key(t)
	keys := []string{k.Public}
	entries := chain(t, 21, "a")
	tr := tree(t, entries)
	for size := int64(1); size <= 21; size++ {
		to := sign(t, k, tr, size)
		for n := int64(1); n <= size; n++ {
			p, err := tr.Entry(n, entries[n-1].Hash, to)
			if err != nil {
				t.Fatal(err)
			}
			p.Text = string(entries[n-1].Text)
			checkRoundTrip(t, p, keys, size)
		}
		for n := int64(0); n <= size; n++ {
			p, err := tr.Growth(sign(t, k, tr, n), to)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, p, keys, size)
		}
	}
	if _, err := tr.Entry(8, entries[7].Hash, sign(t, k, tr, 7)); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("a proof of an entry beyond the checkpoint = %v, want not found", err)
	}
	other := tree(t, chain(t, 21, "b"))
	if _, err := tr.Entry(3, entries[2].Hash, sign(t, k, other, 7)); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a proof for a checkpoint of another journal = %v, want damage", err)
	}
	if _, err := tr.Growth(sign(t, k, tr, 9), sign(t, k, tr, 3)); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("a growth backwards = %v, want invalid", err)
	}
}

func checkRoundTrip(t *testing.T, p Proof, keys []string, size int64) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := again.Check(keys); err != nil || to.Size != size {
		t.Fatalf("Check of %s = %+v, %v; want the checkpoint of %d entries", text, to, err, size)
	}
}

// TestForgedProofs: a proof that was changed anywhere proves nothing.
func TestForgedProofs(t *testing.T) {
	t.Parallel()
	k := key(t)
	entries, other := chain(t, 21, "a"), chain(t, 21, "b")
	tr := tree(t, entries)
	to := sign(t, k, tr, 20)
	p, err := tr.Entry(5, entries[4].Hash, to)
	if err != nil {
		t.Fatal(err)
	}
	g, err := tr.Growth(sign(t, k, tr, 11), to)
	if err != nil {
		t.Fatal(err)
	}
	hashes := func(h []tlog.Hash, i int) []tlog.Hash {
		h = append([]tlog.Hash{}, h...)
		h[i][3] ^= 1
		return h
	}
	for name, forged := range map[string]Proof{
		"another entry":      {Entry: 6, Hash: p.Hash, Checkpoint: p.Checkpoint, Hashes: p.Hashes},
		"another hash":       {Entry: 5, Hash: other[4].Hash.String(), Checkpoint: p.Checkpoint, Hashes: p.Hashes},
		"another text":       {Entry: 5, Hash: p.Hash, Text: string(other[4].Text), Checkpoint: p.Checkpoint, Hashes: p.Hashes},
		"no text of entry":   {Entry: 5, Hash: p.Hash, Text: "{}", Checkpoint: p.Checkpoint, Hashes: p.Hashes},
		"another checkpoint": {Entry: 5, Hash: p.Hash, Checkpoint: string(sign(t, k, tr, 19).Text), Hashes: p.Hashes},
		"a hash changed":     {Entry: 5, Hash: p.Hash, Checkpoint: p.Checkpoint, Hashes: hashes(p.Hashes, 1)},
		"a hash less":        {Entry: 5, Hash: p.Hash, Checkpoint: p.Checkpoint, Hashes: p.Hashes[1:]},
		"beyond":             {Entry: 21, Hash: p.Hash, Checkpoint: p.Checkpoint, Hashes: p.Hashes},
		"growth of another":  {From: string(sign(t, k, tree(t, other), 11).Text), Checkpoint: g.Checkpoint, Hashes: g.Hashes},
		"growth changed":     {From: g.From, Checkpoint: g.Checkpoint, Hashes: hashes(g.Hashes, 0)},
		"growth backwards":   {From: g.Checkpoint, Checkpoint: g.From, Hashes: g.Hashes},
		"growth, same size":  {From: string(sign(t, k, tree(t, other), 20).Text), Checkpoint: g.Checkpoint},
		"unsigned":           {Entry: 5, Hash: p.Hash, Checkpoint: body(to.Origin, to.Size, to.Root), Hashes: p.Hashes},
	} {
		if _, err := forged.Check([]string{k.Public}); err == nil {
			t.Errorf("%s: the proof holds, want a refusal", name)
		}
	}
	for _, text := range []string{"", "[]", `{"hashes":["x"]}`, `{"entry":1,"from":"x","checkpoint":"","hashes":[]}`, `{"checkpoint":""}`,
		`{"entry":1,"checkpoint":"","hashes":[` + strings.TrimSuffix(strings.Repeat(`"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",`, 129), ",") + `]}`} {
		if p, err := ParseProof([]byte(text)); err == nil {
			t.Errorf("ParseProof(%.40q) = %+v, want an error", text, p)
		}
	}
}

// TestRandomDamage: random bits of an export are flipped, and the checkpoints see
// what the chain does not: all that was made to follow again.
func TestRandomDamage(t *testing.T) {
	t.Parallel()
	k := key(t)
	entries := chain(t, 64, "a")
	at := sign(t, k, tree(t, entries), 64)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		// One bit of one hash, as if its entry and all after it were sealed anew.
		var tr Tree
		n := r.IntN(64)
		for i, e := range entries {
			h := e.Hash
			if i == n {
				h[r.IntN(32)] ^= 1 << r.IntN(8)
			}
			tr.Add(h)
		}
		if err := Judge(&tr, []Checkpoint{at}); !errors.Is(err, journal.ErrInvalid) {
			t.Fatalf("entry %d changed: Judge = %v, want damage", n+1, err)
		}
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	a, b := key(t).Public, key(t).Public
	got, err := ParseKeys(fmt.Appendf(nil, "# keys of the journal\n%s\n\n%s\n%s\n", a, b, a))
	if err != nil || len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("ParseKeys = %v, %v; want both, once", got, err)
	}
	for _, text := range []string{"", "# none\n", "x\n", a + "x\n"} {
		if got, err := ParseKeys([]byte(text)); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("ParseKeys(%.30q) = %v, %v; want invalid", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	k := key(f)
	c := sign(f, k, tree(f, chain(f, 3, "a")), 3)
	f.Add(c.Text)
	f.Add([]byte("safelight/x\n3\n" + c.Root.String() + "\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		// Only what was signed is read, whatever stands in front of it.
		if got, err := Parse(text, []string{k.Public}); err == nil && (got.Size != 3 || got.Root != c.Root) {
			t.Errorf("Parse(%q) = %+v, which nobody has signed", text, got)
		}
	})
}

func FuzzProof(f *testing.F) {
	k := key(f)
	entries := chain(f, 9, "a")
	tr := tree(f, entries)
	to := sign(f, k, tr, 9)
	p, err := tr.Entry(4, entries[3].Hash, to)
	if err != nil {
		f.Fatal(err)
	}
	g, err := tr.Growth(sign(f, k, tr, 5), to)
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range []Proof{p, g} {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParseProof(text)
		if err != nil {
			return
		}
		if _, err := p.Check([]string{k.Public}); err == nil && p.Entry > 0 && p.Hash != entries[p.Entry-1].Hash.String() {
			t.Errorf("%q proves entry %d with hash %s, which the journal does not hold", text, p.Entry, p.Hash)
		}
	})
}

func BenchmarkTree(b *testing.B) {
	entries := chain(b, 1, "a")
	for b.Loop() {
		var tr Tree
		for range 1_000_000 {
			tr.Add(entries[0].Hash)
		}
		if _, err := tr.Root(tr.Size()); err != nil {
			b.Fatal(err)
		}
	}
}
