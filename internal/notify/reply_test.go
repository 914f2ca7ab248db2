package notify

import (
	"context"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

func reply(header, body string) []byte {
	return []byte("From: Ada <ada@house.example>\r\nTo: ack@safelight.example\r\nSubject: Re: S1\r\n" + header + "\r\n" + body)
}

const quoted = "\r\n\r\nOn Sat, 27 Sep 2025 at 04:12, Safelight wrote:\r\n> ack\r\n"

// TestReplies: the first line of what the sender wrote decides, in both languages and as programs encode it; what is quoted
// never does, and machines never acknowledge.
func TestReplies(t *testing.T) {
	t.Parallel()
	text := "Content-Type: text/plain; charset=utf-8\r\n"
	multi := "Content-Type: multipart/alternative; boundary=b\r\n"
	part := func(header, body string) string { return "--b\r\n" + header + "\r\n" + body + "\r\n" }
	for name, test := range map[string]struct {
		from, header, body string
		want               bool
	}{
		"ack":               {"ada@house.example", "", "ack" + quoted, true},
		"capitals":          {"ada@house.example", text, "\r\n\r\n  ACK!\r\n\r\n-- \r\nAda", true},
		"two at once":       {"ada@house.example", text, "Ok, je m’en occupe." + quoted, true},
		"French":            {"ada@house.example", text, "Acquitté" + quoted, true},
		"taken":             {"ada@house.example", text, "pris en charge", true},
		"quoted-printable":  {"ada@house.example", text + "Content-Transfer-Encoding: quoted-printable\r\n", "Acquitt=C3=A9=\r\n\r\n", true},
		"base64":            {"ada@house.example", text + "Content-Transfer-Encoding: base64\r\n", "YWNrDQo=", true},
		"Latin 1":           {"ada@house.example", "Content-Type: text/plain; charset=iso-8859-1\r\n", "acquitt\xe9", true},
		"below the quote":   {"ada@house.example", text, "> what happened\r\n> since\r\n\r\nje prends\r\n", true},
		"attribution above": {"ada@house.example", text, "Le 27 sept. 2025, Safelight a écrit :\r\n> x\r\nack", true},
		"alternatives":      {"ada@house.example", multi, part(text, "ack") + part("Content-Type: text/html\r\n", "<p>ack</p>") + "--b--\r\n", true},
		"said to be no bot": {"ada@house.example", "Auto-Submitted: no\r\n", "ack", true},

		"nothing":            {"ada@house.example", text, "", false},
		"quoted only":        {"ada@house.example", text, quoted, false},
		"signature only":     {"ada@house.example", text, "-- \r\nack", false},
		"forwarded":          {"ada@house.example", text, "-----Original Message-----\r\nack", false},
		"second line":        {"ada@house.example", text, "Who is this?\r\nack", false},
		"conditions":         {"ada@house.example", text, "ok, but not tonight", false},
		"a longer word":      {"ada@house.example", text, "acknowledgement", false},
		"no":                 {"ada@house.example", text, "no", false},
		"marks":              {"ada@house.example", text, "!!!", false},
		"out of office":      {"ada@house.example", "Auto-Submitted: auto-replied\r\n", "ack", false},
		"generated":          {"ada@house.example", "Auto-Submitted: auto-generated; owner-email=x\r\n", "ack", false},
		"twice, once no":     {"ada@house.example", "Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n", "ack", false},
		"bulk":               {"ada@house.example", "Precedence: Bulk\r\n", "ack", false},
		"auto_reply":         {"ada@house.example", "Precedence: auto_reply\r\n", "ack", false},
		"Exchange":           {"ada@house.example", "X-Auto-Response-Suppress: All\r\n", "ack", false},
		"a list":             {"ada@house.example", "List-Id: <x>\r\n", "ack", false},
		"no sender":          {"", text, "ack", false},
		"bounced":            {"mailer-daemon@house.example", text, "ack", false},
		"a report":           {"ada@house.example", "Content-Type: multipart/report; boundary=b\r\n", part(text, "ack") + "--b--\r\n", false},
		"HTML alone":         {"ada@house.example", "Content-Type: text/html\r\n", "<p>ack</p>", false},
		"attached":           {"ada@house.example", multi, part("Content-Type: text/plain\r\nContent-Disposition: attachment\r\n", "ack") + "--b--\r\n", false},
		"no boundary":        {"ada@house.example", "Content-Type: multipart/mixed\r\n", "ack", false},
		"endlessly nested":   {"ada@house.example", multi, strings.Repeat(part(multi, ""), 50) + part(text, "ack"), false},
		"what is no charset": {"ada@house.example", "Content-Type: text/plain; charset=\"\r\n", "\xff\xfe", false},
	} {
		err := acknowledges(test.from, reply(test.header, test.body))
		if (err == nil) != test.want {
			t.Errorf("%s: %v, want it to acknowledge: %t", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "ada") {
			t.Errorf("%s: the reason quotes the mail: %v", name, err)
		}
	}
	if err := acknowledges("a@b", []byte("no mail")); err == nil {
		t.Error("what is no mail acknowledges")
	}
}

// FuzzReplies: no mail makes it panic or take long, and none of a machine acknowledges.
func FuzzReplies(f *testing.F) {
	f.Add("a@b", reply("Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\nack\r\n--b--"))
	f.Add("", reply("", "ack"))
	f.Add("a@b", []byte("\xff\r\n\r\n>"))
	f.Fuzz(func(t *testing.T, from string, data []byte) {
		if err := acknowledges("", data); err == nil {
			t.Error("a mail without a sender acknowledged")
		}
		_ = acknowledges(from, data)
	})
}

// inbound is a listener on loopback with what came of its mails.
type inbound struct {
	addr string
	mu   sync.Mutex
	// tokens that were acknowledged, and how often something was refused
	tokens  []string
	refused int
	broken  error
}

func newInbound(t *testing.T) *inbound {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i := &inbound{addr: l.Addr().String()}
	in := &Inbound{Config: InboundConfig{Address: "ack@safelight.example"},
		Acknowledge: func(_ context.Context, token string) error {
			i.mu.Lock()
			defer i.mu.Unlock()
			i.tokens = append(i.tokens, token)
			return i.broken
		},
		Refused: func(error) { i.mu.Lock(); i.refused++; i.mu.Unlock() },
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the listener ended with %v", err)
		}
	})
	return i
}

