package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/watch"
)

// dialLimit is how long an address of the configuration has to answer.
const dialLimit = 2 * time.Second

// examineFile reads safelight.yaml. Where there is none the defaults hold, and
// so they do, for the rest of the examination, where it is not valid.
func examineFile(dir string) (app.Config, []finding) {
	f := finding{Mark: markOK, What: "file", Target: filepath.Join(dir, app.ConfigName)}
	if reason := readable(dir); reason != "" {
		f = finding{Mark: markError, What: "dir", Target: dir, Reason: reason}
		return app.DefaultConfig(), []finding{f}
	}
	config, _, err := app.Load(dir)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		f.note = phrase.Of("doctor.note.defaults", dir)
		return app.DefaultConfig(), []finding{f}
	case err != nil:
		f.Mark, f.Reason = markError, sentence(err)
		return app.DefaultConfig(), []finding{f}
	}
	return config, []finding{f}
}

// images looks at a folder of images, or asks a bucket for its first names.
func images(ctx context.Context, what, name, place string) finding {
	if !watch.InBucket(place) {
		return folder(what, name, place)
	}
	f := finding{Mark: markOK, What: what, Name: name, Target: place}
	b, err := watch.ParseBucket(place)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, bucketLimit)
		defer cancel()
		err = watch.CheckBucket(ctx, b)
	}
	if err != nil {
		f.Mark, f.Reason = markError, sentence(err)
	}
	return f
}

// bucketLimit is how long a bucket has to give its first names.
const bucketLimit = 10 * time.Second

// examineConfig looks at what a valid configuration names; servers are not dialled yet.
func examineConfig(ctx context.Context, dir string, config app.Config) []finding {
	var list []finding
	for _, name := range slices.Sorted(maps.Keys(config.Watch.Pipelines)) {
		p := config.Watch.Pipelines[name]
		list = append(list, images(ctx, "pipeline.reference", name, p.Reference), images(ctx, "pipeline.delivered", name, p.Delivered))
		list = append(list, examineRollback(name, p.Rollback)...)
	}
	for _, name := range slices.Sorted(maps.Keys(config.Gateway.Routes)) {
		list = append(list, examineRoute(name, config.Gateway.Routes[name])...)
	}
	list = append(list, examineHeartbeat(config.Watchdog.Heartbeat))
	list = append(list, examineRules(dir)...)
	return append(list, examineRepository(dir), examineState(dir))
}

// examineRollback looks whether a pipeline could go back; nothing is run and nobody is asked. The address of a webhook is never shown.
func examineRollback(name string, r pipeline.Rollback) []finding {
	f := finding{Mark: markOK, What: "rollback", Name: name}
	var err error
	switch {
	case r.Git != nil:
		f.Target = r.Git.Repository
		_, err = repository.OpenLine(r.Git.Repository, r.Git.Line())
	case len(r.Command) > 0 || r.Webhook != "":
		f.Target = "webhook"
		if len(r.Command) > 0 {
			f.Target = r.Command[0]
		}
		err = delivery.House{Pipeline: name, Config: r}.Check()
	default:
		return nil
	}
	if err != nil {
		f.Mark, f.err, f.Reason = markError, err, sentence(err)
	}
	return []finding{f}
}

// examineHeartbeat says whether anybody would notice that the server is silent. The address is never shown.
func examineHeartbeat(c *notify.HeartbeatConfig) finding {
	f := finding{Mark: markMissing, What: "heartbeat", Reason: "none is configured"}
	if c == nil {
		return f
	}
	f.Mark = markOK
	if _, err := c.Open(); err != nil {
		f.Mark, f.Reason = markError, sentence(err)
	}
	return f
}

// examineOnCall looks for times at which nobody is on call, and at the calendars of layers.
func examineOnCall(ctx context.Context, dir string, config app.Config) []finding {
	if !config.OnCall.Said() {
		return nil
	}
	now := time.Now()
	all, problems, err := app.ReadSchedules(ctx, dir, config.OnCall, now)
	if err != nil {
		return []finding{{Mark: markError, What: "oncall.calendar", Reason: sentence(err)}}
	}
	var list []finding
	for _, p := range problems {
		list = append(list, finding{Mark: markWarning, What: "oncall.calendar", Reason: sentence(p), err: p})
	}
	for _, s := range all {
		if gaps := app.GapWarning(s, now); gaps != nil {
			list = append(list, finding{Mark: markWarning, What: "oncall.gap", Name: s.Name(), Reason: sentence(gaps), err: gaps})
		} else {
			list = append(list, finding{Mark: markOK, What: "oncall.gap", Name: s.Name()})
		}
	}
	contacts, known, err := app.ContactWarnings(ctx, dir, config, now)
	if err != nil {
		return append(list, finding{Mark: markWarning, What: "contacts", Reason: sentence(err)})
	}
	if known && len(contacts) == 0 && config.Notify.ReachesPeople() {
		list = append(list, finding{Mark: markOK, What: "contacts", note: phrase.Of("doctor.note.contacts")})
	}
	for _, c := range contacts {
		list = append(list, finding{Mark: markWarning, What: "contacts", Reason: sentence(c), err: c})
	}
	return list
}

// examineRules reads the rules: a server starts without those of a broken file, which nobody notices until an alert is
// missing.
func examineRules(dir string) []finding {
	groups, broken, err := app.ConfiguredRules(dir)
	if err != nil { // there is no configuration, or it changed since it was read
		return nil
	}
	var list []finding
	for _, fault := range faults(errors.Join(broken...)) {
		list = append(list, finding{Mark: markError, What: "rules", Reason: fault})
	}
	if len(groups) == 0 || len(list) > 0 {
		return list
	}
	n := 0
	for _, g := range groups {
		n += g.Len()
	}
	return []finding{{Mark: markOK, What: "rules", Target: strconv.Itoa(n)}}
}

