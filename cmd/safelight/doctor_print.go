package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/weights"
)

// chart is what the doctor says to people: groups of lines, each with its mark.
type chart struct {
	b    bytes.Buffer
	lang phrase.Lang
}

func (c *cli) printExamination(d examination) error {
	p := chart{lang: c.lang()}
	p.program(d.Program)
	p.formats(d)
	p.group("weights")
	for _, s := range d.Weights {
		p.line(weightsMark(s), fmt.Sprintf("%-8s %s", s.Network, modelText(p.lang, s)))
	}
	p.group("configuration")
	for _, f := range d.Configuration {
		p.finding(f)
	}
	p.speeds(d.Speeds)
	verdict := phrase.Key("doctor.good")
	switch {
	case !d.Good:
		verdict = "doctor.bad"
	case slices.ContainsFunc(d.Configuration, func(f finding) bool { return f.Mark == markWarning }):
		verdict = "doctor.fair"
	}
	fmt.Fprintf(&p.b, "\n%s\n", p.say(verdict))
	_, err := c.stdout.Write(p.b.Bytes())
	return err
}

func (p *chart) say(k phrase.Key, args ...any) string { return phrase.Say(p.lang, k, args...) }

// group begins a group of lines.
func (p *chart) group(name phrase.Key) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	fmt.Fprintln(&p.b, p.say("doctor.group."+name))
}

func (p *chart) line(m mark, text string) {
	fmt.Fprintf(&p.b, "  %-10s %s\n", p.say(phrase.Key("doctor.mark."+string(m))), text)
}

func (p *chart) program(r program) {
	p.group("program")
	version := r.Version
	if r.Revision != "" {
		version += " " + r.Revision
	}
	p.line(markOK, fmt.Sprintf("safelight %s, %s, %s", version, r.Go, r.Platform))
	if r.Kernels == kernelsPlain {
		p.line(markWarning, p.say("doctor.kernels.plain", r.Cores))
	} else {
		p.line(markOK, p.say("doctor.kernels", r.Kernels, r.Cores))
	}
	p.line(markOK, p.say("doctor.memory", r.Memory/1e6))
}

func (p *chart) formats(d examination) {
	p.group("formats")
	var builtIn []string
	for _, f := range d.Formats {
		if f.BuiltIn {
			builtIn = append(builtIn, f.Format)
		}
	}
	p.line(markOK, p.say("doctor.built-in", strings.Join(builtIn, ", ")))
	if d.noChild != nil {
		p.line(markMissing, p.say("doctor.no-codec", sentence(d.noChild)))
	}
	for _, f := range d.Formats {
		if !f.BuiltIn {
			p.line(f.Mark, p.native(f))
		}
	}
}

// native says what decodes a format, or what would.
func (p *chart) native(f imageFormat) string {
	text := fmt.Sprintf("%-5s ", f.Format)
	if f.Mark == markMissing {
		return text + p.say("doctor.format.missing", f.Problem, f.Packages)
	}
	text += p.say("doctor.format", f.Library, f.Version, strings.Join(f.Sandbox, ", "))
	if f.Problem != "" {
		text += "; " + f.Problem
	}
	return text
}

func weightsMark(s weights.Status) mark {
	switch {
	case s.Damage != "":
		return markWarning
	case !s.Complete:
		return markMissing
	case !s.Published:
		return markWarning
	}
	return markOK
}

// finding says what was looked at, where, why it is not good and what to do.
func (p *chart) finding(f finding) {
	var args []any
	if f.Name != "" {
		args = append(args, f.Name)
	}
	text := p.say(phrase.Key("doctor.what."+f.What), args...)
	if f.Target != "" {
		text += p.say("doctor.at", f.Target)
	}
	if reason := f.reason(p.lang); reason != "" {
		text += p.say("doctor.because", reason, p.say(phrase.Key("doctor.remedy."+f.What), args...))
	}
	if !f.note.IsZero() {
		text += p.say("doctor.note", f.note)
	}
	p.line(f.Mark, text)
}

// reason says why a thing is not good, in the language if that is known.
func (f finding) reason(l phrase.Lang) string {
	if f.err == nil {
		return f.Reason
	}
	text, _ := phrase.Error(l, f.err)
	return journal.WithoutKind(text)
}

func (p *chart) speeds(v speeds) {
	p.group("speeds")
	for _, s := range []struct {
		key   phrase.Key
		value float64
	}{{"jpeg", v.JPEG}, {"png", v.PNG}, {"delta-e", v.DeltaE00}, {"ssim", v.SSIM}, {"check", v.Check}} {
		p.line(markOK, p.say("doctor.speed", p.say("doctor.speed."+s.key), number(p.lang, s.value)))
	}
	p.line(markOK, p.say("doctor.speed.all", number(p.lang, v.CheckAll), v.Cores, phrase.Decimal(p.lang, v.Scaling, 2)))
	if v.LPIPS != nil {
		p.line(markOK, p.say("doctor.speed", p.say("doctor.speed.lpips", string(v.Network)), number(p.lang, *v.LPIPS)))
	}
	if v.CPUShare < leastShare {
		p.line(markWarning, p.say("doctor.busy", phrase.Decimal(p.lang, 100*v.CPUShare, 0)+" %"))
	}
	p.line(markOK, p.say("doctor.million", time.Duration(v.Million*float64(time.Second))))
}

// number writes a speed with the three digits that it is good for.
func number(l phrase.Lang, v float64) string {
	switch {
	case v < 10:
		return phrase.Decimal(l, v, 2)
	case v < 100:
		return phrase.Decimal(l, v, 1)
	}
	return phrase.Integer(l, int64(v+0.5))
}
