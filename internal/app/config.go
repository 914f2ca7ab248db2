package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/backlog"
	"github.com/safelight-dev/safelight/internal/checkpoint"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/faces"
	"github.com/safelight-dev/safelight/internal/feed"
	"github.com/safelight-dev/safelight/internal/gate"
	"github.com/safelight-dev/safelight/internal/guard"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/opinion"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/telemetry"
	"github.com/safelight-dev/safelight/internal/watch"
	"github.com/safelight-dev/safelight/lpips"
	"github.com/safelight-dev/safelight/pixels"
)

// ConfigName is the name of the configuration file in the folder that --dir names.
const ConfigName = "safelight.yaml"

// maxConfig bounds the configuration file.
const maxConfig = 1 << 20

// Config is safelight.yaml. Each part belongs to the package that it configures.
type Config struct {
	// Language of documents and messages: fr or en.
	Language phrase.Lang `yaml:"language"`
	// Root is the folder of the postmortems, relative to the repository.
	Root string `yaml:"root"`
	// Serve is the server's address.
	Serve ServeConfig `yaml:"serve"`
	// Limits on images.
	Limits Limits `yaml:"limits"`
	// LPIPS is the network of the perceptual distance: alex, squeeze or vgg.
	LPIPS lpips.Kind `yaml:"lpips"`
	// Codec is the path of safelight-codec; beside this program or on PATH if empty.
	Codec string `yaml:"codec"`
	// Faces is an external command that looks for faces in delivered pictures; nobody is shown them where none is named.
	Faces faces.Config `yaml:"faces"`
	// Watch names what is watched.
	Watch pipeline.Config `yaml:",inline"`
	// Series says how the series are kept, what clients may send, and whose Prometheus is asked.
	Series telemetry.Config `yaml:"series"`
	// AlertRules in the short form.
	AlertRules []telemetry.ShortRule `yaml:"alertRules"`
	// RuleFiles are Prometheus rule files, relative to the folder; a name may be a pattern such as rules/*.yaml.
	RuleFiles []string `yaml:"ruleFiles"`
	// StarterRules adds the rules that come with the program.
	StarterRules bool `yaml:"starterRules"`
	// Alerts says how alerts become incidents.
	Alerts alert.Config `yaml:"alerts"`
	// Signals says which tickets, posts and reviews are about which pipeline, and how their trend is watched.
	Signals intake.Config `yaml:"signals"`
	// Opinion is an outside service that says what a text's sentiment is; our own scorer does where none is named.
	Opinion opinion.Config `yaml:"opinion"`
	// Sources are where users speak: feeds, Mastodon, webhooks, CSV files.
	Sources feed.Config `yaml:"sources"`
	// OnCall is the schedules.
	OnCall oncall.Config `yaml:"onCall"`
	// Notify says how people are reached.
	Notify notify.Config `yaml:"notify"`
	// Watchdog says how Safelight is watched itself.
	Watchdog WatchdogConfig `yaml:"watchdog"`
	// Gateway is the built-in delivery gateway.
	Gateway delivery.Config `yaml:"gateway"`
	// Runbooks are what is done while an incident burns, step by step, by their names.
	Runbooks runbook.Config `yaml:"runbooks"`
	// Tests are the programs of the house by which hypotheses are tested, by their names.
	Tests experiment.Config `yaml:"tests"`
	// Gate says how CI judges changed images.
	Gate gate.Config `yaml:"gate"`
	// Guards are what a change has to keep besides, before it is merged.
	Guards guard.Config `yaml:"guards"`
	// Quarantine says how long copies of held images are kept.
	Quarantine QuarantineConfig `yaml:"quarantine"`
	// Backlog is the tracker that actions stand in too; none if it is absent.
	Backlog backlog.Config `yaml:"backlog"`
	// Git says how publications are committed and where they are pushed.
	Git GitConfig `yaml:"git"`
	// Evidence says where evidence is collected.
	Evidence EvidenceConfig `yaml:"evidence"`
	// Restricted says which postmortems not everybody may read whole.
	Restricted postmortem.RestrictPolicy `yaml:"restricted"`
	// Journal says what is done with checkpoints of the journal.
	Journal checkpoint.Config `yaml:"journal"`
}

// ServeConfig is the address of pages and API.
type ServeConfig struct {
	// Listen is host:port; loopback unless you mean it.
	Listen string `yaml:"listen"`
	// URL is the address that people use, for links in messages; http:// and Listen if empty.
	URL string `yaml:"url"`
	// OTLP is a second address that takes OpenTelemetry's metrics alone: 127.0.0.1:4318 is where its SDKs send
	// when they are told nothing. None if empty.
	OTLP string `yaml:"otlp"`
}

// Limits bound what is read from images.
type Limits struct {
	MaxBytes  pipeline.Bytes `yaml:"maxBytes"`
	MaxPixels int64          `yaml:"maxPixels"`
	// Memory is what the files and pictures of a scan may take together.
	Memory pipeline.Bytes `yaml:"memory"`
}

