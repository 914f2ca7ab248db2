package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/drill"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/oncall"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/rehearsal"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// work lists who performs which kind of effect.
func (a *App) work() store.Work {
	return store.Work{Deciders: map[string]store.Decider{
		incident.EffectPage:          a.performPage,
		incident.EffectSettle:        perform(a, a.settle),
		effectAnswer:                 perform(a, a.answerPress),
		incident.EffectInform:        tell(a, func(e *incident.InformEffect) address { return address{&e.To, &e.Method} }, onBoard, a.inform),
		incident.EffectDisableRoute:  mitigate(a, false, incident.RouteEffect.Of, a.disableRoute),
		incident.EffectEnableRoute:   mitigate(a, true, incident.RouteEffect.Of, a.enableRoute),
		incident.EffectNoStore:       mitigate(a, false, incident.NoStoreEffect.Of, a.noStore),
		incident.EffectStoreAgain:    mitigate(a, true, incident.RouteEffect.Of, a.storeAgain),
		incident.EffectPurge:         mitigate(a, false, incident.PurgeEffect.Of, a.purge),
		incident.EffectIsolate:       mitigate(a, false, incident.ImagesEffect.Of, a.isolate),
		incident.EffectPutBack:       mitigate(a, true, incident.ImagesEffect.Of, a.putBackImages),
		incident.EffectRollBack:      a.performBack(a.rollBack, false),
		incident.EffectMeasure:       a.performBack(a.measureAgain, false),
		incident.EffectRollForward:   a.performBack(a.rollForward, true),
		incident.EffectRunStep:       a.performStep,
		incident.EffectCommitImpact:  performThen(a, a.commitImpact),
		postmortem.EffectCommitDraft: performThen(a, a.commitDraft),
		postmortem.EffectPublish:     performThen(a, a.publish),
		postmortem.EffectRedact:      performThen(a, a.redacted),
		effectStamp:                  performThen(a, a.stamp),
		effectPush:                   perform(a, a.push),
		prevention.EffectSync:        a.performSync,
		intake.EffectTell:            tell(a, func(e *intake.TellEffect) address { return address{&e.To, &e.Method} }, a.hearsOfSignals, a.tellVerification),
		consent.EffectTell:           tell(a, func(e *consent.TellEffect) address { return address{&e.To, &e.Method} }, keepsRegister, a.tellConsent),
		oncall.EffectTell:            tell(a, func(e *oncall.TellEffect) address { return address{&e.To, &e.Method} }, onlyNamed, a.tellDuty),
		review.EffectTell:            tell(a, func(e *review.TellEffect) address { return address{&e.To, &e.Method} }, leads, a.tellReview),
		drill.EffectSend:             a.sendDrill,
		rehearsal.EffectStep:         a.rehearse,
		effectNotice:                 a.performNotice,
		quarantine.EffectMove:        a.performItems(a.moveWork()),
		quarantine.EffectRestore:     a.performItems(a.putBackWork()),
		quarantine.EffectLift:        a.performItems(a.letGoWork()),
		quarantine.EffectProbe:       a.performItems(itemWork{do: a.probePath}),
	}}
}

// classes says which effects are performed before which. What wakes people, or keeps them from being woken, has workers of its
// own, and so has the exercise, which is to prove that these work. Of the rest, harm is stopped first, by route before image by
// image, of which there may be thousands; last comes what is told once a quarter of an hour.
var classes = map[string]store.Class{
	incident.EffectPage:         {Own: true, Rank: 1},
	incident.EffectSettle:       {Own: true, Rank: 2},
	effectAnswer:                {Own: true, Rank: 2},
	drill.EffectSend:            {Own: true, Rank: 3},
	incident.EffectDisableRoute: {Rank: 1, Retry: mitigationRetry},
	incident.EffectEnableRoute:  {Rank: 1, Retry: mitigationRetry},
	incident.EffectNoStore:      {Rank: 1, Retry: mitigationRetry},
	incident.EffectStoreAgain:   {Rank: 1, Retry: mitigationRetry},
	incident.EffectPurge:        {Rank: 1, Retry: mitigationRetry},
	incident.EffectIsolate:      {Rank: 1, Retry: mitigationRetry},
	incident.EffectPutBack:      {Rank: 1, Retry: mitigationRetry},
	incident.EffectRollBack:     {Rank: 1, Retry: mitigationRetry},
	incident.EffectRollForward:  {Rank: 1, Retry: mitigationRetry},
	incident.EffectRunStep:      {Rank: 2, Timeout: stepTime},
	quarantine.EffectMove:       {Rank: 2, Retry: mitigationRetry},
	quarantine.EffectRestore:    {Retry: mitigationRetry},
	quarantine.EffectLift:       {Retry: mitigationRetry},
	quarantine.EffectProbe:      {Retry: mitigationRetry},
	effectNotice:                {Rank: 4},
	effectPush:                  {Rank: 4, Timeout: pushTime},
	effectStamp:                 {Rank: 4},
	prevention.EffectSync:       {Rank: 4, Timeout: syncTime},
	postmortem.EffectRedact:     {Rank: 3},
	rehearsal.EffectStep:        {Rank: 4},
	review.EffectTell:           {Rank: 4},
}

