// Package jpegdec decodes JPEG files to the very bytes that libjpeg-turbo gives.
//
// It follows libjpeg-turbo 2.1.5 with its default settings: the accurate integer inverse DCT, interpolated chroma, and
// the rules by which it tells Y′CbCr from R′G′B′. Baseline, extended sequential and progressive Huffman coding with 8
// bits are decoded, in any sampling of whole ratios, in one scan or several; arithmetic, lossless, hierarchical and
// 12-bit files are refused by name. Pictures can be scaled to 1/2, 1/4 and 1/8 by smaller transforms.
//
// The format is ITU-T T.81 (ISO/IEC 10918-1); JFIF is T.871.
package jpegdec
