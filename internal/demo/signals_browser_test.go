package demo_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/intake"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/trend"
	"github.com/safelight-dev/safelight/internal/web"
)

// helpdesk is an app with two months of tickets, on a clock that stands still.
type helpdesk struct {
	*app.App
	t   *testing.T
	now time.Time
	url string
}

const helpdeskConfig = `
pipelines:
  catalogue: {reference: reference, delivered: delivered, class: product}
  vignettes: {reference: reference, delivered: vignettes, class: thumbnail}
signals:
  route:
    - {pipeline: vignettes, words: [vignette]}
  default: catalogue
onCall: {rotation: {members: [nora], handOff: "monday 09:00", every: weekly, timeZone: Europe/Paris, start: "2025-01-06"}}
`

func openHelpdesk(t *testing.T) *helpdesk {
	t.Helper()
	d := &helpdesk{t: t, now: time.Date(2025, 9, 27, 9, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	for _, folder := range []string{"reference", "delivered", "vignettes"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config, err := app.Parse([]byte(helpdeskConfig), dir)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d.App, err = app.New(t.Context(), app.Options{Dir: dir, Config: config, Now: func() time.Time { return d.now }, Replayed: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddPerson(t.Context(), people.Person{Login: "nora", Name: "Nora Petit", Role: people.Responder}, password); err != nil {
		t.Fatal(err)
	}
	site, err := web.New(web.Options{Service: d.App, Signals: d.App, Sessions: d.Store().Sessions(), Log: log, InsecureCookies: true, Mounts: d.Mounts(), OpenLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site.Handler())
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// hear takes the tickets of some days in, the last of which is today: of the
// catalogue and of its thumbnails, with the given shares of angry ones.
func (d *helpdesk) hear(from, until int, shares map[string]float64) {
	d.t.Helper()
	chance := rand.New(rand.NewPCG(11, uint64(from)))
	angry := []string{
		"La robe rouge est arrivée orange, les couleurs du site sont horribles. Appelez-moi au 06 12 34 56 78",
		"Photo affreuse, on dirait une contrefaçon, je suis très déçue", "The colours are terrible, nothing like the product I received",
		"Awful %[1]s, I will never buy here again, mail me at jane.roe@example.org", "C’est un scandale, le produit ne ressemble pas du tout à la photo",
	}
	calm := []string{
		"Bonjour, où trouver la facture de la commande 48213 ?", "Which size is shown in the picture?", "Merci, les photos sont superbes",
		"Quand la livraison est-elle prévue ?", "Could you add a %[1]s from behind?",
	}
	_, err := d.TakeSignals(d.t.Context(), func(yield func(intake.Told) bool) {
		for day := from; day <= until; day++ {
			for _, pipeline := range []string{"catalogue", "vignettes"} {
				for i := range 30 + chance.IntN(16) {
					texts := calm
					if chance.Float64() < shares[pipeline] {
						texts = angry
					}
					text := strings.ReplaceAll(texts[chance.IntN(len(texts))], "%[1]s", "picture")
					at := d.now.Truncate(24*time.Hour).AddDate(0, 0, day).Add(time.Duration(7*60+chance.IntN(12*60)) * time.Minute)
					if at.After(d.now) {
						continue
					}
					s := intake.Signal{Source: "zendesk", Pipeline: pipeline, SourceID: fmt.Sprint(pipeline, day, i), At: at, Text: text, URL: fmt.Sprintf("https://shop.zendesk.com/agent/tickets/%d", 9000+i)}
					if !yield(intake.Told{Signal: s, History: true}) {
						return
					}
				}
			}
		}
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestQueueInTheBrowser decides two alarms with the mouse: one is confirmed and
// becomes an incident, one is dismissed with a reason.
func TestQueueInTheBrowser(t *testing.T) {
	t.Parallel()
	d := openHelpdesk(t)
	d.hear(-60, -4, map[string]float64{"catalogue": 0.15, "vignettes": 0.15})
	d.hear(-3, 0, map[string]float64{"catalogue": 0.5, "vignettes": 0.45})
	opened, err := d.JudgeSignals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, id := range opened {
		v, err := d.Verification(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if v.Metric == trend.NegativeShare {
			of[v.Pipeline] = id
		}
	}
	if of["catalogue"] == "" || of["vignettes"] == "" {
		t.Fatalf("the charts opened %v, want one of each pipeline", opened)
	}
	b := openBrowser(t, d.url)
	b.signIn("nora", password)
	b.visit("/signals")
	b.wants("Signaux utilisateurs", of["catalogue"], "Part de négatifs", "alarme", "[PHONE_NUMBER]", "lexicon-")
	if body := b.body(); strings.Contains(body, "06 12 34") || strings.Contains(body, "jane.roe") {
		t.Error("the page shows personal data")
	}
	b.shot("signals")
	b.visit("/signals/verifications/" + of["catalogue"])
	b.wants("Ce que disent les chiffres", "Les textes les plus négatifs", "Confirmer", "Écarter")
	b.shot("verification")
	b.do(chromedp.SetValue(chromedp.CSS("#confirm-title"), "Robe rouge livrée orange"))
	b.press("form[action$='/confirm'] button.primary")
	b.wants("Robe rouge livrée orange", "la vérification est confirmée", of["catalogue"], "signals/"+of["catalogue"]+".csv")
	b.shot("verification-incident")
	incident := value[string](b, "location.pathname")
	b.visit("/signals/verifications/" + of["catalogue"])
	b.wants("Confirmée par Nora Petit")
	b.press("a[href='" + incident + "']")
	b.visit("/signals/verifications/" + of["vignettes"])
	b.do(chromedp.SendKeys(chromedp.CSS("#dismiss-reason"), "Une lettre d’information est partie hier"))
	b.press("form[action$='/dismiss'] button")
	b.wants("l’alarme est écartée", "Une lettre d’information est partie hier", "confirmées 1 sur 2 décidées")
	b.shot("verifications")
	b.visit("/signals?lang=en&label=negative")
	b.wants("User signals", "Recent signals", "negative")
	b.shot("signals-en")
	if n := value[int](b, `document.querySelectorAll("h1").length`); n != 1 {
		t.Errorf("the page has %d h1, want one", n)
	}
	if v, err := d.Verification(t.Context(), of["vignettes"]); err != nil || v.Status != intake.StatusDismissed {
		t.Errorf("the second verification is %+v, %v; want it dismissed", v, err)
	}
}
