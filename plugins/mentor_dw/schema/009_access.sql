-- Who has read about persons: every statement that reads a relation with persons in it leaves a note (docs/access.md).

-- A note has to stay when the session may not write or takes its transaction back, so on our own server it is a line
-- of the server's log. Of a given server we cannot read the log, and it might repeat the statement with its values.
create table ops.access_place (
    only_one boolean primary key default true check (only_one),
    to_log boolean not null
);
insert into ops.access_place (to_log) values (false);
comment on table ops.access_place is 'Where notes of reads go: into the log of our own server (set by each `mentor-dw up`), or into ops.access_note.';

create table ops.access_note (
    note_id bigint generated always as identity primary key,
    session_id text not null,
    role_name text not null,
    note jsonb not null
);
comment on table ops.access_note is 'Notes of reads that are not yet in ops.access_log; on a given server only.';

create table ops.access_position (
    file_id text primary key,
    read_bytes bigint not null check (read_bytes >= 0),
    before_sha256 text not null
);
comment on table ops.access_position is 'How far each file of the server''s log has been read.';
comment on column ops.access_position.file_id is 'Device and inode: a file that is renamed stays the same.';
comment on column ops.access_position.before_sha256 is 'Of the last bytes that were read, so that a file that was emptied and filled again is noticed.';

create table ops.access_log (
    access_id bigint generated always as identity primary key,
    session_id text not null,
    at timestamptz not null,
    role_name text not null,
    purpose text not null,
    relation text not null,
    statement text,
    person_keys bigint [],
    named_keys bigint [],
    application text not null,
    collected_at timestamptz not null default clock_timestamp(),
    constraint one_entry_per_statement_and_relation unique (session_id, at, relation)
);
create index access_log_by_time on ops.access_log (at);
comment on table ops.access_log is 'Who has read about persons, when and why: one row per statement and relation. Kept 12 months.';
comment on column ops.access_log.session_id is 'The server''s own name of the session: start and process.';
comment on column ops.access_log.role_name is 'The login, as the server let it in.';
comment on column ops.access_log.statement is 'Masked, at most 2,000 characters. Null: rows of a cursor whose statement was noted at another time.';
comment on column ops.access_log.person_keys is 'Whose rows were read, in lists of casework, erased persons left out; null: everybody whom the role may see in the relation.';
comment on column ops.access_log.named_keys is 'Persons whose key stands in the statement. It may have read others all the same.';

create table ops.access_check (
    check_id bigint generated always as identity primary key,
    access_id bigint not null unique references ops.access_log on delete cascade,
    drawn_at timestamptz not null default clock_timestamp(),
    drawn_by text not null,
    answered_at timestamptz,
    answered_by text,
    ok boolean,
    note text,
    constraint an_answer_is_whole check (num_nulls(answered_at, answered_by, ok, note) in (0, 4))
);
comment on table ops.access_check is 'Reads that were drawn for somebody to look at, and what came of it. An entry goes with its read.';

grant select, insert, delete on ops.access_log to loader;
grant update (statement, person_keys, named_keys) on ops.access_log to loader;
grant select, delete on ops.access_note to loader;
grant select, insert, update, delete on ops.access_position to loader;
grant select, insert, update on ops.access_check to loader;

