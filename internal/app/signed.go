package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/store"
)

// purpose is what a signature is for. It is the first line under the signature, so that what was signed for one purpose
// opens nothing of another.
type purpose string

const (
	ackPage     purpose = "acknowledge a page"
	ackBundle   purpose = "acknowledge all pages of a message"
	seeUpdate   purpose = "see a status update"
	replyPage   purpose = "answer a page"
	replyBundle purpose = "answer all pages of a message"
)

const (
	ackLinkFor  = 7 * 24 * time.Hour
	pageKeyName = "page-key" // among the settings
	macSize     = 16         // bytes of HMAC-SHA-256: guessing takes 2^128 tries, each a request
	maxToken    = 512
)

// openPageKey reads the key that links are signed with, and makes it where there is none.
func (a *App) openPageKey(ctx context.Context) error {
	text, err := a.store.Setting(ctx, pageKeyName)
	if errors.Is(err, journal.ErrNotFound) {
		var key [32]byte
		_, _ = rand.Read(key[:]) // never fails
		text = hex.EncodeToString(key[:])
		err = a.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(pageKeyName, text) })
	}
	if err != nil {
		return err
	}
	a.pageKey, err = hex.DecodeString(text)
	return err
}

func (a *App) sign(p purpose, payload string) []byte {
	mac := hmac.New(sha256.New, a.pageKey)
	mac.Write([]byte(string(p) + "\n" + payload))
	return mac.Sum(nil)[:macSize]
}

// linkToken is what stands in the address of a link: fields without line breaks, and the moment at which it ends.
func (a *App) linkToken(p purpose, until time.Time, fields ...string) string {
	payload := strings.Join(append(fields, strconv.FormatInt(until.Unix(), 36)), "\n")
	return base64.RawURLEncoding.EncodeToString(append([]byte(payload), a.sign(p, payload)...))
}

var (
	// errLink hides why a link is none: strangers are not told.
	errLink = fmt.Errorf("open the link: it is not one of ours, or it is cut short: %w", journal.ErrNotFound)
	errOver = fmt.Errorf("open the link: its time is over; sign in instead: %w", journal.ErrForbidden)
)

// linkFields gives the n fields of a token, if we made it for this purpose and its time is not over.
func (a *App) linkFields(p purpose, token string, n int) ([]string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(token) > maxToken || len(raw) <= macSize {
		return nil, errLink
	}
	payload := string(raw[:len(raw)-macSize])
	fields := strings.Split(payload, "\n")
	if !hmac.Equal(raw[len(raw)-macSize:], a.sign(p, payload)) || len(fields) != n+1 {
		return nil, errLink
	}
	until, err := strconv.ParseInt(fields[n], 36, 64)
	if err != nil {
		return nil, errLink
	}
	if a.now().Unix() > until {
		return nil, errOver
	}
	return fields[:n], nil
}

// replyLetters are those that stand in an address and mean the same in either case.
var replyLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

// replySignature is the last part of the address that a reply goes to. Such an address has 64 bytes with its prefix, which
// the token of a link does not fit into.
func (a *App) replySignature(p purpose, payload string) string {
	return strings.ToLower(replyLetters.EncodeToString(a.sign(p, payload)))
}
