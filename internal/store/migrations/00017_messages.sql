-- kind: records
-- Messages of pages to a person by a channel: when they went out, and which pages each carried.

-- +goose Up
create table messages (
    id        integer primary key,
    recipient text not null,
    method    text not null,
    state     text not null, -- sending, sent, failed
    begun_at  integer not null,
    outcome   text not null  -- JSON, of the channel; empty while it is being sent
) strict;

create index messages_recipient on messages (recipient, method, begun_at);

create table carried (
    effect  text primary key,
    message integer not null
) strict, without rowid;

create index carried_message on carried (message);

create index effects_page on effects (json_extract(data, '$.to'), json_extract(data, '$.method'))
    where kind = 'page' and state in ('queued', 'running');
