package web

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/safelight-dev/safelight/internal/kpi"
	"github.com/safelight-dev/safelight/internal/paper"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/review"
)

// ReviewService is what the pages and the API of the quarterly review ask of the application.
type ReviewService interface {
	// Reviews lists the reviews of the last quarters that are over, the newest first.
	Reviews(context.Context) ([]ListedReview, error)
	// Review makes the pack of a quarter, as somebody may read it.
	Review(ctx context.Context, by people.Actor, quarter string) (review.Pack, error)
	// HoldReview records that a review was held.
	HoldReview(ctx context.Context, by people.Actor, h HeldReview) error
}

// ListedReview is the review of a quarter in the list.
type ListedReview struct {
	Quarter string           `json:"quarter"`
	DueAt   time.Time        `json:"dueAt"`
	Held    *review.HeldMark `json:"held,omitempty"`
}

// HeldReview is what somebody records of a review.
type HeldReview struct {
	Quarter string   `json:"quarter,omitempty"`
	On      string   `json:"on"`     // a day, as 2025-10-09
	People  []string `json:"people"` // logins
	Minutes string   `json:"minutes"`
}

// reviewsModel is the list.
type reviewsModel struct {
	frame
	List []ListedReview
	Next ListedReview // of the quarter that goes on
}

// State says how a review stands.
func (m reviewsModel) State(r ListedReview) string {
	switch {
	case r.Held != nil:
		return m.Say("review.state.held", r.Held.On)
	case m.Now.Before(r.DueAt):
		return m.Say("review.state.coming", r.DueAt.Format(time.DateOnly))
	}
	return m.Say("review.state.due", r.DueAt.Format(time.DateOnly))
}

// Late tells whether a review is due and not held.
func (m reviewsModel) Late(r ListedReview) bool { return r.Held == nil && !m.Now.Before(r.DueAt) }

// reviewModel is the pack of a quarter, and the form that records it as held.
type reviewModel struct {
	frame
	Pack   review.Pack
	Body   template.HTML
	People []option
	May    bool
	On     string
}

func (s *Server) reviewRoutes() []route {
	return []route{
		{"GET /reviews", person, 0, s.reviewsPage},
		{"GET /reviews/{name}", person, 0, s.reviewPage},
		{"POST /reviews/{name}/held", person, 0, s.holdReview},
	}
}

func (s *Server) reviewsPage(w http.ResponseWriter, v *visit) error {
	list, err := s.service.Reviews(v.Context())
	if err != nil {
		return err
	}
	now, _ := s.service.Now()
	q := kpi.QuarterOf(now)
	return s.render(w, "reviews", http.StatusOK, reviewsModel{s.frame(v, v.say("review.list")), list, ListedReview{Quarter: q.Name, DueAt: review.DueAt(q)}})
}

// reviewPage shows the pack of a quarter, or gives it as a file: 2025-Q3.md, 2025-Q3.zip.
func (s *Server) reviewPage(w http.ResponseWriter, v *visit) error {
	quarter, form, _ := strings.Cut(v.PathValue("name"), ".")
	pack, err := s.service.Review(v.Context(), v.actor(), quarter)
	if err != nil {
		return err
	}
	switch form {
	case "":
		return s.showReview(w, v, pack)
	case "md":
		attach(w, "text/markdown; charset=utf-8", "review-"+pack.Quarter.Name+".md")
		_, _ = w.Write([]byte(pack.Markdown(v.lang))) // the client may have gone
		return nil
	case "zip":
		b, err := zipped("review-"+pack.Quarter.Name, pack.Files(v.lang), pack.At)
		if err != nil {
			return err
		}
		attach(w, "application/zip", "review-"+pack.Quarter.Name+".zip")
		_, _ = w.Write(b) // the client may have gone
		return nil
	}
	return errNoPage
}

func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func zipped(folder string, files []review.File, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: folder + "/" + f.Name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = w.Write(f.Data)
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack %s: %w", folder, err)
	}
	return b.Bytes(), nil
}

func (s *Server) showReview(w http.ResponseWriter, v *visit, pack review.Pack) error {
	// The page has its title; the text's own headings go below it.
	_, text, _ := strings.Cut(pack.Markdown(v.lang), "\n")
	body, err := paper.Fragment([]byte(text), 0, paper.Map{})
	if err != nil {
		return err
	}
	now, _ := s.service.Now()
	m := reviewModel{
		frame: s.frame(v, v.say("review.title", pack.Quarter.Name)), Pack: pack, Body: body,
		May: v.actor().May(people.Author) && !now.Before(pack.Quarter.Until), On: now.UTC().Format(time.DateOnly),
	}
	persons, err := s.service.People(v.Context())
	if err != nil {
		return err
	}
	for _, p := range persons {
		if p.Actor().May(people.Read) {
			m.People = append(m.People, option{Value: p.Login, Label: p.Login, Selected: p.ID == v.who.ID})
		}
	}
	return s.render(w, "review", http.StatusOK, m)
}

func (s *Server) holdReview(w http.ResponseWriter, v *visit) error {
	quarter := v.PathValue("name")
	h := HeldReview{Quarter: quarter, On: v.PostFormValue("on"), People: v.PostForm["people"], Minutes: strings.ReplaceAll(v.PostFormValue("minutes"), "\r\n", "\n")}
	if err := s.service.HoldReview(v.Context(), v.actor(), h); err != nil {
		return err
	}
	return s.back(w, v, "/reviews/"+quarter, "review.recorded")
}

// reviews offers the reviews to programs.
func (a *api) reviews() {
	s := a.server.service
	get(a, "reviews", "/api/v1/reviews", func(ctx context.Context, _ *struct{}) ([]ListedReview, error) {
		list, err := s.Reviews(ctx)
		return append([]ListedReview{}, list...), err
	})
	operation := huma.Operation{OperationID: "hold-review", Method: http.MethodPost, Path: "/api/v1/reviews/{quarter}/held", DefaultStatus: http.StatusOK, MaxBodyBytes: formLimit}
	huma.Register(a.huma, operation, answering(a, func(ctx context.Context, in *struct {
		Quarter string `path:"quarter" maxLength:"10" doc:"as 2025-Q3"`
		Body    HeldReview
	}) (HeldReview, error) {
		in.Body.Quarter = in.Quarter
		return in.Body, s.HoldReview(ctx, visitIn(ctx).actor(), in.Body)
	}))
}
