package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// cloudflare purges what a zone of Cloudflare's has stored. Cloudflare fetches through the gateway, so that it has nothing to divert.
// All plans may purge by tag, prefix and address; they differ in how often.
type cloudflare struct {
	api  api
	zone string
}

const (
	cloudflareAPI = "https://api.cloudflare.com"
	// cloudflareBatch is how many tags, prefixes or addresses one order may name, on any plan (Cloudflare, Purge cache: limits;
	// it was 30 until 2025).
	cloudflareBatch = 100
)

func newCloudflare(name string, c EdgeConfig) *cloudflare {
	f := &cloudflare{newAPI(name, "edge.use.cloudflare", cloudflareAPI, secretFrom("tokenEnv", c.TokenEnv)), c.Zone}
	if c.API != "" {
		f.api.base = c.API
	}
	f.api.said = func(answer []byte) string { _, why := cloudflareSays(answer); return why }
	return f
}

func (f *cloudflare) abilities() Abilities {
	return Abilities{Stores: true, PurgesTags: true, PurgesPrefixes: true, PurgesPaths: true}
}

func (f *cloudflare) divert(context.Context, []string) error { return nil }

func (f *cloudflare) purge(ctx context.Context, p Purge) error {
	var prefixes, files []string
	for _, prefix := range p.Prefixes {
		prefixes = append(prefixes, p.host()+strings.TrimSuffix((&url.URL{Path: prefix}).EscapedPath(), "/"))
	}
	for _, path := range p.Paths {
		files = append(files, p.Site+(&url.URL{Path: path}).EscapedPath())
	}
	for _, order := range []struct {
		what  string
		names []string
	}{{"tags", p.Tags}, {"prefixes", prefixes}, {"files", files}} {
		for batch := range slices.Chunk(order.names, cloudflareBatch) {
			if err := f.order(ctx, order.what, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// order purges one kind of names. Cloudflare may refuse with status 200.
func (f *cloudflare) order(ctx context.Context, what string, names []string) error {
	if err := f.api.token.missing(); err != nil {
		return f.api.fail(err)
	}
	body, err := json.Marshal(map[string][]string{what: names})
	if err != nil {
		return err
	}
	h := jsonHeader()
	h.Set("Authorization", "Bearer "+f.api.token.value)
	answer, err := f.api.call(ctx, http.MethodPost, "/client/v4/zones/"+url.PathEscape(f.zone)+"/purge_cache", h, body)
	if err != nil {
		return err
	}
	return f.purged(answer)
}

func (f *cloudflare) purged(answer []byte) error {
	done, why := cloudflareSays(answer)
	switch {
	case done:
		return nil
	case why == "":
		return f.api.fail(phrase.Errorf("edge.no-purge"))
	}
	return f.api.fail(phrase.Errorf("edge.refuses", f.api.quote(why)))
}

// cloudflareSays reads the envelope that all answers of the API have.
func cloudflareSays(answer []byte) (done bool, why string) {
	var said struct {
		Success bool `json:"success"`
		Errors  []struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return false, ""
	}
	var list []string
	for _, e := range said.Errors {
		list = append(list, fmt.Sprintf("%s (code %d)", e.Message, e.Code))
	}
	return said.Success && len(list) == 0, strings.Join(list, ", ")
}

func (f *cloudflare) check(ctx context.Context) error {
	return f.order(ctx, "tags", []string{nobodysTag})
}
