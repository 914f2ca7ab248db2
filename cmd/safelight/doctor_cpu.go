package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/cpu"

	"github.com/safelight-dev/safelight/internal/app"
)

// The names of the kernels' forms, widest first.
const (
	kernelsAVX512 = "AVX-512, AVX2+FMA"
	kernelsAVX2   = "AVX2+FMA"
	kernelsPlain  = "plain Go"
)

func thisProgram(config app.Config) program {
	p := program{build: thisBuild(), Cores: runtime.GOMAXPROCS(0), Memory: int64(config.Limits.Memory), CPU: cpuFeatures()}
	p.Kernels = kernelsFor(p.CPU, builtPlain())
	return p
}

// cpuFeatures lists what the kernels ask a processor for, and this one has.
func cpuFeatures() []string {
	list := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA}, {"bmi2", cpu.X86.HasBMI2},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512bw", cpu.X86.HasAVX512BW}, {"avx512vbmi", cpu.X86.HasAVX512VBMI},
	} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}

// kernelsFor names the form that the kernels take on a processor. Each kernel
// chooses by itself; without AVX2 and FMA none has anything but plain Go.
func kernelsFor(features []string, plain bool) string {
	has := func(name string) bool { return slices.Contains(features, name) }
	switch {
	case plain || !has("avx2") || !has("fma"):
		return kernelsPlain
	case has("avx512f"):
		return kernelsAVX512
	}
	return kernelsAVX2
}

// builtPlain tells a program that was built without assembly.
func builtPlain() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	return slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "-tags" && slices.Contains(strings.Split(s.Value, ","), "purego")
	})
}
