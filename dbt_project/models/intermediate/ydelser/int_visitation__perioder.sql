with

visitation as (

    select * from {{ ref('stg_biflis__visitation') }}

),

days_of_change as (

    select
        person_key,
        fra_dato as dato
    from visitation
    union distinct
    select
        person_key,
        til_dato as dato
    from visitation
    where til_dato is not null

),

stretches as (

    select
        person_key,
        dato as fra_dato,
        lead(dato) over (
            partition by person_key
            order by dato
        ) as til_dato
    from days_of_change

)

-- Of several categories that hold, the one that began last counts.
select distinct on (stretches.person_key, stretches.fra_dato)
    stretches.person_key,
    stretches.fra_dato,
    stretches.til_dato,
    visitation.visitationskategori_code
from stretches
inner join visitation
    on
        stretches.person_key = visitation.person_key
        and stretches.fra_dato >= visitation.fra_dato
        and (visitation.til_dato is null or stretches.fra_dato < visitation.til_dato)
order by
    stretches.person_key asc, stretches.fra_dato asc, visitation.fra_dato desc, visitation.visitationskategori_code asc
