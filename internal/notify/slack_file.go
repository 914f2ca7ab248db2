package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxPicture bounds the picture of a message, in bytes.
const maxPicture = 2 << 20

// Picture is what a message shows beside its words, where its channel can: pixels as a PNG and nothing else.
type Picture struct {
	Data  []byte
	Title string
	Alt   string // for who cannot see it
}

// slackUpload is where a file goes, and under which name (https://docs.slack.dev/reference/methods/files.getUploadURLExternal).
type slackUpload struct {
	slackAnswer
	URL  string `json:"upload_url"`
	File string `json:"file_id"`
}

// share writes a message to a channel with its picture: one message that shows both. Until the picture is shared nothing is to
// be seen in Slack, so that a picture that cannot be brought there leaves the message to be written without.
func (s *Slack) share(ctx context.Context, m Message) (Receipt, error) {
	file, err := s.upload(ctx, *m.Picture)
	if err != nil {
		return Receipt{}, err
	}
	body, err := json.Marshal(slackShare{
		Files: []slackFile{{file, oneLine(m.Picture.Title, maxTitle)}}, Channel: m.To.SlackChannel, Comment: comment(m),
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("write a message for Slack: %w", err)
	}
	if _, err := s.call(ctx, "files.completeUploadExternal", body); err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: file}, nil
}

type slackShare struct {
	Files   []slackFile `json:"files"`
	Channel string      `json:"channel_id"`
	Comment string      `json:"initial_comment"`
}

type slackFile struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// comment is a message in Slack's own markup, in which nothing that people wrote is interpreted but as text.
func comment(m Message) string {
	text := strings.TrimSpace(printable(shorten(m.words(), maxSection)))
	return "*" + strings.ReplaceAll(fallback(m), "*", "∗") + "*\n" + escapeSlack(text)
}

// upload brings a picture to Slack, where nobody sees it until it is shared, and gives its id.
func (s *Slack) upload(ctx context.Context, p Picture) (string, error) {
	if len(p.Data) == 0 || len(p.Data) > maxPicture {
		return "", fmt.Errorf("send a picture to Slack: it has %d bytes, the limit is %d", len(p.Data), maxPicture)
	}
	form := url.Values{"filename": {"worst.png"}, "length": {strconv.Itoa(len(p.Data))}, "alt_txt": {oneLine(p.Alt, maxTitle)}}
	var to slackUpload
	// It takes forms and no JSON.
	if err := s.form(ctx, "files.getUploadURLExternal", form, &to); err != nil {
		return "", err
	}
	if !s.answerURL(to.URL) || to.File == "" {
		return "", errors.New("send a picture to Slack: the address for it is not one of Slack's")
	}
	h := http.Header{"Content-Type": {"image/png"}}
	if _, err := s.post(ctx, to.URL, h, p.Data); err != nil {
		return "", err
	}
	return to.File, nil
}

// form calls a method that takes a form.
func (s *Slack) form(ctx context.Context, method string, values url.Values, answer *slackUpload) error {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Bearer " + s.token()}}
	raw, err := s.post(ctx, s.base+"/"+method, h, []byte(values.Encode()))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return errors.New("read the answer of Slack: it is not JSON")
	}
	return answer.problem()
}
