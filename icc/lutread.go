package icc

import "encoding/binary"

// readLUT reads an AToB tag for a device of so many channels.
func readLUT(tag []byte, channels int, labPCS bool) (*lut, error) {
	if len(tag) < 32 {
		return nil, damaged("a table is cut short")
	}
	l := &lut{channels: channels}
	if labPCS {
		l.pcs = encodedLab
	}
	kind := string(tag[:4])
	switch kind {
	case "mft1", "mft2", "mAB ":
	default:
		return nil, damaged("a table is of type %q", kind)
	}
	if int(tag[8]) != channels || tag[9] != 3 {
		return nil, damaged("a table has %d channels in and %d out, not %d and 3", tag[8], tag[9], channels)
	}
	if kind == "mAB " {
		return l, l.readAToB(tag)
	}
	return l, l.readOld(tag, kind == "mft2")
}

// readOld reads a lut8Type or a lut16Type (ICC.1:2022, 10.11 and 10.10).
func (l *lut) readOld(tag []byte, wide bool) error {
	if len(tag) < 52 {
		return damaged("a table is cut short")
	}
	if l.channels == 3 {
		l.before = readMatrix(tag[12:])
	}
	size, in, out, rest := 1, 256, 256, tag[48:]
	if wide {
		size, in, out, rest = 2, int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:])), tag[52:]
		if l.pcs == encodedLab {
			l.pcs = legacyLab
		}
	}
	if in < minEntries || out < minEntries || in > maxEntries || out > maxEntries {
		return damaged("the curves of a table have %d and %d entries", in, out)
	}
	var err error
	if l.inputs, rest, err = readTables(rest, l.channels, in, size); err != nil {
		return err
	}
	if l.grid, rest, err = readGrid(rest, [4]int{int(tag[10]), int(tag[10]), int(tag[10]), int(tag[10])}, l.channels, wide); err != nil {
		return err
	}
	l.middle, _, err = readTables(rest, 3, out, size)
	return err
}

// readMatrix reads nine numbers; nil means that they change nothing.
func readMatrix(b []byte) *matrix {
	var m matrix
	for i := range 9 {
		m[i/3][i%3] = within(fixed(b[4*i:]))
	}
	if m == diagonal(1, 1, 1) {
		return nil
	}
	return &m
}

func readTables(b []byte, curves, entries, size int) ([]*curve, []byte, error) {
	if len(b) < curves*entries*size {
		return nil, nil, damaged("the curves of a table are cut short")
	}
	all := make([]*curve, curves)
	for i := range all {
		if size == 1 {
			all[i] = table8(b, entries)
		} else {
			all[i] = table16(b, entries)
		}
		b = b[entries*size:]
	}
	return simplify(all), b, nil
}

// simplify returns nil for curves that all change nothing.
func simplify(curves []*curve) []*curve {
	for _, c := range curves {
		if !c.isIdentity() {
			return curves
		}
	}
	return nil
}

// readGrid takes the nodes of a grid; 0 points a channel mean that there is none.
func readGrid(b []byte, points [4]int, channels int, wide bool) (*grid, []byte, error) {
	if points[0] == 0 && channels == 3 {
		return nil, b, nil
	}
	bytes := 3
	if wide {
		bytes = 6
	}
	for _, n := range points[:channels] {
		if n < 2 {
			return nil, nil, damaged("a table has %d points along a channel", n)
		}
		if bytes *= n; bytes > len(b) {
			return nil, nil, damaged("a table of %v points is cut short", points[:channels])
		}
	}
	return &grid{points: points, wide: wide, data: b[:bytes]}, b[bytes:], nil
}

// readAToB reads a lutAToBType (ICC.1:2022, 10.12). An offset of 0 means that the step is missing.
func (l *lut) readAToB(tag []byte) error {
	var at [5]int // B curves, matrix, M curves, grid, A curves
	for i := range at {
		off := binary.BigEndian.Uint32(tag[12+4*i:])
		if uint64(off) > uint64(len(tag)) {
			return damaged("a part of a table is outside of it")
		}
		at[i] = int(off)
	}
	if at[3] == 0 && l.channels != 3 {
		return damaged("a table of %d channels has no grid", l.channels)
	}
	var err error
	if at[4] != 0 && at[3] != 0 {
		if l.inputs, err = readCurves(tag[at[4]:], l.channels); err != nil {
			return err
		}
	}
	if at[3] != 0 {
		if err := l.readNodes(tag[at[3]:]); err != nil {
			return err
		}
	}
	if at[2] != 0 {
		if l.middle, err = readCurves(tag[at[2]:], 3); err != nil {
			return err
		}
	}
	if at[1] != 0 {
		if err := l.readAffine(tag[at[1]:]); err != nil {
			return err
		}
	}
	if at[0] == 0 {
		return nil
	}
	l.outputs, err = readCurves(tag[at[0]:], 3)
	return err
}

// readNodes reads the grid of a lutAToBType: points along up to 16 channels, bytes a value, three bytes of padding.
func (l *lut) readNodes(b []byte) error {
	if len(b) < 20 {
		return damaged("a table is cut short")
	}
	if b[16] != 1 && b[16] != 2 {
		return damaged("a table has values of %d bytes", b[16])
	}
	points := [4]int{int(b[0]), int(b[1]), int(b[2]), int(b[3])}
	if points[0] == 0 {
		return damaged("a table has no points along a channel")
	}
	var err error
	l.grid, _, err = readGrid(b[20:], points, l.channels, b[16] == 2)
	return err
}

func (l *lut) readAffine(b []byte) error {
	if len(b) < 48 {
		return damaged("the matrix of a table is cut short")
	}
	a := &affine{matrix: diagonal(1, 1, 1), offset: [3]float64{within(fixed(b[36:])), within(fixed(b[40:])), within(fixed(b[44:]))}}
	if m := readMatrix(b); m != nil {
		a.matrix = *m
	}
	l.matrix = a
	return nil
}

// readCurves reads curves that follow each other, each on a multiple of four bytes.
func readCurves(b []byte, count int) ([]*curve, error) {
	curves := make([]*curve, count)
	for i := range curves {
		c, size, err := readCurve(b)
		if err != nil {
			return nil, err
		}
		curves[i] = c
		b = b[min((size+3)&^3, len(b)):]
	}
	return simplify(curves), nil
}
