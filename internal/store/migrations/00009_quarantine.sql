-- kind: views
-- The images that are held, or were, computed from the journal.

-- +goose Up
create table quarantine (
    id       text primary key,
    pipeline text not null,
    path     blob not null, -- file names need not be UTF-8
    sha256   text not null,
    status   text not null,
    active   integer not null, -- the path is held for it
    public   integer not null, -- the public has got it
    incident text not null,
    held_at  integer not null,
    json     text not null
) strict;

-- One item a path that is not over.
create unique index quarantine_active on quarantine (pipeline, path) where active;

create index quarantine_version on quarantine (pipeline, path, sha256);

create index quarantine_incident on quarantine (incident) where incident <> '';

create index quarantine_list on quarantine (active desc, held_at desc);
