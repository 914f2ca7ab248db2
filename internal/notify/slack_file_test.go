package notify

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestPicturesOfSlack: what goes wrong with a picture costs the picture and not the message, and its bytes go to Slack alone.
func TestPicturesOfSlack(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s: the picture was posted elsewhere", r.Method, r.URL.Path)
	}))
	t.Cleanup(elsewhere.Close)
	for name, c := range map[string]struct {
		answers map[string]string // by path
		status  int               // of the bytes
		size    int
		without string // why the picture is missing; empty where it is there
	}{
		"good":              {nil, 200, 100, ""},
		"no scope":          {map[string]string{"/api/files.getUploadURLExternal": `{"ok":false,"error":"missing_scope","needed":"files:write"}`}, 200, 100, "the token lacks the scope files:write"},
		"another address":   {map[string]string{"/api/files.getUploadURLExternal": `{"ok":true,"upload_url":"` + elsewhere.URL + `/x","file_id":"F1"}`}, 200, 100, "not one of Slack's"},
		"no address":        {map[string]string{"/api/files.getUploadURLExternal": `{"ok":true}`}, 200, 100, "not one of Slack's"},
		"not JSON":          {map[string]string{"/api/files.getUploadURLExternal": `<html>`}, 200, 100, "not JSON"},
		"bytes refused":     {nil, 413, 100, "it answered 413"},
		"not in channel":    {map[string]string{"/api/files.completeUploadExternal": `{"ok":false,"error":"not_in_channel"}`}, 200, 100, "not_in_channel"},
		"too many bytes":    {nil, 200, maxPicture + 1, "the limit is"},
		"limited, for once": {map[string]string{"/api/files.completeUploadExternal": `{"ok":false,"error":"ratelimited"}`}, 200, 100, "ratelimited"},
	} {
		asked := map[string]string{}
		var server *httptest.Server
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // what is missing is seen below
			asked[r.URL.Path] = string(body)
			if r.URL.Path == "/api/upload" && r.Header.Get("Authorization") != "" {
				t.Errorf("%s: the token was sent to the address of the file", name)
			}
			usual := map[string]string{
				"/api/files.getUploadURLExternal": `{"ok":true,"upload_url":"` + server.URL + `/api/upload","file_id":"F1"}`,
				"/api/upload":                     "OK", "/api/files.completeUploadExternal": `{"ok":true}`, "/api/chat.postMessage": `{"ok":true,"channel":"C024BE91L","ts":"1.2"}`,
			}
			if r.URL.Path == "/api/upload" {
				w.WriteHeader(c.status)
			}
			if text, told := c.answers[r.URL.Path]; told {
				_, _ = io.WriteString(w, text)
				return
			}
			_, _ = io.WriteString(w, usual[r.URL.Path])
		}))
		s, err := NewSlack(SlackConfig{TokenEnv: "T", URL: server.URL + "/api"}, token, "")
		if err != nil {
			t.Fatal(err)
		}
		m := Message{To: Recipient{SlackChannel: "C024BE91L", Lang: phrase.English}, Subject: "2 *bold* <!channel> & more", Text: "first\n<@U1>\n", Key: "k", Picture: &Picture{Data: make([]byte, c.size), Title: "a", Alt: "b"}}
		receipt, err := s.Send(t.Context(), m)
		if err != nil || receipt.ID == "" {
			t.Errorf("%s: %+v, %v", name, receipt, err)
		}
		if (receipt.Without == nil) != (c.without == "") || receipt.Without != nil && !strings.Contains(receipt.Without.Error(), c.without) {
			t.Errorf("%s: the picture is missing for %v, want %q", name, receipt.Without, c.without)
		}
		if _, wrote := asked["/api/chat.postMessage"]; wrote != (c.without != "") {
			t.Errorf("%s: a message without the picture was written: %t", name, wrote)
		}
		if c.without == "" && (!strings.Contains(asked["/api/files.completeUploadExternal"], `"initial_comment":"*2 ∗bold∗ \u0026lt;!channel\u0026gt; \u0026amp; more*\nfirst\n\u0026lt;@U1\u0026gt;"`) || len(asked["/api/upload"]) != c.size) {
			t.Errorf("%s: Slack was asked %q", name, asked)
		}
		server.Close()
	}
}

// TestAPictureGoesToNoPerson: a direct message shows none, and neither does any other channel.
func TestAPictureGoesToNoPerson(t *testing.T) {
	t.Parallel()
	server := newSlackServer(t)
	s, err := NewSlack(SlackConfig{TokenEnv: "T", URL: server.URL + "/api"}, token, "")
	if err != nil {
		t.Fatal(err)
	}
	m := Message{To: Recipient{Slack: "U024BE7LH"}, Subject: "x", Text: "y", Key: "k", Picture: &Picture{Data: []byte("p")}}
	if receipt, err := s.Send(t.Context(), m); err != nil || receipt.Without != nil || len(server.order) != 1 {
		t.Errorf("%+v, %v, %v", receipt, err, server.order)
	}
}
