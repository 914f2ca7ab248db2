package delivery

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// cdn is a cache in front of the gateway, as a CDN has it: it keeps an answer for as long as its Cache-Control says, by host,
// path and parameters, and finds it again by path and by tag.
type cdn struct {
	t      *testing.T
	server *httptest.Server
	mu     sync.Mutex
	kept   map[string]object // by host, path and parameters
	orders int               // that its API has taken
	idle   bool              // the API takes every order, and nothing happens
	hits   chan struct{}     // is told of each answer from the cache, if it is not nil
	fault  http.HandlerFunc  // answers in place of the API
}

type object struct {
	answer answer
	path   string // escaped, as in the address
	tags   []string
	until  time.Time
}

func newCDN(t *testing.T, gateway string) *cdn {
	c := &cdn{t: t, kept: map[string]object{}}
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Host + r.URL.RequestURI()
		c.mu.Lock()
		o, hit := c.kept[key]
		c.mu.Unlock()
		if !hit || time.Now().After(o.until) {
			o = c.fetch(gateway, r)
			if o.until.After(time.Now()) {
				c.mu.Lock()
				c.kept[key] = o
				c.mu.Unlock()
			}
		}
		if hit && c.hits != nil {
			c.hits <- struct{}{}
		}
		maps.Copy(w.Header(), o.answer.header)
		w.Header().Del("Surrogate-Key") // which are for the CDN alone
		w.Header().Del("Cache-Tag")
		w.Header().Set("X-Cache", map[bool]string{true: "HIT", false: "MISS"}[hit])
		w.WriteHeader(o.answer.status)
		io.WriteString(w, o.answer.body)
	}))
	t.Cleanup(c.server.Close)
	return c
}

func (c *cdn) fetch(gateway string, r *http.Request) object {
	res, err := http.Get(gateway + r.URL.RequestURI())
	if err != nil {
		return object{answer: answer{status: http.StatusBadGateway}}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return object{answer: answer{status: http.StatusBadGateway}}
	}
	o := object{answer: answer{status: res.StatusCode, header: res.Header, body: string(body)}, path: r.URL.EscapedPath()}
	o.tags = append(strings.Fields(res.Header.Get("Surrogate-Key")), strings.Split(res.Header.Get("Cache-Tag"), ",")...)
	if age, ok := strings.CutPrefix(res.Header.Get("Cache-Control"), "public, max-age="); ok {
		seconds, _ := strconv.Atoi(age)
		o.until = time.Now().Add(time.Duration(seconds) * time.Second)
	}
	return o
}

// forget drops what fits.
func (c *cdn) forget(fits func(key string, o object) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.orders++
	if !c.idle {
		maps.DeleteFunc(c.kept, fits)
	}
}

func (o object) tagged(tags []string) bool {
	for _, t := range tags {
		for _, has := range o.tags {
			if strings.EqualFold(has, t) {
				return true
			}
		}
	}
	return false
}

// api serves an API of the CDN, unless a test wants a fault.
func (c *cdn) api(h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.fault != nil {
			c.fault(w, r)
			return
		}
		h(w, r)
	}))
	c.t.Cleanup(s.Close)
	return s
}

const goodToken = "the-right-token-0123456789"

// fastlyFromItsDocs is the part of Fastly's API that purges, as its reference describes it (Purging; Authentication).
func (c *cdn) fastlyFromItsDocs() *httptest.Server {
	return c.api(func(w http.ResponseWriter, r *http.Request) {
		say := func(status int, v any) {
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(v)
		}
		address, byURL := strings.CutPrefix(r.URL.EscapedPath(), "/purge/")
		switch {
		case r.Header.Get("Fastly-Key") != goodToken:
			say(http.StatusUnauthorized, map[string]string{"msg": "Provided credentials are missing or invalid"})
		case r.Method == http.MethodPost && byURL:
			c.forget(func(key string, _ object) bool { return key == address })
			say(http.StatusOK, map[string]string{"status": "ok", "id": "1-2-3"})
		case r.Method == http.MethodPost && r.URL.Path == "/service/SU1Z0isxPaozGVKXdv0eY/purge":
			var body struct {
				Keys []string `json:"surrogate_keys"`
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Keys) == 0 || len(body.Keys) > 256 {
				say(http.StatusBadRequest, map[string]string{"msg": "Bad request", "detail": "name 1 to 256 keys"})
				return
			}
			c.forget(func(_ string, o object) bool { return o.tagged(body.Keys) })
			ids := map[string]string{}
			for i, k := range body.Keys {
				ids[k] = fmt.Sprintf("10-%d", i)
			}
			say(http.StatusOK, ids)
		default:
			say(http.StatusNotFound, map[string]string{"msg": "Record not found", "detail": "Cannot load service"})
		}
	})
}

