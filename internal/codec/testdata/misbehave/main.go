// Command misbehave is a child that does, on the word that is its file, what a decoder taken over or broken might do.
package main

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/internal/codec"
)

func main() {
	// The format says how to start; a real one starts well.
	switch os.Args[1] {
	case "dies":
		fmt.Fprintln(os.Stderr, "no such luck\nsecond line")
		os.Exit(3)
	case "outside": // before it shuts itself in
		_, read := unix.Open("/etc/passwd", unix.O_RDONLY, 0)
		_, library := unix.Open("/usr", unix.O_RDONLY, 0)
		_, write := unix.Open("/tmp/misbehave", unix.O_CREAT|unix.O_WRONLY, 0o600)
		fmt.Fprintf(os.Stderr, "read %v, library %v, write %v, signal %v", read, library, write, unix.Kill(unix.Getppid(), 0))
		os.Exit(3)
	case "silent":
		forever()
	case "babbles":
		os.Stdout.WriteString(strings.Repeat("hello, I am not of this protocol. ", 10))
		forever()
	case "unconfined":
		os.Stdout.WriteString("SLA1" + strings.Repeat("\x00", 36))
		forever()
	}
	err := codec.Serve(os.Args[1], func(format string) (codec.Library, error) {
		if format == "missing" {
			return codec.Library{}, fmt.Errorf("none of libmissing.so.2, libmissing.so.1 is installed")
		}
		return codec.Library{Name: "libmisbehave", Version: "6.6.6", Decode: decode}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// decode acts on a word. What stands behind a colon in it is not meant for it.
func decode(in, out []byte, maxPixels int64) (codec.Picture, error) {
	word, _, _ := strings.Cut(string(in), ":")
	p := codec.Picture{Width: 2, Height: 1, Depth: 8, Channels: 3}
	switch word {
	case "fine":
		copy(out, "\x01\x02\x03\x04\x05\x06")
		return p, nil
	case "wide":
		p.Depth, p.ICC, p.Chroma, p.Warnings = 16, []byte("icc"), "4:2:0", []string{"one", "two \x1b[31m\xff"}
		p.CICP, p.Upright, p.Frames = [3]uint8{9, 16, 9}, true, 7
		copy(out, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c")
		return p, nil
	case "large":
		p.Width, p.Height = 1000, 700
		for i := range out[:p.Size()] {
			out[i] = 7
		}
		return p, nil
	case "damaged":
		return p, codec.Faultf(codec.StatusDamaged, "it is not to my taste")
	case "nomemory":
		return p, codec.Faultf(codec.StatusOutOfMemory, "")
	}
	if f := forbidden[word]; f != nil {
		return p, codec.Faultf(codec.StatusDamaged, "%v", f())
	}
	if f := disasters[word]; f != nil {
		f(out)
	}
	return lie(p, word), nil
}

// disasters end the process or never return.
var disasters = map[string]func(out []byte){
	"crash": func([]byte) { *(*byte)(unsafe.Add(unsafe.Pointer(&page), -1<<40)) = 1 },
	"exit":  func([]byte) { os.Exit(0) },
	"spin": func([]byte) {
		for {
		}
	},
	"hang":   func([]byte) { forever() },
	"eat":    func([]byte) { eaten = append(eaten, make([]byte, 1<<30)) },
	"hoard":  func([]byte) { eaten = append(eaten, fill(make([]byte, 40<<20))) },
	"babble": func([]byte) { os.Stdout.WriteString(strings.Repeat("#", 40)) },
	// Two answers to one request: the second would be taken for that of the next.
	"double": func([]byte) {
		os.Stdout.WriteString("SLA1\x01\x00\x00\x00\x00\x08\x03\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 16))
	},
	"half": func([]byte) { os.Stdout.WriteString("SLA1"); os.Exit(0) },
	"shrink": func([]byte) {
		if err := unix.Ftruncate(3, 0); err == nil {
			os.Exit(0)
		}
	},
}

var (
	page  byte
	eaten [][]byte
)

func fill(b []byte) []byte {
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	return b
}

func forever() {
	for b := make([]byte, 1); ; {
		unix.Read(0, b)
	}
}

// lie returns a picture that cannot be.
func lie(p codec.Picture, word string) codec.Picture {
	switch word {
	case "lie pixels":
		p.Width, p.Height = 1001, 1000
	case "lie depth":
		p.Depth = 12
	case "lie channels":
		p.Channels = 5
	case "lie nothing":
		p.Width = 0
	}
	return p
}

// forbidden does what the sandbox must not allow and returns what came of it.
var forbidden = map[string]func() any{
	"open":   func() any { _, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0); return err },
	"create": func() any { _, err := unix.Open("/tmp/misbehave", unix.O_CREAT|unix.O_WRONLY, 0o600); return err },
	"stat":   func() any { var st unix.Stat_t; return unix.Stat("/", &st) },
	"kill":   func() any { return unix.Kill(unix.Getppid(), unix.SIGTERM) },
	"fork": func() any {
		_, _, errno := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
		return errno
	},
	"code": func() any {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	},
	"memfd":   func() any { _, err := unix.MemfdCreate("x", 0); return err },
	"socket":  func() any { _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); return err },
	"execute": func() any { return unix.Exec("/bin/true", []string{"true"}, nil) },
	"look around": func() any {
		open := 0
		for fd := 4; fd < 1024; fd++ {
			if unix.Close(fd) == nil {
				open++
			}
		}
		return fmt.Sprintf("%d variables, %d more descriptors, arguments %q", len(os.Environ()), open, os.Args)
	},
}
