package incident

import (
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// The event types of an incident's stream.
const (
	TypeOpened              = "incident.opened"
	TypeAcknowledged        = "incident.acknowledged"
	TypePaged               = "incident.paged"
	TypePageSent            = "incident.page-sent"
	TypePageFailed          = "incident.page-failed"
	TypePageDropped         = "incident.page-dropped"
	TypeEscalated           = "incident.escalated"
	TypeLeadAccepted        = "incident.lead-accepted"
	TypeLeadRefused         = "incident.lead-refused"
	TypeSeverityChanged     = "incident.severity-changed"
	TypeUpdated             = "incident.updated"
	TypeUpdateSeen          = "incident.update-seen"
	TypeImpactFiled         = "incident.impact-filed"
	TypeMitigationRequested = "incident.mitigation-requested"
	TypeMitigationApproved  = "incident.mitigation-approved"
	TypeMitigationRefused   = "incident.mitigation-refused"
	TypeMitigationApplied   = "incident.mitigation-applied"
	TypeMitigationProven    = "incident.mitigation-proven"
	TypeMitigationFailed    = "incident.mitigation-failed"
	TypeMitigationOutgrown  = "incident.mitigation-outgrown"
	TypeUndoRequested       = "incident.undo-requested"
	TypeUndone              = "incident.undone"
	TypeAnalysisCompleted   = "incident.analysis-completed"
	TypeNoted               = "incident.noted"
	TypeResolved            = "incident.resolved"
	TypeReopened            = "incident.reopened"
	TypePrevented           = "incident.prevented"
	TypePublished           = "incident.published"
	TypeClosed              = "incident.closed"
	TypeClockAtRisk         = "incident.clock-at-risk"
	TypeClockBreached       = "incident.clock-breached"
	TypeClockOverdue        = "incident.clock-overdue" // people are told again of a breach
	TypeClockPaused         = "incident.clock-paused"
	TypeClockResumed        = "incident.clock-resumed"
	TypeAlertJoined         = "incident.alert-joined"
	TypeAlertsResolved      = "incident.alerts-resolved"
	TypeLeakFound           = "incident.leak-found"
	TypeQuarantined         = "incident.quarantined"
	TypeStepped             = "incident.escalation-stepped"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	names := []string{
		TypeOpened, TypeAcknowledged, TypePaged, TypePageSent, TypePageFailed, TypePageDropped,
		TypeEscalated, TypeLeadAccepted, TypeLeadRefused, TypeSeverityChanged, TypeUpdated, TypeUpdateSeen,
		TypeImpactFiled, TypeImpactCommitted, TypeMitigationRequested, TypeMitigationApproved, TypeMitigationRefused, TypeMitigationApplied, TypeMitigationProven, TypeMitigationFailed, TypeMitigationOutgrown,
		TypeUndoRequested, TypeUndone, TypeAnalysisCompleted, TypeNoted, TypeResolved, TypeReopened,
		TypePrevented, TypePublished, TypeClosed, TypeClockAtRisk, TypeClockBreached,
		TypeClockOverdue, TypeClockPaused, TypeClockResumed,
		TypeAlertJoined, TypeAlertsResolved, TypeLeakFound, TypeQuarantined, TypeStepped,
		TypeStepBegun, TypeStepEnded, TypeStepSkipped,
	}
	types := make([]journal.Type, len(names))
	for i, n := range names {
		types[i] = journal.Type{Name: n, Version: 1}
	}
	return types
}

// The stored forms of the events follow. Fields may be added; no released
// field is renamed, retyped or given a new meaning.

// Opened starts an incident: an alert fires or a person declares it. It
// carries the policy and the people as they were, so that a later edit of the
// configuration does not change a live incident.
type Opened struct {
	Severity     pipeline.Severity `json:"severity"`
	UnknownLabel string            `json:"unknownLabel,omitempty"` // the severity label that no policy knows
	Pipeline     string            `json:"pipeline"`
	Class        pipeline.Class    `json:"class,omitempty"`
	Routes       []string          `json:"routes,omitempty"`
	Rule         string            `json:"rule,omitempty"` // empty when a person declared it
	Fingerprint  string            `json:"fingerprint,omitempty"`
	Group        string            `json:"group,omitempty"` // what alerts that join have in common; empty when a person declared it
	Title        string            `json:"title"`
	Runbook      string            `json:"runbook,omitempty"`  // as the alert names one, or gives its address
	Steps        *runbook.Runbook  `json:"steps,omitempty"`    // what is to be done, as it was configured; nil is the runbook that comes with the program
	ActiveAt     *time.Time        `json:"activeAt,omitempty"` // when the rule became pending
	ColourDrift  bool              `json:"colourDrift,omitempty"`
	// MetadataDrift says that the rule looks at what images say, not at what they show.
	MetadataDrift bool `json:"metadataDrift,omitempty"`
	PersonalData  bool `json:"personalData,omitempty"` // it was public when the incident was opened
	// Quarantine says that its images are taken out one by one, so that no policy disables whole routes.
	Quarantine   bool              `json:"quarantine,omitempty"`
	Policy       pipeline.Policy   `json:"policy"`
	OnCall       people.ID         `json:"onCall,omitempty"`
	Lead         people.ID         `json:"lead,omitempty"`
	Admins       []people.ID       `json:"admins,omitempty"`
	Stakeholders []string          `json:"stakeholders,omitempty"`
	Duty         people.Duty       `json:"duty"`
	Labels       map[string]string `json:"labels,omitempty"`
}

// By is the part of an event that says in which duty its actor acted.
type By struct {
	Duty people.Duty `json:"duty"`
	Via  Via         `json:"via,omitempty"`
}

// Via says by which message somebody acted who did not come to the page, the API or the command line.
type Via string

// The ways to act on a message.
const (
	ViaLink  Via = "link"
	ViaSlack Via = "slack"
	ViaMail  Via = "e-mail"
)

// Reasoned is an event with a reason or a remark in a person's own words.
type Reasoned struct {
	Duty people.Duty `json:"duty"`
	Text string      `json:"text,omitempty"`
}

// Purpose says why a person is paged.
type Purpose string

// The purposes of a page.
const (
	ToAcknowledge Purpose = "acknowledge"
	ToLead        Purpose = "lead"
	AtRisk        Purpose = "at-risk"
	Breached      Purpose = "breached"
	ToApprove     Purpose = "approve"     // a mitigation waits for a second person
	EdgeFailed    Purpose = "edge-failed" // a route could not be changed, or not be proven so
	HarmAgain     Purpose = "harm-again"  // images over budget are delivered beside those that a mitigation has taken care of
)

// Paged plans a page to one person, by each of the methods at once.
type Paged struct {
	Key     string      `json:"key"` // unique within the incident
	To      people.ID   `json:"to"`
	Duty    people.Duty `json:"duty"`
	Purpose Purpose     `json:"purpose"`
	Clock   ClockName   `json:"clock,omitempty"`
	Methods []string    `json:"methods,omitempty"` // none: by all channels at once
	Step    *StepRef    `json:"step,omitempty"`    // of the escalation
}

// PageResult says what became of a page by one method.
type PageResult struct {
	Key      string   `json:"key"`
	Method   string   `json:"method,omitempty"`   // empty: all at once
	Channels []string `json:"channels,omitempty"` // those that took it
	Receipt  string   `json:"receipt,omitempty"`  // the provider's name for the message
	Reason   string   `json:"reason,omitempty"`
	// BegunAt is when the last attempt began, which is the one that ended it; Attempts counts them all.
	BegunAt   *time.Time `json:"begunAt,omitempty"`
	Attempts  int        `json:"attempts,omitempty"`
	Delivered bool       `json:"delivered,omitempty"` // the provider says that it is where the person reads it
	Together  int        `json:"together,omitempty"`  // pages that went out in the same message, this one included; 0 for one alone
}

// Escalated hands the incident over to a named lead, who is asked to accept.
type Escalated struct {
	Duty     people.Duty `json:"duty"`
	To       people.ID   `json:"to"`
	ByPolicy bool        `json:"byPolicy,omitempty"`
	Text     string      `json:"text,omitempty"`
}

// SeverityChanged replaces the severity and its policy from now on.
type SeverityChanged struct {
	Duty   people.Duty       `json:"duty"`
	From   pipeline.Severity `json:"from"`
	To     pipeline.Severity `json:"to"`
	Policy pipeline.Policy   `json:"policy"`
	Reason string            `json:"reason"`
	Alert  string            `json:"alert,omitempty"` // the name of the alert that raised it; empty when a person did
}

// Updated is a status update to the control board.
type Updated struct {
	Duty       people.Duty `json:"duty"`
	Situation  string      `json:"situation"`
	Mitigation string      `json:"mitigation"`
	Next       string      `json:"next"`
}

// UpdateSeen acknowledges the status update with that number, counted from 1.
type UpdateSeen struct {
	Number int `json:"number"`
}

// Impact is the measured blast radius, filed before the analysis.
type Impact struct {
	Duty        people.Duty    `json:"duty"`
	Checked     int            `json:"checked"`     // images measured
	Affected    int            `json:"affected"`    // images over any limit
	OverDeltaE  int            `json:"overDeltaE"`  // images over the ΔE00 limit of their class
	OverPalette int            `json:"overPalette"` // images over the palette limit
	MedianDelta float64        `json:"medianDeltaE00"`
	WorstDelta  float64        `json:"worstDeltaE00"` // the greatest p95 of an image
	WorstPath   string         `json:"worstPath"`
	Palette     []ColourImpact `json:"palette,omitempty"`
	FirstBad    *time.Time     `json:"firstBad,omitempty"`
	LastBad     *time.Time     `json:"lastBad,omitempty"`
	Pipelines   []string       `json:"pipelines"` // over which the figures above are added up
	Routes      []string       `json:"routes"`
	Deliveries  *int           `json:"deliveries,omitempty"` // requests answered with an affected image; nil if no log was read
	Method      string         `json:"method"`
	Images      []ImageProof   `json:"images,omitempty"` // the worst, with pictures
	Text        string         `json:"text,omitempty"`
	// Since and Until bound the checks that were counted, both included. Ongoing says that nothing was contained yet.
	Since   *time.Time `json:"since,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Ongoing bool       `json:"ongoing,omitempty"`
	// ByPipeline begins with the incident's own; the others show the same harm in the same time. Quiet counts those that
	// were checked then and show nothing of it.
	ByPipeline []PipelineImpact `json:"byPipeline,omitempty"`
	Quiet      int              `json:"quiet,omitempty"`
	ByClass    []Share          `json:"byClass,omitempty"`
	ByVersion  []Share          `json:"byVersion,omitempty"` // those of which the images say what made them, and the rest
	// Logs are the access logs that were read. Unchanged counts the answers 304 of those that count.
	Logs      []DeliveryLog `json:"logs,omitempty"`
	Unchanged *int          `json:"unchanged,omitempty"`
	Sheet     string        `json:"sheet,omitempty"` // the contact sheet of the worst images among the evidence, by SHA-256
}

// ColourImpact is the drift of one brand colour over the affected images.
type ColourImpact struct {
	Name   string  `json:"name"`
	Images int     `json:"images"` // over the limit
	Median float64 `json:"medianDeltaE00"`
	Worst  float64 `json:"worstDeltaE00"`
}

// ImageProof shows one affected image; each picture is a file among the evidence, named by digest.
type ImageProof struct {
	Path      string  `json:"path"`
	DeltaE00  float64 `json:"deltaE00P95"`
	SSIM      float64 `json:"ssim,omitempty"` // 0 where the image is too small for it
	Reference string  `json:"reference"`      // SHA-256
	Candidate string  `json:"candidate"`
	Heatmap   string  `json:"heatmap"`
}

// MitigationKind is a way of stopping the harm.
type MitigationKind string

// The ways: a delivery route serves the last known good reference; single images are taken out of delivery; caches are to
// store nothing of a route for a while, and forget what they have, so that what is mended or replaced is seen at once; what is
// delivered goes back to what it was; caches forget what they have, once.
const (
	KindDisableRoute MitigationKind = "disable-route"
	KindIsolate      MitigationKind = "isolate"
	KindNoStore      MitigationKind = "no-store"
	KindRollBack     MitigationKind = "roll-back"
	KindPurge        MitigationKind = "purge"
)

// ImageList names the images that a mitigation is about. The list itself is kept by its digest, so that what a person agreed to
// is what happens.
type ImageList struct {
	Pipeline string `json:"pipeline"`
	Count    int    `json:"count"`
	SHA256   string `json:"sha256"` // of the list
	Chosen   string `json:"chosen"` // how the images were chosen: "over budget", "model sdxl-1.0"
	// Whole says that no image of the pipeline that is over budget was left out: then the incident is contained by it.
	Whole bool `json:"whole,omitempty"`
}

// MitigationRequested asks an edge for a mitigation.
type MitigationRequested struct {
	Duty      people.Duty    `json:"duty"`
	ID        string         `json:"id"` // "M1", "M2", …
	Kind      MitigationKind `json:"kind"`
	Route     string         `json:"route,omitempty"`
	Images    *ImageList     `json:"images,omitempty"`  // instead of a route
	Lasting   time.Duration  `json:"lasting,omitempty"` // of a no-store
	Back      *Back          `json:"back,omitempty"`    // of a roll back
	Purge     *Purge         `json:"purge,omitempty"`   // of a purge
	Automatic bool           `json:"automatic,omitempty"`
	Proposed  bool           `json:"proposed,omitempty"` // nothing is done before a second person agrees
	Reason    string         `json:"reason,omitempty"`
	Via       Via            `json:"via,omitempty"`
}

// MitigationDecided says that a second person has agreed to a mitigation, or has refused it.
type MitigationDecided struct {
	Duty   people.Duty `json:"duty"`
	ID     string      `json:"id"`
	Reason string      `json:"reason,omitempty"`
}

// MitigationApplied says that the edge took the change. Who decided it is in the duty.
type MitigationApplied struct {
	Duty people.Duty `json:"duty"`
	ID   string      `json:"id"`
}

// Probe is what a request from outside saw.
type Probe struct {
	URL          string `json:"url"`
	Status       int    `json:"status"`
	CacheControl string `json:"cacheControl"`
	State        string `json:"state"`  // what the edge says of itself: "enabled" or "disabled"
	SHA256       string `json:"sha256"` // of the body
	Millis       int64  `json:"millis"` // from the change to this answer
	// Images is how many images were asked for, where there were several: all answered as they should, this one last.
	Images int `json:"images,omitempty"`
	// Measured is how many images were measured within budget, where a roll back was to make them so.
	Measured int `json:"measured,omitempty"`
}

// StillShows tells whether the answer is as under a mitigation of a kind. After an undo another mitigation holds the same then.
func (p Probe) StillShows(k MitigationKind) bool {
	switch k {
	case KindDisableRoute, KindIsolate:
		return p.State == "disabled"
	case KindNoStore:
		return strings.Contains(p.CacheControl, "no-store")
	}
	return false
}

// MitigationProven is a passing probe.
type MitigationProven struct {
	ID    string `json:"id"`
	Probe Probe  `json:"probe"`
}

// MitigationFailed says why a change or its probe did not succeed; the effect goes on being retried unless Final.
type MitigationFailed struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	// Said is the reason in each language; entries of before have it in English only.
	Said  phrase.Said `json:"said,omitempty"`
	Undo  bool        `json:"undo,omitempty"`
	Final bool        `json:"final,omitempty"`
	// Stuck says that it has gone on for so long that people are paged, while it is tried on.
	Stuck bool `json:"stuck,omitempty"`
}

// MitigationOutgrown says that a mitigation of all images that were over budget does not stop the harm any more: others have come, or
// some of them are delivered again.
type MitigationOutgrown struct {
	ID      string `json:"id"`
	Images  int    `json:"images"` // over budget, and delivered
	Example string `json:"example"`
}

// UndoRequested asks for the mitigation to be taken back.
type UndoRequested struct {
	Duty   people.Duty `json:"duty"`
	ID     string      `json:"id"`
	Reason string      `json:"reason,omitempty"`
}

// Published records the publishing commit.
type Published struct {
	Revision int    `json:"revision"`
	Commit   string `json:"commit"`
	SHA256   string `json:"sha256"` // of the canonical JSON of the authored part
	Path     string `json:"path"`   // of the Markdown, relative to the repository
}

// Closed ends the incident. Waived names the open lines of the checklist, each with its reason.
type Closed struct {
	Duty   people.Duty       `json:"duty"`
	Waived map[string]string `json:"waived,omitempty"`
	Text   string            `json:"text,omitempty"`
}

// ClockEvent marks a clock as at risk or breached.
type ClockEvent struct {
	Clock ClockName `json:"clock"`
}
