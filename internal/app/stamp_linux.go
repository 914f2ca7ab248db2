package app

import (
	"io/fs"
	"syscall"
)

// inodeChange is when the inode of a file changed last: by a write, a rename, another date, other rights.
func inodeChange(info fs.FileInfo) int64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctim.Nano()
	}
	return unknownChange
}
