//go:build unix

package watch

import "syscall"

// nonblock keeps opening a named pipe from waiting for somebody to write to it.
const nonblock = syscall.O_NONBLOCK
