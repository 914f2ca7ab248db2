package main

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

// scriptSlack serves Slack's auth.test, which takes one token, and keeps its address in a variable: slack SLACK TOKEN SCOPES.
func scriptSlack(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-OAuth-Scopes", args[2])
		answer := `{"ok":true,"url":"https://acme.slack.com/","team":"Acme","user":"safelight","bot_id":"B1"}`
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/auth.test":
			answer = `{"ok":false,"error":"unknown_method"}` // nothing else may be asked of it
		case r.Header.Get("Authorization") != "Bearer "+args[1]:
			answer = `{"ok":false,"error":"invalid_auth"}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// scriptMail runs a mail server that takes no mail and keeps its address in a variable: mail MAIL.
func scriptMail(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return noMail{}, nil }))
	s.ReadTimeout, s.WriteTimeout, s.ErrorLog = time.Minute, time.Minute, log.New(io.Discard, "", 0)
	go func() { _ = s.Serve(l) }() // until it is closed
	ts.Defer(func() { _ = s.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// noMail refuses each mail for good.
type noMail struct{}

var errNoMail = errors.New("no mail is wanted here")

func (noMail) Reset()                               {}
func (noMail) Logout() error                        { return nil }
func (noMail) Mail(string, *smtp.MailOptions) error { return errNoMail }
func (noMail) Rcpt(string, *smtp.RcptOptions) error { return errNoMail }
func (noMail) Data(io.Reader) error                 { return errNoMail }
