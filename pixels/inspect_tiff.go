package pixels

// TIFF tags (TIFF 6.0, section 8; ICC.1:2022, B.5).
const (
	tagImageWidth      = 256
	tagImageLength     = 257
	tagOrientation     = 274
	tagSamplesPerPixel = 277
	tagTileWidth       = 322
	tagTileLength      = 323
	tagICCProfile      = 34675
)

// maxPages bounds the walk over the pages, whose chain a hostile file can close to a ring.
const maxPages = 1000

// inspectTIFF reads the tags of the first page and counts the pages.
func inspectTIFF(data []byte) container {
	c := container{orientation: 1}
	t, off, ok := openTIFF(data)
	if !ok {
		c.cut = true
		return c
	}
	var w, h, tw, th uint64
	next, ok := t.walk(off, func(e tiffEntry) {
		c.cut = c.cut || e.value == nil
		switch e.tag {
		case tagImageWidth:
			w = e.uint()
		case tagImageLength:
			h = e.uint()
		case tagTileWidth:
			tw = e.uint()
		case tagTileLength:
			th = e.uint()
		case tagOrientation:
			c.orientation = validOrientation(e.uint())
		case tagICCProfile:
			c.colour.profile(e.value)
		}
	})
	c.cut = c.cut || !ok
	for c.frames = 1; next != 0 && c.frames < maxPages; c.frames++ {
		if next, ok = t.walk(next, func(tiffEntry) {}); !ok {
			break
		}
	}
	if tw > 0 && th > 0 && roundUp(w, tw)*roundUp(h, th) > 4*w*h+1<<22 {
		// Each tile is decoded whole: on an image one pixel wide that would be a thousand times the work.
		c.fault = &Remark{Kind: WasteOfTiles}
	}
	return c
}

func roundUp(n, step uint64) uint64 { return (n + step - 1) / step * step }
