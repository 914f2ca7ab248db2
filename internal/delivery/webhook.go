package delivery

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// webhook posts changes to a program of the house, signed as Standard Webhooks says (https://www.standardwebhooks.com).
type webhook struct {
	hooked
	api   api
	given attempts
}

func newWebhook(name string, c EdgeConfig) *webhook {
	return &webhook{api: newAPI(name, "the webhook", c.URL, secretFrom("secretEnv", c.SecretEnv))}
}

func (w *webhook) change(ctx context.Context, c Change) error {
	return w.given.give(c, func(c Change) error { return w.post(ctx, eventChanged, c) })
}

func (w *webhook) purge(ctx context.Context, p Purge) error {
	return w.change(ctx, Change{Edge: w.api.edge, Purge: p})
}

func (w *webhook) check(ctx context.Context) error {
	return w.given.give(Change{Edge: w.api.edge}, func(c Change) error { return w.post(ctx, eventCheck, c) })
}

func (w *webhook) post(ctx context.Context, kind string, c Change) error {
	key, err := w.key()
	if err != nil {
		return w.api.fail(err)
	}
	at := time.Now()
	body, err := c.event(kind, at)
	if err != nil {
		return w.api.fail(err)
	}
	h, stamp := jsonHeader(), strconv.FormatInt(at.Unix(), 10)
	h.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	h.Set("webhook-id", c.ID)
	h.Set("webhook-timestamp", stamp)
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, c.ID+"."+stamp+".") // a hash takes everything
	_, _ = mac.Write(body)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	_, err = w.api.call(ctx, http.MethodPost, "", h, body)
	return err
}

// key does not quote the secret in its error.
func (w *webhook) key() ([]byte, error) {
	if err := w.api.token.missing(); err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.api.token.value, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("its secret must be whsec_ and 24 to 64 bytes in Base64")
	}
	return key, nil
}
