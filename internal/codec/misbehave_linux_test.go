package codec

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/pixels"
)

// checkFine asks for a good file and wants the picture of misbehave's "fine".
func checkFine(t *testing.T, p *Pool) {
	t.Helper()
	n, err := p.Decode("avif", []byte("fine"), 1000)
	if err != nil || n.Width != 2 || n.Height != 1 || string(n.Pix8) != "\x01\x02\x03\x04\x05\x06" {
		t.Errorf("a good file gave %+v and %v", n, err)
	}
}

func TestOneBadFileIsOneErrorAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"crash":        "the avif decoder crashed on it",
		"exit":         "the avif decoder crashed on it",
		"half":         "the avif decoder crashed on it",
		"spin":         "the avif decoder exceeded the time limit of 1s on it",
		"hang":         "the avif decoder exceeded the time limit of 1s on it",
		"eat":          "the avif decoder needs more memory for it than it may have",
		"nomemory":     "the avif decoder needs more memory for it than it may have",
		"babble":       "the avif decoder answered nonsense to it",
		"lie pixels":   "the avif decoder answered nonsense to it",
		"lie depth":    "the avif decoder answered nonsense to it",
		"lie channels": "the avif decoder answered nonsense to it",
		"lie nothing":  "the avif decoder answered nonsense to it",
		"socket":       "the avif decoder tried on it what decoders must not do, and was stopped",
		"execute":      "the avif decoder tried on it what decoders must not do, and was stopped",
		"damaged":      "it is not to my taste",
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if strings.Contains(want, "time limit") {
				limit = time.Second
			}
			p := pool(t, Options{Program: badChild, Children: 1, Timeout: limit, Memory: 128 << 20})
			checkFine(t, p)
			_, err := p.Decode("avif", []byte(word), 1e6)
			var e *pixels.Error
			if !errors.As(err, &e) || e.Kind != pixels.ErrDamaged || err.Error() != "avif is damaged: "+want {
				t.Errorf("got %v, want %q", err, want)
			}
			checkFine(t, p)
		})
	}
}

func TestSandboxRefuses(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	for _, word := range []string{"open", "create", "stat", "kill", "fork", "code", "memfd"} {
		_, err := p.Decode("avif", []byte(word), 1000)
		if want := "avif is damaged: operation not permitted"; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", word, err, want)
		}
	}
	_, err := p.Decode("avif", []byte("look around"), 1000)
	if want := `avif is damaged: 0 variables, 0 more descriptors, arguments ["safelight-codec" "avif"]`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestNurseryIsNotTheFirstThread(t *testing.T) {
	t.Parallel()
	for range 200 {
		n := openNursery(badChild)
		tid := make(chan int)
		n.jobs <- func() { tid <- unix.Gettid() }
		if got := <-tid; got == unix.Getpid() {
			t.Error("children are born of the first thread, which does not end")
		}
		n.close()
	}
}

