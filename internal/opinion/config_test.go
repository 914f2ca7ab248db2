package opinion

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

func TestValidate(t *testing.T) {
	ok := Config{Kind: "tei", URL: "https://tei.example.org"}
	for want, change := range map[string]func(*Config){
		"":                                        func(*Config) {},
		`kind "vader" is none of`:                 func(c *Config) { c.Kind = "vader" },
		"kind tei needs url":                      func(c *Config) { c.URL = "" },
		"kind openai needs model":                 func(c *Config) { c.Kind = "openai" },
		"kind google needs keyEnv or keyFile":     func(c *Config) { c.Kind = "google" },
		"kind comprehend needs region":            func(c *Config) { c.Kind = "comprehend" },
		"url: write https://host/path":            func(c *Config) { c.URL = "https://user:s3cret@host/" },
		"url: the key would go in clear":          func(c *Config) { c.URL, c.KeyEnv = "http://tei.example.org", "K" },
		"keyEnv and keyFile: give one":            func(c *Config) { c.KeyEnv, c.KeyFile = "K", "f" },
		"keyEnv must be the name":                 func(c *Config) { c.KeyEnv = "s3cret=" },
		"timeout 2m0s is not between":             func(c *Config) { c.Timeout = 2 * time.Minute },
		"batch 101 is not between 0 and 100":      func(c *Config) { c.Batch = 101 },
		"batch 11 is not between 0 and 10":        func(c *Config) { c.Kind, c.Batch, c.KeyEnv = "azure", 11, "K" },
		"cache -1 is not between":                 func(c *Config) { c.Cache = -1 },
		`labels: "a" means "sad"`:                 func(c *Config) { c.Labels = map[string]string{"a": "sad"} },
		"kind json and the section json":          func(c *Config) { c.JSON = &JSONConfig{} },
		`region "a.b/" is not`:                    func(c *Config) { c.Region = "a.b/" },
		"json: body must be a template":           func(c *Config) { c.Kind, c.JSON = "json", &JSONConfig{Body: `{"t": "{{.Text}}"}`, Score: "s"} },
		"json: give the paths":                    func(c *Config) { c.Kind, c.JSON = "json", &JSONConfig{Body: `{"t": {{json .Text}}}`} },
		"json: negative and positive go together": func(c *Config) { c.Kind, c.JSON = "json", &JSONConfig{Body: `[]`, Negative: "n"} },
		"json: scoreMin must be below":            func(c *Config) { c.Kind, c.JSON = "json", &JSONConfig{Body: `[]`, Score: "n", ScoreMin: 2} },
		`json: header "a b" cannot be sent`: func(c *Config) {
			c.Kind, c.JSON = "json", &JSONConfig{Body: `[]`, Score: "n", Headers: map[string]string{"a b": "c"}}
		},
	} {
		c := ok
		change(&c)
		err := c.Validate()
		if want == "" {
			if err != nil {
				t.Errorf("a good configuration: %v", err)
			}
			continue
		}
		if !errors.Is(err, journal.ErrInvalid) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("error %v, want one with %q", err, want)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

// TestSecret: the key comes from where the configuration says and stands in no error.
func TestSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OPINION_TEST_KEY", "s3cret")
	t.Setenv("OPINION_TEST_BAD", "s3cret\nX: y")
	for _, c := range []struct {
		config Config
		want   string
		ok     bool
	}{
		{Config{}, "", true}, {Config{KeyEnv: "OPINION_TEST_KEY"}, "s3cret", true}, {Config{KeyFile: file}, "s3cret", true},
		{Config{KeyEnv: "OPINION_TEST_NONE"}, "", false}, {Config{KeyEnv: "OPINION_TEST_BAD"}, "", false},
		{Config{KeyFile: file + "s3cret"}, "", false},
	} {
		key, err := c.config.secret()
		if c.ok && (err != nil || key != c.want) {
			t.Errorf("%q %q: key %q, %v; want %q", c.config.KeyEnv, c.config.KeyFile, key, err, c.want)
		}
		if !c.ok && (!errors.Is(err, journal.ErrInvalid) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q %q: error %v, want ErrInvalid without the key", c.config.KeyEnv, c.config.KeyFile, err)
		}
	}
}

// TestNew: a client without mask is refused.
func TestNew(t *testing.T) {
	if _, err := New(Config{Kind: "tei", URL: "https://tei.example.org"}, nil); !errors.Is(err, journal.ErrInvalid) {
		t.Errorf("New without a mask = %v, want ErrInvalid", err)
	}
}

// TestCache: it holds no more than its limit, and forgets what was not asked for longest.
func TestCache(t *testing.T) {
	c := newCache(2)
	key := func(b byte) digest { return digest{b} }
	for i := range byte(2) {
		c.put(key(i), Result{Neutral: float64(i)})
	}
	c.get(key(0))
	c.put(key(2), Result{Neutral: 2})
	c.put(key(2), Result{Neutral: 3})
	for i, want := range []bool{true, false, true} {
		if r, ok := c.get(key(byte(i))); ok != want || i == 2 && r.Neutral != 3 {
			t.Errorf("entry %d: %v %v, want %v", i, r, ok, want)
		}
	}
	if len(c.at) != 2 || c.recent.Len() != 2 {
		t.Errorf("%d entries and %d in the list, want 2", len(c.at), c.recent.Len())
	}
}
