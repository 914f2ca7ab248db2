package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of what Slack posts when somebody presses a button. It sends the whole message along.
const (
	MaxPress     = 256 << 10       // bytes of the body
	pressAge     = 5 * time.Minute // that a request may be old, or ahead
	maxAnswerURL = 500
	// lastSecond is the greatest time stamp that is read: the end of the year 9999.
	lastSecond = 253402300799
)

// Press is a button that somebody pressed in Slack.
type Press struct {
	ID     string // the same whenever the same press is posted again
	User   string // the member id of who pressed it
	Action Action
	Page   string // the key of the message that the button stood in
	Answer string // where an answer to that person is posted (response_url), for half an hour
}

// Presses takes what Slack posts to the request URL of an app's interactivity
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
type Presses struct {
	// Secret gives the app's signing secret; a function so that no way of printing Presses prints it.
	Secret func() string
	Now    func() time.Time
	// Do acts on a press. Slack waits three seconds for it.
	Do func(context.Context, Press) error
	// Failed is told why a press that came from Slack could not be acted on.
	Failed func(error)
}

// ServeHTTP answers 401 to what is not from Slack, before it reads what it says.
func (p *Presses) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPress))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the body ended too soon", http.StatusBadRequest)
		return
	case !signedBySlack(p.Secret(), r.Header, body, p.Now()):
		http.Error(w, "this is not signed by Slack, or not within five minutes", http.StatusUnauthorized)
		return
	}
	presses, err := readPresses(body)
	if err != nil {
		p.Failed(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, press := range presses {
		if err := p.Do(r.Context(), press); err != nil {
			p.Failed(err)
			http.Error(w, "it could not be done now", http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

// signedBySlack checks the signature v0 in constant time. Without a secret nothing is signed.
func signedBySlack(secret string, h http.Header, body []byte, now time.Time) bool {
	stamp := h.Get("X-Slack-Request-Timestamp")
	given, isV0 := strings.CutPrefix(h.Get("X-Slack-Signature"), "v0=")
	signature, err := hex.DecodeString(given)
	seconds, notTime := strconv.ParseInt(stamp, 10, 64)
	if secret == "" || !isV0 || err != nil || notTime != nil || seconds < 0 || seconds > lastSecond {
		return false
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > pressAge || age < -pressAge {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, "v0:"+stamp+":") // a hash takes everything
	_, _ = mac.Write(body)
	return hmac.Equal(signature, mac.Sum(nil))
}

// slackPress holds what is read of a payload of the type block_actions.
type slackPress struct {
	Type string `json:"type"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
	Trigger string `json:"trigger_id"`
	Answer  string `json:"response_url"`
	Actions []struct {
		ID    string `json:"action_id"`
		Value string `json:"value"`
		At    string `json:"action_ts"`
	} `json:"actions"`
}

const maxPressed = 25 // elements of one block of actions

var errPress = errors.New("read what Slack posts: it is not a form with a payload in JSON")

// readPresses gives the buttons of ours that were pressed. Links tell too that they were opened; they, and
// what the app has beside our messages, are passed over.
func readPresses(body []byte) ([]Press, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["payload"]) != 1 {
		return nil, errPress
	}
	var p slackPress
	if err := json.Unmarshal([]byte(form.Get("payload")), &p); err != nil {
		return nil, errPress
	}
	if p.Type != "block_actions" {
		return nil, nil
	}
	if !memberID.MatchString(p.User.ID) || len(p.Actions) > maxPressed {
		return nil, errors.New("read what Slack posts: it names no member, or too many buttons")
	}
	var list []Press
	for _, a := range p.Actions {
		name, ours := strings.CutPrefix(a.ID, slackPrefix+"do.")
		if action := Action(name); ours && action.known() && a.Value != "" && len(a.Value) <= maxValue {
			id := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join([]string{p.User.ID, p.Trigger, a.ID, a.Value, a.At}, "\n"))))
			list = append(list, Press{ID: id, User: p.User.ID, Action: action, Page: a.Value, Answer: cutAnswer(p.Answer)})
		}
	}
	return list, nil
}

// cutAnswer drops an address that is too long to be one of Slack's.
func cutAnswer(url string) string {
	if len(url) > maxAnswerURL {
		return ""
	}
	return url
}
