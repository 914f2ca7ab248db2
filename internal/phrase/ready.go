package phrase

// readyTexts holds what would hurt at night and can be mended by day.
func readyTexts() table {
	return table{
		"ready.no-account":      {"n’a pas de compte : safelight user add %[1]s --role responder", "has no account: safelight user add %[1]s --role responder"},
		"ready.disabled":        {"a un compte désactivé : nommez quelqu’un d’autre", "has an account that is disabled: name somebody else"},
		"ready.may-not-respond": {"a le rôle %[1]s, qui ne peut pas prendre en charge : nommez quelqu’un d’autre, ou donnez au compte le rôle responder", "has the role %[1]s, which may not acknowledge: name somebody else, or give the account the role responder"},
		"ready.may-not-write":   {"a le rôle %[1]s, qui ne peut pas écrire le postmortem : donnez au compte le rôle lead", "has the role %[1]s, which may not write the postmortem: give the account the role lead"},
		"ready.no-channel":      {"n’est joignable par aucun canal : écrivez une adresse ou un identifiant de membre sous onCall.contacts.%[1]s", "can be reached by no channel: write an address or a member id under onCall.contacts.%[1]s"},
		"ready.unusable":        {"n’est joignable que par %[1]s, qui est inutilisable : corrigez son secret (docs/notify.md)", "is reached by nothing but %[1]s, which cannot be used: correct its secret (docs/notify.md)"},

		"ready.shift":                {"%[1]s est d’astreinte dans le planning %[2]s à partir du %[3]s et %[4]s", "%[1]s is on call in the schedule %[2]s from %[3]s and %[4]s"},
		"ready.rotation":             {"%[1]s est dans la rotation et %[2]s", "%[1]s is in the rotation and %[2]s"},
		"ready.lead":                 {"%[1]s dirige les incidents de %[2]s et %[3]s", "%[1]s leads the incidents of %[2]s and %[3]s"},
		"ready.lead.no-account":      {"%[1]s dirige les incidents de %[2]s et n’a pas de compte : safelight user add %[1]s --role lead", "%[1]s leads the incidents of %[2]s and has no account: safelight user add %[1]s --role lead"},
		"ready.policy":               {"la politique de %[1]s appelle %[2]s", "the policy of %[1]s pages %[2]s"},
		"ready.target.person":        {"%[1]s, qui %[2]s", "%[1]s, who %[2]s"},
		"ready.target.schedule":      {"%[1]s, qui n’est pas un planning : nommez-le sous onCall.schedules", "%[1]s, which is no schedule: name it under onCall.schedules"},
		"ready.target.administrator": {"%[1]s, et aucun administrateur n’est joignable : safelight user add LOGIN --role administrator --email ADRESSE", "%[1]s, and no administrator can be reached: safelight user add LOGIN --role administrator --email ADDRESS"},
		"ready.board":                {"les comptes ne peuvent pas former le Control Board de %[1]s (%[2]s), si bien que ses postmortems ne pourront jamais être approuvés : safelight user add LOGIN --role board --domain DOMAINE", "the accounts cannot form the control board of %[1]s (%[2]s), so that its postmortems can never be approved: safelight user add LOGIN --role board --domain DOMAIN"},
		"ready.board.domains":        {"personne pour %[1]s", "nobody for %[1]s"},
		"ready.board.few":            {"%[1]s sur %[2]s", "%[1]s of %[2]s"},

		"ready.gap":            {"personne n’est d’astreinte dans le planning %[1]s du %[2]s au %[3]s (%[4]s) : élargissez une couche, ou posez un remplacement : safelight oncall override", "nobody is on call in the schedule %[1]s from %[2]s until %[3]s (%[4]s): widen a layer, or set an override: safelight oncall override"},
		"ready.gaps":           {"personne n’est d’astreinte dans le planning %[1]s du %[2]s au %[3]s (%[4]s), et %[5]s autres fois en deux semaines : élargissez une couche, ou posez un remplacement : safelight oncall override", "nobody is on call in the schedule %[1]s from %[2]s until %[3]s (%[4]s), and %[5]s more times within two weeks: widen a layer, or set an override: safelight oncall override"},
		"ready.calendar":       {"un calendrier du planning %[1]s est illisible : %[2]s", "a calendar of the schedule %[1]s cannot be read: %[2]s"},
		"ready.calendar.in":    {"dans un calendrier du planning %[1]s, %[2]s", "in a calendar of the schedule %[1]s, %[2]s"},
		"ready.calendar.whom":  {"%[1]s événements d’un calendrier du planning %[2]s ne nomment personne qui ait un compte : donnez l’adresse d’un participant, ou l’identifiant comme titre", "%[1]s events in a calendar of the schedule %[2]s name nobody who has an account: give the e-mail of an attendee, or the login as the title"},
		"ready.rules":          {"%[1]s ; les règles de ce fichier sont laissées de côté jusqu’à sa réparation : safelight rules check nomme chaque faute", "%[1]s; the rules of this file are left out until it is repaired: safelight rules check names every fault"},
		"ready.rule.severity":  {"la règle %[1]s a la gravité « %[2]s », qu’aucune politique ne connaît : ses incidents seront S2 ; nommez-la sous alerts.severities", "rule %[1]s has severity “%[2]s”, which no policy knows: its incidents will be S2; name it under alerts.severities"},
		"ready.terminal":       {"les appels ne vont qu’à ce terminal : configurez notify pour joindre des personnes (docs/notify.md)", "pages go to this terminal only: configure notify to reach people (docs/notify.md)"},
		"ready.heartbeat":      {"personne ne remarquerait le silence de ce serveur : configurez watchdog.heartbeat (docs/watch.md)", "nobody would notice that this server is silent: configure watchdog.heartbeat (docs/watch.md)"},
		"ready.heartbeat.none": {"aucun signe de vie n’est envoyé : %[1]s", "no heartbeat is sent: %[1]s"},

		"alive.audit":   {"l’audit des incidents ne se termine pas", "the audit of incidents does not come to an end"},
		"alive.found":   {"le dernier audit a trouvé %[1]s choses qu’il ne sait pas réparer", "the last audit has found %[1]s things that it cannot mend"},
		"alive.tick":    {"rien ne cherche les échéances qui arrivent", "nothing looks for deadlines that are due"},
		"alive.effects": {"aucune tâche n’est prise dans la file des effets", "no job is taken from the queue of effects"},
	}
}
