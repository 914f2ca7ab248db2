//go:build !amd64 || purego

package jpegdec

func (r *reader) blocks(run *mcuRun) int { return r.blocksGo(run) }

func inverse(size int, dst []uint8, stride int, coef []int16, quant *[64]int16) {
	inverseGo(size, dst, stride, coef, quant)
}

func (p *plane) rowH2V1(at int) { h2v1(p.up[:2*p.width], p.row(at)) }

func (p *plane) rowH1V2(at, other int, bias uint16) {
	h1v2(p.up[:p.width], p.row(at), p.row(other), bias)
}

func (p *plane) rowH2V2(at, other int) { h2v2(p.up[:2*p.width], p.row(at), p.row(other)) }

func yccRow(dst, y, cb, cr []uint8) { yccRowGo(dst, y, cb, cr) }
