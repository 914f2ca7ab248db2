package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/safelight-dev/safelight/internal/alert"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
	"github.com/safelight-dev/safelight/internal/telemetry"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	watchRulesEvery = 5 * time.Second // how soon a changed rule file is noticed
	evaluateEvery   = time.Second     // how late a group of rules may be
)

// ruleDesk knows which rules are loaded. Its zero value knows of none.
type ruleDesk struct {
	watched   bool       // there is a configuration on disk
	leftOut   []error    // the rule files without which the app started; set once
	reloading sync.Mutex // one at a time; guards told
	told      []string   // the parts that wait for a restart, as they were warned of last

	mu       sync.Mutex       // guards what follows
	patterns []string         // of the rule files, as the configuration that holds names them
	stamps   map[string]stamp // of the files, as they were when they were read last; zero for one that is not there
	digest   string           // of the rule files
	loaded   web.RulesLoaded
}

// openRules reads the rules that the app starts with. A broken rule file must not keep people from their incidents: the
// app starts without its rules, tells that as it tells a failed reload, and takes the file up once it is repaired.
func (a *App) openRules(source []byte) ([]telemetry.Group, error) {
	a.rules.watched = len(source) > 0
	stamps := a.stampRules(a.config.RuleFiles) // as of before reading: what changes meanwhile is noticed
	groups, broken, err := a.config.heldGroups()
	if err != nil {
		return nil, err
	}
	loaded := web.RulesLoaded{At: a.now()}
	if a.rules.leftOut = broken; len(broken) > 0 {
		loaded.FailedAt, loaded.Error, loaded.LeftOut = a.now(), errors.Join(broken...).Error(), true
	}
	a.noteRules(a.config, stamps, loaded)
	a.meter.RulesLoaded(len(broken) == 0, a.now())
	return groups, nil
}

// ruleWarnings says without which rule files the app has started, one sentence for each.
func (a *App) ruleWarnings() []error {
	var list []error
	for _, broken := range a.rules.leftOut {
		if joined, ok := broken.(interface{ Unwrap() []error }); ok {
			broken = joined.Unwrap()[0]
		}
		text := strings.Join(strings.Fields(broken.Error()), " ") // a fault of the YAML has several lines
		list = append(list, phrase.Errorf("ready.rules", text))
	}
	return list
}

// runbookWarnings names the rules whose runbook is none of ours and no address.
func (a *App) runbookWarnings() []error {
	var list []error
	for _, r := range a.series.Rules() {
		annotation := runbookNamed(r.Annotations)
		name := runbook.Named(annotation, a.pageLink(""))
		templated := strings.Contains(annotation, "{{") // what it names is known when it fires
		if _, ok := a.config.Runbooks.Get(name); !templated && annotation != "" && !ok && runbook.Elsewhere(annotation, a.pageLink("")) == "" {
			list = append(list, phrase.Errorf("ready.runbook.none", r.Rule, annotation))
		}
	}
	return list
}

// severityWarnings names the severities of loaded rules that no policy knows.
func (a *App) severityWarnings() []error {
	var list []error
	for _, r := range a.series.Rules() {
		label, ok := r.Labels[alert.SeverityLabel]
		if _, known := severityOf(a.alerts.policy, label); ok && !known && r.Kind == telemetry.Alerting {
			list = append(list, phrase.Errorf("ready.rule.severity", r.Rule, label))
		}
	}
	return list
}

func (a *App) noteRules(c Config, stamps map[string]stamp, loaded web.RulesLoaded) {
	digest := digestRules(c)
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	a.rules.patterns, a.rules.stamps, a.rules.digest, a.rules.loaded = c.RuleFiles, stamps, digest, loaded
}

// stampRules tells the configuration and the rule files from what they become.
func (a *App) stampRules(patterns []string) map[string]stamp {
	files, _ := globs(patterns) // a wrong pattern has been told when the configuration was read
	stamps := map[string]stamp{}
	for _, path := range append(files, filepath.Join(a.dir, ConfigName)) {
		var s stamp
		if info, err := os.Stat(path); err == nil {
			s = stampOf(info)
		}
		stamps[path] = s
	}
	return stamps
}

