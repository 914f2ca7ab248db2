// Command govader answers bench/compare's rounds with github.com/jonreiter/govader:
//
//	govader FILE…   one round scores the lines of all files; the unit is a thousand texts
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/jonreiter/govader"
)

func main() {
	var texts []string
	for _, name := range os.Args[1:] {
		data, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "govader:", err)
			os.Exit(1)
		}
		texts = append(texts, strings.Split(strings.TrimSpace(string(data)), "\n")...)
	}
	analyzer := govader.NewSentimentIntensityAnalyzer()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before := cpu()
		for _, text := range texts {
			analyzer.PolarityScores(text)
		}
		fmt.Printf("%g %g\n", float64(len(texts))/1e3, cpu()-before)
	}
}

// cpu is the user time of this process in seconds.
func cpu() float64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return float64(use.Utime.Sec) + float64(use.Utime.Usec)/1e6
}
