package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/safelight-dev/safelight/lpips"
)

// scriptHeads writes, as torch.save would, weights of AlexNet's distance that nobody published: heads FILE.
func scriptHeads(ts *testscript.TestScript, _ bool, args []string) {
	data, err := headsFile()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

func headsFile() ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: "archive/" + name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	pickle := "\x80\x02}("
	for _, s := range lpips.Alex.Specs() {
		if !strings.HasPrefix(s.Name, "lin") {
			continue
		}
		n := s.Shape[1]
		pickle += fmt.Sprintf("U%c%sctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x04%sU\x03cpuM%stQK\x00(K\x01M%sK\x01K\x01t(M%sK\x01K\x01K\x01t\x89}tR",
			len(s.Name), s.Name, s.Name[:4], short(n), short(n), short(n))
		values := make([]byte, 0, 4*n)
		for i := range n {
			values = binary.LittleEndian.AppendUint32(values, math.Float32bits(float32(i)))
		}
		if err := put("data/"+s.Name[:4], values); err != nil {
			return nil, err
		}
	}
	if err := put("data.pkl", []byte(pickle+"u.")); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

func short(n int) string { return string([]byte{byte(n), byte(n >> 8)}) }

// TestModelsPull pulls from a server of this machine, which has one of the two files.
func TestModelsPull(t *testing.T) {
	t.Parallel()
	data, err := headsFile()
	if err != nil {
		t.Fatal(err)
	}
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/alex.pth" && r.URL.Path != "/alexnet-owt-7be5be79.pth" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		if r.URL.Path != "/alex.pth" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(mirror.Close)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".safelight"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, out, stderr := bench(nil)
	if code := c.main(t.Context(), []string{"models", "pull", "--dir", dir, "--from", mirror.URL}); code != exitFailed {
		t.Errorf("pull of what is not there: exit code %d, want %d", code, exitFailed)
	}
	if got := stderr.String(); !strings.Contains(got, "alexnet-owt-7be5be79.pth") || !strings.Contains(got, "404") || out.Len() > 0 {
		t.Errorf("it said %q and printed %q, want the address and the server's answer alone", got, out)
	}
	c, _, stderr = bench(nil)
	if code := c.main(t.Context(), []string{"models", "pull", "--dir", dir, "--from", "http://weights.example"}); code != exitFailed || !strings.Contains(stderr.String(), "https") {
		t.Errorf("pull over the open network: exit code %d, %q, want %d and https", code, stderr, exitFailed)
	}
}

func TestPullProgressIsSaidInTenths(t *testing.T) {
	t.Parallel()
	c, _, stderr := bench(nil)
	say := pullProgress(c.stderr, c.lang())
	for done := int64(0); done <= 1000; done++ {
		say("a.pth", done*20_000, 20_000_000)
	}
	say("b.pth", 25_000_000, 0)
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	if len(lines) != 11 || lines[9] != "a.pth: 20.0 of 20.0 MB" || lines[10] != "b.pth: 25.0 of ? MB" {
		t.Errorf("it said %q", lines)
	}
}
