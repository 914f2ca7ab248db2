package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

// effectNotice tells a house, in one message, what was found in a quarter of an hour. Its data is a [noticeEffect].
const effectNotice = "notice"

// noticeEvery is how much goes into one notice: a pipeline that drifts has thousands of images over their budget.
const noticeEvery = 15 * time.Minute

// noticeGrace is for what was found in the last moment, and is stored a little later.
const noticeGrace = time.Minute

// noticeEffect names what is told. It is sent once its time is over, and says what the records say then.
type noticeEffect struct {
	Kind     string    `json:"kind"`
	Pipeline string    `json:"pipeline"`
	From     time.Time `json:"from"`
	Method   string    `json:"method"`
}

// notices gives the effects that tell of something that was found at a time: the same ones for all that is found in the
// same quarter of an hour, so that queueing them again queues nothing.
func (a *App) notices(kind, pipeline string, at time.Time) (effects []journal.Effect) {
	from := at.UTC().Truncate(noticeEvery)
	for _, m := range a.config.Notify.NoticeMethods(kind) {
		effects = append(effects, journal.Effect{
			Kind: effectNotice, Key: strings.Join([]string{effectNotice, kind, pipeline, from.Format(time.RFC3339), m}, "/"),
			Stream: effectNotice + "/" + pipeline, Data: noticeEffect{kind, pipeline, from, m},
		})
	}
	return effects
}

// quality are the limits whose breach is told of here: what metadata break has reactions of its own.
const quality = store.OverDeltaE | store.OverPalette | store.OverSSIM | store.OverLPIPS | store.OverBytes | store.OverFormat

// qualityNotices are the notices of checks, to be queued with them.
func (a *App) qualityNotices(pipeline string, rows []store.CheckRow) (effects []journal.Effect) {
	var last time.Time // the quarter of an hour that is in already: the rows are in the order of their times
	for _, r := range rows {
		if from := r.At.UTC().Truncate(noticeEvery); r.Over&quality != 0 && !from.Equal(last) {
			effects = append(effects, a.notices(notify.QualityNotice, pipeline, r.At)...)
			last = from
		}
	}
	return effects
}

// performNotice sends one notice by one channel, once its quarter of an hour is over.
func (a *App) performNotice(ctx context.Context, e store.Effect) (store.Result, error) {
	var data noticeEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	if wait := data.From.Add(noticeEvery + noticeGrace).Sub(a.now()); wait > 0 {
		return nil, &store.Waiting{After: wait, For: phrase.Of("page.effect.waits.window")}
	}
	facts, err := a.noticeFacts(ctx, data)
	if err != nil {
		return nil, err
	}
	if facts.Images == 0 {
		return nil, &store.DroppedError{Reason: "there is nothing left to tell"}
	}
	channels, err := a.channelsOf(data.Method)
	if err != nil {
		return nil, &store.Permanent{Err: err}
	}
	subject, text := notify.NoticeMessage(a.config.Language, facts)
	m := notify.Message{To: a.config.Notify.NoticeTo(a.config.Language), Subject: subject, Text: text, Key: e.Key}
	m.Picture = a.noticePicture(ctx, data)
	for _, c := range channels {
		receipt, err := c.Send(ctx, m)
		if err != nil {
			return nil, attempt(fmt.Errorf("notice of %s by %s: %w", data.Pipeline, data.Method, err))
		}
		if receipt.Without != nil {
			a.log.Warn("a notice went out without its picture", "pipeline", data.Pipeline, "method", data.Method, "reason", journal.Sentence(receipt.Without))
		}
	}
	return nil, nil
}

