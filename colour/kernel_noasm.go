//go:build !amd64 || purego

package colour

const fastest = plainForm

func (k *block) assembled8(dst []float32, ref, cand []uint8) {}

func (k *block) assembled16(dst []float32, ref, cand []uint16, table *[65536]int32) {}

func (d *Difference) count(values []float32) (rest []float32, largest float32) { return values, 0 }
