package watch

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/safelight-dev/safelight/internal/journal"
)

const testKey, testSecret = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// s3 is a store that speaks as S3 does (gofakes3), behind a check of the signature.
type s3 struct {
	t       *testing.T
	backend gofakes3.Backend
	server  *httptest.Server
	fetched atomic.Int64
	fault   atomic.Pointer[http.HandlerFunc]
}

func newS3(t *testing.T) *s3 {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": testKey, "AWS_SECRET_ACCESS_KEY": testSecret, "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
	s := &s3{t: t, backend: s3mem.New()}
	if err := s.backend.CreateBucket("images"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(s.backend).Server()
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := s.fault.Load(); f != nil {
			(*f)(w, r)
			return
		}
		if want := signature(r); !strings.HasSuffix(r.Header.Get("Authorization"), "Signature="+want) {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message></Error>`)
			return
		}
		if r.URL.Query().Get("list-type") == "" {
			s.fetched.Add(1)
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// signature is that of Signature Version 4, as Amazon's documentation says it is calculated.
func signature(r *http.Request) string {
	field := func(name string) string {
		_, rest, _ := strings.Cut(r.Header.Get("Authorization"), name+"=")
		value, _, _ := strings.Cut(rest, ",")
		return value
	}
	scope := strings.Split(field("Credential"), "/")
	if len(scope) != 5 || scope[0] != testKey {
		return "none"
	}
	var query []string
	for name, values := range r.URL.Query() {
		for _, v := range values {
			query = append(query, strings.ReplaceAll(escapePath(name), "/", "%2F")+"="+strings.ReplaceAll(escapePath(v), "/", "%2F"))
		}
	}
	slices.Sort(query)
	canonical := r.Method + "\n" + escapePath(r.URL.Path) + "\n" + strings.Join(query, "&") + "\n"
	for _, h := range strings.Split(field("SignedHeaders"), ";") {
		value := r.Header.Get(h)
		if h == "host" {
			value = r.Host
		}
		canonical += h + ":" + value + "\n"
	}
	canonical += "\n" + field("SignedHeaders") + "\n" + r.Header.Get("X-Amz-Content-Sha256")
	sum := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + strings.Join(scope[1:], "/") + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + testSecret)
	for _, part := range append(scope[1:], text) {
		mac := hmac.New(sha256.New, key)
		io.WriteString(mac, part)
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func (s *s3) put(key, text string) {
	s.t.Helper()
	if _, err := s.backend.PutObject("images", key, map[string]string{}, strings.NewReader(text), int64(len(text)), nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *s3) remove(key string) {
	s.t.Helper()
	if _, err := s.backend.DeleteObject("images", key); err != nil {
		s.t.Fatal(err)
	}
}

func (s *s3) mirror(dir string) *Mirror {
	s.t.Helper()
	b, err := ParseBucket("s3://images/catalogue?region=eu-west-3&endpoint=" + s.server.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := NewMirror(b, dir, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// files gives what a mirror holds.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == filepath.Join(dir, indexName) {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		found[rel] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestMirror follows a bucket: what comes, changes and goes, over a restart too, and fetches nothing twice.
func TestMirror(t *testing.T) {
	s, dir := newS3(t), filepath.Join(t.TempDir(), "mirror")
	s.put("catalogue/a.png", "one")
	s.put("catalogue/sub/é b+c=d&e.jpg", "two")
	s.put("other/x.png", "elsewhere")
	s.put("catalogue/../../evil.png", "evil")
	s.put("catalogue/.hidden.png", "hidden")
	s.put("catalogue/folder/", "")
	m := s.mirror(dir)
	poll := func(fetched int64, want map[string]string) {
		t.Helper()
		before := s.fetched.Load()
		if err := m.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := files(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the mirror has %v, want %v", got, want)
		}
		if n := s.fetched.Load() - before; n != fetched {
			t.Errorf("%d objects were fetched, want %d", n, fetched)
		}
	}
	both := map[string]string{"a.png": "one", "sub/é b+c=d&e.jpg": "two"}
	poll(2, both)
	poll(0, both)
	m = s.mirror(dir)
	poll(0, both)
	s.put("catalogue/a.png", "new") // of the same size
	poll(1, map[string]string{"a.png": "new", "sub/é b+c=d&e.jpg": "two"})
	if err := os.WriteFile(filepath.Join(dir, "a.png"), []byte("damaged by somebody"), 0o600); err != nil {
		t.Fatal(err)
	}
	poll(1, map[string]string{"a.png": "new", "sub/é b+c=d&e.jpg": "two"})
	s.remove("catalogue/sub/é b+c=d&e.jpg")
	poll(0, map[string]string{"a.png": "new"})
	if _, err := os.Stat(filepath.Join(dir, "sub")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder is left: %v", err)
	}
	if err := os.WriteFile(m.index(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	m = s.mirror(dir)
	poll(1, map[string]string{"a.png": "new"})
}

// TestMirrorPages reads a listing of several pages.
func TestMirrorPages(t *testing.T) {
	s, dir := newS3(t), t.TempDir()
	for i := range 2500 {
		s.put(fmt.Sprintf("catalogue/%04d.png", i), "x")
	}
	m := s.mirror(dir)
	list, skipped, err := m.list(t.Context())
	if err != nil || len(list) != 2500 || len(skipped) != 0 {
		t.Errorf("%d objects, %v, %v", len(list), skipped, err)
	}
}

// TestMirrorTrouble keeps the mirror as it is where the bucket cannot be read, and says why; a single image that cannot be had
// keeps no other from coming.
func TestMirrorTrouble(t *testing.T) {
	s, dir := newS3(t), t.TempDir()
	s.put("catalogue/a.png", "one")
	m := s.mirror(dir)
	if err := m.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.many = 1000
	page := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
	}
	refuse := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, text) }
	}
	for want, fault := range map[string]http.HandlerFunc{
		`status 503, "SlowDown": "Please reduce your request rate."`: refuse(503, `<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`),
		"status 500":                   refuse(500, "<html>"),
		"status 301":                   refuse(301, ""),
		"no listing of a bucket":       page("<html>"),
		"does not go on where it says": page(`<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>`),
		"not escaped as it says":       page(`<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents></ListBucketResult>`),
		"more than 8388608 bytes":      page(strings.Repeat(" ", maxPage+1)),
		"more than 1000 objects or ":   page(`<ListBucketResult><Contents><Key>catalogue/a.png</Key><Size>1000</Size></Contents>` + strings.Repeat(`<Contents><Key>k</Key></Contents>`, 300) + `<IsTruncated>true</IsTruncated><NextContinuationToken>0</NextContinuationToken></ListBucketResult>`),
	} {
		if strings.HasPrefix(want, "more than 1000 objects") {
			n, text := 0, fault
			fault = func(w http.ResponseWriter, r *http.Request) { // each page says that another follows
				rec := httptest.NewRecorder()
				text(rec, r)
				n++
				w.Write(bytes.Replace(rec.Body.Bytes(), []byte("Token>0<"), fmt.Appendf(nil, "Token>%d<", n), 1))
			}
		}
		s.fault.Store(&fault)
		if err := m.Poll(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%v; want %q", err, want)
		}
		if got := files(t, dir); got["a.png"] != "one" {
			t.Fatalf("%s: the mirror has %v", want, got)
		}
	}
	s.fault.Store(nil)
	s.put("catalogue/large.png", strings.Repeat("x", 1001))
	s.put("catalogue/large.json", strings.Repeat("x", 1001))
	s.put("catalogue/b.png", "two")
	if err := m.Poll(t.Context()); !errors.Is(err, journal.ErrTooLarge) || !strings.Contains(err.Error(), `"large.png" is larger than 1000 bytes`) || strings.Contains(err.Error(), "large.json") {
		t.Errorf("an image over the limit: %v", err)
	}
	if got := files(t, dir); len(got) != 2 || got["b.png"] != "two" {
		t.Errorf("beside it the mirror has %v", got)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	if err := s.mirror(dir).Poll(t.Context()); err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") {
		t.Errorf("a wrong secret: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Poll(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the server: %v", err)
	}
}

// TestMirrorTorn brings no half image: one that changes while it is fetched comes with the next poll.
func TestMirrorTorn(t *testing.T) {
	s, dir := newS3(t), t.TempDir()
	listing := `<ListBucketResult><Contents><Key>catalogue/a.png</Key><ETag>"1"</ETag><Size>3</Size><LastModified>2026-11-27T20:00:00.000Z</LastModified></Contents></ListBucketResult>`
	for name, object := range map[string]http.HandlerFunc{
		"another version": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"2"`); io.WriteString(w, "two") },
		"refused":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPreconditionFailed) },
		"gone":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"short":           func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("ETag", `"1"`); io.WriteString(w, "on") },
		"long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"1"`)
			io.WriteString(w, "onetwo")
		},
	} {
		fault := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("list-type") {
				io.WriteString(w, listing)
				return
			}
			object(w, r)
		})
		s.fault.Store(&fault)
		if err := s.mirror(dir).Poll(t.Context()); err != nil || len(files(t, dir)) != 0 {
			t.Errorf("%s: %v, the mirror has %v", name, err, files(t, dir))
		}
	}
}