// noticePicture draws the worst image of a notice that is to show one. Where it must or can not be shown the notice goes out
// without, and the log says why.
func (a *App) noticePicture(ctx context.Context, e noticeEffect) *notify.Picture {
	if !a.config.Notify.Pictured(e.Kind, e.Method) {
		return nil
	}
	worst, err := a.store.WorstChecks(ctx, store.CheckQuery{Pipeline: e.Pipeline, Since: e.From, Until: e.From.Add(noticeEvery), Over: quality}, 1)
	if err != nil || len(worst) == 0 {
		return nil // the notice names none either
	}
	picture, err := a.exhibit(ctx, worst[0])
	if err != nil {
		a.log.Info("a notice shows no picture of its worst image", "pipeline", e.Pipeline, "path", worst[0].Path, "reason", journal.Sentence(err))
		return nil
	}
	return picture
}

func (a *App) noticeFacts(ctx context.Context, e noticeEffect) (notify.NoticeFacts, error) {
	f := notify.NoticeFacts{Kind: e.Kind, Pipeline: e.Pipeline, From: e.From, Until: e.From.Add(noticeEvery)}
	if e.Kind == notify.QuarantineNotice {
		return f, a.quarantineFacts(ctx, &f)
	}
	return f, a.qualityFacts(ctx, &f)
}

func (a *App) qualityFacts(ctx context.Context, f *notify.NoticeFacts) error {
	q := store.CheckQuery{Pipeline: f.Pipeline, Since: f.From, Until: f.Until}
	all, err := a.store.CheckTotals(ctx, q)
	if err != nil {
		return err
	}
	q.Over = quality
	over, err := a.store.CheckTotals(ctx, q)
	if err != nil {
		return err
	}
	f.Images, f.Of, f.Link = int(over.Count), int(all.Count), a.pageLink("/rules")
	l := a.config.Language
	for _, o := range slices.Sorted(maps.Keys(over.OverBy)) {
		if n := over.OverBy[o]; n > 0 && o&quality != 0 {
			f.Figures = append(f.Figures, notify.Figure{Name: phrase.Say(l, phrase.Key("message.over."+overNames[o])), Value: phrase.Integer(l, n)})
		}
	}
	worst, err := a.store.WorstChecks(ctx, q, 1)
	if err != nil || len(worst) == 0 {
		return err
	}
	f.Worst = phrase.Say(l, "message.notice.worst", worst[0].Path, worst[0].DeltaEP95)
	if !math.IsNaN(worst[0].SSIM) {
		f.Worst = phrase.Say(l, "message.notice.worst.ssim", worst[0].Path, worst[0].DeltaEP95, phrase.Decimal(l, worst[0].SSIM, 3))
	}
	return nil
}

// overNames end the keys of the sentences on limits.
var overNames = map[store.Over]string{
	store.OverDeltaE: "delta-e", store.OverPalette: "palette", store.OverSSIM: "ssim", store.OverLPIPS: "lpips", store.OverBytes: "bytes", store.OverFormat: "format",
}

// maxNoticed bounds the held images that a notice looks at.
const maxNoticed = 10_000

func (a *App) quarantineFacts(ctx context.Context, f *notify.NoticeFacts) error {
	items, err := a.store.Quarantine(ctx, store.QuarantineQuery{Pipeline: f.Pipeline}, maxNoticed)
	if err != nil {
		return err
	}
	l, out := a.config.Language, 0
	kinds := map[string]int{}
	for _, i := range items {
		if i.HeldAt.Before(f.From) || !i.HeldAt.Before(f.Until) {
			continue
		}
		f.Images++
		if f.Incident = i.Incident; i.Status == quarantine.StatusHeld {
			out++
		}
		for _, k := range i.Kinds() {
			kinds[k]++
		}
	}
	f.Link = a.pageLink("/quarantine")
	f.Figures = append(f.Figures, notify.Figure{Name: phrase.Say(l, "message.notice.out"), Value: phrase.Integer(l, int64(out))})
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		f.Figures = append(f.Figures, notify.Figure{Name: web.KindOf(l, k), Value: phrase.Integer(l, int64(kinds[k]))})
	}
	return nil
}