func examineRoute(name string, r delivery.RouteConfig) []finding {
	origin := finding{Mark: markOK, What: "route.origin", Name: name, Target: r.Origin}
	if u, err := url.Parse(r.Origin); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		origin.dial = hostPort(u)
	} else {
		origin = folder(origin.What, name, r.Origin)
	}
	list := []finding{origin, folder("route.fallback", name, r.Fallback)}
	if r.Placeholder != "" {
		f := finding{Mark: markOK, What: "route.placeholder", Name: name, Target: r.Placeholder}
		if file, err := os.Open(r.Placeholder); err != nil {
			f.Mark, f.Reason = markError, cause(err)
		} else {
			file.Close() // it was only read
		}
		list = append(list, f)
	}
	if u, err := url.Parse(r.URL); err == nil && u.Host != "" {
		list = append(list, finding{Mark: markOK, What: "route.url", Name: name, Target: r.URL, dial: hostPort(u)})
	}
	return list
}

// examineEdges asks what stands in front of the gateway. The address of a webhook is never shown.
func examineEdges(ctx context.Context, c delivery.Config) []finding {
	var list []finding
	found := c.CheckEdges(ctx)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		f := finding{Mark: markOK, What: "edge", Name: name, Target: c.Edges[name].Kind}
		if err := found[name]; err != nil {
			f.Mark, f.err, f.Reason = markError, err, sentence(err)
		}
		list = append(list, f)
	}
	return list
}

// examineFaces shows the face detector a test picture, where one is configured.
func examineFaces(ctx context.Context, config app.Config, engine *app.Engine) []finding {
	if !config.Faces.On() {
		return nil
	}
	f := finding{Mark: markOK, What: "faces", Target: config.Faces.Command[0]}
	if err := engine.TryFaces(ctx); err != nil {
		f.Mark, f.Reason = markError, sentence(err)
	}
	return []finding{f}
}

// hostPort is where a server of a URL listens.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = u.Scheme // net.Dial knows http and https by name
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// examineRepository looks for the Git repository that publications go to. The
// program git is not needed: Safelight writes commits itself.
func examineRepository(dir string) finding {
	f := finding{Mark: markOK, What: "repository", Target: filepath.Join(dir, ".git")}
	if _, err := os.Stat(f.Target); errors.Is(err, fs.ErrNotExist) {
		f.note = phrase.Of("doctor.note.no-repository")
	} else if err != nil {
		f.Mark, f.Reason = markError, cause(err)
	} else if err := unix.Access(f.Target, unix.W_OK); err != nil {
		f.Mark, f.Reason = markError, cause(err)
	}
	return f
}

// examineState looks at the folder of database and lock.
func examineState(dir string) finding {
	f := finding{Mark: markOK, What: "state", Target: app.StateDir(dir)}
	write := f.Target
	if info, err := os.Stat(f.Target); errors.Is(err, fs.ErrNotExist) {
		f.note, write = phrase.Of("doctor.note.no-state"), dir
	} else if err != nil {
		f.Mark, f.Reason = markError, cause(err)
		return f
	} else if !info.IsDir() {
		f.Mark, f.Reason = markError, "it is not a folder"
		return f
	}
	if err := unix.Access(write, unix.W_OK|unix.X_OK); err != nil {
		f.Mark, f.Reason = markError, cause(err)
		return f
	}
	holder, held, err := lockHolder(f.Target)
	switch {
	case err != nil:
		f.Mark, f.Reason = markWarning, cause(err)
	case held:
		f.note = phrase.Of("doctor.note.locked", holder)
		if address, err := app.ServedAt(dir); err == nil && address != "" {
			f.note = phrase.Of("doctor.note.served", holder, "http://"+address+"/")
		}
	}
	return f
}

// lockHolder tells whether a process holds the lock of a state folder, and
// the id that it wrote there. It asks with a shared lock, which is given back at once
// and which two doctors may have together.
func lockHolder(state string) (pid string, held bool, err error) {
	file, err := os.Open(filepath.Join(state, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close() // gives the lock back
	err = unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return "", false, err
	}
	text, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return "", true, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return "?", true, nil // it has not been written yet
	}
	return strconv.Itoa(n), true, nil
}

// folder looks at a folder that must be there.
func folder(what, name, path string) finding {
	f := finding{Mark: markOK, What: what, Name: name, Target: path}
	if f.Reason = readable(path); f.Reason != "" {
		f.Mark = markError
	}
	return f
}

// readable says why a folder cannot be read, or "".
func readable(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return cause(err)
	}
	defer file.Close() // it was only read
	if info, err := file.Stat(); err == nil && !info.IsDir() {
		return "it is not a folder"
	}
	if _, err := file.Readdirnames(1); err != nil && !errors.Is(err, io.EOF) {
		return cause(err)
	}
	return ""
}

// cause is an error without the path, which the finding has said already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// reach connects to the addresses of the findings, all at once, and sends
// nothing to them.
func reach(ctx context.Context, list []finding) {
	var all sync.WaitGroup
	for i := range list {
		if list[i].dial != "" {
			all.Go(func() { list[i].dialled(ctx) })
		}
	}
	all.Wait()
}

func (f *finding) dialled(ctx context.Context) {
	d := net.Dialer{Timeout: dialLimit}
	conn, err := d.DialContext(ctx, "tcp", f.dial)
	if err != nil {
		f.Mark, f.Reason = markError, fmt.Sprintf("it does not answer: %v", err)
		return
	}
	conn.Close() // nothing was sent that could be lost
}
