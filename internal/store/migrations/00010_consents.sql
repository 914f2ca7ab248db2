-- kind: views
-- The register of consents without its values, computed from the journal.

-- +goose Up
create table consents (
    id          text primary key,
    subject     text not null, -- pseudonym
    over        integer not null, -- revoked, refused or erased
    valid_until integer, -- null: until it is revoked
    warn_at     integer, -- when to tell people of the end; null: not, or told
    json        text not null
) strict;

create index consents_subject on consents (subject);

create index consents_warn on consents (warn_at) where warn_at is not null;

create index consents_list on consents (over, valid_until);
