package phrase

// postmortemRefusalTexts holds why a command on an analysis or its postmortem is refused.
func postmortemRefusalTexts() table {
	return table{
		"refusal.evidence":         {"ajouter un élément à %[1]s : %[2]s", "add evidence to %[1]s: %[2]s"},
		"refusal.evidence.nested":  {"ajouter l’élément \"%[1]s\" à %[2]s : \"%[3]s\" y est, et l’un des deux serait un dossier ; choisissez un autre nom", "add evidence \"%[1]s\" to %[2]s: \"%[3]s\" is there, and one of them would be a folder; choose another name"},
		"refusal.evidence.taken":   {"ajouter l’élément \"%[1]s\" à %[2]s : un autre fichier a ce chemin ; choisissez un autre nom", "add evidence \"%[1]s\" to %[2]s: another file has that path; choose another name"},
		"refusal.evidence.size":    {"la taille %[1]s de \"%[2]s\" est hors limites", "size %[1]s of \"%[2]s\" is out of range"},
		"refusal.evidence.kind":    {"genre \"%[1]s\" de \"%[2]s\" : prenez un de ceux-ci : %[3]s", "kind \"%[1]s\" of \"%[2]s\": use one of %[3]s"},
		"refusal.evidence.path":    {"chemin d’élément \"%[1]s\" : prenez un chemin relatif simple, comme ci-logs/hook.log", "evidence path \"%[1]s\": use a clean relative path such as ci-logs/hook.log"},
		"refusal.evidence.many":    {"%[1]s éléments nommés à la fois, la limite est de %[2]s", "%[1]s pieces of evidence named at once, the limit is %[2]s"},
		"refusal.evidence.unknown": {"l’élément \"%[1]s\" n’a pas été ajouté à %[2]s", "evidence \"%[1]s\" has not been added to %[2]s"},

		"refusal.cause":    {"poser la cause \"%[1]s\" de %[2]s : %[3]s", "set cause \"%[1]s\" of %[2]s: %[3]s"},
		"refusal.cause.id": {"écrivez le nom comme C1, C2, …", "write the id as C1, C2, …"},

		"refusal.kind": {"genre \"%[1]s\" : prenez un de ceux-ci : %[2]s", "kind \"%[1]s\": use one of %[2]s"},

		"refusal.domain": {"domaine \"%[1]s\" : prenez un de ceux-ci : %[2]s", "domain \"%[1]s\": use one of %[2]s"},

		"refusal.cause.leads":             {"elle mène à %[1]s causes, la limite est de %[2]s", "it leads to %[1]s causes, the limit is %[2]s"},
		"refusal.cause.leads.else":        {"elle mène à \"%[1]s\", qui n’est pas une autre cause de la carte", "it leads to \"%[1]s\", which is not another cause of the map"},
		"refusal.cause.leads.not":         {"un élément dit qu’elle mène à \"%[1]s\", où elle ne mène pas", "evidence that it leads to \"%[1]s\", where it does not lead"},
		"refusal.cause.circle":            {"ses flèches tourneraient en rond : %[1]s ; une cause vient avant ce à quoi elle mène", "its arrows would go in a circle: %[1]s; a cause comes before what it leads to"},
		"refusal.cause.remove.none":       {"retirer la cause \"%[1]s\" de %[2]s : elle n’existe pas", "remove cause \"%[1]s\" of %[2]s: there is none of this name"},
		"refusal.cause.remove.hypothesis": {"retirer la cause %[1]s de %[2]s : l’hypothèse %[3]s porte sur elle", "remove cause %[1]s of %[2]s: hypothesis %[3]s is about it"},
		"refusal.cause.remove.led":        {"retirer la cause %[1]s de %[2]s : la cause %[3]s y mène", "remove cause %[1]s of %[2]s: cause %[3]s leads to it"},

		"refusal.why.next":    {"répondre au pourquoi %[1]s de %[2]s : le suivant est le %[3]s, le dernier est le 5", "answer why %[1]s of %[2]s: the next one is %[3]s, the last is 5"},
		"refusal.why.reaches": {"répondre au pourquoi %[1]s de %[2]s : il atteint \"%[3]s\" : prenez un de ceux-ci : %[4]s", "answer why %[1]s of %[2]s: it reaches \"%[3]s\": use one of %[4]s"},

		"refusal.hypothesis.id":     {"poser l’hypothèse \"%[1]s\" : écrivez le nom comme H1, H2, …", "state hypothesis \"%[1]s\": write the id as H1, H2, …"},
		"refusal.hypothesis.cause":  {"poser l’hypothèse %[1]s : il n’y a pas de cause \"%[2]s\"", "state hypothesis %[1]s: there is no cause \"%[2]s\""},
		"refusal.hypothesis.tested": {"changer l’hypothèse %[1]s : elle a été testée ; posez-en une autre", "change hypothesis %[1]s: it has been tested; state another one"},

		"refusal.test.none":    {"noter un test de l’hypothèse \"%[1]s\" de %[2]s : elle n’existe pas", "record a test of hypothesis \"%[1]s\" of %[2]s: there is none of this name"},
		"refusal.test":         {"noter un test de l’hypothèse %[1]s : %[2]s", "record a test of hypothesis %[1]s: %[2]s"},
		"refusal.test.shown":   {"noter un test de l’hypothèse %[1]s de %[2]s : ajoutez aux éléments ce qu’il a montré et nommez-le, ou dites-le non concluant", "record a test of hypothesis %[1]s of %[2]s: add what it showed to the evidence and name it, or call it inconclusive"},
		"refusal.test.result":  {"résultat \"%[1]s\" : prenez un de ceux-ci : %[2]s", "result \"%[1]s\": use one of %[2]s"},
		"refusal.test.numbers": {"%[1]s nombres, la limite est de %[2]s", "%[1]s numbers, the limit is %[2]s"},
		"refusal.test.number":  {"nombre \"%[1]s\" = %[2]s : il lui faut un nom et une valeur finie", "number \"%[1]s\" = %[2]s: it needs a name and a finite value"},

		"refusal.lesson-done.none": {"intégrer la leçon %[1]s de %[2]s : elle n’existe pas", "integrate lesson %[1]s of %[2]s: there is none of this number"},

		"refusal.link": {"lien \"%[1]s\" : prenez https://… ou un chemin du dépôt", "link \"%[1]s\": use https://… or a path of the repository"},

		"refusal.edit.marks": {"modifier le postmortem de %[1]s : des marques de conflit (%[2]s…, %[3]s…) restent dans le texte ; choisissez ce qui reste et enlevez-les", "edit the postmortem of %[1]s: marks of a conflict (%[2]s…, %[3]s…) are left in the text; choose what stays and take them out"},

		"refusal.write":       {"écrire le postmortem de %[1]s : %[2]s", "write the postmortem of %[1]s: %[2]s"},
		"refusal.write.entry": {"écrire le postmortem de %[1]s : l’entrée %[2]s du journal n’est pas une des siennes", "write the postmortem of %[1]s: entry %[2]s of the journal is none of its entries"},
		"refusal.write.title": {"le document est intitulé \"%[1]s\"", "the document is titled \"%[1]s\""},

		"refusal.overrule.none": {"passer outre le problème \"%[1]s\" de %[2]s : le lint ne le trouve plus", "overrule problem \"%[1]s\" of %[2]s: the lint finds no such problem now"},

		"refusal.approve.author": {"approuver le postmortem de %[1]s : ses auteurs ne l’approuvent pas", "approve the postmortem of %[1]s: its authors do not approve it"},

		"refusal.comment.section": {"commenter le postmortem de %[1]s : section \"%[2]s\" : prenez le nom d’une section, comme rca", "comment on the postmortem of %[1]s: section \"%[2]s\": use the name of one, as rca"},
		"refusal.comment.none":    {"traiter le commentaire %[1]s du postmortem de %[2]s : il n’existe pas", "resolve comment %[1]s on the postmortem of %[2]s: there is none of this number"},

		"refusal.gap.none":   {"changer le manque de données \"%[1]s\" de %[2]s : il n’existe pas", "change data gap \"%[1]s\" of %[2]s: there is none of this name"},
		"refusal.gap.closed": {"changer le manque de données %[1]s de %[2]s : il est clos", "change data gap %[1]s of %[2]s: it is closed"},
		"refusal.gap.due":    {"changer le manque de données %[1]s de %[2]s : échéance \"%[3]s\" : écrivez-la comme 2025-10-01", "change data gap %[1]s of %[2]s: due date \"%[3]s\": write it as 2025-10-01"},

		"refusal.gap-close.none": {"clore le manque de données \"%[1]s\" de %[2]s : il n’existe pas", "close data gap \"%[1]s\" of %[2]s: there is none of this name"},

		"refusal.map.many":  {"reprendre une carte causale dans %[1]s : %[2]s causes, la limite est de %[3]s", "take a map of causes into %[1]s: %[2]s causes, the limit is %[3]s"},
		"refusal.map.cause": {"reprendre une carte causale dans %[1]s : cause %[2]s : %[3]s", "take a map of causes into %[1]s: cause %[2]s: %[3]s"},
		"refusal.map":       {"reprendre une carte causale dans %[1]s : %[2]s", "take a map of causes into %[1]s: %[2]s"},

		"refusal.board.address": {"lier un tableau à %[1]s : %[2]s : prenez son adresse, qui commence par https://", "link a board to %[1]s: %[2]s: use its address, which begins with https://"},
		"refusal.board.picture": {"lier un tableau à %[1]s : ajoutez d’abord son image \"%[2]s\" aux éléments", "link a board to %[1]s: add its picture \"%[2]s\" to the evidence first"},

		"refusal.restrict":          {"restreindre le postmortem de %[1]s : %[2]s", "restrict the postmortem of %[1]s: %[2]s"},
		"refusal.restrict.evidence": {"restreindre le postmortem de %[1]s : il n’y a pas d’élément \"%[2]s\"", "restrict the postmortem of %[1]s: there is no evidence \"%[2]s\""},
		"refusal.restrict.nothing":  {"nommez les sections ou les éléments, ou les personnes", "name the sections or the evidence, or persons"},
		"refusal.restrict.many":     {"plus de %[1]s sections ou de %[2]s fichiers sont nommés", "more than %[1]s sections or %[2]s files are named"},
		"refusal.restrict.section":  {"la section \"%[1]s\" n’est jamais retenue : un postmortem dit au moins ce qui s’est passé", "section \"%[1]s\" is never withheld: a postmortem says at least what happened"},

		"refusal.judge.none":      {"juger la cause \"%[1]s\" de %[2]s : elle n’existe pas", "judge cause \"%[1]s\" of %[2]s: there is none of this name"},
		"refusal.judge.proven":    {"juger la cause %[1]s de %[2]s : un test l’a confirmée, ce qui n’a pas besoin de jugement", "judge cause %[1]s of %[2]s: a test has confirmed it, which needs no judgement"},
		"refusal.judge.disproven": {"juger la cause %[1]s de %[2]s : ses tests l’ont réfutée ; posez une autre hypothèse et testez-la", "judge cause %[1]s of %[2]s: its tests have refuted it; state another hypothesis and test it"},
		"refusal.judge.twice":     {"juger la cause %[1]s de %[2]s : vous l’avez fait ; il faut une autre personne", "judge cause %[1]s of %[2]s: you have; it takes another person"},

		"refusal.do.comment":         {"commenter le postmortem de %[1]s", "comment on the postmortem of %[1]s"},
		"refusal.do.comment-resolve": {"traiter un commentaire du postmortem de %[1]s", "resolve a comment on the postmortem of %[1]s"},

		"refusal.stage.draft":       {"modifiez la révision qu’il y a", "edit the revision that there is"},
		"refusal.stage.edited":      {"des personnes l’ont modifié ; reprenez ce que le journal dit depuis, section par section", "people have edited it; take in what the journal says since, section by section"},
		"refusal.stage.draft-first": {"rédigez-en d’abord le brouillon", "draft it first"},
		"refusal.stage.edit-first":  {"modifiez-le d’abord", "edit it first"},
		"refusal.stage.sent-back":   {"seul ce qui est soumis est renvoyé", "only what is submitted is sent back"},
		"refusal.stage.approved":    {"le Control Board l’a approuvé", "the board has approved it"},
		"refusal.stage.unsubmitted": {"il n’a pas été soumis", "it has not been submitted"},

		"refusal.revision": {"modifier la révision %[1]s du postmortem : la révision %[2]s a été écrite entre-temps ; réunissez les deux", "edit revision %[1]s of the postmortem: revision %[2]s has been written meanwhile; merge the two"},

		"refusal.lint": {"soumettre le postmortem de %[1]s : le lint trouve des problèmes (%[2]s), d’abord : %[3]s ; corrigez-les, ou passez outre chacun avec un motif", "submit the postmortem of %[1]s: the lint finds problems (%[2]s), the first: %[3]s; mend them, or overrule each with a reason"},

		"refusal.content": {"%[1]s : le contenu n’est plus celui de l’empreinte %[2]s ; lisez la révision %[3]s", "%[1]s: the content is no longer the one named by %[2]s; read revision %[3]s"},

		"refusal.room": {"ajouter à l’analyse %[1]s : il y en a %[2]s, la limite est de %[3]s", "add %[1]s to the analysis: there are %[2]s, the limit is %[3]s"},

		"refusal.arrow": {"%[1]s : il n’y a pas de cause \"%[2]s\"", "%[1]s: there is no cause \"%[2]s\""},

		"refusal.do.redact-file": {"caviarder l’élément \"%[2]s\" de %[1]s", "redact evidence \"%[2]s\" of %[1]s"},

		"refusal.redact.none":    {"ce fichier n’existe pas", "there is no such file"},
		"refusal.redact.changed": {"ce n’est plus ce que vous avez lu", "it is not what you have read any more"},
		"refusal.redact.same":    {"la copie est l’original", "the copy is the original"},
		"refusal.redact.size":    {"la taille est hors limites", "the size is out of range"},

		"refusal.room.evidence":   {"un élément", "evidence"},
		"refusal.room.cause":      {"une cause", "a cause"},
		"refusal.room.hypothesis": {"une hypothèse", "a hypothesis"},
		"refusal.room.lesson":     {"une leçon", "a lesson"},
		"refusal.room.overruled":  {"un problème écarté", "a problem overruled"},
		"refusal.room.comment":    {"un commentaire", "a comment"},
		"refusal.room.board":      {"un tableau", "a board"},

		"refusal.what.source":     {"la source", "the source"},
		"refusal.what.tool":       {"l’outil", "the tool"},
		"refusal.what.a-cause":    {"la cause", "the cause"},
		"refusal.what.question":   {"la question", "the question"},
		"refusal.what.stop":       {"la raison de s’arrêter", "the reason to stop"},
		"refusal.what.answer":     {"la réponse", "the answer"},
		"refusal.what.hypothesis": {"l’hypothèse", "the hypothesis"},
		"refusal.what.refute":     {"ce qui réfuterait l’hypothèse", "what would refute the hypothesis"},
		"refusal.what.method":     {"la méthode", "the method"},
		"refusal.what.missing":    {"ce qui manque", "what is missing"},
		"refusal.what.lesson":     {"la leçon", "the lesson"},
		"refusal.what.to-change":  {"ce qui est à changer", "what is to change"},
		"refusal.what.comment":    {"le commentaire", "the comment"},
		"refusal.what.shows":      {"ce qu’il montre", "what it shows"},
		"refusal.what.redaction":  {"le motif du caviardage", "the reason for the redaction"},
		"refusal.what.lifted":     {"pourquoi rien n’est retenu", "why nothing is withheld"},
		"refusal.what.withheld":   {"le motif de la retenue", "the reason for withholding"},
	}
}
