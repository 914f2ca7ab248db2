package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/web"
)

// night replays the reference incident and gives how many images were affected.
func (s *stage) night(ctx context.Context) (affected int, err error) {
	for _, act := range []func(context.Context) error{
		s.quiet, s.mistake, s.drift, s.respond, s.contain, s.report, s.analyse, s.test, s.repair, s.prevent, s.publish,
	} {
		if err := act(ctx); err != nil {
			return 0, fmt.Errorf("replay the night at %s UTC: %w", s.clock.now().Format("2006-01-02 15:04"), err)
		}
	}
	c, err := s.app.Case(ctx, s.id)
	if err != nil {
		return 0, err
	}
	return c.Incident.Impact.OverPalette, s.ledger(ctx, c)
}

// move waits until no effect is on its way and sets the clock: what was asked
// for at one moment is done before the next.
func (s *stage) move(ctx context.Context, at time.Time) error {
	if err := s.app.Idle(ctx); err != nil {
		return fmt.Errorf("wait for effects: %w", err)
	}
	s.clock.set(at)
	return s.app.Tick(ctx)
}

// say tells what happens now.
func (s *stage) say(key phrase.Key, args ...any) { s.Say(s.clock.now(), phrase.Of(key, args...)) }

// do issues a command in a person's name.
func (s *stage) do(ctx context.Context, login string, command any) error {
	if err := s.app.Do(ctx, s.actor(login), s.id, command); err != nil {
		return fmt.Errorf("%s: %w", login, err)
	}
	return nil
}

func (s *stage) actor(login string) people.Actor { return s.cast[login].Actor() }

// sample is how often the counters are scraped.
const sample = 30 * time.Second

// scrape moves the clock to a moment in steps of the scrape interval,
// appending the counters at each step and evaluating the rules at full minutes.
func (s *stage) scrape(ctx context.Context, until time.Time) error {
	for next := s.clock.now().Truncate(sample).Add(sample); !next.After(until); next = next.Add(sample) {
		if err := s.move(ctx, next); err != nil {
			return err
		}
		if err := s.app.AppendSeries(ctx, next); err != nil {
			return err
		}
		if !next.Equal(next.Truncate(time.Minute)) {
			continue
		}
		alerts, err := s.app.Evaluate(ctx, next)
		if err != nil {
			return err
		}
		for _, a := range alerts {
			s.say("demo.alert", a.Rule, string(a.State))
		}
	}
	return s.move(ctx, until)
}

// begin has the pipeline say, as it does for each of its runs, by which version of the look it works.
func (s *stage) begin(ctx context.Context, run, look string) error {
	_, err := s.app.BeginRun(ctx, pipeline.Run{Pipeline: "catalogue", ID: run, LUT: look})
	return err
}

// quiet measures the approved catalogue: no image is over its budget.
func (s *stage) quiet(ctx context.Context) error {
	if err := s.begin(ctx, "811", "2025-06"); err != nil {
		return err
	}
	summary, err := s.app.Sweep(ctx, "catalogue")
	if err != nil {
		return err
	}
	s.say("demo.quiet", summary.Checked, summary.Failed)
	if summary.Failed > 0 || summary.Broken > 0 || summary.Checked != s.Images {
		return fmt.Errorf("the approved look: %d measured, %d over budget, %d broken; want %d within budget",
			summary.Checked, summary.Failed, summary.Broken, s.Images)
	}
	if err := s.shop.served(ctx, asDelivered, 0, s.early(), s.shop.visits); err != nil {
		return err
	}
	return s.scrape(ctx, s.at(3, 58, 0))
}

// early is how many images visitors have asked for before the night's mistake. They do not ask again for these until the
// route is disabled: an edge keeps them for a minute, which is much of a replayed night.
func (s *stage) early() int { return s.Images / driftMinutes }

// mistake commits the season's look; the hook's rejection is lost in a pipe.
func (s *stage) mistake(ctx context.Context) error {
	if err := s.scrape(ctx, s.at(3, 58, 12)); err != nil {
		return err
	}
	var err error
	if s.lut, err = s.repo.CommitLUT(ctx, s.recipes.Drifted.LUT, s.clock.now()); err != nil {
		return err
	}
	s.say("demo.mistake", s.lut.Hash[:10], s.lut.HookExit)
	return nil
}