// Pixels gives the limits in the decoder's form.
func (l Limits) Pixels() pixels.Options {
	return pixels.Options{MaxBytes: int64(l.MaxBytes), MaxPixels: l.MaxPixels}
}

// GitConfig says how publications are committed, and where they are pushed.
type GitConfig struct {
	// Name and Email are the committer of publications; their author is who wrote them.
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	// SigningKey is the file of a private SSH key without a passphrase that commits are signed with; none if empty.
	SigningKey string `yaml:"signingKey"`
	// Remote is where commits are pushed.
	Remote repository.Remote `yaml:"remote"`
}

// DefaultConfig is what holds where safelight.yaml says nothing.
func DefaultConfig() Config {
	return Config{
		Language:   phrase.French,
		Root:       "run/_/postmortems",
		Serve:      ServeConfig{Listen: "127.0.0.1:8321"},
		Limits:     Limits{MaxBytes: pixels.DefaultMaxBytes, MaxPixels: pixels.DefaultMaxPixels, Memory: watch.DefaultMemory},
		LPIPS:      lpips.Alex,
		Watch:      pipeline.Config{}.WithDefaults(),
		Notify:     notify.Config{Console: true},
		Quarantine: QuarantineConfig{KeepDiscarded: defaultKeepDiscarded},
		Git:        GitConfig{Name: "Safelight", Email: "safelight@localhost"},
	}
}

// Load reads safelight.yaml of a folder strictly: an unknown key is an error
// with its line. It also gives the file's bytes, whose digest is journalled.
func Load(dir string) (Config, []byte, error) {
	path := filepath.Join(dir, ConfigName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil, fmt.Errorf("read %s: there is none; run `safelight init --dir %s` first: %w", path, dir, journal.ErrNotFound)
	}
	if err != nil {
		return Config{}, nil, fmt.Errorf("read the configuration: %w", err)
	}
	c, err := Parse(data, dir)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, data, nil
}

// LoadWatch is [Load] for commands that work without a configuration too:
// where there is no file, the defaults hold.
func LoadWatch(dir string) (Config, error) {
	c, _, err := Load(dir)
	if errors.Is(err, journal.ErrNotFound) {
		return DefaultConfig(), nil
	}
	return c, err
}

// Parse decodes and validates a configuration whose relative folders start at dir. Rule files are not read.
func Parse(data []byte, dir string) (Config, error) {
	c, err := decode(data, dir)
	if err != nil {
		return c, err
	}
	return c, c.validate()
}

func decode(data []byte, dir string) (Config, error) {
	c := DefaultConfig()
	if len(data) > maxConfig {
		return c, fmt.Errorf("%d bytes, the limit is %d: %w", len(data), maxConfig, journal.ErrTooLarge)
	}
	c.Watch = pipeline.Config{}
	if err := decodeYAML(data, &c); err != nil {
		return c, err
	}
	c.Watch = c.Watch.WithDefaults()
	c.resolve(dir)
	return c, nil
}

// resolve makes the folders of the configuration independent of the working folder.
func (c *Config) resolve(dir string) {
	abs := func(p string) string {
		if p == "" || filepath.IsAbs(p) || strings.Contains(p, "://") {
			return p
		}
		return filepath.Join(dir, p)
	}
	for name, p := range c.Watch.Pipelines {
		p.Reference, p.Delivered = abs(p.Reference), abs(p.Delivered)
		p.Metadata.Resolve(abs)
		if g := p.Rollback.Git; g != nil {
			p.Rollback.Git = &pipeline.GitRollback{Repository: abs(g.Repository), Branch: g.Branch}
		}
		c.Watch.Pipelines[name] = p
	}
	for _, b := range c.Watch.Classes {
		b.Metadata.Resolve(abs)
	}
	c.Codec = abs(c.Codec)
	if c.Git.SigningKey != "" {
		c.Git.SigningKey = abs(c.Git.SigningKey)
	}
	c.Git.Remote.Resolve(abs)
	c.Evidence.Resolve(abs)
	c.Faces.Resolve(dir)
	c.Signals.Model = abs(c.Signals.Model)
	c.Opinion.KeyFile = abs(c.Opinion.KeyFile)
	c.Sources.Resolve(abs)
	c.Backlog.Resolve(abs)
	c.OnCall.Resolve(abs)
	c.Runbooks.Resolve(programsBeside(dir))
	c.Tests.Resolve(programsBeside(dir))
	for name, r := range c.Gateway.Routes {
		r.Origin, r.Fallback, r.Placeholder = abs(r.Origin), abs(r.Fallback), abs(r.Placeholder)
		c.Gateway.Routes[name] = r
	}
	for i, f := range c.RuleFiles {
		c.RuleFiles[i] = abs(f)
	}
}

