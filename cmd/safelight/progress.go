package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/phrase"
	"golang.org/x/term"
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
	started  time.Time
	drawn    time.Time
	tenth    int
}

func newProgress(c *cli, total int) *progress {
	p := &progress{w: c.stderr, lang: c.lang(), total: total, started: time.Now()}
	if f, ok := c.stderr.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// step counts one piece of work.
func (p *progress) step(failed bool) {
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
	full := width * p.done / p.total
	fmt.Fprintf(p.w, "\r\x1b[K%s%s %s", strings.Repeat("█", full), strings.Repeat("░", width-full), p.text())
}

func (p *progress) text() string {
	left := time.Duration(0)
	if p.done > 0 {
		left = time.Duration(float64(time.Since(p.started)) / float64(p.done) * float64(p.total-p.done))
	}
	return phrase.Say(p.lang, "cli.progress", p.done, p.total, p.failed, left.Round(time.Second))
}
