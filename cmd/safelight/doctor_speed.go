package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/colour"
	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/iqa"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// speeds are what this machine measures now, in megapixels per second by the
// clock; of a pair the pixels of one picture are counted. A machine that is
// busy with other things shows less than it can.
type speeds struct {
	SecondsEach float64 `json:"secondsEach"` // how long each was measured
	JPEG        float64 `json:"jpegDecode"`  // quality 90, 4:2:0
	PNG         float64 `json:"pngDecode"`
	DeltaE00    float64 `json:"deltaE00"` // statistics, without decoding
	SSIM        float64 `json:"ssim"`
	Check       float64 `json:"check"`    // decode two JPEGs and measure them, as scan does
	CheckAll    float64 `json:"checkAll"` // the same on all cores at once
	Cores       int     `json:"cores"`
	Scaling     float64 `json:"scaling"` // CheckAll ÷ Check
	// CPUShare is how much of all cores' time the checks of CheckAll got: well below 1, the machine has other work,
	// or is given less than its cores.
	CPUShare float64 `json:"cpuShare"`
	// LPIPS is the speed of Network, nil where its weights are not here.
	LPIPS   *float64   `json:"lpips,omitempty"`
	Network lpips.Kind `json:"network,omitempty"`
	// Million is how long a scan of a million pairs of a megapixel takes, if files can be read as fast, in seconds.
	Million float64 `json:"millionPairsSeconds"`
}

// effort says how exactly speeds are measured.
type effort struct {
	each time.Duration // for which each speed is measured
	side int           // of the sample, in pixels
}

var (
	thorough = effort{300 * time.Millisecond, 1000} // one megapixel
	hasty    = effort{30 * time.Millisecond, 400}   // most of what is thorough would go into making the sample
)

// networkSide is the part of the sample that a network measures, which takes long.
const networkSide = 256

// leastShare is the CPUShare that a machine without other work gets for certain: at the end of the measurement
// the cores do not become idle at the same time.
const leastShare = 0.85

// sample is the picture that speeds are measured on, and its deviation.
type sample struct {
	jpegRef, jpegCand, png []byte
	pixels                 int
}

func newSample(side int) (sample, error) {
	ref := likePhoto(side, side)
	var a, b, p bytes.Buffer
	for _, j := range []struct {
		to *bytes.Buffer
		m  *image.RGBA
	}{{&a, ref}, {&b, warmer(ref)}} {
		if err := jpeg.Encode(j.to, j.m, &jpeg.Options{Quality: 90}); err != nil {
			return sample{}, fmt.Errorf("make a picture to measure speeds on: %w", err)
		}
	}
	if err := png.Encode(&p, ref); err != nil {
		return sample{}, fmt.Errorf("make a picture to measure speeds on: %w", err)
	}
	return sample{a.Bytes(), b.Bytes(), p.Bytes(), side * side}, nil
}

// measureSpeeds takes about eight times e.each. network may be nil.
func measureSpeeds(ctx context.Context, e effort, network *lpips.Network) (speeds, error) {
	s, err := newSample(e.side)
	if err != nil {
		return speeds{}, err
	}
	v := speeds{SecondsEach: e.each.Seconds(), Cores: runtime.GOMAXPROCS(0)}
	c := newChecker(s)
	if err := c.run(); err != nil { // leaves both pictures decoded
		return v, err
	}
	if err := v.measureOne(ctx, e.each, c); err != nil {
		return v, err
	}
	before, start := cpuTime(), time.Now()
	if v.CheckAll, err = rateOfAll(ctx, e.each, s, v.Cores); err != nil {
		return v, err
	}
	v.CPUShare = (cpuTime() - before).Seconds() / time.Since(start).Seconds() / float64(v.Cores)
	v.Scaling, v.Million = v.CheckAll/v.Check, 1e6/v.CheckAll
	return v, v.measureNetwork(ctx, e.each, c, network)
}

