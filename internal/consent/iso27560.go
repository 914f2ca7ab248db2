package consent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// SchemaVersion is what exported records say in schema_version: the structure
// of ISO/IEC TS 27560:2023 with our extension of it, version 1.
const SchemaVersion = "ISO/IEC TS 27560:2023 safelight/1"

// The form of an exported record follows: the field names of ISO/IEC TS
// 27560:2023 (clause 6: record header, PII processing, party identification,
// event), values by terms of DPV 2 where it has them. What the standard has no
// field for stands below "safelight", and images' terms below "plus".

type isoRecord struct {
	Context       map[string]string `json:"@context,omitempty"`
	SchemaVersion string            `json:"schema_version"`
	RecordID      string            `json:"record_id"`
	PrincipalID   string            `json:"pii_principal_id"`
	Processing    isoProcessing     `json:"pii_processing"`
	Parties       []isoParty        `json:"party_identification"`
	Events        []isoEvent        `json:"event"`
	Plus          isoPlus           `json:"plus"`
	Ours          *Draft            `json:"safelight,omitempty"`
}

type isoProcessing struct {
	Notice   string       `json:"privacy_notice,omitempty"`
	Language string       `json:"language,omitempty"`
	Purposes []isoPurpose `json:"purposes"`
}

type isoPurpose struct {
	Purpose      string   `json:"purpose"`
	Type         string   `json:"purpose_type"`
	LawfulBasis  string   `json:"lawful_basis"`
	Information  []isoPII `json:"pii_information"`
	Controllers  []string `json:"pii_controllers"`
	Method       string   `json:"collection_method,omitempty"`
	Services     []string `json:"services,omitempty"` // channels
	Restrictions []string `json:"geographic_restrictions,omitempty"`
	Withdrawal   string   `json:"withdrawal_method,omitempty"`
}

type isoPII struct {
	Type string `json:"pii_type"`
}

type isoParty struct {
	ID      string `json:"party_id"`
	Name    string `json:"party_name,omitempty"`
	Contact string `json:"party_contact,omitempty"`
	Role    string `json:"party_role"`
}

type isoEvent struct {
	Time     time.Time `json:"event_time"`
	Duration string    `json:"validity_duration,omitempty"`
	Entity   string    `json:"entity_id,omitempty"`
	Type     string    `json:"event_type"`
	State    string    `json:"event_state"`
}

type isoPlus struct {
	ModelRelease    ReleaseStatus `json:"ModelReleaseStatus,omitempty"`
	ModelIDs        []string      `json:"ModelReleaseID,omitempty"`
	PropertyRelease ReleaseStatus `json:"PropertyReleaseStatus,omitempty"`
	PropertyIDs     []string      `json:"PropertyReleaseID,omitempty"`
	Age             Age           `json:"MinorModelAgeDisclosure,omitempty"`
	DataMining      DataMining    `json:"DataMining,omitempty"`
}

// controllerID names the controller within a record: values are named by their owners only.
const controllerID = "controller"

// purposeTypes are the terms of DPV for uses that it knows; others are purposes without more.
func purposeType(use string) string {
	first, _, _ := strings.Cut(use, "/")
	switch first {
	case "advertising":
		return "dpv:Advertising"
	case "marketing":
		return "dpv:Marketing"
	case "social":
		return "dpv:SocialMediaMarketing"
	case "press", "public-relations":
		return "dpv:PublicRelations"
	case "e-commerce", "shop":
		return "dpv:SellProducts"
	case "research":
		return "dpv:ResearchAndDevelopment"
	}
	return "dpv:Purpose"
}

func (t Type) basis() string {
	switch t {
	case Explicit:
		return "dpv:ExplicitlyExpressedConsent"
	case Implied:
		return "dpv:ImpliedConsent"
	}
	return "dpv:ExpressedConsent"
}

// status is the dpv:ConsentStatus of a record.
func (s Standing) status() string {
	switch s {
	case Expired:
		return "dpv:ConsentExpired"
	case Withdrawn:
		return "dpv:ConsentWithdrawn"
	case Denied:
		return "dpv:ConsentRefused"
	case Gone:
		return "dpv:ConsentInvalidated"
	}
	return "dpv:ConsentGiven"
}

