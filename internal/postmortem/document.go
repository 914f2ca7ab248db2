package postmortem

import (
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// SchemaID names the JSON Schema of [Document]; see [Schema].
const SchemaID = "https://safelight.dev/schema/postmortem-1.json"

// Limits of a document.
const (
	MaxMarkdown = 1 << 20 // bytes that Parse accepts
	MaxJSON     = 8 << 20 // bytes that ParseJSON accepts; control characters take six
	// maxAuthored bounds the canonical JSON of a revision, so that its event fits into a journal entry.
	maxAuthored = journal.MaxEntry - 16<<10
)

// Document is the model of a postmortem: what is stored, hashed and published
// as JSON. Sections gives the order of the file; a field that it does not name
// is empty. The zero Document is the empty file.
type Document struct {
	Schema   string         `json:"schema"`
	Lang     phrase.Lang    `json:"lang"`
	ID       string         `json:"id,omitempty"`
	Sections []Section      `json:"sections,omitempty"`
	Context  Context        `json:"context,omitzero"`
	Timeline []Row          `json:"timeline,omitempty"`
	RCA      RCA            `json:"rca,omitzero"`
	Actions  []Action       `json:"actions,omitempty"`
	Lessons  []string       `json:"lessons,omitempty"`
	Systemic []Statement    `json:"systemic,omitempty"`
	Impact   ImpactReport   `json:"impact,omitzero"`
	Causes   []CauseNode    `json:"causes,omitempty"`
	Arrows   []ArrowRow     `json:"arrows,omitempty"` // those of the map that have evidence of their own
	Whys     []WhyFields    `json:"whys,omitempty"`
	Tests    TestReport     `json:"tests,omitzero"`
	Evidence []EvidenceRow  `json:"evidence,omitempty"`
	Details  []ActionDetail `json:"details,omitempty"`
	Links    []LessonLink   `json:"links,omitempty"`
	Barriers []Barrier      `json:"barriers,omitempty"`
	Sealed   *Sealed        `json:"sealed,omitempty"`
}

// Field names what a section is parsed into.
type Field string

// The fields, in the order of a draft.
const (
	FieldTitle    Field = "title"
	FieldContext  Field = "context"
	FieldTimeline Field = "timeline"
	FieldRCA      Field = "rca"
	FieldActions  Field = "actions"
	FieldLessons  Field = "lessons"
	FieldSystemic Field = "systemic"
	FieldImpact   Field = "impact"
	FieldCauses   Field = "causes"
	FieldWhys     Field = "whys"
	FieldTests    Field = "tests"
	FieldEvidence Field = "evidence"
	FieldDetails  Field = "details"
	FieldLinks    Field = "links"
	FieldBarriers Field = "barriers"
)

// Section is one part of the file: a field, or verbatim Markdown.
type Section struct {
	Field    Field  `json:"field,omitempty"`
	Markdown string `json:"markdown,omitempty"`
}

// Statement is one line of text, with the sentence it was made of where the
// product said it itself.
type Statement struct {
	Text string           `json:"text"`
	Say  *phrase.Sentence `json:"say,omitempty"`
}

// Context says what happened to what, and who must know.
type Context struct {
	Detected     string           `json:"detected,omitempty"` // as written: "2025-09-27 04:12 UTC"
	Severity     string           `json:"severity,omitempty"`
	Impact       string           `json:"impact,omitempty"`
	Say          *phrase.Sentence `json:"say,omitempty"` // of the impact
	Stakeholders []string         `json:"stakeholders,omitempty"`
}

// Row is one line of the timeline. Duty is the owner where it is a duty of ours.
type Row struct {
	Time  string           `json:"time"` // as written: "04:12"
	Event string           `json:"event"`
	Say   *phrase.Sentence `json:"say,omitempty"`
	Owner string           `json:"owner"`
	Duty  string           `json:"duty,omitempty"`
}

// RCA holds the causes that the design's template shows.
type RCA struct {
	Direct       Statement   `json:"direct,omitzero"`
	Contributing []Statement `json:"contributing,omitempty"`
}

// Action is one corrective action as a line.
type Action struct {
	Done  bool   `json:"done,omitempty"`
	Text  string `json:"text"`
	Owner string `json:"owner,omitempty"`
	Due   string `json:"due,omitempty"` // 2025-10-01
}

// ImpactReport is the measured blast radius.
type ImpactReport struct {
	Checked     int           `json:"checked"`
	Affected    int           `json:"affected"`
	OverDeltaE  int           `json:"overDeltaE"`
	OverPalette int           `json:"overPalette"`
	MedianDelta float64       `json:"medianDeltaE00"`
	WorstDelta  float64       `json:"worstDeltaE00"`
	WorstPath   string        `json:"worstPath,omitempty"`
	FirstBad    string        `json:"firstBad,omitempty"` // as written: "2025-09-27 04:01 UTC"
	LastBad     string        `json:"lastBad,omitempty"`
	Pipelines   []string      `json:"pipelines,omitempty"`
	Routes      []string      `json:"routes,omitempty"`
	Deliveries  *int          `json:"deliveries,omitempty"`
	Method      string        `json:"method,omitempty"`
	Text        string        `json:"text,omitempty"`
	Palette     []ColourDrift `json:"palette,omitempty"`
	Images      []ImageRow    `json:"images,omitempty"`
	Filed       string        `json:"filed,omitempty"` // as written: "no. 2, 2025-09-27 04:44 UTC"
	Harm        Harm          `json:"harm,omitempty"`
	Span        string        `json:"span,omitempty"`      // of the checks that were counted, as written
	Quiet       *int          `json:"quiet,omitempty"`     // pipelines that were checked then and show nothing of the kind
	Unchanged   *int          `json:"unchanged,omitempty"` // answers 304
	Sheet       string        `json:"sheet,omitempty"`     // the contact sheet, by SHA-256
	ByPipeline  []StruckRow   `json:"byPipeline,omitempty"`
	ByClass     []ClassRow    `json:"byClass,omitempty"`
	ByVersion   []VersionRow  `json:"byVersion,omitempty"`
	Logs        []LogRow      `json:"logs,omitempty"`
}

// Harm tells whether it had ended when the impact report was filed.
type Harm string

// The states of harm.
const (
	Ongoing Harm = "ongoing"
	Stopped Harm = "stopped"
)

// Counted tells whether a row is part of the sums.
type Counted string

// What a row may be.
const (
	IsCounted Counted = "yes"
	AsBefore  Counted = "as-before" // over the same limits as often before
	Again     Counted = "again"     // a log further out has seen the same requests
	InPart    Counted = "in-part"   // it does not tell of the whole time, and another log has seen more
)

// StruckRow is the blast radius in one pipeline. Shares are percentages.
type StruckRow struct {
	Pipeline string   `json:"pipeline"`
	Routes   []string `json:"routes,omitempty"`
	Checked  int      `json:"checked"`
	Affected int      `json:"affected"`
	Share    float64  `json:"share"`
	Earlier  float64  `json:"earlier"` // the share in the same span before
	Counted  Counted  `json:"counted"`
	Median   float64  `json:"medianDeltaE00"`
	Worst    float64  `json:"worstDeltaE00"`
	FirstBad string   `json:"firstBad,omitempty"` // when and which, as written
	LastGood string   `json:"lastGood,omitempty"`
}

// ClassRow is the share of an asset class.
type ClassRow struct {
	Class    string  `json:"class"`
	Checked  int     `json:"checked"`
	Affected int     `json:"affected"`
	Share    float64 `json:"share"`
}

// VersionRow is the share of the images that one version made, by their own metadata: "–" where they do not say, "…" for
// all that the table has no room for.
type VersionRow struct {
	Software string  `json:"software"`
	Model    string  `json:"model"`
	Checked  int     `json:"checked"`
	Affected int     `json:"affected"`
	Share    float64 `json:"share"`
}

// LogRow is what an access log says of the affected images of a route, by the status of the answers.
type LogRow struct {
	Log       string  `json:"log"`
	Route     string  `json:"route"`
	Full      int     `json:"full"`
	Partial   int     `json:"partial"`
	Unchanged int     `json:"unchanged"`
	Counted   Counted `json:"counted"`
	Damaged   int     `json:"damaged"`          // lines that could not be read
	Remark    string  `json:"remark,omitempty"` // what keeps it from being all, in English
}

// ColourDrift is the drift of one brand colour.
type ColourDrift struct {
	Name   string  `json:"name"`
	Images int     `json:"images"`
	Median float64 `json:"medianDeltaE00"`
	Worst  float64 `json:"worstDeltaE00"`
}

// ImageRow is one of the worst images; its pictures are named by SHA-256.
type ImageRow struct {
	Path      string  `json:"path"`
	DeltaE00  float64 `json:"deltaE00P95"`
	SSIM      float64 `json:"ssim"`
	Reference string  `json:"reference,omitempty"`
	Candidate string  `json:"candidate,omitempty"`
	Heatmap   string  `json:"heatmap,omitempty"`
}

// CauseNode is a cause of the map.
type CauseNode struct {
	ID       string           `json:"id"`
	Kind     CauseKind        `json:"kind"`
	Domain   Domain           `json:"domain"`
	Text     string           `json:"text"`
	Say      *phrase.Sentence `json:"say,omitempty"`
	LeadsTo  []string         `json:"leadsTo,omitempty"` // ids; empty leads to the incident
	Evidence []string         `json:"evidence,omitempty"`
	Standing Standing         `json:"standing,omitempty"` // how well it is founded
}

// ArrowRow is the evidence that one cause leads to another.
type ArrowRow struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Evidence []string `json:"evidence,omitempty"`
}

