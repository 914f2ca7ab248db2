package review

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/pipeline"
	"github.com/safelight-dev/safelight/internal/postmortem"
)

// maxRows bounds the rows of reports.csv: more postmortems than a house publishes.
const maxRows = 100_000

// Row is a published postmortem, as reports.csv has it.
type Row struct {
	ID                         string
	DetectedAt                 time.Time
	Severity, Pipeline, Images string
	Cause                      string
	ActionsTotal, ActionsOpen  int
	ContainedMinutes           *float64
	PublishedHours             *float64
	Revision, Path             string
}

// ReadReports reads reports.csv. Columns are found by their names, whatever their order and however many others there are.
func ReadReports(r io.Reader) ([]Row, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil && !slices.Contains(head, "detectedAt") {
		err = errors.New("its first row names no column detectedAt")
	}
	var rows []Row
	for err == nil {
		var cells []string
		if cells, err = in.Read(); err != nil {
			break
		}
		var row Row
		if row, err = rowOf(head, cells); err == nil && len(rows) == maxRows {
			err = fmt.Errorf("it has more than %d rows", maxRows)
		}
		rows = append(rows, row)
	}
	if errors.Is(err, io.EOF) {
		return rows, nil
	}
	return nil, fmt.Errorf("read reports.csv: %w: %w", err, journal.ErrInvalid)
}

func rowOf(head, cells []string) (Row, error) {
	at := func(name string) string {
		if i := slices.Index(head, name); i >= 0 && i < len(cells) {
			return strings.TrimPrefix(cells[i], "'") // that keeps spreadsheets from computing
		}
		return ""
	}
	number := func(name string) *float64 {
		v, err := strconv.ParseFloat(at(name), 64)
		if err != nil || v < 0 {
			return nil
		}
		return &v
	}
	whole := func(name string) int {
		n, _ := strconv.Atoi(at(name)) // what is not known is empty
		return n
	}
	detected, err := time.Parse(time.RFC3339, at("detectedAt"))
	if err != nil {
		return Row{}, fmt.Errorf("the time of detection of %.40q is %.40q", at("id"), at("detectedAt"))
	}
	return Row{
		ID: at("id"), DetectedAt: detected.UTC(), Severity: at("severity"), Pipeline: at("pipeline"), Images: at("impactImages"), Cause: at("directCause"),
		ActionsTotal: whole("actionsTotal"), ActionsOpen: whole("actionsOpen"), ContainedMinutes: number("containedMinutes"), PublishedHours: number("publishedHours"),
		Revision: at("revision"), Path: at("markdown"),
	}, nil
}

// CaseOf is what a row says, as far as figures are computed from it.
func (r Row) CaseOf() kpi.Case {
	c := kpi.Case{Incident: incident.State{ID: r.ID, DetectedAt: r.DetectedAt, Severity: pipeline.Severity(r.Severity), Opened: incident.Opened{Pipeline: r.Pipeline}}}
	if r.ContainedMinutes != nil {
		c.Incident.FirstContained = &incident.Mark{At: r.DetectedAt.Add(time.Duration(*r.ContainedMinutes * float64(time.Minute)))}
	}
	if r.PublishedHours != nil {
		c.Incident.PublishedAt = &incident.Mark{At: r.DetectedAt.Add(time.Duration(*r.PublishedHours * float64(time.Hour)))}
	}
	if r.Cause != "" {
		c.Analysis.Causes = []postmortem.Cause{{CauseFields: postmortem.CauseFields{ID: "C1", Kind: postmortem.Direct, Text: r.Cause}}}
	}
	return c
}

// reportKeys are the figures that reports.csv alone can tell.
var reportKeys = []string{"incidents", "containedIn30Min", "publishedIn48H", "detectToContain", "detectToPublish", "recurrence"}
