package phrase

// kpiTexts names and defines the KPIs, and says by which formula each follows from what is counted.
func kpiTexts() table {
	return join([]table{kpiIncidentTexts(), kpiActionTexts(), kpiQualityTexts(), kpiPageTexts()})
}

const (
	medianFR = "S(t) = Π (1 − dᵢ/nᵢ), de Kaplan-Meier ; médiane = min { t : S(t) ≤ 0,5 }, p90 = min { t : S(t) ≤ 0,1 }"
	medianEN = "S(t) = Π (1 − dᵢ/nᵢ), by Kaplan-Meier; median = min { t : S(t) ≤ 0.5 }, p90 = min { t : S(t) ≤ 0.1 }"
)

func kpiIncidentTexts() table {
	return table{
		"kpi.incidents":            {"Incidents détectés", "Incidents detected"},
		"kpi.incidents.definition": {"Incidents détectés dans la période ; sans terme : ceux qui ne sont pas clos.", "Incidents detected in the period; still open: those that are not closed."},
		"kpi.incidents.formula":    {"nombre d’incidents", "number of incidents"},

		"kpi.firstBadToDetect":            {"Première mauvaise livraison → détection", "First bad delivery to detection"},
		"kpi.firstBadToDetect.definition": {"De la première image hors limites, selon l’impact déposé en dernier, à la détection ; n = incidents dont cette image est connue.", "From the first image over its limits, by the impact filed last, to the detection; n = incidents of which that image is known."},
		"kpi.firstBadToDetect.formula":    {medianFR, medianEN},
		"kpi.detectToAck":                 {"Détection → prise en charge", "Detect to acknowledge"},
		"kpi.detectToAck.definition":      {"De la détection à la prise en charge, ou à la résolution si personne ne l’a fait avant ; n = incidents détectés dans la période.", "From detection to the acknowledgement, or to the resolution where nobody acknowledged before; n = incidents detected in the period."},
		"kpi.detectToAck.formula":         {medianFR, medianEN},
		"kpi.ackToContain":                {"Prise en charge → confinement", "Acknowledge to contain"},
		"kpi.ackToContain.definition":     {"De la prise en charge à la première sonde passée ou à la résolution, zéro si le confinement l’a précédée ; n = incidents pris en charge.", "From the acknowledgement to the first passing probe or the resolution, zero where containment came first; n = acknowledged incidents."},
		"kpi.ackToContain.formula":        {medianFR, medianEN},
		"kpi.containToResolve":            {"Confinement → résolution", "Contain to resolve"},
		"kpi.containToResolve.definition": {"De la première sonde passée à la levée de la cause ; n = incidents contenus.", "From the first passing probe to the removal of the cause; n = contained incidents."},
		"kpi.containToResolve.formula":    {medianFR, medianEN},
		"kpi.resolveToPublish":            {"Résolution → publication", "Resolve to publish"},
		"kpi.resolveToPublish.definition": {"De la levée de la cause au commit de publication, zéro s’il l’a précédée ; n = incidents résolus dont la publication est exigée.", "From the removal of the cause to the publishing commit, zero where that came first; n = resolved incidents of which publication is demanded."},
		"kpi.resolveToPublish.formula":    {medianFR, medianEN},
		"kpi.detectToContain":             {"Détection → confinement", "Detect to contain"},
		"kpi.detectToContain.definition":  {"De la détection à la première sonde passée, ou à la résolution si rien n’a été contenu ; n = incidents détectés dans la période.", "From detection to the first passing probe, or to the resolution where nothing was contained; n = incidents detected in the period."},
		"kpi.detectToContain.formula":     {medianFR, medianEN},
		"kpi.detectToResolve":             {"Temps de résolution", "Time to resolve"},
		"kpi.detectToResolve.definition":  {"De la détection à la levée de la cause, la dernière si l’incident a été rouvert ; n = incidents détectés dans la période.", "From detection to the removal of the cause, the last one where the incident was reopened; n = incidents detected in the period."},
		"kpi.detectToResolve.formula":     {medianFR, medianEN},
		"kpi.detectToPublish":             {"Détection → publication", "Detect to publish"},
		"kpi.detectToPublish.definition":  {"De la détection au commit de publication ; n = incidents dont la publication est exigée.", "From detection to the publishing commit; n = incidents of which publication is demanded."},
		"kpi.detectToPublish.formula":     {medianFR, medianEN},

		"kpi.containedIn30Min":            {"Part contenue en 30 min", "Share contained in 30 min"},
		"kpi.containedIn30Min.definition": {"Incidents dont la première sonde est passée, ou la cause levée, 30 min au plus après la détection ; sans terme : ceux qui ont encore le temps.", "Incidents whose first probe passed, or whose cause was removed, at most 30 min after detection; still open: those that still have time."},
		"kpi.containedIn30Min.formula":    {"contenus en 30 min ÷ (n − sans terme)", "contained in 30 min ÷ (n − still open)"},
		"kpi.publishedIn48H":              {"Part publiée en 48 h", "Share published in 48 h"},
		"kpi.publishedIn48H.definition":   {"Incidents publiés 48 h au plus après la détection, parmi ceux dont la publication est exigée ; sans terme : ceux qui ont encore le temps.", "Incidents published at most 48 h after detection, among those of which publication is demanded; still open: those that still have time."},
		"kpi.publishedIn48H.formula":      {"publiés en 48 h ÷ (n − sans terme)", "published in 48 h ÷ (n − still open)"},
		"kpi.containedInTime":             {"Part contenue dans le délai de sa sévérité", "Share contained within its severity’s time"},
		"kpi.containedInTime.definition":  {"Incidents dont l’horloge de confinement a été tenue (30 min en S0 et S1 par défaut), pauses déduites ; n = incidents qui ont cette horloge.", "Incidents that met the containment clock (30 min for S0 and S1 by default), pauses aside; n = incidents that have that clock."},
		"kpi.containedInTime.formula":     {"horloges tenues ÷ (n − horloges en cours)", "clocks met ÷ (n − clocks that run)"},
		"kpi.publishedInTime":             {"Part publiée dans le délai de sa sévérité", "Share published within its severity’s time"},
		"kpi.publishedInTime.definition":  {"Incidents dont l’horloge de publication a été tenue (48 h en S0 et S1 par défaut), pauses déduites ; n = incidents qui ont cette horloge.", "Incidents that met the publication clock (48 h for S0 and S1 by default), pauses aside; n = incidents that have that clock."},
		"kpi.publishedInTime.formula":     {"horloges tenues ÷ (n − horloges en cours)", "clocks met ÷ (n − clocks that run)"},
	}
}

