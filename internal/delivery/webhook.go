package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// webhook posts changes to a program of the house, signed as Standard Webhooks says (https://www.standardwebhooks.com).
type webhook struct {
	hooked
	name  string
	post  poster
	given attempts
}

// poster posts signed events.
type poster struct{ api api }

func newWebhook(name string, c EdgeConfig) *webhook {
	return &webhook{name: name, post: poster{newAPI(name, "edge.use.webhook", c.URL, secretFrom("secretEnv", c.SecretEnv))}}
}

func (w *webhook) change(ctx context.Context, c Change) error {
	return w.given.give(c, func(c Change) error { return w.post.send(ctx, c.asEvent(eventChanged)) })
}

func (w *webhook) purge(ctx context.Context, p Purge) error {
	return w.change(ctx, Change{Edge: w.name, Purge: p})
}

func (w *webhook) check(ctx context.Context) error {
	return w.given.give(Change{Edge: w.name}, func(c Change) error { return w.post.send(ctx, c.asEvent(eventCheck)) })
}

// send posts an event.
func (w *poster) send(ctx context.Context, e event) error {
	key, err := w.key()
	if err != nil {
		return w.api.fail(err)
	}
	at := time.Now()
	body, err := e.encode(at)
	if err != nil {
		return w.api.fail(err)
	}
	h, stamp := jsonHeader(), strconv.FormatInt(at.Unix(), 10)
	h.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	h.Set("webhook-id", e.ID)
	h.Set("webhook-timestamp", stamp)
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, e.ID+"."+stamp+".") // a hash takes everything
	_, _ = mac.Write(body)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	_, err = w.api.call(ctx, http.MethodPost, "", h, body)
	return err
}

// key does not quote the secret in its error.
func (w *poster) key() ([]byte, error) {
	if err := w.api.token.missing(); err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.api.token.value, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, phrase.Errorf("edge.secret")
	}
	return key, nil
}
