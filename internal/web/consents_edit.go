package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/consent"
	"github.com/safelight-dev/safelight/internal/journal"
)

func (s *Server) newConsentPage(w http.ResponseWriter, v *visit) error {
	if err := consent.Keeps(v.actor()); err != nil {
		return err
	}
	usual := consent.Draft{Terms: consent.Terms{Kind: consent.Model, Level: consent.Limited, Type: consent.Expressed}}
	return s.render(w, "consentform", http.StatusOK, s.formOf(v, "", written{text: func(c consentField) string { return c.shown(usual) }}))
}

func (s *Server) addConsent(w http.ResponseWriter, v *visit) error {
	var d consent.Draft
	id := ""
	err := s.writeDraft(v, &d)
	if err == nil {
		id, err = s.consents.AddConsent(v.Context(), v.actor(), d)
	}
	if err != nil {
		return s.formAgain(w, v, "", err)
	}
	return s.back(w, v, "/consents/"+url.PathEscape(id), "consent.done.added")
}

func (s *Server) changeConsentPage(w http.ResponseWriter, v *visit) error {
	before, err := s.draftOf(v)
	if err != nil {
		return err
	}
	m := s.formOf(v, before.ID, written{text: func(c consentField) string { return c.shown(before.Draft) }})
	m.Seq = strconv.FormatInt(before.seq, 10)
	return s.render(w, "consentform", http.StatusOK, m)
}

func (s *Server) changeConsent(w http.ResponseWriter, v *visit) error {
	before, err := s.draftOf(v)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseInt(fields{v.PostForm}.text("seq"), 10, 64)
	if err != nil {
		return errForm
	}
	if err = s.writeDraft(v, &before.Draft); err == nil {
		err = s.consents.DecideConsent(v.Context(), v.actor(), before.ID, consent.Change{
			Terms: before.Terms, Values: before.Values, Reason: fields{v.PostForm}.text("reason"), Seq: seq,
		})
	}
	if err != nil {
		return s.formAgain(w, v, before.ID, err)
	}
	return s.back(w, v, "/consents/"+url.PathEscape(before.ID), "consent.done.changed")
}

// shownDraft is a record as a draft, and the entry that it stands at.
type shownDraft struct {
	consent.Draft
	seq int64
}

// draftOf reads the record that a page is about, for whoever may write it.
func (s *Server) draftOf(v *visit) (shownDraft, error) {
	if err := consent.Keeps(v.actor()); err != nil {
		return shownDraft{}, err
	}
	c, err := s.consents.Consent(v.Context(), v.actor(), v.PathValue("id"))
	if err != nil {
		return shownDraft{}, err
	}
	return shownDraft{consent.DraftOf(consent.Record{State: c.State, Values: *c.Values}), c.Seq}, nil
}

// writeDraft puts what was posted into a draft. A moment that was not touched stays as it is, to the second. Where
// something cannot be read, the error says what is wrong with the rest too.
func (s *Server) writeDraft(v *visit, d *consent.Draft) error {
	var faults consent.Faults
	for _, part := range consentParts() {
		for _, c := range part.all() {
			text := fields{v.PostForm}.text(c.column)
			if !v.PostForm.Has(c.column) || text == strings.TrimSpace(c.shown(*d)) {
				continue
			}
			var unread consent.Faults
			if err := d.Set(c.column, c.posted(text)); errors.As(err, &unread) {
				faults = append(faults, consent.Fault{Column: c.column, Says: unread[0].Says})
			} else if err != nil {
				return err
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	now, _ := s.service.Now()
	return append(faults, d.Check(now)...)
}

// formAgain shows the form with what was written and why it was not taken: nobody types thirty fields twice. What is no
// fault of the form is answered as everywhere.
func (s *Server) formAgain(w http.ResponseWriter, v *visit, id string, err error) error {
	if !errors.Is(err, journal.ErrInvalid) && !errors.Is(err, journal.ErrTooLarge) && !errors.Is(err, journal.ErrConflict) {
		return err
	}
	f := fields{v.PostForm}
	var faults consent.Faults
	errors.As(err, &faults)
	m := s.formOf(v, id, written{func(c consentField) string { return f.text(c.column) }, faults})
	m.Seq, m.Reason = f.text("seq"), f.text("reason")
	m.Title = m.Say("form.fault.title", m.Title)
	d := judge(err)
	m.Fault = m.Say(string(d.say))
	if len(m.Faults) > 0 {
		m.Fault = m.Say("form.faults", len(m.Faults))
	} else {
		m.Detail, m.In = d.detailOf(v.lang, err)
	}
	return s.render(w, "consentform", d.status, m)
}
