package delivery

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Where an answer came from.
const (
	sourceOrigin      = "origin"
	sourceFallback    = "fallback"
	sourcePlaceholder = "placeholder"
)

// access is one line of the access log. Fields may be added.
type access struct {
	At     time.Time `json:"at"`
	Route  string    `json:"route"`
	Path   string    `json:"path"` // of the URL, prefix included
	Status int       `json:"status"`
	Source string    `json:"source"`
	Bytes  int64     `json:"bytes"` // of the body; 0 for HEAD
}

const (
	maxBuffered = 1 << 20   // bytes of lines in memory; then a request writes them out itself
	maxLog      = 512 << 20 // bytes of the file; then it becomes FILE.1, replacing an older one
	flushEvery  = time.Second
	maxLine     = 64 << 10
)

// accessLog appends lines to a file. Lines wait in memory for a second at
// most, and none is dropped while the disk takes them. A nil log keeps nothing.
type accessLog struct {
	log  *slog.Logger
	name string
	mu   sync.Mutex // guards what follows
	file *os.File
	size int64
	buf  []byte
	bad  bool // the disk refuses; said once
	end  sync.Once
	stop chan struct{}
	done chan struct{}
}

func openAccessLog(name string, log *slog.Logger) (*accessLog, error) {
	if name == "" {
		return nil, nil
	}
	l := &accessLog{log: log, name: name, stop: make(chan struct{}), done: make(chan struct{})}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open access log: %w", err)
	}
	go l.run()
	return l, nil
}

func (l *accessLog) open() error {
	// The gateway may start before the program that makes the folder.
	if err := os.MkdirAll(filepath.Dir(l.name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(l.name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	// A crash may have left half a line; it must not spoil the next one.
	last := make([]byte, 1)
	if l.size > 0 {
		if _, err := f.ReadAt(last, l.size-1); err == nil && last[0] != '\n' {
			l.buf = append(l.buf, '\n')
		}
	}
	return nil
}

func (l *accessLog) run() {
	defer close(l.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.mu.Lock()
			l.flush()
			l.mu.Unlock()
		case <-l.stop:
			return
		}
	}
}

func (l *accessLog) add(a access) {
	if l == nil {
		return
	}
	line, err := json.Marshal(a)
	if err != nil || len(line) >= maxLine {
		return // a URL of that length is no delivery of ours
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return // closed
	}
	l.buf = append(append(l.buf, line...), '\n')
	if len(l.buf) >= maxBuffered {
		l.flush()
	}
}

// settle writes out the lines of all answers that have been given.
func (l *accessLog) settle() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.flush()
	}
}

// flush writes the lines out; the caller holds the lock.
func (l *accessLog) flush() {
	if len(l.buf) == 0 {
		return
	}
	n, err := l.file.Write(l.buf)
	l.size += int64(n)
	l.buf = append(l.buf[:0], l.buf[n:]...)
	if err == nil && l.size > maxLog {
		err = l.rotate()
	}
	if err != nil && !l.bad {
		l.log.Error("the access log cannot be written; deliveries are not counted", "problem", err.Error())
	}
	l.bad = err != nil
	if len(l.buf) >= maxBuffered {
		l.buf = l.buf[:0] // serving matters more than counting
	}
}

func (l *accessLog) rotate() error {
	if err := os.Rename(l.name, l.name+".1"); err != nil {
		return err
	}
	old := l.file
	if err := l.open(); err != nil {
		return err // it goes on in the renamed file
	}
	return old.Close()
}

// Close writes out what waits and closes the file.
func (l *accessLog) Close() error {
	if l == nil {
		return nil
	}
	l.end.Do(func() { close(l.stop) })
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	l.flush()
	err := l.file.Close()
	l.file = nil
	if err != nil {
		return fmt.Errorf("close access log: %w", err)
	}
	return nil
}
