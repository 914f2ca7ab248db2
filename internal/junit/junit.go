// Package junit writes test results as the XML of JUnit, which every CI reads.
package junit

import (
	"encoding/xml"
	"fmt"
)

// Report holds the suites.
type Report struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []Suite  `xml:"testsuite"`
}

// Suite is what belongs together: a file of tests, a class of images.
type Suite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Cases    []Case `xml:"testcase"`
}

// Case is one test.
type Case struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Seconds float64 `xml:"time,attr"`
	Failure *Fault  `xml:"failure"` // what was tested is wrong
	Error   *Fault  `xml:"error"`   // it could not be tested
	Output  string  `xml:"system-out,omitempty"`
}

// Fault says what is wrong, in one line and in full.
type Fault struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Add adds a test to a suite.
func (s *Suite) Add(c Case) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
}

// Bytes is the report's file.
func (r Report) Bytes() ([]byte, error) {
	out, err := xml.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a JUnit report: %w", err)
	}
	return append([]byte(xml.Header), append(out, '\n')...), nil
}