// TestReport holds the hypotheses and the runs of their tests.
type TestReport struct {
	Hypotheses []HypothesisFields `json:"hypotheses,omitempty"`
	Runs       []TestRow          `json:"runs,omitempty"`
	Gaps       []GapRow           `json:"gaps,omitempty"`
}

// TestRow is one run of a test.
type TestRow struct {
	Hypothesis string   `json:"hypothesis"`
	Method     string   `json:"method"`
	Result     Result   `json:"result"`
	Numbers    []Number `json:"numbers,omitempty"`
	Evidence   []string `json:"evidence,omitempty"`
	Text       string   `json:"text,omitempty"`
}

// GapRow is a task to get what a test has lacked.
type GapRow struct {
	ID         string `json:"id"`
	Hypothesis string `json:"hypothesis"`
	Missing    string `json:"missing"`
	Owner      string `json:"owner"`
	Due        string `json:"due"`
	Closed     string `json:"closed,omitempty"` // how it ended, as written
}

// EvidenceRow is one file of evidence.
type EvidenceRow struct {
	Path   string       `json:"path"`
	Kind   EvidenceKind `json:"kind"`
	Size   int64        `json:"size"`
	SHA256 string       `json:"sha256"`
	Source string       `json:"source,omitempty"`
	Tool   string       `json:"tool,omitempty"`
	Added  string       `json:"added,omitempty"` // as written
}

