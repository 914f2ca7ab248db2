package phrase

// demoTexts tells the demo's night on the terminal.
func demoTexts() table {
	return table{
		"demo.render":         {"%[1]s images de référence sont dessinées", "drawing %[1]s reference images"},
		"demo.deliver":        {"%[1]s images sont livrées avec la LUT approuvée", "delivering %[1]s images with the approved LUT"},
		"demo.quiet":          {"le catalogue est mesuré : %[1]s images, %[2]s hors budget", "the catalogue is measured: %[1]s images, %[2]s over budget"},
		"demo.mistake":        {"commit %[1]s d’une nouvelle LUT ; le hook se termine avec le code %[2]s", "commit %[1]s of a new LUT; the hook ends with status %[2]s"},
		"demo.drift":          {"%[1]s images livrées et mesurées, %[2]s hors de la palette", "%[1]s images delivered and measured, %[2]s over the palette limit"},
		"demo.alert":          {"règle %[1]s : %[2]s", "rule %[1]s: %[2]s"},
		"demo.detected":       {"incident %[1]s ouvert, sévérité %[2]s ; l’astreinte est appelée", "incident %[1]s opened, severity %[2]s; the on-call is paged"},
		"demo.acknowledged":   {"l’astreinte prend en charge ; le Leader Postmortem est appelé", "the on-call acknowledges; the postmortem lead is paged"},
		"demo.lead":           {"le Leader Postmortem accepte", "the postmortem lead accepts"},
		"demo.contained":      {"route %[1]s désactivée, sonde passée en %[2]s ms", "route %[1]s disabled, probe passed in %[2]s ms"},
		"demo.impact":         {"rapport d’impact : %[1]s images hors palette, pire ΔE00 p95 %[2]s", "impact report: %[1]s images over the palette limit, worst ΔE00 p95 %[2]s"},
		"demo.evidence":       {"%[1]s fichiers de preuve recueillis", "%[1]s files of evidence collected"},
		"demo.cause":          {"cause trouvée dans les preuves : %[1]s", "cause found in the evidence: %[1]s"},
		"demo.test":           {"hypothèse %[1]s, test de falsification : %[2]s", "hypothesis %[1]s, falsification test: %[2]s"},
		"demo.repaired":       {"LUT corrigée livrée : %[1]s images mesurées, %[2]s hors budget", "corrected LUT delivered: %[1]s images measured, %[2]s over budget"},
		"demo.gate.why":       {"test d’incident : %[1]s", "incident test: %[1]s"},
		"demo.gate.fail":      {"test d’incident ÉCHOUE sur : %[1]s", "incident test FAILS on: %[1]s"},
		"demo.gate.pass":      {"test d’incident passe sur : %[1]s", "incident test passes on: %[1]s"},
		"demo.approved":       {"%[1]s approuve", "%[1]s approves"},
		"demo.published":      {"publié : %[1]s (commit %[2]s)", "published: %[1]s (commit %[2]s)"},
		"demo.edge":           {"%[1]s (%[2]s), installé ici, est devant la passerelle : http://%[3]s/catalogue/", "%[1]s (%[2]s), as it is installed here, stands before the gateway: http://%[3]s/catalogue/"},
		"demo.edge.contained": {"décidé et prouvé en %[1]s ms de temps réel ; %[2]s visites pendant ce temps, dont %[3]s avec une image déviée, la dernière %[4]s ms après la décision ; %[5]s visites après la preuve : références seules", "decided and proven in %[1]s ms of wall time; %[2]s visits meanwhile, %[3]s of them served a drifted image, the last %[4]s ms after the decision; %[5]s visits after the proof: references only"},
		"demo.edge.impact":    {"%[1]s livraisons d’images déviées d’après le journal d’accès de %[2]s, dans le temps réel qui correspond à 04:01–04:17 ; les visiteurs en ont compté %[3]s", "%[1]s deliveries of drifted images by the access log of %[2]s, in the wall time that 04:01 to 04:17 corresponds to; the visitors counted %[3]s"},
		"demo.ledger":         {"registre des appels, à l’heure rejouée :", "page ledger, on the replayed clock:"},
		"demo.ledger.page":    {"%[1]s %[2]s (%[3]s) appelé pour : %[4]s ; %[5]s, %[6]s", "%[1]s %[2]s (%[3]s) paged to: %[4]s; %[5]s, %[6]s"},
		"demo.ledger.ack":     {"pris en charge %[1]s après", "acknowledged %[1]s later"},
		"demo.clock":          {"échéance « %[1]s » : tenue en %[2]s, %[3]s de reste", "clock to %[1]s: met in %[2]s, %[3]s to spare"},
		"demo.clock.open":     {"échéance « %[1]s » : court jusqu’à %[2]s", "clock to %[1]s: runs until %[2]s"},
		"demo.clock.missed":   {"échéance « %[1]s » : manquée", "clock to %[1]s: missed"},
		"demo.end":            {"la nuit est rejouée : %[1]s, %[2]s images, en %[3]s", "the night is replayed: %[1]s, %[2]s images, in %[3]s"},
		"demo.serve":          {"pages : %[1]s  compte nora (ou paul, claire, sven, ada), mot de passe %[2]s", "pages: %[1]s  account nora (or paul, claire, sven, ada), password %[2]s"},
	}
}
