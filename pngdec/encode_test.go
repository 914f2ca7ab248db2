package pngdec

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/rand/v2"
)

// drawing is a picture by its samples, from which tests make a file and, plainly, the values to expect.
type drawing struct {
	width, height     int
	colourType, depth int
	interlaced        bool
	palette, trns     []byte
	// samples are those of the file, or palette indices, row by row.
	samples []uint16
	// filter chooses the filter type of a row.
	filter func(row int) int
	// level is compress/flate's; part is the size of an IDAT chunk, 0 for a single one.
	level, part int
}

func (d *drawing) perPixel() int {
	return map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[d.colourType]
}

// newDrawing draws a gradient with noise, in which flat runs and sharp steps come up too.
func newDrawing(rng *rand.Rand, width, height, colourType, depth int) *drawing {
	d := &drawing{width: width, height: height, colourType: colourType, depth: depth, level: 6}
	d.filter = func(row int) int { return row % 5 }
	top := 1<<depth - 1
	n := d.perPixel()
	for y := range height {
		for x := range width {
			for c := range n {
				v := (x*(3+c) + y*(7-c)) * top / 255
				if (x/8+y/8)%3 == 0 {
					v = top - v/4
				}
				if (x/16+y/4)%4 != 1 {
					v += rng.IntN(top/8 + 2)
				}
				d.samples = append(d.samples, uint16(v&top))
			}
		}
	}
	if colourType == 3 {
		d.palette = make([]byte, 3<<depth)
		for i := range d.palette {
			d.palette[i] = byte(rng.Uint32())
		}
	}
	return d
}

// addTransparency makes the colour of the middle pixel transparent, or some palette entries more or less so.
func (d *drawing) addTransparency(rng *rand.Rand) {
	switch d.colourType {
	case 0, 2:
		n := d.perPixel()
		middle := (d.height/2*d.width + d.width/2) * n
		for _, v := range d.samples[middle : middle+n] {
			d.trns = binary.BigEndian.AppendUint16(d.trns, v)
		}
	case 3:
		d.trns = make([]byte, 1+rng.IntN(len(d.palette)/3))
		for i := range d.trns {
			d.trns[i] = byte(rng.Uint32())
		}
	}
}

// values are the expected pixels, 8-bit values in the lower byte.
func (d *drawing) values() []uint16 {
	n := d.perPixel()
	top := uint16(255)
	if d.depth == 16 {
		top = 65535
	}
	var out []uint16
	for i := 0; i < len(d.samples); i += n {
		pixel := d.samples[i : i+n]
		if d.colourType == 3 {
			index := int(pixel[0])
			out = append(out, uint16(d.palette[3*index]), uint16(d.palette[3*index+1]), uint16(d.palette[3*index+2]))
			switch {
			case d.trns == nil:
			case index < len(d.trns):
				out = append(out, uint16(d.trns[index]))
			default:
				out = append(out, 255)
			}
			continue
		}
		hit := true
		for c, v := range pixel {
			if d.depth < 8 {
				out = append(out, v*(255/(1<<d.depth-1)))
			} else {
				out = append(out, v)
			}
			hit = hit && d.trns != nil && v == binary.BigEndian.Uint16(d.trns[2*c:])
		}
		switch {
		case hit:
			out = append(out, 0)
		case d.trns != nil:
			out = append(out, top)
		}
	}
	return out
}

// raw is the filtered image data.
func (d *drawing) raw() []byte {
	if !d.interlaced {
		return d.pass(0, 0, 1, 1)
	}
	var out []byte
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		out = append(out, d.pass(p[0], p[1], p[2], p[3])...)
	}
	return out
}

func (d *drawing) pass(x0, y0, dx, dy int) []byte {
	n := d.perPixel()
	bpp := max(1, n*d.depth/8)
	var out, above []byte
	if x0 >= d.width {
		return nil
	}
	for row, y := 0, y0; y < d.height; row, y = row+1, y+dy {
		var line []byte
		used := 0 // bits of the last byte
		for x := x0; x < d.width; x += dx {
			for _, v := range d.samples[(y*d.width+x)*n : (y*d.width+x)*n+n] {
				switch {
				case d.depth == 16:
					line = append(line, byte(v>>8), byte(v))
				case d.depth == 8:
					line = append(line, byte(v))
				default:
					if used%8 == 0 {
						line = append(line, 0)
					}
					line[len(line)-1] |= byte(v) << (8 - d.depth - used%8)
					used += d.depth
				}
			}
		}
		if above == nil {
			above = make([]byte, len(line))
		}
		kind := d.filter(row)
		out = append(out, byte(kind))
		out = append(out, filtered(kind, line, above, bpp)...)
		above = line
	}
	return out
}

// filtered applies a filter as 9.2 states it.
func filtered(kind int, line, above []byte, bpp int) []byte {
	out := make([]byte, len(line))
	for i, v := range line {
		var a, b, c int
		b = int(above[i])
		if i >= bpp {
			a, c = int(line[i-bpp]), int(above[i-bpp])
		}
		out[i] = v - byte([]int{0, a, b, (a + b) / 2, plainPaeth(a, b, c)}[kind])
	}
	return out
}

// plainPaeth is 9.4 to the letter.
func plainPaeth(a, b, c int) int {
	p := a + b - c
	distance := func(v int) int { return max(p-v, v-p) }
	pa, pb, pc := distance(a), distance(b), distance(c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

// file is the whole PNG file.
func (d *drawing) file() []byte {
	out := d.head()
	data := deflated(d.raw(), d.level)
	if d.part == 0 {
		out = appendChunk(out, "IDAT", data)
	}
	for len(data) > 0 && d.part > 0 {
		n := min(d.part, len(data))
		out = appendChunk(out, "IDAT", data[:n])
		data = data[n:]
	}
	return appendChunk(out, "IEND", nil)
}

// head is all before the image data.
func (d *drawing) head() []byte {
	interlace := byte(0)
	if d.interlaced {
		interlace = 1
	}
	out := appendChunk([]byte(signature), "IHDR", ihdr(d.width, d.height, d.depth, d.colourType, interlace))
	if d.palette != nil {
		out = appendChunk(out, "PLTE", d.palette)
	}
	if d.trns != nil {
		out = appendChunk(out, "tRNS", d.trns)
	}
	return out
}

func ihdr(width, height, depth, colourType int, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(width))
	b = binary.BigEndian.AppendUint32(b, uint32(height))
	return append(b, byte(depth), byte(colourType), 0, 0, interlace)
}

func appendChunk(out []byte, kind string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	at := len(out)
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[at:]))
}

// writers are reused: a new one takes longer than most of the pictures.
var writers = map[int]*zlib.Writer{}

func deflated(raw []byte, level int) []byte {
	var b bytes.Buffer
	if writers[level] == nil {
		w, err := zlib.NewWriterLevel(io.Discard, level)
		if err != nil {
			panic(err)
		}
		writers[level] = w
	}
	w := writers[level]
	w.Reset(&b)
	w.Write(raw)
	w.Close()
	return b.Bytes()
}
