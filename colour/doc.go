// Package colour converts between CIE and RGB colour spaces and measures colour difference (CIEDE2000).
//
// # Spaces
//
// RGB is sRGB as IEC 61966-2-1 defines it: primaries of ITU-R BT.709, white D65 at x = 0.3127, y = 0.3290, CIE 1931
// 2° observer, piecewise transfer function. The matrix is derived from those coordinates in full precision instead of
// taking the standard's four decimals, so that every grey is neutral: r = g = b has a* = b* = 0. Other tools round
// these constants differently and agree with this package to about the third decimal of Lab.
// XYZ is relative to that white, whose Y is 1. Lab is CIE 1976 L*a*b* with the same white.
// Samples of 8 and 16 bits are full range: 0 is 0.0 and 255 (or 65 535) is 1.0. "Encoded" means after the transfer
// function, "linear" before it.
//
// # Difference
//
// [DeltaE2000] is the reference: the equations of the paper, in float64. [DeltaERow8], [DeltaERow16], [Difference] and
// its AddRows are the fast path over rows of pixels, in AVX-512 or AVX2 assembly where the processor has it and in plain Go
// elsewhere, and the same bits on every machine: all use only operations that IEEE 754 rounds correctly, in the same
// order. Equal pixels give exactly 0. All others are within 1e-4 of [DeltaE2000] of the exact colours (a directed search,
// "go test ./colour -run Worst -long 10m", finds 8e-5 in 8 bits and 6e-5 in 16), with two exceptions, where CIEDE2000 is
// at fault: it jumps where two hues are exactly opposite, and which side of the jump a pair is on cannot be told where
// |a1·b2 - a2·b1| is below 2e-6·(C1+C2) + 1e-6·C1·C2; and its slope is infinite at the neutral axis, so that a chroma
// below 0.01 other than 0, which no 8-bit colour has, costs up to 4e-4. L*, a* and b* of the kernels are within 1.1e-5,
// 3e-5 and 3.5e-5 for all 2²⁴ colours of 8 bits.
//
// [Difference] gathers a picture's statistics, [PaletteDrift] how far brand colours moved.
//
// Functions without such a promise may differ in the last bits between processors, because Go may fuse a
// multiplication with an addition and the standard library has assembly on some: within 1e-9 of each other.
package colour