func kpiActionTexts() table {
	return table{
		"kpi.openActions":               {"Stock d’actions ouvertes", "Open actions"},
		"kpi.openActions.definition":    {"Actions décidées et sans preuve de clôture à la fin de la période ; n = toutes les actions décidées jusque-là, quelle que soit la date de leur incident.", "Actions agreed and without a proof of closing at the end of the period; n = all actions agreed until then, whenever their incident was."},
		"kpi.openActions.formula":       {"décidées − closes", "agreed − closed"},
		"kpi.overdueActions":            {"Actions en retard", "Overdue actions"},
		"kpi.overdueActions.definition": {"Actions ouvertes dont le jour d’échéance (UTC) est passé à la fin de la période ; n = actions ouvertes.", "Open actions whose due day (UTC) is over at the end of the period; n = open actions."},
		"kpi.overdueActions.formula":    {"nombre d’actions ouvertes d’échéance passée", "number of open actions past their due day"},
		"kpi.openActionAge":             {"Âge du stock d’actions", "Age of open actions"},
		"kpi.openActionAge.definition":  {"Temps depuis la décision des actions ouvertes à la fin de la période : médiane, p90 et la plus ancienne ; n = actions ouvertes.", "Time since agreement of the actions open at the end of the period: median, p90 and the oldest; n = open actions."},
		"kpi.openActionAge.formula":     {"valeur de rang ⌈n·q⌉ des âges, q = 0,5 et 0,9 ; maximum", "value of rank ⌈n·q⌉ of the ages, q = 0.5 and 0.9; maximum"},
		"kpi.resolveAction":             {"Temps de résolution d’une action", "Time to resolve an action"},
		"kpi.resolveAction.definition":  {"De la décision à la preuve, la dernière si l’action a été rouverte ; n = actions décidées dans la période.", "From agreement to proof, the last one where the action was reopened; n = actions agreed in the period."},
		"kpi.resolveAction.formula":     {medianFR, medianEN},

		"kpi.recurrence":              {"Part des incidents dont la cause est revenue", "Share of incidents whose cause came back"},
		"kpi.recurrence.definition":   {"Incidents dont une cause directe était celle d’un incident antérieur, quelle qu’en soit la date ; sans terme : ceux dont la cause directe n’est pas établie.", "Incidents of which a direct cause was that of an earlier incident, whenever that was; still open: those of which no direct cause is stated."},
		"kpi.recurrence.formula":      {"récidives ÷ (n − sans cause établie)", "recurrences ÷ (n − without a stated cause)"},
		"kpi.recurrenceIn":            {"Récidive par domaine de cause", "Recurrence by domain of the cause"},
		"kpi.recurrenceIn.definition": {"Parmi les incidents qui ont une cause directe dans ce domaine, ceux dont elle est revenue.", "Among incidents with a direct cause in the domain, those of which it came back."},
		"kpi.recurrenceIn.formula":    {"récidives ÷ n", "recurrences ÷ n"},

		"kpi.checklist":                {"Respect de la liste de contrôle", "Checklist compliance"},
		"kpi.checklist.definition":     {"Lignes vraies à la clôture, parmi les cinq de chaque incident ; une ligne dispensée n’est pas vraie ; sans terme : celles des incidents qui ne sont pas clos.", "Lines that were true at closing, of the five of each incident; a waived line is not true; still open: those of incidents that are not closed."},
		"kpi.checklist.formula":        {"lignes vraies ÷ (n − sans terme)", "true lines ÷ (n − still open)"},
		"kpi.checklistLine":            {"Liste de contrôle, ligne par ligne", "Checklist, line by line"},
		"kpi.checklistLine.definition": {"Incidents clos dont cette ligne était vraie ; sans terme : ceux qui ne sont pas clos.", "Closed incidents of which the line was true; still open: those that are not closed."},
		"kpi.checklistLine.formula":    {"vraie ÷ (n − sans terme)", "true ÷ (n − still open)"},
		"kpi.incidentTests":            {"Incidents dont un test est né", "Incidents with an accepted test"},
		"kpi.incidentTests.definition": {"Incidents qui ont au moins un test accepté (il échoue sur le mal, passe sur la réparation et sur trois témoins) ; sans terme : ceux qui n’en ont pas et ne sont pas clos.", "Incidents with at least one accepted test (it fails on the bad, passes on the fix and on three controls); still open: those without one that are not closed."},
		"kpi.incidentTests.formula":    {"avec test ÷ (n − sans terme)", "with a test ÷ (n − still open)"},

		"kpi.wouldHaveCaught":            {"Auraient été arrêtés aujourd’hui", "Would be caught today"},
		"kpi.wouldHaveCaught.definition": {"Incidents dont les images ou tables gardées échouent aux barrières et aux tests d’aujourd’hui, à la dernière mesure ; n = incidents qui ont laissé de quoi essayer.", "Incidents whose kept images or tables fail today’s guards and tests, as measured last; n = incidents that left something to try."},
		"kpi.wouldHaveCaught.formula":    {"arrêtés ÷ n", "caught ÷ n"},
		"kpi.falseAlarms":                {"Fausses alertes des barrières", "False alarms of the guards"},
		"kpi.falseAlarms.definition":     {"Bons changements que les barrières d’aujourd’hui auraient arrêtés, à la dernière mesure ; n = bons changements essayés.", "Good changes that today’s guards would have stopped, as measured last; n = good changes tried."},
		"kpi.falseAlarms.formula":        {"arrêtés ÷ n", "stopped ÷ n"},

		"kpi.line.contained": {"contenu à temps", "contained in time"},
		"kpi.line.published": {"publié à temps", "published in time"},
		"kpi.line.rca":       {"analyse complète", "complete analysis"},
		"kpi.line.actions":   {"actions suivies", "actions followed"},
		"kpi.line.lessons":   {"leçons intégrées", "lessons integrated"},
	}
}

