package phrase

// caughtTexts say what today's guards would have caught.
func caughtTexts() table {
	return table{
		"flag.action.proof":        {"ce qui la prouve : un test accepté, gate ou guards.luts ; ou un lien ou un commit, qu’une autre personne confirme (action confirm)", "what proves it: an accepted test, gate or guards.luts; or a link or a commit, which another person confirms (action confirm)"},
		"flag.action.doubt":        {"pourquoi la preuve n’en est pas une", "why the proof is none"},
		"test.refused.bad":         {"le test n’échoue pas sur ce qui était fautif, %[1]s", "it does not fail on the bad evidence %[1]s"},
		"test.refused.fix":         {"le test ne passe pas sur la correction %[1]s", "it does not pass on the fix %[1]s"},
		"test.refused.control":     {"le test échoue sur le bon changement %[1]s", "it fails on the good change %[1]s"},
		"test.refused.few":         {"le test a été essayé sur %[1]s bons changements différents, il en faut %[2]s", "it was tried on %[1]s different good changes, %[2]s are required"},
		"test.refused.unfixed":     {"ce qui est livré maintenant en %[1]s n’est pas encore l’image corrigée : livrez-la, ou donnez-la", "what is delivered now as %[1]s is not the corrected image yet: deliver it, or give it"},
		"test.refused.nothing":     {"aucune image fautive n’en est gardée ni encore là : donnez-en une avec sa référence", "no bad image of it is kept or still there: give one with its reference"},
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
