with

forsoergelse as (

    select * from {{ ref('stg_dream__forsoergelse') }}

),

linked_numbers as (

    select * from {{ ref('int_personer__gaeldende') }}

),

-- The spells of a person with several numbers, week by week: in a week that both numbers have, the newest one counts.
weeks as (

    select distinct on (forsoergelse.person_key, uge.mandag)
        forsoergelse.person_key,
        forsoergelse.ydelse_code,
        cast(uge.mandag as date) as mandag
    from forsoergelse
    inner join linked_numbers on forsoergelse.kilde_person_key = linked_numbers.person_key
    cross join
        lateral generate_series(
            cast(forsoergelse.fra_dato as timestamp), forsoergelse.til_dato - interval '1 day', interval '7 days'
        ) as uge (mandag)
    order by forsoergelse.person_key asc, uge.mandag asc, linked_numbers.nummer_orden asc

),

-- Weeks side by side have the same Monday once their number in the run is taken off.
in_runs as (

    select
        person_key,
        ydelse_code,
        mandag,
        mandag - 7 * cast(row_number() over (
            partition by person_key, ydelse_code
            order by mandag
        ) as integer) as foer_loebet
    from weeks

)

select
    forsoergelse.person_key,
    forsoergelse.ydelse_code,
    forsoergelse.fra_dato,
    forsoergelse.til_dato
from forsoergelse
where
    not exists (
        select 1 from linked_numbers
        where linked_numbers.person_key = forsoergelse.kilde_person_key
    )

union all

select
    person_key,
    ydelse_code,
    min(mandag) as fra_dato,
    max(mandag) + 7 as til_dato
from in_runs
group by person_key, ydelse_code, foer_loebet
