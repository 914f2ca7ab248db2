package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// CISource is a CI system whose logs are evidence.
type CISource struct {
	// Kind is github (Actions) or gitlab.
	Kind string `yaml:"kind"`
	// URL of the API: https://api.github.com and https://gitlab.com/api/v4 where it is empty.
	URL string `yaml:"url"`
	// Project is owner/name at GitHub, the path or the number of the project at GitLab.
	Project string `yaml:"project"`
	// TokenEnv names the environment variable that holds the token; none for what everybody may read.
	TokenEnv string `yaml:"tokenEnv"`
}

func (s CISource) validate() error {
	u, err := url.Parse(s.base())
	switch {
	case s.Kind != "github" && s.Kind != "gitlab":
		return fmt.Errorf("kind %q: use github or gitlab: %w", s.Kind, journal.ErrInvalid)
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("url: write the address of the API, without account or password: %w", journal.ErrInvalid)
	case s.Project == "" || s.Kind == "github" && strings.Count(s.Project, "/") != 1:
		return fmt.Errorf("project %q: use owner/name, or the project's path at GitLab: %w", s.Project, journal.ErrInvalid)
	}
	return nil
}

func (s CISource) base() string {
	switch {
	case s.URL != "":
		return strings.TrimSuffix(s.URL, "/")
	case s.Kind == "gitlab":
		return "https://gitlab.com/api/v4"
	}
	return "https://api.github.com"
}

const (
	maxLog    = 64 << 20 // bytes of the log of one job
	maxAnswer = 8 << 20  // bytes of a list of jobs
	jobsAPage = 100
	ciTime    = 2 * time.Minute // for one request, its log included
)

// job is a job of either system.
type job struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Stage       string `json:"stage"`      // GitLab
	Status      string `json:"status"`     // both
	Conclusion  string `json:"conclusion"` // GitHub
	StartedAt   string `json:"started_at"`
	CompletedAt string `json:"completed_at"`
	FinishedAt  string `json:"finished_at"` // GitLab
	WebURL      string `json:"web_url"`
	HTMLURL     string `json:"html_url"`
}

// CI brings the list of the jobs of a run (a pipeline, at GitLab) and the log of each that has one. A system that does not
// answer, or refuses, is said without the token.
func CI(ctx context.Context, name string, s CISource, run string, take Take) error {
	doing := fmt.Sprintf("collect the logs of run %.20q of %s", run, s.Project)
	if n, err := strconv.ParseInt(run, 10, 64); err != nil || n < 1 {
		return fmt.Errorf("%s: give the number of the run, as its address shows it: %w", doing, journal.ErrInvalid)
	}
	c := ciClient{source: s}
	if s.TokenEnv != "" {
		if c.token = os.Getenv(s.TokenEnv); c.token == "" {
			return fmt.Errorf("%s: the environment variable %s is empty: %w", doing, s.TokenEnv, journal.ErrInvalid)
		}
	}
	jobs, err := c.jobs(ctx, run)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	folder := fmt.Sprintf("ci-logs/%s-%s/", name, run)
	source := fmt.Sprintf("%s %s, run %s", s.Kind, s.Project, run)
	list, err := json.MarshalIndent(jobs, "", "  ")
	if err != nil {
		return err
	}
	if err := take(File{folder + "jobs.json", "ci-log", source, strings.NewReader(string(list) + "\n")}); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := c.log(ctx, j, func(r io.Reader) error {
			return take(File{fmt.Sprintf("%s%d-%s.log", folder, j.ID, fileName(j.Name)), "ci-log", source + ", job " + j.Name, r})
		}); err != nil {
			return fmt.Errorf("%s: job %s: %w", doing, fileName(j.Name), err)
		}
	}
	return nil
}

type ciClient struct {
	source CISource
	token  string
}

// jobs lists the jobs of a run, page by page, MaxFiles at most.
func (c ciClient) jobs(ctx context.Context, run string) ([]job, error) {
	var all []job
	for page := 1; ; page++ {
		query := fmt.Sprintf("?per_page=%d&page=%d", jobsAPage, page)
		var list []job
		err := error(nil)
		if c.source.Kind == "gitlab" {
			err = c.answer(ctx, "/projects/"+url.PathEscape(c.source.Project)+"/pipelines/"+run+"/jobs"+query, &list)
		} else {
			var wrapped struct {
				Jobs []job `json:"jobs"`
			}
			err = c.answer(ctx, "/repos/"+c.source.Project+"/actions/runs/"+run+"/jobs"+query, &wrapped)
			list = wrapped.Jobs
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, list...); len(all) >= MaxFiles {
			return nil, fmt.Errorf("the run has %d jobs or more: %w", MaxFiles, journal.ErrTooLarge)
		}
		if len(list) < jobsAPage {
			return all, nil
		}
	}
}

func (c ciClient) answer(ctx context.Context, path string, v any) error {
	return c.get(ctx, path, func(r io.Reader) error {
		if err := json.NewDecoder(&limited{r, maxAnswer, "the list of jobs"}).Decode(v); err != nil {
			return fmt.Errorf("read the list of jobs: %w", err)
		}
		return nil
	})
}

// log streams the log of a job; a job that has none, since it has not run or its log has expired, is passed over.
func (c ciClient) log(ctx context.Context, j job, read func(io.Reader) error) error {
	path := fmt.Sprintf("/repos/%s/actions/jobs/%d/logs", c.source.Project, j.ID)
	if c.source.Kind == "gitlab" {
		path = fmt.Sprintf("/projects/%s/jobs/%d/trace", url.PathEscape(c.source.Project), j.ID)
	}
	err := c.get(ctx, path, func(r io.Reader) error { return read(&limited{r, maxLog, "the log"}) })
	if errors.Is(err, journal.ErrNotFound) {
		return nil
	}
	return err
}

func (c ciClient) get(ctx context.Context, path string, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, ciTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.source.base()+path, nil)
	if err != nil {
		return err
	}
	// Go's client leaves the headers of a secret out where an answer leads to another host, as that of GitHub's logs does.
	switch {
	case c.source.Kind == "gitlab" && c.token != "":
		// Unlike PRIVATE-TOKEN it is one that Go does not send on to other hosts.
		req.Header.Set("Authorization", "Bearer "+c.token)
	case c.source.Kind == "github":
		req.Header.Set("Accept", "application/vnd.github+json")
		req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
		if c.token != "" {
			req.Header.Set("Authorization", "Bearer "+c.token)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // a redirect's address holds a signature
		}
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return read(resp.Body)
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%s says that it is not there, or not for us: %w", req.URL.Host, journal.ErrNotFound)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%s answers %s: check the token of this source: %w", req.URL.Host, resp.Status, journal.ErrForbidden)
	}
	return fmt.Errorf("%s answers %s", req.URL.Host, resp.Status)
}
