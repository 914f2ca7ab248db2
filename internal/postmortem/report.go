package postmortem

import (
	_ "embed" // the schema is data, not code
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
)

//go:embed schema.json
var schema []byte

// Schema gives the JSON Schema (2020-12) of [Document.JSON].
func Schema() []byte { return slices.Clone(schema) }

// ReportFacts are what a row of reports.csv says besides the document.
type ReportFacts struct {
	Incident    incident.State
	PublishedAt time.Time
	Path        string // of the Markdown, relative to the repository
}

// ReportHeader names the columns of reports.csv. Columns may be added at the end.
func ReportHeader() []string {
	return []string{
		"id", "detectedAt", "severity", "pipeline", "impactImages", "directCause", "contributingFactors", "systemicCauses",
		"actionsTotal", "actionsOpen", "containedMinutes", "publishedHours", "revision", "sha256", "markdown",
	}
}

// ReportRow gives the row of a published postmortem. Times are UTC in RFC
// 3339, minutes and hours have one decimal; what is not known is empty.
func ReportRow(d Document, f ReportFacts) []string {
	open := 0
	for _, a := range d.Actions {
		if !a.Done {
			open++
		}
	}
	revision, hash := "", ""
	if d.Sealed != nil {
		revision, hash = strconv.Itoa(d.Sealed.Revision), d.Sealed.SHA256
	}
	images, inc := "", f.Incident
	if inc.Impact != nil {
		images = strconv.Itoa(impactCount(*inc.Impact))
	}
	return []string{
		d.ID, inc.DetectedAt.UTC().Format(time.RFC3339), string(inc.Severity), cell(inc.Opened.Pipeline), images,
		cell(d.RCA.Direct.Text), cell(join(d.RCA.Contributing)), cell(join(d.Systemic)),
		strconv.Itoa(len(d.Actions)), strconv.Itoa(open),
		sinceDetection(inc, containedAt(inc), time.Minute), sinceDetection(inc, f.PublishedAt, time.Hour),
		revision, hash, cell(f.Path),
	}
}

// impactCount is the number that the document's impact line says.
func impactCount(i incident.Impact) int {
	switch {
	case i.OverPalette > 0:
		return i.OverPalette
	case i.OverDeltaE > 0:
		return i.OverDeltaE
	}
	return i.Affected
}

// containedAt is the first passing probe, also when the mitigation has been taken back since.
func containedAt(inc incident.State) time.Time {
	if inc.FirstContained == nil {
		return time.Time{}
	}
	return inc.FirstContained.At
}

func sinceDetection(inc incident.State, at time.Time, unit time.Duration) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatFloat(float64(at.Sub(inc.DetectedAt))/float64(unit), 'f', 1, 64)
}

func join(list []Statement) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.Text
	}
	return strings.Join(texts, "; ")
}

// cell keeps spreadsheets from taking a person's text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
