package iqa

// MethodSSIM names the definition of SSIM, MethodSSIMRGB the same on colour channels, as a result should state it.
const (
	MethodSSIM    = "Wang 2004, Gaussian 11×11 σ 1.5, valid region, luma BT.601, v2"
	MethodSSIMRGB = "Wang 2004, Gaussian 11×11 σ 1.5, valid region, mean of R′ G′ B′, v2"
)

// SSIM returns the mean structural similarity of a candidate to its reference, −1 to 1, higher is better.
//
// It is the index of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
// structural similarity", IEEE Transactions on Image Processing 13(4), 2004, equation 13, with the authors' window of
// 11×11 Gaussian weights (equations 14 to 16) and population statistics, over the windows that lie wholly inside
// the image, averaged (equation 17). Nothing is downsampled first.
//
// It is symmetric, and exactly 1 for equal planes. Errors are ErrDimensions and ErrTooSmall (below 11 pixels in
// either direction).
func SSIM(ref, cand Plane) (float64, error) {
	return new(Workspace).SSIM(ref, cand)
}

// Workspace holds the buffers of a measurement, so that a scan that keeps one per worker allocates nothing in
// the steady state. For SSIM and PSNR its memory is the same for every image, 90 kB, or 240 kB without vectors; MS-SSIM keeps its
// scales from the second on, a quarter of the pixels at 8 bytes each and a third more. The zero value is ready; a
// Workspace serves one goroutine at a time.
type Workspace struct {
	buf     *buffers
	kernels kernels
	scales  [scales - 1]scale // of MS-SSIM, from the second on
}

// SSIM is the function SSIM with the buffers of w.
func (w *Workspace) SSIM(ref, cand Plane) (float64, error) {
	p, err := planes(ref, cand)
	if err != nil {
		return 0, err
	}
	return w.ssim(p, nil)
}

// SSIM8 is SSIM of the luma of two pictures of packed 8-bit R′ G′ B′, rows without padding. The slices hold at least
// 3 × width × height samples.
func (w *Workspace) SSIM8(ref, cand []uint8, width, height int) (float64, error) {
	return w.ssim(packed8(ref, cand, width, height), nil)
}

// SSIM16 is SSIM8 for 16-bit samples: 65535 counts as 255.
func (w *Workspace) SSIM16(ref, cand []uint16, width, height int) (float64, error) {
	return w.ssim(packed16(ref, cand, width, height), nil)
}

// Map is the index of each window: Width × Height values, rows from the top, 10 less each way than the pictures,
// where the value at (0, 0) belongs to the pixel (5, 5).
type Map struct {
	Width, Height int
	Index         []float32
}

// Map8 is SSIM8, and writes the index of each window into m, whose memory it reuses.
func (w *Workspace) Map8(m *Map, ref, cand []uint8, width, height int) (float64, error) {
	return w.ssim(packed8(ref, cand, width, height), m)
}

// Map16 is Map8 for 16-bit samples.
func (w *Workspace) Map16(m *Map, ref, cand []uint16, width, height int) (float64, error) {
	return w.ssim(packed16(ref, cand, width, height), m)
}

// Channels holds a figure for each channel of encoded colour, and their mean.
type Channels struct {
	R    float64 `json:"r"`
	G    float64 `json:"g"`
	B    float64 `json:"b"`
	Mean float64 `json:"mean"`
}

// SSIMRGB8 measures SSIM on R′, G′ and B′ each by itself. It sees changes of hue that leave luma alone.
func (w *Workspace) SSIMRGB8(ref, cand []uint8, width, height int) (Channels, error) {
	return w.channels(packed8(ref, cand, width, height))
}

// SSIMRGB16 is SSIMRGB8 for 16-bit samples.
func (w *Workspace) SSIMRGB16(ref, cand []uint16, width, height int) (Channels, error) {
	return w.channels(packed16(ref, cand, width, height))
}

func (w *Workspace) channels(p pair) (Channels, error) {
	var v [3]float64
	for i, weights := range [...][4]int16{red, green, blue} {
		var err error
		p.weights = weights
		if v[i], err = w.ssim(p, nil); err != nil {
			return Channels{}, err
		}
	}
	return Channels{R: v[0], G: v[1], B: v[2], Mean: (v[0] + v[1] + v[2]) / 3}, nil
}

// ssim measures a pair, and fills the map if there is one.
func (w *Workspace) ssim(p pair, m *Map) (float64, error) {
	if err := p.measurable(window); err != nil {
		return 0, err
	}
	w.prepare()
	if m != nil {
		m.fit(p.width-window+1, p.height-window+1)
	}
	full, _ := w.walk(&p, walkSinks{index: m})
	return full, nil
}

func (m *Map) fit(width, height int) {
	m.Width, m.Height = width, height
	if cap(m.Index) < width*height {
		m.Index = make([]float32, width*height)
	}
	m.Index = m.Index[:width*height]
}
