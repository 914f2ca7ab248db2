// Package pngdec decodes PNG files of every kind to the very bytes that libpng gives.
//
// "Third edition" and section numbers mean the W3C's PNG specification of 2025, "libpng" means its output after
// png_set_expand: every colour type becomes grey, grey and alpha, RGB, or RGBA, in 8 bits, or in 16 where the file has
// 16. No gamma, profile or background is applied.
//
// A file goes through these stages, each in its own file:
//
//	chunk.go    the chunks are walked: order, lengths, CRC-32 of all that bears on the picture
//	header.go   size and type, limits: before memory is taken for pixels
//	inflate.go  the deflate stream is expanded, 32 KiB at a time so that the data are still in the cache when
//	rows.go     its rows are cut out,
//	unfilter.go have their filter undone,
//	expand.go   and become pixels
//
// Inflating is in three more files: block.go reads the headers of blocks, huffman.go makes their tables, loop.go goes
// over their code words.
//
// What is refused. Everything that libpng refuses, and of what it only warns about, all that means that bytes were
// lost, altered or moved: a CRC that does not match (in a chunk that bears on what is seen), an Adler-32 that does not,
// a fault of the deflate stream behind the last row, more image data than rows, a chunk before IHDR, IDAT chunks that do
// not follow each other, a second PLTE, a file without IEND. Everything else that libpng only warns about is treated as
// libpng does: a tRNS chunk in the wrong place or of the wrong length has no effect ([Header.TransparencyIgnored] says
// so), a palette index without an entry is opaque black, bytes behind the deflate stream or behind IEND are not looked
// at.
//
// The first picture of an animated PNG is its default image; [Header.Frames] tells that there are more.
package pngdec
