package jpegdec

// Quality tells how coarsely a file is quantised, on the scale of the Independent JPEG Group from 1 (coarsest) to 100: the number
// whose luminance table (T.81, table K.1, scaled as libjpeg's jpeg_quality_scaling does) lies nearest to the file's first table.
// Exact says that the two are equal; an encoder with tables of its own is near a number and never exact. It reads up to the
// first scan; errors are *Error.
func Quality(data []byte) (quality int, exact bool, err error) {
	w := walker{data: data}
	if err := w.start(); err != nil {
		return 0, false, err
	}
	d := Decoder{walk: w}
	for {
		marker, err := d.walk.next()
		if err != nil {
			return 0, false, err
		}
		if bare(marker) {
			continue
		}
		if marker == markEOI || marker == markSOI {
			return 0, false, damaged("it has no picture before marker %#02x", marker)
		}
		body, err := d.walk.segment(marker)
		if err != nil {
			return 0, false, err
		}
		switch marker {
		case markDQT:
			if err := d.readQuant(body); err != nil {
				return 0, false, err
			}
		case markSOS:
			if !d.quant[0].defined {
				return 0, false, damaged("it has no quantisation table 0 before its first scan")
			}
			quality, exact = nearest(&d.quant[0].values)
			return quality, exact, nil
		}
	}
}

// luminance is table K.1 of T.81, row by row.
var luminance = [64]int16{
	16, 11, 10, 16, 24, 40, 51, 61,
	12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56,
	14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77,
	24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101,
	72, 92, 95, 98, 112, 100, 103, 99,
}

// nearest compares a table with that of every quality, and with what is left of it in the 8 bits of a baseline file.
func nearest(table *[64]int16) (quality int, exact bool) {
	least := 0.0
	for q := 1; q <= 100; q++ {
		d := min(apart(table, q, 255), apart(table, q, 32767))
		if q == 1 || d <= least {
			quality, least = q, d
		}
	}
	return quality, least == 0
}

// apart is how far a table is from that of a quality with entries up to most, 0 where they are equal. Differences are relative: 2
// for 1 is as much coarser as 60 for 30.
func apart(table *[64]int16, quality int, most int16) float64 {
	sum := 0.0
	for i, v := range luminance {
		want, have := min(scaled(v, quality), most), max(table[i], 1)
		sum += float64(max(want, have))/float64(min(want, have)) - 1
	}
	return sum
}

// scaled is an entry of the table of a quality.
func scaled(v int16, q int) int16 {
	scale := 200 - 2*q
	if q < 50 {
		scale = 5000 / q
	}
	return int16(min(max((int(v)*scale+50)/100, 1), 32767))
}
