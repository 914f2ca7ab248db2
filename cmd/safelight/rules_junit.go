package main

import (
	"strings"

	"github.com/safelight-dev/safelight/internal/junit"
)

// junit writes the results, one suite for each file of tests; a file that could not be run is one case with an error.
func (c *cli) junit(files []testedFile) ([]byte, error) {
	var report junit.Report
	for _, f := range files {
		suite := junit.Suite{Name: f.File}
		if len(f.Faults) > 0 {
			suite.Add(junit.Case{Name: "load", Class: f.File, Error: &junit.Fault{Message: f.Faults[0], Text: strings.Join(f.Faults, "\n")}})
		}
		for _, t := range f.Tests {
			one := junit.Case{Name: t.Name, Class: f.File, Seconds: t.Seconds}
			if !t.Passed {
				one.Failure = &junit.Fault{Message: c.subject(t.Faults[0]), Text: c.faultTexts(t)}
			}
			suite.Add(one)
		}
		report.Suites = append(report.Suites, suite)
	}
	return report.Bytes()
}
