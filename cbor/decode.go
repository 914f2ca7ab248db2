package cbor

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits bound what is read. Zero fields mean the defaults.
type Limits struct {
	Depth int // items inside of items; 64
	Items int // in all, each about 72 bytes of memory; 100 000
}

func (l Limits) orDefault() Limits {
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Items <= 0 {
		l.Items = 100_000
	}
	return l
}

// maxComparedKeys is the number of pairs up to which a map's keys are compared one by one.
const maxComparedKeys = 16

// Parse reads the one item that the bytes are. The errors are of kind ErrMalformed and ErrTooLarge.
func Parse(data []byte, limits Limits) (Value, error) {
	d := decoder{data: data, limits: limits.orDefault()}
	v, err := d.item(0)
	if err == nil && d.at != len(data) {
		err = d.malformed("%d bytes follow the item", len(data)-d.at)
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

type decoder struct {
	data   []byte
	at     int
	count  int
	limits Limits
}

func (d *decoder) malformed(format string, args ...any) error {
	return fmt.Errorf("%w at byte %d: %s", ErrMalformed, d.at, fmt.Sprintf(format, args...))
}

// head is the initial byte of an item with its argument (RFC 8949, section 3).
type head struct {
	major      byte
	info       byte
	n          uint64
	indefinite bool
}

const breakByte = 0xff

func (d *decoder) head() (head, error) {
	if d.at >= len(d.data) {
		return head{}, d.malformed("it ends where an item should begin")
	}
	b := d.data[d.at]
	d.at++
	h := head{major: b >> 5, info: b & 31}
	switch {
	case h.info < 24:
		h.n = uint64(h.info)
	case h.info < 28:
		size := 1 << (h.info - 24)
		if len(d.data)-d.at < size {
			return head{}, d.malformed("it ends inside of a length")
		}
		for _, c := range d.data[d.at : d.at+size] {
			h.n = h.n<<8 | uint64(c)
		}
		d.at += size
	case h.info == 31 && h.major >= 2 && h.major <= 5:
		h.indefinite = true
	default:
		return head{}, d.malformed("initial byte %#02x is reserved or out of place", b)
	}
	return h, nil
}

func (d *decoder) item(depth int) (Value, error) {
	if depth > d.limits.Depth {
		return Value{}, fmt.Errorf("%w: items are nested deeper than %d", ErrTooLarge, d.limits.Depth)
	}
	if d.count++; d.count > d.limits.Items {
		return Value{}, fmt.Errorf("%w: it has more than %d items", ErrTooLarge, d.limits.Items)
	}
	h, err := d.head()
	if err != nil {
		return Value{}, err
	}
	switch h.major {
	case 0:
		return Value{kind: Unsigned, n: h.n}, nil
	case 1:
		return Value{kind: Negative, n: h.n}, nil
	case 2, 3:
		return d.text(h)
	case 4:
		items, err := d.list(h, 1, depth)
		return Value{kind: Array, items: items}, err
	case 5:
		items, err := d.list(h, 2, depth)
		if err == nil {
			err = d.unique(items)
		}
		return Value{kind: Map, items: items}, err
	case 6:
		inside, err := d.item(depth + 1)
		return Value{kind: Tag, n: h.n, items: []Value{inside}}, err
	}
	return d.simple(h)
}

// text reads a byte or text string. The chunks of an indefinite one are definite and of its own type (section 3.2.3).
func (d *decoder) text(h head) (Value, error) {
	v := Value{kind: Bytes}
	if h.major == 3 {
		v.kind = Text
	}
	if !h.indefinite {
		var err error
		v.data, err = d.chunk(h)
		return v, err
	}
	v.data = []byte{}
	for {
		if d.ended() {
			return v, nil
		}
		c, err := d.head()
		if err != nil {
			return Value{}, err
		}
		if c.major != h.major || c.indefinite {
			return Value{}, d.malformed("a chunk of an indefinite string is of another type")
		}
		part, err := d.chunk(c)
		if err != nil {
			return Value{}, err
		}
		v.data = append(v.data, part...) // at most as many bytes as the input has
	}
}

func (d *decoder) chunk(h head) ([]byte, error) {
	if h.n > uint64(len(d.data)-d.at) {
		return nil, d.malformed("a string of %d bytes goes beyond the end", h.n)
	}
	part := d.data[d.at : d.at+int(h.n) : d.at+int(h.n)]
	if h.major == 3 && !utf8.Valid(part) {
		return nil, d.malformed("a text string is not UTF-8")
	}
	d.at += int(h.n)
	return part, nil
}

// ended takes the break that ends an indefinite item.
func (d *decoder) ended() bool {
	if d.at < len(d.data) && d.data[d.at] == breakByte {
		d.at++
		return true
	}
	return false
}

// list reads the items of an array (one each) or a map (two each). Nothing is allocated ahead for lengths that the
// bytes cannot hold.
func (d *decoder) list(h head, each, depth int) ([]Value, error) {
	if !h.indefinite && h.n > uint64(len(d.data)-d.at)/uint64(each) {
		return nil, d.malformed("%d items cannot be in the bytes that are left", h.n)
	}
	if !h.indefinite && h.n > uint64(d.limits.Items/each) {
		return nil, fmt.Errorf("%w: it has more than %d items", ErrTooLarge, d.limits.Items)
	}
	var items []Value
	if !h.indefinite {
		items = make([]Value, 0, min(h.n*uint64(each), 256))
	}
	for h.indefinite || len(items) < int(h.n)*each {
		if h.indefinite && d.ended() {
			break
		}
		for range each {
			v, err := d.item(depth + 1)
			if err != nil {
				return nil, err
			}
			items = append(items, v)
		}
	}
	return items, nil
}

// unique refuses a map with a key twice. Keys of containers are compared too, though few writers have them.
func (d *decoder) unique(items []Value) error {
	if len(items) > 2*maxComparedKeys {
		return d.uniqueHashed(items)
	}
	for i := 0; i < len(items); i += 2 {
		for j := 0; j < i; j += 2 {
			if items[i].Equal(items[j]) {
				return d.malformed("a map holds a key twice")
			}
		}
	}
	return nil
}

func (d *decoder) uniqueHashed(items []Value) error {
	type key struct {
		kind Kind
		n    uint64
		data string
	}
	seen := make(map[key]bool, len(items)/2)
	for i := 0; i < len(items); i += 2 {
		if len(items[i].items) > 0 {
			return d.malformed("a map of %d pairs has an array, map or tag as a key", len(items)/2)
		}
		k := key{items[i].kind, items[i].n, string(items[i].data)}
		if seen[k] {
			return d.malformed("a map holds a key twice")
		}
		seen[k] = true
	}
	return nil
}

// simple reads major type 7: simple values and floating-point numbers (section 3.3).
func (d *decoder) simple(h head) (Value, error) {
	switch h.info {
	case 20, 21:
		return Value{kind: Bool, n: uint64(h.info - 20)}, nil
	case 22:
		return Value{kind: Null}, nil
	case 23:
		return Value{kind: Undefined}, nil
	case 24:
		if h.n < 32 {
			return Value{}, d.malformed("simple value %d is written in two bytes", h.n)
		}
	case 25:
		return Value{kind: Float, n: math.Float64bits(half(uint16(h.n)))}, nil
	case 26:
		return Value{kind: Float, n: math.Float64bits(float64(math.Float32frombits(uint32(h.n))))}, nil
	case 27:
		return Value{kind: Float, n: h.n}, nil
	}
	return Value{kind: Simple, n: h.n}, nil
}

// half is a half-precision number (RFC 8949, Appendix D).
func half(h uint16) float64 {
	exponent, mantissa := int(h>>10&31), float64(h&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 31:
		if f = math.Inf(1); mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mantissa+1024, exponent-25)
	}
	if h&0x8000 != 0 {
		f = -f
	}
	return f
}

// Float is a floating-point number or an integer as one.
func (v Value) Float() (float64, bool) {
	switch v.kind {
	case Float:
		return math.Float64frombits(v.n), true
	case Unsigned:
		return float64(v.n), true
	case Negative:
		return -1 - float64(v.n), true
	}
	return 0, false
}
