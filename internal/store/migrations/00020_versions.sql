-- kind: records
-- The versions of delivered images whose bytes are kept, so that a pipeline can go back to them. One that is not gone back to
-- any more is dropped, and its bytes are erased once nothing else needs them.

-- +goose Up
create table versions (
    pipeline   text not null,
    path       text not null,
    sha256     text not null,
    bytes      integer not null,
    first_good integer not null, -- when it was measured within budget for the first time and for the last
    last_good  integer not null,
    dropped_at integer,
    primary key (pipeline, path, sha256)
) strict;

create index versions_sha256 on versions (sha256);
create index versions_dropped on versions (dropped_at) where dropped_at is not null;
