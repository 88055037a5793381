-- One person behind several CPR numbers: links a person decided, and what the deliveries suggest. No CPR number here.

create table ops.person_link (
    link_id bigint generated always as identity primary key,
    person_key bigint not null,
    same_as_person_key bigint not null,
    decided_at timestamptz not null default clock_timestamp(),
    decision text not null,
    by_whom text not null,
    undone_at timestamptz,
    undone_decision text,
    undone_by text,
    constraint a_link_joins_two_persons check (person_key <> same_as_person_key),
    constraint an_undone_link_has_a_decision
        check ((undone_at is null) = (undone_decision is null) and (undone_at is null) = (undone_by is null))
);
create unique index one_link_in_force on ops.person_link (person_key, same_as_person_key) where undone_at is null;
comment on table ops.person_link is 'Decisions that two numbers are one person: person_key had the older number, same_as_person_key has the newer one. Rows in raw keep their keys; the warehouse is built with the links in force at its moment.';

create table ops.person_candidate (
    delivery_id bigint not null references ops.delivery,
    member text not null,
    source_id text not null,
    person_key bigint not null,
    former_delivery_id bigint not null references ops.delivery,
    former_person_key bigint not null,
    primary key (delivery_id, member, source_id, former_delivery_id)
);
comment on table ops.person_candidate is 'Ids of a source that stood for another person in the neighbouring delivery: perhaps a changed CPR number. Nobody is linked because of them.';

-- The persons of links in force now, each with the key that stands for all of them: that of the newest number.
-- number_order 1 is the newest number. dbt has the same rule for any moment (int_personer__gaeldende).
create view ops.same_person as
with recursive in_force as (
    select
        link_id,
        person_key as older,
        same_as_person_key as newer
    from ops.person_link
    where undone_at is null
),

either_way as (
    select older as person_key, newer as other from in_force
    union
    select newer as person_key, older as other from in_force
),

together (person_key, other) as (
    select person_key, person_key from either_way
    union
    select together.person_key, either_way.other
    from together
    inner join either_way on together.other = either_way.person_key
),

leads_to (person_key, newer) as (
    select older, newer from in_force
    union
    select leads_to.person_key, in_force.newer
    from leads_to
    inner join in_force on leads_to.newer = in_force.older
),

groups as (
    select
        person_key,
        min(other) as lowest_key
    from together
    group by person_key
),

numbers_after as (
    select
        person_key,
        count(*) as numbers
    from leads_to
    group by person_key
),

last_linked_to as (
    select
        newer as person_key,
        max(link_id) as link_id
    from in_force
    group by newer
),

numbered as (
    select
        groups.person_key,
        groups.lowest_key,
        row_number() over (
            partition by groups.lowest_key
            order by
                coalesce(numbers_after.numbers, 0) asc,
                last_linked_to.link_id desc nulls last,
                groups.person_key asc
        ) as number_order
    from groups
    left join numbers_after on groups.person_key = numbers_after.person_key
    left join last_linked_to on groups.person_key = last_linked_to.person_key
)

select
    person_key,
    first_value(person_key) over (partition by lowest_key order by number_order) as gaeldende_person_key,
    number_order
from numbered;
comment on view ops.same_person is 'Persons linked now: gaeldende_person_key stands for all of them. A person without links is not here.';

grant select, insert, update on ops.person_link to loader;
grant select, insert on ops.person_candidate to loader;
grant select on ops.same_person to loader;
grant select on ops.person_link to transformer;
grant select on ops.person_link, ops.person_candidate, ops.same_person to steward;