// driftMinutes is over how many minutes, from 04:01 on, the season's look is rolled out.
const driftMinutes = 12

// drift rolls the season's look out image by image until, at 04:12, the rule
// has held for ten minutes and fires.
func (s *stage) drift(ctx context.Context) error {
	if err := s.begin(ctx, "812", "2025-09"); err != nil {
		return err
	}
	s.shop.drift()
	for minute := range driftMinutes {
		from, to := s.Images*minute/driftMinutes, s.Images*(minute+1)/driftMinutes
		if err := s.scrape(ctx, s.at(4, 1+minute, 10)); err != nil {
			return err
		}
		if s.id == "" {
			if err := s.detected(ctx); err != nil {
				return err
			}
		}
		if err := s.goods.deliver(ctx, s.recipes.Drifted, from, to); err != nil {
			return err
		}
		summary, err := s.app.Sweep(ctx, "catalogue")
		if err != nil {
			return err
		}
		s.say("demo.drift", summary.Checked, summary.OverPalette)
		if minute == 0 {
			continue
		}
		if err := s.shop.served(ctx, asDelivered, from, to, s.shop.visits); err != nil {
			return err
		}
	}
	if s.id == "" {
		return fmt.Errorf("the rule has not fired")
	}
	return nil
}

// detected looks whether the alert has opened its incident.
func (s *stage) detected(ctx context.Context) error {
	states, err := s.app.Incidents(ctx)
	if err != nil || len(states) == 0 {
		return err
	}
	s.id = states[0].ID
	s.Say(states[0].DetectedAt, phrase.Of("demo.detected", s.id, string(states[0].Severity)))
	return nil
}

// respond: the on-call acknowledges, and by policy the lead is asked, who accepts.
func (s *stage) respond(ctx context.Context) error {
	if err := s.scrape(ctx, s.at(4, 13, 40)); err != nil {
		return err
	}
	if err := s.do(ctx, onCallLogin, incident.Acknowledge{}); err != nil {
		return err
	}
	s.say("demo.acknowledged")
	if err := s.scrape(ctx, s.at(4, 15, 30)); err != nil {
		return err
	}
	s.say("demo.lead")
	return s.do(ctx, leadLogin, incident.AnswerLead{Accept: true})
}

// contain disables the route at 04:17, while visitors ask for images, and sees from outside that it holds.
func (s *stage) contain(ctx context.Context) error {
	if err := s.scrape(ctx, s.at(4, 17, 0)); err != nil {
		return err
	}
	crowd := s.shop.crowd(ctx, s.early())
	decided := time.Now()
	err := s.disable(ctx)
	proven := time.Now()
	seen, visited := crowd.leave()
	if err := errors.Join(err, visited); err != nil {
		return err
	}
	c, err := s.app.Case(ctx, s.id)
	if err != nil {
		return err
	}
	m, _ := c.Incident.Mitigation("M1")
	if m.Status != incident.IsProven {
		return fmt.Errorf("the route is %q: %s", m.Status, m.Problem)
	}
	s.say("demo.contained", m.Route, m.Probe.Millis)
	// The deliveries of before end where the clock moves on.
	if err := s.move(ctx, s.at(4, 17, 30)); err != nil {
		return err
	}
	if err := s.shop.served(ctx, asApproved, 0, s.Images, s.shop.visits); err != nil {
		return fmt.Errorf("after the proof: %w", err)
	}
	if s.edge != nil {
		s.say("demo.edge.contained", proven.Sub(decided).Milliseconds(), seen.answers, seen.delivered, max(0, seen.last.Sub(decided)).Milliseconds(), s.shop.visits)
	}
	return nil
}

// disable has the on-call disable the route, and waits until that is proven.
func (s *stage) disable(ctx context.Context) error {
	if err := s.do(ctx, onCallLogin, incident.DisableRoute{Route: "catalogue", Reason: "dérive de la palette de marque"}); err != nil {
		return err
	}
	return s.app.Idle(ctx)
}

