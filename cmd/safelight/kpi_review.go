package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/review"
	"github.com/safelight-dev/safelight/internal/web"
)

// maxMinutesFile bounds the file of the minutes, in bytes; the domain has its own, smaller limit.
const maxMinutesFile = 1 << 20

// kpiReview writes the pack of a quarter's review into a folder: from the journal and reports.csv, or from reports.csv alone.
func (c *cli) kpiReview(ctx context.Context, args []string) error {
	f := newReadFlags("kpi review [--quarter 2025-Q3] [--out FOLDER] [--lang fr|en] [--reports FILE] [--dir D] [--json]")
	quarter := f.String("quarter", "", "flag.review.quarter")
	out := f.String("out", "", "flag.review.out")
	lang := f.String("lang", "", "flag.review.lang")
	reports := f.String("reports", "", "flag.review.reports")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	l := c.lang()
	switch *lang {
	case "fr", "en":
		l = phrase.Lang(*lang)
	case "":
	default:
		return misuse(f.usage, "lang")
	}
	pack, err := reviewPack(ctx, *f.dir, *reports, *quarter)
	if err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, web.FiguresOf(pack.Now, l))
	}
	folder := *out
	if folder == "" {
		folder = "review-" + pack.Quarter.Name
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of the review: %w", inputError(err))
	}
	for _, file := range pack.Files(l) {
		if err := app.WriteFile(filepath.Join(folder, file.Name), file.Data); err != nil {
			return inputError(err)
		}
		fmt.Fprintln(c.stdout, filepath.Join(folder, file.Name))
	}
	return nil
}

// reviewPack makes the pack of a quarter; of the last one that is over where none is named.
func reviewPack(ctx context.Context, dir, reports, quarter string) (review.Pack, error) {
	if reports == "" {
		r, err := app.NewReader(ctx, dir)
		if err != nil {
			return review.Pack{}, err
		}
		defer r.Close()
		if quarter == "" {
			quarter = review.Last(r.Now()).Name
		}
		return r.Review(ctx, quarter)
	}
	rows, err := app.ReadReports(reports)
	if err != nil {
		return review.Pack{}, inputError(err)
	}
	in := review.Input{At: time.Now().UTC(), Rows: rows, Owner: func(id people.ID) string { return string(id) }}
	if in.Quarter = review.Last(in.At); quarter != "" {
		if in.Quarter, err = review.QuarterNamed(quarter); err != nil {
			return review.Pack{}, err
		}
	}
	return review.New(in)
}

// kpiHeld records that the review of a quarter was held.
func (c *cli) kpiHeld(ctx context.Context, args []string) error {
	f := newWriteFlags("kpi held QUARTER --on DAY --people LOGIN,… --minutes FILE [--as LOGIN] [--dir D] [--json]")
	on := f.String("on", "", "flag.review.on")
	who := f.String("people", "", "flag.review.people")
	minutes := f.String("minutes", "", "flag.review.minutes")
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	h := web.HeldReview{Quarter: rest[0], On: *on, People: strings.FieldsFunc(*who, func(r rune) bool { return r == ',' || r == ' ' })}
	if *minutes != "" {
		b, err := c.readInput(*minutes, maxMinutesFile)
		if err != nil {
			return err
		}
		h.Minutes = string(b)
	}
	w, err := c.writer(ctx, f)
	if err != nil {
		return err
	}
	if err := errors.Join(w.holdReview(ctx, h), w.close()); err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, h)
	}
	_, err = fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.review.held", h.Quarter, h.On))
	return err
}

func (l *local) holdReview(ctx context.Context, h web.HeldReview) error {
	return l.app.HoldReview(ctx, l.by, h)
}

func (r *remote) holdReview(ctx context.Context, h web.HeldReview) error {
	_, err := r.post(ctx, "/api/v1/reviews/"+url.PathEscape(h.Quarter)+"/held", h)
	return err
}
