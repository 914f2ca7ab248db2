package web

import (
	"context"
	"time"
)

// RulesService is what the pages and the API of rules ask of the application.
type RulesService interface {
	// Rules lists the rules in the order in which they are evaluated.
	Rules() []Rule
	// Rule reads one rule and its active alerts, or gives journal.ErrNotFound.
	Rule(id string) (Rule, []RuleAlert, error)
	// RuleGraph evaluates what a rule looks at over a time up to now.
	RuleGraph(ctx context.Context, r Rule, span time.Duration) (RuleGraph, error)
	// RulesLoaded says which rules hold, and what was wrong with newer ones.
	RulesLoaded() RulesLoaded
}

// Rule is a rule as it stands after its last evaluation.
type Rule struct {
	ID            string
	Source        string // file, relative to the folder
	Group, Name   string
	Alerting      bool // else it records a series
	Expr          string
	For           time.Duration
	KeepFiringFor time.Duration
	Interval      time.Duration
	Labels        map[string]string
	Severity      string            // S0 to S3, what the policy makes of the label severity; empty where there is none, or a template
	Unknown       bool              // no policy knows the label: the severity is the one that such alerts get
	Annotations   map[string]string // templates not expanded
	Health        string            // unknown, good, bad
	Error         string            // one sentence, where health is bad
	State         string            // inactive, pending, firing
	Pending       int
	Firing        int
	EvaluatedAt   time.Time // zero before the first evaluation
	Took          time.Duration
}

// RuleAlert is a pending or firing alert of a rule.
type RuleAlert struct {
	State       string
	Labels      map[string]string
	Annotations map[string]string
	ActiveAt    time.Time
	Value       float64
}

// RuleGraph is the course of what a rule looks at.
type RuleGraph struct {
	Expr     string // what is drawn
	Op       string // how the rule compares it with Limit: >, <=, …
	Limit    *float64
	From, To time.Time
	Step     time.Duration
	Lines    []RuleLine
}

// RuleLine is one series; times without a value are left out.
type RuleLine struct {
	Labels map[string]string
	Points []RulePoint
}

// RulePoint is a value at a time.
type RulePoint struct {
	At    time.Time
	Value float64
}

// RulesLoaded says which rules hold.
type RulesLoaded struct {
	At       time.Time // of the last good load
	FailedAt time.Time // of the last attempt, where that failed; zero where it did not
	Error    string
	LeftOut  bool     // the attempt was the start: the rules of broken files are missing, all others hold
	Restart  []string // keys of the configuration that have changed beside the rules and wait for a restart
}
