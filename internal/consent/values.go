package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// faults says what is wrong with values. They are not quoted: an error may end in a log.
func (v Values) faults() (f Faults) {
	texts, lists := v.fields(), v.lists()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		switch text := *texts[name]; {
		case name == "note" && !plain(text, maxNote, true):
			f.add(name, "consent.fault.text", maxNote)
		case name != "note" && !plain(text, maxValue, false):
			f.add(columnOf(name), "consent.fault.line", maxValue)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		l := *lists[name]
		if len(l) > maxLinks || slices.ContainsFunc(l, func(s string) bool { return !plain(s, maxValue, false) }) {
			f.add(columnOf(name), "consent.fault.lines", maxLinks, maxValue)
		}
	}
	if v.EvidenceSHA256 != "" && !isDigest(v.EvidenceSHA256) {
		f.add("evidence_sha256", "consent.fault.digest")
	}
	if slices.ContainsFunc(v.Images, func(s string) bool { return !isDigest(s) }) {
		f.add("images", "consent.fault.digests")
	}
	if len(v.Paths) > maxLinks {
		f.add("paths", "consent.fault.paths", maxLinks)
	} else if slices.ContainsFunc(v.Paths, func(p Place) bool { return !p.valid() }) {
		f.add("paths", "consent.fault.path")
	}
	return f
}

// firstFaults says what is wrong with the values of a record that is made: it is about somebody or something.
func (v Values) firstFaults() Faults {
	f := v.faults()
	if v.Name == "" && len(v.Releases)+len(v.Paths)+len(v.Images) == 0 {
		f.add("name", "consent.fault.nobody")
	}
	return f
}

// columnOf is the column of a value in the table of [WriteCSV], by the value's name.
func columnOf(value string) string {
	columns := map[string]string{
		"guardianName": "guardian_name", "guardianContact": "guardian_contact", "controller": "pii_controller",
		"evidenceLink": "evidence_link", "evidenceSHA256": "evidence_sha256", "external": "external_id", "releases": "release_ids",
	}
	if column := columns[value]; column != "" {
		return column
	}
	return value
}

func (p Place) valid() bool {
	_, err := path.Match(p.Pattern, "x")
	return err == nil && p.Pipeline != "" && p.Pattern != "" && plain(p.Pipeline, maxValue, false) && plain(p.Pattern, maxValue, false)
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
