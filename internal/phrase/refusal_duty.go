package phrase

// dutyRefusalTexts holds why a command on who is on call, on an account or on a held image is refused.
func dutyRefusalTexts() table {
	return table{
		"refusal.swap.else":      {"proposer un échange : nommez quelqu’un d’autre", "propose a swap: name somebody else"},
		"refusal.swap.answer-by": {"proposer un échange : la réponse doit venir à partir de maintenant et avant que la première garde commence", "propose a swap: it has to be answered after now and before the first shift begins"},
		"refusal.swap.answerer":  {"répondre à %[1]s : seule la personne à qui il a été proposé le peut", "answer %[1]s: only the person whom it was proposed to may"},
		"refusal.swap.override":  {"trouver le remplacement : il n’existe pas", "find the override: there is none of this name"},
		"refusal.swap.none":      {"trouver l’échange : il n’existe pas", "find the swap: there is none of this name"},
		"refusal.swap.withdraw":  {"retirer %[1]s : seul qui l’a proposé le peut", "withdraw %[1]s: only who proposed it may"},
		"refusal.swap.ended":     {"annuler %[1]s : son état est déjà « %[2]s »", "end %[1]s: its state is already “%[2]s”"},
		"refusal.swap.lead":      {"annuler %[1]s : demandez à un leader, ou proposez un autre échange : %[2]s", "end %[1]s: ask a lead, or propose another swap: %[2]s"},
		"refusal.swap.answered":  {"%[1]s : son état est déjà « %[2]s »", "%[1]s: its state is already “%[2]s”"},
		"refusal.swap.giver":     {"échanger des gardes : qui doit donner le temps à partir de %[1]s n’est pas d’astreinte tout du long : regardez de nouveau le planning", "swap shifts: who is to give the time from %[1]s is not on call all through: look at the schedule again"},

		"refusal.duty.account":  {"changer qui est d’astreinte : ce compte n’existe pas, ou ne peut pas répondre à un incident", "change who is on call: there is no such account, or it may not respond"},
		"refusal.duty.term":     {"changer qui est d’astreinte : cela doit finir après avoir commencé, et après maintenant", "change who is on call: it has to end after it begins, and after now"},
		"refusal.duty.long":     {"changer qui est d’astreinte : pour %[1]s jours au plus, à partir d’un moment de l’année qui vient : plus long relève de la configuration", "change who is on call: for at most %[1]s days, beginning within a year: longer is a matter of the configuration"},
		"refusal.duty.reason":   {"%[1]s : dites pourquoi en quelques mots", "%[1]s: say why in a few words"},
		"refusal.duty.bytes":    {"%[1]s : %[2]s octets, la limite est de %[3]s", "%[1]s: %[2]s bytes, the limit is %[3]s"},
		"refusal.duty.utf8":     {"%[1]s : le texte n’est pas en UTF-8", "%[1]s: the text is not UTF-8"},
		"refusal.duty.override": {"lire le remplacement %[1]s : ce n’en est pas un", "read the override %[1]s: it is none"},
		"refusal.duty.many":     {"changer qui est d’astreinte : il y a %[1]s remplacements de la dernière année", "change who is on call: there are %[1]s overrides of the last year"},
		"refusal.duty.find":     {"trouver le compte %[1]s : il n’existe pas", "find the account %[1]s: there is none"},
		"refusal.duty.times":    {"changer qui est d’astreinte : écrivez les deux moments comme 2025-09-27T02:00", "change who is on call: write both times as 2025-09-27T02:00"},

		"refusal.account.none": {"laisser \"%[1]s\" %[2]s : ce compte n’existe pas", "let \"%[1]s\" %[2]s: there is no such account"},
		"refusal.account.role": {"laisser %[1]s %[2]s : le rôle \"%[3]s\" ne le permet pas", "let %[1]s %[2]s: the role \"%[3]s\" may not"},

		"refusal.declare.pipeline": {"déclarer un incident du pipeline \"%[1]s\" : ce pipeline n’est pas configuré", "declare an incident of pipeline \"%[1]s\": no such pipeline is configured"},
		"refusal.declare.severity": {"déclarer un incident de sévérité \"%[1]s\" : prenez S0, S1, S2 ou S3", "declare an incident of severity \"%[1]s\": use S0, S1, S2 or S3"},

		"refusal.incident.none": {"trouver l’incident %[1]s : il n’existe pas", "find incident %[1]s: there is none of this name"},

		"refusal.account.taken":    {"ajouter le compte %[1]s : ce login est pris", "add account %[1]s: the login is taken"},
		"refusal.account.watcher":  {"ajouter le compte %[1]s : un compte de rôle watcher n’a pas de mot de passe, faites-lui un jeton", "add account %[1]s: an account of role watcher has no password, make it a token"},
		"refusal.account.password": {"choisissez un mot de passe de %[1]s à %[2]s octets", "choose a password of %[1]s to %[2]s bytes"},

		"refusal.held.find": {"trouver l’image en quarantaine : elle n’existe pas", "find the quarantine item: there is none of this name"},

		"refusal.do.override":    {"remplacer au planning", "override the schedule"},
		"refusal.do.swap":        {"proposer un échange", "propose a swap"},
		"refusal.do.swap-answer": {"répondre à %[1]s", "answer %[1]s"},
		"refusal.do.swap-end":    {"annuler %[1]s", "end %[1]s"},

		"refusal.held": {"%[1]s : son état est « %[2]s » : %[3]s", "%[1]s: its state is “%[2]s”: %[3]s"},

		"refusal.do.held-hold":    {"retenir %[1]s", "hold %[1]s"},
		"refusal.do.held-retry":   {"réessayer %[1]s", "retry %[1]s"},
		"refusal.do.held-release": {"relâcher %[1]s", "release %[1]s"},
		"refusal.do.held-discard": {"écarter %[1]s", "discard %[1]s"},

		"refusal.held.other":     {"une autre version ou place est une autre image", "another version or place is another item"},
		"refusal.held.again":     {"ce qui revient ensuite est une nouvelle image", "what comes again after that is a new item"},
		"refusal.held.retry":     {"seul ce qui n’a pu être retiré est réessayé", "only what could not be moved is tried again"},
		"refusal.held.wait":      {"attendez qu’elle soit retirée", "wait until it has been moved"},
		"refusal.held.released":  {"il n’y a plus rien à relâcher", "there is nothing to release any more"},
		"refusal.held.remove":    {"enlevez le fichier et réessayez, ou relâchez-la", "remove the file and retry, or release it"},
		"refusal.held.discarded": {"il n’y a plus rien à écarter", "there is nothing to discard any more"},

		"refusal.duty.to.action": {"être responsable d’une action", "own an action"},
		"refusal.duty.to.lead":   {"être leader", "lead"},
		"refusal.duty.to.gap":    {"être responsable d’un manque de données", "own a data gap"},
		"refusal.duty.to.lesson": {"être responsable de ce qu’une leçon change", "own what a lesson changes"},
	}
}
