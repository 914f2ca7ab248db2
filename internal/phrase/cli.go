package phrase

// cliTexts holds what the command line prints for people.
func cliTexts() table {
	return table{
		"cli.usage":     {"Usage : safelight COMMANDE [arguments]", "Usage: safelight COMMAND [arguments]"},
		"cli.usage.end": {"Chaque commande connaît --help. Code de sortie : 0 bon, 1 un contrôle échoue ou une entrée est mauvaise, 2 usage, 3 interne.", "Every command knows --help. Exit code: 0 good, 1 a check failed or an input is bad, 2 wrong usage, 3 internal."},

		"cli.init":       {"écrit un safelight.yaml commenté et les modèles de postmortem", "writes a commented safelight.yaml and the postmortem templates"},
		"cli.demo":       {"rejoue l’incident de référence de bout en bout et ouvre les pages", "replays the reference incident end to end and opens the web pages"},
		"cli.serve":      {"démarre le serveur", "runs the server"},
		"cli.check":      {"mesure une image par rapport à sa référence", "measures one image against its reference"},
		"cli.scan":       {"mesure toutes les images de deux dossiers", "measures all images of two folders"},
		"cli.test":       {"exécute les tests d’incident", "runs the incident tests"},
		"cli.lut":        {"montre, vérifie ou applique une table de couleurs .cube", "shows, checks or applies a .cube colour table"},
		"cli.incident":   {"liste, montre, déclare et conduit un incident", "lists, shows, declares and leads an incident"},
		"cli.rca":        {"preuves, causes, pourquoi, hypothèses et leurs tests", "evidence, causes, whys, hypotheses and their tests"},
		"cli.postmortem": {"rédige, vérifie, importe, rend, approuve et publie", "drafts, lints, imports, renders, approves and publishes"},
		"cli.action":     {"liste, ajoute et clôt des actions", "lists, adds and closes actions"},
		"cli.journal":    {"vérifie ou exporte le journal", "verifies or exports the journal"},
		"cli.kpi":        {"indicateurs avec leurs définitions", "KPIs with their definitions"},
		"cli.gateway":    {"sert les images par route, à partir d’un fichier d’état", "serves images by route from a state file"},
		"cli.oncall":     {"qui est d’astreinte", "who is on call"},
		"cli.rules":      {"vérifie des fichiers de règles", "checks rule files"},
		"cli.user":       {"ajoute et liste des comptes, crée des jetons", "adds and lists accounts, makes tokens"},
		"cli.version":    {"dit la version du programme", "says the version of the program"},

		"cli.mean":          {"moyenne", "mean"},
		"cli.palette":       {"marque", "brand"},
		"cli.not-measured":  {"non mesuré : %[1]s (%[2]s)", "not measured: %[1]s (%[2]s)"},
		"cli.warning":       {"attention : %[1]s", "warning: %[1]s"},
		"cli.within-budget": {"dans le budget", "within budget"},
		"cli.finding.text":  {"HORS BUDGET %[1]s : %[2]s (classe %[3]s)", "OVER BUDGET %[1]s: %[2]s (class %[3]s)"},
		"cli.finding.above": {"HORS BUDGET %[1]s : %[2]s dépasse %[3]s (classe %[4]s)", "OVER BUDGET %[1]s: %[2]s exceeds %[3]s (class %[4]s)"},
		"cli.finding.below": {"HORS BUDGET %[1]s : %[2]s est sous %[3]s (classe %[4]s)", "OVER BUDGET %[1]s: %[2]s is below %[3]s (class %[4]s)"},

		"cli.progress":     {"%[1]s / %[2]s, %[3]s en défaut, encore %[4]s", "%[1]s / %[2]s, %[3]s at fault, %[4]s left"},
		"cli.scan.broken":  {"illisible : %[1]s", "broken: %[1]s"},
		"cli.scan.summary": {"%[1]s images mesurées, %[2]s hors budget, %[3]s illisibles", "%[1]s images measured, %[2]s over budget, %[3]s broken"},
		"cli.scan.over":    {"ΔE00 : %[1]s, palette : %[2]s, SSIM : %[3]s", "ΔE00: %[1]s, palette: %[2]s, SSIM: %[3]s"},
		"cli.scan.figures": {"médiane de ΔE00 p95 : %[1]s ; taille moyenne : %[2]s Ko", "median ΔE00 p95: %[1]s; average size: %[2]s KB"},
		"cli.scan.worst":   {"pire : %[1]s  ΔE00 p95 %[2]s  palette %[3]s", "worst: %[1]s  ΔE00 p95 %[2]s  palette %[3]s"},
	}
}
