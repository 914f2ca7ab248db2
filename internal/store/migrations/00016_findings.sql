-- kind: records
-- Which delivered images break which rule of their policy, as they were looked at last. Fields are named, never quoted.

-- +goose Up
create table findings (
    pipeline text not null,
    path     blob not null, -- file names need not be UTF-8
    kind     text not null,
    reaction text not null,
    fields   text not null, -- JSON
    entities text not null, -- JSON
    sha256   text not null,
    since    integer not null, -- first seen in this place
    at       integer not null, -- last seen
    primary key (pipeline, path, kind)
) strict, without rowid;

create index findings_kind on findings (kind, pipeline, path);

-- What was delivered before is not looked at again: its last check knows.
insert or ignore into findings (pipeline, path, kind, reaction, fields, entities, sha256, since, at)
select c.pipeline, cast(c.path as blob), b.value ->> 'kind', b.value ->> 'reaction',
       coalesce(b.value -> 'fields', '[]'), coalesce(b.value -> 'entities', '[]'), c.candidate, c.at, c.at
from checks c, json_each(iif(json_valid(c.json), c.json, '{}'), '$.metadata.breaches') b
where c.id in (select max(id) from checks group by pipeline, path)
  and b.type = 'object';
