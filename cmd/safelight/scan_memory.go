package main

import (
	"runtime"
	"runtime/debug"

	"github.com/safelight-dev/safelight/internal/watch"
)

// runtimeMemory is what the program takes beside the files and pictures of a scan:
// the runtime, the cache of checks, results on their way.
const runtimeMemory = 32 << 20

// boundHeap holds the garbage collector to the bound of a scan until undo is
// called. By itself it lets the heap grow to twice of what is used before it
// collects, and a buffer that was let go of is not free until then. A lower limit
// that the user has set (GOMEMLIMIT) stays. Weights of networks are loaded by now,
// and come on top.
func boundHeap(memory int64) (undo func()) {
	if memory <= 0 {
		memory = watch.DefaultMemory
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(before, memory+int64(m.HeapAlloc)+runtimeMemory))
	return func() { debug.SetMemoryLimit(before) }
}
