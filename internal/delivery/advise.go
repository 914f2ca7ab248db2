package delivery

import (
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// askPath is where an edge asks before it answers a request of its own: 204, it may serve what it has or fetch it from its
	// origin; 403, it has to fetch what the gateway has, and must not store it.
	askPath = "/-/route"
	// askedHeader says which URI is asked about, as the client sent it.
	askedHeader = "X-Original-URI"
	// generationHeader names in the answer what a cache has to have in its key.
	generationHeader = "X-Safelight-Generation"
)

// advise answers an edge that asks. What belongs to no route is none of the gateway's business.
func (g *Gateway) advise(w http.ResponseWriter, r *http.Request, t *table) {
	w.Header().Set("Cache-Control", cacheNever)
	s, rel := t.find(askedPath(r.Header.Get(askedHeader)))
	if s == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set(generationHeader, s.Name+"-"+strconv.FormatInt(s.Generation, 10))
	_, held := (*s.held.Load())[strings.TrimSuffix(rel, "/")]
	if state := t.state(s); state != stateEnabled || held || s.storedNowhere(time.Now()) {
		w.Header().Set(RouteHeader, s.Name+"; "+state)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// askedPath is the path that a server understands by a URI: without escapes, double slashes, backslashes and dots.
func askedPath(uri string) string {
	raw, _, _ := strings.Cut(uri, "?")
	p, err := url.PathUnescape(raw)
	if err != nil {
		p = raw
	}
	p = strings.ReplaceAll(p, `\`, "/")
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
