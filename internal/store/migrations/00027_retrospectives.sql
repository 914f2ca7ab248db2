-- kind: views
-- The retrospectives that are due, scheduled, held or skipped. The rows of the search are emptied: the store computes them, and
-- these, when it is opened.

-- +goose Up
create table retrospectives (
    incident text primary key,
    stage    text not null,
    deadline integer,       -- until when it is expected; null once nothing is
    state    text not null
) strict;

create index retrospectives_deadline on retrospectives (deadline) where deadline is not null;

delete from knowledge;
