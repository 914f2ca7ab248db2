package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/backlog"
	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/store"
	"github.com/safelight-dev/safelight/internal/web"
)

const (
	syncTime = 2 * time.Minute // a few requests, each of 20 seconds at most
	// maxSyncs is how many actions are synced at once: a tracker that hangs must not keep all workers busy.
	maxSyncs    = 2
	waitForSync = time.Second
)

// tracker is where actions stand too.
type tracker interface {
	Tracker() string
	Knows(login string) bool
	HasDue() bool
	MaxTitle() int
	Lag() time.Duration
	Find(ctx context.Context, marker string, since time.Time) (backlog.Issue, bool, error)
	Create(ctx context.Context, d backlog.Draft) (backlog.Issue, error)
	Get(ctx context.Context, key string) (backlog.Issue, error)
	Update(ctx context.Context, now backlog.Issue, e backlog.Edit) (backlog.Issue, error)
	Comment(ctx context.Context, c backlog.Comment) error
	Changed(ctx context.Context, cursor string) (backlog.Page, error)
}

// backlogDesk syncs actions with the tracker.
type backlogDesk struct {
	tracker tracker // nil where none is configured, or its secrets cannot be read: then broken says why
	hears   hearer
	broken  error

	mu     sync.Mutex
	busy   map[string]bool // actions that are being synced
	readAt time.Time       // when changes were last asked for
	failed error           // why they could not be
}

// openBacklog reads the secrets of the tracker. Without them its effects wait, and nothing else.
func (a *App) openBacklog() {
	if !a.config.Backlog.Configured() {
		return
	}
	client, err := backlog.Open(a.config.Backlog, time.Now)
	if err != nil {
		a.backlog.broken = err
		return
	}
	a.backlog.tracker, a.backlog.hears = client, client
}

// take has an action synced by one worker at a time, and leaves workers to other effects.
func (d *backlogDesk) take(action string) (release func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[action] || len(d.busy) >= maxSyncs {
		return nil, &store.Waiting{After: waitForSync, For: phrase.Of("page.effect.waits.actions")}
	}
	if d.busy == nil {
		d.busy = map[string]bool{}
	}
	d.busy[action] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, action)
	}, nil
}

// withSync queues what brings the issues of changed actions up to date.
func (a *App) withSync(c journal.Change, entries []journal.Entry) journal.Change {
	if !a.config.Backlog.Configured() || len(entries) == 0 {
		return c
	}
	id := entries[0].Stream
	for _, action := range prevention.ToSync(c) {
		c.Effects = append(c.Effects, journal.Effect{
			Kind: prevention.EffectSync, Key: fmt.Sprintf("%s/%s/%s/%d", prevention.EffectSync, id, action, len(entries)), Stream: id,
			Data: prevention.SyncEffect{Incident: id, Action: action},
		})
	}
	return c
}

// linkOf finds out which issue is meant. One that an action of another incident has is refused: of two actions none would hear of it.
func (a *App) linkOf(ctx context.Context, id string, c prevention.LinkAction) (link prevention.LinkAction, err error) {
	link = c
	if link.Key, link.URL, err = a.config.Backlog.Key(c.Key); err != nil {
		return link, err
	}
	link.Tracker = a.config.Backlog.Tracker()
	other, err := a.store.ActionOf(ctx, link.Tracker, link.Key)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return link, nil
	case err == nil && other.Incident != id:
		err = phrase.Refusal(journal.ErrConflict, "refusal.action.link.else", c.ID, id, other.ID, other.Incident, link.Key)
	}
	return link, err
}

// performSync brings an action and its issue together. Each step is journalled by itself, so that what the tracker has taken is known before
// the next is asked of it.
func (a *App) performSync(ctx context.Context, e store.Effect) (store.Result, error) {
	var data prevention.SyncEffect
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return nil, &store.Permanent{Err: fmt.Errorf("read the data of effect %s: %w", e.Key, err)}
	}
	nothing := func(*store.Tx) (journal.Change, error) { return journal.Change{}, nil }
	return nothing, trackerAttempt(a.syncAction(ctx, data), time.Now())
}

// trackerAttempt turns an error of the tracker into that of an effect.
func trackerAttempt(err error, now time.Time) error {
	var wait *backlog.WaitError
	var refused *backlog.RefusedError
	switch {
	case errors.As(err, &wait):
		return &store.Later{After: max(wait.Until.Sub(now), time.Second), Err: err}
	case errors.As(err, &refused):
		return &store.Permanent{Err: err}
	}
	return err
}

