package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// junitReport is JUnit's XML, one suite for each file of tests.
type junitReport struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Seconds float64     `xml:"time,attr"`
	Failure *junitFault `xml:"failure"`
	Error   *junitFault `xml:"error"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junit writes the results; a file that could not be run is one case with an error.
func (c *cli) junit(files []testedFile) ([]byte, error) {
	var report junitReport
	for _, f := range files {
		suite := junitSuite{Name: f.File}
		if len(f.Faults) > 0 {
			suite.Cases = append(suite.Cases, junitCase{
				Name: "load", Class: f.File, Error: &junitFault{Message: f.Faults[0], Text: strings.Join(f.Faults, "\n")},
			})
			suite.Errors++
		}
		for _, t := range f.Tests {
			one := junitCase{Name: t.Name, Class: f.File, Seconds: t.Seconds}
			if !t.Passed {
				one.Failure = &junitFault{Message: c.subject(t.Faults[0]), Text: c.faultTexts(t)}
				suite.Failures++
			}
			suite.Cases = append(suite.Cases, one)
		}
		suite.Tests = len(suite.Cases)
		report.Suites = append(report.Suites, suite)
	}
	out, err := xml.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a JUnit report: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}