// TestParseBucket reads a place, and says what is wrong with one.
func TestParseBucket(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]Bucket{
		"s3://images":            {Name: "images"},
		"s3://images/":           {Name: "images"},
		"s3://images/catalogue":  {Name: "images", Prefix: "catalogue/"},
		"s3://my.images/a/b/":    {Name: "my.images", Prefix: "a/b/"},
		"s3://images/c?region=x": {Name: "images", Prefix: "c/", Region: "x"},
		"s3://images/c?endpoint=http://127.0.0.1:9000/": {Name: "images", Prefix: "c/", Endpoint: "http://127.0.0.1:9000"},
	} {
		if got, err := ParseBucket(place); err != nil || got != want {
			t.Errorf("%s: %+v, %v", place, got, err)
		}
	}
	for _, place := range []string{"s3://", "s3://x", "s3://Images/a", "s3://user@images/a", "s3://images/a?profile=x", "s3://images/a?endpoint=ftp://x", "s3://images/a?endpoint=http://u:p@x", "s3://images/a?region=a%20b", "s3://images/a#b"} {
		if got, err := ParseBucket(place); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %+v, %v", place, got, err)
		}
	}
}

func FuzzListing(f *testing.F) {
	f.Add([]byte(`<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>catalogue/a%20b.png</Key><Size>3</Size><LastModified>2026-11-27T20:00:00.000Z</LastModified></Contents></ListBucketResult>`))
	f.Add([]byte(`<ListBucketResult><Contents><Key>catalogue/../a</Key></Contents></ListBucketResult>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePage(text)
		if err != nil {
			return
		}
		m := &Mirror{bucket: newReader(Bucket{Name: "images", Prefix: "catalogue/"})}
		for _, o := range p.Objects {
			if name, ok := m.pathOf(o.Key); ok && (!filepath.IsLocal(name) || hidden(name)) {
				t.Errorf("%q becomes %q", o.Key, name)
			}
		}
	})
}
