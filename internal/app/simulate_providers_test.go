package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/notify"
)

// chance is what a seed decides about one thing: the same whenever it is asked, so that goroutines that run beside each
// other do not change what happens to a third.
type chance struct{ *rand.Rand }

func (w *world) chance(what ...any) chance {
	h := fnv.New64a()
	fmt.Fprintln(h, what...)
	return chance{rand.New(rand.NewPCG(w.seed, h.Sum64()))}
}

// duration is up to most, short ones being likelier.
func (c chance) duration(most time.Duration) time.Duration {
	f := c.Float64()
	return time.Duration(f * f * float64(most))
}

func (c chance) of(percent int) bool { return c.IntN(100) < percent }

// mood is how a provider takes one call.
type mood string

const (
	takes      mood = "takes"
	doubles    mood = "takes it and delivers it twice"
	lies       mood = "takes it and answers an error"
	fails      mood = "fails"
	refuses    mood = "refuses for good"
	limits     mood = "asks for later"
	hangs      mood = "hangs"
	hangsTaken mood = "takes it and hangs"
)

// moods are as likely as they are often here, of a hundred; the rest takes.
var moods = []struct {
	percent int
	mood    mood
}{{14, fails}, {8, lies}, {6, limits}, {5, hangs}, {5, hangsTaken}, {5, doubles}, {4, refuses}}

// call is one attempt to send, as the provider saw it.
type call struct {
	channel, address, key string
	purpose               string
	pages                 []pageOf // that the message carries, of a storm those to acknowledge
	number                int      // of the calls by this channel with this key
	receipt               string
	mood                  mood
	process               int
	begun, ended          int // in the order of all that happened; ended is 0 while it is under way
	at                    time.Time
	taken                 int // how often it was delivered
	takenAt               int
}

// pageOf names a page, and tells whether it asks to acknowledge.
type pageOf struct {
	incident, key string
	asks          bool
}

// ackLinks finds the pages in the text of a message, which may be many in a storm.
var ackLinks = regexp.MustCompile(`/ack/([A-Za-z0-9_-]{20,})`)

func pagesIn(m notify.Message) (list []pageOf) {
	for _, link := range ackLinks.FindAllStringSubmatch(m.Text, -1) {
		raw, err := base64.RawURLEncoding.DecodeString(link[1])
		parts := strings.Split(string(raw), "\n")
		if err != nil || len(parts) < 3 {
			panic("the simulation does not know links to acknowledge by any more: " + link[0])
		}
		list = append(list, pageOf{parts[0], parts[1], true})
	}
	if key, ok := strings.CutPrefix(m.Key, m.Page.Incident+"/"); ok && m.Page.Incident != "" && len(list) == 0 {
		list = append(list, pageOf{m.Page.Incident, key, false})
	}
	return list
}

// carries tells whether the message has a page in it.
func (c *call) carries(id, key string) bool {
	return slices.ContainsFunc(c.pages, func(p pageOf) bool { return p.incident == id && p.key == key })
}

// about tells whether the message is about an incident.
func (c *call) about(id string) bool {
	return slices.ContainsFunc(c.pages, func(p pageOf) bool { return p.incident == id })
}

// provider is a service beyond the process: it lives through crashes, has outages, and knows what it has delivered.
type provider struct {
	w      *world
	name   string
	shared bool // by several people, none of whom it reaches alone
	down   [][2]time.Time
}

// wire is a provider as one process sees it.
type wire struct {
	*provider
	l *life
}

func (p wire) Name() string { return p.name }

func (p *provider) address(r notify.Recipient) string {
	switch {
	case p.shared:
		return "everybody"
	case p.name == "slack":
		return r.Slack
	}
	return r.Email
}

// Reaches is asked just before a send begins, and takes its time: what keeps a send from beginning may commit meanwhile,
// unless it cannot.
func (p wire) Reaches(r notify.Recipient) bool {
	if p.l.aimed() {
		p.w.acknowledgeAll()
		p.l.hold(2 * time.Second)
	}
	p.l.linger(context.Background(), 30*time.Millisecond, "reaches", p.name)
	return p.address(r) != ""
}

// aimed tells whether somebody acknowledges at this very moment: in every other process, before one of its first sends.
func (l *life) aimed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.slow || l.dead {
		return false
	}
	l.sends++
	return l.sends == l.aim
}

// hold lets the moment last, so that an acknowledgement that may commit in it does.
func (l *life) hold(d time.Duration) {
	select {
	case <-time.After(d):
	case <-l.died:
	}
}

