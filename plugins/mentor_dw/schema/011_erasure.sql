-- Erasure: who is not to come back, what was erased on whose decision, and what became of kept files.

alter table vault.tombstone add column erasure_id bigint;
comment on column vault.tombstone.erasure_id is 'The erasure (ops.erasure) that put the number here.';

create table vault.erasing (
    erasure_id bigint not null,
    person_key bigint not null,
    primary key (erasure_id, person_key)
);
comment on table vault.erasing is 'The persons of an erasure that has not come to its end, so that it can go on after a crash; empty otherwise.';

create table ops.erasure (
    erasure_id bigint generated always as identity primary key,
    decision text not null,
    by_whom text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    status text not null default 'begun'
        check (status in ('begun', 'rows_gone', 'files_gone', 'vault_gone', 'finished')),
    counts jsonb not null default '{}',
    extracts jsonb not null default '[]',
    notes jsonb not null default '[]',
    constraint a_finished_erasure_has_a_time check ((status = 'finished') = (finished_at is not null))
);
comment on table ops.erasure is 'One row per erased person: on what decision, and how far it has come (status is the step that is done). Nobody is named here.';
comment on column ops.erasure.counts is 'Rows that were deleted by table, and files that were rewritten or deleted.';
comment on column ops.erasure.extracts is 'The extracts in which the person was, as the receivers have to be told.';
comment on column ops.erasure.notes is 'What could not be told apart, such as findings of deliveries whose file is not kept any more.';

alter table ops.delivery add column kept_sha256 text check (kept_sha256 ~ '^[0-9a-f]{64}$');
comment on column ops.delivery.kept_sha256 is 'SHA-256 of the kept file where it is not the delivered one any more: lines of erased persons were taken out. sha256 stays that of what was delivered.';

grant insert on vault.tombstone to loader;
grant select, insert, delete on vault.erasing to loader;
grant select, insert, update on ops.erasure to loader;
grant select on ops.erasure to transformer;
