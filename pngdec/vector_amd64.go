//go:build amd64 && !purego

package pngdec

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./pngdec -out ../../pngdec/kernels_amd64.s -stubs ../../pngdec/kernels_amd64.go -pkg pngdec

// vectors says that this processor has what the assembly needs. Tests switch it off.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasBMI2

// huffman goes on within a block of code words until limit, the block's end or a fault.
func (z *stream) huffman() status {
	if !vectors {
		return z.huffmanScalar()
	}
	s := [8]uint64{uint64(z.pos), uint64(z.end + 8), uint64(z.op), uint64(z.limit),
		z.buffer, uint64(z.held), uint64(z.litBits), uint64(z.distBits)}
	end := inflateLoop(&z.in[0], &z.out[0], &s, &z.lit[0], &z.dist[0])
	z.pos, z.op, z.buffer, z.held = int(s[0]), int(s[2]), s[4], uint(s[5])
	return status(end)
}

// The functions below undo a filter as far as vectors go, and return where plain code goes on.

func subVector(dst, row []byte, bpp int) int {
	if !vectors || len(row) < 16 {
		return 0
	}
	d, r := &dst[0], &row[0]
	switch bpp {
	case 1:
		return sub1(d, r, len(row))
	case 2:
		return sub2(d, r, len(row))
	case 3:
		return sub3(d, r, len(row))
	case 4:
		return sub4(d, r, len(row))
	case 6:
		return sub6(d, r, len(row))
	}
	return sub8(d, r, len(row))
}

func upVector(dst, row, above []byte) int {
	if !vectors || len(row) < 32 {
		return 0
	}
	return up(&dst[0], &row[0], &above[0], len(row))
}

func averageVector(dst, row, above []byte, bpp int) int {
	if !vectors || len(row) < 8 {
		return 0
	}
	d, r, a := &dst[0], &row[0], &above[0]
	switch bpp {
	case 1:
		return average1(d, r, a, len(row))
	case 2:
		return average2(d, r, a, len(row))
	case 3:
		return average3(d, r, a, len(row))
	case 4:
		return average4(d, r, a, len(row))
	case 6:
		return average6(d, r, a, len(row))
	}
	return average8(d, r, a, len(row))
}

func paethVector(dst, row, above []byte, bpp int) int {
	if !vectors || len(row) < 8 {
		return 0
	}
	d, r, a := &dst[0], &row[0], &above[0]
	switch bpp {
	case 1:
		return paeth1(d, r, a, len(row))
	case 2:
		return paeth2(d, r, a, len(row))
	case 3:
		return paeth3(d, r, a, len(row))
	case 4:
		return paeth4(d, r, a, len(row))
	case 6:
		return paeth6(d, r, a, len(row))
	}
	return paeth8(d, r, a, len(row))
}

// adlerSum adds up to adlerRun bytes.
func adlerSum(a, b uint32, p []byte) (uint32, uint32) {
	if n := len(p) &^ 31; vectors && n > 0 {
		a, b = adlerVector(a, b, &p[0], n)
		p = p[n:]
	}
	return adlerSumScalar(a, b, p)
}

// swap16 reads len(dst) big-endian values.
func swap16(dst []uint16, line []byte) {
	n := 0
	if vectors && len(dst) >= 16 {
		n = len(dst) &^ 15
		line = line[:2*len(dst)]
		swapVector(&dst[0], &line[0], n)
	}
	swap16Scalar(dst[n:], line[2*n:])
}
