package feed

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/journal"
)

// TestPrivate: a feed on this machine is refused unless it is allowed, by its
// address and by a name that resolves to it.
func TestPrivate(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(atomFeed("a"))) }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost"} {
		for allowed, want := range map[bool]error{false: journal.ErrForbidden, true: nil} {
			s := &syndication{"f", FeedConfig{URL: "http://" + host + port}, newClient(allowed, nil)}
			b, err := s.poll(t.Context(), "")
			if !errors.Is(err, want) || (len(b.signals) == 1) != allowed {
				t.Errorf("%s, allowed %t: %d signals, %v", host, allowed, len(b.signals), err)
			}
		}
	}
}

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "::ffff:93.184.216.34": true, "64:ff9b::5db8:d822": true, "2002:5db8:d822::1": true,
		"127.0.0.1": false, "127.8.9.10": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "192.0.0.1": false, "224.0.0.1": false,
		"240.0.0.1": false, "255.255.255.255": false, "::": false, "::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false,
		"ff02::1": false, "fec0::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "64:ff9b::7f00:1": false,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2002:c0a8:1::": false, "64:ff9b:1::1": false,
	} {
		if err := public(net.JoinHostPort(address, "80")); (err == nil) != want || err != nil && !errors.Is(err, journal.ErrForbidden) {
			t.Errorf("public(%s) = %v, want public %t", address, err, want)
		}
	}
}