// report: the lead tells the board where things stand, the on-call files the measured impact.
func (s *stage) report(ctx context.Context) error {
	if err := s.scrape(ctx, s.at(4, 20, 0)); err != nil {
		return err
	}
	err := s.do(ctx, leadLogin, incident.SendUpdate{
		Situation:  "Les images du catalogue livrées depuis 04:01 s’écartent de la palette de marque.",
		Mitigation: "La route catalogue sert les images de référence depuis 04:17.",
		Next:       "Mesurer l’impact, puis trouver ce qui a changé entre 03:50 et 04:01.",
	})
	if err != nil {
		return err
	}
	if err := s.scrape(ctx, s.at(4, 22, 0)); err != nil {
		return err
	}
	if err := s.do(ctx, brandLogin, incident.SeeUpdate{Number: 1}); err != nil {
		return err
	}
	if err := s.scrape(ctx, s.at(4, 24, 0)); err != nil {
		return err
	}
	if s.edge != nil {
		if err := s.edge.settle(ctx, s.shop.asked()); err != nil {
			return err
		}
	}
	if err := s.app.KeepSpecimens(ctx, s.id); err != nil {
		return err
	}
	if err := s.app.FileImpact(ctx, s.actor(onCallLogin), s.id, ""); err != nil {
		return err
	}
	c, err := s.app.Case(ctx, s.id)
	if err != nil {
		return err
	}
	s.say("demo.impact", c.Incident.Impact.OverPalette, c.Incident.Impact.WorstDelta)
	if n := c.Incident.Impact.Deliveries; s.edge != nil && n != nil {
		s.say("demo.edge.impact", *n, s.edge.kind, s.shop.harmed())
	}
	return nil
}

// analyse collects evidence, completes the analysis of the paths at 04:31, and
// takes the causes from what the evidence shows.
func (s *stage) analyse(ctx context.Context) error {
	if err := s.scrape(ctx, s.at(4, 27, 0)); err != nil {
		return err
	}
	files, err := s.collect(ctx)
	if err != nil {
		return err
	}
	if err := s.scrape(ctx, s.at(4, 31, 0)); err != nil {
		return err
	}
	if err := s.do(ctx, analystLogin, incident.CompleteAnalysis{
		Text: "Seule la route catalogue est touchée ; toutes les images livrées depuis 04:01 le sont, aucune avant.",
	}); err != nil {
		return err
	}
	if err := s.move(ctx, s.at(5, 5, 0)); err != nil {
		return err
	}
	for _, suggestion := range postmortem.Suggest(files) {
		if err := s.do(ctx, analystLogin, suggestion.Cause(phrase.French)); err != nil {
			return err
		}
		s.say("demo.cause", suggestion.Say.In(phrase.French))
	}
	return s.whys(ctx)
}

// test states what was believed so that it can be refuted, and lets the replay decide.
func (s *stage) test(ctx context.Context) error {
	if err := s.move(ctx, s.at(5, 40, 0)); err != nil {
		return err
	}
	for _, h := range []struct {
		postmortem.HypothesisFields
		lut  string
		want postmortem.Result
	}{
		{postmortem.HypothesisFields{
			ID: "H1", Text: "La LUT validée à 03:58 a fait dévier les images.", Cause: "C1",
			RefutedIf: "rejouer cette LUT sur les références ne redonne pas les images livrées",
		}, newLUTName, postmortem.Confirmed},
		{postmortem.HypothesisFields{
			ID: "H2", Text: "La LUT précédente faisait déjà dévier les images.", Cause: "C1",
			RefutedIf: "rejouer la LUT précédente sur les références laisse l’écart entier",
		}, oldLUTName, postmortem.Refuted},
	} {
		if err := s.do(ctx, analystLogin, postmortem.StateHypothesis{HypothesisFields: h.HypothesisFields}); err != nil {
			return err
		}
		got, err := s.app.RunTest(ctx, s.actor(analystLogin), s.id, web.RunTest{
			Hypothesis: h.ID, Request: experiment.Request{Kind: experiment.ReplayLUT, LUT: h.lut},
		})
		if err != nil {
			return err
		}
		s.say("demo.test", h.ID, string(got))
		if got != h.want {
			return fmt.Errorf("the replay of %s is %s, want %s", h.ID, got, h.want)
		}
	}
	return nil
}

