package main

import (
	"os"
	"slices"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/hook"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/runbook"
)

// examineRunbooks looks for the programs of steps and for the variables that they are to get. Nothing is run.
func examineRunbooks(config app.Config) []finding {
	var list []finding
	for _, r := range config.Runbooks.List() {
		for _, s := range r.Steps {
			if s.Kind() != runbook.KindCommand {
				continue
			}
			f := finding{Mark: markOK, What: "runbook", Name: r.Name + "/" + s.Name, Target: s.Command[0]}
			missing := func(name string) bool { return os.Getenv(name) == "" }
			if err := (hook.Command{Args: s.Command}).Find(); err != nil {
				f.Mark, f.Reason = markError, sentence(err)
			} else if i := slices.IndexFunc(s.Env, missing); i >= 0 {
				f.Mark, f.err = markWarning, phrase.Errorf("doctor.runbook.env", s.Env[i])
				f.Reason = sentence(f.err)
			}
			list = append(list, f)
		}
	}
	return list
}
