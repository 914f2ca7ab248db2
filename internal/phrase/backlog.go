package phrase

// backlogTexts holds the sentences on actions that stand in a tracker too.
func backlogTexts() table {
	return table{
		"backlog.text":             {"Action %[1]s de l’incident %[2]s (sévérité %[3]s), suivie dans Safelight.", "Action %[1]s of incident %[2]s (severity %[3]s), followed in Safelight."},
		"backlog.text.proof":       {"Elle s’y clôt avec une preuve : un lien, un commit, un test accepté.", "It is closed there with a proof: a link, a commit, an accepted test."},
		"backlog.unproven.reopen":  {"Ce ticket est rouvert : l’action n’a pas de preuve. Clore l’action dans Safelight, avec une preuve, ferme le ticket.", "This issue is open again: the action has no proof. Closing the action in Safelight, with a proof, closes the issue."},
		"backlog.unproven.comment": {"Le ticket est fermé, mais l’action reste ouverte : elle n’a pas de preuve. Elle se clôt dans Safelight, avec une preuve.", "The issue is closed, but the action stays open: it has no proof. It is closed in Safelight, with a proof."},

		"page.effect.sync-action": {"Synchronisation d’une action avec son ticket", "Sync of an action with its issue"},

		"doctor.what.tracker":   {"ticketing %[1]s", "tracker %[1]s"},
		"doctor.remedy.tracker": {"corrigez `backlog` dans safelight.yaml ; docs/backlog.md dit de quels droits le jeton a besoin", "correct `backlog` in safelight.yaml; docs/backlog.md says which rights the token needs"},

		"backlog.issue":         {"ticket %[1]s", "issue %[1]s"},
		"backlog.synced":        {"synchronisé le %[1]s", "synced at %[1]s"},
		"backlog.waiting":       {"des changements attendent d’y être portés", "changes wait to be brought there"},
		"backlog.unlinked":      {"séparée de son ticket", "unlinked from its issue"},
		"backlog.read":          {"Ticketing %[1]s, lu le %[2]s", "Tracker %[1]s, read at %[2]s"},
		"backlog.unread":        {"Ticketing %[1]s, pas encore lu", "Tracker %[1]s, not read yet"},
		"backlog.failed":        {"Le ticketing ne répond pas : %[1]s", "The tracker does not answer: %[1]s"},
		"backlog.conflicts":     {"%[1]s conflits", "%[1]s conflicts"},
		"backlog.conflict":      {"%[1]s : ici « %[2]s », là-bas « %[3]s » : %[4]s", "%[1]s: here “%[2]s”, there “%[3]s”: %[4]s"},
		"backlog.conflict.gone": {"Le ticket ne se trouve plus : supprimé, déplacé, ou caché au jeton. Séparez-le, ou liez-en un autre.", "The issue is not found any more: deleted, moved, or hidden from the token. Unlink it, or link another."},

		"backlog.why.both-changed": {"les deux ont changé depuis la dernière synchronisation", "both have changed since the last sync"},
		"backlog.why.no-proof":     {"fermé sans preuve", "closed without a proof"},
		"backlog.why.no-account":   {"confié à quelqu’un qui n’a pas de compte ici", "given to somebody who has no account here"},
		"backlog.why.no-owner":     {"confié à personne", "given to nobody"},
		"backlog.why.bad-value":    {"valeur que l’action ne peut pas prendre", "a value that the action cannot take"},
		"backlog.why.not-allowed":  {"changé par quelqu’un dont le rôle ne le permet pas", "changed by somebody whose role does not allow it"},
		"backlog.why.gone":         {"ticket introuvable", "the issue is not found"},

		"backlog.field.title": {"titre", "title"},
		"backlog.field.owner": {"responsable", "owner"},
		"backlog.field.due":   {"échéance", "due date"},
		"backlog.field.state": {"état", "state"},
		"backlog.field.issue": {"ticket", "issue"},

		"backlog.value.open":    {"ouverte", "open"},
		"backlog.value.closed":  {"close", "closed"},
		"backlog.value.unknown": {"quelqu’un sans compte ici", "somebody without an account here"},
		"backlog.value.none":    {"rien", "nothing"},

		"backlog.no-conflict": {"rien à montrer", "nothing to show"},
		"backlog.imported":    {"%[1]s lignes reprises", "%[1]s rows taken"},

		"backlog.change":      {"Modifier l’action", "Change the action"},
		"backlog.sync":        {"Synchroniser maintenant", "Sync now"},
		"backlog.link":        {"Lier à un ticket", "Link to an issue"},
		"backlog.unlink":      {"Séparer du ticket", "Unlink from the issue"},
		"backlog.keep.ours":   {"Garder la valeur d’ici", "Keep ours"},
		"backlog.keep.theirs": {"Prendre la valeur de là-bas", "Take theirs"},
		"form.backlog.key":    {"Numéro, clé ou adresse du ticket", "Number, key or address of the issue"},

		"page.event.action-changed":           {"Action %[1]s modifiée : %[2]s, échéance %[3]s", "Action %[1]s changed: %[2]s, due %[3]s"},
		"page.event.action-changed.via":       {"Action %[1]s modifiée d’après %[4]s : %[2]s, échéance %[3]s", "Action %[1]s changed as in %[4]s: %[2]s, due %[3]s"},
		"page.event.action-linked":            {"Action %[1]s : ticket %[2]s", "Action %[1]s: issue %[2]s"},
		"page.event.action-unlinked":          {"Action %[1]s séparée de son ticket", "Action %[1]s unlinked from its issue"},
		"page.event.action-synced":            {"Action %[1]s : d’accord avec son ticket (%[2]s)", "Action %[1]s: agrees with its issue (%[2]s)"},
		"page.event.action-conflict":          {"Action %[1]s : conflit sur %[2]s, %[3]s", "Action %[1]s: conflict on %[2]s, %[3]s"},
		"page.event.action-conflict-resolved": {"Action %[1]s : conflit sur %[2]s réglé", "Action %[1]s: conflict on %[2]s resolved"},

		"page.done.action-changed":    {"Action modifiée.", "Action changed."},
		"page.done.action-synced":     {"La synchronisation est demandée.", "The sync is asked for."},
		"page.done.action-linked":     {"Action liée.", "Action linked."},
		"page.done.action-unlinked":   {"Action séparée de son ticket.", "Action unlinked from its issue."},
		"page.done.conflict-resolved": {"Conflit réglé.", "Conflict resolved."},
	}
}
