-- Extracts: the ledger of deliveries to receivers, what happened to each, what was told, and what the receivers answered.

alter table ops.extract
    drop constraint extract_name_period_version_key,
    add column kind text not null default 'delivery' check (kind in ('delivery', 'trial')),
    add column deadline date,
    add column replaces bigint references ops.extract,
    add column why text,
    add column as_known_at timestamptz,
    add column read_at timestamptz,
    add column run_date date,
    add column code_version text,
    add column definitions text,
    add column specification jsonb,
    add column rows bigint,
    add column is_empty boolean,
    add column missing_areas jsonb not null default '[]',
    add column files jsonb not null default '[]',
    add column suppression jsonb not null default '{}',
    add column pseudonym_key_id text,
    add column stem text,
    add column told_before bigint[] not null default '{}',
    add column receipt_due date,
    add column envelope_sha256 text check (envelope_sha256 ~ '^[0-9a-f]{64}$'),
    add column envelope_bytes bigint,
    add column built_by text,
    add column built_at timestamptz,
    add column released_by text,
    add column released_at timestamptz,
    add column release_note text,
    add column sent_at timestamptz,
    add column answered_at timestamptz,
    add column error text,
    add constraint a_known_status check (
        status in ('planned', 'built', 'released', 'sent', 'confirmed', 'refused', 'discarded')
    ),
    add constraint a_status_has_what_it_needs check (
        status in ('planned', 'discarded')
        or (stem is not null and read_at is not null and built_at is not null and built_by is not null and as_known_at is not null)
    ),
    add constraint what_goes_out_was_released check (
        status not in ('released', 'sent', 'confirmed', 'refused') or (released_at is not null and kind = 'delivery')
    ),
    add constraint released_by_a_second_person check (released_by is null or released_by is distinct from built_by),
    add constraint a_replacement_says_why check (replaces is null or why is not null);
create unique index one_of_each_version on ops.extract (name, period, kind, version) where status <> 'discarded';
comment on table ops.extract is 'Extracts for receivers, one row per version (sequence number) of a period. Overdue is not a status: it is what a row is whose deadline has passed before its end (ledger/extracts.py).';
comment on column ops.extract.files is 'The plain files of the package, in its order: name, rows (null for what is no table), bytes, sha256. A later rebuild must make the same bytes.';
comment on column ops.extract.specification is 'The specification as it was when the package was made.';
comment on column ops.extract.told_before is 'The versions whose numbers were taken into account when it was decided what this one may tell.';
comment on column ops.extract.read_at is 'When its rows were read: whoever was kept out of extracts by then is not in it.';
comment on column ops.extract.as_known_at is 'The state that was told: deliveries decided by then.';

create table ops.extract_event (
    event_id bigint generated always as identity primary key,
    extract_id bigint not null references ops.extract,
    at timestamptz not null default clock_timestamp(),
    event text not null,
    by_whom text not null,
    detail jsonb not null default '{}'
);
create index extract_events on ops.extract_event (extract_id, event_id);
comment on table ops.extract_event is 'What happened to an extract, in order, never changed: planned, built, released, every attempt to send, every answer, every alert.';

create table ops.disclosure (
    extract_id bigint not null references ops.extract,
    cell text not null,
    value numeric not null,
    shown numeric,
    why text,
    primary key (extract_id, cell)
);
comment on table ops.disclosure is 'What each version told of each number (shown; null is hidden), so that two deliveries to one receiver do not give away by subtraction what one hid. value is the number itself: as protected as the rows it counts.';

create table ops.receipt (
    receipt_id bigint generated always as identity primary key,
    extract_id bigint references ops.extract,
    receiver text not null,
    file_name text not null,
    sha256 text not null,
    read_at timestamptz not null default clock_timestamp(),
    outcome text not null check (outcome in ('accepted', 'refused', 'unreadable', 'not_ours')),
    told jsonb not null default '{}',
    alerted_at timestamptz,
    unique (receiver, file_name, sha256)
);
comment on table ops.receipt is 'Kvitteringer as the receivers put them, each read once.';

alter table ops.build add column as_known_at timestamptz;
comment on column ops.build.as_known_at is 'The moment that was built: what was decided by then counts.';

create table ops.night_work (
    night date primary key,
    done_at timestamptz not null default clock_timestamp()
);
comment on table ops.night_work is 'The nights whose housekeeping is done.';

grant select, insert, update on ops.extract to delivery;
grant select, insert, delete on ops.extract_person to delivery;
grant select, insert on ops.extract_event to delivery;
grant select, insert on ops.disclosure to delivery;
grant select, insert, update on ops.receipt to delivery;
grant select on ops.build, ops.delivery, ops.erasure to delivery;
grant select, insert on ops.night_work to loader;
-- Whoever runs the house need not know the hidden numbers.
revoke all on ops.disclosure from operator;
