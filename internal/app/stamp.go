package app

import (
	"io/fs"
)

// stamp tells one version of a file from the next without reading it: by its size, its date, and the time of the last
// change of its inode, which nobody sets. A date alone may be that of the version before: tools keep it on purpose.
type stamp struct {
	size    int64
	mod     int64 // nanoseconds
	changed int64 // nanoseconds, or [unknownChange]
}

// unknownChange stands for the change of an inode that was not recorded. It fits any.
const unknownChange = 0

func stampOf(info fs.FileInfo) stamp {
	return stamp{info.Size(), info.ModTime().UnixNano(), inodeChange(info)}
}

// fits tells whether a file that is found now is the version that a stamp was of.
func (s stamp) fits(now stamp) bool {
	return s.size == now.size && s.mod == now.mod && (s.changed == unknownChange || s.changed == now.changed)
}
