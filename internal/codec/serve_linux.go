package codec

import (
	"fmt"
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sharedFD is the descriptor of the shared memory in the child: the first of exec.Cmd's ExtraFiles.
const sharedFD = 3

// Serve is the life of a child: it opens the library of the format, shuts the process in, greets, and answers requests
// until its standard input ends. It returns an error only where the process was not started by a Pool.
func Serve(format string, open func(format string) (Library, error)) error {
	var st unix.Stat_t
	if err := unix.Fstat(sharedFD, &st); err != nil || st.Size == 0 {
		return fmt.Errorf("safelight-codec is started by safelight, to decode for it; it is no command of its own")
	}
	shared, err := unix.Mmap(sharedFD, 0, int(st.Size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map the shared memory: %w", err)
	}
	closeOthers()
	if err := dieOfCPULimit(); err != nil {
		return err
	}
	lib, problem := open(format)
	greeting := message{texts: []string{lib.Name, lib.Version}}
	if problem != nil {
		greeting.status = StatusUnsupported
		greeting.texts = append(greeting.texts, problem.Error())
	} else if err := confine(); err == nil {
		greeting.flags = flagSeccomp
	} else {
		greeting.texts = append(greeting.texts, err.Error())
	}
	if _, err := stdout.Write(greeting.marshal()); err != nil || problem != nil {
		return err
	}
	for {
		q, err := readRequest(stdin, st.Size)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := stdout.Write(answer(lib, q, shared).marshal()); err != nil {
			return err
		}
	}
}

// dieOfCPULimit gives SIGXCPU back its default action, to end the process: the Go runtime catches and forgets it.
func dieOfCPULimit() error {
	var byDefault struct { // struct sigaction of the kernel
		handler, flags, restorer uintptr
		mask                     uint64
	}
	_, _, errno := unix.Syscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGXCPU), uintptr(unsafe.Pointer(&byDefault)), 0, unsafe.Sizeof(byDefault.mask), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
}

// closeOthers closes what the parent was itself started with and did not know to keep from its children.
func closeOthers() {
	if unix.CloseRange(sharedFD+1, 1<<31-1, 0) == nil {
		return
	}
	for fd := sharedFD + 1; fd < 1024; fd++ { // before Linux 5.9
		unix.Close(fd)
	}
}

// descriptor reads and writes by plain system calls: os.File may want the poller, whose calls the sandbox forbids.
type descriptor int

const (
	stdin  descriptor = 0
	stdout descriptor = 1
)

func (d descriptor) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), b)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (d descriptor) Write(b []byte) (int, error) {
	for done := 0; done < len(b); {
		n, err := unix.Write(int(d), b[done:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, os.NewSyscallError("write", err)
		}
		done += n
	}
	return len(b), nil
}