// syncing is the sync of one action.
type syncing struct {
	app     *App
	tracker tracker
	effect  prevention.SyncEffect
	persons []people.Person

	// What [syncing.read] sees.
	inc    incident.State
	action prevention.Action
	marker string
	since  time.Time // when the action was filed, by the wall clock
}

func (a *App) syncAction(ctx context.Context, e prevention.SyncEffect) error {
	switch {
	case !a.config.Backlog.Configured():
		return &store.DroppedError{Reason: "no tracker is configured any more"}
	case a.backlog.tracker == nil:
		return cmp.Or(a.backlog.broken, errors.New("the tracker is not open"))
	}
	release, err := a.backlog.take(e.Incident + "/" + e.Action)
	if err != nil {
		return err
	}
	defer release()
	s := &syncing{app: a, tracker: a.backlog.tracker, effect: e}
	if s.persons, err = a.People(ctx); err != nil {
		return err
	}
	if err := s.read(ctx); err != nil {
		return err
	}
	if s.action.Link == nil {
		if err := s.makeIssue(ctx); err != nil {
			return err
		}
	}
	return s.bring(ctx)
}

// read looks how the action stands, and whether it is to be in the tracker.
func (s *syncing) read(ctx context.Context) error {
	c, err := s.app.Case(ctx, s.effect.Incident)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Prevention.Actions, func(a prevention.Action) bool { return a.ID == s.effect.Action })
	if i < 0 {
		return &store.DroppedError{Reason: "there is no such action"}
	}
	s.inc, s.action = c.Incident, c.Prevention.Actions[i]
	filed := filing(c.Entries, s.effect.Action)
	// The hash of the event tells the actions of two houses apart, and nobody can foresee it.
	s.marker = fmt.Sprintf("%s/%s/%s", s.inc.ID, s.action.ID, hex.EncodeToString(filed.Hash[:6]))
	s.since = filed.RecordedAt
	switch l := s.action.Link; {
	case withheld(c):
		return &store.DroppedError{Reason: "the actions of this incident are withheld: they do not go to the tracker"}
	case l == nil && s.action.Unlinked && !s.effect.Create:
		return &store.DroppedError{Reason: "somebody has unlinked the action"}
	case l != nil && l.Tracker != s.tracker.Tracker():
		return &store.DroppedError{Reason: "its issue stands in " + l.Tracker + ", which is not configured any more"}
	}
	return nil
}

// withheld tells whether not everybody may read the actions of an incident.
func withheld(c web.Case) bool {
	return c.Restriction != nil && slices.Contains(c.Restriction.Sections, string(postmortem.FieldActions))
}

// filing is the event by which an action was filed.
func filing(entries []journal.Entry, action string) journal.Entry {
	for _, e := range entries {
		if e.Type != prevention.TypeActionAdded {
			continue
		}
		if v, err := journal.Decode[prevention.ActionAdded](e); err == nil && v.ID == action {
			return e
		}
	}
	return journal.Entry{}
}

// do has the system note something, and reads what the action is then.
func (s *syncing) do(ctx context.Context, command prevention.Command) error {
	if err := s.app.Do(ctx, monitor, s.inc.ID, command); err != nil {
		return err
	}
	return s.read(ctx)
}

// sent is what was sent when an issue was to be made, kept until its answer is journalled.
type sent struct {
	At     time.Time         `json:"at"` // by the wall clock
	Values prevention.Values `json:"values"`
}

func sentKey(marker string) string { return "backlog/sent/" + marker }

// makeIssue makes the issue of an action once: an answer that was lost is looked for before anything is made.
func (s *syncing) makeIssue(ctx context.Context) error {
	before, err := s.sentBefore(ctx)
	if err != nil {
		return err
	}
	issue, found, err := s.tracker.Find(ctx, s.marker, s.since)
	if err != nil {
		return err
	}
	if !found {
		// Where the search lags behind, what the last try has made may not be seen yet.
		if wait := time.Until(before.At.Add(s.tracker.Lag())); wait > 0 && s.tracker.Lag() > 0 {
			return &store.Waiting{After: wait, For: phrase.Of("page.effect.waits.issue")}
		}
		before = sent{time.Now(), s.action.Values()}
		if err := s.noteSent(ctx, before); err != nil {
			return err
		}
		if issue, err = s.create(ctx); err != nil {
			return err
		}
	}
	ours := before.Values
	if ours == nil {
		// Made by an earlier life of this folder: every difference is for people.
		return s.do(ctx, prevention.NoteIssue{ID: s.action.ID, Tracker: s.tracker.Tracker(), Key: issue.Key, URL: issue.URL})
	}
	ours[prevention.StateField] = prevention.Open // as it is made
	return s.do(ctx, prevention.NoteIssue{
		ID: s.action.ID, Tracker: s.tracker.Tracker(), Key: issue.Key, URL: issue.URL, Ours: ours, Theirs: s.made(ours, issue, found),
	})
}

