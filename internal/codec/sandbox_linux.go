package codec

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel's headers name and package unix does not (linux/seccomp.h, linux/sched.h).
const (
	seccompSetModeFilter    = 1
	seccompFilterFlagTsync  = 1
	offsetNr, offsetArch    = 0, 4
	offsetArg0, offsetArg2  = 16, 32 // low halves on little-endian machines
	jumpEqual, jumpAnyBit   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	load, give              = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_RET | unix.BPF_K
	refuse, pretendNotThere = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM), unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// The system calls that a decoder needs beside the Go runtime: memory, its own threads, time, chance, and the
// descriptors it already has. Nothing opens a file, makes a socket or looks at another process.
var allowedCalls = []uintptr{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE,
	unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK,
	unix.SYS_FUTEX, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

// Calls that no decoder makes by mistake: they end the process, so that it is seen.
var deadlyCalls = []uintptr{
	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT4, unix.SYS_SENDTO, unix.SYS_SENDMSG,
	unix.SYS_BPF, unix.SYS_KEYCTL, unix.SYS_MOUNT, unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE,
	unix.SYS_IO_URING_SETUP, unix.SYS_USERFAULTFD, unix.SYS_PERF_EVENT_OPEN,
}

// machines are the architectures whose system calls the filter knows.
var machines = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// confine allows every thread of this process, now and later, the calls of the lists above and no others: the rest fails
// with EPERM, as if the file or the right were not there, since libraries look around without need.
func confine() error {
	machine, known := machines[runtime.GOARCH]
	if !known {
		return fmt.Errorf("no system call filter for %s", runtime.GOARCH)
	}
	// The filter is given to all threads, but the right to set it belongs to the thread that gave up privileges.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	program := filter(machine, uint32(unix.Getpid()))
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	failed, _, errno := unix.Syscall(unix.SYS_SECCOMP, seccompSetModeFilter, seccompFilterFlagTsync, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(program)
	if errno != 0 || failed != 0 {
		return fmt.Errorf("set the system call filter: %w", errno)
	}
	return nil
}

// filter is the program in the kernel's packet filter language. It judges the calls one after the other, those of
// one kind together: a comparison that holds falls through to the verdict, else it is jumped over.
func filter(machine, pid uint32) []unix.SockFilter {
	p := []unix.SockFilter{
		{Code: load, K: offsetArch},
		{Code: jumpEqual, Jt: 1, K: machine},
		{Code: give, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: offsetNr},
	}
	verdict := func(calls []uintptr, k uint32) {
		for chunk := range slices.Chunk(calls, 200) { // a jump reaches 255 steps
			for i, nr := range chunk {
				p = append(p, unix.SockFilter{Code: jumpEqual, Jt: uint8(len(chunk) - i), K: uint32(nr)})
			}
			p = append(p, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: 1}, unix.SockFilter{Code: give, K: k})
		}
	}
	// depends allows a call if its argument compares as wanted.
	depends := func(nr uintptr, argument uint32, compare uint16, k uint32, wanted bool) {
		yes, no := uint32(unix.SECCOMP_RET_ALLOW), uint32(refuse)
		if !wanted {
			yes, no = no, yes
		}
		p = append(p,
			unix.SockFilter{Code: jumpEqual, Jf: 4, K: uint32(nr)},
			unix.SockFilter{Code: load, K: argument},
			unix.SockFilter{Code: compare, Jf: 1, K: k},
			unix.SockFilter{Code: give, K: yes},
			unix.SockFilter{Code: give, K: no},
		)
	}
	verdict(allowedCalls, unix.SECCOMP_RET_ALLOW)
	depends(unix.SYS_MMAP, offsetArg2, jumpAnyBit, unix.PROT_EXEC, false)
	depends(unix.SYS_MPROTECT, offsetArg2, jumpAnyBit, unix.PROT_EXEC, false)
	depends(unix.SYS_CLONE, offsetArg0, jumpAnyBit, unix.CLONE_THREAD, true)
	depends(unix.SYS_TGKILL, offsetArg0, jumpEqual, pid, true) // the Go runtime signals its own threads
	verdict([]uintptr{unix.SYS_CLONE3}, pretendNotThere)       // its flags lie in memory; the C library then uses clone
	verdict(deadlyCalls, unix.SECCOMP_RET_KILL_PROCESS)
	return append(p, unix.SockFilter{Code: give, K: refuse})
}
