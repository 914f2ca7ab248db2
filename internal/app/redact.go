package app

import (
	"context"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/repository"
)

// redactor gives a document as everybody may read it; whole where nothing is withheld.
func (a *App) redactor(ctx context.Context, r *postmortem.Restriction) func(postmortem.Document) (postmortem.Document, error) {
	return func(d postmortem.Document) (postmortem.Document, error) {
		if r == nil {
			return d, nil
		}
		names, err := a.personNames(ctx)
		if err != nil {
			return d, err
		}
		return d.Redact(*r, names)
	}
}

// personNames gives all that accounts are called by.
func (a *App) personNames(ctx context.Context) ([]string, error) {
	records, err := a.store.Persons(ctx)
	var names []string
	for _, p := range records {
		for _, name := range []string{p.Name, p.Login, p.Email} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names, err
}

// writer is the author of a commit, who is nobody where persons are withheld.
func (a *App) writer(ctx context.Context, id people.ID, r *postmortem.Restriction) repository.Person {
	if r != nil && r.Persons {
		return repository.Person{Name: a.config.Git.Name, Email: a.config.Git.Email}
	}
	return a.author(ctx, id)
}
