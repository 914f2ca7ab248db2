//go:build !amd64 || purego

package iqa

// implementations are the kernels that this machine can run.
func implementations() map[string]kernels { return map[string]kernels{"plain": plain} }
