//go:build !amd64 || purego

package pngdec

// Without assembly the plain code does all of it.

func (z *stream) huffman() status { return z.huffmanScalar() }

func subVector(dst, row []byte, bpp int) int { return 0 }

func upVector(dst, row, above []byte) int { return 0 }

func averageVector(dst, row, above []byte, bpp int) int { return 0 }

func paethVector(dst, row, above []byte, bpp int) int { return 0 }

func adlerSum(a, b uint32, p []byte) (uint32, uint32) { return adlerSumScalar(a, b, p) }

func swap16(dst []uint16, line []byte) { swap16Scalar(dst, line) }
