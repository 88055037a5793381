-- Schemas, the vault and the ledgers. Run once by the owner; roles exist before (local/roles).
create schema vault;
create schema landing;
create schema raw;
create schema work;
create schema bi;
create schema extracts;
create schema ops;

comment on schema vault is 'Persons: person_key and the keyed look-up index of CPR numbers. The loader only.';
comment on schema landing is 'The delivery being judged, text as it came, without CPR; empty after the verdict.';
comment on schema raw is 'Accepted rows by delivery.';
comment on schema work is 'What dbt builds: staging, intermediate, the next state of bi.';
comment on schema bi is 'The four stars, stock tables, compliance and figures: permanent tables for readers.';
comment on schema extracts is 'One contracted model per ministry extract.';
comment on schema ops is 'Ledgers: what came, what was refused, built, changed and published.';

create table vault.person (
    person_key bigint primary key,
    created_at timestamptz not null default now(),
    first_source text not null
);
comment on table vault.person is 'One row per person. person_key is random and says nothing about the person.';

create table vault.cpr (
    key_id text not null,
    cpr_hmac bytea not null,
    person_key bigint not null references vault.person,
    cpr_sealed bytea not null,
    is_replacement boolean not null,
    created_at timestamptz not null default now(),
    primary key (key_id, cpr_hmac)
);
create index cpr_by_person on vault.cpr (person_key);
comment on table vault.cpr is 'CPR numbers of a person. cpr_hmac (HMAC-SHA256, key outside the database, named by key_id) is the look-up; cpr_sealed is encrypted with another key and lets keys be rotated.';

create table vault.tombstone (
    key_id text not null,
    cpr_hmac bytea not null,
    erased_at timestamptz not null default now(),
    decision text not null,
    primary key (key_id, cpr_hmac)
);
comment on table vault.tombstone is 'Erased persons, who do not come back with the next full refresh.';

create table ops.schema_version (
    file_name text primary key,
    applied_at timestamptz not null default now()
);

create table ops.delivery (
    delivery_id bigint generated always as identity primary key,
    source text not null,
    file_name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    bytes bigint not null check (bytes >= 0),
    covers text not null,
    version integer,
    status text not null check (status in ('received', 'accepted', 'refused', 'superseded', 'duplicate', 'withdrawn')),
    reason_code text,
    reason text,
    rows_read bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_withheld bigint not null default 0,
    members jsonb not null default '{}',
    drift jsonb not null default '[]',
    warnings jsonb not null default '{}',
    unknown_values jsonb not null default '{}',
    feed_hash text,
    kept_as text,
    duplicate_of bigint references ops.delivery,
    rejudged_from bigint references ops.delivery,
    override_reason text,
    override_by text,
    received_at timestamptz not null default now(),
    decided_at timestamptz,
    accepted_at timestamptz,
    superseded_at timestamptz,
    withdrawn_at timestamptz,
    constraint every_row_has_a_place
        check (rows_read = rows_accepted + rows_quarantined + rows_withheld),
    constraint counts_are_not_negative
        check (rows_accepted >= 0 and rows_quarantined >= 0 and rows_withheld >= 0),
    constraint a_verdict_has_a_time check ((status = 'received') = (decided_at is null)),
    constraint a_refusal_has_a_reason check (status <> 'refused' or (reason is not null and reason_code is not null)),
    constraint a_withdrawal_has_a_time check (status <> 'withdrawn' or withdrawn_at is not null)
);
create unique index one_version_per_cover on ops.delivery (source, covers, version) where version is not null;
create unique index one_delivery_in_progress on ops.delivery (source) where status = 'received';
create index delivery_by_content on ops.delivery (source, sha256);
comment on table ops.delivery is 'One row per file taken from the inbox, and per rejudgement. A refused or duplicate delivery has no rows: nothing of it entered.';
comment on column ops.delivery.members is 'Per member: rows_read, rows_accepted, rows_quarantined, rows_withheld; for a refused delivery what was seen of it.';
comment on column ops.delivery.drift is 'List of {"member", "column"}: what the feed does not know. column is null for an unknown member.';
comment on column ops.delivery.warnings is 'Per member: warning to count (cpr_fails_mod11, koen_differs_from_cpr, alder_differs_from_cpr, ...).';
comment on column ops.delivery.unknown_values is 'Per member: field to number of accepted rows where an empty value stands for uoplyst.';

create table ops.quarantined_row (
    delivery_id bigint not null references ops.delivery,
    member text not null,
    line_number bigint not null check (line_number > 1),
    finding_no smallint not null default 1,
    field text,
    rule text not null,
    masked_value text,
    primary key (delivery_id, member, line_number, finding_no)
);
comment on table ops.quarantined_row is 'Findings of rows set aside, the first one of a row with finding_no 1. Values are masked.';

create table ops.validation (
    delivery_id bigint not null references ops.delivery,
    rule_id text not null,
    member text not null,
    field text,
    rule text not null,
    severity text not null check (severity in ('critical', 'warning')),
    rows_judged bigint not null,
    gx_count bigint not null,
    sql_count bigint not null,
    judged_at timestamptz not null default now(),
    primary key (delivery_id, rule_id),
    constraint both_counts_agree check (gx_count = sql_count)
);
comment on table ops.validation is 'What Great Expectations and our own SQL counted for each rule; they must agree.';

create table ops.build (
    build_id bigint generated always as identity primary key,
    status text not null check (status in ('running', 'built', 'published', 'failed')),
    started_at timestamptz not null default now(),
    built_at timestamptz,
    published_at timestamptz,
    deliveries bigint[] not null default '{}',
    effective jsonb not null default '{}',
    dbt_seconds numeric,
    publish_seconds numeric,
    models integer,
    tests integer,
    figures integer,
    code_version text,
    error text,
    constraint a_published_build_has_a_time check ((status = 'published') = (published_at is not null))
);
comment on table ops.build is 'One row per build of the warehouse. deliveries: every delivery accepted and not withdrawn when it started; effective: per source the one that counts.';

create table ops.build_figure (
    build_id bigint not null references ops.build,
    measure text not null,
    dimensions jsonb not null,
    value numeric,
    unit text not null,
    primary key (build_id, measure, dimensions)
);
comment on table ops.build_figure is 'The figures of every published build, so that a number that was shown can be shown again.';

create table ops.change (
    build_id bigint not null references ops.build,
    relation text not null,
    rows_inserted bigint not null,
    rows_updated bigint not null,
    rows_deleted bigint not null,
    primary key (build_id, relation)
);
comment on table ops.change is 'What each publish changed in bi, by table.';
