package delivery

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// LogFields names members of a line of JSON, one inside another with dots between: request.uri.
type LogFields struct {
	Time   string `yaml:"time"`
	Path   string `yaml:"path"`
	Method string `yaml:"method"`
	Status string `yaml:"status"`
	Bytes  string `yaml:"bytes"`
	// Route is the header X-Safelight-Route of the answer, empty where the edge did not have it from the gateway.
	Route string `yaml:"route"`
}

// orDefaults fills in the names that a kind of edge gives them: Caddy's own, for the others those of nginx' variables.
func (f LogFields) orDefaults(kind string) LogFields {
	usual := LogFields{Time: "time_iso8601", Path: "request_uri", Method: "request_method", Status: "status", Bytes: "body_bytes_sent", Route: "sent_http_x_safelight_route"}
	if kind == "caddy" {
		usual = LogFields{Time: "ts", Path: "request.uri", Method: "request.method", Status: "status", Bytes: "size"}
	}
	for _, p := range []struct{ to, from *string }{
		{&f.Time, &usual.Time}, {&f.Path, &usual.Path}, {&f.Method, &usual.Method}, {&f.Status, &usual.Status}, {&f.Bytes, &usual.Bytes}, {&f.Route, &usual.Route},
	} {
		if *p.to == "" {
			*p.to = *p.from
		}
	}
	return f
}

// parse reads one line of JSON. Members that are not named are passed over, those of the visitors among them.
func (f LogFields) parse(line []byte) (logged, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil {
		return logged{}, false
	}
	at, ok := logTime(member(members, f.Time))
	status, number := logNumber(member(members, f.Status))
	target := member(members, f.Path)
	if !ok || !number || target == "" {
		return logged{}, false
	}
	if _, state, told := strings.Cut(member(members, f.Route), "; "); told && state != stateEnabled {
		return logged{at: at}, true // a reference
	}
	sent, _ := logNumber(member(members, f.Bytes))
	return made(at, member(members, f.Method), target, int(status), sent)
}

// member gives a text or a number of a line, empty where there is none.
func member(members map[string]json.RawMessage, name string) string {
	raw, ok := members[name]
	outer, inner, deeper := strings.Cut(name, ".")
	if !ok && deeper {
		raw, ok = members[outer]
	} else {
		deeper = false
	}
	if !ok {
		return ""
	}
	if deeper {
		var below map[string]json.RawMessage
		if json.Unmarshal(raw, &below) != nil {
			return ""
		}
		return member(below, inner)
	}
	if raw[0] != '"' {
		return string(raw)
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func logNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// logTime reads a moment: seconds of Unix with a fraction, milliseconds of it, RFC 3339, or as the combined format has it.
func logTime(s string) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at, true
	}
	if at, err := time.Parse(combinedTime, s); err == nil {
		return at, true
	}
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 || seconds > 1e13 {
		return time.Time{}, false
	}
	if seconds > 1e11 { // the year 5138, as seconds
		seconds /= 1000
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC(), true
}

const combinedTime = "02/Jan/2006:15:04:05 -0700"

// parseCombined reads a line in the combined or common format of NCSA, as nginx, Varnish' varnishncsa, HAProxy (option
// httplog clf) and Caddy's transform encoder write it; syslog may have put something before it.
//
//	192.0.2.7 - ana [27/Sep/2025:04:12:00 +0000] "GET /catalogue/0.png HTTP/1.1" 200 18123 "-" "curl/8"
//
// The name of the user and all that follows the size are the visitor's to write. So the first quotation mark, which servers
// escape in a name, is where the request begins, and what stands right before it is the time.
func parseCombined(line []byte) (logged, bool) {
	begin := bytes.IndexByte(line, '"')
	if begin < 0 {
		return logged{}, false
	}
	before := bytes.TrimRight(line[:begin], " ")
	open := bytes.LastIndexByte(before, '[')
	if open < 0 || before[len(before)-1] != ']' {
		return logged{}, false
	}
	at, ok := combinedMoment(string(before[open+1 : len(before)-1]))
	if !ok {
		return logged{}, false
	}
	request, rest, ok := quoted(line[begin+1:])
	if !ok {
		return logged{}, false
	}
	after := strings.Fields(string(rest[:min(len(rest), 64)]))
	if len(after) < 2 {
		return logged{}, false
	}
	status, err := strconv.Atoi(after[0])
	if err != nil {
		return logged{}, false
	}
	sent, _ := logNumber(after[1]) // "-" is none
	parts := strings.Split(request, " ")
	if len(parts) < 2 || len(parts) > 2 && !strings.HasPrefix(parts[len(parts)-1], "HTTP/") {
		return logged{at: at, status: 400}, status >= 400 // what was no request was refused
	}
	target := strings.Join(parts[1:max(len(parts)-1, 2)], " ")
	return made(at, parts[0], target, status, sent)
}

// combinedMoment reads the time; HAProxy has milliseconds in it.
func combinedMoment(s string) (time.Time, bool) {
	at, err := time.Parse(combinedTime, s)
	if err != nil {
		at, err = time.Parse("02/Jan/2006:15:04:05.000 -0700", s)
	}
	return at.UTC(), err == nil
}

// quoted reads up to the next quotation mark that is not escaped, and takes the escapes out.
func quoted(s []byte) (text string, rest []byte, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x':
			n, err := strconv.ParseUint(string(s[i+2:i+4]), 16, 8)
			if err != nil {
				return "", nil, false
			}
			b.WriteByte(byte(n))
			i += 3
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", nil, false
}

// made gives the answer to a request; ok is false for a target that is no address.
func made(at time.Time, method, target string, status int, sent int64) (logged, bool) {
	a := logged{at: at, status: status, body: sent > 0}
	if method != "" && method != http.MethodGet {
		a.status, a.body = 0, false // HEAD and others deliver nothing
		return a, true
	}
	name, ok := pathOf(target)
	a.path = name
	return a, ok
}

// pathOf gives the path of a target: "/a%20b?c", or "http://host/a%20b" as Varnish writes it.
func pathOf(target string) (string, bool) {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && (scheme == "http" || scheme == "https") {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return "/", true
		}
		target = rest[i:]
	}
	target, _, _ = strings.Cut(target, "?")
	target, _, _ = strings.Cut(target, "#")
	if !strings.HasPrefix(target, "/") {
		return "", target == "*"
	}
	name, err := url.PathUnescape(target)
	if err != nil {
		return target, true // a server has answered it all the same, and no image is called so
	}
	return name, true
}

// parseAccess reads a line of the gateway's own log.
func parseAccess(line []byte) (logged, bool) {
	var a access
	if err := json.Unmarshal(line, &a); err != nil || a.At.IsZero() {
		return logged{}, false
	}
	if a.Source != sourceOrigin {
		return logged{at: a.At}, true
	}
	return logged{at: a.At, path: a.Path, status: a.Status, body: a.Bytes > 0}, true
}