func TestLandlockHoldsFromTheBirthOfAChild(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	_, err := p.take("outside", needs(0, 0))
	if err == nil {
		t.Fatal("the child lived")
	}
	// A kernel without Landlock is said to have none; then the child may all this, until it has its filter.
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if got, want := p.nursery.landlocked, errno == 0; got != want {
		t.Fatalf("landlocked %v on a kernel where that is %v", got, want)
	}
	signal := "operation not permitted"
	if version < 6 {
		signal = "<nil>"
	}
	want := "safelight-codec does not start: read permission denied, library <nil>, write permission denied, signal " + signal
	if errno == 0 && err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestEveryThreadIsConfined(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	for _, format := range Formats {
		c, err := p.take(format, needs(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", c.process.Pid))
		if len(tasks) == 0 {
			t.Fatal("no thread found")
		}
		for _, task := range tasks {
			status, err := os.ReadFile(task)
			if err != nil {
				continue // it ended meanwhile
			}
			if s := string(status); !strings.Contains(s, "\nSeccomp:\t2\n") || !strings.Contains(s, "\nNoNewPrivs:\t1\n") {
				t.Errorf("%s: thread %s is not confined", format, task)
			}
		}
		p.give(c)
	}
}

func TestCPULimitEndsAChildThatNobodyWatches(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	c, err := p.take("avif", needs(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer p.give(c)
	limit := func() uint64 {
		var l unix.Rlimit
		if err := unix.Prlimit(c.process.Pid, unix.RLIMIT_CPU, nil, &l); err != nil {
			t.Fatal(err)
		}
		return l.Cur
	}
	if _, err := c.decode(new(buffers), []byte("fine"), 1000, 30*time.Second); err != nil || limit() < 90 || limit() > 100 {
		t.Errorf("the limit is %d s of CPU time, want little more than 90 (%v)", limit(), err)
	}
	c.shared.WriteAt([]byte("spin"), 0)
	c.requests.Write(request{2, 4, 1000, c.capacity.input}.marshal())
	if err := unix.Prlimit(c.process.Pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: 1, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
	c.answers.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err = readMessage(c.answers); err != io.EOF {
		t.Errorf("got %v from a child that spins beyond its limit, want that it is gone", err)
	}
	want := "avif is damaged: the avif decoder exceeded the time limit of 30s on it"
	if got := c.autopsy(err, 30*time.Second); got.Error() != want || !c.late {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSharedMemoryCannotBeTakenAway(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	n, err := p.Decode("avif", []byte("shrink"), 1000)
	if err != nil || n.Width != 2 {
		t.Errorf("got %+v, %v: the child shrank the memory, or died of trying", n, err)
	}
}

func TestInnocentFileIsTriedAgain(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild, Children: 1})
	// The child answers this one twice, so that the second answer meets the next request.
	p.Decode("avif", []byte("double"), 1000)
	checkFine(t, p)
}

func TestFieldsArrive(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild})
	n, err := p.Decode("avif", []byte("wide"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%d×%d %d %d %x %s %v %d %v %s %q", n.Width, n.Height, n.Depth, n.Channels, n.Pix16, n.ICC, n.CICP, n.Frames, n.Upright, n.Chroma, n.Warnings)
	if want := `2×1 16 3 [201 403 605 807 a09 c0b] icc [9 16 9] 7 true 4:2:0 ["one" "two ?[31m?"]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPicturesStayAndDecodersReuse(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild, Children: 1})
	first, err := p.Decode("avif", []byte("fine"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	decode := p.Decoder()
	a, err := decode("avif", []byte("large"), 1e8)
	if err != nil {
		t.Fatal(err)
	}
	b, err := decode("avif", []byte("fine"), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if &a.Pix8[0] != &b.Pix8[0] {
		t.Error("a decoder took new memory for a smaller picture")
	}
	if string(first.Pix8) != "\x01\x02\x03\x04\x05\x06" {
		t.Error("a picture of Decode changed when another was decoded")
	}
}

func TestChildrenAreReplacedWhenOldOrFat(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild, Children: 1, Files: 3})
	p.keepMemory, p.keepShared = 32<<20, 1<<20
	pids := map[int]int{}
	ask := func(word string) {
		t.Helper()
		if _, err := p.Decode("avif", []byte(word), 1e8); err != nil {
			t.Fatal(err)
		}
		if len(p.idle) > 0 {
			pids[p.idle[0].process.Pid]++
		}
	}
	for range 6 {
		ask("fine")
	}
	if len(pids) != 2 { // the third and the sixth leave none behind
		t.Errorf("six files by children of three files took %d children, want 2", len(pids))
	}
	ask("fine")
	ask("hoard")
	if len(p.idle) != 0 {
		t.Error("a child that keeps more memory than it may was kept")
	}
	ask("large")
	var st unix.Stat_t
	if err := unix.Fstat(p.idle[0].sharedFD, &st); err != nil || st.Blocks*512 > p.keepShared {
		t.Errorf("%d bytes stay in the shared memory after a large picture (%v)", st.Blocks*512, err)
	}
}

func TestStartsThatFail(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild, Timeout: time.Second, Strict: true})
	for format, want := range map[string]string{
		"dies":       "safelight-codec does not start: no such luck",
		"silent":     "safelight-codec does not start: read |0: i/o timeout",
		"babbles":    "safelight-codec does not start: the answer is nonsense",
		"missing":    "none of libmissing.so.2, libmissing.so.1 is installed (Debian: apt install )",
		"unconfined": "this system cannot shut in its decoder (), and the configuration demands it",
	} {
		if _, err := p.take(format, needs(0, 0)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", format, err, want)
		}
		before := p.nursery.started
		if _, err := p.take(format, needs(0, 0)); err == nil || err.Error() != want || p.nursery.started != before {
			t.Errorf("%s: got %v at the second time, and %d more children; want none", format, err, p.nursery.started-before)
		}
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p := New(Options{})
	defer p.Close()
	_, err := p.Decode("avif", nil, 1000)
	want := "avif cannot be decoded: safelight-codec not found beside this program or on PATH: build it with `go build ./cmd/safelight-codec` and put it there; convert it to an ordinary PNG, JPEG or WebP"
	if !errors.Is(err, pixels.ErrUnsupported) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := p.Capabilities(); !errors.Is(err, ErrNoProgram) {
		t.Errorf("Capabilities: got %v, want ErrNoProgram", err)
	}
}

func TestClosedPoolRefuses(t *testing.T) {
	t.Parallel()
	p := New(Options{Program: badChild})
	checkFine(t, p)
	c := p.idle[0]
	p.Close()
	<-c.ended
	if _, err := p.Decode("avif", []byte("fine"), 1000); !errors.Is(err, pixels.ErrUnsupported) {
		t.Errorf("got %v, want refused", err)
	}
}

func TestManyCallersShareFewChildren(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{Program: badChild, Children: 2, Timeout: 20 * time.Second, Memory: 1 << 30})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			decode := p.Decoder()
			for j := range 20 {
				if (i+j)%7 == 0 {
					decode("avif", []byte("crash"), 1000)
					continue
				}
				n, err := decode("avif", []byte("fine"), 1000)
				if err != nil || string(n.Pix8) != "\x01\x02\x03\x04\x05\x06" {
					t.Errorf("got %v, %v", n, err)
				}
			}
		})
	}
	all.Wait()
	if len(p.idle) > 2 {
		t.Errorf("%d children are kept, want at most 2", len(p.idle))
	}
}

// parentVariable makes the test binary a parent whose child hangs; it holds the child's program.
const parentVariable = "CODEC_TEST_PARENT"

// hangingParent prints the process number of a child that it keeps busy for ever.
func hangingParent(program string) {
	p := New(Options{Program: program, Timeout: time.Hour})
	c, err := p.take("avif", needs(0, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.process.Pid)
	c.decode(new(buffers), []byte("spin"), 1000, time.Hour)
}

func TestChildDiesWithItsParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"="+badChild)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the parent said %q", line)
	}
	child, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	parent.Process.Kill()
	parent.Wait()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(child), Events: unix.POLLIN}}, 10_000)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n != 1 {
			unix.Kill(pid, unix.SIGKILL)
			t.Errorf("the child outlives its parent by ten seconds (%v)", err)
		}
		return
	}
}