func (i *inbound) send(from, to string, data []byte) error {
	return smtp.SendMail(i.addr, nil, from, []string{to}, data)
}

func code(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}

// TestInbound takes replies to its own address, and relays nothing; who sent what acknowledges nothing is not told.
func TestInbound(t *testing.T) {
	t.Parallel()
	i := newInbound(t)
	good := reply("", "ack\r\n")
	for _, test := range []struct {
		from, to string
		data     []byte
		code     int
		tokens   int
		refused  int
	}{
		{"ada@house.example", "ack+pm-1.0.x@safelight.example", good, 0, 1, 0},
		{"ada@house.example", "ACK+pm-1.0.x@Safelight.Example", good, 0, 2, 0},
		{"ada@house.example", "ack@safelight.example", good, 0, 2, 1},
		{"ada@house.example", "ack+pm-1.0.x@safelight.example", reply("", "who?"), 0, 2, 2},
		{"ada@house.example", "ack+pm-1.0.x@safelight.example", reply("Auto-Submitted: auto-replied\r\n", "ack"), 0, 2, 3},
		{"ada@house.example", "ack+x@elsewhere.example", good, 550, 2, 3},
		{"ada@house.example", "root@safelight.example", good, 550, 2, 3},
		{"ada@house.example", "ack+pm-1.0.x@safelight.example", reply("", "ack\r\n"+strings.Repeat("> x\r\n", maxReplyBytes/4)), 552, 2, 3},
	} {
		err := i.send(test.from, test.to, test.data)
		i.mu.Lock()
		if code(err) != test.code || len(i.tokens) != test.tokens || i.refused != test.refused {
			t.Errorf("to %s: %v, %d acknowledged and %d refused; want %+v", test.to, err, len(i.tokens), i.refused, test)
		}
		i.mu.Unlock()
	}
	i.mu.Lock()
	if !slices.Equal(i.tokens, []string{"pm-1.0.x", "pm-1.0.x"}) {
		t.Errorf("the tokens are %q", i.tokens)
	}
	i.broken = errors.New("the disk is full")
	i.mu.Unlock()
	if err := i.send("ada@house.example", "ack+pm-1.0.x@safelight.example", good); code(err) != 451 || strings.Contains(err.Error(), "disk") {
		t.Errorf("while it cannot be done: %v", err)
	}
}

