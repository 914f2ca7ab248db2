package jpegdec

// Factors of JFIF's Y′CbCr in fixed point with 16 bits, rounded as libjpeg's.
const (
	crToR = 91881  // 1.402
	cbToG = -22554 // −0.344136
	crToG = -46802 // −0.714136
	cbToB = 116130 // 1.772
	half  = 1 << 15
)

// ycc converts one pixel to R′G′B′.
func ycc(y, cb, cr uint8) (r, g, b uint8) {
	u, v := int32(cb)-128, int32(cr)-128
	return clamp(int32(y) + (crToR*v+half)>>16),
		clamp(int32(y) + (cbToG*u+crToG*v+half)>>16),
		clamp(int32(y) + (cbToB*u+half)>>16)
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// yccRowGo converts a row to packed R′G′B′; dst holds three bytes a pixel.
func yccRowGo(dst, y, cb, cr []uint8) {
	n := len(dst) / 3
	y, cb, cr = y[:n], cb[:n], cr[:n]
	for i := range y {
		dst[3*i], dst[3*i+1], dst[3*i+2] = ycc(y[i], cb[i], cr[i])
	}
}

// packRow interleaves the rows of the channels.
func packRow(dst []uint8, rows [][]uint8) {
	n := len(rows)
	for c, row := range rows {
		for i := range len(dst) / n {
			dst[n*i+c] = row[i]
		}
	}
}

// ycckRow converts a row to packed CMYK: the complement of R′G′B′, and K as it is.
func ycckRow(dst []uint8, rows [][]uint8) {
	for i := range len(dst) / 4 {
		r, g, b := ycc(rows[0][i], rows[1][i], rows[2][i])
		dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = 255-r, 255-g, 255-b, rows[3][i]
	}
}