// acknowledgeAll has somebody acknowledge all that is open, at once.
func (w *world) acknowledgeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.ended:
		return
	default:
	}
	for _, id := range w.opened {
		w.acting.Go(func() {
			what := "at the moment of a send somebody acknowledges " + id
			w.judge(what, w.act(what, func(p *process) error { return w.do(p, "nora", id, incident.Acknowledge{}) }))
		})
	}
}

// never tells whether the provider refuses an address, whatever it is sent.
func (p *provider) never(address string) bool {
	return p.w.chance("never", p.name, address).of(8)
}

// moodOf says how the provider takes a call.
func (p *provider) moodOf(c *call) mood {
	if p.never(c.address) {
		return refuses
	}
	if p.w.isWell() {
		return takes
	}
	for _, d := range p.down {
		if !c.at.Before(d[0]) && c.at.Before(d[1]) {
			return fails
		}
	}
	n := p.w.chance("mood", p.name, c.key, c.number).IntN(100)
	for _, m := range moods {
		if n -= m.percent; n < 0 {
			return m.mood
		}
	}
	return takes
}

// Send is one call: it reaches the provider, is taken or not, and is answered or not. The process may die at each stage.
func (p wire) Send(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	c := &call{channel: p.name, address: p.address(m.To), key: m.Key, process: p.l.number}
	if m.Page != nil {
		c.pages, c.purpose = pagesIn(m), m.Page.Purpose
		if len(c.pages) > 0 && c.pages[0].asks {
			c.purpose = string(incident.ToAcknowledge) // a storm of several purposes goes by the first
		}
	}
	return p.serve(ctx, c)
}

// Settle tells a shared service how an incident stands.
func (p wire) Settle(ctx context.Context, s notify.Settlement) error {
	if !p.shared {
		return nil
	}
	_, err := p.serve(ctx, &call{channel: p.name, address: "everybody", key: s.Key, pages: []pageOf{{incident: s.Incident}}, purpose: settling, process: p.l.number})
	return err
}

const settling = "settle"

func (p wire) serve(ctx context.Context, c *call) (notify.Receipt, error) {
	if err := p.l.step("a send before it is reached"); err != nil {
		return notify.Receipt{}, err
	}
	p.w.begins(c)
	c.mood = p.moodOf(c)
	lag := p.w.chance("lag", p.name, c.key, c.number)
	if err := p.pass(ctx, c, lag.duration(4*time.Second)); err != nil {
		return notify.Receipt{}, p.w.ends(c, err)
	}
	switch c.mood {
	case fails:
		return notify.Receipt{}, p.w.ends(c, errors.New("connection refused"))
	case refuses:
		return notify.Receipt{}, p.w.ends(c, &notify.Permanent{Err: errors.New("no such user")})
	case limits:
		return notify.Receipt{}, p.w.ends(c, &notify.Limited{After: lag.duration(3 * time.Minute), Err: errors.New("slow down")})
	case hangs:
		return notify.Receipt{}, p.w.ends(c, p.pass(ctx, c, time.Hour))
	}
	p.w.takes(c)
	if err := p.l.step("a send that was taken"); err != nil {
		return notify.Receipt{}, p.w.ends(c, err)
	}
	switch c.mood {
	case lies:
		return notify.Receipt{}, p.w.ends(c, errors.New("internal server error"))
	case hangsTaken:
		return notify.Receipt{}, p.w.ends(c, p.pass(ctx, nil, time.Hour))
	case doubles:
		p.w.takes(c)
	}
	if err := p.pass(ctx, nil, lag.duration(time.Second)); err != nil {
		return notify.Receipt{}, p.w.ends(c, err)
	}
	return notify.Receipt{ID: c.receipt}, p.w.ends(c, p.l.step("the answer of a send"))
}

// pass lets time pass in a call. What is under way when the process dies may have left it already.
func (p wire) pass(ctx context.Context, c *call, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		if p.l.over() {
			return errDead
		}
		return ctx.Err()
	case <-p.l.died:
		if c != nil && !slices.Contains([]mood{fails, refuses, limits, hangs}, c.mood) && p.w.chance("left", c.key, c.number).of(50) {
			p.w.takes(c)
		}
		return errDead
	}
}

// outages are drawn within the time of the scenario.
func (w *world) outages(name string) (down [][2]time.Time) {
	c := w.chance("outages", name)
	for range c.IntN(3) {
		from := w.begun.Add(time.Duration(c.Float64() * float64(w.horizon)))
		down = append(down, [2]time.Time{from, from.Add(c.duration(5 * time.Minute))})
	}
	return down
}
