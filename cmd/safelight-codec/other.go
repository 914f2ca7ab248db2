//go:build !linux

package main

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/codec"
)

// open loads nothing: the sandbox is Linux's.
func open(format string) (codec.Library, error) {
	return codec.Library{}, fmt.Errorf("%s cannot be decoded on this system, only on Linux", format)
}
