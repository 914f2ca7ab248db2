-- kind: records
-- Alerts come at a high rate and stay out of the journal.

-- +goose Up
create table alerts (
    source        text not null,
    fingerprint   text not null,
    labels        text not null, -- JSON
    annotations   text not null, -- JSON
    generator_url text not null,
    starts_at     integer not null,
    ends_at       integer,          -- null: until its end is told
    updated_at    integer not null,
    timeout       integer not null, -- ends_at is our assumption
    group_key     text not null,
    fired_at      integer not null, -- when this activation was told first
    incident      text not null,    -- of this activation; empty: none
    phase         text not null,    -- new, suppressed, open, ended
    primary key (source, fingerprint)
) strict;

create index alerts_phase on alerts (phase, ends_at);

create index alerts_incident on alerts (incident) where incident <> '';

-- What a client of the API calls the author of a silence: a personal value, so no part of the journal.
create table silence_authors (
    silence text primary key,
    author  text not null
) strict;
