// Package blob keeps evidence and assets by content hash: a folder by default, S3 to scale.
//
// A blob is named by the SHA-256 of its bytes and lies in
//
//	sha256/ab/abcd…   the first two digits, then all 64
//
// so it never changes until [Folder.Remove] erases it, storing it again changes nothing, and what is read is
// checked against its name. A blob is written to a temporary file in tmp/,
// synced, renamed and its folders synced: once [Folder.Put] returns, it
// outlives a power cut, and no half-written blob ever has a name.
//
// The folder driver is our own and not gocloud's fileblob, because that one
// syncs neither the file nor the folder.
package blob
