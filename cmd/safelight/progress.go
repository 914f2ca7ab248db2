package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// progress shows how far long work is: a bar that is redrawn on a terminal,
// a plain line every tenth elsewhere. It writes to standard error only.
type progress struct {
	w        io.Writer
	lang     phrase.Lang
	terminal bool
	total    int
	done     int
	failed   int
	estimate estimate
	last     time.Time
	drawn    time.Time
	tenth    int
}

// newProgress starts a bar for a number of pieces of altogether so many bytes.
func newProgress(c *cli, total int, bytes int64) *progress {
	p := &progress{w: c.stderr, lang: c.lang(), total: total, estimate: estimate{left: bytes}, last: time.Now()}
	if f, ok := c.stderr.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// step counts one piece of work: its bytes, whether it was at fault and
// whether it was known from before.
func (p *progress) step(bytes int64, failed, known bool) {
	now := time.Now()
	p.estimate.add(bytes, now.Sub(p.last), known)
	p.last = now
	p.done++
	if failed {
		p.failed++
	}
	if p.total == 0 {
		return
	}
	if p.terminal {
		if time.Since(p.drawn) > 100*time.Millisecond || p.done == p.total {
			p.draw()
		}
		return
	}
	if tenth := 10 * p.done / p.total; tenth > p.tenth {
		p.tenth = tenth
		fmt.Fprintln(p.w, p.text())
	}
}

// note writes a line without disturbing the bar.
func (p *progress) note(text string) {
	p.clear()
	fmt.Fprintln(p.w, text)
}

// end leaves the terminal clean.
func (p *progress) end() { p.clear() }

func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *progress) draw() {
	p.drawn = time.Now()
	const width = 24
	full := width * min(p.done, p.total) / p.total // files may come while it runs
	fmt.Fprintf(p.w, "\r\x1b[K%s%s %s", strings.Repeat("█", full), strings.Repeat("░", width-full), p.text())
}

func (p *progress) text() string {
	left, ok := p.estimate.time()
	switch {
	case p.done >= p.total:
		left = 0
	case !ok:
		return phrase.Say(p.lang, "cli.progress.unknown", p.done, p.total, p.failed)
	}
	return phrase.Say(p.lang, "cli.progress", p.done, p.total, p.failed, left.Round(time.Second))
}

// estimate tells how long the rest takes. Pieces differ in size, so bytes are
// what it counts; and what was known from before went by so quickly that it
// says nothing of the rest.
type estimate struct {
	left     int64         // bytes to come
	measured int64         // bytes of the pieces that were not known
	spent    time.Duration // on those
}

func (e *estimate) add(bytes int64, took time.Duration, known bool) {
	e.left = max(e.left-bytes, 0)
	if !known {
		e.measured += bytes
		e.spent += took
	}
}

// time is the time left; ok is false while there is nothing to judge by.
func (e *estimate) time() (left time.Duration, ok bool) {
	if e.measured == 0 {
		return 0, false
	}
	return time.Duration(float64(e.spent) * float64(e.left) / float64(e.measured)), true
}
