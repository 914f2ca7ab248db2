-- kind: records
-- The pages that a message carries whose one link acknowledges them all. Rows are kept for as long as the link holds.

-- +goose Up
create table bundles (
    id        text primary key, -- of its content
    recipient text not null,
    pages     text not null,    -- JSON: the incident and the key of each page
    made_at   integer not null
) strict, without rowid;

create index bundles_made_at on bundles (made_at);