-- What may be a CPR number, hidden: all that mentor_dw.masking hides, and parts that a statement puts together.
create function ops.without_numbers(said text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$
    select regexp_replace(
        said,
        '[0-9]{10,}'
        '|(?<![0-9])[0-9]{5,6}[^[:alnum:]]{0,20}[0-9]{4}(?![0-9])'
        '|(?<![0-9])(?:[0-3][0-9]|[6-9][0-9]|[1-9])[^[:alnum:]]{0,3}(?:0[1-9]|1[0-2])[^[:alnum:]]{0,3}[0-9]{2}'
        '[^[:alnum:]]{0,3}[0-9](?:\s?[0-9]){3}(?!:?[0-9])',
        '******-****',
        'g'
    )
$$;

-- Masked, and cut at `most` characters. What stands at the end of a long text may be half a number.
create function ops.masked(said text, most integer) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$
    select left(
        ops.without_numbers(
            case when length(said) > 2 * most then regexp_replace(left(said, 2 * most), '[^[:alpha:]]+$', '') else said end
        ),
        most
    )
$$;

-- Why the session reads. Raises an error for a role of casework that does not say.
create function ops.read_purpose() returns text
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said constant text := nullif(btrim(current_setting('mentor_dw.purpose', true)), '');
begin
    if said is not null then
        return ops.masked(said, 200);
    end if;
    if pg_has_role(session_user, 'casework', 'member') then
        raise undefined_object using
            message = 'Lists of casework are read for a purpose, and this session has not said which.',
            hint = 'Say it first, without a CPR number: set mentor_dw.purpose = ''why you read''';
    end if;
    return coalesce(
        (
            select ops.masked(s.purpose, 200)
            from ops.role_scope as s
            where s.role_name = session_user::text and s.ended_at is null
            order by s.scope_id desc
            limit 1
        ),
        case when pg_has_role(session_user, 'steward', 'member') then 'datakvalitet' else 'statistik' end
    );
end
$$;

create function ops.keep_note(note jsonb) returns void
language plpgsql volatile parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if (select p.to_log from ops.access_place as p) then
        raise log 'mentor_dw read %', note;
    elsif current_setting('transaction_read_only')::boolean then
        raise read_only_sql_transaction using
            message = 'Reads about persons are noted, and a transaction that may only read cannot note one.',
            hint = 'On this server read in an ordinary transaction: set default_transaction_read_only = off';
    else
        insert into ops.access_note (session_id, role_name, note)
        values ('given.' || to_hex(pg_backend_pid()), session_user, keep_note.note);
    end if;
end
$$;

create or replace function ops.note_read(relation text) returns boolean
language plpgsql volatile parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
declare
    purpose constant text := ops.read_purpose();
    statement text := coalesce(current_query(), '');
begin
    if statement ~* '^\s*fetch\M' then
        statement := statement || coalesce((select ': ' || string_agg(c.statement, '; ') from pg_cursors as c), '');
    elsif statement ~* '^\s*execute\M' then
        statement := statement
            || coalesce((select ': ' || string_agg(p.statement, '; ') from pg_prepared_statements as p), '');
    end if;
    perform ops.keep_note(
        jsonb_build_object(
            'at', statement_timestamp(),
            'relation', ops.masked(note_read.relation, 200),
            'purpose', purpose,
            'application', ops.masked(current_setting('application_name'), 64),
            'by_row', pg_has_role(session_user, 'casework', 'member'),
            'named', (
                select coalesce(jsonb_agg(distinct p.person_key), '[]')
                from regexp_matches(statement, '(?<![0-9])[1-9][0-9]{14,18}(?![0-9])', 'g') as found (parts)
                inner join vault.person as p on p.person_key in (
                    case when found.parts[1]::numeric < 9223372036854775808 then found.parts[1]::bigint end,
                    case when found.parts[1]::numeric < 9223372036854775808 then -found.parts[1]::bigint end
                )
            ),
            'statement', ops.masked(statement, 2000)
        )
    );
    return true;
end
$$;

-- The policy asks for it row by row, as late as it can: whom a leakproof condition has left out is not noted.
create or replace function ops.note_person(relation text, person_key bigint) returns boolean
language plpgsql volatile parallel restricted cost 100000 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    purpose constant text := ops.read_purpose();
begin
    perform ops.keep_note(
        jsonb_build_object(
            'at', statement_timestamp(),
            'relation', ops.masked(note_person.relation, 200),
            'purpose', purpose,
            'application', ops.masked(current_setting('application_name'), 64),
            'person', note_person.person_key
        )
    );
    return true;
end
$$;
