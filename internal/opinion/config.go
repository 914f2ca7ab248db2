package opinion

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config is the part of safelight.yaml that names an outside sentiment service.
type Config struct {
	// Kind is the service's language: json (any, by JSON), huggingface (Inference API and endpoints), tei (Text
	// Embeddings Inference), google (Natural Language), azure (AI Language), openai (and compatible chat servers), comprehend (AWS).
	Kind string `yaml:"kind"`
	// URL is where requests go: the whole address for json and huggingface; the server for the others, without the
	// path. It may be empty for google, openai and comprehend, which have one of their own.
	URL string `yaml:"url"`
	// Model is the model's name where the service has several; results carry it.
	Model string `yaml:"model"`
	// KeyEnv names the environment variable that holds the key; KeyFile names a file that does. At most one.
	KeyEnv  string `yaml:"keyEnv"`
	KeyFile string `yaml:"keyFile"`
	// Timeout is for one request; 10s if 0.
	Timeout time.Duration `yaml:"timeout"`
	// Batch is the number of texts in a request, where the service takes several; its own limit, or 16, if 0.
	Batch int `yaml:"batch"`
	// Cache is how many results are remembered, 10000 if 0.
	Cache int `yaml:"cache"`
	// Labels says what the model's labels mean (negative, neutral, positive) where their names do not.
	Labels map[string]string `yaml:"labels"`
	// Region and AccessKey are comprehend's: the region, and the access key id whose secret KeyEnv or KeyFile names.
	Region    string `yaml:"region"`
	AccessKey string `yaml:"accessKey"`
	// JSON says how requests are written and answers read where Kind is json.
	JSON *JSONConfig `yaml:"json"`

	dial func(ctx context.Context, network, addr string) (net.Conn, error) // of tests
}

const (
	defaultTimeout = 10 * time.Second
	maxTimeout     = time.Minute
	defaultBatch   = 16
	maxBatch       = 100
	defaultCache   = 10_000
	maxCache       = 1_000_000 // some 300 bytes each
	maxKey         = 16 << 10
)

// kind is what is fixed for a kind of service.
type kind struct {
	batch  int    // the service's own limit; 0 where there is none
	url    string // where it lives if nothing else is said
	needs  string // a key that must be there: "url", "key", "model" …
	opener func(c Config, key string) (service, error)
}

// kinds is the one table of services.
func kinds() map[string]kind {
	return map[string]kind{
		"json":        {needs: "url", opener: openJSON},
		"huggingface": {needs: "url", opener: openHuggingFace},
		"tei":         {needs: "url", opener: openTEI},
		"google":      {batch: 1, url: "https://language.googleapis.com", needs: "key", opener: openGoogle},
		"azure":       {batch: 10, needs: "url key", opener: openAzure},
		"openai":      {url: "https://api.openai.com", needs: "model", opener: openOpenAI},
		"comprehend":  {batch: 25, needs: "region accessKey key", opener: openComprehend},
	}
}

// Validate says what is wrong with the configuration, one sentence for each
// mistake, or nil. It reads neither environment nor files.
func (c Config) Validate() error {
	k, ok := kinds()[c.Kind]
	if !ok {
		return fmt.Errorf("opinion: kind %q is none of json, huggingface, tei, google, azure, openai, comprehend: %w", c.Kind, journal.ErrInvalid)
	}
	var errs []error
	for _, mistake := range append(c.missing(k), c.mistakes(k)...) {
		errs = append(errs, fmt.Errorf("opinion: %s: %w", mistake, journal.ErrInvalid))
	}
	return errors.Join(errs...)
}

