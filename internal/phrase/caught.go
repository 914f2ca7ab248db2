package phrase

// caughtTexts say what today's guards would have caught.
func caughtTexts() table {
	return table{
		"flag.action.proof":        {"ce qui la prouve : un test accepté, gate ou guards.luts ; ou un lien ou un commit, qu’une autre personne confirme (action confirm)", "what proves it: an accepted test, gate or guards.luts; or a link or a commit, which another person confirms (action confirm)"},
		"flag.action.doubt":        {"pourquoi la preuve n’en est pas une", "why the proof is none"},
		"cli.caught":               {"ce que les garde-fous d’aujourd’hui auraient arrêté : k incidents sur n, fausses alertes", "what today's guards would have caught: k of n incidents, false alarms"},
		"flag.caught.controls":     {"nombre de bonnes images livrées à essayer", "number of good delivered images to try"},
		"flag.caught.base":         {"autres bons changements : dossier ou révision d’avant", "further good changes: folder or revision before them"},
		"flag.caught.change":       {"dossier ou révision d’après", "folder or revision after them"},
		"flag.caught.require":      {"pourcentage des incidents qui doivent être arrêtés ; moins finit par 1", "percentage of the incidents that must be caught; less ends with 1"},
		"flag.caught.false-alarms": {"nombre de fausses alertes admises ; plus finit par 1", "number of false alarms that are allowed; more ends with 1"},
		"caught.caught":            {"ARRÊTÉ", "CAUGHT"},
		"caught.missed":            {"MANQUÉ", "MISSED"},
		"caught.untried":           {"SANS PREUVE", "NO EVIDENCE"},
		"caught.false-alarm":       {"FAUSSE ALERTE", "FALSE ALARM"},
		"caught.nothing-fails":     {"rien n’échoue sur ses images (%[1]s) ni ses tables (%[2]s)", "nothing fails on its images (%[1]s) and tables (%[2]s)"},
		"caught.nothing-kept":      {"ni image fautive ni table n’en est gardée", "no bad image and no table of it is kept"},
		"caught.sum":               {"%[1]s incidents arrêtés sur %[2]s (%[3]s sans rien à essayer) ; %[4]s bons changements, %[5]s fausses alertes", "%[1]s of %[2]s incidents caught (%[3]s left nothing to try); %[4]s good changes, %[5]s false alarms"},
	}
}
