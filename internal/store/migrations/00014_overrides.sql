-- kind: views
-- Overrides of the on-call schedules and swaps of shifts, computed from the journal.

-- +goose Up
create table overrides (
    id       text primary key,
    ends_at  integer not null, -- of the last term
    json     text not null
) strict;

create index overrides_ends on overrides (ends_at);
