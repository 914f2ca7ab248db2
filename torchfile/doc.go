// Package torchfile reads the tensors of a PyTorch weight file and runs nothing of it.
//
// What torch.save writes is a Python pickle: a program for a small stack machine that may call any function of the
// machine that reads it. This package's machine knows the opcodes that build tensors, and of functions and classes the
// nine or so that torch.save itself needs for a dictionary of tensors; every other is refused by its name before anything
// is made of it ([ErrForbidden]).
//
// Both containers are read: the zip file of PyTorch 1.6 and later, and the bare stream of pickles before it. [Open] reads
// names and shapes; the values of a tensor are read when they are asked for ([File.Load]), so that of a file of 500 MB
// only what is wanted is in memory. Bytes, opcodes, stack, memo, names and tensors have limits ([Limits]).
package torchfile
