package feed

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config is the part of safelight.yaml that names where users speak.
type Config struct {
	// Feeds are RSS, Atom and JSON feeds, by name.
	Feeds map[string]FeedConfig `yaml:"feeds"`
	// Mastodon are hashtags and accounts of Mastodon and of servers that speak like it, by name.
	Mastodon map[string]MastodonConfig `yaml:"mastodon"`
	// Hooks are what posts to /api/v1/hooks/NAME, by name.
	Hooks map[string]HookConfig `yaml:"hooks"`
	// CSV are mappings for files, by name: safelight signals import --mapping NAME.
	CSV map[string]Mapping `yaml:"csv"`
}

// FeedConfig is one feed.
type FeedConfig struct {
	// URL is the address of the feed.
	URL string `yaml:"url"`
	// Poll says how often, and where its signals belong.
	Poll `yaml:",inline"`
}

// MastodonConfig is one hashtag or one account.
type MastodonConfig struct {
	// Server is its address, https://mastodon.social.
	Server string `yaml:"server"`
	// Hashtag without #, or Account such as brand or brand@other.example: one of them.
	Hashtag string `yaml:"hashtag"`
	Account string `yaml:"account"`
	// TokenEnv names the environment variable that holds an access token; TokenFile a file. Many servers need none.
	TokenEnv  string `yaml:"tokenEnv"`
	TokenFile string `yaml:"tokenFile"`
	// Poll says how often, and where its signals belong.
	Poll `yaml:",inline"`
}

// Poll is common to what is asked at intervals.
type Poll struct {
	// Every is the interval, 1m to 24h; 15m if 0.
	Every time.Duration `yaml:"every"`
	// Pipeline that the signals are about; none if empty.
	Pipeline string `yaml:"pipeline"`
	// Lang is the language, fr or en …, where the source does not say.
	Lang string `yaml:"lang"`
	// AllowPrivate lets the source live on this machine or in a private network.
	AllowPrivate bool `yaml:"allowPrivate"`
}

const (
	defaultEvery = 15 * time.Minute
	minEvery     = time.Minute
	maxEvery     = 24 * time.Hour
	maxSources   = 200
	maxSecret    = 16 << 10
	maxHashtag   = 100 // characters
)

var (
	goodName    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	goodLang    = regexp.MustCompile(`^([a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*)?$`)
	goodHashtag = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_]+$`) // and at most maxHashtag: to compile {1,100} takes each start of the program 10 ms
	goodAccount = regexp.MustCompile(`^@?[A-Za-z0-9_.-]{1,64}(@[A-Za-z0-9.-]{1,253})?$`)
	// plainVariable is how variables are written and secrets are not: only it is quoted.
	plainVariable = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,99}$`)
	goodVariable  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)
)

// Resolve makes the paths of secrets independent of the working folder.
func (c Config) Resolve(abs func(string) string) {
	for name, m := range c.Mastodon {
		m.TokenFile = abs(m.TokenFile)
		c.Mastodon[name] = m
	}
	for name, h := range c.Hooks {
		h.SecretFile = abs(h.SecretFile)
		c.Hooks[name] = h
	}
}

// Validate says what is wrong with the configuration, one sentence for each
// mistake, or nil; pipelines are the configured ones. It reads neither environment nor files.
func (c Config) Validate(pipelines []string) error {
	var errs []error
	add := func(kind, name, pipeline string, mistakes []string) {
		if pipeline != "" && !slices.Contains(pipelines, pipeline) {
			mistakes = append(mistakes, fmt.Sprintf("pipeline %q is not configured", pipeline))
		}
		if !goodName.MatchString(name) {
			mistakes = append(mistakes, "a name is 1 to 63 of a-z, 0-9, dot, dash, underscore")
		}
		for _, m := range mistakes {
			errs = append(errs, fmt.Errorf("sources.%s.%s: %s: %w", kind, name, m, journal.ErrInvalid))
		}
	}
	seen := map[string]string{}
	once := func(kind, name string) []string {
		other, taken := seen[name]
		seen[name] = kind
		if taken {
			return []string{"the name is taken under " + other + ": signals are told apart by it"}
		}
		return nil
	}
	for name, f := range c.Feeds {
		add("feeds", name, f.Pipeline, append(f.mistakes(), once("feeds", name)...))
	}
	for name, m := range c.Mastodon {
		add("mastodon", name, m.Pipeline, append(m.mistakes(), once("mastodon", name)...))
	}
	for name, h := range c.Hooks {
		add("hooks", name, h.Pipeline.Default, append(h.mistakes(), once("hooks", name)...))
	}
	for name, m := range c.CSV {
		add("csv", name, m.Pipeline.Default, m.mistakes())
	}
	if len(seen) > maxSources {
		errs = append(errs, fmt.Errorf("sources: %d, the limit is %d: %w", len(seen), maxSources, journal.ErrInvalid))
	}
	return errors.Join(errs...)
}

