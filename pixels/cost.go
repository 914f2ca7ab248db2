package pixels

// Cost is what memory a file takes when it is decoded, told from its header. All of it are upper bounds, for a decoder
// and images that are used again and again and exchange their memory.
type Cost struct {
	// Width and Height are the file's, not upright; 0 for what will be refused before memory is taken. Where only
	// decoding tells them, their product is a bound.
	Width, Height int
	// Depth is 16 where the image may have 16 bits a channel, else 8.
	Depth int
	// Narrow says that the depth may be 8 where Depth is 16.
	Narrow bool
	// Alpha says that the image may have some.
	Alpha bool
	// Image is what the Image holds, Work what the Decoder, and a child that decodes for it, hold beside it: bytes.
	Image, Work int64
	// Kind stands for all that decides which buffers are used: two files of one kind differ only in size.
	Kind string
}

// Pixels is the number of pixels.
func (c Cost) Pixels() int64 { return int64(c.Width) * int64(c.Height) }

// Total is what an image takes with its decoder, in bytes.
func (c Cost) Total() int64 { return c.Image + c.Work }

// fixedCost is what decoding takes whatever the size of the picture: tables, windows, a transform of colours.
const fixedCost = 1 << 20

// CostOf reads the header of a file that is to be decoded with some options. It does not fail: decoding will say what
// is wrong.
func CostOf(data []byte, o Options) (c Cost) {
	defer func() {
		if recover() != nil { // some of these readers are other people's
			c = Cost{}
		}
	}()
	o = o.withDefaults()
	f, err := identify(data, o.MaxBytes)
	if err != nil {
		return Cost{}
	}
	s, err := f.shape(data, o)
	if err != nil || s.width <= 0 || s.height <= 0 || int64(s.height) > o.MaxPixels/int64(s.width) {
		return Cost{}
	}
	return s.cost(f.name)
}

// shape is what a header says of a picture that is about to take memory.
type shape struct {
	width, height int
	wide          bool // 16 bits a channel
	alpha         bool
	filled        bool  // the decoder gives alpha where all may be opaque
	work          int64 // bytes that the decoder takes
	narrow        bool  // or 8 bits where wide
	kind          string
}

func (s *shape) pixels() int64 { return int64(s.width) * int64(s.height) }

func (s *shape) cost(format string) Cost {
	c := Cost{Width: s.width, Height: s.height, Depth: 8, Alpha: s.alpha, Narrow: s.wide && s.narrow, Kind: format + s.kind}
	channels := int64(3)
	switch {
	case s.alpha: // with alpha, and once more on the background
		channels, c.Kind = 7, c.Kind+" alpha"
	case s.filled:
		channels = 4
	}
	// Some rows wait to be converted, and sixteen to be turned upright.
	rows := 4 * (turnRows + 4) * int64(max(s.width, s.height))
	c.Image = channels * s.pixels()
	if s.wide {
		c.Depth, c.Image, rows, c.Kind = 16, 2*c.Image, 2*rows, c.Kind+" 16"
	}
	c.Work = s.work + rows + fixedCost
	return c
}

// grown is what a buffer takes that was made by appending n bytes: up to a quarter more, and beside it the one before.
func grown(n int) int64 { return int64(n)*9/4 + 4096 }
