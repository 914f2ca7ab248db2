// Package checkpoint signs where the journal stands and proves what it holds: Merkle tree, checkpoints, timestamps.
//
// # Tree
//
// The tree is that of RFC 6962 (golang.org/x/mod/sumdb/tlog). The data of leaf
// n, counted from 0, are the 32 bytes of the hash of entry n+1: the SHA-256 of
// its stored text. So a proof tells nothing of what an entry says, and the tree
// is computed from the hashes alone. It is never stored: what is stored could
// be changed together with what it is to prove.
//
// # Checkpoint
//
// A checkpoint is a signed note in the form of C2SP tlog-checkpoint: the origin,
// the size of the tree, the root in base64, an empty line, and signatures by
// Ed25519. The origin is the name of the key, made once for each folder.
//
// A hash chain cannot see a clean cut at its end, nor that all of it was written
// anew. Whoever keeps a checkpoint elsewhere can: [Judge] names what is wrong.
package checkpoint
