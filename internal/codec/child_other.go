//go:build !linux

package codec

import (
	"errors"
	"time"
)

// errSystem: shared memory and sandbox are Linux's.
var errSystem = errors.New("safelight-codec is not supported on this system, only on Linux")

type nursery struct{}

func openNursery(string) *nursery { return &nursery{} }

func (*nursery) close() {}

func (*nursery) start(string, capacity, int64) (*child, error) { return nil, errSystem }

func (*child) limitCPU(time.Duration) error { return errSystem }
func (*child) overCPU() bool                { return false }
func (*child) trespassed() bool             { return false }
func (*child) memory() int64                { return 0 }
func (*child) emptyShared(int64)            {}