// measureOne measures all that one core does without a network.
func (v *speeds) measureOne(ctx context.Context, d time.Duration, c *checker) (err error) {
	var decoder pixels.Decoder
	var decoded pixels.Image
	var work iqa.Workspace
	difference := colour.NewDifference(measureThreshold)
	for _, m := range []struct {
		to   *float64
		once func() error
	}{
		{&v.JPEG, func() error { return decoder.Decode(&decoded, c.sample.jpegRef, pixels.Options{}) }},
		{&v.PNG, func() error { return decoder.Decode(&decoded, c.sample.png, pixels.Options{}) }},
		{&v.DeltaE00, func() error {
			difference.Reset(measureThreshold)
			difference.AddRows8(0, c.ref.RGB8, c.cand.RGB8, c.ref.Width, nil)
			difference.Stats()
			return nil
		}},
		{&v.SSIM, func() error {
			_, err := work.SSIM8(c.ref.RGB8, c.cand.RGB8, c.ref.Width, c.ref.Height)
			return err
		}},
		{&v.Check, c.run},
	} {
		if *m.to, err = rate(ctx, d, c.sample.pixels, m.once); err != nil {
			return err
		}
	}
	return nil
}

// cpuTime is the processor time that this process has taken.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0 // never of oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measureThreshold is what the share of pixels is counted above; any costs the same.
const measureThreshold = 2

// rate runs once again and again for at least d, and tells how many megapixels a second that is.
func rate(ctx context.Context, d time.Duration, pixelsOnce int, once func() error) (float64, error) {
	if err := once(); err != nil { // takes its memory, and warms the caches
		return 0, err
	}
	start := time.Now()
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := once(); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= d {
			return float64(n) * float64(pixelsOnce) / 1e6 / took.Seconds(), nil
		}
	}
}

// rateOfAll is the rate of whole checks on all cores at once. All are warm
// before any is measured; then each has a rate of its own, so that one that ends
// its last check later than the others does not count them as idle.
func rateOfAll(ctx context.Context, d time.Duration, s sample, cores int) (float64, error) {
	var warm, all errgroup.Group
	checkers := make([]*checker, cores)
	for i := range checkers {
		checkers[i] = newChecker(s)
		warm.Go(checkers[i].run)
	}
	if err := warm.Wait(); err != nil {
		return 0, err
	}
	rates := make([]float64, cores)
	for i, c := range checkers {
		all.Go(func() (err error) {
			rates[i], err = rate(ctx, d, s.pixels, c.run)
			return err
		})
	}
	err := all.Wait()
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	return sum, err
}

// measureNetwork measures LPIPS, on the upper left of the sample.
func (v *speeds) measureNetwork(ctx context.Context, d time.Duration, c *checker, network *lpips.Network) error {
	if network == nil {
		return nil
	}
	var work lpips.Workspace
	ref, cand := corner(&c.ref), corner(&c.cand)
	r, err := rate(ctx, d, networkSide*networkSide, func() error {
		_, err := network.Distance(&work, ref, cand)
		return err
	})
	if err != nil {
		return err
	}
	v.LPIPS, v.Network = &r, network.Kind()
	return nil
}

// corner is the upper left of a picture for a network.
func corner(m *pixels.Image) lpips.Picture {
	p := lpips.Picture{Width: networkSide, Height: networkSide}
	for y := range networkSide {
		p.RGB8 = append(p.RGB8, m.Row8(y)[:3*networkSide]...)
	}
	return p
}

// checker does with the sample what a worker of a scan does with a pair. It
// has a budget of its own, so that machines can be compared whatever their configuration.
type checker struct {
	sample    sample
	decoder   pixels.Decoder
	ref, cand pixels.Image
	meter     *measure.Meter
}

func newChecker(s sample) *checker {
	return &checker{sample: s, meter: measure.NewMeter(measure.Options{
		Class: pipeline.Product, Budget: pipeline.Budget{DeltaE00: 2, SSIM: 0.97},
	})}
}

func (c *checker) run() error {
	if err := c.decoder.Decode(&c.cand, c.sample.jpegCand, pixels.Options{}); err != nil {
		return err
	}
	if err := c.decoder.Decode(&c.ref, c.sample.jpegRef, pixels.Options{}); err != nil {
		return err
	}
	_, err := c.meter.Measure(source("reference", c.sample.jpegRef, &c.ref), source("candidate", c.sample.jpegCand, &c.cand))
	return err
}

func source(path string, data []byte, m *pixels.Image) measure.Source {
	sum := sha256.Sum256(data)
	return measure.Source{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data)), Image: m}
}
