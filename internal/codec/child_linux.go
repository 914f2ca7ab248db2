package codec

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/safelight-dev/safelight/internal/landlock"
	"golang.org/x/sys/unix"
)

// reserve is address space that the Go runtime and the C library set aside and may never use, in bytes.
const reserve = 2 << 30

// nursery starts children, all from one system thread. The kernel kills the children when that thread ends, so they never
// outlive their parent, and what the thread has renounced (new privileges, most of the file system) they never had.
type nursery struct {
	jobs       chan func()
	program    string
	landlocked bool
	started    int
}

func openNursery(program string) *nursery {
	n := &nursery{jobs: make(chan func()), program: program}
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			n.work()
			return
		}
		// The process's first thread does not end with its goroutine, and stands for the process: a child that shares its
		// restrictions may signal it. It is held until another thread is found.
		defer runtime.UnlockOSThread()
		found := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(found)
			n.work()
		}()
		<-found
	}()
	return n
}

// work does the jobs on a thread that is never unlocked, so that it ends with its goroutine.
func (n *nursery) work() {
	n.landlocked = landlock.Restrict(landlock.Rights{Read: []string{n.program}}) == nil
	for job := range n.jobs {
		job()
	}
}

// close ends the thread and with it every child.
func (n *nursery) close() { close(n.jobs) }

// start starts a child for the format. The caller kills it.
func (n *nursery) start(format string, size capacity, memory int64) (*child, error) {
	c := &child{format: format, capacity: size, lastWords: new(tail), ended: make(chan struct{})}
	var theirs [2]*os.File
	err := func() (err error) {
		if c.sharedFD, err = sharedMemory(size); err != nil {
			return fmt.Errorf("make the shared memory: %w", err)
		}
		c.shared = os.NewFile(uintptr(c.sharedFD), "shared memory")
		if theirs[0], c.requests, err = os.Pipe(); err != nil {
			return err
		}
		if c.answers, theirs[1], err = os.Pipe(); err != nil {
			return err
		}
		return n.run(c, theirs, memory)
	}()
	for _, f := range theirs {
		f.Close() // a nil file says only that
	}
	if err != nil {
		for _, f := range []*os.File{c.shared, c.requests, c.answers} {
			f.Close()
		}
		return nil, fmt.Errorf("start %s: %w", n.program, err)
	}
	return c, nil
}

// run starts the process of c and sets its limits, which hold before it is given anything to decode.
func (n *nursery) run(c *child, theirs [2]*os.File, memory int64) error {
	cmd := &exec.Cmd{
		Path: n.program, Args: []string{program, c.format}, Env: []string{}, Dir: "/",
		Stdin: theirs[0], Stdout: theirs[1], Stderr: c.lastWords, ExtraFiles: []*os.File{c.shared},
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
		// What it leaves behind could hold its standard error open.
		WaitDelay: time.Second,
	}
	started := make(chan error)
	n.jobs <- func() {
		err := cmd.Start()
		c.landlocked = n.landlocked
		started <- err
	}
	if err := <-started; err != nil {
		return err
	}
	n.started++
	c.process = cmd.Process
	go func() {
		cmd.Wait() // its error is the state
		c.state = cmd.ProcessState
		close(c.ended)
	}()
	if err := c.limit(memory); err != nil {
		c.process.Kill()
		<-c.ended
		return err
	}
	return nil
}

// limit sets the limits that hold for all of the child's life; those of time are set file by file.
func (c *child) limit(memory int64) error {
	for _, l := range []struct {
		resource int
		limit    int64
	}{
		{unix.RLIMIT_DATA, memory}, // private memory that can be written
		{unix.RLIMIT_AS, memory + c.capacity.input + c.capacity.output + reserve},
		{unix.RLIMIT_NOFILE, 64}, // libraries are files, until it shuts itself in
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_CORE, 0},
	} {
		if err := unix.Prlimit(c.process.Pid, l.resource, &unix.Rlimit{Cur: uint64(l.limit), Max: uint64(l.limit)}, nil); err != nil {
			return fmt.Errorf("limit resource %d of the child: %w", l.resource, err)
		}
	}
	return nil
}

// sharedMemory makes the memory that parent and child share.
func sharedMemory(size capacity) (fd int, err error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err = unix.MemfdCreate(program, flags|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate(program, flags)
	}
	if err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	err = os.NewSyscallError("ftruncate", unix.Ftruncate(fd, size.input+size.output))
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
		err = os.NewSyscallError("fcntl", err)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// limitCPU lets the child burn two time limits from now on, and at most three: this process ends it before by the wall
// clock, if it can. The soft limit alone is set, since a hard one could not be raised for the next file.
func (c *child) limitCPU(limit time.Duration) error {
	if time.Since(c.allowed) < limit {
		return nil
	}
	var used unix.Timespec
	// The clock of another process' CPU time, as clock_getcpuclockid(3) makes it (CPUCLOCK_SCHED is 2).
	if err := unix.ClockGettime(int32(^c.process.Pid<<3|2), &used); err != nil {
		return fmt.Errorf("read the CPU time of the child: %w", err)
	}
	soft := uint64(used.Sec) + uint64((3*limit+time.Second-1)/time.Second) + 1
	if err := unix.Prlimit(c.process.Pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: soft, Max: unix.RLIM_INFINITY}, nil); err != nil {
		return fmt.Errorf("limit the CPU time of the child: %w", err)
	}
	c.allowed = time.Now()
	return nil
}

func (c *child) signal() syscall.Signal {
	if ws, ok := c.state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal()
	}
	return 0
}

// overCPU and trespassed say of a dead child how it died.
func (c *child) overCPU() bool    { return c.signal() == syscall.SIGXCPU }
func (c *child) trespassed() bool { return c.signal() == syscall.SIGSYS }

// emptyShared gives the pages of the shared memory back to the system if they are more than keep bytes: a large file
// was decoded.
func (c *child) emptyShared(keep int64) {
	var st unix.Stat_t
	if err := unix.Fstat(c.sharedFD, &st); err == nil && st.Blocks*512 > keep {
		unix.Fallocate(c.sharedFD, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, st.Size)
	}
}

// memory returns the bytes that the child keeps to itself, 0 if that cannot be known.
func (c *child) memory() int64 {
	var text [128]byte
	if c.statm == nil {
		c.statm, _ = os.Open(fmt.Sprintf("/proc/%d/statm", c.process.Pid)) // without /proc, files retire it
	}
	n, _ := c.statm.ReadAt(text[:], 0) // it is shorter than the buffer
	fields := bytes.Fields(text[:n])   // in pages: size, resident, shared
	if len(fields) < 3 {
		return 0
	}
	resident, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	shared, _ := strconv.ParseInt(string(fields[2]), 10, 64)
	return (resident - shared) * int64(os.Getpagesize())
}
