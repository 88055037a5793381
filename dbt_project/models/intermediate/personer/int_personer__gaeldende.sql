-- The same rule as the view ops.same_person, for the links in force at the moment whose knowledge is built.
with recursive

links as (

    select * from {{ ref('stg_ops__person_links') }}

),

either_way as (

    select
        aeldre_person_key as person_key,
        nyere_person_key as anden_person_key
    from links
    union
    select
        nyere_person_key as person_key,
        aeldre_person_key as anden_person_key
    from links

),

together (person_key, anden_person_key) as (

    select
        person_key,
        person_key as anden_person_key
    from either_way
    union
    select
        together.person_key,
        either_way.anden_person_key
    from together
    inner join either_way on together.anden_person_key = either_way.person_key

),

leads_to (person_key, nyere_person_key) as (

    select
        aeldre_person_key,
        nyere_person_key
    from links
    union
    select
        leads_to.person_key,
        links.nyere_person_key
    from leads_to
    inner join links on leads_to.nyere_person_key = links.aeldre_person_key

),

in_groups as (

    select
        person_key,
        min(anden_person_key) as gruppe
    from together
    group by person_key

),

numbers_after as (

    select
        person_key,
        count(*) as antal
    from leads_to
    group by person_key

),

last_linked_to as (

    select
        nyere_person_key as person_key,
        max(link_id) as link_id
    from links
    group by nyere_person_key

),

-- The newest number is the one that leads to no other; where two do, or all are in a circle, the one linked to last.
numbered as (

    select
        in_groups.person_key,
        in_groups.gruppe,
        row_number() over (
            partition by in_groups.gruppe
            order by
                coalesce(numbers_after.antal, 0) asc,
                last_linked_to.link_id desc nulls last,
                in_groups.person_key asc
        ) as nummer_orden
    from in_groups
    left join numbers_after on in_groups.person_key = numbers_after.person_key
    left join last_linked_to on in_groups.person_key = last_linked_to.person_key

)

select
    person_key,
    first_value(person_key) over (
        partition by gruppe
        order by nummer_orden
    ) as gaeldende_person_key,
    nummer_orden
from numbered
