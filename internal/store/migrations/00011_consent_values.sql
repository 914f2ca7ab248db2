-- kind: records
-- Who the register of consents is about. Erased on request; see EraseConsent.

-- +goose Up
create table consent_values (
    consent  text primary key,
    external text not null, -- id of the record where it came from
    salt     blob not null, -- of the digests in the journal; empty: erased
    json     text not null,
    images   text not null -- SHA-256 of images, which outlive an erasure
) strict;

create unique index consent_values_external on consent_values (external) where external <> '';
