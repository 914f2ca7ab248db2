//go:build amd64 && !purego

package colour

import "golang.org/x/sys/cpu"

//go:generate go run -C ../internal/asmgen ./colour -out ../../colour/kernel_amd64.s -stubs ../../colour/kernel_amd64.go -pkg colour

var haveKernels = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2

// assembled8 is differences8 in assembly.
func (k *block) assembled8(dst []float32, ref, cand []uint8) {
	k.ref.from8(ref, &k.tail8[0])
	k.cand.from8(cand, &k.tail8[1])
	k.assembled(dst)
}

// assembled16 is differences16 in assembly.
func (k *block) assembled16(dst []float32, ref, cand []uint16, table *[65536]int32) {
	k.ref.from16(ref, &k.tail16[0], table)
	k.cand.from16(cand, &k.tail16[1], table)
	k.assembled(dst)
}

// from8 converts a row of up to blockN pixels. A last group of less than eight goes by way of tail.
func (p *labPlanes) from8(row []uint8, tail *[24]uint8) {
	groups := len(row) / 24
	if groups > 0 {
		xyz8AVX2(&p[0][0], &row[0], &weights8[0][0][0], groups)
	}
	if rest := row[24*groups:]; len(rest) > 0 {
		copy(tail[:], rest)
		xyz8AVX2(&p[0][8*groups], &tail[0], &weights8[0][0][0], 1)
		groups++
	}
	rootsAVX2(&p[0][0], &kernelConstants[0][0], groups)
	labAVX2(&p[0][0], &kernelConstants[0][0], groups)
}

// from16 is from8 for 16-bit samples.
func (p *labPlanes) from16(row []uint16, tail *[24]uint16, table *[65536]int32) {
	groups := len(row) / 24
	if groups > 0 {
		xyz16AVX2(&p[0][0], &row[0], &table[0], &kernelConstants[0][0], groups)
	}
	if rest := row[24*groups:]; len(rest) > 0 {
		copy(tail[:], rest)
		xyz16AVX2(&p[0][8*groups], &tail[0], &table[0], &kernelConstants[0][0], 1)
		groups++
	}
	rootsAVX2(&p[0][0], &kernelConstants[0][0], groups)
	labAVX2(&p[0][0], &kernelConstants[0][0], groups)
}

// assembled computes dst from the planes of Lab.
func (k *block) assembled(dst []float32) {
	groups := (len(dst) + 7) / 8
	primesAVX2(&k.ref[0][0], &kernelConstants[0][0], groups)
	huesAVX2(&k.ref[0][0], &kernelConstants[0][0], groups)
	weightsAVX2(&k.ref[0][0], &kernelConstants[0][0], groups)
	if len(dst)%8 == 0 {
		differencesAVX2(&dst[0], &k.ref[0][0], &kernelConstants[0][0], groups)
		return
	}
	differencesAVX2(&k.delta[0], &k.ref[0][0], &kernelConstants[0][0], groups)
	copy(dst, k.delta[:])
}

// count counts whole groups of eight values in the bins and returns what it has left over, and their largest.
func (d *Difference) count(values []float32) (rest []float32, largest float32) {
	groups := len(values) / 8
	if !haveKernels || groups == 0 {
		return values, 0
	}
	var t tallied
	tallyAVX2(&values[0], &kernelConstants[0][0], groups, &d.recent[0][0], d.above, &t.sums[0])
	for i := range 8 {
		d.over -= int64(t.over[i])
		largest = max(largest, t.largest[i])
	}
	d.sum += t.sums[0] + t.sums[1] + t.sums[2] + t.sums[3]
	return values[8*groups:], largest
}

// tallied is what tallyAVX2 returns.
type tallied struct {
	sums    [4]uint64
	over    [8]int32 // times -1
	largest [8]float32
}
