// Package web serves the pages and the API.
//
// It knows the application by [Service] alone. One page is one file: its
// handler, its typed model and the name of its template stand together
// (kpis.go and templates/kpis.html); what may be requested at all is the list
// in routes.go.
//
//	routes.go    the one list of addresses
//	server.go    New, Handler: sessions, headers, the way of a request
//	visit.go     who is asking, in which language
//	guard.go     cross-origin requests, CSRF tokens, the rate of sign-ins
//	errors.go    the one table from an error's kind to status and sentence
//	render.go    templates, read once at the start
//	forms.go     the fields of a form become a command of the domain
//	verbs.go     the commands by name, shared by API and command line
//	api.go       the JSON API
//
// # A request
//
// Headers are set, a panic becomes a page, a request from another site is
// refused, then the mux finds the route. The route's wrapper loads the
// session, bounds the body, demands a person (unless the route is for
// everybody) and, for a form, its CSRF token. The handler returns an error or
// writes; every successful form ends with a redirect (303) and a flash message.
//
// # What a page may contain
//
// Everything is written by html/template, so all text of people is escaped.
// Markdown is rendered without raw HTML. There is no inline script or style:
// the Content-Security-Policy forbids both. Without JavaScript everything
// works; with it, clocks count and the page of an incident refreshes itself.
package web
