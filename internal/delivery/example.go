package delivery

import (
	"embed"
	"fmt"
	"net"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
)

// The files are what docs/edges.md gives to users: tests and the demo start real servers with the very same.
//
//go:embed examples
var examples embed.FS

// exampleOf names the file that a kind of edge is set up by.
var exampleOf = map[string]string{
	"nginx": "nginx.conf", "nginx-map": "nginx-map.conf", "haproxy": "haproxy.cfg", "varnish": "varnish.vcl", "caddy": "caddy.json",
}

// Example fills in what an edge's configuration in docs/edges.md leaves open: addresses as host:port, and a folder.
type Example struct {
	Listen  string // where the public asks
	Gateway string
	Origin  string // the server of the delivered images
	Admin   string // where the server takes orders, if it has a port for that
	Dir     string // for its cache and its log
}

// Config gives the configuration for a kind of edge and the name of its file.
func (e Example) Config(kind string) (name string, text []byte, err error) {
	name, ok := exampleOf[kind]
	if !ok {
		return "", nil, fmt.Errorf("write the configuration of an edge of kind %q: there is none for it: %w", kind, journal.ErrInvalid)
	}
	if text, err = examples.ReadFile("examples/" + name); err != nil {
		return "", nil, fmt.Errorf("read the configuration of an edge of kind %s: %w", kind, err)
	}
	gatewayHost, gatewayPort, err := net.SplitHostPort(e.Gateway)
	if err != nil {
		return "", nil, fmt.Errorf("write the configuration of an edge of kind %s: gateway %q: write host:port: %w", kind, e.Gateway, journal.ErrInvalid)
	}
	originHost, originPort, err := net.SplitHostPort(e.Origin)
	if err != nil {
		return "", nil, fmt.Errorf("write the configuration of an edge of kind %s: origin %q: write host:port: %w", kind, e.Origin, journal.ErrInvalid)
	}
	fill := strings.NewReplacer("GATEWAYHOST", gatewayHost, "GATEWAYPORT", gatewayPort, "ORIGINHOST", originHost, "ORIGINPORT", originPort,
		"LISTEN", e.Listen, "GATEWAY", e.Gateway, "ORIGIN", e.Origin, "ADMIN", e.Admin, "DIR", e.Dir)
	return name, []byte(fill.Replace(string(text))), nil
}

// VarnishLog are the arguments of varnishncsa with which it logs what the impact report counts, as docs/edges.md has them:
// answers to visitors and not to probes, with the milliseconds and with what the gateway says of the route.
var VarnishLog = []string{
	"-j", "-q", "not ReqHeader:X-Safelight-Probe",
	"-F", `{"msec":"%{msec}t","request_method":"%m","request_uri":"%U%q","status":"%s","body_bytes_sent":"%b","sent_http_x_safelight_route":"%{X-Safelight-Route}o"}`,
}