// nothing says that an effect's outcome is not journalled.
var nothing incident.Command

// perform decodes an effect's data, does it, and has the outcome decided on
// the state that the journalling transaction sees.
func perform[T any](a *App, do func(context.Context, T) (incident.Command, error)) store.Decider {
	return performThen(a, func(ctx context.Context, data T) (outcome, error) {
		command, err := do(ctx, data)
		return outcome{command: command}, err
	})
}

// outcome is what comes of an effect: what is journalled, nil for nothing, and effects that follow.
type outcome struct {
	command incident.Command
	commit  string // the hash, where it ended in one
	then    []journal.Effect
}

// performThen is [perform] of what other effects follow. They are queued in the transaction that ends this one.
func performThen[T any](a *App, do func(context.Context, T) (outcome, error)) store.Decider {
	return func(ctx context.Context, e store.Effect) (store.Result, error) {
		var data T
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
		}
		o, err := do(ctx, data)
		if err != nil {
			return nil, err
		}
		return func(tx *store.Tx) (change journal.Change, err error) {
			if o.command != nil {
				change, err = a.decided(e.Stream, o.command)(tx)
			}
			change.Add(journal.Change{Effects: o.then})
			return change, err
		}, nil
	}
}

// decided has a command of the system decided on the state that the journalling transaction sees.
func (a *App) decided(stream string, c incident.Command) store.Result {
	return func(tx *store.Tx) (journal.Change, error) {
		entries, err := tx.Stream(stream)
		if err != nil {
			return journal.Change{}, err
		}
		env, err := a.env(tx, monitor, a.now())
		if err != nil {
			return journal.Change{}, err
		}
		return a.decide(entries, c, env)
	}
}

// settler is a channel that several people read, and that goes on calling them until it is told how an incident stands.
type settler interface {
	Settle(ctx context.Context, s notify.Settlement) error
}

// settle tells a service that an incident was acknowledged or resolved. One that is not configured any more calls nobody.
func (a *App) settle(ctx context.Context, e incident.SettleEffect) (incident.Command, error) {
	if e.Page != "" {
		return nothing, a.rewrite(ctx, e)
	}
	channels, err := a.channelsOf(e.Method)
	if err != nil {
		return nothing, nil
	}
	if err := a.lines.free(e.Method); err != nil {
		return nothing, err
	}
	defer a.lines.take(e.Method)()
	for _, c := range channels {
		s, ok := c.(settler)
		if !ok {
			continue
		}
		err := s.Settle(ctx, notify.Settlement{Incident: e.Incident, Key: e.Incident + "/settle-" + e.Key, Link: a.link(e.Incident), Lang: a.config.Language, Resolved: e.Resolved})
		if err != nil {
			return nothing, attempt(err)
		}
	}
	return nothing, nil
}

func (a *App) link(id string) string { return a.pageLink("/incidents/" + id) }

func (a *App) pageLink(path string) string {
	base := a.config.Serve.URL
	if base == "" {
		base = "http://" + a.config.Serve.Listen
	}
	return strings.TrimSuffix(base, "/") + path
}

// recipient gives how a person is reached: the configuration's contact, or the
// account's address. Whoever has no name is called by the login.
func (a *App) recipient(p people.Person) notify.Recipient {
	r := notify.Recipient{Name: cmp.Or(strings.TrimSpace(p.Name), p.Login), Email: p.Email, Lang: a.config.Language}
	c := a.config.OnCall.Contacts[p.Login]
	r.Email, r.Slack = cmp.Or(c.Email, r.Email), c.Slack
	return r
}

func onBoard(p people.Person) bool { return p.Role == people.Board }

