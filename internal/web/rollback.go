package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// RollBack has what the incident's pipeline delivers go back to what it was. The zero value means the quickest way that is configured.
type RollBack struct {
	Way    incident.BackWay `json:"way,omitempty"`
	Commit string           `json:"commit,omitempty"` // to revert; the last one before the first image was over budget where it is empty
	Before *time.Time       `json:"before,omitempty"` // until when versions were good; since the incident began where it is nil
	Plan   string           `json:"plan,omitempty"`   // the SHA-256 of the plan that the person has seen; any where it is empty
	Reason string           `json:"reason,omitempty"`
}

// PlanCommits is how many commits a plan lists.
const PlanCommits = 20

// RollBackPlan is what a roll back would change.
type RollBackPlan struct {
	Pipeline string             `json:"pipeline"`
	Ways     []incident.BackWay `json:"ways,omitempty"` // that the pipeline is configured for
	Way      incident.BackWay   `json:"way,omitempty"`
	Before   time.Time          `json:"before"`
	Over     int                `json:"over"`             // images that are over budget
	Images   int                `json:"images"`           // of these, that are rolled back
	Missing  int                `json:"missing"`          // of which no good version is kept
	Sample   []string           `json:"sample,omitempty"` // the first of those
	Oldest   *time.Time         `json:"oldest,omitempty"` // when the oldest of the versions that are gone back to was good last
	Late     int                `json:"late,omitempty"`   // images whose version was found good only after that time: within budget, and of the time in question
	Whole    bool               `json:"whole"`
	Routes   []string           `json:"routes,omitempty"`
	Command  []string           `json:"command,omitempty"` // that is run
	Undo     []string           `json:"undo,omitempty"`
	Within   time.Duration      `json:"within,omitempty"` // how long the house may take, in nanoseconds
	Commits  []PlannedCommit    `json:"commits,omitempty"`
	Commit   PlannedCommit      `json:"commit,omitzero"`
	Files    []string           `json:"files,omitempty"` // that become what they were before the commit
	Undoable bool               `json:"undoable"`
	SHA256   string             `json:"sha256,omitempty"`
	// Problem is why it cannot be done; nil where it can.
	Problem phrase.Said `json:"problem,omitempty"`
	Recent              // of the images over budget
}

// PlannedCommit is a commit that may be reverted.
type PlannedCommit struct {
	Hash    string    `json:"hash"`
	Subject string    `json:"subject"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
}

// Short is how people write its hash.
func (c PlannedCommit) Short() string { return c.Hash[:min(len(c.Hash), 10)] }

// Suspect is the last commit up to a time, or the last of all where there is none: what was changed before the harm began.
func (p RollBackPlan) Suspect(began time.Time) PlannedCommit {
	for _, c := range p.Commits {
		if !c.At.After(began) {
			return c
		}
	}
	if len(p.Commits) > 0 {
		return p.Commits[0]
	}
	return PlannedCommit{}
}

// Possible tells whether there is anything to do, and nothing in the way.
func (p RollBackPlan) Possible() bool { return p.Problem == nil && p.Images > 0 }

// Said is the plan in sentences, without what to do with it.
func (p RollBackPlan) Said() (list []phrase.Sentence) {
	add := func(k phrase.Key, args ...any) { list = append(list, phrase.Of(k, args...)) }
	if !p.Possible() {
		return nil
	}
	switch p.Way {
	case incident.BackKept:
		add("back.will.kept", p.Images, p.Pipeline)
		if p.Oldest != nil {
			add("back.will.oldest", p.Oldest.UTC().Format("2006-01-02 15:04 MST"))
		}
		if p.Late > 0 {
			add("back.will.late", p.Late, p.Before.UTC().Format("2006-01-02 15:04 MST"))
		}
		if p.Missing > 0 {
			add("back.will.missing", p.Missing)
		}
	case incident.BackGit:
		add("back.will.git", p.Commit.Short(), p.Commit.Subject, len(p.Files))
		add("back.will.house", p.Images, p.Within)
	case incident.BackCommand:
		add("back.will.command", strings.Join(p.Command, " "))
		add("back.will.house", p.Images, p.Within)
	case incident.BackWebhook:
		add("back.will.webhook")
		add("back.will.house", p.Images, p.Within)
	}
	if len(p.Routes) > 0 {
		list = append(list, p.Lately())
	}
	add("back.will.proof")
	switch {
	case !p.Undoable:
		add("back.will.no-undo")
	case p.Way == incident.BackKept:
		add("contain.will.undo")
	default:
		add("back.will.undo")
	}
	return list
}

// Warns tells which of the sentences a person must not overlook.
func (p RollBackPlan) Warns(s phrase.Sentence) bool {
	return s.Key == "back.will.no-undo" || s.Key == "back.will.missing" || s.Key == "back.will.late"
}

func rollBackOf(f fields) RollBack {
	return RollBack{Way: incident.BackWay(f.text("way")), Commit: f.text("commit"), Plan: f.text("plan"), Reason: f.text("reason")}
}

func (a *api) rollingBack() {
	s := a.server.service
	huma.Register(a.huma, huma.Operation{OperationID: "plan-roll-back", Method: http.MethodPost, Path: "/api/v1/incidents/{id}/plans/roll-back", MaxBodyBytes: formLimit},
		answering(a, func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body RollBack
		}) (RollBackPlan, error) {
			return s.PlanRollBack(ctx, in.ID, in.Body)
		}))
}
