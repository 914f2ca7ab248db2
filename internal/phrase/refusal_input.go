package phrase

// inputRefusalTexts holds why what a person entered or asked for is refused: accounts, silences, signals, replies, held images.
func inputRefusalTexts() table {
	return table{
		"refusal.person.login":         {"login %[1]s : de 1 à 32 caractères parmi a-z, 0-9, point, tiret, souligné, une lettre d’abord", "login %[1]s: use 1 to 32 of a-z, 0-9, dot, dash, underscore, a letter first"},
		"refusal.person.email":         {"l’adresse électronique %[1]s de %[2]s n’en est pas une", "e-mail address %[1]s of %[2]s is not one address"},
		"refusal.person.name":          {"nom de %[1]s : une ligne de 200 octets au plus", "name of %[1]s: one line of at most 200 bytes"},
		"refusal.person.role":          {"rôle %[1]s de %[2]s : prenez un de ceux-ci : %[3]s", "role %[1]s of %[2]s: use one of %[3]s"},
		"refusal.person.domain":        {"domaine %[1]s de %[2]s, membre du comité : prenez un de ceux-ci : %[3]s", "domain %[1]s of board member %[2]s: use one of %[3]s"},
		"refusal.person.no-domain":     {"%[1]s a un domaine sans être membre du comité", "%[1]s has a domain without being a board member"},
		"refusal.person.first":         {"ajouter le compte %[1]s : le premier compte doit être administrateur", "add account %[1]s: the first account must be an administrator"},
		"refusal.draft.revision":       {"trouver la révision %[1]s du postmortem de %[2]s : elle n’existe pas", "find revision %[1]s of the postmortem of %[2]s: there is none"},
		"refusal.draft.own":            {"reprendre ce que le journal dit de %[1]s : il écrit encore le document lui-même", "take in what the journal says of %[1]s: it still writes the document itself"},
		"refusal.silence.long":         {"faire taire des alertes : durée %[1]s : choisissez combien de temps", "silence alerts: duration %[1]s: choose how long"},
		"refusal.maintenance":          {"prévoir une maintenance : écrivez le début et la fin comme 2025-09-27T02:00", "plan a maintenance window: write start and end as 2025-09-27T02:00"},
		"refusal.silence.many":         {"poser un silence : %[1]s sont déjà en cours ou à venir : levez-en un d’abord", "set a silence: %[1]s hold or are to come already: end one first"},
		"refusal.signals.severity":     {"confirmer %[1]s avec la sévérité %[2]s : prenez S0, S1, S2 ou S3", "confirm %[1]s with severity %[2]s: use S0, S1, S2 or S3"},
		"refusal.signals.none":         {"ajouter des signaux à %[1]s : cet incident n’existe pas", "add signals to %[1]s: there is no such incident"},
		"refusal.signals.closed":       {"ajouter des signaux à %[1]s : il est clos ; déclarez un nouvel incident", "add signals to %[1]s: it is closed; declare a new incident"},
		"refusal.signals.resolved":     {"ajouter des signaux à %[1]s : il est résolu ; rouvrez-le d’abord, ou déclarez un nouvel incident", "add signals to %[1]s: it is resolved; reopen it first, or declare a new incident"},
		"refusal.signals.other":        {"ajouter des signaux de %[1]s à %[2]s : c’est un incident de %[3]s", "add signals of %[1]s to %[2]s: it is an incident of %[3]s"},
		"refusal.signals.verification": {"lire la vérification %[1]s : ce n’en est pas une", "read verification %[1]s: it is none"},
		"refusal.reply.late":           {"lire une réponse : son délai est passé", "read a reply: its time is over"},
		"refusal.reply.again":          {"lire une réponse : tout ce à quoi elle répond est déjà pris en charge", "read a reply: all that it answers is acknowledged already"},
		"refusal.held.which":           {"décider d’images retenues : nommez leur incident ou leur pipeline", "decide about held images: name their incident or their pipeline"},
		"refusal.held.none":            {"trouver les images retenues de %[1]s : aucune ne l’est", "find held images of %[1]s: none is held"},
		"refusal.duty.schedule":        {"trouver le planning %[1]s : il n’est pas configuré", "find the schedule %[1]s: it is not configured"},
	}
}

