package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// Options says how the night is replayed.
type Options struct {
	Dir        string // the publication repository; must not hold a Safelight already
	Images     int
	Size       int    // pixels across; [DefaultSize] if 0
	Executable string // the safelight binary: the hook and the gateway run it
	// Edge is the kind of the real server that stands in front of the gateway: nginx or varnish; empty for none.
	Edge    string
	Console notify.Channel
	Log     *slog.Logger
	// Say tells what happens as it happens, with the replayed time; zero while preparing.
	Say func(at time.Time, what phrase.Sentence)
}

// Result is what the night left behind.
type Result struct {
	Incident string
	Password string // of all accounts
	End      time.Time
	Affected int
}

// MinImages is the least number of images that the night can be told with.
const MinImages = 60

// Night is when the reference incident happened.
func Night() time.Time { return time.Date(2025, time.September, 27, 0, 0, 0, 0, time.UTC) }

// stage is everything that the night is played with.
type stage struct {
	Options
	clock   *clock
	app     *app.App
	cast    map[string]people.Person
	goods   catalogue
	recipes Recipes
	repo    *PipelineRepo
	lut     LUTCommit // of the drifted look
	gateway string    // address
	edge    *edge     // nil without one
	shop    *shop     // where visitors ask
	id      string    // of the incident
}

// Run prepares the stage and replays the night.
func Run(ctx context.Context, o Options) (r Result, err error) {
	if err := o.check(); err != nil {
		return r, err
	}
	s := &stage{Options: o, clock: newClock(Night().Add(3*time.Hour + 50*time.Minute))}
	if s.Size == 0 {
		s.Size = DefaultSize
	}
	if err := s.prepare(ctx); err != nil {
		return r, err
	}
	password := rand.Text()[:16]
	stop, err := s.open(ctx, password)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	affected, err := s.night(ctx)
	if err != nil {
		return r, err
	}
	end := s.clock.now()
	return Result{Incident: s.id, Password: password, End: end, Affected: affected}, app.MarkReplayed(o.Dir, end)
}

func (o Options) check() error {
	if o.Images < MinImages {
		return fmt.Errorf("replay the night with %d images: it takes at least %d: %w", o.Images, MinImages, journal.ErrInvalid)
	}
	if _, err := os.Stat(app.StateDir(o.Dir)); err == nil {
		return fmt.Errorf("replay the night in %s: a Safelight lives there already: name another folder with --dir: %w", o.Dir, journal.ErrConflict)
	}
	return checkEdge(o.Edge, o.Dir)
}

// prepare draws the references, delivers the approved look and builds the
// team's repository: the world as it was before the night.
func (s *stage) prepare(ctx context.Context) error {
	var err error
	if s.recipes, err = NewRecipes(); err != nil {
		return err
	}
	s.goods = catalogue{
		reference: filepath.Join(s.Dir, "demo", "reference"), delivered: filepath.Join(s.Dir, "demo", "delivered"),
		seed: 20250927, size: s.Size, images: s.Images,
	}
	s.Say(time.Time{}, phrase.Of("demo.render", s.Images))
	if err := s.goods.render(ctx); err != nil {
		return err
	}
	s.Say(time.Time{}, phrase.Of("demo.deliver", s.Images))
	if err := s.goods.deliver(ctx, s.recipes.Good, 0, s.Images); err != nil {
		return err
	}
	s.repo, err = BuildPipelineRepo(ctx, PipelineOptions{
		Dir: filepath.Join(s.Dir, "demo", "pipeline"), Validator: s.Executable, Look: s.recipes.Good.LUT, Night: s.at(3, 58, 12),
	})
	return err
}

// at is a moment of the night.
func (s *stage) at(hour, minute, second int) time.Time {
	return Night().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
}

// configure writes the configuration of the house, with free addresses.
func (s *stage) configure() (config app.Config, text []byte, err error) {
	addresses, err := freeAddresses(5)
	if err != nil {
		return config, nil, err
	}
	s.gateway = addresses[0]
	facts := configFacts{
		Gateway: s.gateway, Listen: addresses[1], Red: BrandRed, Teal: BrandTeal, Sand: BrandSand,
		Reference: "demo/reference", Delivered: "demo/delivered", OnCall: onCallLogin, LeadName: leadLogin,
	}
	if s.Edge != "" {
		s.edge = newEdge(s.Edge, filepath.Join(s.Dir, "demo", "edge"), s.gateway, addresses[2:])
		facts.Edge = &s.edge.facts
	}
	if text, err = configOf(facts); err != nil {
		return config, nil, err
	}
	if err := app.WriteFile(filepath.Join(s.Dir, app.ConfigName), text); err != nil {
		return config, nil, err
	}
	if config, err = app.Parse(text, s.Dir); err != nil {
		return config, nil, fmt.Errorf("read the demo's configuration: %w", err)
	}
	return config, text, nil
}

// open starts the app, the gateway's process and the edge in front of it.
func (s *stage) open(ctx context.Context, password string) (stop func() error, err error) {
	config, text, err := s.configure()
	if err != nil {
		return nil, err
	}
	// Before the first event: whoever opens a night that was cut off must not
	// take it for a real one, whose clocks have all run out.
	if err := os.MkdirAll(app.StateDir(s.Dir), 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	if err := app.MarkReplayed(s.Dir, s.clock.now()); err != nil {
		return nil, err
	}
	s.app, err = app.New(ctx, app.Options{
		Dir: s.Dir, Config: config, Source: text, Now: s.clock.now, Replayed: true, Wall: s.clock.wall, Log: s.Log, Console: s.Console,
		Ignore: []string{"/demo/"},
	})
	if err != nil {
		return nil, err
	}
	stop = s.app.Close
	servers, err := s.startServers(ctx, config.Gateway)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	stop = func() error { return errors.Join(s.app.Close(), servers()) }
	if s.cast, err = cast(ctx, s.app, password); err != nil {
		return nil, errors.Join(err, stop())
	}
	if err := s.app.Start(ctx); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// startServers starts the gateway and, where there is one, the edge in front of it.
func (s *stage) startServers(ctx context.Context, config delivery.Config) (stop func() error, err error) {
	gateway, err := startGateway(ctx, s.Executable, s.Dir, s.gateway)
	if err != nil {
		return nil, err
	}
	s.shop = &shop{goods: s.goods, address: s.gateway, visits: quietVisits}
	if s.edge == nil {
		return gateway.stop, nil
	}
	if err := s.edge.start(ctx, s.goods.delivered, config); err != nil {
		return nil, errors.Join(err, gateway.stop())
	}
	s.shop.address, s.shop.visits = s.edge.listen, edgeVisits
	s.Say(time.Time{}, phrase.Of("demo.edge", s.edge.kind, s.edge.version, s.edge.listen))
	return func() error { return errors.Join(s.edge.stop(), gateway.stop()) }, nil
}

// freeAddresses finds loopback addresses that nobody listens on.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // all at the end, so that no port is given twice
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}
