//go:build amd64 && !purego

package jpegdec

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:generate go run -C ../internal/asmgen ./jpegdec -out ../../jpegdec/kernels_amd64.s -stubs ../../jpegdec/kernels_amd64.go -pkg jpegdec

// vectors says that the assembly runs here. It shifts by BMI2 and has an ANDN of BMI1.
var vectors = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2

// The assembly has these places of fields as constants. A line does not compile where one is wrong.
var (
	_ = [1]struct{}{}[unsafe.Offsetof(reader{}.n)-8]
	_ = [1]struct{}{}[unsafe.Offsetof(reader{}.pos)-16]
	_ = [1]struct{}{}[unsafe.Offsetof(reader{}.end)-24]
	_ = [1]struct{}{}[unsafe.Offsetof(reader{}.buf)-32]
	_ = [1]struct{}{}[unsafe.Offsetof(slot{}.ac)-8]
	_ = [1]struct{}{}[unsafe.Offsetof(slot{}.first)-16]
	_ = [1]struct{}{}[unsafe.Offsetof(slot{}.step)-24]
	_ = [1]struct{}{}[unsafe.Offsetof(slot{}.comp)-32]
	_ = [1]struct{}{}[unsafe.Sizeof(slot{})-40]
	_ = [1]struct{}{}[lookBits-10]
	_ = [1]struct{}{}[unsafe.Offsetof(table{}.limit)-4<<lookBits]
	_ = [1]struct{}{}[unsafe.Offsetof(table{}.offset)-4<<lookBits-68]
	_ = [1]struct{}{}[unsafe.Offsetof(table{}.symbols)-4<<lookBits-136]
)

// blocks decodes a run of MCUs and returns how many are whole.
func (r *reader) blocks(run *mcuRun) int {
	if !vectors {
		return r.blocksGo(run)
	}
	for i := range run.slots { // the assembly checks no bounds
		s := &run.slots[i]
		_ = run.coef[s.first+(run.mcus-1)*s.step+63]
		_ = run.coef[s.first]
		_ = run.preds[s.comp]
	}
	return blocksAVX2(&r.acc, (*byte)(unsafe.Pointer(&run.slots[0])), len(run.slots), run.preds, &run.coef[0], run.mcus, &zigzag[0])
}

// inverse transforms blocks that stand side by side.
func inverse(size int, dst []uint8, stride int, coef []int16, quant *[64]int16) {
	n := len(coef) / 64
	if !vectors || n == 0 || size == 1 {
		inverseGo(size, dst, stride, coef, quant)
		return
	}
	_ = dst[(size-1)*stride+size*n-1]
	switch size {
	case 8:
		idct8AVX2(&dst[0], stride, &coef[0], quant, n)
	case 4:
		idct4AVX2(&dst[0], stride, &coef[0], quant, n)
	case 2:
		idct2AVX2(&dst[0], stride, &coef[0], quant, n)
	}
}

// rowH2V1, rowH1V2 and rowH2V2 interpolate a row of samples, and another beside it, into p.up.
func (p *plane) rowH2V1(at int) {
	if !vectors {
		h2v1(p.up[:2*p.width], p.row(at))
		return
	}
	h2v1AVX2(&p.up[0], p.edged(at), p.width)
}

func (p *plane) rowH1V2(at, other int, bias uint16) {
	if !vectors {
		h1v2(p.up[:p.width], p.row(at), p.row(other), bias)
		return
	}
	h1v2AVX2(&p.up[0], p.edged(at), p.edged(other), p.width, bias)
}

func (p *plane) rowH2V2(at, other int) {
	if !vectors {
		h2v2(p.up[:2*p.width], p.row(at), p.row(other))
		return
	}
	h2v2AVX2(&p.up[0], p.edged(at), p.edged(other), p.width)
}

// edged repeats the first and the last sample of a row beyond its ends, where nothing else is kept, and returns its
// beginning. Behind the row there is the slack that vectors may read.
func (p *plane) edged(y int) *uint8 {
	row := p.pix[p.place(y)-1:][:p.width+2]
	row[0], row[p.width+1] = row[1], row[p.width]
	return &row[1]
}

// yccRow converts a row to packed R′G′B′. The rows have slack behind them.
func yccRow(dst, y, cb, cr []uint8) {
	if !vectors {
		yccRowGo(dst, y, cb, cr)
		return
	}
	n := len(dst) / 3
	whole := n &^ 31
	if whole > 0 {
		yccRowAVX2(&dst[0], &y[:whole][0], &cb[:whole][0], &cr[:whole][0], whole)
	}
	if whole < n {
		var last [96]uint8
		yccRowAVX2(&last[0], &y[whole : whole+32][0], &cb[whole : whole+32][0], &cr[whole : whole+32][0], 32)
		copy(dst[3*whole:], last[:])
	}
}
