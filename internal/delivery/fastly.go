package delivery

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// fastly purges what a service of Fastly's has stored, at once and not softly: an object that is only marked as stale may be
// served on. Fastly fetches through the gateway, so that it has nothing to divert.
//
// It has no purge of all below a prefix. Objects without our tags, which Fastly has stored from before Safelight or fetched past
// the gateway, are known by their address alone.
type fastly struct {
	api     api
	service string
}

const (
	fastlyAPI  = "https://api.fastly.com"
	fastlyKeys = 256 // in one order (Fastly, API: bulk purge)
	fastlyURLs = 20  // that are purged one by one beside their tags; each is a request of its own
)

func newFastly(name string, c EdgeConfig) *fastly {
	f := &fastly{newAPI(name, "edge.use.fastly", fastlyAPI, secretFrom("tokenEnv", c.TokenEnv)), c.Service}
	if c.API != "" {
		f.api.base = c.API
	}
	f.api.said = fastlySays
	return f
}

func (f *fastly) abilities() Abilities {
	return Abilities{Stores: true, PurgesTags: true, PurgesPaths: true, MostPaths: fastlyURLs}
}

func (f *fastly) divert(context.Context, []string) error { return nil }

func (f *fastly) purge(ctx context.Context, p Purge) error {
	for keys := range slices.Chunk(p.Tags, fastlyKeys) {
		if err := f.purgeKeys(ctx, keys); err != nil {
			return err
		}
	}
	for _, path := range p.Paths {
		answer, err := f.post(ctx, "/purge/"+p.host()+(&url.URL{Path: path}).EscapedPath(), nil)
		if err != nil {
			return err
		}
		var said struct {
			Status string `json:"status"`
		}
		if json.Unmarshal(answer, &said) != nil || said.Status != "ok" {
			return f.api.fail(phrase.Errorf("edge.unpurged"))
		}
	}
	return nil
}

// purgeKeys purges by surrogate keys, each of which is answered by the id of its purge.
func (f *fastly) purgeKeys(ctx context.Context, keys []string) error {
	body, err := json.Marshal(map[string][]string{"surrogate_keys": keys})
	if err != nil {
		return err
	}
	answer, err := f.post(ctx, "/service/"+url.PathEscape(f.service)+"/purge", body)
	if err != nil {
		return err
	}
	return f.purged(answer, keys)
}

// purged reads whether all keys are purged.
func (f *fastly) purged(answer []byte, keys []string) error {
	var ids map[string]string
	if err := json.Unmarshal(answer, &ids); err != nil {
		return f.api.fail(phrase.Errorf("edge.no-purge"))
	}
	for _, key := range keys {
		if ids[key] == "" {
			return f.api.fail(phrase.Errorf("edge.unpurged.key", key))
		}
	}
	return nil
}

func (f *fastly) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	if err := f.api.token.missing(); err != nil {
		return nil, f.api.fail(err)
	}
	h := jsonHeader()
	h.Set("Fastly-Key", f.api.token.value)
	return f.api.call(ctx, http.MethodPost, path, h, body)
}

// fastlySays is the reason in a refusal: msg, and detail where there is one.
func fastlySays(answer []byte) string {
	var said struct {
		Message string `json:"msg"`
		Detail  string `json:"detail"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return ""
	}
	if said.Detail != "" {
		return said.Message + ": " + said.Detail
	}
	return said.Message
}

// nobodysTag is one that no answer carries, since no route is named so: to purge it changes nothing, and shows that the token
// may purge.
const nobodysTag = "safelight_check"

func (f *fastly) check(ctx context.Context) error { return f.purgeKeys(ctx, []string{nobodysTag}) }