func kpiQualityTexts() table {
	return table{
		"kpi.budgetViolations":            {"Images hors budget", "Images over budget"},
		"kpi.budgetViolations.definition": {"Images contrôlées dans la période qui dépassent une limite de leur classe, métadonnées à part ; n = images mesurées.", "Images checked in the period that are over a limit of their class, metadata aside; n = images measured."},
		"kpi.budgetViolations.formula":    {"hors budget ÷ n", "over budget ÷ n"},
		"kpi.qualityTrend":                {"Évolution de la part hors budget", "Change of the share over budget"},
		"kpi.qualityTrend.definition":     {"Part hors budget de la période moins celle de la période précédente de même durée ; négatif : c’est mieux ; n = images mesurées dans la période.", "Share over budget in the period minus that in the period of equal length before; negative is better; n = images measured in the period."},
		"kpi.qualityTrend.formula":        {"part − part de la période précédente", "share − share of the period before"},
		"kpi.meanDeltaE":                  {"ΔE00 moyen", "Mean ΔE00"},
		"kpi.meanDeltaE.definition":       {"Moyenne du 95e centile de CIEDE2000 de chaque image ; n = images où il a été mesuré.", "Mean of each image’s 95th percentile of CIEDE2000; n = images in which it was measured."},
		"kpi.meanDeltaE.formula":          {"Σ p95 ÷ n", "Σ p95 ÷ n"},
		"kpi.meanSSIM":                    {"SSIM moyen", "Mean SSIM"},
		"kpi.meanSSIM.definition":         {"Moyenne du SSIM de chaque image, 1 est identique ; n = images où il a été mesuré.", "Mean of each image’s SSIM, 1 is identical; n = images in which it was measured."},
		"kpi.meanSSIM.formula":            {"Σ SSIM ÷ n", "Σ SSIM ÷ n"},
	}
}

