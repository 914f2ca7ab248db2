package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/safelight-dev/safelight/icc"
)

// colourManage takes rows of samples to sRGB. Its arguments are a profile, 8 or 16 bits, and a file of packed samples
// in the machine's byte order.
func colourManage(args []string) (func() (float64, error), error) {
	if len(args) != 3 {
		return nil, fmt.Errorf("usage: ours icc PROFILE BITS SAMPLES")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return nil, err
	}
	profile, err := icc.Parse(data)
	if err != nil {
		return nil, err
	}
	t, err := icc.NewTransform(profile, icc.Relative)
	if err != nil {
		return nil, err
	}
	samples, err := os.ReadFile(args[2])
	if err != nil {
		return nil, err
	}
	if args[1] == "8" {
		return overRows(samples, t.Channels(), t.Row8), nil
	}
	wide := make([]uint16, len(samples)/2)
	if _, err := binary.Decode(samples, binary.NativeEndian, wide); err != nil {
		return nil, err
	}
	return overRows(wide, t.Channels(), t.Row16), nil
}

// overRows is one round over rows of 1 024 pixels.
func overRows[S uint8 | uint16](samples []S, channels int, row func(dst, src []S)) func() (float64, error) {
	const width = 1024
	dst := make([]S, 3*width)
	return func() (float64, error) {
		rows := 0
		for rest := samples; len(rest) >= width*channels; rest = rest[width*channels:] {
			row(dst, rest[:width*channels])
			rows++
		}
		return float64(rows) * width / 1e6, nil
	}
}