// Polls tells whether a source of that name is asked at intervals.
func (c Config) Polls(name string) bool {
	_, feed := c.Feeds[name]
	_, mastodon := c.Mastodon[name]
	return feed || mastodon
}

// complain gathers the sentences whose condition holds.
type complain []string

func (c *complain) when(wrong bool, format string, args ...any) {
	if wrong {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

func (p Poll) mistakes() (list complain) {
	list.when(p.Every != 0 && (p.Every < minEvery || p.Every > maxEvery), "every %v is not between %v and %v", p.Every, minEvery, maxEvery)
	list.when(!goodLang.MatchString(p.Lang), "lang %q is not a language such as fr", p.Lang)
	return list
}

func (p Poll) every() time.Duration {
	if p.Every == 0 {
		return defaultEvery
	}
	return p.Every
}

// mistakes never quotes the address: it may hold a key.
func (f FeedConfig) mistakes() []string {
	list := f.Poll.mistakes()
	list.when(!goodURL(f.URL), "url: write http:// or https:// and an address without a user")
	return list
}

func (m MastodonConfig) mistakes() []string {
	list := m.Poll.mistakes()
	u, err := url.Parse(m.Server)
	list.when(!goodURL(m.Server) || err != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "",
		"server: write its address alone, such as https://mastodon.social")
	list.when((m.Hashtag == "") == (m.Account == ""), "give a hashtag or an account")
	list.when(m.Hashtag != "" && (utf8.RuneCountInString(m.Hashtag) > maxHashtag || !goodHashtag.MatchString(m.Hashtag)), "hashtag %q: write it without # and spaces", m.Hashtag)
	list.when(m.Account != "" && !goodAccount.MatchString(m.Account), "account %q: write name or name@server", m.Account)
	list = append(list, secretMistakes("token", m.TokenEnv, m.TokenFile)...)
	list.when(m.TokenEnv+m.TokenFile != "" && err == nil && u.Scheme == "http" && !loopback(u.Hostname()),
		"server: the token would go in clear over http: use https")
	return list
}

func goodURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https")
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// secretMistakes checks the pair of keys that name a secret and quotes neither:
// somebody will write the secret itself there.
func secretMistakes(name, env, file string) (list complain) {
	list.when(env != "" && file != "", "%sEnv and %sFile: give one of them", name, name)
	list.when(env != "" && !goodVariable.MatchString(env), "%sEnv must be the name of an environment variable", name)
	return list
}

// secret reads the secret that an environment variable or a file holds; empty where neither is named.
func secret(source, env, file string) (string, error) {
	switch {
	case env != "":
		if s := strings.TrimSpace(os.Getenv(env)); s != "" && len(s) <= maxSecret {
			return s, nil
		}
		named := "that its configuration names"
		if plainVariable.MatchString(env) {
			named = env
		}
		return "", fmt.Errorf("open source %s: the environment variable %s, which holds its secret, is not set or too long: set it for safelight serve, or take the source out of safelight.yaml: %w", source, named, journal.ErrInvalid)
	case file != "":
		data, err := os.ReadFile(file)
		if s := strings.TrimSpace(string(data)); err == nil && s != "" && len(s) <= maxSecret {
			return s, nil
		}
		return "", fmt.Errorf("open source %s: the file of its secret cannot be read or holds none: %w", source, journal.ErrInvalid)
	}
	return "", nil
}
