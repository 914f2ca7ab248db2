package web

import (
	"net/http"
	"slices"
)

// access says whom a route is for.
type access int

const (
	person  access = iota // somebody who is signed in
	anyone                // a visitor too
	machine               // anyone, without a session being looked for
)

// Limits of request bodies.
const (
	formLimit     = 256 << 10 // three long fields, each byte escaped
	editLimit     = 4 << 20   // a document of 1 MiB, escaped
	evidenceLimit = 32 << 20  // one file of evidence
)

// route is one address with what it demands.
type route struct {
	pattern string
	who     access
	body    int64 // greatest body in bytes; 0 is formLimit
	serve   func(http.ResponseWriter, *visit) error
}

// signOut is the one route that every account may use.
const signOut = "POST /sign-out"

// routes is every page and form of the site; the API lists its own in api.go and verbs.go.
func (s *Server) routes() []route {
	return append(slices.Concat(s.quarantineRoutes(), s.findingsRoutes(), s.consentRoutes(), s.ackRoutes(), s.seenRoutes(), s.onCallRoutes(), s.watchRoutes(), s.rehearsalRoutes(), s.containRoutes(), s.runbookRoutes(), s.analysisRoutes(), s.roadmapRoutes(), s.knowledgeRoutes(), s.lessonRoutes(), s.retrospectiveRoutes(), s.kpiRoutes(), s.reviewRoutes()), []route{
		{"GET /{$}", anyone, 0, s.home},
		{"GET /sign-in", anyone, 0, s.signInPage},
		{"POST /sign-in", anyone, 0, s.signIn},
		{signOut, person, 0, s.signOut},

		{"GET /incidents", person, 0, s.incidents},
		{"POST /incidents", person, 0, s.declare},
		{"GET /incidents/new", person, 0, s.declarePage},
		{"GET /incidents/{id}", person, 0, s.incident},
		{"GET /incidents/{id}/document/{format}", person, 0, s.document},
		{"GET /incidents/{id}/live", person, 0, s.incidentLive},
		{"GET /incidents/{id}/pages", person, 0, s.ledgerPage},
		{"GET /clocks", person, 0, s.clocksPage},
		{"GET /clocks.csv", person, 0, s.clocksCSV},
		{"GET /incidents/{id}/blobs/{sha256}", person, 0, s.blob},
		{"POST /incidents/{id}/evidence", person, evidenceLimit + formLimit, s.uploadEvidence},
		{"POST /incidents/{id}/redact-evidence", person, evidenceLimit + formLimit, s.uploadRedacted},
		{"POST /incidents/{id}/edit-postmortem", person, editLimit, s.editPostmortem},
		{"POST /incidents/{id}/{verb}", person, 0, s.command},

		{"GET /rules", person, 0, s.rulesPage},
		{"GET /rules/{id}", person, 0, s.rulePage},

		{"GET /alerts", person, 0, s.ifAlerts(s.alertsPage)},
		{"GET /alerts/silence", person, 0, s.ifAlerts(s.silencePage)},
		{"POST /alerts/silence", person, 0, s.ifAlerts(s.setSilence)},
		{"POST /alerts/silences/{id}/end", person, 0, s.ifAlerts(s.endSilence)},
		{"GET /alerts/maintenance", person, 0, s.ifAlerts(s.maintenancePage)},
		{"POST /alerts/maintenance", person, 0, s.ifAlerts(s.planMaintenance)},

		{"GET /signals", person, 0, s.signalsPage},
		{"POST /signals/erase", person, 0, s.eraseSignal},
		{"GET /signals/verifications", person, 0, s.verificationsPage},
		{"GET /signals/verifications/{id}", person, 0, s.verificationPage},
		{"POST /signals/verifications/{id}/confirm", person, 0, s.confirmVerification},
		{"POST /signals/verifications/{id}/dismiss", person, 0, s.dismissVerification},
		{"POST /signals/verifications/{id}/note", person, 0, s.noteVerification},

		{"GET /postmortems", person, 0, s.publications},
		{"GET " + feedPath, anyone, 0, s.publicationFeed},
		{"GET /postmortems/{name}", person, 0, s.publication},

		{"GET /static/{file}", machine, 0, s.static},
		{"GET /-/healthy", machine, 0, s.healthy},
		{"GET /-/ready", machine, 0, s.ready},
	}...)
}