func (s *syncing) sentBefore(ctx context.Context) (before sent, err error) {
	text, err := s.app.store.Setting(ctx, sentKey(s.marker))
	if errors.Is(err, journal.ErrNotFound) {
		return before, nil
	}
	if err != nil {
		return before, err
	}
	return before, json.Unmarshal([]byte(text), &before)
}

func (s *syncing) noteSent(ctx context.Context, what sent) error {
	data, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return s.app.store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(sentKey(s.marker), string(data)) })
}

// create makes the issue, without its assignee where that is what the tracker refuses.
func (s *syncing) create(ctx context.Context) (backlog.Issue, error) {
	d := s.draft()
	issue, err := s.tracker.Create(ctx, d)
	var refused *backlog.RefusedError
	if errors.As(err, &refused) && s.tracker.Knows(d.Assignee) {
		d.Assignee = ""
		issue, err = s.tracker.Create(ctx, d)
	}
	return issue, err
}

// draft is what the issue is made from. The incident's title stays here: who reads a tracker need not be who may read incidents.
func (s *syncing) draft() backlog.Draft {
	l, a := s.app.config.Language, s.action
	d := backlog.Draft{
		Title: a.Title, Marker: s.marker, Assignee: s.login(a.Owner), Due: a.Due, Link: s.app.pageLink("/incidents/" + s.inc.ID + "#actions"),
		Labels: slices.Concat(s.app.config.Backlog.Labels, []string{"severity:" + string(s.inc.Severity), "domain:" + string(a.Domain)}),
		Text:   []string{phrase.Say(l, "backlog.text", a.ID, s.inc.ID, string(s.inc.Severity)), phrase.Say(l, "backlog.text.proof")},
	}
	if !s.tracker.HasDue() {
		d.Text = append(d.Text, phrase.Say(l, "page.action.due", a.Due))
	}
	return d
}

func (s *syncing) login(id people.ID) string {
	if i := slices.IndexFunc(s.persons, func(p people.Person) bool { return p.ID == id }); i >= 0 {
		return s.persons[i].Login
	}
	return ""
}

// valuesOf is what an issue holds, in the journal's terms.
func valuesOf(t tracker, issue backlog.Issue, owner string, persons []people.Person) prevention.Values {
	v := prevention.Values{prevention.TitleField: issue.Title, prevention.StateField: prevention.Open, prevention.OwnerField: ""}
	if issue.Closed {
		v[prevention.StateField] = prevention.Shut
	}
	if t.HasDue() {
		v[prevention.DueField] = issue.Due
	}
	if !issue.Assigned {
		return v
	}
	v[prevention.OwnerField] = prevention.Stranger
	for _, login := range issue.Assignees {
		i := slices.IndexFunc(persons, func(p people.Person) bool { return p.Login == login })
		switch {
		case i >= 0 && string(persons[i].ID) == owner: // of several, ours is the owner
			v[prevention.OwnerField] = owner
			return v
		case i >= 0 && v[prevention.OwnerField] == prevention.Stranger:
			v[prevention.OwnerField] = string(persons[i].ID)
		}
	}
	return v
}

func (s *syncing) seen(issue backlog.Issue) prevention.Values {
	return valuesOf(s.tracker, issue, string(s.action.Owner), s.persons)
}

// heard is what the tracker holds after it has taken values of ours: the same, but where it cannot say what we say. What its answer shows beyond
// that was changed by somebody since, and is to be seen as their change.
func (s *syncing) heard(ours prevention.Values, issue backlog.Issue) prevention.Values {
	shown, theirs := valuesOf(s.tracker, issue, ours[prevention.OwnerField], s.persons), prevention.Values{}
	for f, v := range ours {
		answer, known := shown[f]
		switch {
		case !known: // a due day that stands in the text alone
			continue
		case f == prevention.TitleField && utf8.RuneCountInString(v) > s.tracker.MaxTitle(),
			f == prevention.OwnerField && (answer == "" || !s.tracker.Knows(s.login(people.ID(v)))):
			theirs[f] = answer
		default:
			theirs[f] = v
		}
	}
	return theirs
}

