// Package icc turns colours of an ICC profile, or of a PNG's own colour tags, into sRGB.
//
// # What is read
//
// Profiles of versions 2 and 4 for grey, RGB, CMYK and Lab, of the classes input, display, output and colour space:
// curves with a matrix, and tables of all three types (lut8Type, lut16Type, lutAToBType), through either connection
// space. [FromCICP] and [FromPNG] make the same kind of profile of code points, or of gamma and chromaticities.
// Device links, abstract and named-colour profiles describe no picture; floating-point tables (D2Bx) are passed over
// for the others, which a profile must have beside them.
//
// # How colours are rendered
//
// The results are those of Little CMS to its built-in sRGB: the white of sRGB is D50 after Bradford adaptation, a grid
// is interpolated in tetrahedra (a fourth channel, the first, linearly), what lies outside of sRGB is clipped channel by
// channel. The intent to take is [Relative], without black point compensation, as libvips has it when nothing else is
// said: it shows the colours that a picture's samples stand for, and equal colours in two profiles become equal sRGB.
// Browsers agree for curves and matrices, for which all intents but the absolute one are the same; for tables they
// take the perceptual one, as do ImageMagick and sharp, which is made to please and not to measure: [Perceptual].
//
// # Use
//
// The rows have the same bits on every machine: products are rounded by a conversion before they are added, which keeps
// the compiler from fusing the two where a processor can. Only the standard library's power function, behind the
// tables, might differ in its last bit, far below a code.
//
// A [Transform] costs some milliseconds and is meant to be kept, by the digest of the profile; [Profile.IsSRGB] says
// when none is needed.
package icc
