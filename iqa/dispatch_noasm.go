//go:build !amd64 || purego

package iqa

// fastest returns the kernels for this processor.
func fastest() kernels { return plain }
