-- kind: views
-- Computed from the journal; may be dropped and rebuilt at any time.

-- +goose Up
create table incidents (
    id           text primary key,
    severity     text not null,
    state        text not null,
    pipeline     text not null,
    title        text not null,
    detected_at  integer not null,
    contained_at integer,
    published_at integer,
    closed_at    integer,
    fingerprint  text not null, -- of the alert that opened it; empty when a person declared it
    active_at    integer,       -- when that alert became pending
    state_json   text not null
) strict;

create index incidents_fingerprint on incidents (fingerprint) where fingerprint <> '';

create index incidents_detected on incidents (detected_at, id);

create table deadlines (
    stream text not null,
    name   text not null,
    due_at integer not null,
    primary key (stream, name)
) strict;

create index deadlines_due on deadlines (due_at);

create table actions (
    incident  text not null,
    id        text not null,
    title     text not null,
    owner     text not null,
    due       text not null,
    state     text not null,
    closed_at integer,
    primary key (incident, id)
) strict;