// ActionDetail says more about the action in that line, counted from 1.
type ActionDetail struct {
	Line   int    `json:"line"`
	Owner  string `json:"owner,omitempty"`
	Domain Domain `json:"domain,omitempty"`
	Impact string `json:"impact,omitempty"`
	Effort string `json:"effort,omitempty"`
	Ticket string `json:"ticket,omitempty"`
	Proof  string `json:"proof,omitempty"`
}

// LessonLink names the document that holds the lesson in that line, counted from 1.
type LessonLink struct {
	Line int    `json:"line"`
	Link string `json:"link"`
}

// Barrier is something that keeps the defect from coming back, with the proof that it does.
type Barrier struct {
	Text  string           `json:"text"`
	Say   *phrase.Sentence `json:"say,omitempty"`
	Guard string           `json:"guard,omitempty"`
	Proof string           `json:"proof,omitempty"`
}

// Sealed is the part that is written at publication, outside the hash.
type Sealed struct {
	Checklist []SealedLine     `json:"checklist,omitempty"`
	Approvals []SealedApproval `json:"approvals,omitempty"`
	Revision  int              `json:"revision"`
	SHA256    string           `json:"sha256"` // of the canonical JSON of the authored part
	HeadSize  int64            `json:"headSize"`
	HeadHash  string           `json:"headHash"` // of the journal, just before the publication event
	// Withheld names what is not in this version of the document, and Redacted is the SHA-256 of its authored part; SHA256 is
	// that of the whole, which the board has approved.
	Withheld []string `json:"withheld,omitempty"`
	Reason   string   `json:"withheldReason,omitempty"`
	Redacted string   `json:"redactedSha256,omitempty"`
}

// SealedLine is a line of the checklist.
type SealedLine struct {
	Text string           `json:"text"`
	Say  *phrase.Sentence `json:"say,omitempty"`
	Done bool             `json:"done,omitempty"`
}

// SealedApproval is an approval. The journal knows the person, the document the domain.
type SealedApproval struct {
	Domain   string `json:"domain"`
	At       string `json:"at"`
	Revision int    `json:"revision"`
	SHA256   string `json:"sha256"`
}