// digestRules is the SHA-256 of the rule files, names and contents; empty where there are none.
func digestRules(c Config) string {
	files, _ := globs(c.RuleFiles)
	if len(files) == 0 {
		return ""
	}
	h := sha256.New()
	for _, path := range files {
		data, _ := readRuleFile(path) // one that is too large, or not there any more, has no rules and no content
		fmt.Fprintf(h, "%s\x00%d\x00", path, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// watchRules reloads the rules when their files have changed. What is wrong with them is said once, until they change
// again.
func (a *App) watchRules(ctx context.Context) error {
	a.rules.mu.Lock()
	before, patterns := a.rules.stamps, a.rules.patterns
	a.rules.mu.Unlock()
	if maps.Equal(before, a.stampRules(patterns)) {
		return nil
	}
	return a.ReloadRules(ctx)
}

// ReloadRules reads the rules of safelight.yaml and of its rule files again. Where something is wrong with them, the old
// ones stay and the error says what. Nothing but the rules is reloaded: a warning and [App.RulesLoaded] name the other
// parts that have changed.
func (a *App) ReloadRules(ctx context.Context) error {
	a.rules.reloading.Lock()
	defer a.rules.reloading.Unlock()
	a.rules.mu.Lock()
	patterns := a.rules.patterns
	a.rules.mu.Unlock()
	stamps := a.stampRules(patterns) // as of before reading: what changes meanwhile is noticed
	c, source, err := Load(a.dir)
	if err == nil {
		stamps = a.stampRules(c.RuleFiles)
		a.noteRestart(c)
		err = a.takeRules(c)
	}
	if err != nil {
		a.rules.mu.Lock()
		a.rules.stamps, a.rules.loaded.FailedAt, a.rules.loaded.Error, a.rules.loaded.LeftOut = stamps, a.now(), journal.WithoutKind(err.Error()), false
		a.rules.mu.Unlock()
		a.meter.RulesLoaded(false, a.now())
		return fmt.Errorf("reload rules: the old ones stay: %w", err)
	}
	a.noteRules(c, stamps, web.RulesLoaded{At: a.now(), Restart: a.rules.told})
	a.meter.RulesLoaded(true, a.now())
	return a.journalConfig(ctx, source)
}

// noteRestart says which parts of the configuration beside the rules have changed, once until they are others: whoever
// reloads must not believe that they hold.
func (a *App) noteRestart(c Config) {
	if a.replayed {
		c.Notify, c.Watchdog = a.config.Notify, a.config.Watchdog // it runs without, whatever the file says
	}
	parts := changedParts(a.config, c)
	if len(parts) > 0 && !slices.Equal(parts, a.rules.told) {
		a.log.Warn("safelight.yaml has changed beside its rules: restart the server for these parts to hold", "parts", strings.Join(parts, ", "))
	}
	a.rules.told = parts
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	a.rules.loaded.Restart = parts
}

func (a *App) takeRules(c Config) error {
	groups, err := c.groups()
	if err != nil {
		return err
	}
	return a.series.Reload(groups)
}

// RulesLoaded says which rules hold.
func (a *App) RulesLoaded() web.RulesLoaded {
	a.rules.mu.Lock()
	defer a.rules.mu.Unlock()
	l := a.rules.loaded
	l.Restart = slices.Clone(l.Restart)
	return l
}

// changedParts names the keys of safelight.yaml, but for those of rules, whose values differ.
func changedParts(before, now Config) []string {
	return changedFields(reflect.ValueOf(before), reflect.ValueOf(now))
}

func changedFields(before, now reflect.Value) []string {
	var keys []string
	for i := range before.NumField() {
		key, kind, _ := strings.Cut(before.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case kind == "inline":
			keys = append(keys, changedFields(before.Field(i), now.Field(i))...)
		case key == "alertRules" || key == "ruleFiles" || key == "starterRules":
		case !reflect.DeepEqual(before.Field(i).Interface(), now.Field(i).Interface()):
			keys = append(keys, key)
		}
	}
	return keys
}

// ruleMounts lets a machine, or a person with a token, ask for a reload.
func (a *App) ruleMounts() []web.Mount {
	return []web.Mount{{Pattern: "POST /-/reload", Need: people.ManageUser, Handler: http.HandlerFunc(a.reload)}}
}

func (a *App) reload(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Rules   int       `json:"rules"`
		At      time.Time `json:"at"`
		Restart []string  `json:"restart,omitempty"` // parts that have changed and need one
		Error   string    `json:"error,omitempty"`
	}{}
	err := a.ReloadRules(r.Context())
	if err != nil {
		answer.Error = journal.Sentence(err)
	}
	loaded := a.RulesLoaded()
	answer.Rules, answer.At, answer.Restart = len(a.series.Rules()), loaded.At, loaded.Restart
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	_ = json.NewEncoder(w).Encode(answer) // the client may have gone
}

// evaluateDue evaluates the rules if a group is due. It is called every second, so that each keeps its interval.
func (a *App) evaluateDue(ctx context.Context) error {
	if !a.series.Due(a.now()) {
		return nil
	}
	return a.evaluate(ctx)
}
