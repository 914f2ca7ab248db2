package iqa

// Scores are all measures of a pair of pictures.
type Scores struct {
	SSIM float64
	// MSSSIM is 0 and MSSSIMErr is ErrTooSmall where a picture has room for SSIM but not for five scales.
	MSSSIM    float64
	MSSSIMErr error
	PSNR      PSNR
}

// Measure8 measures SSIM, MS-SSIM and PSNR in one walk over the pictures, whose first scale they share. The figures are
// those of SSIM8, MSSSIM8 and PSNR8, to the bit.
func (w *Workspace) Measure8(ref, cand []uint8, width, height int) (Scores, error) {
	return w.measure(packed8(ref, cand, width, height))
}

// Measure16 is Measure8 for 16-bit samples.
func (w *Workspace) Measure16(ref, cand []uint16, width, height int) (Scores, error) {
	return w.measure(packed16(ref, cand, width, height))
}

func (w *Workspace) measure(p pair) (Scores, error) {
	if err := p.measurable(window); err != nil {
		return Scores{}, err
	}
	w.prepare()
	var s Scores
	if s.MSSSIMErr = p.measurable(smallestMS); s.MSSSIMErr == nil {
		s.SSIM, s.MSSSIM = w.pyramid(&p, true)
	} else {
		s.SSIM, _ = w.walk(&p, walkSinks{squares: true})
	}
	s.PSNR = p.psnr(w.buf.takeSquares())
	return s, nil
}
