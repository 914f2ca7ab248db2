package hook

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/internal/landlock"
)

// start starts a command on a thread of its own that has given its rights away, which the command inherits. The thread ends with
// its goroutine, since it is never unlocked.
func (w Confinement) start(cmd *exec.Cmd) error {
	started := make(chan error)
	go w.startHere(cmd, started)
	return <-started
}

func (w Confinement) startHere(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The process's first thread does not end with its goroutine. It is held until another one is found.
		defer runtime.UnlockOSThread()
		found := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(found)
			started <- w.begin(cmd)
		}()
		<-found
		return
	}
	started <- w.begin(cmd)
}

func (w Confinement) begin(cmd *exec.Cmd) error {
	rights := landlock.Rights{
		Read:  append([]string{cmd.Path, "/etc/passwd", "/etc/nsswitch.conf", "/etc/localtime", "/dev/random", "/dev/urandom", "/dev/zero"}, w.Read...),
		Write: append([]string{"/dev/null"}, w.Write...),
	}
	if err := landlock.Restrict(rights); err != nil {
		return fmt.Errorf("shut it in (Landlock, Linux 5.13 and later): %w", err)
	}
	cmd.SysProcAttr.Ptrace = true // it stops before its first instruction
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := w.limit(cmd.Process.Pid); err != nil {
		_ = endGroup(cmd)
		_ = cmd.Wait()
		return fmt.Errorf("limit what it may take: %w", err)
	}
	return nil
}

// limit bounds what a program may take that has stopped at its beginning, and lets it go. The thread that has started it must.
func (w Confinement) limit(pid int) error {
	var stopped unix.WaitStatus
	_, err := unix.Wait4(pid, &stopped, 0, nil)
	for err == unix.EINTR {
		_, err = unix.Wait4(pid, &stopped, 0, nil)
	}
	if err != nil {
		return err
	}
	if !stopped.Stopped() {
		return errors.New("it ended before it began")
	}
	for resource, limit := range map[int]int64{unix.RLIMIT_AS: w.Memory, unix.RLIMIT_FSIZE: w.File, unix.RLIMIT_CORE: 0} {
		if limit == 0 && resource != unix.RLIMIT_CORE {
			continue
		}
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: uint64(limit), Max: uint64(limit)}, nil); err != nil {
			return err
		}
	}
	return unix.PtraceDetach(pid)
}
