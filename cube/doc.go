// Package cube reads, writes, applies and compares .cube colour lookup tables.
//
// # Format
//
// The text format is that of Adobe's "Cube LUT Specification 1.0" (2013), which took it over from Iridas. A file is lines
// of keywords, then lines of three numbers:
//
//	# a comment
//	TITLE "a name"
//	DOMAIN_MIN 0 0 0
//	DOMAIN_MAX 1 1 1
//	LUT_3D_SIZE 33
//	0.0 0.0 0.0
//
// A table has LUT_3D_SIZE³ rows, red changing fastest, or LUT_1D_SIZE rows, one curve for each component. The
// range keywords that DaVinci Resolve writes in place of the domain, LUT_3D_INPUT_RANGE and LUT_1D_INPUT_RANGE, are read too.
// Reading is strict: what the specification does not allow is refused with its line, so that a broken table is found by a
// guard and not by a viewer. Not read are files with both a curve and a table.
//
// # Values
//
// Inputs and outputs are encoded components as the pictures have them, nominally 0 to 1; the format does not say of which
// colour space, and [Compare] takes them for sRGB. Inputs outside the domain count as its edge.
package cube
