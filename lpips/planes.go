package lpips

// planes are the features of two pictures of one size, channel beside channel, with a margin around each picture:
// channel c of pixel (x, y) of picture i stands at ((i·(height+2·margin) + margin+y)·(width+2·margin) + margin+x)·channels + c.
type planes struct {
	width, height, channels, margin int
	data                            []float32
}

// row is the number of floats from a pixel to the one below.
func (p planes) row() int { return (p.width + 2*p.margin) * p.channels }

// size is the number of floats of both pictures.
func (p planes) size() int64 { return 2 * int64(p.height+2*p.margin) * int64(p.row()) }

// from returns the data from pixel (x, y) of picture i on; coordinates may lie in the margin.
func (p planes) from(i, x, y int) []float32 {
	return p.data[((i*(p.height+2*p.margin)+p.margin+y)*(p.width+2*p.margin)+p.margin+x)*p.channels:]
}

// clearMargin zeroes what lies around the pictures.
func (p planes) clearMargin() {
	if p.margin == 0 {
		return
	}
	side, row := p.margin*p.channels, p.row()
	for i := range 2 {
		picture := p.from(i, -p.margin, -p.margin)
		clear(picture[:p.margin*row+side])
		for y := range p.height - 1 {
			end := (p.margin+y+1)*row - side
			clear(picture[end : end+2*side]) // the right of a row and the left of the next
		}
		end := (p.margin+p.height)*row - side
		clear(picture[end : end+side+p.margin*row])
	}
}
