package phrase

// kpiTexts names and defines the KPIs.
func kpiTexts() table {
	return table{
		"kpi.openActions":                {"Stock d’actions ouvertes", "Open actions"},
		"kpi.openActions.definition":     {"Actions sans preuve de clôture ; n = toutes les actions décidées.", "Actions without a proof of closing; n = all actions ever agreed."},
		"kpi.overdueActions":             {"Actions en retard", "Overdue actions"},
		"kpi.overdueActions.definition":  {"Actions ouvertes dont le jour d’échéance (UTC) est passé ; n = actions ouvertes.", "Open actions whose due day (UTC) is over; n = open actions."},
		"kpi.resolveAction":              {"Temps de résolution d’une action", "Time to resolve an action"},
		"kpi.resolveAction.definition":   {"Médiane de la décision à la preuve ; n = actions closes, les ouvertes sont comptées à part.", "Median from agreement to proof; n = closed actions, open ones counted beside."},
		"kpi.detectToAck":                {"Détection → prise en charge", "Detect to acknowledge"},
		"kpi.detectToAck.definition":     {"Médiane du déclenchement de la règle à la prise en charge ; n = incidents pris en charge.", "Median from the rule firing to the acknowledgement; n = acknowledged incidents."},
		"kpi.detectToContain":            {"Détection → confinement", "Detect to contain"},
		"kpi.detectToContain.definition": {"Médiane de la détection à la première sonde passée ; n = incidents contenus.", "Median from detection to the first passing probe; n = contained incidents."},
		"kpi.detectToResolve":            {"Temps de résolution", "Time to resolve"},
		"kpi.detectToResolve.definition": {"Médiane de la détection à la levée de la cause ; n = incidents résolus, les ouverts sont comptés à part.", "Median from detection to the removal of the cause; n = resolved incidents, open ones counted beside."},
		"kpi.detectToPublish":            {"Détection → publication", "Detect to publish"},
		"kpi.detectToPublish.definition": {"Médiane de la détection au commit de publication ; n = incidents publiés.", "Median from detection to the publishing commit; n = published incidents."},
		"kpi.containedInTime":            {"Part contenue dans le délai (30 min en S0 et S1)", "Share contained in time (30 min for S0 and S1)"},
		"kpi.containedInTime.definition": {"Incidents dont la première sonde est passée avant l’échéance, parmi ceux dont l’échéance est tranchée (sonde passée ou délai écoulé).", "Incidents whose first probe passed before the deadline, among those whose clock is decided (probe passed or time over)."},
		"kpi.publishedInTime":            {"Part publiée dans le délai (48 h en S0 et S1)", "Share published in time (48 h for S0 and S1)"},
		"kpi.publishedInTime.definition": {"Incidents dont le commit de publication précède l’échéance, parmi ceux dont l’échéance est tranchée.", "Incidents whose publishing commit came before the deadline, among those whose clock is decided."},
	}
}
