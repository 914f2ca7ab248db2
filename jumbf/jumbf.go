// Package jumbf reads the boxes of JUMBF (ISO/IEC 19566-5) within limits and finds them by their labels.
//
// A superbox has a description (type, label) and boxes with content, which may be superboxes themselves. C2PA keeps its
// manifests in them and refers from one to another by the labels on the way: "self#jumbf=/c2pa/urn:…/c2pa.claim".
package jumbf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kinds of error, for errors.Is.
var (
	// ErrMalformed means that the bytes are not one well-formed superbox.
	ErrMalformed = errors.New("JUMBF malformed")
	// ErrTooLarge means that they hold more than the limits allow.
	ErrTooLarge = errors.New("JUMBF too large")
)

// Limits bound what is read. Zero fields mean the defaults.
type Limits struct {
	Depth int // boxes inside of boxes; 16
	Boxes int // in all; 20 000
}

// UUID is the type of a superbox's content. For a type of four letters it begins with them (ISO/IEC 19566-5, B.1).
type UUID [16]byte

// iso is what follows the four letters.
var iso = [12]byte{0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}

// Four is the UUID of a type of four letters.
func Four(letters string) UUID {
	var u UUID
	copy(u[:4], letters)
	copy(u[4:], iso[:])
	return u
}

// Box is one box. It aliases the bytes that it was read from.
type Box struct {
	Type    string // four bytes; "jumb" of a superbox
	Payload []byte // what follows the header; of a superbox, description and content: what C2PA hashes
	Content UUID   // the type of a superbox, from its description
	Label   string // of a superbox, empty without
	// Requestable says that a superbox may be referred to by its label.
	Requestable bool
	Salt        []byte // of a superbox, the content of its description's private "c2sh" box
	Children    []*Box // of a superbox, without the description
	labels      map[string]*Box
}

// Super says whether the box is a superbox.
func (b *Box) Super() bool { return b != nil && b.Type == "jumb" }

// Child is the first superbox inside with the label, nil without one.
func (b *Box) Child(label string) *Box {
	if b == nil {
		return nil
	}
	return b.labels[label]
}

// Find follows labels downwards: "c2pa.assertions/c2pa.actions".
func (b *Box) Find(path string) *Box {
	for label := range strings.SplitSeq(path, "/") {
		b = b.Child(label)
	}
	return b
}

// First is the payload of the first box inside of a type, such as "cbor" or "json".
func (b *Box) First(boxType string) ([]byte, bool) {
	if b == nil {
		return nil, false
	}
	for _, c := range b.Children {
		if c.Type == boxType {
			return c.Payload, true
		}
	}
	return nil, false
}

// Parse reads the superbox that the bytes begin with. What follows it is not looked at; its length is len(Payload) and
// that of its header. The errors are of kind ErrMalformed and ErrTooLarge.
func Parse(data []byte, limits Limits) (*Box, error) {
	if limits.Depth <= 0 {
		limits.Depth = 16
	}
	if limits.Boxes <= 0 {
		limits.Boxes = 20_000
	}
	r := reader{limits: limits}
	box, _, err := r.box(data, 0)
	if err == nil && !box.Super() {
		err = fmt.Errorf("%w: it begins with a box %q and no superbox", ErrMalformed, box.Type)
	}
	if err != nil {
		return nil, err
	}
	return box, nil
}

type reader struct {
	count  int
	limits Limits
}

// box reads one box and gives what follows it.
func (r *reader) box(data []byte, depth int) (*Box, []byte, error) {
	if r.count++; r.count > r.limits.Boxes || depth > r.limits.Depth {
		return nil, nil, fmt.Errorf("%w: more than %d boxes, or deeper than %d", ErrTooLarge, r.limits.Boxes, r.limits.Depth)
	}
	boxType, payload, rest, err := Split(data)
	if err != nil {
		return nil, nil, err
	}
	b := &Box{Type: boxType, Payload: payload}
	if !b.Super() {
		return b, rest, nil
	}
	inside, err := r.description(b)
	for err == nil && len(inside) > 0 {
		var c *Box
		if c, inside, err = r.box(inside, depth+1); err == nil {
			b.add(c)
		}
	}
	return b, rest, err
}

// add keeps a box, and a superbox by its label too: a file may have many, and refer to each of them many times.
func (b *Box) add(c *Box) {
	b.Children = append(b.Children, c)
	if c.Super() && b.labels[c.Label] == nil {
		if b.labels == nil {
			b.labels = map[string]*Box{}
		}
		b.labels[c.Label] = c
	}
}

// Split takes the first box off the bytes (ISO/IEC 19566-5, 6.2, as in ISO/IEC 14496-12): a length of 32 bits with its
// header, 1 for one of 64 bits behind the type, 0 for all that is left.
func Split(data []byte) (boxType string, payload, rest []byte, err error) {
	if len(data) < 8 {
		return "", nil, nil, fmt.Errorf("%w: %d bytes are too few for a box", ErrMalformed, len(data))
	}
	size, header := uint64(binary.BigEndian.Uint32(data)), 8
	switch {
	case size == 0:
		size = uint64(len(data))
	case size == 1 && len(data) >= 16:
		size, header = binary.BigEndian.Uint64(data[8:]), 16
	}
	if size < uint64(header) || size > uint64(len(data)) {
		return "", nil, nil, fmt.Errorf("%w: a box %q of %d bytes in %d", ErrMalformed, data[4:8], size, len(data))
	}
	return string(data[4:8]), data[header:size:size], data[size:], nil
}

// Toggles of a description (ISO/IEC 19566-5, A.3).
const (
	toggleRequest   = 1 << 0
	toggleLabel     = 1 << 1
	toggleID        = 1 << 2
	toggleSignature = 1 << 3
	togglePrivate   = 1 << 4
)

// description reads the description that a superbox begins with, and gives the content behind it.
func (r *reader) description(b *Box) ([]byte, error) {
	boxType, d, rest, err := Split(b.Payload)
	if err != nil {
		return nil, err
	}
	if boxType != "jumd" || len(d) < 17 {
		return nil, fmt.Errorf("%w: a superbox begins with a box %q of %d bytes and no description", ErrMalformed, boxType, len(d))
	}
	copy(b.Content[:], d)
	toggles := d[16]
	b.Requestable = toggles&toggleRequest != 0
	d = d[17:]
	if toggles&toggleLabel != 0 {
		label, after, ok := bytes.Cut(d, []byte{0})
		if !ok || !utf8.Valid(label) {
			return nil, fmt.Errorf("%w: a label has no end, or is not UTF-8", ErrMalformed)
		}
		b.Label, d = string(label), after
	}
	for _, field := range []struct {
		toggle byte
		size   int
	}{{toggleID, 4}, {toggleSignature, 32}} {
		if toggles&field.toggle == 0 {
			continue
		}
		if len(d) < field.size {
			return nil, fmt.Errorf("%w: the description of %q ends early", ErrMalformed, b.Label)
		}
		d = d[field.size:]
	}
	if toggles&togglePrivate != 0 {
		private, payload, after, err := Split(d)
		if err != nil {
			return nil, err
		}
		if d = after; private == "c2sh" {
			b.Salt = payload
		}
	}
	if len(d) > 0 {
		return nil, fmt.Errorf("%w: %d bytes are left over in the description of %q", ErrMalformed, len(d), b.Label)
	}
	return rest, nil
}
