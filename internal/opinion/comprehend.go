package opinion

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// comprehend is BatchDetectSentiment of AWS: at most 25 texts of one language.
type comprehend struct {
	url, region, accessKey, secret string
	now                            func() time.Time
}

func openComprehend(c Config, key string) (service, error) {
	address := c.URL
	if address == "" {
		address = "https://comprehend." + c.Region + ".amazonaws.com"
	}
	return &comprehend{strings.TrimRight(address, "/") + "/", c.Region, c.AccessKey, key, time.Now}, nil
}

func (c *comprehend) model() string { return "BatchDetectSentiment" }

func (c *comprehend) ask(ctx context.Context, texts []Text, send sender) ([]Result, error) {
	lang := texts[0].Lang
	if lang == "" {
		lang = "en" // the service demands one
	}
	list := make([]string, len(texts))
	for i, t := range texts {
		list[i] = t.Text
	}
	payload := mustJSON(map[string]any{"LanguageCode": lang, "TextList": list})
	r, err := post(ctx, c.url, payload)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "Comprehend_20171127.BatchDetectSentiment")
	c.sign(r, payload)
	body, err := send(r)
	if err != nil {
		return nil, err
	}
	return c.read(body, texts)
}

// sign adds the signature of AWS's Signature Version 4 over host, date, target
// and body (AWS General Reference, "Create a signed request").
func (c *comprehend) sign(r *http.Request, payload []byte) {
	at := c.now().UTC()
	stamp, day := at.Format("20060102T150405Z"), at.Format("20060102")
	r.Header.Set("X-Amz-Date", stamp)
	host := r.URL.Host
	signed := "content-type;host;x-amz-date;x-amz-target"
	canonical := strings.Join([]string{
		r.Method, (&url.URL{Path: r.URL.Path}).EscapedPath(), "",
		"content-type:" + r.Header.Get("Content-Type"), "host:" + host,
		"x-amz-date:" + stamp, "x-amz-target:" + r.Header.Get("X-Amz-Target"), "",
		signed, hexSum(payload),
	}, "\n")
	scope := strings.Join([]string{day, c.region, "comprehend", "aws4_request"}, "/")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hexSum([]byte(canonical))}, "\n")
	key := []byte("AWS4" + c.secret)
	for _, part := range []string{day, c.region, "comprehend", "aws4_request"} {
		key = mac(key, part)
	}
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x",
		c.accessKey, scope, signed, mac(key, toSign)))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// read puts the answers at their indices; texts under ErrorList stay missing.
func (c *comprehend) read(body []byte, texts []Text) ([]Result, error) {
	var answer struct {
		ResultList []struct {
			Index          int
			SentimentScore struct{ Mixed, Negative, Neutral, Positive float64 }
		}
	}
	if err := read(body, &answer); err != nil {
		return nil, err
	}
	results := make([]Result, len(texts))
	for _, a := range answer.ResultList {
		if a.Index < 0 || a.Index >= len(results) {
			return nil, unreadable("it answered for a text that it was not asked about")
		}
		s := a.SentimentScore
		// Mixed is praise and blame at once: half of each.
		r, err := shares([3]float64{s.Negative + s.Mixed/2, s.Neutral, s.Positive + s.Mixed/2})
		if err != nil {
			return nil, err
		}
		r.Lang, r.Scorer.Model = texts[a.Index].Lang, c.model()
		results[a.Index] = r
	}
	return results, nil
}
