// Package torchfile reads the tensors of a PyTorch weight file and runs nothing of it.
package torchfile