func isoOf(r Record, now time.Time) isoRecord {
	d := DraftOf(r)
	i := isoRecord{
		Context:       map[string]string{"dpv": "https://w3id.org/dpv#", "plus": "http://ns.useplus.org/ldf/xmp/1.0/"},
		SchemaVersion: SchemaVersion, RecordID: r.ID, PrincipalID: r.Subject, Ours: &d,
		Processing: isoProcessing{Notice: r.Notice, Language: r.Language, Purposes: []isoPurpose{}},
		Events:     r.isoEvents(now), Parties: r.isoParties(), Plus: r.isoPlus(),
	}
	for _, use := range r.Uses {
		i.Processing.Purposes = append(i.Processing.Purposes, isoPurpose{
			Purpose: use, Type: purposeType(use), LawfulBasis: r.Type.basis(), Information: []isoPII{{"dpv:PersonalData"}},
			Controllers: []string{controllerID}, Method: r.Method, Services: r.Channels, Restrictions: r.Territories,
		})
	}
	return i
}

func (r Record) isoEvents(now time.Time) []isoEvent {
	given := isoEvent{Time: r.GivenAt, Entity: r.Subject, Type: r.Type.basis(), State: "dpv:ConsentGiven", Duration: durationOf(r.ValidFrom, r.ValidUntil)}
	if r.Guardian != "" {
		given.Entity = r.Guardian
	}
	if r.Level == Refused {
		given.State = "dpv:ConsentRefused"
	}
	events := []isoEvent{given}
	switch standing := r.Standing(now); {
	case r.Revoked != nil:
		events = append(events, isoEvent{Time: r.RevokedSince, Entity: r.Subject, Type: r.Type.basis(), State: "dpv:ConsentWithdrawn"})
	case standing == Expired:
		events = append(events, isoEvent{Time: r.ValidUntil, Type: r.Type.basis(), State: standing.status()})
	}
	if r.Erased != nil {
		events = append(events, isoEvent{Time: r.Erased.At, Type: r.Type.basis(), State: Gone.status()})
	}
	return events
}

// durationOf writes a period as ISO 8601 has it.
func durationOf(from, until time.Time) string {
	if until.IsZero() {
		return ""
	}
	d := until.Sub(from)
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("P%dD", int64(d/(24*time.Hour)))
	}
	return fmt.Sprintf("PT%dS", int64(d/time.Second))
}

func (r Record) isoParties() []isoParty {
	parties := []isoParty{{r.Subject, r.Values.Name, r.Values.Contact, "dpv:DataSubject"}}
	if r.Guardian != "" {
		parties = append(parties, isoParty{r.Guardian, r.Values.GuardianName, r.Values.GuardianContact, "dpv:GuardianOfDataSubject"})
	}
	return append(parties, isoParty{controllerID, r.Values.Controller, "", "dpv:DataController"})
}

func (r Record) isoPlus() isoPlus {
	p := isoPlus{Age: r.Age, DataMining: r.DataMining()}
	if r.Kind == Property {
		p.PropertyRelease, p.PropertyIDs = r.Release(), r.Values.Releases
	} else {
		p.ModelRelease, p.ModelIDs = r.Release(), r.Values.Releases
	}
	return p
}

