-- kind: views
-- What was learned, of all incidents. The rows of the search are emptied: the store computes them, and these, when it is opened.

-- +goose Up
create table lessons (
    incident text not null,
    number   integer not null, -- within the incident, from 1
    at       integer not null,
    open     integer not null, -- how many changes are still to come
    lesson   text not null,
    primary key (incident, number)
) strict;

create index lessons_at on lessons (at, incident, number);

create index lessons_open on lessons (incident) where open > 0;

delete from knowledge;
