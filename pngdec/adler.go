package pngdec

// adlerBase is the largest prime below 2¹⁶, adlerRun how many bytes can be summed before a remainder must be taken
// (RFC 1950, 8.2).
const (
	adlerBase = 65521
	adlerRun  = 5552
)

// adler32 continues an Adler-32 checksum over p.
func adler32(sum uint32, p []byte) uint32 {
	a, b := sum&0xffff, sum>>16
	for len(p) > 0 {
		n := min(len(p), adlerRun)
		a, b = adlerSum(a, b, p[:n])
		a %= adlerBase
		b %= adlerBase
		p = p[n:]
	}
	return b<<16 | a
}

// adlerSumScalar adds up to adlerRun bytes.
func adlerSumScalar(a, b uint32, p []byte) (uint32, uint32) {
	for ; len(p) >= 4; p = p[4:] {
		a += uint32(p[0])
		b += a
		a += uint32(p[1])
		b += a
		a += uint32(p[2])
		b += a
		a += uint32(p[3])
		b += a
	}
	for _, v := range p {
		a += uint32(v)
		b += a
	}
	return a, b
}
