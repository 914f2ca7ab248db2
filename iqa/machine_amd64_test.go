//go:build amd64 && !purego

package iqa

import "golang.org/x/sys/cpu"

// implementations are the kernels that this machine can run.
func implementations() map[string]kernels {
	k := map[string]kernels{"plain": plain}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		k["AVX2"] = vectors
	}
	if cpu.X86.HasAVX512VBMI {
		k["AVX-512"] = widest
	}
	return k
}
