-- Wide deliveries (DREAM): read in parts, judged by a profile, kept for the persons a mentor source knows.

alter table ops.delivery add column legal_basis text;
comment on column ops.delivery.legal_basis is 'Wide deliveries: the written legal basis on which rows of everybody were kept; null when only persons a mentor source knows were.';

create table landing.wide_part (
    delivery_id bigint not null references ops.delivery,
    part integer not null check (part > 0),
    start_byte bigint not null,
    end_byte bigint not null,
    first_line integer not null,
    next_line integer,
    file_mark text not null,
    keeps_everybody boolean not null,
    counts jsonb,
    refusal jsonb,
    primary key (delivery_id, part)
);
comment on table landing.wide_part is 'The parts in which the delivery being taken is read. file_mark changes when the file does; counts says what a part held once its tables are there; refusal why the file turned out not to be readable.';

create table landing.wide_finding (
    delivery_id bigint not null,
    part integer not null,
    line_number integer not null,
    finding_no smallint not null,
    rule_id text not null,
    field text,
    rule text not null,
    masked_value text
);
comment on table landing.wide_finding is 'Why lines of the delivery being taken are set aside; part 0 holds what shows only when all parts are there. Values are masked.';

create table landing.wide_profile (
    check_id text primary key,
    delivery_id bigint not null,
    value numeric not null,
    lowest numeric,
    highest numeric
);
comment on table landing.wide_profile is 'The delivery being judged as numbers: one row per check with the bounds the number should lie in. Great Expectations judges this table.';

create table ops.wide_profile (
    delivery_id bigint not null references ops.delivery,
    check_id text not null,
    value numeric not null,
    lowest numeric,
    highest numeric,
    primary key (delivery_id, check_id)
);
comment on table ops.wide_profile is 'The profile a wide delivery was judged by; the next one is compared with it.';

create table ops.wide_lookup (
    delivery_id bigint primary key references ops.delivery,
    known_by text not null,
    persons_missing bigint not null default 0,
    looked_at timestamptz not null default now()
);
comment on table ops.wide_lookup is 'By what persons were known (mentor deliveries that counted, links between persons) when they were last looked for in a wide delivery, and how many could not be looked for because its file is not kept any more.';

grant select, insert, update, delete, truncate on landing.wide_part, landing.wide_finding, landing.wide_profile to loader;
grant select, insert, delete on ops.wide_profile to loader;
grant select, insert, update on ops.wide_lookup to loader;
