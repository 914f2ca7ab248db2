-- kind: views
-- The queue of manual verifications, computed from the journal.

-- +goose Up
create table verifications (
    id        text primary key,
    pipeline  text not null,
    source    text not null,
    metric    text not null,
    status    text not null, -- open, confirmed, dismissed
    incident  text not null, -- of a confirmed one
    opened_at integer not null,
    json      text not null
) strict;

-- One open verification a chart.
create unique index verifications_open on verifications (pipeline, source, metric) where status = 'open';

create index verifications_stream on verifications (pipeline, source, opened_at);

create index verifications_incident on verifications (incident) where incident <> '';
