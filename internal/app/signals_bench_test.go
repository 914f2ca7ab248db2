package app

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/intake"
)

// benchSignals is one batch of the benchmark.
const benchSignals = 20_000

// benchTexts writes tickets of some two hundred bytes, French and English, one
// in four with personal data, no two alike.
func benchTexts(n int) []intake.Signal {
	chance := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields(`commande produit couleur photo livraison taille retour image colis qualité rouge bleu écran client
		service order picture size delivery colour parcel quality screen support refund website page account`)
	personal := []string{"", "", "", "06 12 34 56 %02d", "jane.roe%d@example.org", "+44 20 7946 09%02d", "FR76 3000 6000 0112 3456 7890 189 %d"}
	at := time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)
	list := make([]intake.Signal, n)
	for i := range list {
		base := plain
		if i%5 == 0 {
			base = angry
		}
		var b strings.Builder
		b.WriteString(base[chance.IntN(len(base))])
		for range 14 {
			b.WriteByte(' ')
			b.WriteString(words[chance.IntN(len(words))])
		}
		if p := personal[i%len(personal)]; p != "" {
			fmt.Fprintf(&b, ". Contact : "+p, i%90+10)
		}
		list[i] = intake.Signal{
			Source: "zendesk", SourceID: fmt.Sprint(i), At: at.Add(time.Duration(i) * time.Second), Text: b.String(),
		}
	}
	return list
}

// benchApp opens an app in a new folder.
func benchApp(b *testing.B) *App {
	b.Helper()
	config, err := Parse([]byte(`
pipelines: {catalogue: {reference: reference, delivered: delivered, class: product}}
onCall: {rotation: {members: [nora], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	clock := func() time.Time { return time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC) }
	a, err := New(b.Context(), Options{Dir: b.TempDir(), Config: config, Now: clock, Replayed: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkTakeSignals takes a batch in: validated, routed, masked, scored,
// stored and counted, in a new folder each time.
func BenchmarkTakeSignals(b *testing.B) {
	signals := benchTexts(benchSignals)
	for b.Loop() {
		b.StopTimer()
		a := benchApp(b)
		b.StartTimer()
		taken, err := a.takeFrom(b.Context(), signals)
		b.StopTimer()
		if err != nil || taken.Accepted != len(signals) {
			b.Fatalf("took %+v, %v", taken, err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(len(signals)*b.N)/b.Elapsed().Seconds(), "signals/s")
}