// inform is what a member of the board is told of. Stakeholders are groups named
// in the configuration; they read it on the page and in the message's text.
func (a *App) inform(ctx context.Context, e incident.InformEffect, p people.Person) (notify.Message, bool, error) {
	c, err := a.Case(ctx, e.Incident)
	if err != nil {
		return notify.Message{}, false, err
	}
	// What waits for somebody's judgement no longer waits once it is given, or the revision is another.
	if (e.What == "submitted" || e.What == "reminder") && !c.Analysis.Waits(e.Number, p.ID) {
		return notify.Message{}, false, nil
	}
	if due, err := lessonDue(c, e, p); err != nil || !due {
		return notify.Message{}, false, err
	}
	if !retrospectiveWaits(c, e) {
		return notify.Message{}, false, nil
	}
	facts := a.informFacts(c.Incident, e)
	facts.Situation = cmp.Or(facts.Situation, remark(c, e))
	subject, text := notify.InformMessage(a.config.Language, facts)
	m := notify.Message{Subject: subject, Text: text, Key: fmt.Sprintf("%s/%s-%d/%s", e.Incident, e.What, e.Number, p.ID)}
	if e.What == "update" {
		m.Seen = a.seenLink(e.Incident, e.Number, p.ID)
	}
	return m, true, nil
}

// remark is what the person is told of: what somebody has said of the document, the data or the action that is late.
func remark(c web.Case, e incident.InformEffect) string {
	switch n := e.Number - 1; {
	case e.What == "changes-requested" && n >= 0 && n < len(c.Analysis.Requests):
		return c.Analysis.Requests[n].Text
	case e.What == "comment" && n >= 0 && n < len(c.Analysis.Comments):
		return c.Analysis.Comments[n].Text
	case strings.HasPrefix(e.What, "lesson-") && n >= 0 && n < len(c.Lessons.Lessons):
		return c.Lessons.Lessons[n].Text
	case strings.HasPrefix(e.What, "retrospective-") && c.Retrospective.Schedule != nil:
		return strings.TrimSpace(c.Retrospective.Schedule.At.UTC().Format("2006-01-02 15:04 UTC") + " " + c.Retrospective.Schedule.Place)
	case e.What == "gap-late" && n >= 0 && n < len(c.Analysis.Gaps):
		g := c.Analysis.Gaps[n]
		return fmt.Sprintf("%s (%s, %s)", g.Missing, g.ID, g.Due)
	case strings.HasPrefix(e.What, "action-") && n >= 0 && n < len(c.Prevention.Actions):
		a := c.Prevention.Actions[n]
		return fmt.Sprintf("%s (%s, %s)", a.Title, a.ID, a.Due)
	}
	return ""
}

func (a *App) informFacts(s incident.State, e incident.InformEffect) notify.InformFacts {
	f := notify.InformFacts{
		Incident: s.ID, Title: s.Opened.Title, Severity: string(s.Severity), Pipeline: s.Opened.Pipeline,
		DetectedAt: s.DetectedAt, What: e.What, Stakeholders: s.Opened.Stakeholders, Link: a.link(s.ID),
	}
	if strings.HasPrefix(e.What, "lesson-") {
		f.Link = a.pageLink("/lessons")
	}
	if e.What == "update" && e.Number >= 1 && e.Number <= len(s.Updates) {
		u := s.Updates[e.Number-1]
		f.Situation, f.Mitigation, f.Next = u.Situation, u.Updated.Mitigation, u.Next
	}
	return f
}

// disableRoute makes the edge serve references and proves it from outside.
func (a *App) disableRoute(ctx context.Context, e incident.RouteEffect) (incident.Command, error) {
	if err := a.edge.Disable(ctx, e.Route, e.Incident, e.Mitigation); err != nil {
		return nothing, err
	}
	probe, err := a.edge.Probe(ctx, e.Route, true, a.suspectsOf(ctx, e.Route, e.Incident)...)
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Probe: probe}, nil
}

// enableRoute takes it back, and proves that too.
func (a *App) enableRoute(ctx context.Context, e incident.RouteEffect) (incident.Command, error) {
	if err := a.letGoOfFailed(ctx, e); err != nil {
		return nothing, err
	}
	held, err := a.edge.Enable(ctx, e.Route, e.Incident, e.Mitigation)
	if err != nil {
		return nothing, err
	}
	// Where another mitigation holds the route too, it goes on serving references.
	probe, err := a.edge.Probe(ctx, e.Route, held, a.suspectsOf(ctx, e.Route, e.Incident)...)
	if err != nil {
		return nothing, err
	}
	return incident.RecordProbe{ID: e.Mitigation, Undo: true, Probe: probe}, nil
}

// letGoOfFailed takes back what has failed before: its edge did not follow, and the route is held for it all the same.
func (a *App) letGoOfFailed(ctx context.Context, e incident.RouteEffect) error {
	c, err := a.Case(ctx, e.Incident)
	if err != nil {
		return err
	}
	for _, m := range c.Incident.Mitigations {
		if m.Kind != incident.KindDisableRoute || m.Route != e.Route || m.Status != incident.IsFailed {
			continue
		}
		if _, err := a.edge.Enable(ctx, m.Route, e.Incident, m.ID); err != nil {
			return err
		}
	}
	return nil
}
