package provenance

import (
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"github.com/safelight-dev/safelight/cbor"
	"github.com/safelight-dev/safelight/jumbf"
)

// claim is what a signature signs (C2PA 2.4, 10.2): the list of assertions with their hashes.
type claim struct {
	label      string // c2pa.claim or c2pa.claim.v2
	version    int
	data       []byte     // the bytes that are signed
	content    *jumbf.Box // the box of data
	alg        string     // of hashes that name none
	signature  string     // URI
	assertions []reference
	redacted   []string
	title      string
	format     string
	instance   string
	generator  string
	info       cbor.Value // claim_generator_info
}

// reference is a hashed URI (C2PA 2.4, 8.4.2).
type reference struct {
	url  string
	alg  string // empty where an enclosing structure names it
	hash []byte
}

func newReference(v cbor.Value) (reference, bool) {
	url, ok := v.Get("url").Text()
	hash, _ := v.Get("hash").Bytes()
	return reference{url, v.Get("alg").String(), hash}, ok
}

var (
	errClaimMissing   = errors.New("the manifest has no claim")
	errClaimMultiple  = errors.New("the manifest has more than one claim")
	errClaimMalformed = errors.New("the claim lacks a field, or has one of another type")
)

// readClaim finds and reads the claim of a manifest (15.6).
func readClaim(m *manifest, limits Limits) (*claim, Code, error) {
	c := &claim{}
	for _, b := range m.box.Children {
		if !b.Super() || b.Content != claimType {
			continue
		}
		if c.label != "" {
			return nil, ClaimMultiple, errClaimMultiple
		}
		c.label = b.Label
		for _, content := range b.Children {
			if content.Type == "cbor" && c.content == nil {
				c.content, c.data = content, content.Payload
			}
		}
	}
	switch c.label {
	case "":
		return nil, ClaimMissing, errClaimMissing
	case "c2pa.claim":
		c.version = 1
	case "c2pa.claim.v2":
		c.version = 2
	default:
		return nil, ClaimMissing, fmt.Errorf("a claim of kind %q is not known: %w", c.label, errClaimMissing)
	}
	v, err := cbor.Parse(c.data, limits.CBOR)
	if err != nil {
		return nil, ClaimCBOR, fmt.Errorf("read the claim: %w", err)
	}
	if !c.fill(v) {
		return nil, ClaimMalformed, errClaimMalformed
	}
	return c, "", nil
}

// fill takes the fields of a claim. It says whether those are there that version 2 must have (15.6.2), and whether the
// lists are lists.
func (c *claim) fill(v cbor.Value) bool {
	c.alg = v.Get("alg").String()
	c.signature = v.Get("signature").String()
	c.title = v.Get("dc:title").String()
	c.format = v.Get("dc:format").String()
	c.instance = v.Get("instanceID").String()
	c.info = v.Get("claim_generator_info")
	c.generator = v.Get("claim_generator").String()
	lists := []string{"assertions"}
	if c.version == 2 {
		lists = []string{"created_assertions", "gathered_assertions"}
		if c.generator = c.info.Get("name").String(); c.generator == "" || c.instance == "" || c.signature == "" {
			return false
		}
		if version := c.info.Get("version").String(); version != "" {
			c.generator += " " + version
		}
	}
	if v.Get(lists[0]).Kind() != cbor.Array {
		return false
	}
	for _, list := range lists {
		for _, item := range v.Get(list).Items() {
			r, ok := newReference(item)
			if !ok {
				return false
			}
			c.assertions = append(c.assertions, r)
		}
	}
	for _, item := range v.Get("redacted_assertions").Items() {
		uri, ok := item.Text()
		if !ok {
			return false
		}
		c.redacted = append(c.redacted, uri)
	}
	return true
}

// newHash is a hash function that the specification allows (13.1), nil for others.
func newHash(alg string) hash.Hash {
	switch alg {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// or is the first of two that is not empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
