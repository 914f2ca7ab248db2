package web

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/lesson"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/prevention"
	"github.com/safelight-dev/safelight/internal/retrospective"
)

// Case is all that the journal says of one incident, and the effects that are
// on their way.
type Case struct {
	Incident      incident.State
	Analysis      postmortem.State
	Prevention    prevention.State
	Lessons       lesson.State
	Retrospective retrospective.State
	Entries       []journal.Entry
	Effects       []Effect
	// Restriction is what of the postmortem not everybody may read; nil for nothing.
	Restriction *postmortem.Restriction
	// Public gives a document as everybody may read it; nil where nothing can be withheld.
	Public func(postmortem.Document) (postmortem.Document, error)
}

// For gives the case as somebody may see it. Of a restricted postmortem those who neither respond nor approve see the
// document as it is published, and nothing of the analysis that led to it.
func (c Case) For(by people.Actor) (Case, error) {
	if c.Restriction == nil || ReadsWhole(by) {
		return c, nil
	}
	a, doc := c.Analysis, postmortem.Document{}
	if a.Revision > 0 {
		var err error
		if doc, err = c.Public(a.Document); err != nil {
			return Case{}, err
		}
	}
	c.Analysis = postmortem.State{
		ID: a.ID, Revision: a.Revision, Document: doc, SHA256: a.SHA256, WrittenAt: a.WrittenAt, Submitted: a.Submitted,
		Approvals: a.Approvals, Complete: a.Complete, Publication: a.Publication, Seq: a.Seq, Restrictions: a.Restrictions,
	}
	c.Lessons, c.Retrospective = lesson.State{}, retrospective.State{}
	if c.Restriction.Withholds(postmortem.FieldImpact) {
		c.Incident.Impact, c.Incident.Filings = nil, nil
	}
	if c.Restriction.Withholds(postmortem.FieldActions) || c.Restriction.Withholds(postmortem.FieldDetails) {
		c.Prevention.Actions = nil
	}
	if c.Restriction.Withholds(postmortem.FieldBarriers) {
		c.Prevention.Tests = nil
	}
	c.Entries = slices.DeleteFunc(slices.Clone(c.Entries), func(e journal.Entry) bool {
		return strings.HasPrefix(e.Type, "postmortem.") || strings.HasPrefix(e.Type, "prevention.") || strings.HasPrefix(e.Type, "lesson.") || strings.HasPrefix(e.Type, "retrospective.") || e.Type == incident.TypeImpactFiled && c.Incident.Impact == nil
	})
	return c, nil
}

// Checklist gives the five lines of the checklist as the journal fills them.
func (c Case) Checklist(now time.Time) []postmortem.Line {
	return postmortem.Checklist(c.Incident, c.Analysis, c.ActionLines(nil), now)
}

// ActionLines gives the actions as the document lists them; owner turns an id into what is printed, nil prints the id.
func (c Case) ActionLines(owner func(people.ID) string) []postmortem.ActionLine {
	if owner == nil {
		owner = func(id people.ID) string { return string(id) }
	}
	lines := make([]postmortem.ActionLine, 0, len(c.Prevention.Actions))
	for _, a := range c.Prevention.Actions {
		lines = append(lines, postmortem.ActionLine{
			ID: a.ID, Done: a.Closed != nil, Text: a.Title, Owner: owner(a.Owner), Due: a.Due, Proof: a.Proof,
			Domain: a.Domain, Impact: string(a.Impact), Effort: string(a.Effort),
		})
	}
	return lines
}

// ReadsWhole tells who reads all of a restricted postmortem: responders and the board.
func ReadsWhole(by people.Actor) bool { return by.May(people.Respond) || by.May(people.Approve) }

// Effect is an effect on its way, as the page shows it.
type Effect struct {
	Kind      string      `json:"kind"`
	Key       string      `json:"key"`
	State     string      `json:"state"`
	Attempts  int         `json:"attempts"`
	LastError string      `json:"lastError,omitempty"`
	Said      phrase.Said `json:"said,omitempty"` // the last error in each language, where it was kept so
	QueuedAt  time.Time   `json:"queuedAt"`
}

// Why is the last error as readers of each language read it.
func (e Effect) Why() phrase.Said { return e.Said.Else(e.LastError) }

