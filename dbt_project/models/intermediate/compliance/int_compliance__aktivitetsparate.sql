with

visitation as (

    select * from {{ ref('int_visitation__perioder') }}
    where visitationskategori_code = 'aktivitetsparat'

),

-- Stretches that meet are one.
together as (

    select
        person_key,
        range_agg(daterange(fra_dato, til_dato)) as dage
    from visitation
    group by person_key

),

stretches as (

    select
        together.person_key,
        straek.dage
    from together
    cross join lateral unnest(together.dage) as straek (dage)

)

select
    person_key,
    lower(dage) as fra_dato,
    upper(dage) as til_dato
from stretches
