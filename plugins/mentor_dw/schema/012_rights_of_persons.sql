-- What persons have asked for and what was decided, and what was given away about whom. No CPR number here.

create table ops.person_restriction (
    restriction_id bigint generated always as identity primary key,
    person_key bigint not null,
    kind text not null check (kind in ('objection', 'restriction', 'rectification', 'protected_address')),
    decision text not null,
    by_whom text not null,
    decided_at timestamptz not null default clock_timestamp(),
    lifted_at timestamptz,
    lifted_decision text,
    lifted_by text,
    constraint a_lifted_restriction_has_a_decision
        check ((lifted_at is null) = (lifted_decision is null) and (lifted_at is null) = (lifted_by is null))
);
create unique index one_restriction_in_force on ops.person_restriction (person_key, kind) where lifted_at is null;
comment on table ops.person_restriction is 'Objections (GDPR art. 21), restrictions (art. 18), rectifications that wait for a corrected delivery (art. 16, 18) and protected addresses, with the decision behind each. In force until lifted.';

create table ops.extract (
    extract_id bigint generated always as identity primary key,
    name text not null,
    period text not null,
    version integer not null,
    receiver text not null,
    status text not null,
    build_id bigint references ops.build,
    created_at timestamptz not null default now(),
    delivered_at timestamptz,
    unique (name, period, version)
);
comment on table ops.extract is 'Extracts made for receivers, one row per version.';

create table ops.extract_person (
    extract_id bigint not null references ops.extract,
    person_key bigint not null,
    primary key (extract_id, person_key)
);
create index extract_by_person on ops.extract_person (person_key);
comment on table ops.extract_person is 'Whose data went into an extract, counted or shown: what the access report and an erasure name.';

create table ops.subject_report (
    report_id bigint generated always as identity primary key,
    decision text not null,
    by_whom text not null,
    made_at timestamptz not null default clock_timestamp(),
    found boolean not null
);
comment on table ops.subject_report is 'That a request for access was answered, and by whom; not for whom.';

grant select, insert, update on ops.person_restriction to loader;
grant select on ops.person_restriction to transformer;
grant select on ops.extract_person to loader;
-- Who runs the house need not know who was in an extract.
revoke all on ops.extract_person from operator;
grant select on ops.extract to loader;
grant select, insert on ops.subject_report to loader;

-- Retention: rows of deliveries that count no longer leave raw some day; the ledger keeps that they were there.
alter table ops.delivery add column raw_gone_at timestamptz;
comment on column ops.delivery.raw_gone_at is 'When the rows of the delivery left raw because their days were over. It counts for no state any more, not for one of the past either; rows_accepted stays what it was.';
