-- kind: views
-- What is written of incidents, to search, and what they are compared by. Where incidents were before this migration, the store
-- computes their rows when it is opened.

-- +goose Up
create table knowledge (
    incident    text primary key,
    severity    text not null,
    pipeline    text not null,
    title       text not null,
    detected_at integer not null,
    quarter     text not null,
    causes      text not null, -- the kinds that the analysis has named: " direct systemic "
    restricted  integer,       -- as people decided; null leaves it to the policy
    profile     text not null,
    seq         integer not null -- of the last entry that it knows
) strict;

create index knowledge_seq on knowledge (seq);

create index knowledge_quarter on knowledge (quarter);

create table knowledge_texts (
    id       integer primary key, -- of incident and language, so that a rebuild gives the same rows
    incident text not null,
    lang     text not null,
    title    text not null,
    causes   text not null,
    lessons  text not null,
    actions  text not null,
    whys     text not null,
    tests    text not null,
    impact   text not null,
    updates  text not null,
    document text not null
) strict;

create index knowledge_texts_incident on knowledge_texts (incident);

create virtual table knowledge_index using fts5(
    title, causes, lessons, actions, whys, tests, impact, updates, document,
    content='knowledge_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='3 4'
);

-- +goose StatementBegin
create trigger knowledge_texts_added after insert on knowledge_texts begin
    insert into knowledge_index (rowid, title, causes, lessons, actions, whys, tests, impact, updates, document)
    values (new.id, new.title, new.causes, new.lessons, new.actions, new.whys, new.tests, new.impact, new.updates, new.document);
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger knowledge_texts_removed after delete on knowledge_texts begin
    insert into knowledge_index (knowledge_index, rowid, title, causes, lessons, actions, whys, tests, impact, updates, document)
    values ('delete', old.id, old.title, old.causes, old.lessons, old.actions, old.whys, old.tests, old.impact, old.updates, old.document);
end;
-- +goose StatementEnd
