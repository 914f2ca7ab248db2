package postmortem

import (
	"slices"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/phrase"
)

const impactFile = `# Incident PM-2025-09-27-01
## Contexte
- Détecté : 2025-09-27 04:12 UTC
- Sévérité : S1
- Impact : Hors budget depuis 02:58 UTC : 4 200 sur 12 000 images contrôlées, pire ΔE00 9,40, sur 2 routes. Au moins 13 001 réponses ont porté une image touchée : les journaux lus ne disent pas tout. Le dommage continue : rien n’est contenu.
- Parties prenantes : Marketing, Legal, SRE
## Impact
- Dépôt : n° 1, 2025-09-27 04:22 UTC
- Dommage : continue
- Contrôles comptés : 2025-09-27 02:52 UTC – 2025-09-27 04:22 UTC
- Images contrôlées : 12 000
- Images hors budget : 4 200
- Images hors budget ΔE00 : 4 187
- Images hors palette de marque : 4 200
- ΔE00 médian : 5,21
- ΔE00 p95 de la pire image : 9,4
- Pire image : shoes/0042.jpg
- Première image déviée : 2025-09-27 02:58 UTC
- Pipelines : catalogue, thumbs
- Routes : shop, small
- Pipelines contrôlés sans ce défaut : 3
- Diffusions touchées : 13 001
- Images que le client avait déjà (304) : 412
- Méthode : CIEDE2000

| Pipeline | Routes | Contrôlées | Touchées | Part (%) | Avant (%) | Comptage | ΔE00 médian | Pire ΔE00 | Première mauvaise | Dernière bonne |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| catalogue | shop | 8 000 | 3 000 | 37,5 | 0 | oui | 5,1 | 9,4 | 2025-09-27 02:58 UTC shoes/0001.jpg | 2025-09-27 02:57 UTC shoes/0000.jpg |
| hero |  | 100 | 7 | 7 | 6 | non, comme avant | 3 | 4 |  |  |

| Classe | Contrôlées | Touchées | Part (%) |
| --- | --- | --- | --- |
| product | 8 000 | 3 000 | 37,5 |

| Logiciel | Modèle | Contrôlées | Touchées | Part (%) |
| --- | --- | --- | --- | --- |
| – | diffusion \| 2 | 9 000 | 4 200 | 46,7 |
| … | … | 1 000 | 0 | 0 |

| Journal d’accès | Route | 200 | 206 | 304 | Comptage | Lignes illisibles | Remarque |
| --- | --- | --- | --- | --- | --- | --- | --- |
| gateway | shop | 40 | 0 | 0 | non, vu plus loin | 0 |  |
| front | shop | 13 000 | 1 | 412 | oui | 3 | unpack a: no; begins 2025-09-27 03:00 UTC |
`

// TestImpactFile has each byte of the report that is committed before there is a draft, and reads it back without loss.
func TestImpactFile(t *testing.T) {
	t.Parallel()
	at := func(minutes int) *time.Time {
		v := time.Date(2025, 9, 27, 4, 12, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
		return &v
	}
	deliveries, unchanged := 13001, 412
	s := incident.State{
		ID: "PM-2025-09-27-01", DetectedAt: *at(0), Severity: "S1", Opened: incident.Opened{Stakeholders: []string{"Marketing", "Legal", "SRE"}},
		Filings: []incident.Filing{{Mark: incident.Mark{At: *at(10)}, Number: 1}},
		Impact: &incident.Impact{
			Checked: 12000, Affected: 4200, OverDeltaE: 4187, OverPalette: 4200, MedianDelta: 5.21, WorstDelta: 9.4, WorstPath: "shoes/0042.jpg",
			FirstBad: at(-74), Pipelines: []string{"catalogue", "thumbs"}, Routes: []string{"shop", "small"}, Deliveries: &deliveries,
			Method: "CIEDE2000", Since: at(-80), Until: at(10), Ongoing: true, Quiet: 3,
			ByPipeline: []incident.PipelineImpact{
				{Pipeline: "catalogue", Routes: []string{"shop"}, Checked: 8000, Affected: 3000, MedianDelta: 5.1, WorstDelta: 9.4,
					FirstBad: &incident.ImageAt{Path: "shoes/0001.jpg", At: *at(-74)}, LastGood: &incident.ImageAt{Path: "shoes/0000.jpg", At: *at(-75)}},
				{Pipeline: "hero", Checked: 100, Affected: 7, MedianDelta: 3, WorstDelta: 4, EarlierChecked: 100, EarlierAffected: 6, AsBefore: true},
			},
			Unchanged: &unchanged, Logs: []incident.DeliveryLog{
				{Log: "gateway", Route: "shop", Full: 40},
				{Log: "front", Route: "shop", Full: 13000, Partial: 1, Unchanged: 412, Counted: true, Damaged: 3, Begins: at(-72), Problem: "unpack a: no"},
			},
			ByClass:   []incident.Share{{Class: "product", Checked: 8000, Affected: 3000}},
			ByVersion: []incident.Share{{Model: "diffusion | 2", Checked: 9000, Affected: 4200}, {Others: true, Checked: 1000}},
		},
	}
	doc := ImpactDocument(Draft(DraftInput{Lang: phrase.French, Incident: s}), s)
	got := string(doc.Markdown(phrase.French))
	if got != impactFile {
		t.Errorf("the file is\n%s\nwant\n%s", got, impactFile)
	}
	again, err := Parse([]byte(got))
	if err != nil || string(again.Markdown(phrase.French)) != got || !slices.Contains(again.Sections, Section{Field: FieldImpact}) || again.Impact.ByPipeline[1].Counted != AsBefore {
		t.Errorf("read back it is %+v, %v", again.Impact, err)
	}
	english := string(doc.Markdown(phrase.English))
	if again, err := Parse([]byte(english)); err != nil || again.Impact.Harm != Ongoing || len(again.Impact.ByVersion) != 2 || again.Impact.ByPipeline[0].Share != 37.5 {
		t.Errorf("in English it is read back as %+v, %v:\n%s", again.Impact, err, english)
	}
}
