-- kind: journal
-- Append-only; the truth that every view is computed from. text is what is
-- hashed; hash stands beside it so that a change of either is seen.

-- +goose Up
create table journal (
    seq    integer primary key,
    stream text not null,
    text   text not null,
    hash   blob not null
) strict;

create index journal_stream on journal (stream, seq);

-- +goose StatementBegin
create trigger journal_no_update before update on journal
begin
    select raise(abort, 'the journal is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger journal_no_delete before delete on journal
begin
    select raise(abort, 'the journal is append-only');
end;
-- +goose StatementEnd
