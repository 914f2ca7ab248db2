package weights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
)

// published serves seeded files under the names of SqueezeNet's.
func published(t *testing.T) (files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{}
	for i, path := range []string{backbone(t, lpips.Squeeze, 1), head(t, lpips.Squeeze, 2)} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files["/"+sources[lpips.Squeeze][i].name()] = data
	}
	return files
}

func serveFiles(files map[string][]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, r.URL.Path, time.Time{}, strings.NewReader(string(data)))
	}
}

func server(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestPull fetches both parts, tells of its progress, and asks for nothing that is here.
func TestPull(t *testing.T) {
	t.Parallel()
	files := published(t)
	var asked atomic.Int32
	url := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		serveFiles(files)(w, r)
	}))
	dir := t.TempDir()
	s := Open(dir)
	told := map[string]int64{}
	p := Puller{From: url + "/", Progress: func(name string, done, total int64) {
		if done < told[name] || total < done {
			t.Errorf("%s: %d of %d bytes after %d", name, done, total, told[name])
		}
		told[name] = done
	}}
	in, err := p.Pull(context.Background(), s, lpips.Squeeze, anyWeights)
	if err != nil || !slices.Equal(in.Parts, []Part{Convolutions, Distance}) || len(in.Missing) > 0 {
		t.Fatalf("pull: %+v, %v", in, err)
	}
	for name, data := range files {
		if told[name[1:]] != int64(len(data)) {
			t.Errorf("progress ended at %d of %d bytes of %s", told[name[1:]], len(data), name)
		}
	}
	measured(t, s, lpips.Squeeze)
	if got := leftovers(t, dir); !slices.Equal(got, []string{"squeeze.weights"}) {
		t.Errorf("the folder holds %v, want the weights alone", got)
	}
	if st := s.List()[1]; !slices.Equal(st.From, []string{url + "/squeezenet1_1-b8a52dc0.pth", url + "/squeeze.pth"}) {
		t.Errorf("they come from %v", st.From)
	}
	if in, err := p.Pull(context.Background(), s, lpips.Squeeze, anyWeights); err != nil || len(in.Parts) > 0 || asked.Load() != 2 {
		t.Errorf("a second pull: %+v, %v, after %d requests", in, err, asked.Load())
	}
}

// TestPullRefusesWhatIsNotPublished: without Any the file's digest decides, and the file is not kept.
func TestPullRefusesWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := Puller{From: server(t, serveFiles(published(t)))}
	_, err := p.Pull(context.Background(), Open(dir), lpips.Squeeze, Options{})
	if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(err.Error(), "b8a52dc0") {
		t.Errorf("another file: %v, want a refusal that names both digests", err)
	}
	if got := leftovers(t, dir); len(got) > 0 {
		t.Errorf("it left %v", got)
	}
}

// TestPullByDigest: torch.hub's eight digits are a beginning, and the whole digest is itself.
func TestPullByDigest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("weights"))
	whole := hex.EncodeToString(sum[:])
	for digest, good := range map[string]bool{whole: true, whole[:8]: true, whole[1:9]: false, "0" + whole[1:]: whole[0] == '0'} {
		if err := (source{sha256: digest}).check(file); (err == nil) != good {
			t.Errorf("digest %s: %v, want good: %v", digest, err, good)
		}
	}
}

// TestPullGoesOn: what came before the connection broke is used by the next attempt, from servers that continue and
// from those that begin again.
func TestPullGoesOn(t *testing.T) {
	t.Parallel()
	files := published(t)
	for _, continues := range []bool{true, false} {
		var ranges []string
		var attempts atomic.Int32
		url := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			data := files[r.URL.Path]
			if attempts.Add(1) == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(data)))
				_, _ = w.Write(data[:len(data)/2])
				panic(http.ErrAbortHandler)
			}
			ranges = append(ranges, r.Header.Get("Range"))
			if !continues {
				r.Header.Del("Range")
			}
			serveFiles(files)(w, r)
		}))
		dir := t.TempDir()
		s, p := Open(dir), Puller{From: url}
		if _, err := p.Pull(context.Background(), s, lpips.Squeeze, anyWeights); err == nil {
			t.Fatal("a broken connection gave weights")
		}
		if got := leftovers(t, dir); !slices.Equal(got, []string{"squeezenet1_1-b8a52dc0.pth.part"}) {
			t.Errorf("after a break the folder holds %v, want the part", got)
		}
		if _, err := p.Pull(context.Background(), s, lpips.Squeeze, anyWeights); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(ranges[0], "bytes=") || ranges[1] != "" {
			t.Errorf("asked for %q, want the rest of the first file and all of the second", ranges)
		}
		measured(t, s, lpips.Squeeze)
	}
}