// uploadRefusalTexts holds why an uploaded file or a map of causes is not taken.
func uploadRefusalTexts() table {
	return table{
		"refusal.scene":              {"lire la scène Excalidraw : %[1]s", "read the Excalidraw scene: %[1]s"},
		"refusal.scene.bytes":        {"lire la scène Excalidraw : %[1]s octets, la limite est de %[2]s", "read the Excalidraw scene: %[1]s bytes, the limit is %[2]s"},
		"refusal.scene.type":         {"lire la scène Excalidraw : son type est %[1]s : enregistrez-la depuis Excalidraw comme fichier", "read the Excalidraw scene: its type is %[1]s: save it from Excalidraw as a file"},
		"refusal.scene.box":          {"lire la scène Excalidraw : case %[1]s : %[2]s", "read the Excalidraw scene: box %[1]s: %[2]s"},
		"refusal.mermaid.bytes":      {"lire la carte Mermaid : %[1]s octets, la limite est de %[2]s", "read the Mermaid map: %[1]s bytes, the limit is %[2]s"},
		"refusal.mermaid.utf8":       {"lire la carte Mermaid : ce n’est pas un texte en UTF-8", "read the Mermaid map: it is no UTF-8 text"},
		"refusal.mermaid.head":       {"lire la carte Mermaid : ligne %[1]s, %[2]s : commencez par un organigramme, comme graph RL", "read the Mermaid map: line %[1]s, %[2]s: begin with a flowchart, as graph RL"},
		"refusal.mermaid.line":       {"lire la carte Mermaid : ligne %[1]s : %[2]s", "read the Mermaid map: line %[1]s: %[2]s"},
		"refusal.mermaid.arrow":      {"%[1]s : écrivez une flèche, comme C1 --> incident", "%[1]s: write an arrow, as C1 --> incident"},
		"refusal.mermaid.nowhere":    {"%[1]s ne mène nulle part", "%[1]s leads nowhere"},
		"refusal.mermaid.node":       {"%[1]s : écrivez un nœud, comme C1[\"ce qui s’est passé\"]", "%[1]s: write a node, as C1[\"what happened\"]"},
		"refusal.mermaid.of":         {"nœud %[1]s : %[2]s", "node %[1]s: %[2]s"},
		"refusal.mermaid.shape":      {"sa forme n’est pas fermée par %[1]s", "its shape is not closed by %[1]s"},
		"refusal.mermaid.text":       {"le nœud %[1]s a un texte de %[2]s octets, la limite est de %[3]s", "node %[1]s has a text of %[2]s bytes, the limit is %[3]s"},
		"refusal.mermaid.nodes":      {"plus de %[1]s nœuds", "more than %[1]s nodes"},
		"refusal.mermaid.arrows":     {"plus de %[1]s flèches", "more than %[1]s arrows"},
		"refusal.map.circle":         {"lire la carte : ses flèches tournent en rond : %[1]s", "read the map: its arrows go in a circle: %[1]s"},
		"refusal.map.empty":          {"lire la carte : elle n’a pas de cause", "read the map: it has no cause"},
		"refusal.map.format":         {"écrire la carte des causes en %[1]s : prenez svg, mmd ou excalidraw", "write the map of causes as %[1]s: use svg, mmd or excalidraw"},
		"refusal.map.upload":         {"lire la carte envoyée : %[1]s", "read the uploaded map: %[1]s"},
		"refusal.compare.restricted": {"comparer les images de %[1]s : son postmortem est restreint", "compare the images of %[1]s: its postmortem is restricted"},
		"refusal.upload":             {"lire le fichier envoyé : %[1]s", "read the uploaded file: %[1]s"},
		"refusal.upload.bytes":       {"prendre un fichier de %[1]s octets, la limite est de %[2]s", "take a file of %[1]s bytes, the limit is %[2]s"},
	}
}
