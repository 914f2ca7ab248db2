// Command safelight-codec is the optional child that loads native image libraries.
//
// It is started by package internal/codec with the name of one format, loads the system's library for it at run time
// (no C compiler is needed to build it), shuts itself in, and decodes what it is handed. It has a binary of its own
// because loading libraries makes a program dynamic, and because hostile files are not to be decoded where secrets are.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/safelight-dev/safelight/internal/codec"
)

func main() {
	// One picture at a time is decoded; the collector and the runtime's helpers need no second processor.
	runtime.GOMAXPROCS(1)
	format := ""
	if len(os.Args) == 2 {
		format = os.Args[1]
	}
	if err := codec.Serve(format, open); err != nil {
		fmt.Fprintln(os.Stderr, "safelight-codec:", err)
		os.Exit(1)
	}
}
