//go:build amd64 && !purego

package colour

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./colour -out ../../colour/kernel_amd64.s -stubs ../../colour/kernel_amd64.go -pkg colour

// fastest is the form for this processor.
var fastest = fastestForm()

func fastestForm() form {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return plainForm
	case x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VBMI:
		return avx512Form
	}
	return avx2Form
}

// shares8 is weights8 for the widest kernel: a table for each byte of the shares that the samples of R, G and B have
// in X, Y and Z.
var shares8 = shareTables()

func shareTables() *[3][3][4][256]uint8 {
	t := new([3][3][4][256]uint8)
	for sample := range t {
		for out := range t[sample] {
			for i := range t[sample][out] {
				for v := range 256 {
					t[sample][out][i][v] = uint8(weights8[sample][v][out] >> (8 * i))
				}
			}
		}
	}
	return t
}

// assembled8 is differences8 in assembly.
func (k *block) assembled8(dst []float32, ref, cand []uint8) {
	k.ref.from8(k.form, ref, &k.tail8[0])
	k.cand.from8(k.form, cand, &k.tail8[1])
	k.assembled(dst)
}

// assembled16 is differences16 in assembly.
func (k *block) assembled16(dst []float32, ref, cand []uint16, table *[65536]int32) {
	k.ref.from16(ref, &k.tail16[0], table)
	k.cand.from16(cand, &k.tail16[1], table)
	k.assembled(dst)
}

// from8 converts a row of up to blockN pixels to X, Y and Z. A last group that is not whole goes by way of tail.
func (p *labPlanes) from8(f form, row []uint8, tail *[3 * wideGroup]uint8) {
	group := 8
	if f == avx512Form {
		group = wideGroup
	}
	groups := len(row) / (3 * group)
	if groups > 0 {
		p.xyz8(f, 0, row, groups)
	}
	if rest := row[3*group*groups:]; len(rest) > 0 {
		copy(tail[:], rest)
		p.xyz8(f, group*groups, tail[:], 1)
	}
}

// xyz8 converts groups of pixels to the places from the given one on.
func (p *labPlanes) xyz8(f form, at int, row []uint8, groups int) {
	if f == avx512Form {
		xyz8AVX512(&p[0][at], &row[0], &shares8[0][0][0][0], groups)
		return
	}
	xyz8AVX2(&p[0][at], &row[0], &weights8[0][0][0], groups)
}

// from16 is from8 for 16-bit samples, in the same kernel for all forms: loading single values takes its time.
func (p *labPlanes) from16(row []uint16, tail *[24]uint16, table *[65536]int32) {
	groups := len(row) / 24
	if groups > 0 {
		xyz16AVX2(&p[0][0], &row[0], &table[0], &kernelConstants[0][0], groups)
	}
	if rest := row[24*groups:]; len(rest) > 0 {
		copy(tail[:], rest)
		xyz16AVX2(&p[0][8*groups], &tail[0], &table[0], &kernelConstants[0][0], 1)
	}
}

// assembled computes dst from the planes of X, Y and Z.
func (k *block) assembled(dst []float32) {
	lanes := k.form.lanes()
	out, groups := k.delta[:], (len(dst)+lanes-1)/lanes
	if len(dst) == groups*lanes {
		out = dst
	}
	if k.form == avx512Form {
		k.passesAVX512(out, groups)
	} else {
		k.passesAVX2(out, groups)
	}
	if len(dst) < groups*lanes {
		copy(dst, out)
	}
}

func (k *block) passesAVX2(out []float32, groups int) {
	ref, cand, c := &k.ref[0][0], &k.cand[0][0], &kernelConstants[0][0]
	rootsAVX2(ref, c, groups)
	labAVX2(ref, c, groups)
	rootsAVX2(cand, c, groups)
	labAVX2(cand, c, groups)
	primesAVX2(ref, c, groups)
	huesAVX2(ref, c, groups)
	weightsAVX2(ref, c, groups)
	differencesAVX2(&out[0], ref, c, groups)
}

func (k *block) passesAVX512(out []float32, groups int) {
	ref, cand, c := &k.ref[0][0], &k.cand[0][0], &kernelConstants[0][0]
	rootsAVX512(ref, c, groups)
	labAVX512(ref, c, groups)
	rootsAVX512(cand, c, groups)
	labAVX512(cand, c, groups)
	primesAVX512(ref, c, groups)
	huesAVX512(ref, c, groups)
	weightsAVX512(ref, c, groups)
	differencesAVX512(&out[0], ref, c, groups)
}

// lanes is the number of pixels in a group of the passes.
func (f form) lanes() int {
	if f == avx512Form {
		return 16
	}
	return 8
}

// count counts whole groups of values in the bins and returns what it has left over, and their largest.
func (d *Difference) count(values []float32) (rest []float32, largest float32) {
	groups := len(values) / d.block.form.lanes()
	if d.block.form == plainForm || groups == 0 {
		return values, 0
	}
	t := &d.block.tallied
	if d.block.form == avx512Form {
		tallyAVX512(&values[0], &kernelConstants[0][0], groups, &d.recent[0][0], d.above, &t.index[0])
	} else {
		tallyAVX2(&values[0], &kernelConstants[0][0], groups, &d.recent[0][0], d.above, &t.index[0])
	}
	d.over -= int64(t.over)
	d.sum += t.sum
	return values[groups*d.block.form.lanes():], t.largest
}