func kpiPageTexts() table {
	return table{
		"kpi.as-of":            {"Calculé depuis le journal, au %[1]s.", "Computed from the journal, as of %[1]s."},
		"kpi.cohort":           {"Chaque chiffre dit sa population n. Les incidents sont ceux détectés dans la période, tels qu’ils sont maintenant ; ce qui n’a pas de terme reste dans l’estimation et n’améliore aucun chiffre.", "Each figure states its population n. Incidents are those detected in the period, as they stand now; what has no end yet stays in the estimate and makes no figure better."},
		"kpi.open":             {"%[1]s sans terme", "%[1]s still open"},
		"kpi.missing":          {"%[1]s hors population, faute de donnée", "%[1]s left out for want of data"},
		"kpi.p90":              {"p90 : %[1]s", "p90: %[1]s"},
		"kpi.oldest":           {"la plus ancienne : %[1]s", "oldest: %[1]s"},
		"kpi.median":           {"médiane", "median"},
		"kpi.at-least":         {"« > » : plus de la moitié (ou du dixième) n’a pas de terme ; la valeur est plus grande.", "“>”: more than half (or a tenth) have no end yet; the value is greater."},
		"kpi.all-time":         {"Depuis le début", "All time"},
		"kpi.all-severities":   {"Toutes les sévérités", "All severities"},
		"kpi.filter":           {"Afficher", "Show"},
		"kpi.formula":          {"Formule : %[1]s", "Formula: %[1]s"},
		"kpi.month":            {"Mois", "Month"},
		"kpi.month.table":      {"Les mêmes valeurs, mois par mois", "The same values, month by month"},
		"kpi.trend.desc":       {"%[1]s, par mois, de %[2]s à %[3]s. La table qui suit dit les mêmes valeurs.", "%[1]s, by month, from %[2]s to %[3]s. The table that follows says the same values."},
		"kpi.group.way":        {"D’une mauvaise image à la publication", "From a bad image to the publication"},
		"kpi.group.shares":     {"Dans les temps", "In time"},
		"kpi.group.actions":    {"Actions", "Actions"},
		"kpi.group.learning":   {"Ce qui revient, ce qui est appris", "What comes back, what is learned"},
		"kpi.group.quality":    {"Qualité des images", "Quality of images"},
		"kpi.trend.incidents":  {"Incidents détectés", "Incidents detected"},
		"kpi.trend.shares":     {"Part contenue en 30 min, part publiée en 48 h", "Share contained in 30 min, share published in 48 h"},
		"kpi.trend.times":      {"Détection → confinement", "Detect to contain"},
		"kpi.trend.actions":    {"Actions ouvertes, actions en retard", "Open actions, overdue actions"},
		"kpi.trend.quality":    {"Images hors budget, par pipeline", "Images over budget, by pipeline"},
		"form.kpi-period":      {"Période", "Period"},
		"form.kpi-period.hint": {"2025-Q3, 2025-09, 2025, 2025-07-01..2025-09-30 ; vide : depuis le début", "2025-Q3, 2025-09, 2025, 2025-07-01..2025-09-30; empty: all time"},
		"form.kpi-severity":    {"Sévérité", "Severity"},
	}
}
