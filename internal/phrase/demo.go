package phrase

// demoTexts tells the demo's night on the terminal.
func demoTexts() table {
	return table{
		"demo.render":       {"%[1]s images de référence sont dessinées", "drawing %[1]s reference images"},
		"demo.deliver":      {"%[1]s images sont livrées avec la LUT approuvée", "delivering %[1]s images with the approved LUT"},
		"demo.quiet":        {"le catalogue est mesuré : %[1]s images, %[2]s hors budget", "the catalogue is measured: %[1]s images, %[2]s over budget"},
		"demo.mistake":      {"commit %[1]s d’une nouvelle LUT ; le hook se termine avec le code %[2]s", "commit %[1]s of a new LUT; the hook ends with status %[2]s"},
		"demo.drift":        {"%[1]s images livrées et mesurées, %[2]s hors de la palette", "%[1]s images delivered and measured, %[2]s over the palette limit"},
		"demo.alert":        {"règle %[1]s : %[2]s", "rule %[1]s: %[2]s"},
		"demo.detected":     {"incident %[1]s ouvert, sévérité %[2]s ; l’astreinte est appelée", "incident %[1]s opened, severity %[2]s; the on-call is paged"},
		"demo.acknowledged": {"l’astreinte prend en charge ; le Leader Postmortem est appelé", "the on-call acknowledges; the postmortem lead is paged"},
		"demo.lead":         {"le Leader Postmortem accepte", "the postmortem lead accepts"},
		"demo.contained":    {"route %[1]s désactivée, sonde passée en %[2]s ms", "route %[1]s disabled, probe passed in %[2]s ms"},
		"demo.impact":       {"rapport d’impact : %[1]s images hors palette, pire ΔE00 p95 %[2]s", "impact report: %[1]s images over the palette limit, worst ΔE00 p95 %[2]s"},
		"demo.evidence":     {"%[1]s fichiers de preuve recueillis", "%[1]s files of evidence collected"},
		"demo.cause":        {"cause trouvée dans les preuves : %[1]s", "cause found in the evidence: %[1]s"},
		"demo.test":         {"hypothèse %[1]s, test de falsification : %[2]s", "hypothesis %[1]s, falsification test: %[2]s"},
		"demo.repaired":     {"LUT corrigée livrée : %[1]s images mesurées, %[2]s hors budget", "corrected LUT delivered: %[1]s images measured, %[2]s over budget"},
		"demo.gate.why":     {"test d’incident : %[1]s", "incident test: %[1]s"},
		"demo.gate.fail":    {"test d’incident ÉCHOUE sur : %[1]s", "incident test FAILS on: %[1]s"},
		"demo.gate.pass":    {"test d’incident passe sur : %[1]s", "incident test passes on: %[1]s"},
		"demo.approved":     {"%[1]s approuve", "%[1]s approves"},
		"demo.published":    {"publié : %[1]s (commit %[2]s)", "published: %[1]s (commit %[2]s)"},
		"demo.end":          {"la nuit est rejouée : %[1]s, %[2]s images, en %[3]s", "the night is replayed: %[1]s, %[2]s images, in %[3]s"},
		"demo.serve":        {"pages : %[1]s  compte nora (ou paul, claire, sven, ada), mot de passe %[2]s", "pages: %[1]s  account nora (or paul, claire, sven, ada), password %[2]s"},
	}
}