// repair commits the corrected look, delivers it, restores the route and resolves.
func (s *stage) repair(ctx context.Context) error {
	if err := s.move(ctx, s.at(6, 30, 0)); err != nil {
		return err
	}
	if _, err := s.repo.CommitLUT(ctx, s.recipes.Fixed.LUT, s.clock.now()); err != nil {
		return err
	}
	if err := s.begin(ctx, "813", "2025-09.1"); err != nil {
		return err
	}
	if err := s.goods.deliver(ctx, s.recipes.Fixed, 0, s.Images); err != nil {
		return err
	}
	summary, err := s.app.Sweep(ctx, "catalogue")
	if err != nil {
		return err
	}
	s.say("demo.repaired", summary.Checked, summary.Failed)
	if summary.Failed > 0 || summary.Broken > 0 {
		return fmt.Errorf("the corrected look: %d over budget, %d broken; want none", summary.Failed, summary.Broken)
	}
	if err := s.move(ctx, s.at(6, 40, 0)); err != nil {
		return err
	}
	if err := s.do(ctx, onCallLogin, incident.Undo{ID: "M1", Reason: "la LUT corrigée est livrée et mesurée"}); err != nil {
		return err
	}
	if err := s.move(ctx, s.at(6, 45, 0)); err != nil {
		return err
	}
	if err := s.shop.served(ctx, asDelivered, 0, s.Images, s.shop.visits); err != nil {
		return fmt.Errorf("after the route was taken back: %w", err)
	}
	return s.do(ctx, onCallLogin, incident.Resolve{Text: "LUT corrigée, catalogue livré de nouveau et mesuré dans le budget."})
}

// prevent files both actions and the lessons, and makes the incident test
// that fails on the drifted look, passes on the fix and on three unrelated good changes.
func (s *stage) prevent(ctx context.Context) error {
	if err := s.move(ctx, s.at(7, 10, 0)); err != nil {
		return err
	}
	for _, a := range []prevention.AddAction{
		{Title: "Ajouter une validation ΔE dans `scripts/validate-lut.mjs`", Domain: postmortem.Operations, Owner: s.cast[analystLogin].ID, Due: "2025-10-01", Impact: prevention.Large, Effort: prevention.Small},
		{Title: "Étendre CODEOWNERS pour exiger un approbateur marque", Domain: postmortem.Operations, Owner: s.cast[leadLogin].ID, Due: "2025-10-03", Impact: prevention.Medium, Effort: prevention.Small},
	} {
		if err := s.do(ctx, leadLogin, a); err != nil {
			return err
		}
	}
	for _, text := range []string{"Documenter les étapes de revue", "Mettre à jour le runbook d’astreinte"} {
		if err := s.do(ctx, leadLogin, postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: text}}); err != nil {
			return err
		}
	}
	return s.gate(ctx)
}

// publish drafts, submits, has the board approve the next morning, and publishes.
func (s *stage) publish(ctx context.Context) error {
	if err := s.move(ctx, s.at(9, 0, 0)); err != nil {
		return err
	}
	if err := s.app.DraftPostmortem(ctx, s.actor(leadLogin), s.id); err != nil {
		return err
	}
	c, err := s.app.Case(ctx, s.id)
	if err != nil {
		return err
	}
	hash := c.Analysis.SHA256
	if err := s.do(ctx, leadLogin, postmortem.Submit{SHA256: hash}); err != nil {
		return err
	}
	for _, approval := range []struct {
		login        string
		hour, minute int
	}{{brandLogin, 24 + 8, 30}, {sreLogin, 24 + 9, 15}} {
		if err := s.move(ctx, s.at(approval.hour, approval.minute, 0)); err != nil {
			return err
		}
		if err := s.do(ctx, approval.login, postmortem.Approve{SHA256: hash}); err != nil {
			return err
		}
		s.say("demo.approved", s.cast[approval.login].Name)
	}
	if err := s.app.Idle(ctx); err != nil {
		return err
	}
	if c, err = s.app.Case(ctx, s.id); err != nil {
		return err
	}
	if c.Incident.Publication == nil {
		return fmt.Errorf("the postmortem was approved and not published")
	}
	s.say("demo.published", c.Incident.Publication.Path, c.Incident.Publication.Commit[:10])
	return s.app.RecordCaught(ctx, caughtControls)
}

// caughtControls is how many good images today's guards are tried on, in place of the many of a server.
const caughtControls = 40