// missing lists what the kind needs and the configuration does not say.
func (c Config) missing(k kind) []string {
	said := map[string]bool{
		"url": c.URL != "", "model": c.Model != "", "key": c.KeyEnv+c.KeyFile != "",
		"region": c.Region != "", "accessKey": c.AccessKey != "",
	}
	names := map[string]string{"key": "keyEnv or keyFile"}
	var list []string
	for _, need := range strings.Fields(k.needs) {
		if said[need] {
			continue
		}
		if names[need] != "" {
			need = names[need]
		}
		list = append(list, fmt.Sprintf("kind %s needs %s", c.Kind, need))
	}
	return list
}

// mistakes never quotes the address, keyEnv or keyFile: somebody will write the key itself there.
func (c Config) mistakes(k kind) []string {
	var list []string
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	add(c.URL != "" && !goodURL(c.URL), "url: write https://host/path without a user or a fragment")
	add(c.KeyEnv+c.KeyFile != "" && strings.HasPrefix(c.URL, "http://") && !local(c.URL),
		"url: the key would go in clear over http: use https")
	add(c.KeyEnv != "" && c.KeyFile != "", "keyEnv and keyFile: give one of them")
	add(strings.ContainsAny(c.KeyEnv, "=$ \x00"), "keyEnv must be the name of an environment variable, such as SAFELIGHT_OPINION_KEY")
	add(c.Timeout < 0 || c.Timeout > maxTimeout, "timeout %v is not between 0 and %v", c.Timeout, maxTimeout)
	most := maxBatch
	if k.batch > 0 {
		most = k.batch
	}
	add(c.Batch < 0 || c.Batch > most, "batch %d is not between 0 and %d", c.Batch, most)
	add(c.Cache < 0 || c.Cache > maxCache, "cache %d is not between 0 and %d", c.Cache, maxCache)
	for label, means := range c.Labels {
		_, ok := classes[means]
		add(!ok, "labels: %q means %q, which is none of negative, neutral, positive", label, means)
	}
	add((c.JSON != nil) != (c.Kind == "json"), "kind json and the section json go together")
	add(c.Region != "" && !plainName(c.Region), "region %q is not a region such as eu-west-3", c.Region)
	if c.JSON != nil && c.Kind == "json" {
		list = append(list, c.JSON.mistakes()...)
	}
	return list
}

func goodURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && (u.Scheme == "http" || u.Scheme == "https")
}

// local tells whether an address names this machine.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// plainName tells names that may become part of a host name.
func plainName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// secret reads the key that the configuration names; empty where it names none.
func (c Config) secret() (string, error) {
	switch {
	case c.KeyEnv != "":
		if key := strings.TrimSpace(os.Getenv(c.KeyEnv)); key != "" {
			return key, headerSafe(key)
		}
		return "", fmt.Errorf("opinion: the environment variable that keyEnv names is not set: %w", journal.ErrInvalid)
	case c.KeyFile != "":
		data, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return "", errors.Join(fmt.Errorf("opinion: the file that keyFile names cannot be read: %w", journal.ErrInvalid), errors.Unwrap(err))
		}
		key := strings.TrimSpace(string(data))
		if key == "" || len(key) > maxKey {
			return "", fmt.Errorf("opinion: the file that keyFile names holds no key: %w", journal.ErrInvalid)
		}
		return key, headerSafe(key)
	}
	return "", nil
}

// headerSafe refuses keys that no header can carry; net/http would quote them in its error.
func headerSafe(key string) error {
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("opinion: the key holds a character that no header can carry: %w", journal.ErrInvalid)
		}
	}
	return nil
}

func (c Config) open(key string) (service, error) {
	k := kinds()[c.Kind]
	if c.URL == "" {
		c.URL = k.url
	}
	return k.opener(c, key)
}

func (c Config) batch() int {
	if c.Batch > 0 {
		return c.Batch
	}
	if own := kinds()[c.Kind].batch; own > 0 {
		return own
	}
	if c.JSON != nil && c.JSON.Each == "" {
		return 1
	}
	return defaultBatch
}

func (c Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return defaultTimeout
}

func (c Config) cacheSize() int {
	if c.Cache > 0 {
		return c.Cache
	}
	return defaultCache
}
