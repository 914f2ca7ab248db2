package app

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/safelight-dev/safelight/internal/quarantine"
)

// store is a bucket named images in a store that speaks as S3 does (gofakes3).
type bucketStore struct {
	t       *testing.T
	backend gofakes3.Backend
	url     string
}

func newBucketStore(t *testing.T) *bucketStore {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
	s := &bucketStore{t: t, backend: s3mem.New()}
	if err := s.backend.CreateBucket("images"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(s.backend).Server())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// put uploads a file of the house under a key.
func (s *bucketStore) put(h *house, file, key string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(file)))
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.backend.PutObject("images", key, map[string]string{}, strings.NewReader(string(text)), int64(len(text)), nil); err != nil {
		s.t.Fatal(err)
	}
}

// mirrored is a house whose images lie in a bucket.
func (s *bucketStore) mirrored(change func(*house)) *house {
	return newHouseWith(s.t, func(h *house) {
		p := h.config.Watch.Pipelines["catalogue"]
		p.Reference, p.Delivered, p.Poll = "s3://images/approved?endpoint="+s.url, "s3://images/delivered?endpoint="+s.url, time.Second
		h.config.Watch.Pipelines["catalogue"] = p
		if err := h.config.validate(); err != nil {
			s.t.Fatal(err)
		}
		for _, name := range []string{"0.png", "1.png", "2.png"} {
			s.put(h, "reference/"+name, "approved/"+name)
			s.put(h, "delivered/"+name, "delivered/"+name)
		}
		change(h)
	})
}

func (h *house) poll() {
	h.t.Helper()
	if err := h.buckets["catalogue"].poll(h.t.Context(), "catalogue"); err != nil {
		h.t.Fatal(err)
	}
}

// TestBuckets measures what is delivered to a bucket, each version once, and nothing before all of it has been there.
func TestBuckets(t *testing.T) {
	s := newBucketStore(t)
	h := s.mirrored(func(*house) {})
	if got := h.sweep(); got.Checked+got.Broken != 0 {
		t.Errorf("before the buckets were read: %+v", got)
	}
	h.poll()
	if got := h.sweep(); got.Checked != 3 || got.Broken != 0 {
		t.Errorf("%d measured, %d broken, want 3 and 0", got.Checked, got.Broken)
	}
	h.image("delivered/1.png", 160)
	s.put(h, "delivered/1.png", "delivered/1.png")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	h.poll()
	if got := h.sweep(); got.Checked != 1 || got.Broken != 0 {
		t.Errorf("after a restart and one change %d measured, %d broken, want 1 and 0", got.Checked, got.Broken)
	}
	if p := h.config.Watch.Pipelines["catalogue"]; !strings.HasPrefix(p.Delivered, "s3://") {
		t.Errorf("the caller's configuration was changed to %s", p.Delivered)
	}
}

// TestBucketsAreWatched finds what is delivered by itself.
func TestBucketsAreWatched(t *testing.T) {
	s := newBucketStore(t)
	h := s.mirrored(func(h *house) { h.live = true })
	checked := func() int {
		n := 0
		for _, name := range []string{"0.png", "1.png", "2.png", "new.png"} {
			if h.sweeping.memories["catalogue"] != nil && h.sweeping.memories["catalogue"].stamp(name).size > 0 {
				n++
			}
		}
		return n
	}
	h.until("three images are measured", func() bool { h.sweeping.mu.Lock(); defer h.sweeping.mu.Unlock(); return checked() == 3 })
	h.image("reference/new.png", 100)
	h.image("delivered/new.png", 100)
	s.put(h, "reference/new.png", "approved/new.png")
	s.put(h, "delivered/new.png", "delivered/new.png")
	h.until("a new one is", func() bool { h.sweeping.mu.Lock(); defer h.sweeping.mu.Unlock(); return checked() == 4 })
}

// TestBucketsQuarantine holds an image of a bucket at the gateway, and says that its file is for somebody else to take out.
func TestBucketsQuarantine(t *testing.T) {
	s := newBucketStore(t)
	w := ward{s.mirrored(func(h *house) { h.accessLog = AccessLog(h.dir) })}
	w.poll()
	id := w.hold("1.png")
	w.idle()
	i := w.item(id)
	if i.Status != quarantine.StatusFailed || i.Problem != errInBucket.Error() {
		t.Errorf("held it is %s: %s", i.Status, i.Problem)
	}
	if state, _ := w.ask("1.png"); state != "disabled" {
		t.Errorf("the gateway's path is %s", state)
	}
	if _, err := os.Stat(filepath.Join(mirrorFolder(w.dir, "catalogue", "delivered"), "1.png")); err != nil {
		t.Errorf("the mirror has lost it: %v", err)
	}
	w.change("nora", id, quarantine.Release{Reason: "a statue"})
	w.idle()
	if state, _ := w.ask("1.png"); state != "enabled" || w.item(id).Status != quarantine.StatusRestored {
		t.Errorf("released, the path is %s, the item %+v", state, w.item(id))
	}
}

// TestBucketMistakes are found when the configuration is read.
func TestBucketMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"delivered: s3://Images/a":            "write a bucket and a prefix",
		"delivered: 's3://images/a?key=x'":    "the parameters are endpoint and region",
		"delivered: s3://images/a, poll: 1ms": "once a second at most",
	} {
		_, err := Parse([]byte("pipelines:\n  catalogue: {reference: reference, "+text+", class: product}\n"), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
