// Package codec decodes the formats that need native libraries, in a sandboxed child process.
//
// The child is cmd/safelight-codec, found beside the running program or on PATH. One child serves one format: it loads
// that library and no other, shuts itself in, and decodes file after file until it is retired or killed. What it
// decodes is hostile by assumption, so this package believes nothing that it answers.
//
// # Between parent and child
//
// The child's standard input carries requests, its standard output answers, its standard error the last words of a
// crash. Descriptor 3 is the shared memory (memfd), which nobody can shrink or grow: the file to decode at its start,
// the pixels from the output offset on, the ICC profile behind the pixels. The parent reads and writes it by pread
// and pwrite, never through a mapping, so that nothing which the child does to it can hurt the parent. The child
// decodes straight into its mapping.
//
// All numbers are little-endian. A request has 32 bytes:
//
//	0  "SLQ1"   4  sequence   8  length of the file (8 bytes)   16  most pixels (8 bytes)   24  output offset (8 bytes)
//
// The first message of the child is a greeting, then it answers each request. Both have 40 bytes and then texts:
//
//	0  "SLA1"   4  sequence, 0 in the greeting   8  status   9  depth   10  channels   11  flags
//	12 width    16 height    20 frames    24 CICP (3 bytes), 0   28 length of the ICC profile   32 length of the texts   36 0
//
// A text is its length in two bytes and UTF-8. A greeting holds library, version and, with a status other than 0, what
// is wrong; an answer holds the chroma subsampling and the warnings; a refusal holds the reason.
package codec
