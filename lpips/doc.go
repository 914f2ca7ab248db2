// Package lpips measures perceptual distance by the features of a network (LPIPS v0.1) on convolutions of its own.
package lpips
