// Package grade finds the one colour transform between two pictures and says how much of their difference it explains.
//
// # Method
//
//	accumulator.go  a pair's rows → eight samples of each of about 4096 blocks; many pairs → a fair draw of blocks
//	cell.go         samples → mean colours of small cubes, on which models are fitted
//	known.go, tone.go, newton.go, lattice.go  the models, by rising complexity
//	evaluate.go     what each leaves, in ΔE00, on blocks that it did not see
//	structure.go    whether both pictures show the same thing in the same places
//	verdict.go      the rule, with its thresholds
//
// The models are: nothing; a known mistake, by name; one curve; a curve for each channel; a 3×3 matrix with an offset in
// linear light; curves, matrix, curves; and that with a 9×9×9 table of corrections, which fall back to it where the
// pictures have no colours. Samples of a candidate at the end of its range do not count where the model goes as far, and
// samples at edges of the reference count little, since coding and shifts err there. Blocks that a first fit leaves far
// off are left out of the fit, unless a table explains them together with the rest.
//
// # Figures
//
// Each model is fitted four times without a quarter of the picture (squares of 4×4 blocks), and judged there, so that
// more parameters do not explain more by themselves. What is systematic in a block is the ΔE00 of the mean of its samples
// before and after, squared, less half of what the difference between its even and odd samples shows to be noise.
// Explained is the share of that which a model takes away; the same over single samples, noise and all, is Pixels.
//
// # Verdicts
//
// The difference is called, by the first that holds (thresholds in verdict.go):
//
//	identical     every pixel that counts is equal
//	undetermined  fewer than 256 samples or 16 colours, and a difference
//	content       the pictures do not show the same thing in the same places: a shift explains 5 % of what the transform
//	              leaves, or brightness rises and falls alike in less than 60 % of the blocks that have a texture, while the
//	              means of blocks are off by 1.5 ΔE00 or more (structure.go has what tells it from noise and blur)
//	mixed         a transform as for global, and in what it leaves a place that is off by 5 ΔE00
//	spread        banding: steps of single channels explain 8 % of what remains
//	global        the difference is at least 0.75 ΔE00, and the simplest model that explains nearly what the best does
//	              explains 60 % of it without the blocks left out, where it leaves 3.5 ΔE00 at most;
//	              of a difference from 0.25 ΔE00 on, it must explain 80 %
//	spread        what remains lies along the edges: blur, sharpening
//	local         blocks beyond 2.5 ΔE00 and four times the median hold half of what remains, fill their places, and the
//	              rest is below 2 ΔE00
//	noise         the difference is below 0.75 ΔE00, or has no sign of its own in the blocks' means
//	spread        anything else: block errors
//
// A defect of fewer than about eight blocks, 0.2 % of the picture, is not told from coding.
//
// # Names
//
// [Named] has one of: inverted; limited-range-read-as-full and full-range-read-as-limited (16 to 235); encoding-left-out,
// encoded-twice, gamma-1.8-read-as-2.2 and the like for 1.8, 2.2 and 2.4, else gamma; monochrome-bt601, -bt709, -mean and
// -luminance, else saturation; bt601-read-as-bt709 and the reverse; red-and-blue-swapped and the other exchanges of
// channels; display-p3, adobe-rgb, prophoto-rgb or bt2020 -read-as-srgb, and srgb-read-as- each; exposure;
// white-balance, grey-world-white-balance; levels. "A read as B" means that the numbers of A are shown as if they were
// of B.
package grade