// Publication is a published postmortem in the repository.
type Publication struct {
	ID, Severity, Title string
	FirstAt             time.Time // of the first revision that was published
	PublishedAt         time.Time
	Revision            int
	Commit              string
	Waiting             *Effect // the push to the remote, while it waits
}

// Declaration is what a person says when declaring an incident.
type Declaration struct {
	Pipeline     string            `json:"pipeline"`
	Severity     pipeline.Severity `json:"severity"`
	Title        string            `json:"title"`
	PersonalData bool              `json:"personalData,omitempty"`
}

// Service is what pages and API ask of the application.
type Service interface {
	ContainService
	DocumentService
	RoadmapService
	RunbookService
	AnalysisService
	KnowledgeService
	KPIService
	ReviewService
	LessonService
	RetrospectiveService
	// Now is the injected clock; Replayed says that it is not the wall clock,
	// so that countdowns stand still.
	Now() (now time.Time, replayed bool)
	// Incidents lists all incidents, the newest first.
	Incidents(context.Context) ([]incident.State, error)
	// Case reads one incident.
	Case(ctx context.Context, id string) (Case, error)
	// Do decides and appends a command: incident.Command, postmortem.Command or prevention.Command.
	Do(ctx context.Context, by people.Actor, id string, command any) error
	// AckLink says what the link of a page would acknowledge; journal.ErrNotFound where it is none, journal.ErrForbidden where
	// its time is over. AcknowledgeByLink does so for whoever the page was sent to.
	AckLink(ctx context.Context, token string) (AckLink, error)
	AcknowledgeByLink(ctx context.Context, token string) error
	// AckLinks and AcknowledgeByLinks are the same for the link of a message that carries many pages.
	AckLinks(ctx context.Context, token string) (AckLinks, error)
	AcknowledgeByLinks(ctx context.Context, token string) error
	// SeenLink says which status update a link is about, with the same errors. SeeByLink says for whoever the link was sent to that
	// it has been seen.
	SeenLink(ctx context.Context, token string) (SeenLink, error)
	SeeByLink(ctx context.Context, token string) error
	// Declare opens an incident on a person's word and gives its id.
	Declare(ctx context.Context, by people.Actor, d Declaration) (string, error)
	// FileImpact measures the blast radius and files it.
	FileImpact(ctx context.Context, by people.Actor, id, text string) error
	// AddEvidence keeps a file among the evidence of an incident.
	AddEvidence(ctx context.Context, by people.Actor, id string, e EvidenceUpload) error
	// CollectEvidence brings evidence from a source, EvidenceSources names those that are configured.
	CollectEvidence(ctx context.Context, by people.Actor, id string, c CollectEvidence) error
	EvidenceSources() EvidenceSources
	// RedactEvidence puts a redacted copy in the place of evidence.
	RedactEvidence(ctx context.Context, by people.Actor, id string, r RedactEvidence) error
	// Blob opens an evidence file by digest.
	Blob(ctx context.Context, digest string) (io.ReadCloser, error)
	// Publications lists the published postmortems, the newest first.
	Publications(context.Context) ([]Publication, error)
	// PublishedRevisions lists what has been published of an incident, the newest first.
	PublishedRevisions(ctx context.Context, id string) ([]Publication, error)
	// Published reads a published file (Markdown, JSON, CSV) from the repository; with a commit, as that has it.
	Published(ctx context.Context, name, commit string) ([]byte, error)
	// People lists the accounts.
	People(context.Context) ([]people.Person, error)
	// Pipelines names the configured pipelines, sorted.
	Pipelines() []string
	// SignIn checks a password in constant time and gives the person, or journal.ErrForbidden.
	SignIn(ctx context.Context, login, password string) (people.Person, error)
	// ByToken gives the person of an API token, or journal.ErrForbidden.
	ByToken(ctx context.Context, token string) (people.Person, error)
	// Person gives the person of a session, or journal.ErrNotFound when the account is gone or disabled.
	Person(ctx context.Context, id people.ID) (people.Person, error)
	// Head tells where the journal ends.
	Head(context.Context) (journal.Head, error)
	// Healthy says what does not work, or nil.
	Healthy(context.Context) error
}

// EvidenceUpload is a file for the evidence folder of an incident.
type EvidenceUpload struct {
	Path   string // relative to the evidence folder, for example "git/hook.log"
	Kind   string
	Source string // where it came from, in a few words
	Tool   string // what collected it
	Data   io.Reader
}
