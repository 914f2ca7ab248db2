-- kind: views
-- Computed from the journal; may be dropped and rebuilt at any time.

-- +goose Up
create table silences (
    id        text primary key,
    starts_at integer not null,
    ends_at   integer not null,
    json      text not null
) strict;

create index silences_ends on silences (ends_at);

alter table incidents add column group_key text not null default ''; -- of the alerts that join it

create index incidents_group on incidents (group_key) where group_key <> '';
