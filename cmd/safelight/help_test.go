package main

import (
	"errors"
	"os/exec"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands runs the program once for each command of its table: commands 0 stdout help {}, commands 2 stderr {}
// group. It checks the exit code and that just the named stream got something that names the command. {} is the command;
// "group" limits it to the commands that want a verb.
func scriptCommands(ts *testscript.TestScript, _ bool, args []string) {
	want, stream, line := args[0], args[1], args[2:]
	limited := line[len(line)-1] == "group"
	if limited {
		line = line[:len(line)-1]
	}
	for _, cmd := range commands() {
		if limited && !cmd.group {
			continue
		}
		words := slices.Clone(line)
		for i, w := range words {
			words[i] = strings.ReplaceAll(w, "{}", cmd.name)
		}
		ran := "safelight " + strings.Join(words, " ")
		got := "0"
		var exit *exec.ExitError
		if err := ts.Exec("safelight", words...); errors.As(err, &exit) {
			got = exit.ProcessState.String()[len("exit status "):]
		} else {
			ts.Check(err)
		}
		other := map[string]string{"stdout": "stderr", "stderr": "stdout"}[stream]
		if got != want || !strings.Contains(ts.ReadFile(stream), "safelight "+cmd.name) || ts.ReadFile(other) != "" {
			ts.Fatalf("%s: exit code %s, want %s; %s must have the usage and %s nothing", ran, got, want, stream, other)
		}
	}
}
