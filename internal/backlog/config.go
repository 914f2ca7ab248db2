package backlog

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// Config is the part of safelight.yaml that names the tracker that actions stand in too.
type Config struct {
	// Kind is github, gitlab, jira (Cloud, REST v3) or jira-datacenter (REST v2).
	Kind string `yaml:"kind"`
	// URL is the API's address: https://api.github.com and https://gitlab.com if empty; the site for Jira.
	URL string `yaml:"url"`
	// Project is OWNER/REPOSITORY, GROUP/PROJECT, or the key of a Jira project.
	Project string `yaml:"project"`
	// TokenFile holds the token; User is the account's e-mail, for Jira Cloud alone.
	TokenFile string `yaml:"tokenFile"`
	User      string `yaml:"user"`
	// WebhookSecretFile holds what the tracker signs its webhooks with; without it there are none, and changes come by polling.
	WebhookSecretFile string `yaml:"webhookSecretFile"`
	// Labels are put on each issue, beside those of severity and domain.
	Labels []string `yaml:"labels"`
	// IssueType is Jira's; Task if empty.
	IssueType string `yaml:"issueType"`
	// States name Jira's statuses where their category (done or not) is not enough.
	States States `yaml:"states"`
	// People are the logins there by those here: a login of GitHub or GitLab, the account id of Jira Cloud, the name of Data Center.
	People map[string]string `yaml:"people"`
	// Unproven is what becomes of an issue that was closed while the action has no proof: reopen (if empty) or comment.
	Unproven string `yaml:"unproven"`
	// Poll is how often changes are asked for; 1m if 0.
	Poll time.Duration `yaml:"poll"`
}

// States are the statuses of Jira that an action's states stand for.
type States struct {
	Open   string   `yaml:"open"`   // where a reopened issue goes
	Closed string   `yaml:"closed"` // where a closed one goes
	Done   []string `yaml:"done"`   // further ones that count as closed
}

const (
	defaultPoll = time.Minute
	minPoll     = 10 * time.Second
	maxPoll     = 24 * time.Hour
	maxSecret   = 16 << 10
	maxLabels   = 20
)

// Configured tells whether a tracker is named at all.
func (c Config) Configured() bool { return c.Kind != "" }

// Resolve makes the files of the configuration independent of the working folder.
func (c *Config) Resolve(abs func(string) string) {
	c.TokenFile, c.WebhookSecretFile = abs(c.TokenFile), abs(c.WebhookSecretFile)
}

// Tracker is what the journal calls the tracker: "github acme/shop".
func (c Config) Tracker() string { return c.Kind + " " + c.Project }

// Reopens tells whether an issue that was closed without a proof is opened again.
func (c Config) Reopens() bool { return c.Unproven != "comment" }

// Every is how often changes are asked for.
func (c Config) Every() time.Duration {
	if c.Poll == 0 {
		return defaultPoll
	}
	return c.Poll
}

// kind is what is fixed for a kind of tracker.
type kind struct {
	url     string         // where it lives if nothing else is said
	project *regexp.Regexp // what its projects are called
	example string
	open    func(Config, *sender) service
}

var kinds = map[string]kind{
	"github":          {githubURL, regexp.MustCompile(`^[\w.-]{1,100}/[\w.-]{1,100}$`), "acme/shop", openGitHub},
	"gitlab":          {"https://gitlab.com", regexp.MustCompile(`^([\w.-]+/)+[\w.-]+$`), "acme/web/shop", openGitLab},
	"jira":            {"", regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,50}$`), "SHOP", openJira},
	"jira-datacenter": {"", regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,50}$`), "SHOP", openJira},
}

// Validate says what is wrong with the configuration, one sentence for each mistake, or nil. It reads no file.
func (c Config) Validate() error {
	if !c.Configured() {
		return nil
	}
	k, ok := kinds[c.Kind]
	if !ok {
		return fmt.Errorf("backlog: kind %q is none of %v: %w", c.Kind, slices.Sorted(maps.Keys(kinds)), journal.ErrInvalid)
	}
	var errs []error
	for _, mistake := range c.mistakes(k) {
		errs = append(errs, fmt.Errorf("backlog: %s: %w", mistake, journal.ErrInvalid))
	}
	return errors.Join(errs...)
}

// mistakes never quotes the address or the name of a file: somebody will write the token itself there.
func (c Config) mistakes(k kind) (list []string) {
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	jira := strings.HasPrefix(c.Kind, "jira")
	add(len(c.Project) > 500 || !k.project.MatchString(c.Project), "project %q: write it as %s", c.Project, k.example)
	add(c.URL == "" && k.url == "", "url: name the address of your Jira, such as https://acme.atlassian.net")
	add(c.URL != "" && !goodURL(c.URL), "url: write https://host/path without a user, a query or a fragment")
	add(strings.HasPrefix(c.URL, "http://") && !local(c.URL), "url: the token would go in clear over http: use https")
	add(c.TokenFile == "", "tokenFile: name the file that holds the token")
	add(c.Kind == "jira" && c.User == "", "user: name the e-mail of the account whose token it is")
	add(c.Kind != "jira" && c.User != "", "user belongs to kind jira alone")
	add(c.IssueType != "" && !jira, "issueType belongs to Jira alone")
	add((c.States.Open != "" || c.States.Closed != "" || len(c.States.Done) > 0) && !jira, "states belong to Jira alone: other trackers know open and closed")
	add(c.Unproven != "" && c.Unproven != "reopen" && c.Unproven != "comment", "unproven %q: use reopen or comment", c.Unproven)
	add(c.Poll != 0 && (c.Poll < minPoll || c.Poll > maxPoll), "poll %v is not between %v and %v", c.Poll, minPoll, maxPoll)
	add(len(c.Labels) > maxLabels, "%d labels, the limit is %d", len(c.Labels), maxLabels)
	for _, l := range c.Labels {
		add(l == "" || len(l) > 50 || strings.ContainsAny(l, ",\r\n") || jira && strings.Contains(l, " "), "label %q: 1 to 50 characters without a comma, and without a blank in Jira", l)
	}
	return append(list, c.peopleMistakes()...)
}

func (c Config) peopleMistakes() (list []string) {
	taken := map[string]string{}
	for _, here := range slices.Sorted(maps.Keys(c.People)) {
		there := c.People[here]
		if here == "" || there == "" || len(there) > 200 || strings.ContainsAny(there, " \r\n") {
			list = append(list, fmt.Sprintf("people: %q has no login there", here))
		}
		if other, twice := taken[strings.ToLower(there)]; twice {
			list = append(list, fmt.Sprintf("people: %s and %s have the same login there", other, here))
		}
		taken[strings.ToLower(there)] = here
	}
	return list
}

func goodURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && u.Fragment == "" && u.RawQuery == "" && (u.Scheme == "http" || u.Scheme == "https")
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

// secret reads a file that holds one line which a header can carry. Its name and its content stand in no error.
func secret(what, file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("backlog: the file that %s names cannot be read: %w", what, journal.ErrInvalid)
	}
	s := strings.TrimSpace(string(data))
	if s == "" || len(s) > maxSecret || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("backlog: the file that %s names does not hold one line of printable characters: %w", what, journal.ErrInvalid)
	}
	return s, nil
}

// loginThere gives the login there of somebody here, or nothing.
func (c Config) loginThere(here string) string { return c.People[here] }

// loginHere gives the login here of somebody there, or nothing. Trackers know no case in logins.
func (c Config) loginHere(there string) string {
	for here, t := range c.People {
		if there != "" && strings.EqualFold(t, there) {
			return here
		}
	}
	return ""
}
