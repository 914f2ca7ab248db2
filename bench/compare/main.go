// Command compare measures programs side by side: rounds interleaved, user CPU time, medians and ratios.
//
// Each program is given as LABEL=COMMAND. It loads its inputs, then answers each line on its standard input with one
// line, "UNITS SECONDS": the work of one round (megapixels, say) and the user CPU time it took. A label that ends in
// "!" marks a program that knows nothing of this: it is started anew each round and its whole user CPU time counts,
// start-up included, and its units are those that -units states, or of the first program's round.
//
// The first program is ours; its ratio to each other one is the median of the ratios of the rounds.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	rounds := flag.Int("rounds", 7, "rounds, of which the median counts")
	unit := flag.String("unit", "MP", "unit of work")
	units := flag.Float64("units", 0, "units of a round of whole commands, where they are not those of the first program")
	flag.Parse()
	if err := run(flag.Args(), *rounds, *unit, *units); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// peer is one program; rates are units per CPU second, one a round.
type peer struct {
	label string
	round func(units float64) (float64, float64, error)
	stop  func()
	rates []float64
}

func run(args []string, rounds int, unit string, given float64) error {
	var peers []*peer
	for _, arg := range args {
		p, err := start(arg)
		if err != nil {
			return err
		}
		defer p.stop()
		peers = append(peers, p)
	}
	if len(peers) == 0 {
		return fmt.Errorf("name at least one program, as LABEL=COMMAND")
	}
	for i := range rounds + 1 { // the first warms up
		units := given
		for _, p := range peers {
			done, seconds, err := p.round(units)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", p.label, i, err)
			}
			if units == 0 {
				if units = done; units == 0 {
					return fmt.Errorf("%s is a whole command: state the units of a round with -units", p.label)
				}
			}
			if i > 0 {
				p.rates = append(p.rates, done/seconds)
			}
		}
	}
	table(os.Stdout, peers, unit)
	return nil
}

func table(w io.Writer, peers []*peer, unit string) {
	ours := peers[0]
	fmt.Fprintf(w, "| program | %s per CPU-second | range | %s is |\n|---|---|---|---|\n", unit, ours.label)
	for _, p := range peers {
		ratios := make([]float64, len(p.rates))
		for i := range ratios {
			ratios[i] = ours.rates[i] / p.rates[i]
		}
		fmt.Fprintf(w, "| %s | %.3g | %.3g–%.3g | %.2f× |\n", p.label, median(p.rates), slices.Min(p.rates), slices.Max(p.rates), median(ratios))
	}
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func start(arg string) (*peer, error) {
	label, command, ok := strings.Cut(arg, "=")
	if !ok {
		return nil, fmt.Errorf("%q is not LABEL=COMMAND", arg)
	}
	if whole, ok := strings.CutSuffix(label, "!"); ok {
		return &peer{label: whole, round: func(units float64) (float64, float64, error) {
			c := exec.Command("sh", "-c", "exec "+command)
			c.Stderr = os.Stderr
			err := c.Run()
			if c.ProcessState == nil {
				return 0, 0, err
			}
			return units, c.ProcessState.UserTime().Seconds(), err
		}, stop: func() {}}, nil
	}
	return serve(label, command)
}

// serve starts a program that answers lines.
func serve(label, command string) (*peer, error) {
	c := exec.Command("sh", "-c", "exec "+command)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", label, err)
	}
	lines := bufio.NewReader(out)
	return &peer{label: label, round: func(float64) (units, seconds float64, err error) {
		if _, err := io.WriteString(in, "go\n"); err != nil {
			return 0, 0, err
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			return 0, 0, err
		}
		if _, err := fmt.Sscan(line, &units, &seconds); err != nil || seconds <= 0 {
			return 0, 0, fmt.Errorf("it answered %q: %v", line, err)
		}
		return units, seconds, nil
	}, stop: func() { in.Close(); c.Wait() }}, nil
}
