package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// slackFiles speaks as much of Slack's Web API as a notice with a picture needs, as its documentation has it: forms for the
// address of a file, the bytes to that address, JSON to share it.
type slackFiles struct {
	*httptest.Server
	scopes string

	mu       sync.Mutex
	length   string
	picture  []byte // that was brought
	comment  string // of the message that shares it
	messages []string
}

func newSlackFiles(t *testing.T) *slackFiles {
	t.Helper()
	s := &slackFiles{scopes: "chat:write,files:write"}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *slackFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(w, s.answer(r, body))
}

func (s *slackFiles) answer(r *http.Request, body []byte) string {
	kind := r.Header.Get("Content-Type")
	switch r.URL.Path {
	case "/files.getUploadURLExternal":
		form, err := url.ParseQuery(string(body))
		if !strings.Contains(s.scopes, "files:write") {
			return `{"ok":false,"error":"missing_scope","needed":"files:write","provided":"chat:write"}`
		}
		if s.length = form.Get("length"); err != nil || kind != "application/x-www-form-urlencoded" || form.Get("filename") == "" {
			return `{"ok":false,"error":"invalid_arguments"}`
		}
		return fmt.Sprintf(`{"ok":true,"upload_url":%q,"file_id":"F1"}`, s.URL+"/upload/v1/abc")
	case "/upload/v1/abc":
		s.picture = body
		return fmt.Sprintf("OK - %d", len(body))
	case "/files.completeUploadExternal":
		var m struct {
			Files []struct{ ID, Title string }
			To    string `json:"channel_id"`
			Text  string `json:"initial_comment"`
		}
		if err := json.Unmarshal(body, &m); err != nil || len(m.Files) != 1 || m.Files[0].ID != "F1" || m.To != "C024BE91L" || fmt.Sprint(len(s.picture)) != s.length {
			return `{"ok":false,"error":"invalid_arguments"}`
		}
		s.comment = m.Text
		return `{"ok":true,"files":[{"id":"F1","title":"x"}]}`
	case "/chat.postMessage":
		s.messages = append(s.messages, string(body))
		return `{"ok":true,"channel":"C024BE91L","ts":"1.2"}`
	}
	return `{"ok":false,"error":"unknown_method"}`
}

// TestTheNoticeShowsTheWorstImage: with the figures, in one message, and only where nothing is known that must not be seen.
// It is not parallel: it changes the environment.
func TestTheNoticeShowsTheWorstImage(t *testing.T) {
	t.Setenv("SERVICES_TEST_SECRET", "xyzzy")
	no := false
	const face = `<plus:ModelReleaseID><rdf:Bag><rdf:li>MR-1</rdf:li></rdf:Bag></plus:ModelReleaseID>`
	for name, c := range map[string]struct {
		scopes  string
		picture *bool
		prepare func(w ward) // after the image was delivered and measured
		xmp     string
		located bool
		shown   bool
	}{
		"clean":             {shown: true},
		"without the scope": {scopes: "chat:write"},
		"turned off":        {picture: &no},
		"says where it was": {located: true},
		"shows a person":    {xmp: face},
		"replaced since":    {prepare: func(w ward) { w.image("delivered/2.png", 90) }},
		"gone since": {prepare: func(w ward) {
			if err := os.Remove(filepath.Join(w.dir, "delivered", "2.png")); err != nil {
				w.t.Fatal(err)
			}
		}},
		"held since": {prepare: func(w ward) {
			w.hold("2.png")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSlackFiles(t)
			if c.scopes != "" {
				s.scopes = c.scopes
			}
			w := newWardWith(t, func(h *house) {
				h.config.Notify = notify.Config{Slack: &notify.SlackConfig{TokenEnv: "SERVICES_TEST_SECRET", URL: s.URL, Channel: "C024BE91L", Picture: c.picture}}
				p := h.config.Watch.Pipelines["catalogue"]
				p.Metadata = &pipeline.MetadataPolicy{Reactions: map[pipeline.Breach]pipeline.Reaction{pipeline.PersonalData: pipeline.Report}} // it stays in delivery
				h.config.Watch.Pipelines["catalogue"] = p
			})
			if w.described("2.png", 160, c.xmp); c.located {
				w.place("2.png", 160, true)
			}
			w.sweep()
			if c.prepare != nil {
				c.prepare(w)
			}
			w.again(16 * time.Minute)
			w.until("the notice", func() bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.comment != "" || strings.Contains(strings.Join(s.messages, ""), "over their budget")
			})
			s.mu.Lock()
			defer s.mu.Unlock()
			if shown := s.comment != ""; shown != c.shown || shown == strings.Contains(strings.Join(s.messages, ""), "over their budget") {
				t.Fatalf("the picture was shown: %t, beside it Slack was told %q", shown, s.messages)
			}
			if !c.shown {
				if s.picture != nil {
					t.Error("a picture was brought to Slack all the same")
				}
				return
			}
			onlyPixels(t, s.picture)
			for _, part := range []string{"*catalogue: 1 of 3 images measured are over their budget*", "The worst: 2.png, ΔE00 p95", "Colour (ΔE00) over the limit: 1"} {
				if !strings.Contains(s.comment, part) {
					t.Errorf("the message with the picture says %q, want %q in it", s.comment, part)
				}
			}
		})
	}
}

// onlyPixels wants a PNG of the delivered image beside its differences, with no other chunks than those of pixels.
func onlyPixels(t *testing.T, data []byte) {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil || m.Bounds().Dx() != 2*32+8 || m.Bounds().Dy() != 32 {
		t.Fatalf("the picture is %v, %v", m, err)
	}
	if r, _, _, _ := m.At(0, 0).RGBA(); r>>8 != 160 {
		t.Errorf("it does not begin with the delivered image: %v", m.At(0, 0))
	}
	for rest := data[8:]; len(rest) >= 12; {
		n, kind := int(rest[0])<<24|int(rest[1])<<16|int(rest[2])<<8|int(rest[3]), string(rest[4:8])
		if kind != "IHDR" && kind != "IDAT" && kind != "IEND" {
			t.Errorf("the picture has a chunk %s", kind)
		}
		rest = rest[12+n:]
	}
}