// programsBeside gives the places of programs that are named by a path. They are absolute: joined with ".", "./name" would become "name",
// which is looked for on PATH.
func programsBeside(dir string) func(string) string {
	return func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		at := filepath.Join(dir, p)
		if whole, err := filepath.Abs(at); err == nil {
			return whole
		}
		return at // the working folder is gone: nothing beside it can be run
	}
}

func (c Config) validate() error {
	if c.Language != phrase.French && c.Language != phrase.English {
		return fmt.Errorf("language %q: use fr or en: %w", c.Language, journal.ErrInvalid)
	}
	if err := errors.Join(c.validateRoot(), c.Serve.validate(), c.Quarantine.validate()); err != nil {
		return err
	}
	if c.Limits.MaxPixels < 0 {
		return fmt.Errorf("limits: maxPixels %d: a limit is above 0: %w", c.Limits.MaxPixels, journal.ErrInvalid)
	}
	if !slices.Contains(lpips.Kinds(), c.LPIPS) {
		return fmt.Errorf("lpips %q: name a network of %v: %w", c.LPIPS, lpips.Kinds(), journal.ErrInvalid)
	}
	if err := c.Faces.Validate(); err != nil {
		return err
	}
	if err := errors.Join(c.Watch.Validate(), c.validateBuckets()); err != nil {
		return err
	}
	if err := c.Runbooks.Validate(slices.Sorted(maps.Keys(c.Gateway.Routes))); err != nil {
		return err
	}
	if err := c.validateGate(); err != nil {
		return err
	}
	if err := c.Guards.Validate(); err != nil {
		return err
	}
	if err := c.Tests.Validate(); err != nil {
		return err
	}
	for name, p := range c.Watch.Pipelines {
		if _, ok := c.Runbooks.Get(p.Runbook); !ok && p.Runbook != "" {
			return fmt.Errorf("pipeline %s: runbook %q is not configured: write it under runbooks: %w", name, p.Runbook, journal.ErrInvalid)
		}
		for _, route := range p.Routes {
			if _, ok := c.Gateway.Routes[route]; !ok {
				return fmt.Errorf("pipeline %s: route %q is not among the gateway's routes: %w", name, route, journal.ErrInvalid)
			}
		}
	}
	if err := c.Series.Validate(); err != nil {
		return err
	}
	if err := c.validateRules(); err != nil {
		return err
	}
	if err := c.Alerts.Validate(); err != nil {
		return err
	}
	if err := c.validateSignals(); err != nil {
		return err
	}
	if c.OnCall.Said() {
		if err := c.OnCall.Validate(); err != nil {
			return err
		}
	}
	if err := errors.Join(c.Evidence.Validate(), c.Backlog.Validate(), c.Restricted.Validate(), c.Journal.Validate(), c.Git.Remote.Validate(), c.Notify.Validate(), c.Watchdog.Validate(), c.validateRehearsal()); err != nil {
		return err
	}
	return c.Gateway.Validate()
}

// validateRehearsal looks for the pipelines that take turns.
func (c Config) validateRehearsal() error {
	if c.Watchdog.Rehearsal == nil {
		return nil
	}
	for _, name := range c.Watchdog.Rehearsal.Pipelines {
		if _, ok := c.Watch.Pipelines[name]; !ok {
			return fmt.Errorf("watchdog.rehearsal: pipeline %q is not configured: %w", name, journal.ErrInvalid)
		}
	}
	return nil
}

func (c Config) validateSignals() error {
	pipelines := slices.Sorted(maps.Keys(c.Watch.Pipelines))
	if err := errors.Join(c.Signals.Validate(pipelines), c.Sources.Validate(pipelines)); err != nil {
		return err
	}
	if c.Opinion.Kind == "" {
		return nil
	}
	return c.Opinion.Validate()
}

// validateRoot keeps the postmortems inside the repository, and out of what
// Git and we keep to ourselves there.
func (c Config) validateRoot() error {
	first, _, _ := strings.Cut(filepath.ToSlash(filepath.Clean(c.Root)), "/")
	if !filepath.IsLocal(c.Root) || strings.EqualFold(first, ".git") || first == filepath.Base(StateDir("")) {
		return fmt.Errorf("root %q: name a folder inside the repository: %w", c.Root, journal.ErrInvalid)
	}
	return nil
}

func (s ServeConfig) validate() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("serve: listen %q: write host:port such as 127.0.0.1:8321: %w", s.Listen, journal.ErrInvalid)
	}
	if s.OTLP != "" {
		if _, _, err := net.SplitHostPort(s.OTLP); err != nil {
			return fmt.Errorf("serve: otlp %q: write host:port such as 127.0.0.1:4318: %w", s.OTLP, journal.ErrInvalid)
		}
	}
	if s.URL == "" {
		return nil
	}
	// The address is not quoted: somebody will write a password into it.
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("serve: url: write the address that people use, such as https://safelight.example.org: %w", journal.ErrInvalid)
	}
	return nil
}
