-- kind: records
-- Not in the journal and not computed from it: backed up, not rebuilt.
-- Personal values live here and nowhere else, so that they can be erased.

-- +goose Up
create table effects (
    key        text primary key,
    kind       text not null,
    stream     text not null,
    seq        integer not null,
    data       text not null,
    state      text not null check (state in ('queued', 'running', 'done', 'failed', 'dropped')),
    attempts   integer not null default 0,
    last_error text not null default '',
    queued_at  integer not null,
    done_at    integer
) strict;

create index effects_stream on effects (stream, queued_at);
create index effects_pending on effects (queued_at) where state in ('queued', 'running');

create table persons (
    id            text primary key,
    login         text not null unique,
    name          text not null,
    email         text not null,
    role          text not null,
    domain        text not null,
    password_hash text not null,
    disabled      integer not null,
    created_at    integer not null
) strict;

create table tokens (
    id         text primary key,
    person_id  text not null references persons (id) on delete cascade,
    hash       blob not null unique,
    name       text not null,
    created_at integer not null,
    used_at    integer,
    expires_at integer
) strict;

create index tokens_person on tokens (person_id, created_at);

create table sessions (
    hash       blob primary key,
    data       blob not null,
    expires_at integer not null
) strict;

create index sessions_expires on sessions (expires_at);

create table checks (
    id            integer primary key,
    pipeline      text not null,
    class         text not null,
    path          text not null,
    reference     text not null,
    candidate     text not null,
    delta_e_p95   real,
    palette_worst real,
    ssim          real,
    over          integer not null,
    bytes         integer not null,
    at            integer not null,
    modified      integer not null, -- the file's modification time in nanoseconds
    json          text not null
) strict;

create index checks_pipeline on checks (pipeline, at);
create index checks_path on checks (pipeline, path, id);

create table settings (
    key   text primary key,
    value text not null
) strict;