// made is what the tracker held once it had made the issue. One that was found again may have been changed since: who had it then was ours, or
// nobody where ours has no account there, whoever has it now.
func (s *syncing) made(ours prevention.Values, issue backlog.Issue, found bool) prevention.Values {
	theirs := s.heard(ours, issue)
	if !found {
		return theirs
	}
	theirs[prevention.OwnerField] = ""
	if owner := ours[prevention.OwnerField]; s.tracker.Knows(s.login(people.ID(owner))) {
		theirs[prevention.OwnerField] = owner
	}
	return theirs
}

// bring merges the issue into the action, and brings what is ours to the issue.
func (s *syncing) bring(ctx context.Context) error {
	issue, err := s.tracker.Get(ctx, s.action.Link.Key)
	if errors.Is(err, backlog.ErrGone) {
		return s.do(ctx, prevention.NoteGone{ID: s.action.ID, Key: s.action.Link.Key})
	}
	if err != nil {
		return err
	}
	if err := s.do(ctx, prevention.TakeIssue{ID: s.action.ID, Key: issue.Key, Seen: s.seen(issue), By: s.person(issue)}); err != nil {
		return err
	}
	if s.action.Link == nil || s.action.Link.Key != issue.Key {
		return nil // unlinked meanwhile
	}
	out, err := s.unproven(ctx)
	if err != nil {
		return err
	}
	for f, v := range s.action.Outgoing() {
		out[f] = v
	}
	if len(out) == 0 {
		return nil
	}
	return s.send(ctx, issue, out)
}

// person is who changed the issue: whom the webhook named, or who closed it.
func (s *syncing) person(issue backlog.Issue) people.Actor {
	for _, p := range s.persons {
		if string(p.ID) == s.effect.By || s.effect.By == "" && issue.ClosedBy != "" && p.Login == issue.ClosedBy {
			return p.Actor()
		}
	}
	return people.Actor{}
}

// unproven answers an issue that was closed while the action has no proof: with a comment, and open again where the configuration says so.
func (s *syncing) unproven(ctx context.Context) (prevention.Values, error) {
	out := prevention.Values{}
	i := slices.IndexFunc(s.action.Conflicts, func(c prevention.Conflict) bool {
		return c.From == prevention.FromTracker && c.Field == prevention.StateField && c.Why == prevention.NoProof
	})
	if i < 0 {
		return out, nil
	}
	seq := s.action.Conflicts[i].Seq
	key := phrase.Key("backlog.unproven.comment")
	if s.app.config.Backlog.Reopens() {
		key, out[prevention.StateField] = "backlog.unproven.reopen", prevention.Open
	}
	return out, s.comment(ctx, fmt.Sprintf("unproven-%d", seq), phrase.Say(s.app.config.Language, key))
}

func (s *syncing) comment(ctx context.Context, what, text string) error {
	return s.tracker.Comment(ctx, backlog.Comment{Key: s.action.Link.Key, Marker: s.marker + "/" + what, Text: text, Since: s.since})
}

// send brings values to the issue.
func (s *syncing) send(ctx context.Context, issue backlog.Issue, out prevention.Values) error {
	if out[prevention.StateField] == prevention.Shut {
		if err := s.comment(ctx, fmt.Sprintf("closed-%d", s.action.Closed.At.UnixMilli()), phrase.Say(s.app.config.Language, "page.action.closed", s.action.Proof)); err != nil {
			return err
		}
	}
	e := s.edit(out)
	changed, err := s.tracker.Update(ctx, issue, e)
	var refused *backlog.RefusedError
	if errors.As(err, &refused) && e.Assignee != nil && *e.Assignee != "" {
		nobody := ""
		e.Assignee = &nobody
		changed, err = s.tracker.Update(ctx, issue, e)
	}
	if err != nil {
		return err
	}
	return s.do(ctx, prevention.NoteSync{ID: s.action.ID, Key: issue.Key, Ours: out, Theirs: s.heard(out, changed)})
}

func (s *syncing) edit(out prevention.Values) backlog.Edit {
	e := backlog.Edit{Draft: s.draft()}
	if v, ok := out[prevention.TitleField]; ok {
		e.Title = &v
	}
	if v, ok := out[prevention.OwnerField]; ok {
		login := s.login(people.ID(v))
		e.Assignee = &login
	}
	if v, ok := out[prevention.DueField]; ok {
		e.Due = &v
	}
	if v, ok := out[prevention.StateField]; ok {
		closed := v == prevention.Shut
		e.Closed = &closed
	}
	return e
}
