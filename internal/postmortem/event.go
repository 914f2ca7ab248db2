package postmortem

import (
	"strings"

	"github.com/safelight-dev/safelight/internal/experiment"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// The event types of the analysis; they stand in the incident's stream.
const (
	TypeEvidenceAdded    = "postmortem.evidence-added"
	TypeCauseSet         = "postmortem.cause-set"
	TypeCauseRemoved     = "postmortem.cause-removed"
	TypeWhySet           = "postmortem.why-set"
	TypeHypothesisStated = "postmortem.hypothesis-stated"
	TypeTestRun          = "postmortem.test-run"
	TypeGapOpened        = "postmortem.gap-opened"
	TypeGapSet           = "postmortem.gap-set"
	TypeGapClosed        = "postmortem.gap-closed"
	TypeCauseJudged      = "postmortem.cause-judged"
	TypeBoardLinked      = "postmortem.board-linked"
	TypeCommented        = "postmortem.commented"
	TypeCommentResolved  = "postmortem.comment-resolved"
	TypeBoardReminded    = "postmortem.board-reminded"
	TypeGapReminded      = "postmortem.gap-reminded"
	TypeLessonAdded      = "postmortem.lesson-added"
	TypeLessonIntegrated = "postmortem.lesson-integrated"
	TypeDrafted          = "postmortem.drafted"
	TypeEdited           = "postmortem.edited"
	TypeCaughtUp         = "postmortem.caught-up"
	TypeLintOverruled    = "postmortem.lint-overruled"
	TypeSubmitted        = "postmortem.submitted"
	TypeChangesRequested = "postmortem.changes-requested"
	TypeApproved         = "postmortem.approved"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	names := []string{
		TypeEvidenceAdded, TypeCauseSet, TypeCauseRemoved, TypeWhySet, TypeHypothesisStated, TypeTestRun,
		TypeGapOpened, TypeGapSet, TypeGapClosed, TypeCauseJudged, TypeBoardLinked, TypeCommented, TypeCommentResolved, TypeBoardReminded, TypeGapReminded,
		TypeLessonAdded, TypeLessonIntegrated, TypeDrafted, TypeEdited, TypeCaughtUp, TypeLintOverruled, TypeSubmitted, TypeChangesRequested, TypeApproved, TypeRestricted, TypeEvidenceRedacted,
	}
	types := make([]journal.Type, len(names))
	for i, n := range names {
		types[i] = journal.Type{Name: n, Version: 1}
	}
	return types
}

// EvidenceKind says what a piece of evidence is.
type EvidenceKind string

// The kinds of evidence.
const (
	GitDiff     EvidenceKind = "git-diff"
	HookLog     EvidenceKind = "hook-log"
	GitLog      EvidenceKind = "git-log"
	CIConfig    EvidenceKind = "ci-config"
	CodeOwners  EvidenceKind = "codeowners"
	LUT         EvidenceKind = "lut"
	Image       EvidenceKind = "image"
	Heatmap     EvidenceKind = "heatmap"
	Series      EvidenceKind = "series"
	Measurement EvidenceKind = "measurement"
	Report      EvidenceKind = "report"
	// CILog is what a run of a CI, or another program, has written.
	CILog EvidenceKind = "ci-log"
	// Versions says which software, models, prompts and runs made images.
	Versions EvidenceKind = "versions"
	// Configuration is that of a system at a time.
	Configuration EvidenceKind = "configuration"
	// Chat is what people wrote to each other.
	Chat      EvidenceKind = "chat"
	OtherKind EvidenceKind = "other"
)

// EvidenceKinds lists all kinds of evidence.
func EvidenceKinds() []EvidenceKind {
	return []EvidenceKind{
		GitDiff, HookLog, GitLog, CIConfig, CodeOwners, LUT, Image, Heatmap, Series, Measurement, Report, CILog, Versions, Configuration, Chat, OtherKind,
	}
}

// CauseKind says how a cause bears on the incident.
type CauseKind string

// The kinds of cause.
const (
	Direct       CauseKind = "direct"
	Contributing CauseKind = "contributing"
	Systemic     CauseKind = "systemic"
)

// CauseKinds lists all kinds of cause.
func CauseKinds() []CauseKind { return []CauseKind{Direct, Contributing, Systemic} }

// Domain is the part of the work that a cause or an action belongs to.
type Domain string

// The domains.
const (
	Model      Domain = "model"
	Data       Domain = "data"
	Operations Domain = "operations"
)

// Domains lists all domains.
func Domains() []Domain { return []Domain{Model, Data, Operations} }

// Result is the outcome of a falsification test.
type Result string

// The results of a test.
const (
	Confirmed    Result = "confirmed"
	Refuted      Result = "refuted"
	Inconclusive Result = "inconclusive"
)

// Results lists all results.
func Results() []Result { return []Result{Confirmed, Refuted, Inconclusive} }

// The stored forms of the events follow. Fields may be added; no released
// field is renamed, retyped or given a new meaning.

// EvidenceFields describe one file of evidence.
type EvidenceFields struct {
	Path   string       `json:"path"` // below evidence/pm-<id>/, with slashes
	SHA256 string       `json:"sha256"`
	Size   int64        `json:"size"`
	Kind   EvidenceKind `json:"kind"`
	Source string       `json:"source,omitempty"` // where it came from
	Tool   string       `json:"tool,omitempty"`   // what made it, with its version
}

// CauseFields are one cause of the cause map.
type CauseFields struct {
	ID       string           `json:"id"` // "C1"
	Kind     CauseKind        `json:"kind"`
	Domain   Domain           `json:"domain"`
	Text     string           `json:"text"`
	Say      *phrase.Sentence `json:"say,omitempty"` // of a suggested cause
	Evidence []string         `json:"evidence,omitempty"`
	LeadsTo  []string         `json:"leadsTo,omitempty"` // ids of causes; empty is the order of the kinds
	// Proofs are the evidence that it leads to a cause, by that cause's id.
	Proofs map[string][]string `json:"proofs,omitempty"`
}

// CauseRemoved takes a cause out of the map.
type CauseRemoved struct {
	ID string `json:"id"`
}

// WhyFields are one answer of the why chain.
type WhyFields struct {
	Level    int      `json:"level"` // 1 to 5
	Question string   `json:"question,omitempty"`
	Answer   string   `json:"answer"`
	Evidence []string `json:"evidence,omitempty"`
	Stop     string   `json:"stop,omitempty"` // why the chain ends here: above level 5, or at neither process nor culture
	Reaches  Reach    `json:"reaches,omitempty"`
}

// Reach says what an answer has come to. A chain that ends at neither has stopped too early.
type Reach string

// What an answer may come to.
const (
	Process Reach = "process"
	Culture Reach = "culture"
)

// Reaches lists them.
func Reaches() []Reach { return []Reach{Process, Culture} }

// EndsWell tells whether a chain of whys ends where it may: with the fifth, at process or culture, or else anywhere with a reason.
func EndsWell(whys []WhyFields) bool {
	if len(whys) == 0 {
		return false
	}
	last := whys[len(whys)-1]
	return strings.TrimSpace(last.Stop) != "" || len(whys) >= 5 && last.Reaches != ""
}

// HypothesisFields say a cause so that it can be refuted.
type HypothesisFields struct {
	ID        string `json:"id"` // "H1"
	Text      string `json:"text"`
	Cause     string `json:"cause"`
	RefutedIf string `json:"refutedIf"`
}

// Number is one measured value of a test.
type Number struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// TestFields are one run of a falsification test.
type TestFields struct {
	Hypothesis string   `json:"hypothesis"`
	Method     string   `json:"method"`
	Result     Result   `json:"result"`
	Numbers    []Number `json:"numbers,omitempty"`
	Evidence   []string `json:"evidence,omitempty"`
	Text       string   `json:"text,omitempty"`
	// Missing is what it lacked where it could not tell.
	Missing string `json:"missing,omitempty"`
	// Request is the test as it was asked for, so that it can be run again; nil of what was recorded before there were requests.
	Request *experiment.Request `json:"request,omitempty"`
}

// LessonFields are one lesson. Link names the training or the governance document that holds it.
type LessonFields struct {
	Text   string `json:"text"`
	Link   string `json:"link,omitempty"`
	Source string `json:"source,omitempty"` // what it came of, where that is no analysis: "retrospective"
}

// LessonIntegrated links the lesson with that index, counted from 1.
type LessonIntegrated struct {
	Index int    `json:"index"`
	Link  string `json:"link"`
}

// Written is a revision of the document, drafted or edited. The digest is
// stored with it, so that fields added to Document later do not change it.
type Written struct {
	Duty     people.Duty `json:"duty"`
	Revision int         `json:"revision"`
	SHA256   string      `json:"sha256"` // of the canonical JSON of the authored part
	Document Document    `json:"document"`
	// Through is the last entry of the journal that the document has taken in; that of the revision itself where it is 0.
	Through int64 `json:"through,omitempty"`
}

// CaughtUp says that somebody has looked at what the journal says up to an entry, and left the document as it is.
type CaughtUp struct {
	Duty    people.Duty `json:"duty"`
	Through int64       `json:"through"`
}

// LintOverruled says why a problem that the lint found is none. It is pinned to the words: when they change, it is a problem again.
type LintOverruled struct {
	Duty   people.Duty `json:"duty"`
	Pin    string      `json:"pin"`
	Rule   Rule        `json:"rule"`
	Quote  string      `json:"quote,omitempty"`
	Reason string      `json:"reason"`
}

// Submitted asks the control board for approval of a revision.
type Submitted struct {
	Duty     people.Duty `json:"duty"`
	Revision int         `json:"revision"`
	SHA256   string      `json:"sha256"`
}

// ChangesRequested sends a revision back to its authors.
type ChangesRequested struct {
	Domain   people.Domain `json:"domain,omitempty"`
	Revision int           `json:"revision"`
	Text     string        `json:"text"`
}

// Approved is the approval of one member of the board. Complete says that the
// quorum of the severity, as it was, was met by it.
type Approved struct {
	Domain   people.Domain `json:"domain,omitempty"`
	Revision int           `json:"revision"`
	SHA256   string        `json:"hash"`
	Complete bool          `json:"complete,omitempty"`
}
