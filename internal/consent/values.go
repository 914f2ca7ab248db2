package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// SaltSize is the size of a record's salt in bytes.
const SaltSize = 32

// Values are what a record knows that may say who somebody is. They never
// enter the journal and can be erased.
type Values struct {
	Salt            []byte   `json:"-"` // random, of [SaltSize]; kept with the values
	Name            string   `json:"name,omitempty"`
	Aliases         []string `json:"aliases,omitempty"` // how images spell the name
	Contact         string   `json:"contact,omitempty"`
	GuardianName    string   `json:"guardianName,omitempty"`
	GuardianContact string   `json:"guardianContact,omitempty"`
	Controller      string   `json:"controller,omitempty"`     // who was agreed with
	EvidenceLink    string   `json:"evidenceLink,omitempty"`   // where the signed paper is kept
	EvidenceSHA256  string   `json:"evidenceSHA256,omitempty"` // of the signed paper
	Note            string   `json:"note,omitempty"`
	External        string   `json:"external,omitempty"` // id of the record in the system that it came from
	Releases        []string `json:"releases,omitempty"` // plus:ModelReleaseID or plus:PropertyReleaseID
	Paths           []Place  `json:"paths,omitempty"`    // of delivered images
	// Images are SHA-256 of images. They identify files, not persons, and
	// outlive an erasure, so that a picture of who has withdrawn is known again.
	Images  []string `json:"images,omitempty"`
	Reasons []Reason `json:"reasons,omitempty"` // what people wrote about changes
}

// Place is a pattern of paths in the delivered folder of a pipeline, as
// [path.Match] has it; a pattern that ends with "/" is everything below it.
type Place struct {
	Pipeline string `json:"pipeline"`
	Pattern  string `json:"pattern"`
}

func (p Place) covers(pipeline, file string) bool {
	if p.Pipeline != pipeline {
		return false
	}
	if strings.HasSuffix(p.Pattern, "/") {
		return strings.HasPrefix(file, p.Pattern)
	}
	ok, err := path.Match(p.Pattern, file)
	return err == nil && ok
}

// Reason is why somebody changed or revoked a record.
type Reason struct {
	At    time.Time `json:"at"`
	Doing string    `json:"doing"` // "revoke"
	Text  string    `json:"text"`
}

// Limits of values, in bytes and entries.
const (
	maxValue   = 500
	maxNote    = 4096
	maxLinks   = 500
	maxReasons = 100
)

// fields names the single values.
func (v *Values) fields() map[string]*string {
	return map[string]*string{
		"name": &v.Name, "contact": &v.Contact, "guardianName": &v.GuardianName, "guardianContact": &v.GuardianContact, "controller": &v.Controller,
		"evidenceLink": &v.EvidenceLink, "evidenceSHA256": &v.EvidenceSHA256, "note": &v.Note, "external": &v.External,
	}
}

// lists names the values that are several.
func (v *Values) lists() map[string]*[]string {
	return map[string]*[]string{"aliases": &v.Aliases, "releases": &v.Releases, "images": &v.Images}
}

// normal trims what was written.
func (v Values) normal() Values {
	for _, s := range v.fields() {
		*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
	}
	v.EvidenceSHA256 = strings.ToLower(v.EvidenceSHA256)
	for _, l := range v.lists() {
		*l = setOf(*l)
	}
	for i, image := range v.Images {
		v.Images[i] = strings.ToLower(image)
	}
	v.Images = setOf(v.Images)
	v.Paths = slices.Clone(v.Paths)
	return v
}

func (v Values) validate() error {
	// The values themselves are not quoted: an error may end in a log.
	bad := func(what, hint string) error {
		return fmt.Errorf("record a consent: %s: %s: %w", what, hint, journal.ErrInvalid)
	}
	if len(v.Salt) != SaltSize {
		return bad("the salt", fmt.Sprintf("it has %d bytes, not %d", len(v.Salt), SaltSize))
	}
	for name, s := range v.fields() {
		longest := maxValue
		if name == "note" {
			longest = maxNote
		}
		if !plain(*s, longest, name == "note") {
			return bad(name, fmt.Sprintf("write one line of at most %d bytes of UTF-8", longest))
		}
	}
	for name, l := range v.lists() {
		if len(*l) > maxLinks || slices.ContainsFunc(*l, func(s string) bool { return !plain(s, maxValue, false) }) {
			return bad(name, fmt.Sprintf("write up to %d lines of at most %d bytes of UTF-8", maxLinks, maxValue))
		}
	}
	if v.EvidenceSHA256 != "" && !isDigest(v.EvidenceSHA256) {
		return bad("evidenceSHA256", "write 64 hexadecimal digits")
	}
	if slices.ContainsFunc(v.Images, func(s string) bool { return !isDigest(s) }) {
		return bad("images", "write the SHA-256 of each, 64 hexadecimal digits")
	}
	return v.validatePaths(bad)
}

func (v Values) validatePaths(bad func(what, hint string) error) error {
	if len(v.Paths) > maxLinks {
		return bad("paths", fmt.Sprintf("write up to %d", maxLinks))
	}
	for _, p := range v.Paths {
		_, err := path.Match(p.Pattern, "x")
		if err != nil || p.Pipeline == "" || p.Pattern == "" || !plain(p.Pipeline, maxValue, false) || !plain(p.Pattern, maxValue, false) {
			return bad("paths", "write a pipeline and a pattern such as summer/*.jpg or summer/")
		}
	}
	return nil
}

// plain tells whether a text is short UTF-8 without control characters.
func plain(s string, longest int, lines bool) bool {
	return len(s) <= longest && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && (!lines || r != '\n' && r != '\t')
	})
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && s == strings.ToLower(s)
}

// digest is the salted digest of a value: HMAC-SHA-256 keyed by the record's
// salt over the field's name, a zero byte and the value. Without the salt it
// says nothing, and equal values of two records have different digests.
func (v Values) digest(field, value string) string {
	h := hmac.New(sha256.New, v.Salt)
	h.Write([]byte(field + "\x00" + value))
	return hex.EncodeToString(h.Sum(nil))
}

// Digests gives the salted digest of each value that there is.
func (v Values) Digests() map[string]string {
	digests := map[string]string{}
	for name, s := range v.fields() {
		if *s != "" {
			digests[name] = v.digest(name, *s)
		}
	}
	lists := map[string][]string{"aliases": v.Aliases, "releases": v.Releases, "images": v.Images}
	for _, p := range v.Paths {
		lists["paths"] = append(lists["paths"], p.Pipeline+"\x00"+p.Pattern)
	}
	for name, list := range lists {
		if len(list) > 0 {
			digests[name] = v.digest(name, strings.Join(list, "\x00\x00"))
		}
	}
	return digests
}

// Erased tells whether there is nothing but digests of images.
func (v Values) Erased() bool {
	if len(v.Salt) > 0 {
		return false
	}
	return reflect.DeepEqual(v, Values{Salt: v.Salt, Images: v.Images})
}