// cloudflareFromItsDocs is the part of Cloudflare's API that purges, as its reference describes it (Purge Cached Content).
func (c *cdn) cloudflareFromItsDocs() *httptest.Server {
	const zone = "023e105f4ecef8ad9ca31a8372d0c353"
	return c.api(func(w http.ResponseWriter, r *http.Request) {
		refuse := func(status, code int, message string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"success":false,"errors":[{"code":%d,"message":%q}],"messages":[],"result":null}`, code, message)
		}
		var body struct{ Tags, Prefixes, Files []string }
		err := json.NewDecoder(r.Body).Decode(&body)
		names := len(body.Tags) + len(body.Prefixes) + len(body.Files)
		kinds := 0
		for _, list := range [][]string{body.Tags, body.Prefixes, body.Files} {
			kinds += min(len(list), 1)
		}
		switch {
		case r.Header.Get("Authorization") != "Bearer "+goodToken:
			refuse(http.StatusForbidden, 10000, "Authentication error")
		case r.Method != http.MethodPost || r.URL.Path != "/client/v4/zones/"+zone+"/purge_cache":
			refuse(http.StatusNotFound, 7003, "Could not route to "+r.URL.Path+", perhaps your object identifier is invalid?")
		case err != nil || kinds != 1 || names > 100:
			refuse(http.StatusBadRequest, 1094, "Invalid purge request")
		default:
			c.forget(func(key string, o object) bool {
				for _, f := range body.Files {
					if "http://"+key == f {
						return true
					}
				}
				for _, p := range body.Prefixes {
					if strings.HasPrefix(key, p+"/") {
						return true
					}
				}
				return o.tagged(body.Tags)
			})
			io.WriteString(w, `{"success":true,"errors":[],"messages":[],"result":{"id":"`+zone+`"}}`)
		}
	})
}

// invalidation is one of CloudFront's.
type invalidation struct {
	ID, Reference, Items string
	looks                int
}

// cloudfrontFromItsDocs is the part of CloudFront's API that invalidates, as its reference describes it (CreateInvalidation,
// GetInvalidation). It forgets with the third look, and says so then.
func (c *cdn) cloudfrontFromItsDocs() *httptest.Server {
	const base = "/2020-05-31/distribution/EDFDVBD6EXAMPLE/invalidation"
	made := map[string]*invalidation{}
	return c.api(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		refuse := func(status int, code, message string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
		}
		say := func(status int, i *invalidation) {
			state := "InProgress"
			if i.looks++; i.looks > 2 {
				state = "Completed"
				c.invalidate(strings.Split(i.Items, " "))
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, `<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>%s</Id><Status>%s</Status><CreateTime>2026-11-27T20:00:00Z</CreateTime></Invalidation>`, i.ID, state)
		}
		id, known := strings.CutPrefix(r.URL.Path, base+"/")
		switch {
		case !strings.Contains(r.Header.Get("Authorization"), "Credential="+goodToken+"/"):
			refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
		case known && r.Method == http.MethodGet && made[id] == nil:
			refuse(http.StatusNotFound, "NoSuchInvalidation", "The specified invalidation does not exist.")
		case known && r.Method == http.MethodGet:
			say(http.StatusOK, made[id])
		case r.URL.Path != base || r.Method != http.MethodPost:
			refuse(http.StatusNotFound, "NoSuchDistribution", "The specified distribution does not exist.")
		default:
			var batch struct {
				CallerReference string
				Paths           struct {
					Quantity int
					Items    struct{ Path []string }
				}
			}
			if err := xml.NewDecoder(r.Body).Decode(&batch); err != nil || batch.CallerReference == "" || batch.Paths.Quantity != len(batch.Paths.Items.Path) {
				refuse(http.StatusBadRequest, "InconsistentQuantities", "The value of Quantity and the size of Items don't match.")
				return
			}
			items := strings.Join(batch.Paths.Items.Path, " ")
			for _, i := range made {
				if i.Reference == batch.CallerReference && i.Items == items {
					say(http.StatusCreated, i)
					return
				}
				if i.Reference == batch.CallerReference {
					refuse(http.StatusBadRequest, "InvalidArgument", "Your request contains a caller reference that was used for a previous invalidation batch for the same distribution.")
					return
				}
			}
			i := &invalidation{ID: fmt.Sprintf("I%d", len(made)), Reference: batch.CallerReference, Items: items}
			made[i.ID] = i
			say(http.StatusCreated, i)
		}
	})
}

// invalidate forgets by what CloudFront calls paths.
func (c *cdn) invalidate(items []string) {
	c.forget(func(key string, o object) bool {
		for _, item := range items {
			_, rest, _ := strings.Cut(key, "/")
			tag, isTag := strings.CutPrefix(item, "#")
			prefix, wild := strings.CutSuffix(item, "*")
			if isTag && o.tagged([]string{tag}) || wild && strings.HasPrefix("/"+rest, prefix) || !wild && "/"+rest == item {
				return true
			}
		}
		return false
	})
}

// obey does what a hook is told, in the name of the program that the hook stands for.
func (c *cdn) obey(p Purge) {
	c.forget(func(_ string, o object) bool {
		for _, prefix := range p.Prefixes {
			if strings.HasPrefix(o.path, prefix) {
				return true
			}
		}
		return o.tagged(p.Tags)
	})
}