// TestPullOfAWholePart: all of it came before, and the process ended before it was imported.
func TestPullOfAWholePart(t *testing.T) {
	t.Parallel()
	files := published(t)
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name[1:]+".part"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := Open(dir)
	if _, err := (Puller{From: server(t, serveFiles(files))}).Pull(context.Background(), s, lpips.Squeeze, anyWeights); err != nil {
		t.Fatal(err)
	}
	measured(t, s, lpips.Squeeze)
}

func TestPullBoundsWhatComes(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 1<<16)
	for name, h := range map[string]http.HandlerFunc{
		"declared": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(1<<40))
			_, _ = w.Write(zeros)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		},
	} {
		dir := t.TempDir()
		_, err := (Puller{From: server(t, h)}).Pull(context.Background(), Open(dir), lpips.Squeeze, anyWeights)
		if !errors.Is(err, journal.ErrTooLarge) {
			t.Errorf("%s: %v, want journal.ErrTooLarge", name, err)
		}
		if got := leftovers(t, dir); len(got) > 0 {
			t.Errorf("%s left %v", name, got)
		}
	}
}

// TestPullGivesUp: a server that sends nothing, and a person who interrupts.
func TestPullGivesUp(t *testing.T) {
	t.Parallel()
	silent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("PK"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	url := server(t, silent)
	start := time.Now()
	_, err := (Puller{From: url, Stall: 50 * time.Millisecond}).Pull(context.Background(), Open(t.TempDir()), lpips.Squeeze, anyWeights)
	if err == nil || !strings.Contains(err.Error(), "nothing came") || time.Since(start) > 30*time.Second {
		t.Errorf("a silent server: %v after %v", err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := Puller{From: url, Progress: func(string, int64, int64) { cancel() }}
	if _, err := p.Pull(ctx, Open(t.TempDir()), lpips.Squeeze, anyWeights); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v, want context.Canceled", err)
	}
}

// TestPullTrusts https and this machine, also where it is sent on.
func TestPullTrusts(t *testing.T) {
	t.Parallel()
	files := published(t)
	secure := httptest.NewUnstartedServer(serveFiles(files))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of the client that does not trust it
	secure.StartTLS()
	t.Cleanup(secure.Close)
	s := Open(t.TempDir())
	if _, err := (Puller{From: secure.URL, Client: secure.Client()}).Pull(context.Background(), s, lpips.Squeeze, anyWeights); err != nil {
		t.Error(err)
	}
	if _, err := (Puller{From: secure.URL}).Pull(context.Background(), Open(t.TempDir()), lpips.Squeeze, anyWeights); err == nil {
		t.Error("a certificate that nobody signed was trusted")
	}
	elsewhere := server(t, http.RedirectHandler("http://weights.example/file.pth", http.StatusFound))
	circle := server(t, http.RedirectHandler("/again", http.StatusFound))
	for _, from := range []string{"http://weights.example", "ftp://weights.example", "weights.example", "file:///tmp", "http://127.0.0.1.weights.example", elsewhere, circle, "http://[::1", ":"} {
		dir := t.TempDir()
		if _, err := (Puller{From: from}).Pull(context.Background(), Open(dir), lpips.Squeeze, anyWeights); err == nil {
			t.Errorf("%s was trusted", from)
		}
		if got := leftovers(t, dir); len(got) > 0 {
			t.Errorf("%s left %v", from, got)
		}
	}
}

func TestPullSaysWhatTheServerSays(t *testing.T) {
	t.Parallel()
	p := Puller{From: server(t, http.NotFoundHandler())}
	if _, err := p.Pull(context.Background(), Open(t.TempDir()), lpips.Alex, Options{}); !errors.Is(err, journal.ErrNotFound) || !strings.Contains(err.Error(), "404") {
		t.Errorf("a missing file: %v, want journal.ErrNotFound with the server's word", err)
	}
	if _, err := p.Pull(context.Background(), Open(t.TempDir()), "none", Options{}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("an unknown network: %v, want journal.ErrInvalid", err)
	}
	if _, err := p.Pull(context.Background(), Open(), lpips.Alex, Options{}); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("no folder: %v, want journal.ErrInvalid", err)
	}
}
