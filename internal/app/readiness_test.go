package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/store"
)

// TestReadiness: whom a page would not reach is said by day, each with what to do.
func TestReadiness(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC)
	record := func(login string, role people.Role, email string) store.PersonRecord {
		p := store.PersonRecord{Person: people.Person{ID: people.ID(login), Login: login, Role: role, Email: email}}
		if role == people.Board {
			p.Domain = people.Domain(login)
		}
		return p
	}
	good := func() []store.PersonRecord {
		return []store.PersonRecord{
			record("nora", people.Responder, "nora@house.example"), record("zoe", people.Responder, "zoe@house.example"), record("lea", people.Lead, "lea@house.example"), record("ada", people.Administrator, "ada@house.example"),
			record("brand", people.Board, ""), record("legal", people.Board, ""), record("SRE", people.Board, ""),
		}
	}
	of := func(persons []store.PersonRecord, login string) *store.PersonRecord {
		return &persons[slices.IndexFunc(persons, func(p store.PersonRecord) bool { return p.Login == login })]
	}
	for name, c := range map[string]struct {
		change func(*Config, []store.PersonRecord)
		want   []string // parts of the warnings, one of each
	}{
		"all is well": {func(*Config, []store.PersonRecord) {}, nil},
		"next week without an address": {func(_ *Config, p []store.PersonRecord) { of(p, "zoe").Email = "" },
			[]string{"zoe is on call in the schedule primary from 2025-09-29 09:00 and can be reached by no channel: write an address or a member id under onCall.contacts.zoe"}},
		"a contact in the configuration": {func(c *Config, p []store.PersonRecord) {
			of(p, "zoe").Email, c.OnCall.Contacts = "", map[string]oncall.Contact{"zoe": {Email: "zoe@home.example"}}
		}, nil},
		"no channel at all is said elsewhere": {func(c *Config, p []store.PersonRecord) {
			c.Notify = notify.Config{Console: true}
			of(p, "zoe").Email = ""
		}, nil},
		"the one channel has no secret": {func(c *Config, p []store.PersonRecord) {
			c.Notify.Slack = &notify.SlackConfig{TokenEnv: "READINESS_TEST_UNSET"}
			of(p, "zoe").Email, c.OnCall.Contacts = "", map[string]oncall.Contact{"zoe": {Slack: "U024BE7LH"}, "nora": {Slack: "U0NORA"}}
		}, []string{"zoe is on call in the schedule primary from 2025-09-29 09:00 and is reached by nothing but slack, which cannot be used"}},
		"may not respond": {func(_ *Config, p []store.PersonRecord) { of(p, "zoe").Role = people.Viewer },
			[]string{"zoe is on call in the schedule primary from 2025-09-29 09:00 and has the role viewer"}},
		"disabled": {func(_ *Config, p []store.PersonRecord) { of(p, "nora").Disabled = true },
			[]string{"nora is on call in the schedule primary from 2025-09-27 06:00 and has an account that is disabled"}},
		"a step names nobody": {func(c *Config, _ []store.PersonRecord) { c.escalate("@kay", "on-call:nights") },
			[]string{"the policy of S1 pages @kay, who has no account", "the policy of S1 pages on-call:nights, which is no schedule"}},
		"no administrator": {func(_ *Config, p []store.PersonRecord) { of(p, "ada").Email = "" },
			[]string{"the policy of S0, S1, S2 pages administrator, and no administrator can be reached"}},
		"lead unreachable": {func(_ *Config, p []store.PersonRecord) { of(p, "lea").Email = "" },
			[]string{"lea leads the incidents of catalogue and can be reached by no channel"}},
		"lead may not write": {func(_ *Config, p []store.PersonRecord) { of(p, "lea").Role = people.Responder },
			[]string{"lea leads the incidents of catalogue and has the role responder, which may not write the postmortem"}},
		"no lawyer": {func(_ *Config, p []store.PersonRecord) { of(p, "legal").Disabled = true },
			[]string{"the accounts cannot form the control board of S0 (nobody for legal)"}},
		"too few": {func(c *Config, _ []store.PersonRecord) {
			p := c.Watch.Severities["S2"]
			p.Board.Members = 4
			c.Watch.Severities["S2"] = p
		}, []string{"the accounts cannot form the control board of S2 (3 of 4)"}},
	} {
		config, err := Parse([]byte(`
language: en
pipelines: {catalogue: {reference: r, delivered: d, class: product, lead: lea}}
onCall: {rotation: {members: [nora, zoe], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-09-22"}}
notify: {smtp: {addr: "mail.house.example:587", from: safelight@house.example}}
`), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		persons := good()
		c.change(&config, persons)
		schedules, err := oncall.NewSchedules(config.OnCall)
		if err != nil {
			t.Fatal(err)
		}
		got := readiness{config, schedules, persons, (&App{config: config}).methods, config.Notify.Unusable(), now}.warnings()
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		for _, part := range c.want {
			if !slices.ContainsFunc(got, func(w error) bool { return strings.HasPrefix(w.Error(), part) }) {
				t.Errorf("%s: %q, want %q", name, got, part)
			}
		}
	}
}

// escalate has S1 page these.
func (c *Config) escalate(targets ...pipeline.Target) {
	p := c.Watch.Severities["S1"]
	p.Page, p.Escalation = nil, pipeline.Escalation{Steps: []pipeline.EscalationStep{{Page: targets}}}
	c.Watch.Severities["S1"] = p
}