// TestInboundConnections: so many at once and no more, and one that ends makes room.
func TestInboundConnections(t *testing.T) {
	t.Parallel()
	i := newInbound(t)
	var open []*textproto.Conn
	for range maxInbound {
		c, err := textproto.Dial("tcp", i.addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.ReadResponse(220); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	greeted := make(chan error, 1)
	late, err := textproto.Dial("tcp", i.addr)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _, err := late.ReadResponse(220)
		greeted <- err
	}()
	select {
	case err := <-greeted:
		t.Errorf("one more than %d was greeted: %v", maxInbound, err)
	default:
	}
	open[0].Close()
	if err := <-greeted; err != nil {
		t.Errorf("after one had gone: %v", err)
	}
	for _, c := range append(open[1:], late) {
		c.Close()
	}
}

// TestReplyTo: a page by mail says where a reply goes, and how; others do not.
func TestReplyTo(t *testing.T) {
	t.Parallel()
	from, _ := sender("safelight@house.example")
	m := paged()
	m.To.Email = "ada@house.example"
	if text := string(compose(m, from, night)); strings.Contains(text, "Reply-To") {
		t.Error("a page without an address for replies has one")
	}
	m.Page.Reply = Config{Inbound: &InboundConfig{Address: "ack@safelight.example"}}.ReplyAddress("pm-2025-09-27-01.0." + strings.Repeat("a", 26))
	text := string(compose(m, from, night))
	if want := "Reply-To: <" + m.Page.Reply + ">\r\n"; !strings.Contains(text, want) || !strings.Contains(text, "=9Cack=") {
		t.Errorf("the mail is %s, want %s", text, want)
	}
	if local, _, _ := strings.Cut(m.Page.Reply, "@"); len(local) > 64 {
		t.Errorf("the local part has %d bytes", len(local))
	}
	if (Config{}).ReplyAddress("x") != "" || phrase.Say(phrase.French, "message.reply") == "" {
		t.Error("an installation that takes no replies has an address for them")
	}
}

func TestInboundValidate(t *testing.T) {
	t.Parallel()
	mail := &SMTPConfig{Addr: "127.0.0.1:25", From: "a@b.c", TLS: TLSNone}
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"good":       {Config{SMTP: mail, Inbound: &InboundConfig{Address: "ack@b.c"}}, ""},
		"no mail":    {Config{Inbound: &InboundConfig{Address: "ack@b.c"}}, "notify.smtp"},
		"no address": {Config{SMTP: mail, Inbound: &InboundConfig{}}, "notify.inbound: address"},
		"plus":       {Config{SMTP: mail, Inbound: &InboundConfig{Address: "a+b@b.c"}}, "address"},
		"long":       {Config{SMTP: mail, Inbound: &InboundConfig{Address: "acknowledgements@b.c"}}, "address"},
		"odd listen": {Config{SMTP: mail, Inbound: &InboundConfig{Address: "ack@b.c", Listen: "x"}}, "listen"},
	} {
		checkMistake(t, name, test.config.Validate(), test.want)
	}
	if got := (InboundConfig{}).Addr(); got != "127.0.0.1:8325" {
		t.Errorf("by default it listens on %s", got)
	}
}
