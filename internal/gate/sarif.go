package gate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// The parts of SARIF 2.1.0 (OASIS) that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Language   string        `json:"language"`
		Newlines   []string      `json:"newlineSequences"`
		Results    []sarifResult `json:"results"`
		Properties sarifLeft     `json:"properties"`
	}
	sarifLeft struct {
		Left int `json:"findingsLeftOut"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Language       string      `json:"language"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		Help             sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"` // which GitHub asks for, of images too
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
)

// maxSARIF is how many results of a run GitHub shows; the gravest come first.
const maxSARIF = 5000

func (r Report) sarif() ([]byte, error) {
	run := sarifRun{ColumnKind: "utf16CodeUnits", Language: string(r.Lang), Newlines: []string{"\n"}, Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "Safelight", InformationURI: "https://github.com/safelight-dev/safelight", Language: string(r.Lang), Rules: []sarifRule{}}
	names := fingerprints{}
	for _, res := range r.Results {
		for _, f := range res.Findings {
			if len(run.Results) == maxSARIF {
				run.Properties.Left++
				continue
			}
			run.Results = append(run.Results, r.sarifResult(&run.Tool.Driver, res, f, names.of(res, f)))
		}
	}
	data, err := json.MarshalIndent(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}, "", "  ")
	return append(data, '\n'), err
}

func (r Report) sarifResult(d *sarifDriver, res Result, f Finding, name string) sarifResult {
	rule := slices.IndexFunc(d.Rules, func(one sarifRule) bool { return one.ID == f.Metric })
	if rule < 0 {
		rule = len(d.Rules)
		d.Rules = append(d.Rules, sarifRule{f.Metric, sarifText{said(f.Metric)}, sarifText{phrase.Say(r.Lang, "gate.next")}})
	}
	one := sarifResult{
		RuleID: f.Metric, RuleIndex: rule, Level: map[Level]string{Fail: "error", Warn: "warning", Accepted: "note"}[f.Level],
		Message:      sarifText{res.Path + ": " + f.Text},
		Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{uri(res.Path), "%SRCROOT%"}, sarifRegion{1}}}},
		Fingerprints: map[string]string{"safelight/v1": name},
		Suppressions: []sarifSuppression{},
	}
	if f.Level == Accepted {
		one.Suppressions = append(one.Suppressions, sarifSuppression{"external", r.excuse(f)})
	}
	return one
}

// uri writes a path as a relative reference (RFC 3986, section 4.2): what is not unreserved, or parts its names, is percent-encoded.
func uri(path string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	var b strings.Builder
	for i := range len(path) {
		if strings.IndexByte(plain, path[i]) >= 0 {
			b.WriteByte(path[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", path[i])
		}
	}
	return b.String()
}
