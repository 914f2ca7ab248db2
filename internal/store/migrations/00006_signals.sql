-- kind: records
-- Signals come at a high rate and stay out of the journal.

-- +goose Up
create table signals (
    id          integer primary key,
    source      text not null,
    source_id   text not null,
    pipeline    text not null,
    kind        text not null,
    at          integer not null,
    received_at integer not null,
    lang        text not null, -- as the scorer understood it
    label       text not null, -- negative, neutral, positive
    score       real not null, -- -1 to 1
    scorer      text not null,
    masked      integer not null, -- places of the text that were masked
    rating      real,
    text        text not null, -- masked; empty: erased, or older than the retention
    url         text not null
) strict;

-- A signal that is told twice is known by it, also after its text was erased.
create unique index signals_source on signals (source, source_id);

create index signals_texts on signals (at, id) where text <> '';

create index signals_stream on signals (pipeline, source, at);

create table signal_counts (
    pipeline text not null,
    source   text not null,
    hour     integer not null, -- since 1970, UTC
    signals  integer not null,
    negative integer not null,
    primary key (pipeline, source, hour)
) strict, without rowid;

create table signal_streams (
    pipeline text not null,
    source   text not null,
    since    integer not null, -- the earliest signal
    until    integer not null, -- the latest signal
    negative integer not null,
    neutral  integer not null,
    positive integer not null,
    primary key (pipeline, source)
) strict, without rowid;