// WriteJSON writes records as consent records of ISO/IEC TS 27560:2023.
func WriteJSON(w io.Writer, records []Record, now time.Time) error {
	list := make([]isoRecord, len(records))
	for i, r := range records {
		list[i] = isoOf(r, now)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(list); err != nil {
		return fmt.Errorf("write the consents: %w", err)
	}
	return nil
}

// ReadJSON reads consent records: one or an array of them. What [WriteJSON]
// wrote is read to the letter; of others, what the fields of the standard say.
func ReadJSON(text []byte) ([]Draft, error) {
	if len(text) > MaxImport {
		return nil, fmt.Errorf("read consents of %d bytes, the limit is %d: %w", len(text), MaxImport, journal.ErrTooLarge)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	var list []isoRecord
	var err error
	if bytes.HasPrefix(text, []byte("{")) {
		list = make([]isoRecord, 1)
		err = json.Unmarshal(text, &list[0])
	} else {
		err = json.Unmarshal(text, &list)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read consents: %w: %w", err, journal.ErrInvalid)
	case len(list) > MaxRecords:
		return nil, fmt.Errorf("read consents: more than %d: import them in parts: %w", MaxRecords, journal.ErrTooLarge)
	}
	drafts := make([]Draft, len(list))
	for i, r := range list {
		if drafts[i], err = r.draft(); err != nil {
			return nil, fmt.Errorf("read consent %d: %w", i+1, err)
		}
	}
	return drafts, nil
}

// draft reads a record of ours by its extension, one of others by the fields of the standard.
func (i isoRecord) draft() (Draft, error) {
	if i.Ours != nil {
		return *i.Ours, nil
	}
	if len(i.Events) == 0 {
		return Draft{}, errors.Join(fmt.Errorf("it has no event, so that nothing says whether consent was given: %w", journal.ErrInvalid))
	}
	d := Draft{ID: i.RecordID}
	d.External, d.Notice, d.Language = i.RecordID, i.Processing.Notice, i.Processing.Language
	if IsSubject(i.PrincipalID) {
		d.Subject = i.PrincipalID
	}
	i.scope(&d)
	i.parties(&d)
	d.Releases, d.Age = slices.Concat(i.Plus.ModelIDs, i.Plus.PropertyIDs), i.Plus.Age
	if i.Plus.PropertyRelease != "" || len(i.Plus.PropertyIDs) > 0 {
		d.Kind = Property
	}
	return d, i.history(&d)
}

// scope reads the purposes. A record has one scope, so what the purposes do
// not all grant is not granted.
func (i isoRecord) scope(d *Draft) {
	d.Type = Expressed
	for n, p := range i.Processing.Purposes {
		d.Uses = append(d.Uses, p.Purpose)
		if n == 0 {
			d.Channels, d.Territories, d.Method = p.Services, p.Restrictions, p.Method
		} else {
			d.Channels, d.Territories = both(d.Channels, p.Services), both(d.Territories, p.Restrictions)
		}
		switch p.LawfulBasis {
		case Explicit.basis():
			d.Type = Explicit
		case Implied.basis():
			d.Type = Implied
		}
	}
}

func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}

func (i isoRecord) parties(d *Draft) {
	for _, p := range i.Parties {
		switch p.Role {
		case "dpv:DataSubject":
			d.Name, d.Contact = p.Name, p.Contact
		case "dpv:GuardianOfDataSubject", "dpv:ParentOfDataSubject":
			d.GuardianName, d.GuardianContact = p.Name, p.Contact
		case "dpv:DataController":
			d.Controller = p.Name
		}
	}
}

// history reads the events, in the order in which they happened.
func (i isoRecord) history(d *Draft) error {
	events := slices.Clone(i.Events)
	slices.SortStableFunc(events, func(a, b isoEvent) int { return a.Time.Compare(b.Time) })
	d.Level = ""
	for _, e := range events {
		switch strings.TrimPrefix(e.State, "dpv:") {
		case "ConsentGiven", "RenewedConsentGiven":
			d.Level, d.GivenAt, d.ValidFrom, d.ValidUntil, d.RevokedSince = Limited, e.Time, e.Time, time.Time{}, time.Time{}
			if e.Duration != "" {
				length, err := parseDuration(e.Duration)
				if err != nil {
					return err
				}
				d.ValidUntil = e.Time.Add(length)
			}
		case "ConsentRefused":
			d.Level, d.GivenAt = Refused, e.Time
		case "ConsentWithdrawn", "ConsentRevoked", "ConsentInvalidated":
			d.RevokedSince = e.Time
		case "ConsentExpired":
			if d.ValidUntil.IsZero() || e.Time.Before(d.ValidUntil) {
				d.ValidUntil = e.Time
			}
		}
	}
	if d.Level == "" {
		return fmt.Errorf("no event says dpv:ConsentGiven or dpv:ConsentRefused: %w", journal.ErrInvalid)
	}
	return nil
}

// parseDuration reads PnD, PnW and PTnS; months and years differ in length.
func parseDuration(s string) (time.Duration, error) {
	var n int64
	var rest string
	bad := fmt.Errorf("validity_duration %.40q: write days as P365D: %w", s, journal.ErrInvalid)
	units := map[string]time.Duration{"D": 24 * time.Hour, "W": 7 * 24 * time.Hour, "TS": time.Second}
	const most = 200 * 366 * 24 * time.Hour
	if body, timed := strings.CutPrefix(s, "PT"); timed {
		if _, err := fmt.Sscanf(body, "%d%s", &n, &rest); err != nil {
			return 0, bad
		}
		rest = "T" + rest
	} else if _, err := fmt.Sscanf(s, "P%d%s", &n, &rest); err != nil {
		return 0, bad
	}
	unit, ok := units[rest]
	if !ok || n < 1 || n > int64(most/unit) {
		return 0, bad
	}
	return time.Duration(n) * unit, nil
}
