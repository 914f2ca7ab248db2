package phrase

// journalTexts holds the sentences on the journal: its verification, checkpoints and proofs.
func journalTexts() table {
	return table{
		"watch.finding.damaged":        {"Le journal est altéré à l’entrée %[2]s : lancez safelight journal verify et restaurez une sauvegarde.", "The journal is damaged at entry %[2]s: run safelight journal verify and restore a backup."},
		"watch.finding.unsigned":       {"Le journal ne contient plus, à partir de l’entrée %[2]s, ce que son dernier point de contrôle a signé : lancez safelight journal verify. Rien n’est signé d’ici là.", "From entry %[2]s on, the journal no longer holds what its last checkpoint signed: run safelight journal verify. Nothing is signed until then."},
		"watch.journal":                {"Journal", "Journal"},
		"watch.journal.lead":           {"Tout ce qui a été décidé y est, dans l’ordre. Chaque jour il est relu en entier ; un point de contrôle signé, gardé ailleurs, montre aussi une fin coupée ou une histoire réécrite.", "All that was decided stands in it, in order. It is read through each day; a signed checkpoint that is kept elsewhere also shows a tail that was cut or a history that was written anew."},
		"watch.journal.whole":          {"intact", "whole"},
		"watch.journal.problem":        {"altéré", "not whole"},
		"watch.journal.entries":        {"Entrées", "Entries"},
		"watch.journal.since":          {"Depuis", "Since"},
		"watch.journal.verified":       {"Relu en entier", "Read through"},
		"watch.journal.checkpoint":     {"Dernier point de contrôle", "Latest checkpoint"},
		"watch.journal.signed":         {"%[1]s entrées, signé le %[2]s", "%[1]s entries, signed at %[2]s"},
		"watch.journal.text":           {"Point de contrôle (C2SP tlog-checkpoint)", "Checkpoint (C2SP tlog-checkpoint)"},
		"watch.journal.key":            {"Clé publique qui le vérifie", "Public key that verifies it"},
		"page.effect.stamp-checkpoint": {"Horodatage d’un point de contrôle", "Timestamp of a checkpoint"},

		"page.effect.push": {"Envoi au dépôt distant", "Push to the remote repository"},

		"cli.journal.whole":           {"le journal est intact : %[1]s entrées, tête %[2]s", "the journal is whole: %[1]s entries, head %[2]s"},
		"cli.journal.checkpoints":     {"il contient les points de contrôle tenus contre lui : %[1]s ; le plus grand est de %[2]s entrées, signé par %[3]s", "it holds the checkpoints that it was held against: %[1]s; the largest is of %[2]s entries, signed by %[3]s"},
		"cli.journal.stamped":         {"horodaté le %[1]s par %[2]s", "timestamped at %[1]s by %[2]s"},
		"cli.journal.stamped.unknown": {"horodaté le %[1]s par %[2]s, dont le certificat n’a pas été vérifié (--tsa-roots)", "timestamped at %[1]s by %[2]s, whose certificate was not verified (--tsa-roots)"},
		"cli.journal.proven":          {"l’entrée %[1]s est dans le journal de %[2]s entrées que %[3]s a signé", "entry %[1]s is in the journal of %[2]s entries that %[3]s signed"},
		"cli.journal.grown":           {"le journal de %[2]s entrées que %[3]s a signé continue celui de l’ancien point de contrôle", "the journal of %[2]s entries that %[3]s signed continues that of the older checkpoint"},
		"cli.evidence.whole":          {"%[1]s : %[2]s preuves, toutes intactes", "%[1]s: %[2]s pieces of evidence, all whole"},
		"cli.evidence.problem":        {"%[1]s : %[2]s : %[3]s", "%[1]s: %[2]s: %[3]s"},

		"evidence.problem.missing":          {"le fichier manque dans le dossier", "the file is missing in the folder"},
		"evidence.problem.changed":          {"le fichier du dossier n’est pas celui que le journal nomme", "the file in the folder is not the one that the journal names"},
		"evidence.problem.surplus":          {"le journal ne connaît pas ce fichier du dossier", "the journal knows no such file of the folder"},
		"evidence.problem.kept-missing":     {"l’original manque dans .safelight/blobs", "the original is missing in .safelight/blobs"},
		"evidence.problem.kept-changed":     {"l’original dans .safelight/blobs a été altéré", "the original in .safelight/blobs was changed"},
		"evidence.problem.manifest-changed": {"manifest.json dit autre chose que le journal", "manifest.json says something else than the journal"},
		"evidence.problem.manifest-surplus": {"manifest.json nomme un fichier que le journal ne connaît pas", "manifest.json names a file that the journal does not know"},
		"evidence.problem.manifest-broken":  {"manifest.json ne se lit pas", "manifest.json cannot be read"},
	}
}
